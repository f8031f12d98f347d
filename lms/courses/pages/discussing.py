"""Write into discussions of a course, report and take back; what waits for a teacher, and how it is judged."""

from __future__ import annotations

from uuid import UUID

from flask import abort, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    read_session,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.courses import queries, service
from lms.courses.discussion_reading import Reading, posts_to_judge
from lms.courses.models import Block, Course
from lms.courses.pages.catalogue import blueprint, course_of, own_enrolment
from lms.courses.pages.lesson import find_step, render_step
from lms.courses.types import PostState

__all__ = ["judge", "posts", "report", "write_here"]


@blueprint.post("/<uuid:course_id>/steps/<uuid:block_id>/posts")
@access("courses.discuss")
def write_here(course_id: UUID, block_id: UUID) -> Response | tuple[str, int]:
    """Write into the discussion of a step; what cannot be kept is said, and the words stay as typed (422)."""
    course, text = course_of(course_id), request.form.get("text", "").replace("\x00", "")
    try:
        with unit_of_work() as uow:
            receipt = service.write_post(uow, course_id, block_id, text)
    except (InvalidInput, Conflict) as error:
        form = Form()
        if isinstance(error, InvalidInput):
            form.take(error, error_texts())
        else:
            form.fail("text", word_error(error))
        enrolment = own_enrolment(course_id)
        view = queries.outline(read_session(), course_id, enrolment)
        section, here = find_step(view, block_id)
        return render_step(course, enrolment, view, section, here, work=(text, form.errors, ())), 422
    if receipt.state is PostState.WAITING:
        flash_ok(_("Sent. A teacher reads it first."))
    return redirect(queries.step_path(course_id, block_id) + "#discussion", code=303)


@blueprint.post("/<uuid:course_id>/posts/<uuid:post_id>/report")
@access("courses.discuss")
def report(course_id: UUID, post_id: UUID) -> Response:
    """Ask a teacher to look at a contribution."""
    with unit_of_work() as uow:
        service.report_post(uow, course_id, post_id, _why(post_id))
    flash_ok(_("A teacher looks at it. Thank you for saying so."))
    return _back(course_id)


@blueprint.post("/<uuid:course_id>/posts/<uuid:post_id>/judge")
@access("courses.discuss")
def judge(course_id: UUID, post_id: UUID) -> Response | tuple[str, int]:
    """Show or hide a contribution; authors take their own back."""
    is_shown, why = request.form.get("verdict") == "show", _why(post_id)
    try:
        with unit_of_work() as uow:
            service.judge_post(uow, course_id, post_id, is_shown=is_shown, why=why)
    except InvalidInput as error:
        form = Form()
        form.fail(f"why-{post_id}", str(error_texts()[error.code]))
        return _posts_page(course_id, form, post_id), 422
    flash_ok(_("It is shown to the class.") if is_shown else _("It is hidden."))
    return _back(course_id)


def _why(post_id: UUID) -> str:
    """Return the reason that was typed for one contribution of a page."""
    return request.form.get(f"why-{post_id}", "").replace("\x00", "")


def _back(course_id: UUID) -> Response:
    """Lead back to the step where the form stood, or to what waits for a teacher."""
    block_id = request.form.get("block", type=UUID)
    if block_id is None:
        return see_other("courses.posts", course_id=course_id)
    return redirect(queries.step_path(course_id, block_id) + "#discussion", code=303)


@blueprint.get("/<uuid:course_id>/posts")
@access("courses.moderate")
def posts(course_id: UUID) -> str:
    """Show what waits for a teacher in the discussions of a course."""
    return _posts_page(course_id, Form())


def _posts_page(course_id: UUID, form: Form, also: UUID | None = None) -> str:
    """Show what waits, and the contribution ``also`` whose form was refused, whether it waits or not."""
    session = read_session()
    course = session.get(Course, course_id) or abort(404)
    authorise("courses.moderate", course)
    person_id = current_actor().person_id or abort(404)
    waiting = posts_to_judge(session, course_id, Reading(person_id, is_staff=True), also)
    view = queries.outline(session, course_id, None)
    blocks = {
        block.key: block
        for step in view.steps
        for block in (session.get_one(Block, block_id) for block_id in step.block_ids)
    }
    rows = [(post, blocks.get(post.block_key)) for post in waiting]
    card = queries.course_card(session, course_id)
    return render_template("courses/posts.html", card=card, rows=rows, errors=form.errors)
