"""Send learners to a registered tool with a signed word about who comes, and let the tool report back (LTI 1.3).

The tool is opened in a tab of its own, or, where the school says so, in a sealed frame of a page of ours. It begins at the tool
(OIDC, started by us), comes back here once to ask who it is, and gets its answer through a form: before that it is said in words
what the tool is told. Names are told only if the school says so.
Source: 1EdTech Security Framework 1.1, chapters 4 and 5; LTI Advantage, Assignment and Grade Services 2.0.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import abort, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from itsdangerous import BadData
from werkzeug.wrappers import Response

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotAuthenticated, NotFound
from lms.core.ids import parse_id
from lms.core.web import (
    access,
    current_actor,
    for_programs,
    read_session,
    runtime,
    unit_of_work,
)
from lms.core.web.headers import CSP
from lms.courses import queries, service
from lms.courses.contracts import COURSE_BLOCKS, Launch, LaunchedBlock
from lms.courses.models import Block, Course, Enrolment, Tool
from lms.courses.pages.catalogue import blueprint, own_enrolment
from lms.courses.pages.lesson import step_in_reach
from lms.courses.pages.task_choosing import choice_answer
from lms.courses.pages.tool_asking import (
    asked_rightly,
    issuer,
    login_address,
    page_to_send,
    serializer,
    sites_of,
    whole,
)
from lms.courses.queries import OutlineStep
from lms.courses.rules.lti import (
    SCORE_SCOPE,
    Person,
    Visit,
    claimed_issuer,
    claimed_key,
    launch_claims,
    public_jwk,
    signed_token,
)
from lms.courses.tool_reading import tool_for
from lms.courses.types import EnrolmentState
from lms.people.queries import person_card

__all__ = ["launch"]

#: So long a launch may take on its way through the tool, and so long a tool's key for results holds.
WAY_S, TOKEN_S = 600, 3600
#: So long a frame may take to ask who comes.
FRAME_S = 120
JWT_PROOF = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


# --- a learner goes there ----------------------------------------------------------------------------------------


@blueprint.get("/<uuid:course_id>/steps/<uuid:block_id>/launch")
@access("courses.look")
def launch(course_id: UUID, block_id: UUID) -> Response:
    """Begin the way to a tool: it hears that somebody of ours comes, and asks us who."""
    _course, _block, asked, tool, _here = _place(course_id, block_id)
    person_id = current_actor().person_id or abort(404)
    hint = {"b": str(block_id), "c": str(course_id), "t": str(tool.id), "p": str(person_id)}
    answer = redirect(login_address(tool, person_id, asked.address, hint), code=302)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/<uuid:course_id>/steps/<uuid:block_id>/launch/here")
@access("courses.look")
def launch_here(course_id: UUID, block_id: UUID) -> Response:
    """Say what a tool is told, then open it in a frame of this page; it cannot see the page, and the page cannot see it."""
    course, block, asked, tool, here = _place(course_id, block_id)
    person_id = current_actor().person_id or abort(404)
    if not tool.is_framed:
        abort(404)
    enrolment = own_enrolment(course_id)
    hears = _may_hear(enrolment, tool)
    is_open, name, src = "open" in request.args, _told_name(tool, person_id), ""
    if is_open:
        hint = {"b": str(block_id), "c": str(course_id), "t": str(tool.id), "p": str(person_id)}
        src = login_address(tool, person_id, asked.address, {**hint, "f": secrets.token_urlsafe(12)})
    page = render_template(
        "courses/launch_here.html",
        card=queries.course_card(read_session(), course.id),
        title=block.title or here.title,
        back=here.url,
        tool=tool,
        name=name,
        hears=hears,
        src=src,
        opens=url_for("courses.launch_here", course_id=course_id, block_id=block_id, open=1),
        tab=url_for("courses.launch", course_id=course_id, block_id=block_id),
    )
    policy = f"{CSP}; frame-src 'self' {sites_of(tool)}"
    if is_open and enrolment is not None and hears:
        ids = enrolment.id, block.id, tool.id
        with unit_of_work() as uow:
            service.note_tool_visit(uow, *ids)
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = policy
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _may_hear(enrolment: Enrolment | None, tool: Tool) -> bool:
    """Tell whether a tool may report a result of this learner."""
    is_under_way = enrolment is not None and enrolment.state is not EnrolmentState.PAUSED
    return is_under_way and bool(tool.keys or tool.keys_address)


def _told_name(tool: Tool, person_id: UUID) -> str:
    card = person_card(read_session(), person_id) if tool.tells_names else None
    return card.short_name if card is not None else ""


def _place(course_id: UUID, block_id: UUID) -> tuple[Course, Block, Launch, Tool, OutlineStep]:
    """Return what is opened by whom may open it: learners who are in the course, and its organisation's staff."""
    course, _enrolment, here = step_in_reach(course_id, block_id)
    block = read_session().get_one(Block, block_id)
    plugin: object = runtime().registries.of(COURSE_BLOCKS).find(block.type)
    asked = plugin.launch(block.content) if isinstance(plugin, LaunchedBlock) else None
    if asked is None:
        abort(404)
    tool = tool_for(read_session(), course.org_id, asked.address)
    if tool is None:
        raise NotFound("course.tool_none")
    return course, block, asked, tool, here


