"""A second re-sit is held before a commission: named, impartial, changed with a reason, and alone with the works."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import AttemptItem, Result
from lms.assessment.queries.sheets import session_sheet
from lms.assessment.service.scheduling import NewSitting, admit_all, change_commission, schedule
from lms.assessment.types import SessionKind
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.models import LedgerEntry
from lms.people import service as people
from lms.people.types import RoleKind
from lms.testing.exams import PASSWORD, ExamGround, Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_aftermath_pages import Visitor, enter

__all__ = ["enter"]


@pytest.fixture
def seats(ground: ExamGround) -> list[UUID]:
    """Return four commission members; the last is the mother of the first student."""
    found = []
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        for name in ("Анна", "Борис", "Вера", "Галина"):
            person = people.create_person(uow, family_name="Комиссарова", given_name=name)
            people.create_account(uow, person_id=person, login=f"seat-{len(found)}", password=PASSWORD)
            people.grant_role(uow, person_id=person, org_id=ground.org_id, kind=RoleKind.COMMISSION_MEMBER)
            found.append(person)
        people.add_guardian(
            uow, child_id=ground.students[0].person_id, adult_id=found[3], org_id=ground.org_id
        )
    return found


def hold(ground: ExamGround, version: UUID, of: UUID | None = None, seats: list[UUID] | None = None) -> UUID:
    """Fix a session that begins now with the first student on its roster; return it."""
    now = ground.runtime.clock.now()
    times = (now, now + timedelta(hours=2))
    sitting = NewSitting(
        ground.org_id, SessionKind.INTERIM, version, *times, resit_of=of, commission=tuple(seats or ())
    )
    with ground.runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
        return schedule(uow, sitting)


def admit(ground: ExamGround, session_id: UUID) -> list[str]:
    """Put the first student on a roster; return what keeps the student off."""
    with ground.runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
        change = admit_all(uow, session_id, [ground.students[0].person_id])
    return [code for _person, code in change.left_out]


def rename(ground: ExamGround, session_id: UUID, seats: list[UUID], reason: str = "Болезнь") -> None:
    with ground.runtime.unit_of_work(ground.actor(ground.director_id)) as uow:
        change_commission(uow, session_id, seats, reason)


@pytest.fixture
def last_resit(ground: ExamGround, clock: FixedClock, seats: list[UUID]) -> UUID:
    """Return the second re-sit of a student who missed twice; the mother sits on the commission, so far."""
    kinds = ground.runtime.registries.of(QUESTION_TYPES)
    samples = [(name, kinds.get(name).samples()[0]) for name in ("true_false", "essay")]
    version = ground.write_plan([Question(n, s.content, tuple(s.tests)) for n, s in samples])
    held = None
    for _turn in range(2):
        held = hold(ground, version, held)
        assert admit(ground, held) == []
        clock.advance(timedelta(days=1))
    return hold(ground, version, held, [*seats[:2], seats[3]])


def test_nobody_close_to_a_student_sits_on_the_commission_and_a_change_has_a_reason(
    ground: ExamGround, last_resit: UUID, seats: list[UUID], enter: Callable[[str], Visitor]
) -> None:
    assert admit(ground, last_resit) == ["assessment.commission_close"]
    page, data = f"/sessions/{last_resit}/edit", {"commission": [str(seat) for seat in seats[:3]]}
    director = enter("test-school-director")
    assert "f-reason-error" in director.post(f"/sessions/{last_resit}/commission", data, 422)
    director.post(f"/sessions/{last_resit}/commission", {**data, "reason": "Мать ученика"})
    assert len(re.findall(r"name=\"commission\"[^>]* checked", director.get(page))) == 3
    assert admit(ground, last_resit) == []
    for chosen, code in (
        (seats[1:], "commission_close"),
        (seats[:2], "resit_needs_commission"),
        ([*seats[:2], ground.teacher_id], "commission_unknown"),
    ):
        with pytest.raises(InvalidInput, match=code):
            rename(ground, last_resit, chosen)
    with ground.runtime.read() as session:
        changed = sa.select(LedgerEntry).where(LedgerEntry.kind == "assessment.commission_changed")
        (entry,) = session.scalars(changed)
        assert entry.payload["reason"] == "Мать ученика"
        assert entry.payload["after"] == sorted(map(str, seats[:3]))


def test_the_commission_alone_marks_and_releases_and_the_protocol_names_it(
    ground: ExamGround, clock: FixedClock, last_resit: UUID, seats: list[UUID]
) -> None:
    rename(ground, last_resit, seats[:3])
    assert admit(ground, last_resit) == []
    student = ground.students[0]
    sitting = Sitting(ground, student, last_resit, ground.start(last_resit, student), ground.sign_in(student))
    with pytest.raises(Conflict, match="commission_begun"):
        rename(ground, last_resit, seats[:3])
    sitting.answer_all_right()
    sitting.submit()
    member, teacher = ground.actor(seats[0]), ground.teacher
    with ground.runtime.read() as session:
        at = clock.now()
        assert queries.marking_queue(session, teacher, at) == []
        (card,) = queries.marking_queue(session, member, at)
        items = list(session.scalars(sa.select(AttemptItem.id)))
    assert card.attempt_item_id in items
    with pytest.raises(NotFound), ground.runtime.unit_of_work(teacher) as uow:
        service.grade_manual(uow, card.attempt_item_id, fraction=Decimal(1))
    with ground.runtime.unit_of_work(member) as uow:
        service.grade_manual(uow, card.attempt_item_id, fraction=Decimal(1))
        result_id = uow.session.scalars(sa.select(Result.id)).one()
    for outsider in (teacher, ground.actor(ground.director_id)):
        with pytest.raises(NotFound), ground.runtime.unit_of_work(outsider) as uow:
            service.release_result(uow, result_id)
    with ground.runtime.unit_of_work(ground.actor(seats[1])) as uow:
        service.release_result(uow, result_id)
    with ground.runtime.read() as session:
        sheet = session_sheet(session, last_resit, at)
    names = ("Комиссарова Анна", "Комиссарова Борис", "Комиссарова Вера")
    assert sheet.commission == sheet.examiners == names
