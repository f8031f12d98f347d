"""The sitting: ten questions with receipts, the student's own time, the essay by a teacher, the release."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from playwright.sync_api import Locator, expect

from lms.demo.content import blood_exam, heat_exam
from lms.demo.content.blood_exam import ExamQuestion
from tests.browser.story.identity import full_name
from tests.browser.story.stage import Person

__all__ = [
    "COUNT",
    "HEAT",
    "answer",
    "begin",
    "check_receipts",
    "go_on_elsewhere",
    "hand_in",
    "mark_essay",
    "open_session",
    "read_result",
    "release",
    "wait_for_camera",
]

TITLE = "Биология: кровь и кровообращение"
COUNT = len(blood_exam.QUESTIONS)
HEAT = heat_exam.QUESTIONS
SAVED = "Сохранено на сервере"
SAVE_MS = 30_000
ESSAY = (
    "В малом круге кровь отдаёт в лёгких углекислый газ и берёт кислород. В большом круге она несёт кислород всем органам и "
    "забирает углекислый газ. Круги разделены, поэтому бедная кислородом кровь не смешивается с богатой, и сердцу хватает "
    "сил качать кровь под высоким давлением."
)


def begin(student: Person, *, minutes: str) -> None:
    """Read how long the work is and when it ends for this student, and start."""
    student.open("/exams")
    student.press_main()
    student.reads(minutes)
    student.press_main()
    student.press("Начать")
    expect(student.page.locator("[data-exam][data-ready=yes]")).to_be_attached(timeout=SAVE_MS)


def go_on_elsewhere(student: Person) -> None:
    """Go on with an open work from another device."""
    student.open("/exams")
    student.press_main()
    expect(student.page.locator("[data-exam][data-ready=yes]")).to_be_attached(timeout=SAVE_MS)
    take_over = student.page.locator("[data-exam-do=write-here]")
    if take_over.is_visible():
        take_over.click()


def wait_for_camera(student: Person) -> None:
    """Read that the camera is on."""
    expect(student.page.locator("[data-watch-say]")).to_have_text(
        "Камера включена: маленький снимок раз в несколько секунд.", timeout=SAVE_MS
    )


def answer(
    student: Person, slots: Iterable[int], questions: Sequence[ExamQuestion] = blood_exam.QUESTIONS
) -> set[str]:
    """Answer questions by their numbers, read after each that the server has it, and return their types."""
    types: set[str] = set()
    for slot in slots:
        cell = student.page.locator(f".strip a[data-cell='{slot}']")
        heading = student.page.locator("h1")
        if f"Вопрос {slot} " not in heading.inner_text():
            cell.click()
            expect(heading).to_contain_text(f"Вопрос {slot} ")
        prompt = student.page.locator("[data-answer] legend").inner_text()
        question = next(known for known in questions if str(known.content["prompt"]) == prompt.strip())
        before = kept(student, slot)
        fill(student, question)
        types.add(question.type)
        student.stage.wait_until(lambda: kept(student, slot) > before, f"answer {slot} is not on the server")  # noqa: B023
        expect(student.page.locator("[data-save-text]")).to_contain_text(SAVED, timeout=SAVE_MS)
        student.stage.look(student)
    return types


def kept(student: Person, slot: int) -> int:
    """Return how many answers to a question the server keeps, of everybody."""
    find = "SELECT count(*) FROM response_event WHERE kind = 'answer' AND slot = ?"
    return int(student.stage.ask(find, slot))


def fill(student: Person, question: ExamQuestion) -> None:
    """Give the right answer in the way this type of question asks for it."""
    FILL[question.type](student.page.locator("[data-answer]"), question.content)


def _fill_choice(place: Locator, content: dict[str, Any]) -> None:
    for option in content["options"]:
        if str(option.get("weight", "0")) in {"1", "0.5"}:
            place.get_by_label(option["text"], exact=True).check()


def _fill_number(place: Locator, content: dict[str, Any]) -> None:
    place.get_by_label("Число").fill(str(content["answer"]).replace(".", ","))
    if content["unit_mode"] == "asked":
        place.get_by_label("Единица").fill(content["unit"])


def _fill_pairs(place: Locator, content: dict[str, Any]) -> None:
    right = {row["id"]: row["text"] for row in content["right"]}
    for row in content["left"]:
        place.get_by_label(row["text"]).select_option(label=right[content["pairs"][row["id"]]])


def _fill_order(place: Locator, content: dict[str, Any]) -> None:
    for number, option in enumerate(content["options"]):
        place.locator("select").nth(number).select_option(label=option["text"])


FILL: dict[str, Callable[[Locator, dict[str, Any]], None]] = {
    "choice": _fill_choice,
    "multiple_choice": _fill_choice,
    "true_false": lambda place, _content: place.get_by_label("Верно", exact=True).check(),
    "short_text": lambda place, content: place.locator("input").first.fill(content["accepted"][0]["text"]),
    "numeric": _fill_number,
    "matching": _fill_pairs,
    "ordering": _fill_order,
    "essay": lambda place, _content: place.locator("textarea").fill(ESSAY),
}


def hand_in(student: Person) -> None:
    """Check that every question has an answer, and hand in."""
    student.page.get_by_role("link", name="Проверить всё и сдать").click()
    student.page.get_by_role("link", name="Сдать работу").click()
    expect(student.page.get_by_role("heading", name="Сдать работу?")).to_be_visible()
    student.stage.look(student)
    with student.page.expect_navigation(url="**/status"):
        student.page.get_by_role("button", name="Да, сдать").click()
    student.stage.look(student)


def check_receipts(student: Person, answers: int) -> None:
    """Read how many answers the server has sealed, and prove one of the receipts."""
    student.follow("Проверить квитанции")
    student.sees("Печать сходится")
    rows = student.main.locator("tbody tr")
    assert rows.count() >= answers
    number = rows.first.locator("th, td").first.inner_text()
    student.main.get_by_role("searchbox").fill(number)
    student.press("Проверить")
    student.sees("Квитанция подлинная")


def mark_essay(teacher: Person, points: Iterable[str]) -> None:
    """Mark the essay by its rubric, without seeing whose it is."""
    teacher.open("/marking")
    teacher.misses("Ветрова")
    teacher.follow("Проверить", within=teacher.main)
    for field, value in zip(
        teacher.main.locator("form[data-mark] input[type=text]").all(), points, strict=True
    ):
        field.fill(value)
    teacher.put(comment="Хорошо объяснено, почему круги разделены.")
    teacher.press("Сохранить")


def open_session(staff: Person, title: str = TITLE) -> None:
    """Open the session of an exam."""
    staff.open("/sessions")
    staff.follow(title, within=staff.main)


def release(staff: Person, student: str) -> None:
    """Release a student's result."""
    open_session(staff)
    row = staff.main.locator(".who__i").filter(has_text=full_name(student).split()[0])
    staff.press("Объявить результат", within=row)


def read_result(reader: Person, mark: str) -> None:
    """Read the mark and what was right."""
    reader.open("/exams")
    reader.follow(TITLE, within=reader.main)
    reader.sees(mark)
