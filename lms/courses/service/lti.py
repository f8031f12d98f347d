"""Register tools of other makers, note who goes there, and take their results in (LTI 1.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa
import structlog

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.fetching import Fetcher, NotFetched
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.courses.access_rules import Look
from lms.courses.contracts import COURSE_BLOCKS, Launch, LaunchedBlock
from lms.courses.models import Block, Course, Enrolment, Play, Tool, ToolVisit
from lms.courses.queries import enrolled_shape
from lms.courses.rules.lti import (
    BadToken,
    ChosenItem,
    read_choice,
    read_jwks,
    read_score,
    read_token,
    same_site,
    usable_address,
)
from lms.courses.rules.plays import whole_play
from lms.courses.service.examining import take_block_result
from lms.courses.service.learning import open_place, place_of
from lms.courses.service.publishing import block_now
from lms.courses.tool_reading import visit_of
from lms.courses.types import EnrolmentState, PlayReceipt

__all__ = [
    "NewTool",
    "close_tool",
    "note_tool_visit",
    "prove_tool",
    "refresh_tool_keys",
    "register_tool",
    "subject_of",
    "take_choice",
    "take_score",
    "use_once",
]

MAX_REDIRECTS = 10
#: Keys of a tool are asked for once a day, and sooner for one that is not known yet, but not more often than each minute.
KEYS_HOLD, KEYS_PAUSE = timedelta(hours=24), timedelta(minutes=1)
#: The room for sleeping clocks while what may be used once is remembered.
_AFTER_S = 120
_IN_COURSE = (EnrolmentState.ACTIVE, EnrolmentState.COMPLETED)


@dataclass(frozen=True, slots=True)
class NewTool:
    """A tool as its maker describes it.

    ``jwks`` is its JWK set as text, ``keys_address`` where that set stands; both are empty when it sends nothing back.
    """

    name: str
    address: str
    login_address: str
    redirects: Sequence[str]
    jwks: str = ""
    tells_names: bool = False
    counts: bool = False
    keys_address: str = ""
    is_framed: bool = False
    offers_choice: bool = False


def register_tool(uow: UnitOfWork, org_id: UUID, new: NewTool) -> UUID:
    """Let the courses of an organisation open a tool; return its id, which is what the tool is told as its client id.

    Raises InvalidInput with what is wrong under ``fields``.
    """
    uow.require("courses.manage_tools", org_id)
    problems: dict[str, list[str]] = {}
    if not new.name.strip():
        problems["name"] = ["course.tool_name"]
    for name in ("address", "login_address"):
        if not usable_address(getattr(new, name)):
            problems[name] = ["course.tool_address"]
    redirects = [line.strip() for line in new.redirects if line.strip()]
    if not 0 < len(redirects) <= MAX_REDIRECTS or not all(map(usable_address, redirects)):
        problems["redirects"] = ["course.tool_address"]
    keys: list[dict[str, str]] = []
    try:
        keys = read_jwks(new.jwks) if new.jwks.strip() else []
    except BadToken:
        problems["jwks"] = ["course.tool_keys"]
    where = new.keys_address.strip()
    if where and not (usable_address(where) and where.startswith("https://")):
        problems["keys_address"] = ["course.tool_address"]
    if (new.counts or new.offers_choice) and not (keys or where):
        problems.setdefault("jwks", ["course.tool_keys_needed"])
    if problems:
        raise InvalidInput("course.tool_bad", fields=problems)
    row = Tool(
        org_id=org_id,
        name=new.name.strip()[:120],
        address=new.address,
        login_address=new.login_address,
        redirects=redirects,
        keys=keys,
        keys_address=where,
        used={},
        tells_names=new.tells_names,
        counts=new.counts,
        is_framed=new.is_framed,
        offers_choice=new.offers_choice,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    names = ("name", "tells_names", "counts", "keys_address", "is_framed", "offers_choice")
    said = {"tool": row.id, **{name: getattr(row, name) for name in names}}
    uow.append_ledger(f"org:{org_id}", "courses.tool_registered", None, said)
    return row.id


def close_tool(uow: UnitOfWork, tool_id: UUID) -> None:
    """Let nobody go to a tool any more, and take nothing more from it; what it said before stays. Raises NotFound."""
    row = uow.session.get(Tool, tool_id)
    if row is None or not uow.can("courses.manage_tools", row.org_id):
        raise NotFound("auth.out_of_reach")
    if row.closed_at is None:
        row.closed_at = uow.now()
        uow.append_ledger(f"org:{row.org_id}", "courses.tool_closed", None, {"tool": row.id})


def subject_of(runtime: Runtime, tool: Tool, person_id: UUID) -> str:
    """Return the name of no meaning by which a tool knows a person: the same each time, another one at each tool."""
    return hashlib.sha256(runtime.keys.sign(f"tool:{tool.id}:{person_id}".encode()).encode()).hexdigest()[:40]


def note_tool_visit(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, tool_id: UUID) -> ToolVisit:
    """Note that a learner opens a step at a tool now; raise what `open_place` raises, NotFound for a closed tool."""
    place = open_place(uow, enrolment_id, block_id)
    tool = uow.session.get(Tool, tool_id)
    if tool is None or tool.closed_at is not None:
        raise NotFound("course.tool_none")
    here = sa.select(ToolVisit).where(ToolVisit.enrolment_id == enrolment_id, ToolVisit.block_id == block_id)
    row = uow.session.scalar(here)
    if row is None:
        row = ToolVisit(enrolment_id=enrolment_id, block_id=block_id)
        uow.session.add(row)
    row.tool_id, row.at = tool.id, uow.now()
    row.subject = subject_of(uow.runtime, tool, place.enrolment.person_id)
    uow.session.flush()
    return row


def fetch_keys(address: str) -> bytes:
    """Return the key set that stands at an address of the public web; raise NotFetched."""
    return Fetcher().fetch(address)


def refresh_tool_keys(runtime: Runtime, tool_id: UUID, kid: str = "") -> None:
    """Fetch the keys of a tool again when they are old, or when ``kid`` is none of them; without an answer the old ones stay.

    Stands outside of any transaction: another site is waited for.
    """
    with runtime.unit_of_work(SYSTEM) as uow:
        tool = uow.session.get(Tool, tool_id)
        if tool is None or tool.closed_at is not None or not tool.keys_address:
            return
        uow.lock("course_tool", tool.id)
        uow.session.refresh(tool)
        now, address = uow.now(), tool.keys_address
        is_known = any(row.get("kid") == kid for row in tool.keys) if kid else bool(tool.keys)
        is_fresh = tool.keys_at is not None and now - tool.keys_at < KEYS_HOLD
        is_early = tool.keys_tried_at is not None and now - tool.keys_tried_at < KEYS_PAUSE
        if (is_known and is_fresh) or is_early:
            return
        tool.keys_tried_at = now
    try:
        keys = read_jwks(fetch_keys(address).decode())
    except (NotFetched, BadToken, UnicodeDecodeError) as error:
        structlog.get_logger(__name__).warning("tool_keys", tool=str(tool_id), why=str(error)[:80])
        return
    with runtime.unit_of_work(SYSTEM) as uow:
        tool = uow.session.get_one(Tool, tool_id)
        uow.lock("course_tool", tool.id)
        uow.session.refresh(tool)
        tool.keys, tool.keys_at = keys, uow.now()


def use_once(uow: UnitOfWork, tool: Tool, once: str, ends: int) -> bool:
    """Remember that something of a tool was used, until the second ``ends``; tell whether it was the first time."""
    uow.lock("course_tool", tool.id)
    uow.session.refresh(tool)
    moment = int(uow.now().timestamp())
    used = {key: until for key, until in tool.used.items() if until + _AFTER_S > moment}
    if not once or once in used:
        return False
    tool.used = {**used, once: ends}
    return True


def take_choice(
    uow: UnitOfWork, answer: str, client_id: UUID, issuer: str
) -> tuple[Tool, str, ChosenItem | None]:
    """Return the tool that signed an answer, the data that came back and the task that was chosen; each is taken once.

    Raises Forbidden ``course.tool_choice`` for what is not signed by the tool for us, now, and for the first time, and
    InvalidInput ``course.tool_elsewhere`` for a task on another site than the tool's.
    """
    tool = uow.session.get(Tool, client_id)
    if tool is None or tool.closed_at is not None or not tool.offers_choice:
        raise Forbidden("course.tool_choice")
    try:
        said = read_token(answer, tool.keys, uow.now())
        data, item = read_choice(said, str(tool.org_id))
    except BadToken:
        raise Forbidden("course.tool_choice") from None
    named = said.get("aud")
    heard = named if isinstance(named, list) else [named]
    nonce = said.get("nonce")
    is_ours = said.get("iss") == str(tool.id) and issuer in heard and said.get("azp") in {None, issuer}
    once = (
        f"choice:{hashlib.sha256(nonce.encode()).hexdigest()[:40]}"
        if isinstance(nonce, str) and nonce
        else ""
    )
    if not is_ours or not use_once(uow, tool, once, int(said["exp"])):
        raise Forbidden("course.tool_choice")
    if item is not None and item.address and not same_site(item.address, tool.address):
        raise InvalidInput("course.tool_elsewhere")
    return tool, data, item


def prove_tool(uow: UnitOfWork, proof: str, client_id: UUID, audiences: Sequence[str]) -> Tool:
    """Return the tool that a proof (a JWT of its own) was signed by; each proof is taken once. Raises Forbidden."""
    tool = uow.session.get(Tool, client_id)
    if tool is None or tool.closed_at is not None or not tool.keys:
        raise Forbidden("course.tool_proof")
    uow.lock("course_tool", tool.id)
    uow.session.refresh(tool)
    try:
        said = read_token(proof, tool.keys, uow.now())
    except BadToken:
        raise Forbidden("course.tool_proof") from None
    named = said.get("aud")
    heard = named if isinstance(named, list) else [named]
    once = str(said.get("jti") or "")[:100]
    is_own = said.get("iss") == said.get("sub") == str(tool.id) and bool(
        set(audiences) & set(map(str, heard))
    )
    if not is_own or not use_once(uow, tool, once, int(said["exp"])):
        raise Forbidden("course.tool_proof")
    return tool


def take_score(uow: UnitOfWork, tool_id: UUID, block_id: UUID, said: Mapping[str, Any]) -> PlayReceipt:
    """Keep what a tool says of a learner who was sent to it: practice, unless the school lets it count and the step asks for it.

    Raises InvalidInput ``course.tool_score``, NotFound ``course.tool_visit`` (nobody of that name was sent there, or they have
    left the course), Conflict ``course.tool_older`` (something newer was said before).
    """
    try:
        heard = read_score(said)
    except BadToken:
        raise InvalidInput("course.tool_score") from None
    visit = visit_of(uow.session, block_id, heard.subject)
    tool = uow.session.get(Tool, tool_id)
    if visit is None or tool is None or tool.closed_at is not None or visit.tool_id != tool.id:
        raise NotFound("course.tool_visit")
    uow.lock("enrolment", visit.enrolment_id)
    uow.session.refresh(visit)
    enrolment = uow.session.get_one(Enrolment, visit.enrolment_id, populate_existing=True)
    course = uow.session.get_one(Course, enrolment.course_id)
    if enrolment.state not in _IN_COURSE:
        raise NotFound("course.tool_visit")
    uow.require("courses.judge_work", Look(enrolment.person_id, course.org_id, uow.now()))
    if visit.heard_at is not None and heard.at < visit.heard_at:
        raise Conflict("course.tool_older")
    visit.heard_at = heard.at
    receipt = _keep(
        uow,
        visit.enrolment_id,
        block_now(uow, enrolment, block_id),
        {"status": heard.status.value, "score": _text(heard.score), "state": None},
    )
    asked = _launch(uow, block_id)
    if tool.counts and asked is not None and asked.enough is not None and heard.is_final:
        score = heard.score or Decimal(0)
        once = uuid5(NAMESPACE_URL, f"{visit.id}/{heard.at.isoformat()}")
        here = block_now(uow, enrolment, block_id)
        if enrolled_shape(uow.session, enrolment).section_of(here) is not None:
            place = place_of(uow, enrolment, here)
            take_block_result(uow, place, once, score, is_passed=score >= asked.enough)
    return receipt


def _text(score: Decimal | None) -> str | None:
    return None if score is None else str(score)


def _launch(uow: UnitOfWork, block_id: UUID) -> Launch | None:
    block = uow.session.get_one(Block, block_id)
    plugin: object = uow.plugins(COURSE_BLOCKS).find(block.type)
    return plugin.launch(block.content) if isinstance(plugin, LaunchedBlock) else None


def _keep(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, part: dict[str, Any]) -> PlayReceipt:
    here = sa.select(Play).where(Play.enrolment_id == enrolment_id, Play.block_id == block_id)
    row = uow.session.scalar(here)
    if row is None:
        row = Play(enrolment_id=enrolment_id, block_id=block_id)
        uow.session.add(row)
    row.parts = {"1": part}
    row.status, row.score = whole_play(row.parts)
    row.at = uow.now()
    uow.session.flush()
    return PlayReceipt(block_id, row.status, row.score)
