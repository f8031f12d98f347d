"""Print the statement that somebody has completed a course: a tagged PDF for the student, the family and those who answer."""

from __future__ import annotations

from uuid import UUID

from flask import abort, make_response, render_template
from werkzeug.wrappers import Response

from lms.core.pdf import as_pdf
from lms.core.web import access, authorise, file_disposition, read_session, runtime
from lms.courses import queries
from lms.courses.access_rules import Look
from lms.courses.models import CompletionFact, Course, CourseVersion, Enrolment
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint
from lms.curriculum.queries import outcome_views
from lms.curriculum.types import SUBJECT_WORDS
from lms.people.queries import organisation_names, person_cards

__all__ = ["completion_statement"]


@blueprint.get("/<uuid:course_id>/progress/<uuid:enrolment_id>/statement.pdf")
@access("courses.see_progress")
def completion_statement(course_id: UUID, enrolment_id: UUID) -> Response:
    """Give the statement; there is none before the course is completed."""
    session, now = read_session(), runtime().clock.now()
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.course_id != course_id:
        abort(404)
    course = session.get_one(Course, course_id)
    authorise("courses.see_progress", Look(enrolment.person_id, course.org_id, now))
    progress = queries.progress_of(session, enrolment.person_id, course_id)
    if progress is None or progress.completion_id is None:
        abort(404)
    fact = session.get_one(CompletionFact, progress.completion_id)
    card = queries.course_card(session, course_id)
    page = render_template(
        "courses/statement_print.html",
        card=card,
        fact=fact,
        version=session.get_one(CourseVersion, fact.version_id),
        name=person_cards(session, [enrolment.person_id])[enrolment.person_id].name,
        school=organisation_names(session, [course.org_id])[course.org_id],
        subject=SUBJECT_WORDS.get(course.subject, course.subject),
        outcomes=[one.statement for one in outcome_views(session, card.outcomes).values()],
        words=words,
        printed_at=now,
    )
    response = make_response(as_pdf(page))
    response.content_type = "application/pdf"
    name = f"statement-{fact.id.hex[-8:]}.pdf"
    response.headers["Content-Disposition"] = file_disposition("attachment", name)
    return response
