"""Ask a teacher about a step, keep notes, and find both again; a teacher's questions and their answers."""

from __future__ import annotations

from uuid import UUID

from flask import abort, make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
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
from lms.courses.access_rules import Look
from lms.courses.asking_reading import (
    QuestionView,
    notes_of,
    questions_for,
    questions_in,
    questions_of,
)
from lms.courses.models import Course
from lms.courses.pages.beside import Typed
from lms.courses.pages.catalogue import blueprint, course_of, own_enrolment
from lms.courses.pages.lesson import find_step, render_step

__all__ = ["answer_question", "ask", "keep_note", "notes", "questions"]


@blueprint.post("/<uuid:course_id>/steps/<uuid:block_id>/questions")
@access("courses.study")
def ask(course_id: UUID, block_id: UUID) -> Response | tuple[str, int]:
    """Ask a teacher about a step; what cannot be sent stays as typed (422)."""
    course_of(course_id)
    enrolment = own_enrolment(course_id) or abort(404)
    text = request.form.get("question", "").replace("\x00", "")
    about = request.form.get("block", type=UUID) or block_id
    try:
        with unit_of_work() as uow:
            service.ask_teacher(uow, enrolment.id, about, text)
    except (InvalidInput, Conflict) as error:
        return _refused(course_id, block_id, error, "question", text)
    flash_ok(_("Your question is with the teacher. The answer stands here, and on your first page."))
    return redirect(queries.step_path(course_id, block_id) + "#asked", code=303)


@blueprint.post("/<uuid:course_id>/steps/<uuid:block_id>/note")
@access("courses.study")
def keep_note(course_id: UUID, block_id: UUID) -> Response | tuple[str, int]:
    """Keep one's own note at a step; an empty one takes it away."""
    course_of(course_id)
    enrolment = own_enrolment(course_id) or abort(404)
    text = request.form.get("note", "").replace("\x00", "")
    try:
        with unit_of_work() as uow:
            service.keep_note(uow, enrolment.id, block_id, text)
    except InvalidInput as error:
        return _refused(course_id, block_id, error, "note", text)
    flash_ok(_("Your note is kept.") if text.strip() else _("Your note is gone."))
    return redirect(queries.step_path(course_id, block_id) + "#note", code=303)


def _refused(
    course_id: UUID, block_id: UUID, error: InvalidInput | Conflict, name: str, text: str
) -> tuple[str, int]:
    """Show the step again with what was typed and why it was refused."""
    form = Form()
    if isinstance(error, InvalidInput):
        form.take(error, error_texts())
    else:
        form.fail(name, word_error(error))
    course, enrolment = course_of(course_id), own_enrolment(course_id)
    view = queries.outline(read_session(), course_id, enrolment)
    section, here = find_step(view, block_id)
    typed = Typed(
        note=text if name == "note" else None,
        question=text if name == "question" else "",
        errors=form.errors,
    )
    page = render_step(course, enrolment, view, section, here, typed=typed)
    return page, error.status


@blueprint.get("/<uuid:course_id>/asked")
@access("courses.study")
def asked(course_id: UUID) -> str:
    """Show all that one has asked in a course, and the answers."""
    course_of(course_id)
    enrolment = own_enrolment(course_id) or abort(404)
    authorise("courses.study", enrolment)
    rows = questions_of(read_session(), enrolment.person_id, course_id)
    return render_template(
        "courses/asked.html", card=queries.course_card(read_session(), course_id), rows=list(reversed(rows))
    )


@blueprint.get("/notes")
@access("courses.keep_notes")
def notes() -> Response | str:
    """Show all one's notes, searched; ``?form=text`` gives them as a file to keep."""
    person_id = current_actor().person_id or abort(404)
    text = request.args.get("q", "").strip()[:100]
    found = notes_of(read_session(), person_id, text)
    if request.args.get("form") == "text":
        lines = [f"{each.course}. {each.title}\n{each.text}\n" for each in found]
        response = make_response("\n".join(lines))
        response.content_type = "text/plain; charset=utf-8"
        response.headers["Content-Disposition"] = file_disposition("attachment", "notes.txt")
        response.headers["Cache-Control"] = "private, no-store"
        return response
    return render_template("courses/notes.html", rows=found, q=text)


# --- the teacher's side ------------------------------------------------------------------------------------------


@blueprint.get("/<uuid:course_id>/questions")
@access("courses.teach")
def questions(course_id: UUID) -> str:
    """Show what one's own students ask in a course: what waits, or with ``?answered=1`` what was answered."""
    return _queue(course_id, Form())


@blueprint.get("/questions")
@access("courses.answer_questions")
def all_questions() -> str:
    """Show what one's own students ask in all courses, the longest waiting first."""
    waiting = questions_for(read_session(), current_actor(), runtime().clock.now())
    rows = [row for row in waiting if _may_answer(row)]
    return render_template(
        "courses/questions.html", card=None, rows=rows, is_answered=False, errors={}, values={}
    )


@blueprint.post("/<uuid:course_id>/questions/<uuid:question_id>")
@access("courses.answer_questions")
def answer_question(course_id: UUID, question_id: UUID) -> Response | tuple[str, int]:
    """Answer a question; what cannot be sent stays as typed."""
    text = request.form.get(f"answer-{question_id}", "").replace("\x00", "")
    try:
        with unit_of_work() as uow:
            service.answer_question(uow, course_id, question_id, text)
    except (InvalidInput, Conflict) as error:
        form = Form(values={f"answer-{question_id}": text})
        form.fail(f"answer-{question_id}", str(error_texts()[error.code]))
        return _queue(course_id, form), error.status
    flash_ok(_("Answered. The student reads it at the step."))
    if request.form.get("from") == "all":
        return see_other("courses.all_questions")
    return see_other("courses.questions", course_id=course_id)


def _queue(course_id: UUID, form: Form) -> str:
    session = read_session()
    course = session.get(Course, course_id) or abort(404)
    authorise("courses.teach", course)
    is_answered = "answered" in request.args
    found = questions_in(session, course_id, is_answered=is_answered)
    rows = [row for row in found if _may_answer(row)]
    return render_template(
        "courses/questions.html",
        card=queries.course_card(session, course_id),
        rows=rows[::-1] if is_answered else rows,
        is_answered=is_answered,
        errors=form.errors,
        values=form.values,
    )


def _may_answer(row: QuestionView) -> bool:
    look = Look(row.person_id, row.org_id, runtime().clock.now())
    return runtime().policy.can(read_session(), current_actor(), "courses.answer_questions", look)
