"""Hand in work for an assignment; look at what waits, accept or return it; hand out its files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import format_datetime, pgettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core import files
from lms.core.errors import Conflict, InvalidInput, TooLarge
from lms.core.ids import parse_id
from lms.core.paging import Page
from lms.core.web import (
    Form,
    access,
    authorise,
    current_actor,
    file_disposition,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.core.web.problems import error_texts, word_error
from lms.courses import queries, service
from lms.courses.access_rules import Look, judged_among
from lms.courses.contracts import COURSE_BLOCKS, BlockContext, ReviewedBlock
from lms.courses.models import Block, Course, Enrolment, Work, WorkFile
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint, course_of, own_enrolment
from lms.courses.pages.lesson import find_step, render_step
from lms.courses.queries import WaitingWork
from lms.courses.review_reading import is_takeable, marks_on, reviews_of
from lms.courses.types import CourseCard, WorkState
from lms.people.queries import person_cards

__all__ = ["all_works", "hand_in", "take_back", "works"]

PER_PAGE = 25


@blueprint.post("/<uuid:course_id>/steps/<uuid:block_id>/work")
@access("courses.study")
def hand_in(course_id: UUID, block_id: UUID) -> Response | tuple[str, int]:
    """Hand in a text and files; what cannot be used is said, and the words stay as typed (422)."""
    course, enrolment = course_of(course_id), own_enrolment(course_id) or abort(404)
    text = request.form.get("text", "").replace("\x00", "")
    again = {found for each in request.form.getlist("again") if (found := parse_id(each)) is not None}
    sent = [(each.read(), each.filename or "") for each in request.files.getlist("files") if each.filename]
    try:
        with unit_of_work() as uow:
            service.hand_in(uow, enrolment.id, block_id, text, sent, again=again)
    except (InvalidInput, TooLarge) as error:
        form = Form()
        if isinstance(error, InvalidInput) and error.fields:
            form.take(error, error_texts())
        else:
            form.fail("files", word_error(error))
        view = queries.outline(read_session(), course_id, enrolment)
        section, here = find_step(view, block_id)
        page = render_step(
            course,
            enrolment,
            view,
            section,
            here,
            work=(text, form.errors, [str(each) for each in again]),
        )
        return page, 422
    flash_ok(_("Handed in. The teacher looks at it; you can go on meanwhile."))
    return redirect(queries.step_path(course_id, block_id) + "#work", code=303)


@blueprint.route("/<uuid:course_id>/steps/<uuid:block_id>/take-back", methods=["GET", "POST"])
@access("courses.study")
def take_back(course_id: UUID, block_id: UUID) -> Response | str:
    """Ask once more, then take back work that nobody has looked at; its words stand in the form again."""
    course_of(course_id)
    enrolment = own_enrolment(course_id) or abort(404)
    authorise("courses.study", enrolment)
    if request.method == "GET":
        works = queries.works_of(read_session(), enrolment.id, block_id)
        last = next((work for work in reversed(works) if work.state is not WorkState.TAKEN_BACK), None)
        view = queries.outline(read_session(), course_id, enrolment)
        return render_template(
            "courses/take_back.html",
            card=queries.course_card(read_session(), course_id),
            here=find_step(view, block_id)[1],
            block_id=block_id,
            work=last or abort(404),
            may=last is not None and is_takeable(read_session(), last),
        )
    with unit_of_work() as uow:
        service.take_back(uow, enrolment.id, block_id)
    flash_ok(pgettext("student", "Your work is with you again. Change it and hand it in when you like."))
    return redirect(queries.step_path(course_id, block_id) + "#work", code=303)


@blueprint.get("/<uuid:course_id>/work")
@access("courses.teach")
def works(course_id: UUID) -> str:
    """Show what waits for a teacher in this course, of one's own students."""
    session = read_session()
    course = session.get(Course, course_id) or abort(404)
    authorise("courses.teach", course)
    return _queue(_waiting_in(course), queries.course_card(session, course_id))


def _waiting_in(course: Course) -> list[WaitingWork]:
    """Return what waits in a course, of those whose work the actor judges: asked once for all, however many wait."""
    session, now = read_session(), runtime().clock.now()
    waiting = queries.waiting_works(session, course.id)
    mine = judged_among(session, current_actor(), course.org_id, {row.person_id for row in waiting}, now)
    return [row for row in waiting if row.person_id in mine]


@blueprint.get("/works")
@access("courses.judge_work")
def all_works() -> str:
    """Show what waits for a teacher in all courses, of one's own students: searched, page by page."""
    return _queue(queries.waiting_for(read_session(), current_actor(), runtime().clock.now()), None)


