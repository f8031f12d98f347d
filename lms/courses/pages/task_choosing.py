"""Let an author choose a task at a tool, and begin a step with what was chosen (LTI Deep Linking 2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from flask_babel import get_locale
from itsdangerous import BadData
from werkzeug.wrappers import Response

from lms.core.actor import SYSTEM
from lms.core.errors import Forbidden, InvalidInput
from lms.core.ids import parse_id
from lms.core.web import access, current_actor, for_programs, read_session, runtime, see_other
from lms.courses import queries, service
from lms.courses.contracts import CourseBlock, LaunchedBlock
from lms.courses.models import Tool
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.tool_asking import (
    asked_rightly,
    issuer,
    login_address,
    page_to_send,
    serializer,
    whole,
)
from lms.courses.pages.writing import course_to_write
from lms.courses.rules.lti import (
    Choosing,
    Person,
    choice_claims,
    claimed_issuer,
    claimed_key,
    signed_token,
)
from lms.courses.tool_reading import tools_of

__all__ = ["Chosen", "choice_answer", "chosen_task", "ways_to_choose"]

#: So long an author may look for a task at the tool, and so long the form that it opens may wait.
CHOOSE_S = 3600
#: What the step of a task is called among the kinds.
KIND = "lti"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an author has brought from a tool into the form of a new step; nothing when nothing was chosen."""

    tool: str = ""
    title: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def ways_to_choose(course_id: UUID, kind: CourseBlock, section: str) -> list[tuple[str, str]]:
    """Return (name, address) of the tools at which an author may choose the task of a new step."""
    if kind.name != KIND or not isinstance(kind, LaunchedBlock):
        return []
    found = tools_of(read_session(), [course_to_write(course_id).org_id])
    return [
        (
            tool.name,
            url_for("courses.choose_task", course_id=course_id, tool_id=tool.id, section=section),
        )
        for tool in found
        if tool.offers_choice and tool.closed_at is None
    ]


@blueprint.get("/<uuid:course_id>/write/choose/<uuid:tool_id>")
@access("courses.author")
def choose_task(course_id: UUID, tool_id: UUID) -> Response:
    """Begin the way of an author to a tool."""
    course, tool = course_to_write(course_id), _tool(tool_id)
    person_id, section = current_actor().person_id or abort(404), request.args.get("section", "")[:80]
    draft = queries.draft_version(read_session(), course_id) or abort(404)
    keys = {each.key for each in queries.shape_of(read_session(), draft).sections}
    if tool is None or tool.org_id != course.org_id or section not in keys:
        abort(404)
    hint = {"c": str(course_id), "t": str(tool.id), "p": str(person_id), "s": section}
    answer = redirect(login_address(tool, person_id, tool.address, hint), code=302)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _tool(tool_id: UUID) -> Tool | None:
    tool = read_session().get(Tool, tool_id)
    return tool if tool is not None and tool.offers_choice and tool.closed_at is None else None


def choice_answer(asked: Mapping[str, str], hint: Mapping[str, str]) -> Response:
    """Answer a tool that asks which author comes."""
    course, tool = course_to_write(UUID(hint["c"])), _tool(UUID(hint["t"]))
    person_id = current_actor().person_id
    if tool is None or person_id is None or not asked_rightly(asked, tool, hint, person_id):
        raise InvalidInput("course.tool_launch")
    said = Choosing(
        client_id=str(tool.id),
        deployment_id=str(course.org_id),
        nonce=asked["nonce"],
        address=tool.address,
        course_id=str(course.id),
        course_title=course.title,
        locale=str(get_locale() or "ru"),
        back=whole(url_for("courses.task_chosen")),
        data=serializer("tool-choice").dumps(dict(hint)),
    )
    person = Person(service.subject_of(runtime(), tool, person_id), is_learner=False)
    claims = choice_claims(issuer(), person, said, runtime().clock.now())
    return page_to_send(
        "courses/launch_choose.html",
        tool,
        course=course,
        back=url_for("courses.new_step", course_id=course.id, section=hint["s"], type=KIND),
        action=asked["redirect_uri"],
        token=signed_token(claims, runtime().keys.tool_signer),
        state=asked.get("state", ""),
    )


@blueprint.post("/lti/chosen")
@for_programs
@access("core.public")
def task_chosen() -> Response:
    """Take what a tool says was chosen: signed by it, for us, once. The author's own browser brings it, without a cookie."""
    answer = request.form.get("JWT", "")
    client = parse_id(claimed_issuer(answer))
    if client is None:
        raise Forbidden("course.tool_choice")
    service.refresh_tool_keys(runtime(), client, claimed_key(answer))
    with runtime().unit_of_work(SYSTEM) as uow:
        tool, data, item = service.take_choice(uow, answer, client, issuer())
        tool_id, name, address = str(tool.id), tool.name, tool.address
    try:
        hint = serializer("tool-choice").loads(data, max_age=CHOOSE_S)
    except BadData:
        raise Forbidden("course.tool_choice") from None
    if hint["t"] != tool_id:
        raise Forbidden("course.tool_choice")
    kept: dict[str, Any] = {"c": hint["c"], "p": hint["p"], "tool": name}
    if item is not None:
        told = "\n".join(f"{key}={value}" for key, value in item.custom.items())[:2000]
        fields = {"address": item.address or address, "custom": told, "alternative": item.text}
        kept |= {"title": item.title, "fields": fields}
    chosen = serializer("tool-chosen").dumps(kept)
    place = {"course_id": UUID(hint["c"]), "section": hint["s"], "type": KIND}
    return see_other("courses.new_step", **place, chosen=chosen)


def chosen_task(course_id: UUID) -> Chosen | None:
    """Return what the author of this page has just brought from a tool; None when there is nothing, or it is somebody else's."""
    try:
        kept = serializer("tool-chosen").loads(request.args.get("chosen", ""), max_age=CHOOSE_S)
    except BadData:
        return None
    if (kept["c"], kept["p"]) != (str(course_id), str(current_actor().person_id)):
        return None
    return Chosen(kept["tool"], kept.get("title", ""), kept.get("fields", {}))