@blueprint.route("/lti/auth", methods=["GET", "POST"])
@for_programs
@access("core.public")
def tool_asks() -> Response:
    """Answer a tool that asks who comes; what it is told stands on the page, and the learner sends it."""
    asked = request.values
    try:
        hint = serializer("tool-launch").loads(asked.get("lti_message_hint", ""), max_age=WAY_S)
    except BadData:
        raise InvalidInput("course.tool_launch") from None
    if "f" in hint:
        return _asked_in_frame(asked, hint)
    person_id = current_actor().person_id
    if request.method == "POST" and person_id is None:
        # A post from another site brings no cookie; the way back does.
        return redirect(f"{url_for('courses.tool_asks')}?{urlencode(dict(asked))}", code=303)
    if "s" in hint:
        return choice_answer(asked, hint)
    course, block, wanted, tool, here = _place(UUID(hint["c"]), UUID(hint["b"]))
    if person_id is None or not asked_rightly(asked, tool, hint, person_id):
        raise InvalidInput("course.tool_launch")
    return _introduced(course, block, wanted, tool, here)


def _introduced(course: Course, block: Block, wanted: Launch, tool: Tool, here: OutlineStep) -> Response:
    """Return the page from which the learner sends the signed word to the tool."""
    enrolment = own_enrolment(course.id)
    person_id, title = current_actor().person_id or abort(404), block.title or here.title
    hears = _may_hear(enrolment, tool)
    page = page_to_send(
        "courses/launch.html",
        tool,
        card=queries.course_card(read_session(), course.id),
        title=title,
        back=here.url,
        name=_told_name(tool, person_id),
        hears=hears,
        action=request.values["redirect_uri"],
        token=_token(course, block, wanted, tool, person_id, enrolment, title),
        state=request.values.get("state", ""),
    )
    if enrolment is not None and hears:
        ids = enrolment.id, block.id, tool.id
        with unit_of_work() as uow:
            service.note_tool_visit(uow, *ids)
    return page


def _token(
    course: Course,
    block: Block,
    wanted: Launch,
    tool: Tool,
    person_id: UUID,
    enrolment: Enrolment | None,
    title: str,
    is_framed: bool = False,
) -> str:
    """Return the signed word about who comes, for the tool that asks now."""
    item = whole(url_for("courses.tool_item", block_id=block.id)) if _may_hear(enrolment, tool) else ""
    visit = Visit(
        client_id=str(tool.id),
        deployment_id=str(course.org_id),
        nonce=request.values["nonce"],
        address=wanted.address,
        block_id=str(block.id),
        block_title=title,
        course_id=str(course.id),
        course_title=course.title,
        locale=str(get_locale() or "ru"),
        back=whole(url_for("courses.step", course_id=course.id, block_id=block.id)),
        item=item,
        custom=wanted.custom,
        is_framed=is_framed,
    )
    card = person_card(read_session(), person_id) if tool.tells_names else None
    given, name = (card.first_name, card.short_name) if card is not None else ("", "")
    person = Person(service.subject_of(runtime(), tool, person_id), enrolment is not None, given, name)
    return signed_token(
        launch_claims(issuer(), person, visit, runtime().clock.now()), runtime().keys.tool_signer
    )


def _asked_in_frame(asked: Mapping[str, str], hint: Mapping[str, str]) -> Response:
    """Answer a tool that asks from its frame, where a browser may send no cookie of ours.

    Who comes was made sure when the page around the frame was opened, and is signed into the hint: it holds for two minutes and
    once, and its answer goes to the addresses of that tool only.
    """
    try:
        serializer("tool-launch").loads(asked.get("lti_message_hint", ""), max_age=FRAME_S)
    except BadData:
        raise InvalidInput("course.tool_launch") from None
    session, person_id, course_id = read_session(), UUID(hint["p"]), UUID(hint["c"])
    block, tool = session.get(Block, UUID(hint["b"])), session.get(Tool, UUID(hint["t"]))
    course = session.get(Course, course_id)
    if block is None or tool is None or course is None or tool.closed_at is not None or not tool.is_framed:
        raise InvalidInput("course.tool_launch")
    plugin: object = runtime().registries.of(COURSE_BLOCKS).find(block.type)
    wanted = plugin.launch(block.content) if isinstance(plugin, LaunchedBlock) else None
    if wanted is None or not asked_rightly(asked, tool, hint, person_id):
        raise InvalidInput("course.tool_launch")
    enrolment = queries.enrolment_of(session, person_id, course_id)
    page = page_to_send(
        "courses/launch_framed.html",
        tool,
        is_framed=True,
        title=block.title,
        action=asked["redirect_uri"],
        token=_token(course, block, wanted, tool, person_id, enrolment, block.title, is_framed=True),
        state=asked.get("state", ""),
    )
    with runtime().unit_of_work(SYSTEM) as uow:
        own = uow.session.get_one(Tool, UUID(hint["t"]))
        ends = int(uow.now().timestamp()) + FRAME_S
        if not service.use_once(uow, own, f"frame:{hint['f']}", ends):
            raise InvalidInput("course.tool_launch")
    return page


