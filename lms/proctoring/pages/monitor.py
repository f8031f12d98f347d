"""Take pictures and news of a running sitting's camera; never in the way of answers."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, request
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from lms.core.errors import Conflict, InvalidInput
from lms.core.web import access, unit_of_work
from lms.proctoring import service
from lms.proctoring.rules.injection import CameraNews, read_gaps
from lms.proctoring.schemas import FrameQuerySchema, PageNewsSchema
from lms.proctoring.service.page_events import PAGE_KINDS

__all__ = ["blueprint", "take_frame"]

blueprint = Blueprint("monitor", __name__, url_prefix="/monitor")
_CHANCE = random.SystemRandom()


def take_frame(session_id: UUID, seq: int, nonce: str) -> service.FrameReceipt:
    """Store the request's body as a picture; shared with the API."""
    data = request.get_data(cache=False)
    try:
        with unit_of_work() as uow:
            receipt = service.receive_frame(
                uow, session_id, seq=seq, nonce=nonce, data=data, chance=_CHANCE.random(), device=_device()
            )
    except Conflict as error:
        if error.code == "proctoring.frame_order":
            with unit_of_work() as uow:
                service.note_out_of_turn(uow, session_id)
        raise
    if receipt is None:
        raise Conflict("proctoring.not_watching")
    return receipt


def _device() -> str:
    """Return what tells one sender from another: the browser's name and the network, not the single address."""
    address = request.remote_addr or ""
    separator = ":" if ":" in address else "."
    network = separator.join(address.split(separator)[:3])
    return f"{request.user_agent.string}|{network}"


def _answer(receipt: service.FrameReceipt, status: int) -> Response:
    response = jsonify(
        next_in_s=receipt.next_in_s, seq=receipt.seq, nonce=receipt.nonce, compared=receipt.is_compared
    )
    response.status_code = status
    return response


def _news(sent: Any) -> dict[str, Any]:
    """Return what the page told; what cannot be read tells nothing."""
    try:
        return dict(PageNewsSchema().load(sent if isinstance(sent, dict) else {}))
    except ValidationError:
        return {"kind": "", "seconds": 0.0, "amount": 0, "camera": "", "gaps": ""}


@blueprint.post("/<uuid:session_id>/frames")
@access("proctoring.send_frames")
def frames(session_id: UUID) -> Response:
    """Take one JPEG; 202 with the time of the next."""
    errors = FrameQuerySchema().validate(request.args)
    if errors:
        raise InvalidInput("proctoring.frame_bytes")
    args = FrameQuerySchema().load(request.args)
    return _answer(take_frame(session_id, args["seq"], args["nonce"]), 202)


@blueprint.post("/<uuid:session_id>/events")
@access("proctoring.send_frames")
def events(session_id: UUID) -> Response:
    """Take news of the camera (on, stopped, absent, slow) or the page, and say where the sending stands."""
    news = _news(request.get_json(silent=True))
    with unit_of_work() as uow:
        if news["kind"] in PAGE_KINDS:
            service.note_page_event(
                uow, session_id, news["kind"], seconds=news["seconds"], amount=news["amount"]
            )
        if news["kind"] == "source":
            told = CameraNews(news["camera"], read_gaps(news["gaps"]))
            service.note_camera_source(uow, session_id, told)
        receipt = service.note_camera(uow, session_id, news["kind"])
    return _answer(receipt, 200)
