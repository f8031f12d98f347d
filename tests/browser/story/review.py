"""People look at a sitting: evidence without a verdict, two opinions and the student's word, annulling and taking it back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import expect

from tests.browser.story.stage import Person

__all__ = [
    "annul",
    "answer_reviewers",
    "close_without_questions",
    "find_flagged",
    "look_at_evidence",
    "open_sitting",
    "reinstate",
    "see_violation",
]

LOOKED_AT_MS = 120_000


def open_sitting(reviewer: Person, exam: str) -> None:
    """Open the sitting of an exam from the queue, or from those that were looked at."""
    for address in ("/review", "/review/closed"):
        reviewer.open(address)
        row = reviewer.main.get_by_role("row").filter(has_text=exam)
        if row.count():
            break
    reviewer.follow(re.compile("Смотреть|Открыть"), within=row.first)


def find_flagged(reviewer: Person, exam: str, what: str) -> None:
    """Open the sitting once the worker has looked at all pictures: it is flagged, and nothing is decided."""
    for _ in attempts(reviewer):
        open_sitting(reviewer, exam)
        if not reviewer.main.get_by_text("Ещё смотрим").count():
            break
    reviewer.reads(what, within=reviewer.main.locator(".timeline"))
    reviewer.sees("Скрыт до вашего мнения")


def attempts(reviewer: Person) -> Iterator[int]:
    """Count up with a second between, as long as the worker may take."""
    for number in range(LOOKED_AT_MS // 2000):
        yield number
        reviewer.page.wait_for_timeout(2000)
    raise AssertionError("the worker has not looked at all pictures")


def look_at_evidence(reviewer: Person) -> None:
    """Open one picture; opening it is written into the access log."""
    reviewer.follow("Открыть снимок")
    picture = reviewer.main.locator(".shots li > img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def close_without_questions(reviewer: Person) -> None:
    """Say that there are no questions."""
    reviewer.put(verdict="Нет вопросов")
    reviewer.press("Записать моё мнение")


def see_violation(reviewer: Person, reason: str) -> None:
    """Say that it is a violation, and why; the index and its terms are shown after that."""
    reviewer.put(verdict="Нарушение", reason=reason)
    reviewer.press("Записать моё мнение")
    reviewer.misses("Скрыт до вашего мнения")
    reviewer.reads("Лицо не похоже на образец")


def answer_reviewers(student: Person, exam: str, text: str) -> None:
    """Read what one is asked and answer in one's own words."""
    student.open("/sittings")
    student.follow(exam, within=student.main)
    student.sees("Тебя спрашивают")
    student.put(text=text)
    student.press("Отправить")


def annul(reviewer: Person, reason: str) -> None:
    """Annul the sitting after two people have said the same and the student has spoken."""
    reviewer.page.reload()
    reviewer.put(reviewer.main.locator("section.turn"), annul_reason=reason)
    reviewer.press("Аннулировать экзамен")
    reviewer.sees("Экзамен аннулирован")


def reinstate(reviewer: Person, sitting: str, reason: str) -> None:
    """Make the sitting count again, by the decision on an appeal."""
    reviewer.open(sitting)
    reviewer.put(reason=reason)
    reviewer.press("Вернуть экзамен в силу")
