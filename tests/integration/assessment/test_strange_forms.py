"""Whatever somebody types into a form or an address of examinations, it is kept or refused in words; nothing breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from uuid import UUID

import sqlalchemy as sa

from lms.assessment import service
from lms.assessment.models import AttemptItem, MarkPolicy, Result
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_aftermath_pages import (
    Visitor,
    director,
    enter,
    teacher,
    two,
    waiting,
)

__all__ = ["director", "enter", "teacher", "two"]

STRANGE = ("9" * 400, "NaN", "я" * 6000, "0001-01-01T00:00")
#: What is typed into an address.
QUERIES = (
    "after",
    "before",
    "page",
    "seat",
    "q",
    "number",
    "from",
    "to",
    "day",
    "order",
    "subject",
    "person",
)


class Forms(HTMLParser):
    """The forms of a page that change something: where each goes, what it holds, which fields a person fills in."""

    def __init__(self, page: str, address: str) -> None:
        """Read a page that stands at an address."""
        super().__init__()
        self.address = address
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self._is_open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of the one that is open."""
        given = dict(attrs)
        if tag == "form":
            self._is_open = (given.get("method") or "").lower() == "post"
        if tag == "form" and self._is_open:
            self.found.append((given.get("action") or self.address, {}, []))
        name, kind = given.get("name"), given.get("type")
        if not self._is_open or not name or name == "csrf_token":
            return
        _action, fields, typed = self.found[-1]
        fields.setdefault(name, given.get("value") or "")
        if tag in {"textarea", "select"} or kind not in {"hidden", "checkbox", "radio", "submit", "file"}:
            typed.append(name)

    def handle_endtag(self, tag: str) -> None:
        """Close the form."""
        self._is_open = self._is_open and tag != "form"


def try_all(visitor: Visitor, token: str, address: str) -> tuple[int, list[str]]:
    """Put everything strange into everything that can be filled in on a page; return how often, and what broke."""
    tried, broken = 0, []
    for action, fields, typed in Forms(visitor.get(address), address).found:
        if action.startswith(("/logout", "/language", "/reading")) or not typed:
            continue
        for strange in STRANGE:
            form = fields | dict.fromkeys(typed, strange) | {"csrf_token": token}
            status = visitor.client.post(action, data=form).status_code
            tried += 1
            if status >= 500:
                broken.append(f"{action}: {sorted(typed)} = {strange[:20]!r}: {status}")
    for strange in STRANGE[:2]:
        status = visitor.client.get(address, query_string=dict.fromkeys(QUERIES, strange)).status_code
        tried += 1
        if status >= 500:
            broken.append(f"{address}? … = {strange[:20]!r}: {status}")
    return tried, broken


def token_of(visitor: Visitor) -> str:
    """Return the sign of a form of somebody who is signed in."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/reading"))
    assert found
    return found[1]


def an_appeal(ground: ExamGround, sitting: Sitting) -> str:
    """Release a result and file an appeal against it; return its address."""
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        found = sa.select(Result.id).where(Result.attempt_id == sitting.attempt_id)
        service.release_result(uow, uow.session.scalars(found).one())
    with ground.runtime.unit_of_work(ground.actor(sitting.student.person_id)) as uow:
        items = sa.select(AttemptItem.id).where(AttemptItem.attempt_id == sitting.attempt_id)
        grounds = {uow.session.scalars(items).all()[0]: "В учебнике иначе."}
        return f"/appeals/{service.file_appeal(uow, sitting.attempt_id, grounds).id}"


def a_gradebook(ground: ExamGround) -> UUID:
    """Set up a gradebook of all students with one column that is filled in by hand."""
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        policy = uow.session.scalars(sa.select(MarkPolicy.id)).first()
        assert policy is not None
        book = service.create_gradebook(
            uow, ground.org_id, title="Физика", subject="physics", mark_policy_id=policy
        )
        works = service.add_category(uow, book, title="Работы", weight=Decimal(1))
        service.add_column(uow, works, title="Доклад", weight=Decimal(1), max_points=Decimal(5))
        service.seat_students(uow, book, [student.person_id for student in ground.students])
    return book


def test_nothing_that_is_typed_after_an_examination_breaks_a_page(
    two: tuple[Sitting, Sitting],
    ground: ExamGround,
    enter: Callable[[str], Visitor],
    teacher: Visitor,
    director: Visitor,
) -> None:
    answers, session = waiting(ground), f"/sessions/{two[0].session_id}"
    both = {"chosen": [str(each) for each in answers], "points": "0,5"}
    teacher.post(f"/marking/several/{answers[0]}", both)
    student, appeal = enter("test-school-s1"), an_appeal(ground, two[0])
    book = f"/gradebooks/{a_gradebook(ground)}"
    batch = teacher.post(f"{session}/marking/replay", {"reason": "Проверка ключа"})
    entry = f"/sessions/entries/{two[0].view().entry_id}"
    of_staff = ("/marking", f"/marking/{answers[1]}", f"/marking/several/{answers[1]}", session, entry)
    of_staff += (f"{session}/marking", f"{session}/edit", f"{session}/answers", "/gradebooks", book)
    of_staff += (f"{book}/setup", f"{book}/columns/1", f"{book}/lines/1")
    tried, broken, work = 0, list[str](), f"/attempts/{two[0].attempt_id}"
    for visitor, addresses in (
        (teacher, of_staff),
        (director, (batch, appeal, "/appeals", "/mark-policies/new")),
        (student, (appeal, f"{work}/receipts", "/exams", "/journal")),
    ):
        token = token_of(visitor)
        for address in addresses:
            count, faults = try_all(visitor, token, address)
            tried, broken = tried + count, broken + faults
    for beyond in (f"{book}/lines/{2**63}", f"{book}/columns/{2**63}"):
        assert teacher.client.get(beyond).status_code in {404, 422}, beyond
    assert broken == []
    assert tried > 90, tried
