"""What people decide stands in the audit chain, and a row that was changed behind it is found."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from lms.assessment import service
from lms.assessment.models import AttemptSeal, Grade, Grant, LateDecision, ResponseEvent, Result
from lms.assessment.types import GradeSource, GrantKind
from lms.cli import main
from lms.core import ledger
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.contracts import LEDGER_WITNESSES
from lms.core.db import Base
from lms.core.ids import new_id
from lms.core.models import LedgerEntry
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_fairness import entry_of, essay_of, release, result_of
from tests.integration.assessment.test_results import annul


@pytest.fixture
def decided(sitting: Sitting, clock: FixedClock) -> Sitting:
    """Decide everything about an attempt that people can decide."""
    teacher, me = sitting.ground.teacher, sitting.runtime
    essay = essay_of(sitting)
    with me.unit_of_work(teacher) as uow:
        service.grant(uow, entry_of(sitting), GrantKind.EXTRA_TIME, 10, "Отключали свет")
        service.pause_attempt(uow, sitting.attempt_id, "Пожарная тревога")
    with me.unit_of_work(teacher) as uow:
        service.resume_attempt(uow, sitting.attempt_id)
    sitting.answer_all_right()
    sitting.submit()
    slot = sitting.slot_of("choice")
    sitting.save(sitting.operation(slot, sitting.fields_for(slot, "b")))
    with me.unit_of_work(teacher) as uow:
        service.grade_manual(uow, essay, fraction=Decimal("0.333333"))
        service.decide_late(uow, sitting.attempt_id, is_accepted=True, reason="Связь пропадала")
    clock.advance(timedelta(hours=1))
    release(sitting)
    return sitting


def faults(sitting: Sitting) -> list[str]:
    with sitting.runtime.read() as session:
        assert list(ledger.verify(session, sitting.runtime.keys)) == []
        witness = sitting.runtime.registries.of(LEDGER_WITNESSES).get("assessment")
        return [fault.reason for fault in witness.faults(session, sitting.runtime.keys)]


def broken_seal(sitting: Sitting) -> str:
    return f"seal_broken {sitting.attempt_id}"


def change(sitting: Sitting, statement: Any) -> None:
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(statement)


def test_every_decision_stands_in_the_chain_and_agrees_with_its_row(decided: Sitting) -> None:
    with decided.runtime.read() as session:
        kinds = session.scalars(
            sa.select(LedgerEntry.kind)
            .where(LedgerEntry.kind.like("assessment.%"), LedgerEntry.subject == decided.student.person_id)
            .order_by(LedgerEntry.seq)
        ).all()
    assert [kind.removeprefix("assessment.") for kind in kinds] == [
        "granted",
        "clock_stopped",
        "clock_resumed",
        "answer_marked",
        "late_decided",
        "answers_regraded",
        "result_released",
    ]
    assert faults(decided) == []
    annul(decided)
    assert faults(decided) == []
    annul(decided, back=True)
    assert faults(decided) == []


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (sa.update(Result).values(mark="3"), "row_changed"),
        (sa.update(Result).values(score=Decimal("0.99")), "row_changed"),
        (sa.update(Result).values(state="proposed"), "row_changed"),
        (sa.delete(Result), "row_missing"),
        (sa.update(Grade).where(Grade.source == GradeSource.HUMAN).values(fraction=1), "row_changed"),
        (sa.update(Grade).where(Grade.source == GradeSource.AUTO).values(fraction=0), "row_changed"),
        (sa.delete(Grade).where(Grade.source == GradeSource.HUMAN), "row_missing"),
        (sa.update(Grant).values(minutes=90), "row_changed"),
        (sa.delete(Grant), "row_missing"),
        (sa.update(LateDecision).values(is_accepted=False), "row_changed"),
        (sa.delete(AttemptSeal).where(AttemptSeal.number > 1), "row_changed"),
    ],
)
def test_a_row_changed_behind_the_chain_is_found(decided: Sitting, statement: Any, reason: str) -> None:
    change(decided, statement)
    assert reason in faults(decided)


def test_a_result_and_a_mark_that_nobody_gave_are_found(sitting: Sitting) -> None:
    sitting.submit()
    result_id: UUID = result_of(sitting)
    change(
        sitting,
        sa.update(Result)
        .where(Result.id == result_id)
        .values(state="released", released_at=sitting.runtime.clock.now()),
    )
    change(sitting, sa.update(Grade).values(source=GradeSource.HUMAN))
    assert faults(sitting) == [broken_seal(sitting), "row_unrecorded", "row_unrecorded"]


MACHINE = Grade.source == GradeSource.AUTO


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Grade).where(MACHINE).values(fraction=0),
        sa.update(Grade).where(MACHINE).values(status="wrong"),
        sa.update(Grade).where(MACHINE).values(grader="choice/9"),
        sa.update(Grade).where(MACHINE).values(notes=["bought"]),
        sa.delete(Grade).where(MACHINE, Grade.fraction.is_not(None)),
        sa.update(ResponseEvent).where(ResponseEvent.slot > 0).values(is_late=True),
        sa.delete(ResponseEvent),
        sa.delete(AttemptSeal),
        sa.update(AttemptSeal).values(hash="0" * 64),
    ],
)
def test_what_the_machine_marked_and_the_student_wrote_is_sealed_before_anybody_decides(
    sitting: Sitting, statement: Any
) -> None:
    sitting.answer_all_right()
    sitting.submit()
    assert faults(sitting) == []
    change(sitting, statement)
    assert faults(sitting) == [broken_seal(sitting)]


@pytest.mark.parametrize("model", [Grant, LateDecision, Grade])
def test_a_row_slipped_in_beside_the_recorded_ones_is_found(decided: Sitting, model: type[Base]) -> None:
    """A copy of an honest row under another id: of a mark, that of the machine, as if it had marked again."""
    columns = [column for column in model.__table__.columns if column.name not in {"id", "number"}]
    honest = sa.select(*columns).limit(1)
    if model is Grade:
        honest = honest.where(Grade.source == GradeSource.AUTO)
    with decided.runtime.read() as session:
        row = dict(session.execute(honest).mappings().one())
    if model is not Grant:
        row |= {"number": 9}
    change(decided, sa.insert(model).values(id=new_id(), **row))
    assert faults(decided) == ["row_unrecorded"]


@pytest.mark.parametrize("back", [timedelta(0), timedelta(minutes=30)])
def test_marks_after_a_release_do_not_look_like_earlier_ones_when_the_clock_stands_or_goes_back(
    decided: Sitting, clock: FixedClock, back: timedelta
) -> None:
    appeal = decided.ground.actor(decided.student.person_id)
    with decided.runtime.unit_of_work(appeal) as uow:
        appeal_id = service.file_appeal(uow, decided.attempt_id, {essay_of(decided): "Ответ полный"}).id
    clock.move_to(clock.now() - back)
    with decided.runtime.unit_of_work(decided.ground.actor(decided.ground.director_id)) as uow:
        reply = service.Reply("Ответ полный", Decimal(1))
        service.decide_appeal(uow, appeal_id, {essay_of(decided): reply}, "Удовлетворить")
    assert faults(decided) == []
    change(decided, sa.update(Grade).where(Grade.source == GradeSource.HUMAN).values(fraction=1))
    assert "row_changed" in faults(decided)


def test_the_command_compares_rows_with_the_chain(decided: Sitting, environment: dict[str, str]) -> None:
    def verify() -> Any:
        return CliRunner().invoke(main, ["ledger", "verify"], env=environment)

    assert verify().exit_code == 0
    change(decided, sa.update(Result).values(mark="3"))
    ran = verify()
    assert (ran.exit_code, "row_changed" in ran.output) == (1, True), ran.output
