"""Add files to an answer, take them out, look at them. Works without scripts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from lms.assessment import service
from lms.assessment.api.hot import sign_in_from_cookie
from lms.assessment.pages.attempts import kept_question, own_attempt
from lms.assessment.types import Operation, OperationKind
from lms.core.errors import Conflict, InvalidInput
from lms.core.ids import new_id
from lms.core.web.access import access
from lms.core.web.context import runtime, unit_of_work
from lms.core.web.replies import file_disposition, see_other

__all__ = ["bp"]

bp = Blueprint("answer_files", __name__, url_prefix="/attempts")


@bp.post("/<uuid:attempt_id>/q/<int:slot>/file")
@access("assessment.sit")
def change(attempt_id: UUID, slot: int) -> Any:
    """Add the file that the form brings to the answer, or take one out; the rest of the form is kept as it is."""
    arrived = runtime().clock.now()
    attempt = own_attempt(attempt_id)
    fields = service.fields_of(request.form, slot)
    act, _, dropped = request.form.get("file_act", "add").partition(":")
    try:
        if act == "drop":
            fields["file"] = [name for name in fields.get("file", []) if name != dropped]
        else:
            fields.setdefault("file", []).append(_stored(attempt_id, slot))
        operation = Operation(
            new_id(), OperationKind.ANSWER, slot, {"fields": fields}, attempt.next_seq, tab="form"
        )
        service.save_operations(runtime(), sign_in_from_cookie(), attempt_id, [operation], arrived)
    except (InvalidInput, Conflict) as refusal:
        return kept_question(attempt_id, slot, service.fields_of(request.form, slot), refusal)
    return see_other("attempts.question", attempt_id=attempt_id, slot=slot)


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
    response = Response(found.data, mimetype=found.media_type)
    response.headers["Content-Disposition"] = file_disposition("inline", found.name)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; frame-ancestors 'none'; sandbox"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
