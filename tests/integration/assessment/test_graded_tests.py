"""An examination that stands in a course: only its result that counts completes the step, once, and opens what waits for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.assessment import service as assessment
from lms.assessment.models import Result
from lms.core import outbox
from lms.core.actor import SYSTEM
from lms.core.errors import Conflict
from lms.courses import queries, service
from lms.courses.models import BlockAnswer
from lms.courses.types import EnrolmentGround, GateCondition, GateKind, NewBlock, NewCourse, NewSection
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting

TEXT = {"markdown": "Дальше"}


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Use one engine: nothing here depends on it."""
    return sqlite_url


@pytest.fixture
def sitting(ground: ExamGround, make_sitting: Callable[..., Sitting]) -> Sitting:
    """Return an attempt at questions that a machine marks."""
    return make_sitting(
        questions=[each for each in ground.sample_questions() if each.type in ("choice", "numeric")]
    )


def course_with(sitting: Sitting) -> tuple[UUID, UUID, UUID]:
    """Publish a course in which the examination stands, with a section behind its result; return it, the enrolment, the step."""
    test = {"exam": str(sitting.session_id), "words": "Повтори раздел."}
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        course = service.create_course(uow, NewCourse(sitting.ground.org_id, "Тепло", "physics"))
        service.add_section(
            uow, course, NewSection("one", "Раз", (NewBlock("test", "graded_test", test, "Контрольная"),))
        )
        gate = (GateCondition("one", GateKind.SCORE, Decimal("0.3")),)
        service.add_section(
            uow, course, NewSection("two", "Два", (NewBlock("end", "text", TEXT),), gate=gate)
        )
        service.publish_course(uow, course)
        enrolment = service.enrol(uow, sitting.student.person_id, course, EnrolmentGround.CLASS).id
        block = queries.version_to_show(uow.session, course, None).sections[0].blocks[0].id
    return course, enrolment, block


def test_a_result_that_counts_completes_the_step_once(sitting: Sitting) -> None:
    course, enrolment, block = course_with(sitting)
    with sitting.runtime.unit_of_work(sitting.ground.actor(sitting.student.person_id)) as uow:
        for attempt in (
            lambda: service.complete_block(uow, enrolment, block),
            lambda: service.answer_block(uow, enrolment, block, {"score": ["1"]}),
        ):
            with pytest.raises(Conflict):
                attempt()
    sitting.answer_all_right()
    sitting.submit()
    sitting.runtime.jobs.run_waiting()
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        result = uow.session.scalars(sa.select(Result)).one()
        with sitting.runtime.read() as session:
            assert not queries.block_facts(session, enrolment).completed, (
                "a result that is not out is nobody's"
            )
        assessment.release_result(uow, result.id)
        exam, result_id, score = sitting.session_id, result.id, result.score
    outbox.drain(sitting.runtime)
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        again = service.take_result(uow, sitting.student.person_id, exam, result_id, score, is_passed=True)
        assert again == 0
    with sitting.runtime.read() as session:
        facts = queries.block_facts(session, enrolment)
        assert facts.completed == {block} and facts.best[block] == score
        assert len(session.scalars(sa.select(BlockAnswer)).all()) == 1
        found = queries.enrolment_of(session, sitting.student.person_id, course)
        assert [section.is_open for section in queries.outline(session, course, found).sections] == [
            True,
            True,
        ]


def test_a_result_below_its_bound_is_kept_and_completes_nothing(sitting: Sitting) -> None:
    _course, enrolment, block = course_with(sitting)
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        person, low = sitting.student.person_id, Decimal("0.2")
        assert (
            service.take_result(uow, person, sitting.session_id, sitting.attempt_id, low, is_passed=False)
            == 1
        )
        assert (
            service.take_result(uow, person, sitting.attempt_id, sitting.attempt_id, low, is_passed=True) == 0
        )
    with sitting.runtime.read() as session:
        facts = queries.block_facts(session, enrolment)
    assert not facts.completed and facts.best == {block: Decimal("0.2")}
