"""The save path: what an examination page sends while it runs.

No user is loaded here: the signed cookie says who it is, and the statement that stores the operations checks that this
still holds. The time of arrival is taken on the first line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, request, session
from werkzeug.wrappers import Response

from lms.assessment import queries, service
from lms.assessment.rules.chain import moment
from lms.assessment.types import Operation, OperationKind, Receipt, Savings, SignIn
from lms.core.errors import AuditNote, InvalidInput, NotAuthenticated, NotFound
from lms.core.web.access import access, authorise
from lms.core.web.context import read_session, runtime, unit_of_work
from lms.core.web.problems import problem_response, word_error

__all__ = ["blueprint", "conflict_response", "operations_from", "savings_document", "sign_in_from_cookie"]

blueprint = Blueprint("attempt_api", __name__, url_prefix="/attempts")


def sign_in_from_cookie() -> SignIn:
    """Return who the signed cookie names; raise NotAuthenticated when it names nobody."""
    try:
        return SignIn(
            UUID(session["person_id"]),
            UUID(session["account_id"]),
            UUID(session["session_id"]),
            int(session["epoch"]),
        )
    except (KeyError, ValueError, TypeError):
        raise NotAuthenticated("auth.sign_in") from None


@blueprint.post("/<uuid:attempt_id>/ops")
@access("assessment.save", light=True)
def save(attempt_id: UUID) -> Any:
    """Keep a batch of operations and answer with a signed receipt for each.

    409 with the receipts of the rest when an id came with another payload; the same operation again gets its first
    receipt again.
    """
    arrived = runtime().clock.now()
    operations = operations_from(request.get_json(silent=True))
    try:
        savings = service.save_operations(runtime(), sign_in_from_cookie(), attempt_id, operations, arrived)
    except service.OperationConflict as conflict:
        return conflict_response(conflict, arrived)
    return savings_document(savings, arrived)


@blueprint.post("/<uuid:attempt_id>/ops/file")
@access("assessment.sit")
def save_with_file(attempt_id: UUID) -> Any:
    """Keep one operation together with the file that its answer names by the operation's own id; answer as `save` does.

    The same again keeps nothing twice, wherever the answer to the first was lost; a refused one keeps nothing at all.
    """
    arrived = runtime().clock.now()
    authorise("assessment.sit", queries.attempt_head(read_session(), attempt_id))
    (operation,) = operations_from({"ops": [_form_operation()]})
    sent = request.files.get("upload")
    if sent is None:
        raise InvalidInput("upload.empty")
    file = service.SentFile(sent.read(), sent.filename or "")
    try:
        with unit_of_work() as uow:
            savings = service.save_with_file(uow, sign_in_from_cookie(), attempt_id, operation, file, arrived)
    except service.OperationConflict as conflict:
        return conflict_response(conflict, arrived)
    return savings_document(savings, arrived)


def _form_operation() -> Any:
    """Return the operation of a form that brings a file, as JSON values."""
    try:
        return json.loads(request.form["operation"])
    except (KeyError, ValueError, RecursionError):
        raise InvalidInput("assessment.operations") from None


def conflict_response(conflict: service.OperationConflict, arrived: datetime) -> Response:
    """Return the problem document of a conflict, with the receipts of everything else in the batch."""
    more = savings_document(conflict.savings, arrived)
    return problem_response(conflict.status, conflict.code, word_error(conflict), **more)


@blueprint.get("/<uuid:attempt_id>/heartbeat")
@access("assessment.save", light=True)
def heartbeat(attempt_id: UUID) -> dict[str, Any]:
    """Tell the server's time, the deadline as it is now, and the state of one's own attempt."""
    now = runtime().clock.now()
    sign_in = sign_in_from_cookie()
    found = queries.pulse(read_session(), sign_in, attempt_id, now)
    if found.person_id != sign_in.person_id:
        raise NotFound(
            "auth.out_of_reach", audit=AuditNote("assessment.save", "Attempt", attempt_id, found.person_id)
        )
    return {
        "server_now": moment(now),
        "deadline": moment(found.deadline_at),
        "remaining_s": max(0, int((found.deadline_at - now).total_seconds())),
        "state": found.state.value,
        "next_seq": found.next_seq,
    }


def operations_from(body: Any) -> list[Operation]:
    """Return the operations in a request's JSON; raise InvalidInput ``assessment.operations``."""
    try:
        return [_operation(row) for row in body["ops"]]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise InvalidInput("assessment.operations") from None


def _operation(row: Mapping[str, Any]) -> Operation:
    payload = row.get("payload", {})
    if not isinstance(payload, dict):
        raise TypeError("payload")
    return Operation(
        op_id=UUID(row["op_id"]),
        kind=OperationKind(row["kind"]),
        slot=int(row.get("slot", 0)),
        payload=payload,
        client_seq=int(row.get("seq", 0)),
        tab=str(row.get("tab", "")),
        t_client=_client_time(row.get("t_client")),
    )


def _client_time(text: Any) -> datetime | None:
    """Return the client's time, which is evidence only: one without a zone or out of any calendar is left out."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None else None


def savings_document(savings: Savings, now: datetime) -> dict[str, Any]:
    """Return what became of a batch as JSON values."""
    return {
        "server_now": moment(now),
        "receipts": [receipt_document(receipt) for receipt in savings.receipts],
        "conflicts": [str(op_id) for op_id in savings.conflicts],
        "is_submitted": savings.is_submitted,
    }


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as JSON values; `service.read_receipt` reads it back."""
    return {
        "attempt_id": str(receipt.attempt_id),
        "op_id": str(receipt.op_id),
        "slot": receipt.slot,
        "kind": receipt.kind.value,
        "payload_hash": receipt.payload_hash,
        "t_server": moment(receipt.t_server),
        "is_late": receipt.is_late,
        "signature": receipt.signature,
    }
