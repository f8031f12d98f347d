"""Let a learner take a part of a course along, and take in what the device has kept meanwhile."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import abort, make_response, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from lms.core.errors import InvalidInput
from lms.core.web import access, authorise, current_actor, read_session, runtime, unit_of_work
from lms.core.web.assets import STATIC, asset_url
from lms.core.web.problems import error_texts
from lms.courses import queries, service
from lms.courses.models import Enrolment
from lms.courses.offline_reading import offline_parts
from lms.courses.pages import words
from lms.courses.pages.catalogue import blueprint, course_of, own_enrolment
from lms.courses.rules.packing import OfflinePart, week_of
from lms.courses.schemas import OperationsRequest, SyncReceiptJson
from lms.courses.settings import CoursesSettings
from lms.courses.types import LearningOp, SyncReceipt

__all__ = ["operations", "take_along"]

#: So long a delivery is worked on before the device hears of what was taken in.
PATIENCE_S = 2.0


@blueprint.after_request
def name_account(response: Response) -> Response:
    """Say whose page this is, so that what a browser keeps of it is never taken for another account's."""
    response.headers["Marshrut-Account"] = str(current_actor().account_id or "")
    return response


@blueprint.get("/offline.js")
@access("core.public")
def offline_worker() -> Response:
    """Serve the worker that opens lessons without a network; it answers for the addresses of courses and the first page."""
    built = STATIC / "dist" / asset_url("course-offline.js").rsplit("/", 1)[-1]
    response = make_response(built.read_bytes())
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@blueprint.get("/on-device")
@access("courses.browse")
def on_device() -> str:
    """Say in words what of one's courses is on this device; the browser fills it in, with or without a network."""
    return render_template(
        "courses/on_device.html",
        script_words=words.on_this_device(),
        school_key=runtime().keys.public_signing_key,
    )


@blueprint.get("/<uuid:course_id>/offline")
@access("courses.study")
def take_along(course_id: UUID) -> str:
    """Show what can be taken along and how much it weighs, before anything is fetched."""
    course_of(course_id)
    enrolment = _enrolment(course_id)
    session = read_session()
    card = queries.course_card(session, course_id)
    parts = offline_parts(session, enrolment, runtime().registries)
    week = week_of(parts, runtime().settings.of(CoursesSettings).week_minutes)
    return render_template(
        "courses/offline.html",
        card=card,
        week=_pack(card.url, week),
        week_titles=[part.title for part in week],
        week_keys=[part.key for part in week],
        part_options=[(part.key, part.title) for part in parts],
        has_films=any(part.films for part in parts),
        parts=[(part, _pack(card.url, (part,))) for part in parts],
        script_words=words.on_device(),
        words=words,
    )


def _enrolment(course_id: UUID) -> Enrolment:
    enrolment = own_enrolment(course_id) or abort(404)
    authorise("courses.study", enrolment)
    return enrolment


def _pack(course_url: str, parts: tuple[OfflinePart, ...]) -> dict[str, Any]:
    """Return what a device fetches for some parts: addresses without and with films, and the sizes in words."""
    pages = [
        course_url,
        f"{course_url}/offline",
        url_for("courses.on_device"),
        *(page for part in parts for page in part.pages),
    ]
    films = [address for part in parts for address in part.films]
    return {
        "parts": " ".join(part.key for part in parts),
        "addresses": json.dumps([*pages, *(address for part in parts for address in part.media)]),
        "films": json.dumps(films) if films else "",
        "size": words.size(sum(part.size_bytes for part in parts)),
        "film_size": words.size(sum(part.film_bytes for part in parts)),
        "minutes": words.minutes(sum(part.minutes for part in parts)),
        "away": [title for part in parts for title in part.away],
        "talks": [title for part in parts for title in part.talks],
    }


@blueprint.post("/<uuid:course_id>/ops")
@access("courses.study")
def operations(course_id: UUID) -> Response:
    """Take in what was done without a network and answer with a receipt for each operation."""
    enrolment = _enrolment(course_id)
    try:
        sent = OperationsRequest().load(request.get_json(silent=True) or {})
    except ValidationError:
        raise InvalidInput("course.operations") from None
    if len(sent["ops"]) > service.MOST_OPERATIONS:
        raise InvalidInput("course.operations")
    receipt = _delivered(enrolment.id, sorted(sent["ops"], key=lambda each: (each.seq, each.op_id)))
    body = {"server_now": runtime().clock.now().isoformat(), **SyncReceiptJson().dump(receipt)}
    for row in body["receipts"]:
        if row["refused"]:
            row["refused_text"] = _why(row["refused"])
    return make_response(body)


def _why(code: str) -> str:
    """Return why an operation was refused, in words; what the reason was about is not known any more."""
    text = str(error_texts().get(code, "…"))
    return text % defaultdict(lambda: "…") if "%(" in text else text


def _delivered(enrolment_id: UUID, operations: Sequence[LearningOp]) -> SyncReceipt:
    """Take operations in, each in a transaction of its own; what is left when the time is up the device sends again."""
    shown = queries.shown_seeds(read_session(), enrolment_id)
    until = time.monotonic() + PATIENCE_S
    came: list[SyncReceipt] = []
    for each in [[one] for one in operations] or [[]]:
        with unit_of_work() as uow:
            came.append(service.sync_learning(uow, enrolment_id, each, shown=shown))
        if time.monotonic() > until:
            break
    return SyncReceipt(
        tuple(receipt for each in came for receipt in each.receipts),
        tuple(op_id for each in came for op_id in each.conflicts),
        came[-1].next_block_url,
        any(each.course_completed for each in came),
    )
