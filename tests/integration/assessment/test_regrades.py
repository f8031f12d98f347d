"""Marking a session again: a preview that writes nothing, an approval that adds rows, a replay without change that adds none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, ItemTest, MarkStatus
from lms.assessment.models import Attempt, AttemptItem, Grade, ItemVersion, Result
from lms.assessment.queries.key_choices import key_field
from lms.assessment.queries.marking import fields_of_answers
from lms.assessment.queries.regrades import Change
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.service.marking import current_grades
from lms.assessment.types import AttemptState, GradeSource, GrantKind, RegradeState, ResultState
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


def correct(sitting: Sitting, *, is_ready: bool = True, **changes: Any) -> dict[UUID, UUID]:
    """Turn the key of the true-or-false question in a new version of it; return which version is to mark which."""
    sitting.runtime.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        asked = uow.session.scalars(sa.select(ItemVersion).where(ItemVersion.type == "true_false")).one()
        is_true = not asked.content["is_true"]
        tests = [ItemTest(is_true, MarkStatus.RIGHT), ItemTest(not is_true, MarkStatus.WRONG)]
        content = {**asked.content, "is_true": is_true, **changes}
        key_id = service.revise_item(uow, asked.id, content=content, tests=tests)
        if is_ready:
            service.approve_item(uow, key_id)
        return {asked.id: key_id}


def preview(sitting: Sitting, keys: dict[UUID, UUID] | None = None) -> UUID:
    with sitting.runtime.read() as session:
        types = sitting.runtime.registries.of(QUESTION_TYPES)
        found = queries.replay_session(session, types, sitting.session_id, keys)
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
    batch_id = preview(sat, correct(sat))
    with sat.runtime.read() as session:
        view = queries.batch_view(session, batch_id)
    (change,), (move,), (key,) = view.changes, view.moves, view.keys
    assert (key.number, key.key_number) == (1, 2)
    assert (change.before, change.after, change.points) == (Decimal(1), Decimal(0), Decimal(1))
    assert (move.before, move.after, move.is_released) == ("5", "3", False)
    assert len(rows(sat, Grade)) == 2 and view.state is RegradeState.PROPOSED


def test_an_approval_adds_grades_and_a_result_and_keeps_the_old_ones(sat: Sitting) -> None:
    assert approve(sat, preview(sat, correct(sat))) == service.Regraded(1, 0, 1)
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
    batch_id = preview(sat, correct(sat))
    with sat.runtime.read() as session:
        assert queries.batch_view(session, batch_id).moves[0].is_released
    approve(sat, batch_id)
    assert [row.state for row in rows(sat, Result)] == [ResultState.RELEASED, ResultState.PROPOSED]
    assert state(sat) is AttemptState.GRADED
    release(sat)
    assert [row.state for row in rows(sat, Result)] == [ResultState.SUPERSEDED, ResultState.RELEASED]
    with sat.runtime.read() as session:
        assert list(AssessmentWitness().faults(session, sat.runtime.keys)) == []


@pytest.mark.parametrize("by", ["person", "replay"])
def test_a_released_work_that_was_reopened_for_nothing_is_released_again(sat: Sitting, by: str) -> None:
    release(sat)
    teacher, types = sat.ground.teacher, sat.runtime.registries.of(QUESTION_TYPES)
    first = rows(sat, Grade)[0]

    def mark_again(status: MarkStatus, fraction: Decimal | None) -> None:
        grade = next(
            row for row in reversed(rows(sat, Grade)) if row.attempt_item_id == first.attempt_item_id
        )
        change = Change(first.attempt_item_id, grade.id, status, fraction, (), "test/2")
        with sat.runtime.read() as session:
            found = queries.replay_session(session, types, sat.session_id)
        with sat.runtime.unit_of_work(teacher) as uow:
            batch_id = service.propose_regrade(uow, replace(found, changes=(change,)), "Исправлен ключ")
        approve(sat, batch_id)

    mark_again(MarkStatus.NEEDS_MARKING, None)
    assert state(sat) is AttemptState.GRADING
    if by == "person":
        with sat.runtime.unit_of_work(teacher) as uow:
            assert service.grade_manual(uow, first.attempt_item_id, fraction=Decimal(1)).state == "released"
    else:
        mark_again(MarkStatus.RIGHT, Decimal(1))
    assert state(sat) is AttemptState.RELEASED
    assert [result.state for result in rows(sat, Result)] == [ResultState.RELEASED]


def test_a_superseded_result_does_not_come_back_with_a_reinstated_attempt(sat: Sitting) -> None:
    release(sat)
    approve(sat, preview(sat, correct(sat)))
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
    batch_id = preview(sat, correct(sat))
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


def marks_by(sitting: Sitting) -> dict[str, Decimal | None]:
    """Return the share of each question, checked: each is what the version named by its grade says of the answer."""
    kinds, shares = sitting.runtime.registries.of(QUESTION_TYPES), dict[str, Decimal | None]()
    with sitting.runtime.read() as session:
        grades = current_grades(session, sitting.attempt_id)
        items = session.scalars(sa.select(AttemptItem).where(AttemptItem.id.in_(grades))).all()
        fields = {item.id: fields_of_answers(session, [item])[item.id] for item in items}
        for item in items:
            grade = grades[item.id]
            version = session.get_one(ItemVersion, grade.key_version_id or item.item_version_id)
            kind = kinds.get(version.type)
            found = kind.mark(version.content, item.variant_seed, kind.parse(fields[item.id]))
            assert (found.status, found.fraction) == (grade.status, grade.fraction)
            shares[version.type] = grade.fraction
    return shares


def again(sitting: Sitting) -> UUID:
    """Grant one more sitting; return the session."""
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.grant(uow, sitting.view().entry_id, GrantKind.ATTEMPT, 0, "Связь пропала")
    return sitting.session_id


def test_a_wrong_key_is_put_right_for_works_handed_in_before_and_after_and_can_be_turned_back(
    sat: Sitting, make_sitting: Callable[..., Sitting]
) -> None:
    running = make_sitting(student=1, session_id=sat.session_id)
    asked = [answer.prompt for answer in sat.review(as_staff=True).answers]
    shown = running.view().questions
    keys = correct(sat)
    sat.runtime.clock.advance(timedelta(minutes=5))  # type: ignore[attr-defined]
    approve(sat, preview(sat, keys))
    assert marks_by(sat) == {"true_false": Decimal(0), "choice": Decimal(1)}
    review = sat.review(as_staff=True)
    assert [answer.prompt for answer in review.answers] == asked and running.view().questions == shown
    slot = running.slot_of("true_false")
    assert review.answers[slot - 1].correct != review.answers[slot - 1].response
    running.answer_all_right()
    running.submit()
    assert marks_by(running) == {"true_false": Decimal(0), "choice": Decimal(1)}
    before = [(row.id, row.fraction) for row in rows(sat, Grade)]
    assert approve(sat, preview(sat)) == service.Regraded(0, 0, 0)
    assert [(row.id, row.fraction) for row in rows(sat, Grade)] == before
    (asked_id,) = keys
    sat.runtime.clock.advance(-timedelta(minutes=1))  # type: ignore[attr-defined]
    approve(sat, preview(sat, {asked_id: asked_id}))
    another = make_sitting(student=1, session_id=again(running))
    another.answer_all_right()
    another.submit()
    for sitting in (sat, running, another):
        assert marks_by(sitting) == {"true_false": Decimal(1), "choice": Decimal(1)}
    with sat.runtime.read() as session:
        assert list(AssessmentWitness().faults(session, sat.runtime.keys)) == []


def test_only_a_ready_version_that_asks_the_same_can_mark(sat: Sitting) -> None:
    (asked_id,) = draft = correct(sat, is_ready=False)
    with pytest.raises(InvalidInput, match="key_unknown"):
        preview(sat, draft)
    with pytest.raises(InvalidInput, match="key_unknown"):
        preview(sat, {asked_id: asked_id})  # it marks already
    with sat.runtime.unit_of_work(sat.ground.teacher) as uow:
        (key_id,) = draft.values()
        version = uow.session.get_one(ItemVersion, key_id)
        content = {**version.content, "prompt": "Лёд тяжелее воды того же объёма."}
        other = service.revise_item(uow, key_id, content=content)
        service.approve_item(uow, other)
    with pytest.raises(InvalidInput, match="key_asks_otherwise") as refusal:
        preview(sat, {asked_id: other})
    assert list(refusal.value.fields) == [key_field(asked_id)]


def test_a_work_handed_in_since_the_preview_of_a_new_key_is_not_passed_over(
    sat: Sitting, make_sitting: Callable[..., Sitting]
) -> None:
    late = make_sitting(student=1, session_id=sat.session_id)
    keys = correct(sat)
    batch_id = preview(sat, keys)
    late.answer_all_right()
    late.submit()
    with pytest.raises(Conflict, match="regrade_outdated"):
        approve(sat, batch_id)
    assert approve(sat, preview(sat, keys)).grades == 2


def test_the_student_keeps_what_was_released_until_the_new_result_is(sat: Sitting) -> None:
    release(sat)
    before = sat.review()
    assert before.result is not None and all(answer.status is not None for answer in before.answers)
    approve(sat, preview(sat, correct(sat)))
    assert sat.review() == before
    at, person = sat.runtime.clock.now(), sat.student.person_id
    with sat.runtime.read() as session:
        (exam,), (result,) = queries.exams_of(session, person, at), queries.results_of(session, person)
        roster = queries.session_view(session, sat.session_id, at).roster
    assert (exam.state, exam.result) == ("released", result)
    assert result.mark == "5" and [row.result for row in roster if row.person_id == person] == [result]
    release(sat)
    after = sat.review()
    assert after.result is not None and after.result.mark == "3"
    assert {answer.earned for answer in after.answers} == {Decimal(0), Decimal(1)}