# --- a tool reports back -----------------------------------------------------------------------------------------


@blueprint.get("/lti/keys")
@access("core.public", light=True)
def tool_keys() -> Response:
    """Show the public key with which a tool checks what it is told."""
    answer = jsonify({"keys": [public_jwk(runtime().keys.tool_signer.public_key())]})
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@blueprint.post("/lti/token")
@for_programs
@access("core.public", light=True)
def tool_token() -> tuple[Response, int]:
    """Give a tool that proves who it is a key for an hour: with it, it reports results (RFC 6749, RFC 7523)."""
    said = request.form
    client = parse_id(claimed_issuer(said.get("client_assertion", "")))
    is_asked = said.get("grant_type") == "client_credentials"
    is_proof = said.get("client_assertion_type") == JWT_PROOF and client is not None
    if not is_asked or not is_proof or client is None:
        return jsonify({"error": "invalid_request"}), 400
    if SCORE_SCOPE not in said.get("scope", "").split():
        return jsonify({"error": "invalid_scope"}), 400
    heard = [whole(url_for("courses.tool_token")), issuer()]
    service.refresh_tool_keys(runtime(), client, claimed_key(said["client_assertion"]))
    try:
        with runtime().unit_of_work(SYSTEM) as uow:
            tool_id = service.prove_tool(uow, said["client_assertion"], client, heard).id
    except Forbidden:
        return jsonify({"error": "invalid_client"}), 401
    token = serializer("tool-token").dumps(str(tool_id))
    kept = {"token_type": "Bearer", "expires_in": TOKEN_S, "scope": SCORE_SCOPE, "access_token": token}
    answer = jsonify(kept)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200


def _tool_id() -> UUID:
    """Return the tool whose key the request brings; raise NotAuthenticated."""
    sent = request.authorization
    token = sent.token if sent is not None and sent.type == "bearer" else None
    try:
        return UUID(serializer("tool-token").loads(token or "", max_age=TOKEN_S))
    except (BadData, ValueError):
        raise NotAuthenticated("course.tool_proof") from None


@blueprint.get("/lti/items/<uuid:block_id>")
@access("core.public", light=True)
def tool_item(block_id: UUID) -> tuple[Response, int]:
    """Describe a step to the tool that works for it (line item)."""
    return _answered(lambda: _item(block_id))


@blueprint.post("/lti/items/<uuid:block_id>/scores")
@for_programs
@access("core.public", light=True)
def tool_score(block_id: UUID) -> tuple[Response, int]:
    """Keep what a tool says of one learner who was sent to it from this step."""
    return _answered(lambda: _scored(block_id))


def _item(block_id: UUID) -> dict[str, Any]:
    tool = read_session().get(Tool, _tool_id())
    block = read_session().get(Block, block_id)
    found = queries.course_of_block(read_session(), block_id)
    if (
        tool is None
        or tool.closed_at is not None
        or block is None
        or found is None
        or found.org_id != tool.org_id
    ):
        raise NotFound("course.tool_visit")
    address = whole(url_for("courses.tool_item", block_id=block_id))
    return {"id": address, "label": block.title, "scoreMaximum": 1, "resourceLinkId": str(block_id)}


def _scored(block_id: UUID) -> dict[str, Any]:
    tool_id, said = _tool_id(), request.get_json(force=True, silent=True)
    if not isinstance(said, dict):
        raise InvalidInput("course.tool_score")
    with runtime().unit_of_work(SYSTEM) as uow:
        service.take_score(uow, tool_id, block_id, said)
    return {}


def _answered(act: Any) -> tuple[Response, int]:
    """Answer a program in JSON, with the status that the standard names."""
    try:
        return jsonify(act()), 200
    except NotAuthenticated as error:
        answer = jsonify({"error": error.code})
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer, 401
    except (InvalidInput, NotFound, Conflict) as error:
        return jsonify({"error": error.code}), 400 if isinstance(error, InvalidInput) else error.status
