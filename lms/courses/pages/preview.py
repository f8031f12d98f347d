"""Try a draft as a student will see it."""

from __future__ import annotations

from uuid import UUID

from flask import abort, redirect
from werkzeug.wrappers import Response

from lms.core.web import access, authorise, read_session
from lms.courses import queries
from lms.courses.models import Course
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.lesson import find_step, render_step

__all__ = ["preview"]


@blueprint.get("/<uuid:course_id>/write/preview/<uuid:block_id>")
@access("courses.author")
def preview(course_id: UUID, block_id: UUID) -> Response | str:
    """Show one step of the draft in the player; nothing is kept, every section is open."""
    session = read_session()
    course = session.get(Course, course_id) or abort(404)
    authorise("courses.author", course)
    draft = queries.draft_version(session, course_id) or abort(404)
    view = queries.draft_outline(draft)
    section, here = find_step(view, block_id)
    if here.id != block_id:
        return redirect(here.url, code=302)
    return render_step(course, None, view, section, here, is_preview=True)
