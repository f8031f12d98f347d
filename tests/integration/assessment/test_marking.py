"""Handing in, marking by machine and by people, late decisions, regrading: nothing is settled by a crash or a silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, Grade, Result
from lms.assessment.tasks import expire_attempts
from lms.assessment.types import AttemptState, EndedBy, MarkStatus
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.models import OutboxEvent
from tests.integration.assessment.conftest import Sitting


def attempt_of(sitting: Sitting) -> Attempt:
    with sitting.runtime.read() as session:
        return session.get_one(Attempt, sitting.attempt_id)


def queue(sitting: Sitting) -> list[queries.MarkingCard]:
    with sitting.runtime.read() as session:
        return queries.marking_queue(session, sitting.ground.teacher, sitting.runtime.clock.now())


def grade(sitting: Sitting, fraction: str, **more: Any) -> service.Graded:
    (card,) = queue(sitting)
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        return service.grade_manual(uow, card.attempt_item_id, fraction=Decimal(fraction), **more)


def count(sitting: Sitting, model: type[Any]) -> int:
    with sitting.runtime.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_closed_questions_are_marked_at_once_and_the_essay_waits(sitting: Sitting) -> None:
    sitting.answer_all_right()
    assert sitting.submit().state is AttemptState.GRADING
    statuses = {answer.type: answer.status for answer in sitting.review(as_staff=True).answers}
    assert statuses.pop("essay") is MarkStatus.NEEDS_MARKING
    assert set(statuses.values()) == {MarkStatus.RIGHT}
    slot = next(q.slot for q in sitting.view().questions if q.type == "essay")
    assert [card.item_title for card in queue(sitting)] == [f"Вопрос {slot}"]


def test_the_last_mark_by_hand_proposes_the_result(sitting: Sitting) -> None:
    sitting.answer_all_right()
    sitting.submit()
    graded = grade(sitting, "0.5", comment="Неплохо")
    assert graded.state is AttemptState.GRADED
    with sitting.runtime.read() as session:
        result = session.get_one(Result, graded.result_id)
    every = Decimal(len(sitting.view().questions))
    assert (result.points, result.max_points) == (every - Decimal("0.5"), every)
    assert (result.mark, result.is_passed) == ("5", True)
    assert queue(sitting) == []


def test_a_blank_attempt_is_settled_without_a_person(sitting: Sitting) -> None:
    assert sitting.submit().state is AttemptState.GRADED
    answers = sitting.review(as_staff=True).answers
    assert {(answer.status, answer.earned) for answer in answers} == {(MarkStatus.WRONG, Decimal("0.00"))}
    assert {answer.notes[0] for answer in answers} == {"no_answer"}


def test_handing_in_twice_changes_nothing(sitting: Sitting) -> None:
    sitting.answer(sitting.slot_of("choice"), "a")
    first = sitting.submit()
    grades, events = count(sitting, Grade), count(sitting, OutboxEvent)
    assert sitting.submit() == first
    assert (count(sitting, Grade), count(sitting, OutboxEvent)) == (grades, events)


def test_the_number_of_the_questions_is_the_number_of_the_first_grades(sitting: Sitting) -> None:
    sitting.submit()
    assert count(sitting, Grade) == len(sitting.view().questions)


def test_an_unreadable_number_is_not_wrong_and_goes_to_a_person(sitting: Sitting) -> None:
    slot = next(q.slot for q in sitting.view().questions if q.type == "numeric")
    sitting.save(sitting.operation(slot, {"answer": ["около двух"]}))
    assert sitting.submit().state is AttemptState.GRADING
    assert [card.status for card in queue(sitting)] == [MarkStatus.INVALID]


def test_a_crashing_marker_leaves_the_answer_to_a_person(sitting: Sitting) -> None:
    slot = next(q.slot for q in sitting.view().questions if q.type == "choice")
    sitting.save(sitting.operation(slot, {"answer": ["x"]}))

    class Crashing:
        def __init__(self, kind: Any) -> None:
            self._kind = kind

        def __getattr__(self, name: str) -> Any:
            return getattr(self._kind, name)

        def mark(self, content: Any, seed: int, response: Any) -> Any:
            raise RuntimeError("boom")

    registry = sitting.runtime.registries.of(QUESTION_TYPES)
    registry._members["choice"] = Crashing(registry.get("choice"))
    assert sitting.submit().state is AttemptState.GRADING
    assert [(card.slot, card.status) for card in queue(sitting)] == [(slot, MarkStatus.ERROR)]


def test_content_whose_type_is_gone_is_shown_and_left_to_a_person(sitting: Sitting) -> None:
    del sitting.runtime.registries.of(QUESTION_TYPES)._members["choice"]
    shown = next(q for q in sitting.view().questions if q.type == "choice")
    assert (shown.is_available, shown.player) == (
        False,
        {"prompt": "При какой температуре кипит вода на уровне моря?"},
    )
    assert sitting.submit().state is AttemptState.GRADING


def test_expiry_ends_an_attempt_once_and_marks_what_was_saved(sitting: Sitting, clock: FixedClock) -> None:
    sitting.answer(sitting.slot_of("choice"), "a")
    clock.move_to(sitting.view().deadline_at + timedelta(seconds=179))
    expire_attempts(sitting.runtime)
    assert attempt_of(sitting).state is AttemptState.IN_PROGRESS
    clock.advance(timedelta(seconds=1))
    expire_attempts(sitting.runtime)
    ended = attempt_of(sitting)
    assert (ended.ended_by, ended.state) == (EndedBy.EXPIRY, AttemptState.GRADED)
    before = count(sitting, OutboxEvent)
    expire_attempts(sitting.runtime)
    assert (count(sitting, OutboxEvent), attempt_of(sitting).revision) == (before, ended.revision)


def test_expiry_honours_time_that_was_granted_meanwhile(sitting: Sitting, clock: FixedClock) -> None:
    from lms.assessment.models import Grant
    from lms.assessment.types import GrantKind
    from lms.core.actor import SYSTEM

    view = sitting.view()
    with sitting.runtime.unit_of_work(SYSTEM) as uow:  # as when the stored deadline was never refreshed
        uow.session.add(
            Grant(
                entry_id=view.entry_id,
                kind=GrantKind.EXTRA_TIME,
                minutes=30,
                reason="Болел",
                granted_at=uow.now(),
            )
        )
    clock.move_to(view.deadline_at + timedelta(minutes=10))
    expire_attempts(sitting.runtime)
    assert attempt_of(sitting).state is AttemptState.IN_PROGRESS


def test_an_accepted_late_answer_is_marked_and_a_refused_one_is_not(
    make_sitting: Callable[..., Sitting], clock: FixedClock
) -> None:
    for is_accepted in (False, True):
        sitting = make_sitting(int(is_accepted))
        slot = next(q.slot for q in sitting.view().questions if q.type == "choice")
        operation = sitting.operation(slot, sitting.fields_for(slot, "a"))
        clock.move_to(sitting.view().deadline_at + timedelta(minutes=1))
        sitting.save(operation)
        sitting.submit()
        with sitting.runtime.read() as session:
            late = queries.late_queue(session, sitting.ground.teacher, clock.now())
        assert [(card.attempt_id, card.slots) for card in late] == [(sitting.attempt_id, (slot,))]
        with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
            service.decide_late(uow, sitting.attempt_id, is_accepted=is_accepted, reason="Связь пропала")
        answers = {answer.slot: answer.status for answer in sitting.review(as_staff=True).answers}
        assert answers[slot] is (MarkStatus.RIGHT if is_accepted else MarkStatus.WRONG)
        with sitting.runtime.read() as session:
            assert queries.late_queue(session, sitting.ground.teacher, clock.now()) == []
            assert service.verify_attempt(session, sitting.runtime.keys, sitting.attempt_id)


def test_a_late_essay_that_is_accepted_goes_back_to_the_person_who_marked_it(
    sitting: Sitting, clock: FixedClock
) -> None:
    slot = next(q.slot for q in sitting.view().questions if q.type == "essay")
    sitting.answer(slot, "Коротко.")
    sitting.submit()
    grade(sitting, "0.25")
    clock.advance(timedelta(seconds=1))
    sitting.save(sitting.operation(slot, {"answer": ["Подробно и со смыслом."]}))
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        graded = service.decide_late(uow, sitting.attempt_id, is_accepted=True, reason="Связь пропала")
    assert (graded.state, graded.result_id) == (AttemptState.GRADING, None)
    assert [card.slot for card in queue(sitting)] == [slot]


def test_regrading_without_a_change_is_the_identity(sitting: Sitting) -> None:
    sitting.answer_all_right()
    sitting.submit()
    grade(sitting, "0.75")
    grades, results = count(sitting, Grade), count(sitting, Result)
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        assert service.preview_regrade(uow, sitting.attempt_id) == []
        service.regrade(uow, sitting.attempt_id)
    assert (count(sitting, Grade), count(sitting, Result)) == (grades, results)


def test_a_regrade_shows_and_adds_only_what_a_better_marker_changes(sitting: Sitting) -> None:
    slot = next(q.slot for q in sitting.view().questions if q.type == "numeric")
    sitting.save(sitting.operation(slot, {"answer": ["2,6"]}))
    sitting.submit()
    registry = sitting.runtime.registries.of(QUESTION_TYPES)
    strict = registry.get("numeric")

    class Generous:
        version = "2"

        def __getattr__(self, name: str) -> Any:
            return getattr(strict, name)

        def mark(self, content: Any, seed: int, response: Any) -> Any:
            return strict.mark({**content, "tolerance": "0.1"}, seed, response)

    registry._members["numeric"] = Generous()  # type: ignore[assignment]
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        (difference,) = service.preview_regrade(uow, sitting.attempt_id)
        assert (difference.slot, difference.before, difference.after) == (slot, Decimal(0), Decimal(1))
        service.regrade(uow, sitting.attempt_id)
    with sitting.runtime.read() as session:
        results = session.scalars(sa.select(Result).order_by(Result.number)).all()
    assert [(result.number, result.points) for result in results] == [
        (1, Decimal("0.00")),
        (2, Decimal("1.00")),
    ]
    assert results[1].supersedes == results[0].id


def test_a_mark_by_hand_has_bounds_a_reach_and_a_time(sitting: Sitting) -> None:
    sitting.answer_all_right()
    item_id = sitting.review(as_staff=True).answers
    assert item_id == ()
    with sitting.runtime.read() as session:
        from lms.assessment.models import AttemptItem

        running = session.scalars(sa.select(AttemptItem.id).where(AttemptItem.slot == 2)).first()
    assert running is not None
    with (
        sitting.runtime.unit_of_work(sitting.ground.teacher) as uow,
        pytest.raises(Conflict, match="not_ended"),
    ):
        service.grade_manual(uow, running, fraction=Decimal(1))
    sitting.submit()
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow, pytest.raises(InvalidInput):
        service.grade_manual(uow, running, fraction=Decimal("1.01"))
    stranger = make_stranger(sitting)
    with sitting.runtime.unit_of_work(stranger) as uow, pytest.raises(NotFound):
        service.grade_manual(uow, running, fraction=Decimal(1))
    with sitting.runtime.read() as session:
        assert queries.marking_queue(session, stranger, sitting.runtime.clock.now()) == []


def make_stranger(sitting: Sitting) -> Any:
    from lms.testing.exams import make_ground

    return make_ground(sitting.runtime, students=0, code="another-school").teacher


def test_what_a_teacher_marks_names_nobody(sitting: Sitting) -> None:
    sitting.answer_all_right()
    sitting.submit()
    (card,) = queue(sitting)
    with sitting.runtime.read() as session:
        view = queries.marking_view(
            session,
            sitting.runtime.registries.of(QUESTION_TYPES),
            sitting.ground.teacher,
            card.attempt_item_id,
            sitting.runtime.clock.now(),
        )
    assert view.response == "Потому что так."
    assert len(view.card.alias) == 5
    assert str(sitting.student.person_id) not in repr(view)
    assert sitting.student.login not in repr(view).lower()
