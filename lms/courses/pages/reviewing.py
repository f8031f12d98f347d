"""Read a fellow learner's work without knowing whose it is; draw on photographs of works as a teacher."""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import UUID

from flask import abort, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import files
from lms.core.errors import Conflict, InvalidInput
from lms.core.markups import MAX_COMMENTS, read_comments, read_strokes
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.courses import queries, service
from lms.courses.access_rules import Look
from lms.courses.contracts import COURSE_BLOCKS, BlockContext, ReviewedBlock
from lms.courses.models import Block, Course, Enrolment, WorkFile
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.words import review_words
from lms.courses.review_reading import marks_on, review_place
from lms.courses.types import ReviewState, WorkState

__all__ = ["marks", "release_review", "review", "review_file"]


@blueprint.route("/reviews/<uuid:review_id>", methods=["GET", "POST"])
@access("courses.review_peer")
def review(review_id: UUID) -> Response | str | tuple[str, int]:
    """Show a work that one was drawn for, and take in what is said to it."""
    if request.method == "GET":
        return _review_page(review_id, Form())
    values = {name: value.replace("\x00", "") for name, value in request.form.items()}
    form = Form(values=values)
    rubric = {name.removeprefix("point-"): v for name, v in values.items() if name.startswith("point-")}
    try:
        with unit_of_work() as uow:
            service.give_review(uow, review_id, rubric, values.get("comment", ""))
    except InvalidInput as error:
        form.take(error, error_texts())
        return _review_page(review_id, form), 422
    except Conflict as error:
        form.fail("_form", word_error(error))
        return _review_page(review_id, form), 409
    flash_ok(_("Thank you: your opinion goes to the author. It can be mended until the time is over."))
    return see_other("courses.review", review_id=review_id)


def _review_page(review_id: UUID, form: Form) -> str:
    session = read_session()
    found, work, block, course, reader = review_place(session, review_id)
    authorise("courses.review_peer", reader)
    plugin: Any = runtime().registries.of(COURSE_BLOCKS).find(block.type) or abort(404)
    now = runtime().clock.now()
    is_over = found.state is ReviewState.RELEASED or now > found.due_at or work.state is not WorkState.SENT
    given = {f"point-{number}": word for number, word in found.rubric.items()} | {"comment": found.comment}
    return render_template(
        "courses/review.html",
        card=queries.course_card(session, course.id),
        review=found,
        work=work,
        is_over=is_over,
        title=block.title or plugin.label(),
        rendered=plugin.render(block.content, _context(course, block)),
        points=plugin.criteria(block.content) if isinstance(plugin, ReviewedBlock) else [],
        options=list(review_words().items()),
        values=form.values or given,
        errors=form.errors,
    )


def _context(course: Course, block: Block) -> BlockContext:
    return BlockContext(
        block_id=block.id,
        title=block.title,
        language=course.language,
        prefix="task",
        seed=0,
        media_url=lambda name: queries.media_path(course.id, name),
        registries=runtime().registries,
        is_readonly=True,
        level=3,
    )


@blueprint.get("/reviews/<uuid:review_id>/files/<uuid:work_file_id>")
@access("courses.review_peer")
def review_file(review_id: UUID, work_file_id: UUID) -> Response:
    """Hand out a photograph of the work, without its name; recordings and documents are for the teacher alone."""
    session = read_session()
    found, work, _block, _course, reader = review_place(session, review_id)
    authorise("courses.review_peer", reader)
    row = session.get(WorkFile, work_file_id)
    is_shown = found.state is not ReviewState.RELEASED and work.state is WorkState.SENT
    if row is None or row.work_id != work.id or not row.media_type.startswith("image/") or not is_shown:
        abort(404)
    _stored, data = files.open_file(session, runtime().files, runtime().keys, row.file_id)
    response = make_response(data)
    response.headers["Content-Type"] = row.media_type
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return cast(Response, response)


@blueprint.post("/<uuid:course_id>/reviews/<uuid:review_id>/release")
@access("courses.judge_work")
def release_review(course_id: UUID, review_id: UUID) -> Response:
    """Take a review out, as the author's teacher."""
    with unit_of_work() as uow:
        service.release_review(uow, course_id, review_id)
        work_id = review_place(uow.session, review_id)[1].id
    flash_ok(_("It is taken out: nobody else reads it."))
    return see_other("courses.work", course_id=course_id, work_id=work_id)


@blueprint.route("/<uuid:course_id>/work-files/<uuid:work_file_id>/marks", methods=["GET", "POST"])
@access("courses.see_progress")
def marks(course_id: UUID, work_file_id: UUID) -> Response | str | tuple[str, int]:
    """Show a photograph with the red pen's lines and comments; to who judges the work that waits as a form."""
    names = ("x", "y", "text")
    if request.method == "GET":
        return _marks_page(course_id, work_file_id, Form())
    typed = list(zip(*(request.form.getlist(name)[:MAX_COMMENTS] for name in names), strict=False))
    comments, strokes = read_comments(typed), read_strokes(request.form.get("strokes", ""))
    form = Form(values={"rows": [dict(zip(names, row, strict=True)) for row in typed], "strokes": strokes})
    if comments is None or strokes is None:
        form.fail("_form", str(error_texts()["course.marks_place"]))
        return _marks_page(course_id, work_file_id, form), 422
    try:
        with unit_of_work() as uow:
            service.mark_work(uow, course_id, work_file_id, strokes=strokes, comments=comments)
            work_id = uow.session.get_one(WorkFile, work_file_id).work_id
    except Conflict as error:
        form.fail("_form", word_error(error))
        return _marks_page(course_id, work_file_id, form), 409
    flash_ok(
        _("The marks on the picture are kept. The student sees them once you accept or return the work.")
    )
    return see_other("courses.work", course_id=course_id, work_id=work_id)


def _marks_page(course_id: UUID, work_file_id: UUID, form: Form) -> str:
    session = read_session()
    row = session.get(WorkFile, work_file_id) or abort(404)
    work, enrolment = queries.work_in(session, course_id, row.work_id)
    course = session.get_one(Course, course_id)
    look = Look(enrolment.person_id, course.org_id, runtime().clock.now())
    authorise("courses.see_progress", look)
    may_judge = runtime().policy.can(session, current_actor(), "courses.judge_work", look)
    if not row.media_type.startswith("image/") or not (may_judge or work.state is not WorkState.SENT):
        abort(404)
    if work.state is WorkState.TAKEN_BACK:
        abort(404)
    kept = marks_on(session, [row.id]).get(row.id)
    is_form = may_judge and work.state is WorkState.SENT
    rows = form.values.get("rows") or [*(kept.comments if kept else ()), *_spare(is_form)]
    strokes = form.values.get("strokes") or (kept.strokes if kept else [])
    return render_template(
        "courses/marks.html",
        card=queries.course_card(session, course_id),
        file=row,
        back=_back(course_id, work.id, work.block_id, enrolment),
        rows=[{"number": number, **each} for number, each in enumerate(rows[:MAX_COMMENTS], 1)],
        strokes=strokes,
        strokes_json=json.dumps(strokes),
        is_form=is_form,
        errors=form.errors,
    )


def _spare(is_form: bool) -> list[dict[str, str]]:
    return [{"x": "", "y": "", "text": ""}] * 3 if is_form else []


def _back(course_id: UUID, work_id: UUID, block_id: UUID, enrolment: Enrolment) -> str:
    if enrolment.person_id == current_actor().person_id:
        return queries.step_path(course_id, block_id) + "#work"
    return f"/courses/{course_id}/work/{work_id}"
