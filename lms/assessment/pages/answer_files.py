"""Add files to an answer, take them out, look at them. Works without scripts."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.api.hot import sign_in_from_cookie
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.pages.attempts import kept_question, own_attempt
from lms.assessment.types import Operation, OperationKind
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.markups import MAX_COMMENTS, read_comments, read_strokes
from lms.core.web.access import access, authorise
from lms.core.web.context import current_actor, read_session, runtime, unit_of_work
from lms.core.web.problems import word_error
from lms.core.web.replies import file_disposition, flash_ok, see_other

__all__ = ["bp"]

bp = Blueprint("answer_files", __name__, url_prefix="/attempts")


@bp.post("/<uuid:attempt_id>/q/<int:slot>/file")
@access("assessment.sit")
def change(attempt_id: UUID, slot: int) -> Any:
    """Add the file that the form brings to the answer, or take one out; the rest of the form is kept as it is.

    The files are those that the stored answer names, whatever the page showed: an older page takes none of them out.
    """
    arrived = runtime().clock.now()
    own_attempt(attempt_id)
    fields = service.fields_of(request.form, slot)
    act, _, dropped = request.form.get("file_act", "add").partition(":")
    try:
        added = [] if act == "drop" else [_stored(attempt_id, slot)]
        standing, seq = _standing(attempt_id, slot)
        fields["file"] = [name for name in standing if act != "drop" or name != dropped] + added
        operation = Operation(new_id(), OperationKind.ANSWER, slot, {"fields": fields}, seq, tab="form")
        service.save_operations(runtime(), sign_in_from_cookie(), attempt_id, [operation], arrived)
    except (InvalidInput, Conflict) as refusal:
        return kept_question(attempt_id, slot, service.fields_of(request.form, slot), refusal)
    return see_other("attempts.question", attempt_id=attempt_id, slot=slot)


def _standing(attempt_id: UUID, slot: int) -> tuple[list[str], int]:
    """Return the files that the stored answer names at this moment, and the number of the next operation."""
    kinds = runtime().registries.of(QUESTION_TYPES)
    with runtime().read() as session:
        attempt = queries.attempt_view(session, kinds, (), attempt_id, runtime().clock.now())
    shown = attempt.question(slot)
    return ([] if shown is None else list(shown.fields.get("file", ()))), attempt.next_seq


def _stored(attempt_id: UUID, slot: int) -> str:
    """Keep the uploaded file and return the id by which the answer names it."""
    sent = request.files.get("upload")
    if sent is None or not sent.filename:
        raise InvalidInput("upload.empty")
    with unit_of_work() as uow:
        found = service.attach_file(uow, attempt_id, slot, data=sent.read(), name=sent.filename)
    return str(found.id)


@bp.get("/files/<uuid:file_id>")
@access("assessment.answer_file")
def show(file_id: UUID) -> Response:
    """Show a file of an answer; whoever is not the student leaves a line in the access log."""
    with unit_of_work() as uow:
        found = service.open_answer_file(uow, file_id)
    response = make_response(found.data)
    response.headers["Content-Type"] = found.media_type
    response.headers["Content-Disposition"] = file_disposition("inline", found.name)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; frame-ancestors 'none'; sandbox"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/files/<uuid:file_id>/marks")
@access("assessment.answer_file")
def marks(file_id: UUID) -> Response:
    """Show a picture with its marks: to who marks it as a form, to the student once the result is released."""
    found = queries.answer_picture(read_session(), file_id)
    if not found.card.is_picture:
        return see_other("answer_files.show", file_id=file_id)
    if found.person_id != current_actor().person_id:
        return _marks_page(found, _rows(found.comments), found.strokes, {}, 200)
    authorise("assessment.sit", queries.attempt_head(read_session(), found.attempt_id))
    if not found.is_released:
        raise NotFound("assessment.no_answer")
    page = render_template(
        "assessment/picture.html",
        found=found,
        rows=_rows(found.comments, spare=0),
        strokes=found.strokes,
        is_form=False,
    )
    return make_response(page)


def _marks_page(
    found: queries.AnswerPicture,
    rows: list[dict[str, Any]],
    strokes: list[Any],
    errors: dict[str, Any],
    status: int,
) -> Response:
    authorise("assessment.mark", queries.attempt_head(read_session(), found.attempt_id))
    page = render_template(
        "assessment/picture.html",
        found=found,
        rows=rows,
        strokes=strokes,
        strokes_json=json.dumps(strokes),
        errors=errors,
        is_form=True,
    )
    return make_response(page, status)


def _rows(comments: list[dict[str, Any]], spare: int = 3) -> list[dict[str, Any]]:
    """Return the comments with their numbers, and a few empty ones to fill in."""
    filled = [*comments, *({"x": "", "y": "", "text": ""} for _ in range(spare))]
    return [{"number": number, **row} for number, row in enumerate(filled[:MAX_COMMENTS], start=1)]


@bp.post("/files/<uuid:file_id>/marks")
@access("assessment.mark")
def save_marks(file_id: UUID) -> Response:
    """Keep the drawing and the comments; what cannot be read is shown again as it was typed."""
    found = queries.answer_picture(read_session(), file_id)
    names = ("x", "y", "text")
    columns = [request.form.getlist(name)[:MAX_COMMENTS] for name in names]
    typed = list(zip(*columns, strict=False))
    comments, strokes = read_comments(typed), read_strokes(request.form.get("strokes", ""))
    if comments is None or strokes is None:
        text = gettext("Give places as percent from 0 to 100, and at most 1000 characters for a comment.")
        rows = _rows([dict(zip(names, row, strict=True)) for row in typed], spare=0)
        return _marks_page(found, rows, strokes or found.strokes, {"_form": [text]}, 422)
    try:
        with unit_of_work() as uow:
            service.mark_picture(uow, file_id, strokes=strokes, comments=comments)
    except Conflict as refusal:
        rows = _rows(comments, spare=0)
        return _marks_page(found, rows, strokes, {"_form": [word_error(refusal)]}, refusal.status)
    flash_ok(gettext("The marks on the picture are saved."))
    return see_other("marking.answer", attempt_item_id=found.attempt_item_id)
