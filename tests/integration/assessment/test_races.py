"""Two people decide at once: the second waits for the first, and then sees what the first one did."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, MarkStatus
from lms.assessment.models import Attempt, AttemptItem, Entry, Grade, Result
from lms.assessment.ports import ATTEMPT_GATES, Companion, GateVerdict, PrepStep
from lms.assessment.queries.regrades import Change
from lms.assessment.question_types.true_false import TrueFalse
from lms.assessment.types import AttemptState, ResultState
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser

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


class Turnstile(Door):
    """A door at which only the first one stands."""

    def _stand(self) -> GateVerdict:
        return GateVerdict(True) if self.reached.is_set() else super()._stand()


def at_once(
    runtime: Runtime, first: Callable[[], Any], second: Callable[[], Any], door: Door | None = None
) -> tuple[Future[Any], Future[Any]]:
    """Run ``first`` up to the door, ``second`` against it, then both to their ends."""
    door = door or Door()
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


def test_marking_again_beside_a_release_ends_well_for_both(sitting: Sitting) -> None:
    result_id = handed_in(sitting)
    with sitting.runtime.read() as session:
        kinds = sitting.runtime.registries.of(QUESTION_TYPES)
        found = queries.replay_session(session, kinds, sitting.session_id)
        item = session.scalars(sa.select(Grade).limit(1)).one()
    change = Change(item.attempt_item_id, item.id, MarkStatus.RIGHT, Decimal(1), (), "test/2")
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        batch_id = service.propose_regrade(uow, replace(found, changes=(change,)), "Исправлен ключ")

    def approve() -> service.Regraded:
        with sitting.runtime.unit_of_work(sitting.ground.actor(sitting.ground.director_id)) as uow:
            return service.approve_regrade(uow, batch_id)

    one, two = at_once(sitting.runtime, lambda: release(sitting, result_id), approve)
    one.result()
    assert two.result() == service.Regraded(1, 0, 1)
    with sitting.runtime.read() as session:
        states = session.scalars(sa.select(Result.state).order_by(Result.number)).all()
    assert states == [ResultState.RELEASED, ResultState.PROPOSED]


@pytest.mark.parametrize("together", ["releases", "marks"])
def test_several_works_beside_one_of_them_end_well_for_both(
    make_sitting: Callable[..., Sitting], together: str
) -> None:
    first = make_sitting()
    second = make_sitting(1, session_id=first.session_id)
    for one in (first, second):
        one.submit()
    with first.runtime.read() as session:
        works = [first.attempt_id, second.attempt_id]
        results = [session.scalars(sa.select(Result.id).where(Result.attempt_id == at)).one() for at in works]
        same = sa.select(AttemptItem.id).where(AttemptItem.slot == 1)
        items = [session.scalars(same.where(AttemptItem.attempt_id == at)).one() for at in works]

    def both() -> None:
        with first.runtime.unit_of_work(first.ground.teacher) as uow:
            if together == "releases":
                service.release_results(uow, results)
            else:
                service.grade_several(uow, items, fraction=Decimal(1), comment="")

    one_alone, all_of_them = at_once(first.runtime, lambda: release(second, results[1]), both, Turnstile())
    one_alone.result()
    if together == "marks":
        with pytest.raises(Conflict, match="result_released"):
            all_of_them.result()
    else:
        all_of_them.result()
    with first.runtime.read() as session:
        states = session.scalars(sa.select(Result.state).order_by(Result.id)).all()
    released = [ResultState.RELEASED] * 2
    assert states == (released if together == "releases" else [ResultState.PROPOSED, ResultState.RELEASED])


@pytest.mark.parametrize("second_way", ["page", "api"])
def test_two_requests_to_start_at_once_begin_one_work(
    app: Flask, ground: ExamGround, second_way: str
) -> None:
    """A button pressed twice, or in two tabs: both requests come through the web, on connections of their own."""
    ground.open_session(ground.write_plan(ground.sample_questions()))
    student = ground.students[0]
    with ground.runtime.read() as session:
        entry_id = session.scalars(sa.select(Entry.id).where(Entry.person_id == student.person_id)).one()
    tabs = [Browser(app, student.login) for _tab in range(2)]

    def press(tab: Browser) -> Any:
        return tab.client.post(f"/exams/{entry_id}/start", data={"csrf_token": tab.token})

    def call(tab: Browser) -> Any:
        return tab.post(f"/api/v1/entries/{entry_id}/attempt", {})

    again = press if second_way == "page" else call
    one, two = at_once(ground.runtime, lambda: press(tabs[0]), lambda: again(tabs[1]))
    with ground.runtime.read() as session:
        (attempt,) = session.scalars(sa.select(Attempt)).all()
        items = session.scalars(sa.select(AttemptItem.slot).order_by(AttemptItem.slot)).all()
    assert items == list(range(1, len(items) + 1)), "one form is laid out"
    assert str(attempt.id) in one.result().headers["Location"]
    if second_way == "page":
        assert two.result().headers["Location"] == one.result().headers["Location"]
    else:
        assert two.result().json | {"is_new": False} == two.result().json
        assert two.result().json["id"] == str(attempt.id)


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
