"""Offer courses to programs: one's own courses, a course, progress, completing and answering blocks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lms.core.errors import NotFound
from lms.core.web import ApiBlueprint, access, authorise, current_actor, read_session, runtime, unit_of_work
from lms.courses import queries, service
from lms.courses.access_rules import Sight
from lms.courses.models import Course, Enrolment
from lms.courses.schemas import (
    AnswerRequest,
    CourseOfPersonJson,
    OutlineJson,
    PlayReceiptJson,
    PlayRequest,
    ProgressJson,
    StepReceiptJson,
)
from lms.courses.types import CourseOfPerson, PlayReceipt, PlayReport, ProgressView, StepReceipt

__all__ = ["blueprint"]

blueprint = ApiBlueprint(
    "courses_api", __name__, url_prefix="/api/v1/courses", description="Courses, progress and steps."
)


def _enrolment(course_id: UUID) -> Enrolment:
    person_id = current_actor().person_id
    found = queries.enrolment_of(read_session(), person_id, course_id) if person_id is not None else None
    if found is None:
        raise NotFound("course.no_enrolment")
    return found


@blueprint.get("")
@blueprint.response(200, CourseOfPersonJson(many=True))
@access("courses.browse")
def my_courses() -> list[CourseOfPerson]:
    """List one's own courses with progress."""
    person_id = current_actor().person_id
    return [] if person_id is None else queries.courses_of(read_session(), person_id)


@blueprint.get("/<uuid:course_id>")
@blueprint.response(200, OutlineJson)
@access("courses.look")
def course(course_id: UUID) -> dict[str, Any]:
    """Show a course: sections, steps, what is open and what a closed section waits for."""
    session = read_session()
    found = session.get(Course, course_id)
    if found is None:
        raise NotFound("course.none")
    authorise("courses.look", Sight(found.id, found, runtime().clock.now()))
    person_id = current_actor().person_id
    enrolment = queries.enrolment_of(session, person_id, course_id) if person_id is not None else None
    card = queries.course_card(session, course_id)
    is_staff = runtime().policy.can(session, current_actor(), "courses.teach", found)
    if card.version_id is None and enrolment is None and not is_staff:
        raise NotFound("course.none")  # a draft is for those who write it
    view = queries.outline(session, course_id, enrolment)
    return {
        "course": card,
        "version_id": view.version_id,
        "number": view.number,
        "sections": view.sections,
    }


@blueprint.get("/<uuid:course_id>/progress")
@blueprint.response(200, ProgressJson)
@access("courses.study")
def progress(course_id: UUID) -> ProgressView | None:
    """Show how far one is in a course."""
    enrolment = _enrolment(course_id)
    return queries.progress_of(read_session(), enrolment.person_id, course_id)


@blueprint.post("/<uuid:course_id>/blocks/<uuid:block_id>/complete")
@blueprint.response(200, StepReceiptJson)
@access("courses.study")
def complete_block(course_id: UUID, block_id: UUID) -> StepReceipt:
    """Complete a block that asks nothing; doing it again changes nothing."""
    enrolment = _enrolment(course_id)
    with unit_of_work() as uow:
        return service.complete_block(uow, enrolment.id, block_id)


@blueprint.post("/<uuid:course_id>/blocks/<uuid:block_id>/answer")
@blueprint.arguments(AnswerRequest)
@blueprint.response(200, StepReceiptJson)
@access("courses.study")
def answer_block(sent: dict[str, Any], course_id: UUID, block_id: UUID) -> StepReceipt:
    """Answer a block that asks something; the score comes back at once."""
    enrolment = _enrolment(course_id)
    with unit_of_work() as uow:
        return service.answer_block(uow, enrolment.id, block_id, sent["fields_"], try_no=sent["try_no"])


@blueprint.post("/<uuid:course_id>/blocks/<uuid:block_id>/play")
@blueprint.arguments(PlayRequest)
@blueprint.response(200, PlayReceiptJson)
@access("courses.study")
def keep_play(report: PlayReport, course_id: UUID, block_id: UUID) -> PlayReceipt:
    """Keep what a package in a sealed frame says of its learner: practice, which completes nothing."""
    enrolment = _enrolment(course_id)
    with unit_of_work() as uow:
        return service.keep_play(uow, enrolment.id, block_id, report)