def _queue(waiting: list[WaitingWork], card: CourseCard | None) -> str:
    """Show a queue, searched and page by page: that of one course, or of all."""
    text = request.args.get("q", "").strip()[:100]
    found = [row for row in waiting if _fits(row, text)]
    here = url_for("courses.works", course_id=card.id) if card else url_for("courses.all_works")
    number = max(1, request.args.get("page", 1, type=int))
    page: Page[WaitingWork] = Page(
        found[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(found)
    )
    return render_template(
        "courses/works.html",
        card=card,
        q=text,
        here=here,
        rows=[_row(row, with_course=card is None) for row in page.items],
        page={
            "number": page.number,
            "pages": page.pages,
            "url": f"{here}?{urlencode({'q': text})}&page=",
        },
    )


def _fits(row: WaitingWork, text: str) -> bool:
    said = f"{row.name} {row.title} {row.course}".casefold()
    return all(word in said for word in text.casefold().split())


def _row(row: WaitingWork, *, with_course: bool = False) -> dict[str, Any]:
    return {
        "title": row.name,
        "href": row.url,
        "detail": row.course if with_course else "",
        "cells": [row.title, {"text": str(format_datetime(row.at, "d MMMM, HH:mm"))}],
        "action": {"text": _("Look at it"), "href": row.url, "main": True},
    }


def _may_judge(org_id: UUID, person_id: UUID) -> bool:
    look = Look(person_id, org_id, runtime().clock.now())
    return runtime().policy.can(read_session(), current_actor(), "courses.judge_work", look)


def _seen(course_id: UUID, enrolment: Enrolment) -> Course:
    """Return the course when the actor may see the progress of this enrolment, or answer 404."""
    course = read_session().get(Course, course_id) or abort(404)
    authorise("courses.see_progress", Look(enrolment.person_id, course.org_id, runtime().clock.now()))
    return course


@blueprint.route("/<uuid:course_id>/work/<uuid:work_id>", methods=["GET", "POST"])
@access("courses.see_progress")
def work(course_id: UUID, work_id: UUID) -> Response | str | tuple[str, int]:
    """Show one work with its task and what was said before; accept it or return it."""
    found, enrolment = queries.work_in(read_session(), course_id, work_id)
    course = _seen(course_id, enrolment)
    if _is_draft(found, enrolment):
        return _gone(course)
    if request.method == "GET":
        note_opened(course.org_id, found, enrolment)
        return _work_page(course, work_id, Form())
    form = Form(values={"comment": request.form.get("comment", "").replace("\x00", "")})
    try:
        with unit_of_work() as uow:
            accept = request.form.get("verdict") == "accept"
            receipt = service.judge_work(uow, found.id, accept=accept, comment=form.values["comment"])
    except InvalidInput as error:
        form.take(error, error_texts())
        return _work_page(course, work_id, form), 422
    except Conflict as error:
        form.fail("_form", word_error(error))
        return _work_page(course, work_id, form), 409
    if not accept:
        flash_ok(_("Returned with your words."))
    elif receipt.step_completed:
        flash_ok(_("Accepted: the step is done."))
    else:
        flash_ok(_("Accepted. The student goes on in a newer version, where this task is another one."))
    return see_other("courses.works", course_id=course_id)


def _gone(course: Course) -> str:
    return render_template("courses/work_gone.html", card=queries.course_card(read_session(), course.id))


def _is_draft(work: Work, enrolment: Enrolment) -> bool:
    """Tell whether a work was taken back and is somebody else's: then nothing of it is shown."""
    return work.state is WorkState.TAKEN_BACK and enrolment.person_id != current_actor().person_id


def note_opened(org_id: UUID, work: Work, enrolment: Enrolment) -> None:
    """Note that a teacher looks at a work for the first time; nothing that was read before may be used after it."""
    is_new = work.state is WorkState.SENT and work.opened_at is None
    if is_new and _may_judge(org_id, enrolment.person_id):
        with unit_of_work() as uow:
            service.open_work(uow, work.id)


def _work_page(course: Course, work_id: UUID, form: Form) -> str:
    session = read_session()
    found, enrolment = queries.work_in(session, course.id, work_id)
    if _is_draft(found, enrolment):  # taken back in this very moment
        return _gone(course)
    block = session.get_one(Block, found.block_id)
    plugin = runtime().registries.of(COURSE_BLOCKS).find(block.type) or abort(404)
    context = BlockContext(
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
    works = queries.works_of(session, enrolment.id, block.id)
    waiting = [row for row in _waiting_in(course) if row.id != work_id]
    later = [row for row in waiting if (row.at, row.id) > (found.at, found.id)]
    now = runtime().clock.now()
    return render_template(
        "courses/work.html",
        card=queries.course_card(session, course.id),
        work=found,
        before=[
            each for each in works if each.number < found.number and each.state is not WorkState.TAKEN_BACK
        ],
        marks=marks_on(session, [file.id for each in works for file in each.files]),
        reviews=reviews_of(session, [found.id], now).get(found.id, []),
        points=plugin.criteria(block.content) if isinstance(plugin, ReviewedBlock) else [],
        review_words=words.review_words(),
        name=person_cards(session, [enrolment.person_id])[enrolment.person_id].name,
        title=block.title or plugin.label(),
        rendered=plugin.render(block.content, context),
        following=next(iter(later or waiting), None),
        may_judge=_may_judge(course.org_id, enrolment.person_id),
        values=form.values,
        errors=form.errors,
    )


@blueprint.get("/<uuid:course_id>/work-files/<uuid:work_file_id>")
@access("courses.see_progress")
def work_file(course_id: UUID, work_file_id: UUID) -> Response:
    """Hand out one file of a work to its learner and to those who may see the progress; it is shown, never run."""
    session = read_session()
    row = session.get(WorkFile, work_file_id) or abort(404)
    row_of = row.work_id
    found, enrolment = queries.work_in(session, course_id, row_of)
    course = _seen(course_id, enrolment)
    if _is_draft(found, enrolment):
        abort(404)
    _stored, data = files.open_file(session, runtime().files, runtime().keys, row.file_id)
    response = make_response(data)
    response.headers["Content-Type"] = row.media_type
    response.headers["Content-Disposition"] = file_disposition("inline", row.name)
    note_opened(course.org_id, found, enrolment)
    if _is_draft(*queries.work_in(read_session(), course_id, row_of)):
        abort(404)  # taken back in this very moment
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    # Telephones play a recording only from whom they can ask for a part of it.
    return response.make_conditional(request.environ, accept_ranges=True, complete_length=len(data))
