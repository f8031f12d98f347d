"""Programs are marked by a worker after the work was handed in: nothing waits for them, nothing is lost or counted twice."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES, ItemTest
from lms.assessment.marking_models import WaitingMark
from lms.assessment.models import Grade
from lms.assessment.programs.probe import Probe, shared_probe
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.question_types.code import Code
from lms.assessment.tasks import mark_later, resume_marks
from lms.assessment.types import AttemptState, GradeSource, MarkStatus
from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.testing.exams import Question
from tests.integration.assessment.conftest import Sitting

IS_HERE = not shared_probe().refusal()
RIGHT, HALF = "print(2 * int(input()))", "print(4 + int(input()))"
#: One check is shown, one is not. It becomes ready where no program can be run, too: see `make_work`.
QUESTION = Question(
    "code",
    {
        "prompt": "Удвой число.",
        "checks": [
            {"stdin": "4\n", "expected": "8", "is_sample": True},
            {"stdin": "-3\n", "expected": "-6"},
        ],
    },
    (ItemTest(None, MarkStatus.WRONG),),
)


@pytest.fixture
def make_work(make_sitting: Callable[..., Sitting], runtime: Runtime) -> Callable[..., Sitting]:
    """Return a maker of works with one program in them; ``probe`` replaces what this machine finds out by itself."""

    def make(probe: Probe | None = None) -> Sitting:
        if probe is not None:
            runtime.registries.of(QUESTION_TYPES)._members["code"] = Code(probe)
        right = MarkStatus.NEEDS_MARKING if (probe or shared_probe()).refusal() else MarkStatus.RIGHT
        tests = (ItemTest(RIGHT, right), *QUESTION.tests)
        return make_sitting(questions=[replace(QUESTION, tests=tests)])

    return make


def answer_of(sitting: Sitting) -> queries.AnswerReview:
    (answer,) = sitting.review(as_staff=True).answers
    return answer


def waiting(runtime: Runtime) -> list[WaitingMark]:
    with runtime.read() as session:
        return list(session.scalars(sa.select(WaitingMark)))


def grades(runtime: Runtime) -> list[Grade]:
    with runtime.read() as session:
        return list(session.scalars(sa.select(Grade).order_by(Grade.number)))


def mark_by_hand(sitting: Sitting, fraction: str) -> None:
    with sitting.runtime.read() as session:
        (card,) = queries.marking_queue(session, sitting.ground.teacher, sitting.runtime.clock.now())
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.grade_manual(uow, card.attempt_item_id, fraction=Decimal(fraction))


def faults(runtime: Runtime) -> list[object]:
    with runtime.read() as session:
        return list(AssessmentWitness().faults(session, runtime.keys))


def test_handing_in_does_not_wait_and_the_mark_comes_by_itself(make_work: Callable[..., Sitting]) -> None:
    sitting = make_work()
    sitting.answer(1, HALF)
    assert sitting.submit().state is AttemptState.GRADING
    assert answer_of(sitting).notes == ("being_marked",)
    sitting.runtime.jobs.run_waiting()
    answer = answer_of(sitting)
    if IS_HERE:
        assert (answer.status, answer.earned) == (MarkStatus.PARTIAL, Decimal("0.50"))
        assert answer.notes == ("check:1:sample:passed:", "check:2:hidden:differs:")
        assert sitting.review(as_staff=True).state is AttemptState.GRADED
    else:
        assert answer.status is MarkStatus.NEEDS_MARKING
    assert waiting(sitting.runtime) == []
    assert [grade.source for grade in grades(sitting.runtime)] == [GradeSource.AUTO, GradeSource.REGRADE]
    assert faults(sitting.runtime) == []


def test_a_blank_answer_is_settled_at_once(make_work: Callable[..., Sitting]) -> None:
    sitting = make_work()
    assert sitting.submit().state is AttemptState.GRADED
    assert waiting(sitting.runtime) == []


def test_where_no_program_can_be_run_the_answer_waits_for_a_person_with_the_reason(
    make_work: Callable[..., Sitting],
) -> None:
    sitting = make_work(Probe("start", math.inf))
    sitting.answer(1, RIGHT)
    sitting.submit()
    sitting.runtime.jobs.run_waiting()
    answer = answer_of(sitting)
    assert (answer.status, answer.earned, answer.notes) == (
        MarkStatus.NEEDS_MARKING,
        None,
        ("programs:start",),
    )
    assert answer.response == RIGHT
    mark_by_hand(sitting, "1")
    assert answer_of(sitting).status is MarkStatus.RIGHT
    assert faults(sitting.runtime) == []


def test_what_could_not_be_run_is_run_when_it_is_marked_again(
    make_work: Callable[..., Sitting], runtime: Runtime
) -> None:
    sitting = make_work(Probe("missing", math.inf))
    sitting.answer(1, RIGHT)
    sitting.submit()
    runtime.jobs.run_waiting()
    runtime.registries.of(QUESTION_TYPES)._members["code"] = Code()
    with runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.regrade(uow, sitting.attempt_id)
    assert answer_of(sitting).notes == ("being_marked",)
    with runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.regrade(uow, sitting.attempt_id)  # asking while it goes on adds nothing
    assert len(grades(runtime)) == 3
    runtime.jobs.run_waiting()
    assert answer_of(sitting).status is (MarkStatus.RIGHT if IS_HERE else MarkStatus.NEEDS_MARKING)
    with runtime.unit_of_work(sitting.ground.teacher) as uow:
        assert not IS_HERE or service.preview_regrade(uow, sitting.attempt_id) == []


def test_a_person_who_was_faster_is_not_overridden(make_work: Callable[..., Sitting]) -> None:
    sitting = make_work()
    sitting.answer(1, RIGHT)
    sitting.submit()
    mark_by_hand(sitting, "0.3")
    sitting.runtime.jobs.run_waiting()
    assert answer_of(sitting).earned == Decimal("0.30")
    assert waiting(sitting.runtime) == []


def test_a_worker_that_died_is_followed_by_another(
    make_work: Callable[..., Sitting], clock: FixedClock
) -> None:
    sitting = make_work()
    runtime = sitting.runtime
    sitting.answer(1, RIGHT)
    sitting.submit()
    with runtime.unit_of_work(sitting.ground.teacher) as uow:
        dead = service.claim_marks(uow)
        assert dead is not None
        assert service.claim_marks(uow) is None
    runtime.jobs.run_waiting()
    assert answer_of(sitting).notes == ("being_marked",)
    clock.advance(timedelta(hours=1))
    resume_marks(runtime)
    runtime.jobs.run_waiting()
    assert answer_of(sitting).notes != ("being_marked",)
    number = len(grades(runtime))
    with runtime.unit_of_work(sitting.ground.teacher) as uow:
        assert service.keep_marks(uow, dead, []) is None
    mark_later(runtime, {})
    assert len(grades(runtime)) == number


def test_a_busy_machine_is_tried_again_before_a_person_is_asked(
    make_work: Callable[..., Sitting], clock: FixedClock
) -> None:
    sitting = make_work(Probe("busy", math.inf))
    sitting.answer(1, RIGHT)
    sitting.submit()
    for _ in range(2):
        sitting.runtime.jobs.run_waiting()
        assert answer_of(sitting).notes == ("being_marked",)
        clock.advance(timedelta(minutes=2))
        resume_marks(sitting.runtime)
    sitting.runtime.jobs.run_waiting()
    assert answer_of(sitting).notes == ("programs:busy",)


def test_an_annulled_work_waits_until_it_counts_again(make_work: Callable[..., Sitting]) -> None:
    sitting = make_work()
    runtime = sitting.runtime
    sitting.answer(1, RIGHT)
    sitting.submit()
    with runtime.unit_of_work(sitting.ground.reviewer) as uow:
        service.annul_attempt(uow, sitting.attempt_id, reason="Проверка")
    runtime.jobs.run_waiting()
    assert len(waiting(runtime)) == 1
    with runtime.unit_of_work(sitting.ground.reviewer) as uow:
        service.reinstate_attempt(uow, sitting.attempt_id, reason="Всё в порядке")
    resume_marks(runtime)
    runtime.jobs.run_waiting()
    assert waiting(runtime) == []
