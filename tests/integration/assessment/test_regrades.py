"""Marking a session again: a preview that writes nothing, an approval that adds rows, a replay without change that adds none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, Grade, ItemVersion, Result
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.service.contents import _kept
from lms.assessment.types import AttemptState, GradeSource, RegradeState, ResultState
from lms.core.actor import Actor
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.testing.exams import ExamGround, Question
from tests.integration.assessment.conftest import Sitting


def questions(ground: ExamGround, *names: str) -> list[Question]:
    kinds = ground.runtime.registries.of(QUESTION_TYPES)
    return [Question(name, (s := kinds.get(name).samples()[0]).content, tuple(s.tests)) for name in names]


@pytest.fixture
def sat(make_sitting: Callable[..., Sitting], ground: ExamGround) -> Sitting:
    """Return a work of two closed questions, all right, handed in and marked to the end."""
    sitting = make_sitting(questions=questions(ground, "true_false", "choice"))
    sitting.answer_all_right()
    sitting.submit()
    return sitting


def head(sitting: Sitting) -> Actor:
    return sitting.ground.actor(sitting.ground.director_id)


def turn_key(sitting: Sitting) -> None:
    """Turn the key of the true-or-false question, as a new version of a marker might: its answer becomes wrong."""
    sitting.runtime.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        version = uow.session.scalars(sa.select(ItemVersion).where(ItemVersion.type == "true_false")).one()
        version.content = {**version.content, "is_true": not version.content["is_true"]}
    _kept.clear()


def preview(sitting: Sitting) -> UUID:
    with sitting.runtime.read() as session:
        types = sitting.runtime.registries.of(QUESTION_TYPES)
        found = queries.replay_session(session, types, sitting.session_id)
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        return service.propose_regrade(uow, found, "Исправлен ключ")


def approve(sitting: Sitting, batch_id: UUID, actor: Actor | None = None) -> service.Regraded:
    with sitting.runtime.unit_of_work(actor or head(sitting)) as uow:
        return service.approve_regrade(uow, batch_id)


def rows(sitting: Sitting, model: type[Any]) -> Sequence[Any]:
    with sitting.runtime.read() as session:
        return session.scalars(sa.select(model).order_by(model.number, model.id)).all()


def state(sitting: Sitting) -> AttemptState:
    with sitting.runtime.read() as session:
        return session.get_one(Attempt, sitting.attempt_id).state


def release(sitting: Sitting) -> None:
    result = rows(sitting, Result)[-1]
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.release_result(uow, result.id)


def test_a_replay_without_a_change_changes_nothing(sat: Sitting) -> None:
    before = [(row.id, row.fraction) for row in rows(sat, Grade)]
    batch_id = preview(sat)
    with sat.runtime.read() as session:
        view = queries.batch_view(session, batch_id)
    assert (view.checked, view.changed, view.changes, view.moves) == (2, 0, (), ())
    assert approve(sat, batch_id) == service.Regraded(0, 0, 0)
    assert [(row.id, row.fraction) for row in rows(sat, Grade)] == before
    assert len(rows(sat, Result)) == 1


def test_a_preview_says_what_would_change_and_writes_no_grade(sat: Sitting) -> None:
    turn_key(sat)
    batch_id = preview(sat)
    with sat.runtime.read() as session:
        view = queries.batch_view(session, batch_id)
    (change,), (move,) = view.changes, view.moves
    assert (change.before, change.after, change.points) == (Decimal(1), Decimal(0), Decimal(1))
    assert (move.before, move.after, move.is_released) == ("5", "3", False)
    assert len(rows(sat, Grade)) == 2 and view.state is RegradeState.PROPOSED


def test_an_approval_adds_grades_and_a_result_and_keeps_the_old_ones(sat: Sitting) -> None:
    turn_key(sat)
    assert approve(sat, preview(sat)) == service.Regraded(1, 0, 1)
    first, other, second = rows(sat, Grade)
    assert {first.fraction, other.fraction, second.fraction} == {Decimal(1), Decimal(0)}
    assert (second.source, second.number, second.graded_by) == (
        GradeSource.REGRADE,
        2,
        sat.ground.director_id,
    )
    assert second.supersedes in {first.id, other.id}
    assert [(row.mark, row.state) for row in rows(sat, Result)] == [
        ("5", ResultState.PROPOSED),
        ("3", ResultState.PROPOSED),
    ]
    with sat.runtime.read() as session:
        assert list(AssessmentWitness().faults(session, sat.runtime.keys)) == []


def test_a_released_result_counts_until_its_successor_is_released(sat: Sitting) -> None:
    release(sat)
    turn_key(sat)
    batch_id = preview(sat)
    with sat.runtime.read() as session:
        assert queries.batch_view(session, batch_id).moves[0].is_released
    approve(sat, batch_id)
    assert [row.state for row in rows(sat, Result)] == [ResultState.RELEASED, ResultState.PROPOSED]
    assert state(sat) is AttemptState.GRADED
    release(sat)
    assert [row.state for row in rows(sat, Result)] == [ResultState.SUPERSEDED, ResultState.RELEASED]
    with sat.runtime.read() as session:
        assert list(AssessmentWitness().faults(session, sat.runtime.keys)) == []


def test_a_superseded_result_does_not_come_back_with_a_reinstated_attempt(sat: Sitting) -> None:
    release(sat)
    turn_key(sat)
    approve(sat, preview(sat))
    release(sat)
    reviewer = sat.ground.reviewer
    basis = BasisRef("assessment.attempt", sat.attempt_id)
    with sat.runtime.unit_of_work(reviewer) as uow:
        service.annul_attempt(uow, sat.attempt_id, "Проверка")
        uow.suspend_dependents(basis, "Проверка")
    with sat.runtime.unit_of_work(reviewer) as uow:
        service.reinstate_attempt(uow, sat.attempt_id, "Снято")
        uow.reinstate_dependents(basis, "Снято")
    assert [row.state for row in rows(sat, Result)] == [ResultState.SUPERSEDED, ResultState.RELEASED]


def test_a_grade_that_came_since_the_preview_is_left_alone(sat: Sitting) -> None:
    turn_key(sat)
    batch_id = preview(sat)
    with sat.runtime.read() as session:
        item = session.scalars(
            sa.select(AttemptItem.id)
            .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
            .where(ItemVersion.type == "true_false")
        ).one()
    with sat.runtime.unit_of_work(sat.ground.teacher) as uow:
        service.grade_manual(uow, item, fraction=Decimal("0.5"))
    assert approve(sat, batch_id) == service.Regraded(0, 1, 0)
    assert rows(sat, Grade)[-1].fraction == Decimal("0.5")
    with sat.runtime.read() as session:
        assert queries.batch_view(session, preview(sat)).changed == 0  # a machine never overrides a person


def test_only_a_head_approves_and_only_once(sat: Sitting) -> None:
    batch_id = preview(sat)
    with pytest.raises(Forbidden):
        approve(sat, batch_id, sat.ground.teacher)
    with sat.runtime.unit_of_work(head(sat)) as uow:
        service.drop_regrade(uow, batch_id)
    with pytest.raises(Conflict, match="regrade_decided"):
        approve(sat, batch_id)
    with pytest.raises(InvalidInput, match="reason_missing"), sat.runtime.read() as session:
        found = queries.replay_session(session, sat.runtime.registries.of(QUESTION_TYPES), sat.session_id)
        with sat.runtime.unit_of_work(sat.ground.teacher) as uow:
            service.propose_regrade(uow, found, " ")
