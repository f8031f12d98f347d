"""Days before: try the device, keep what it can, and practise with the camera; nothing of it touches an exam."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, jsonify, render_template, request
from flask_babel import gettext
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput
from lms.core.web import (
    access,
    authorise,
    camera_page,
    flash_ok,
    read_session,
    runtime,
    see_other,
    unit_of_work,
)
from lms.proctoring import queries, service
from lms.proctoring.access_rules import Reach
from lms.proctoring.schemas import DeviceSchema, FrameQuerySchema
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.words import device_facts

__all__ = ["blueprint"]

blueprint = Blueprint("devices", __name__, template_folder="../templates", url_prefix="/identity")

#: The word that every picture of a practice carries: there is nothing to protect.
PRACTICE = "practice"


def _own(entry_id: UUID) -> queries.IdentityOptions:
    options = queries.identity_options(read_session(), entry_id, runtime().clock.now())
    authorise("proctoring.own_identity", Reach(options.facts.person_id, runtime().clock.now()))
    return options


@blueprint.get("/<uuid:entry_id>/camera")
@access("proctoring.own_identity")
@camera_page
def trial(entry_id: UUID) -> str:
    """Try the device: camera, microphone, storage, link, clock; the exam goes on without any of it."""
    kept = queries.device_check(read_session(), entry_id)
    return render_template(
        "proctoring/camera_trial.html",
        options=_own(entry_id),
        kept=kept,
        kept_facts=device_facts(kept) if kept else [],
        limits=runtime().settings.of(ProctoringSettings),
    )


@blueprint.post("/<uuid:entry_id>/device")
@access("proctoring.own_identity")
def keep(entry_id: UUID) -> Response:
    """Keep what the page measured for whoever watches; what cannot be read counts as not tried."""
    _own(entry_id)
    try:
        told = DeviceSchema().load({key: value for key, value in request.form.items() if value})
    except ValidationError as error:
        raise InvalidInput("proctoring.device_words") from error
    with unit_of_work() as uow:
        words = service.DeviceWords(**told, user_agent=request.user_agent.string)
        service.record_device_check(uow, entry_id, words)
    flash_ok(gettext("Kept. Whoever watches the exam sees it and can help in time."))
    return see_other("devices.trial", entry_id=entry_id)


@blueprint.post("/<uuid:entry_id>/link")
@access("proctoring.own_identity")
def link(entry_id: UUID) -> Response:
    """Take some bytes, drop them and say what time it is: the page measures the link and its clock by that."""
    _own(entry_id)
    request.get_data(cache=False)
    return jsonify(now_ms=round(runtime().clock.now().timestamp() * 1000))


@blueprint.get("/<uuid:entry_id>/practice")
@access("proctoring.own_identity")
@camera_page
def practice(entry_id: UUID) -> str:
    """Show a question beside the camera as in the exam; nothing of it is kept."""
    options = _own(entry_id)
    at = {"entry_id": entry_id}
    watch = {
        "session_id": f"practice-{entry_id}",
        "cadence_s": options.policy.cadence_s,
        "seq": 1,
        "nonce": PRACTICE,
        "starts_itself": False,
        "is_watched": True,
        "has_watcher": False,
        "to_frames": ("devices.practice_frames", at),
        "to_events": ("devices.practice_events", at),
    }
    return render_template("proctoring/practice.html", options=options, context={"watch": watch})


@blueprint.post("/<uuid:entry_id>/practice/frames")
@access("proctoring.own_identity")
def practice_frames(entry_id: UUID) -> Response:
    """Look whether one picture would be taken, and drop it: no worker sees it, nothing is stored."""
    options = _own(entry_id)
    data = request.get_data(cache=False)
    most = runtime().settings.of(ProctoringSettings).frame_max_bytes
    if FrameQuerySchema().validate(request.args) or data[:3] != b"\xff\xd8\xff" or len(data) > most:
        raise InvalidInput("proctoring.frame_bytes")
    seq = FrameQuerySchema().load(request.args)["seq"] + 1
    reply = jsonify(next_in_s=options.policy.cadence_s, seq=seq, nonce=PRACTICE, compared=False)
    reply.status_code = 202
    return reply


@blueprint.post("/<uuid:entry_id>/practice/events")
@access("proctoring.own_identity")
def practice_events(entry_id: UUID) -> Response:
    """Hear news of the practice's page and forget it."""
    _own(entry_id)
    return jsonify(next_in_s=0, seq=1, nonce=PRACTICE, compared=False)
