"""Send learners to a registered tool with a signed word about who comes, and let the tool report back (LTI 1.3).

The tool is opened in a tab of its own, never inside a page of ours. It begins at the tool (OIDC, started by us), comes back here
once to ask who it is, and gets its answer through a form that the learner sends: before that it is said in words what the tool
is told. Names are told only if the school says so.
Source: 1EdTech Security Framework 1.1, chapters 4 and 5; LTI Advantage, Assignment and Grade Services 2.0.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import abort, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotAuthenticated, NotFound
from lms.core.ids import parse_id
from lms.core.web import (
    access,
    authorise,
    current_actor,
    for_programs,
    read_session,
    runtime,
    unit_of_work,
)
from lms.core.web.headers import CSP
from lms.courses import queries, service
from lms.courses.contracts import COURSE_BLOCKS, Launch, LaunchedBlock
from lms.courses.models import Block, Course, Tool
from lms.courses.pages.catalogue import blueprint, course_of, own_enrolment
from lms.courses.pages.lesson import find_step
from lms.courses.queries import OutlineStep
from lms.courses.rules.lti import (
    SCORE_SCOPE,
    Person,
    Visit,
    claimed_issuer,
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
JWT_PROOF = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _serializer(salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=salt)


def _whole(path: str) -> str:
    """Return the whole address of a page of ours, as tools write it."""
    return runtime().settings.core.base_url.rstrip("/") + path


# --- a learner goes there ----------------------------------------------------------------------------------------


@blueprint.get("/<uuid:course_id>/steps/<uuid:block_id>/launch")
@access("courses.look")
def launch(course_id: UUID, block_id: UUID) -> Response:
    """Begin the way to a tool: it hears that somebody of ours comes, and asks us who."""
    course, _block, asked, tool, _here = _place(course_id, block_id)
    person_id = current_actor().person_id or abort(404)
    hint = {"b": str(block_id), "c": str(course_id), "t": str(tool.id), "p": str(person_id)}
    said = {
        "iss": runtime().settings.core.base_url.rstrip("/"),
        "login_hint": service.subject_of(runtime(), tool, person_id),
        "target_link_uri": asked.address,
        "lti_message_hint": _serializer("tool-launch").dumps(hint),
        "client_id": str(tool.id),
        "lti_deployment_id": str(course.org_id),
    }
    joint = "&" if "?" in tool.login_address else "?"
    answer = redirect(f"{tool.login_address}{joint}{urlencode(said)}", code=302)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _place(course_id: UUID, block_id: UUID) -> tuple[Course, Block, Launch, Tool, OutlineStep]:
    """Return what is opened by whom may open it: learners who are in the course, and its organisation's staff."""
    course, enrolment = course_of(course_id), own_enrolment(course_id)
    if enrolment is not None:
        authorise("courses.study", enrolment)
    else:
        authorise("courses.teach", course)
    section, here = find_step(queries.outline(read_session(), course_id, enrolment), block_id)
    if not section.is_open and enrolment is not None:
        abort(404)
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
        hint = _serializer("tool-launch").loads(asked.get("lti_message_hint", ""), max_age=WAY_S)
    except BadData:
        raise InvalidInput("course.tool_launch") from None
    person_id = current_actor().person_id
    if request.method == "POST" and person_id is None:
        # A post from another site brings no cookie; the way back does.
        return redirect(f"{url_for('courses.tool_asks')}?{urlencode(dict(asked))}", code=303)
    course, block, wanted, tool, here = _place(UUID(hint["c"]), UUID(hint["b"]))
    fixed = {
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": str(tool.id),
    }
    is_agreed = (
        all(asked.get(name) == value for name, value in fixed.items())
        and "openid" in asked.get("scope", "").split()
        and asked.get("redirect_uri") in tool.redirects
        and 0 < len(asked.get("nonce", "")) <= 500
        and len(asked.get("state", "")) <= 4000
        and (hint["t"], hint["p"]) == (str(tool.id), str(person_id))
        and person_id is not None
        and asked.get("login_hint") == service.subject_of(runtime(), tool, person_id)
    )
    if not is_agreed:
        raise InvalidInput("course.tool_launch")
    return _introduced(course, block, wanted, tool, here)


def _introduced(course: Course, block: Block, wanted: Launch, tool: Tool, here: OutlineStep) -> Response:
    """Return the page from which the learner sends the signed word to the tool."""
    enrolment = own_enrolment(course.id)
    person_id = current_actor().person_id or abort(404)
    may_hear = enrolment is not None and enrolment.state is not EnrolmentState.PAUSED and bool(tool.keys)
    subject = service.subject_of(runtime(), tool, person_id)
    card = person_card(read_session(), person_id) if tool.tells_names else None
    visit = Visit(
        client_id=str(tool.id),
        deployment_id=str(course.org_id),
        nonce=request.values["nonce"],
        address=wanted.address,
        block_id=str(block.id),
        block_title=block.title or here.title,
        course_id=str(course.id),
        course_title=course.title,
        locale=str(get_locale() or "ru"),
        back=_whole(here.url),
        item=_whole(url_for("courses.tool_item", block_id=block.id)) if may_hear else "",
        custom=wanted.custom,
    )
    given, name = (card.first_name, card.short_name) if card is not None else ("", "")
    person = Person(subject, enrolment is not None, given, name)
    issuer = runtime().settings.core.base_url.rstrip("/")
    claims = launch_claims(issuer, person, visit, runtime().clock.now())
    page = render_template(
        "courses/launch.html",
        card=queries.course_card(read_session(), course.id),
        title=visit.block_title,
        back=here.url,
        tool=tool,
        name=name,
        hears=may_hear,
        action=request.values["redirect_uri"],
        token=signed_token(claims, runtime().keys.tool_signer),
        state=request.values.get("state", ""),
    )
    tool_id, enrolment_id, block_id = tool.id, enrolment.id if enrolment else None, block.id
    sites = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, [*tool.redirects, tool.address])}
    if enrolment_id is not None and may_hear:
        with unit_of_work() as uow:
            service.note_tool_visit(uow, enrolment_id, block_id, tool_id)
    answer = make_response(page)
    form = f"form-action 'self' {' '.join(sorted(sites))}"
    answer.headers["Content-Security-Policy"] = CSP.replace("form-action 'self'", form)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


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
    issuer = runtime().settings.core.base_url.rstrip("/")
    heard = [_whole(url_for("courses.tool_token")), issuer]
    try:
        with runtime().unit_of_work(SYSTEM) as uow:
            tool_id = service.prove_tool(uow, said["client_assertion"], client, heard).id
    except Forbidden:
        return jsonify({"error": "invalid_client"}), 401
    token = _serializer("tool-token").dumps(str(tool_id))
    kept = {"token_type": "Bearer", "expires_in": TOKEN_S, "scope": SCORE_SCOPE, "access_token": token}
    answer = jsonify(kept)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200


def _tool_id() -> UUID:
    """Return the tool whose key the request brings; raise NotAuthenticated."""
    sent = request.authorization
    token = sent.token if sent is not None and sent.type == "bearer" else None
    try:
        return UUID(_serializer("tool-token").loads(token or "", max_age=TOKEN_S))
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
    address = _whole(url_for("courses.tool_item", block_id=block_id))
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
