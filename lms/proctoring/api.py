"""Identity, pictures and reviews over /api/v1."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from lms.core.errors import InvalidInput
from lms.core.web import access, authorise, read_session, runtime, unit_of_work
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.pages.monitor import take_frame
from lms.proctoring.schemas import (
    CheckStatusSchema,
    FrameQuerySchema,
    FrameReceiptSchema,
    OpinionResultSchema,
    OpinionSchema,
)
from lms.proctoring.types import Verdict

__all__ = ["blueprint"]

blueprint = Blueprint(
    "api_proctoring",
    __name__,
    url_prefix="/api/v1",
    description="Identity checks, pictures of sittings, reviews",
)


@blueprint.post("/monitor/<uuid:session_id>/frames")
@access("proctoring.send_frames")
@blueprint.arguments(FrameQuerySchema, location="query")
@blueprint.response(202, FrameReceiptSchema)
def send_frame(args: dict[str, Any], session_id: UUID) -> service.FrameReceipt:
    """Send one JPEG of a running sitting (the body); the answer says when the next should come."""
    if request.mimetype != "image/jpeg":
        raise InvalidInput("proctoring.frame_bytes")
    return take_frame(session_id, args["seq"], args["nonce"])


@blueprint.get("/identity/checks/<uuid:check_id>")
@access("proctoring.own_identity")
@blueprint.response(200, CheckStatusSchema)
def check_status(check_id: UUID) -> dict[str, Any]:
    """Say where one's own identity check stands."""
    view = queries.check_view(read_session(), check_id)
    authorise("proctoring.own_identity", Reach(view.person.id, runtime().clock.now()))
    return {
        "id": view.id,
        "method": view.method.value,
        "state": view.state.value,
        "level": view.level_reached,
        "outcome": view.outcome,
        "liveness": view.liveness,
        "is_computing": view.is_computing,
        "tries": view.tries,
    }


@blueprint.post("/review/<uuid:session_id>/opinions")
@access("proctoring.review")
@blueprint.arguments(OpinionSchema)
@blueprint.response(201, OpinionResultSchema)
def give_opinion(body: dict[str, Any], session_id: UUID) -> dict[str, str]:
    """Give an opinion about a sitting; the answer says where the review stands."""
    with unit_of_work() as uow:
        result = service.give_opinion(uow, session_id, Verdict(body["verdict"]), reason=body["reason"])
    return {"result": result}
