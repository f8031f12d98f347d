"""Two people decide at once: the second waits for the first, and then sees what the first one did."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.assessment import service
from lms.assessment.models import Attempt, AttemptItem, Entry, Result
from lms.assessment.ports import ATTEMPT_GATES, Companion, GateVerdict, PrepStep
from lms.assessment.question_types.true_false import TrueFalse
from lms.assessment.types import AttemptState, ResultState
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting

#: How long the second transaction is given to run into the first one's lock.
PATIENCE_S = 0.5


class Door:
    """A gate in which a transaction stands still, with all it has locked, until the test lets it go on."""

    name = "door"

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()

    def _stand(self) -> GateVerdict:
        self.reached.set()
        assert self.go_on.wait(20)
        return GateVerdict(True)

    def may_start(self, session: Any, entry_id: UUID, person_id: UUID, at: datetime) -> GateVerdict:
        return self._stand()

    def may_release(self, session: Any, attempt_id: UUID, at: datetime) -> GateVerdict:
        return self._stand()

    def attempt_started(self, uow: UnitOfWork, attempt_id: UUID, entry_id: UUID) -> None:
        return None

    def attempt_ended(self, uow: UnitOfWork, attempt_id: UUID) -> None:
        return None

    def companion(self, session: Any, attempt_id: UUID) -> Companion | None:
        return None

    def prep_steps(self, session: Any, entry_id: UUID, person_id: UUID, at: datetime) -> list[PrepStep]:
        return []


def at_once(
    runtime: Runtime, first: Callable[[], Any], second: Callable[[], Any]
) -> tuple[Future[Any], Future[Any]]:
    """Run ``first`` up to the door, ``second`` against it, then both to their ends."""
    door = Door()
    runtime.registries.of(ATTEMPT_GATES).add(door, "test")
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert door.reached.wait(20)
        two = pool.submit(second)
        try:
            with pytest.raises(TimeoutError):
                two.result(PATIENCE_S)
        finally:
            door.go_on.set()
    return one, two


def handed_in(sitting: Sitting) -> UUID:
    """Hand in a blank form and return the proposed result."""
    sitting.submit()
    with sitting.runtime.read() as session:
        return session.scalars(sa.select(Result.id).where(Result.attempt_id == sitting.attempt_id)).one()


def release(sitting: Sitting, result_id: UUID) -> None:
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.release_result(uow, result_id)


def annul(sitting: Sitting) -> None:
    with sitting.runtime.unit_of_work(sitting.ground.reviewer) as uow:
        service.annul_attempt(uow, sitting.attempt_id, "Сидел другой человек")
        uow.suspend_dependents(BasisRef("assessment.attempt", sitting.attempt_id), "Сидел другой человек")


def grade_again(sitting: Sitting) -> None:
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        item = uow.session.scalars(
            sa.select(AttemptItem.id).where(AttemptItem.attempt_id == sitting.attempt_id).limit(1)
        ).one()
        service.grade_manual(uow, item, fraction=Decimal(1))


def test_an_annulment_beside_a_release_finds_the_released_result(sitting: Sitting) -> None:
    result_id = handed_in(sitting)
    one, two = at_once(sitting.runtime, lambda: release(sitting, result_id), lambda: annul(sitting))
    one.result()
    two.result()
    with sitting.runtime.read() as session:
        attempt, result = session.get_one(Attempt, sitting.attempt_id), session.get_one(Result, result_id)
    assert (attempt.state, attempt.state_before) == (AttemptState.ANNULLED, AttemptState.RELEASED)
    assert (result.state, result.state_before) == (ResultState.SUSPENDED, ResultState.RELEASED)


def test_a_mark_given_beside_a_release_comes_too_late(sitting: Sitting) -> None:
    result_id = handed_in(sitting)
    one, two = at_once(sitting.runtime, lambda: release(sitting, result_id), lambda: grade_again(sitting))
    one.result()
    with pytest.raises(Conflict, match="result_released"):
        two.result()
    with sitting.runtime.read() as session:
        assert session.scalars(sa.select(Result.state)).all() == [ResultState.RELEASED]


@pytest.mark.parametrize("taking_back", ["entry", "session"])
def test_a_place_is_not_taken_back_while_its_student_starts(ground: ExamGround, taking_back: str) -> None:
    session_id = ground.open_session(ground.write_plan(ground.sample_questions()))
    student = ground.students[0]
    with ground.runtime.read() as session:
        entry_id = session.scalars(sa.select(Entry.id).where(Entry.person_id == student.person_id)).one()

    def start() -> None:
        with ground.runtime.unit_of_work(ground.actor(student.person_id)) as uow:
            service.start_attempt(uow, entry_id)

    def take_back() -> None:
        with ground.runtime.unit_of_work(ground.teacher) as uow:
            if taking_back == "entry":
                service.withdraw_entry(uow, entry_id)
            else:
                service.cancel_session(uow, session_id)

    one, two = at_once(ground.runtime, start, take_back)
    one.result()
    with pytest.raises(Conflict, match="started"):
        two.result()


def test_an_approval_beside_a_retirement_waits_for_it_and_finds_it(sitting: Sitting) -> None:
    runtime, teacher = sitting.runtime, sitting.ground.teacher
    with runtime.unit_of_work(teacher) as uow:
        bank_id = service.create_bank(uow, org_id=sitting.ground.org_id, title="Bank", subject="maths")
        sample = TrueFalse().samples()[0]
        tests = list(sample.tests)
        version_id = service.create_item(
            uow, bank_id, title="T", type="true_false", content=sample.content, tests=tests
        )

    def approve() -> None:
        with runtime.unit_of_work(teacher) as uow:
            service.approve_item(uow, version_id)

    with ThreadPoolExecutor(1) as pool:
        with runtime.unit_of_work(teacher) as uow:
            service.retire_item(uow, version_id)
            approval = pool.submit(approve)
            with pytest.raises(TimeoutError):
                approval.result(PATIENCE_S)
        with pytest.raises(Conflict, match="item_state"):
            approval.result(20)
