"""Start, pause and end attempts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.events import AttemptSubmitted
from lms.assessment.models import (
    Attempt,
    AttemptPause,
    AttestationSession,
    BlueprintVersion,
    Entry,
    Grant,
)
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.rules.blueprint import Plan, form_hash
from lms.assessment.rules.timing import closing_time, deadline
from lms.assessment.service.clock import (
    conditions_of,
    entry_timing,
    note_conditions_used,
    refresh_deadline,
)
from lms.assessment.service.contents import contents_of, plan_known_by
from lms.assessment.service.impartial import require_impartial
from lms.assessment.service.journal import note_attempt
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.marking import grade_attempt
from lms.assessment.service.sealing import events_of, seal_ended
from lms.assessment.service.steps import first_form, start_part, write_form
from lms.assessment.settings import AssessmentSettings
from lms.assessment.types import OPEN_STATES, AttemptState, EndedBy, GrantKind
from lms.core.db import PlainRows, asking_once, fetch, insert_new
from lms.core.errors import Conflict, Forbidden, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.people.types import MeasureCode

__all__ = [
    "AttemptEnded",
    "AttemptStarted",
    "end_attempt",
    "expire_attempt",
    "pause_attempt",
    "resume_attempt",
    "start_attempt",
    "submit_attempt",
]


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A running attempt; ``is_new`` is False when it was running before."""

    id: UUID
    deadline_at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """An ended attempt and how far its marking is."""

    id: UUID
    state: AttemptState


def start_attempt(uow: UnitOfWork, entry_id: UUID) -> AttemptStarted:
    """Start the attempt of a place on a roster, or return the one that is running.

    Raises Conflict ``assessment.not_open_yet``, ``assessment.closed``, ``assessment.already_sat``, Forbidden
    ``assessment.gate_closed`` (with the gate's sentence).
    """
    uow.lock("entry", entry_id)
    entry, occasion, version = _place(uow.session, entry_id)
    uow.require("assessment.sit", entry)
    now = uow.now()
    earlier = fetch(uow.session, _EARLIER, entry_id=entry_id)
    if earlier and earlier[-1].state in OPEN_STATES:
        running = earlier[-1]
        return AttemptStarted(running.id, running.deadline_at, False)
    plan = _frozen_plan(uow, version)
    _require_another_try(uow.session, entry_id, plan, len(earlier))
    with asking_once(
        uow.session
    ):  # the gates want to know of the place what was asked here, before and after
        conditions = conditions_of(uow.session, entry.person_id, version.base_minutes, now)
        timing = entry_timing(uow.session, entry_id, occasion, version.base_minutes, conditions)
        if now < occasion.opens_at:
            raise Conflict("assessment.not_open_yet", opens_at=occasion.opens_at)
        if now >= closing_time(timing):
            raise Conflict("assessment.closed", closes_at=closing_time(timing))
        _require_open_gates(uow, entry, now)
        attempt = _lay_out_attempt(uow, entry, plan, version, deadline(timing, now), len(earlier) + 1)
        for gate in uow.plugins(ATTEMPT_GATES):
            gate.attempt_started(uow, attempt.id, entry_id)
    note_conditions_used(uow, conditions, attempt.id, occasion.title)
    return AttemptStarted(attempt.id, attempt.deadline_at, True)


_EARLIER = (
    sa.select(Attempt.id, Attempt.state, Attempt.deadline_at)
    .where(Attempt.entry_id == sa.bindparam("entry_id"))
    .order_by(Attempt.number)
)
_PLACE = PlainRows(
    sa.select(Entry, AttestationSession, BlueprintVersion)
    .join(AttestationSession, AttestationSession.id == Entry.session_id)
    .join(BlueprintVersion, BlueprintVersion.id == AttestationSession.blueprint_version_id)
    .where(
        Entry.id == sa.bindparam("entry_id"),
        Entry.withdrawn_at.is_(None),
        AttestationSession.cancelled_at.is_(None),
    )
    .with_for_update(read=True, of=(Entry, AttestationSession)),
    without=(BlueprintVersion.plan,),
)


def _place(session: Session, entry_id: UUID) -> tuple[Entry, AttestationSession, BlueprintVersion]:
    """Return a place on a roster; neither it nor its session can be taken back until the transaction ends."""
    rows = _PLACE.fetch(session, entry_id=entry_id)
    if not rows:
        raise NotFound("assessment.no_entry")
    return rows[0]


def _frozen_plan(uow: UnitOfWork, version: BlueprintVersion) -> Plan:
    """Return the plan; from the first attempt on its version cannot be changed any more.

    The row is locked once in its life, so that nobody rewrites the plan between this reading of it and the freezing.
    """
    if version.frozen_at is None:
        now = uow.session.get_one(BlueprintVersion, version.id, with_for_update=True, populate_existing=True)
        now.frozen_at = now.frozen_at or uow.now()
        return Plan.from_document(now.plan)
    return plan_known_by(uow.session, version.id, version.content_hash)


def _require_another_try(session: Session, entry_id: UUID, plan: Plan, earlier: int) -> None:
    """Raise unless a sitting is left: those of the plan, and one more for each that was granted."""
    if earlier < plan.sittings or plan.sittings == 0:
        return
    granted = session.scalar(
        sa.select(sa.func.count()).where(Grant.entry_id == entry_id, Grant.kind == GrantKind.ATTEMPT)
    )
    if earlier >= plan.sittings + (granted or 0):
        raise Conflict("assessment.already_sat")


def _require_open_gates(uow: UnitOfWork, entry: Entry, now: datetime) -> None:
    for gate in uow.plugins(ATTEMPT_GATES):
        verdict = gate.may_start(uow.session, entry.id, entry.person_id, now)
        if not verdict.is_open:
            raise Forbidden("assessment.gate_closed", gate=verdict.code, reason=verdict.title)


def _lay_out_attempt(
    uow: UnitOfWork, entry: Entry, plan: Plan, version: BlueprintVersion, ends_at: datetime, number: int
) -> Attempt:
    """Write the attempt and its questions."""
    seed = secrets.randbits(53)
    form = first_form(plan, seed)
    contents = contents_of(uow.session, (item.item_version_id for item in form))
    is_stepwise = plan.is_stepwise
    attempt = Attempt(
        id=new_id(),
        entry_id=entry.id,
        number=number,
        person_id=entry.person_id,
        session_id=entry.session_id,
        blueprint_version_id=version.id,
        seed=seed,
        form_hash=form_hash(form, {key: kept.content_hash for key, kept in contents.items()}),
        item_count=plan.item_count,
        reached=int(is_stepwise),
        reached_to=int(is_stepwise),
        state=AttemptState.IN_PROGRESS,
        revision=1,
        started_at=uow.now(),
        deadline_at=ends_at,
    )
    if parts := plan.parts():
        start_part(uow, attempt, plan, parts[0])
    insert_new(uow.session, attempt)
    write_form(uow.session, attempt.id, form)
    return attempt


def submit_attempt(uow: UnitOfWork, attempt_id: UUID) -> AttemptEnded:
    """Hand in an attempt; handing it in again changes nothing. Closed questions are marked at once."""
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.sit", attempt)
    if attempt.state in OPEN_STATES:
        end_attempt(uow, attempt, EndedBy.STUDENT)
    return AttemptEnded(attempt.id, attempt.state)


def expire_attempt(uow: UnitOfWork, attempt_id: UUID) -> AttemptEnded:
    """End an attempt whose time and grace are over; does nothing when they are not, or when it ended before."""
    attempt = locked_attempt(uow.session, attempt_id)
    grace = timedelta(seconds=uow.runtime.settings.of(AssessmentSettings).grace_s)
    is_over = refresh_deadline(uow.session, attempt, uow.now()) + grace <= uow.now()
    if attempt.state in OPEN_STATES and is_over:
        end_attempt(uow, attempt, EndedBy.EXPIRY)
    return AttemptEnded(attempt.id, attempt.state)


def end_attempt(uow: UnitOfWork, attempt: Attempt, ended_by: EndedBy) -> None:
    """End a running attempt (its row is locked): mark what a machine can mark, seal answers and marks, tell the gates.

    Nobody has marked, sealed or decided anything about it before, so nothing of that is asked for.
    """
    now = uow.now()
    if attempt.state is AttemptState.PAUSED:
        for pause in _open_pauses(uow.session, attempt.id):
            pause.ended_at = now
    if now > attempt.deadline_at:
        refresh_deadline(uow.session, attempt, now)
    attempt.state = AttemptState.EXPIRED if ended_by is EndedBy.EXPIRY else AttemptState.SUBMITTED
    attempt.ended_at, attempt.ended_by = now, ended_by
    attempt.revision += 1
    submitted = AttemptSubmitted(attempt.id, attempt.person_id, attempt.session_id)
    with (
        uow.session.no_autoflush
    ):  # nothing is written before everything is read: so each row is written once
        events = events_of(uow.session, attempt.id)
        marks = grade_attempt(uow, attempt, events, submitted)
    seal_ended(uow, attempt, events, marks)
    for gate in uow.plugins(ATTEMPT_GATES):
        gate.attempt_ended(uow, attempt.id)


def _open_pauses(session: Session, attempt_id: UUID) -> Iterable[AttemptPause]:
    return session.scalars(
        sa.select(AttemptPause).where(AttemptPause.attempt_id == attempt_id, AttemptPause.ended_at.is_(None))
    ).all()


def pause_attempt(uow: UnitOfWork, attempt_id: UUID, reason: str = "") -> AttemptEnded:
    """Stop the clock: an agreed rest break (the student, as often as agreed), or a stop by staff.

    Raises Conflict ``assessment.own_break`` when staff would stop it in a break of the student's own.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.pause", attempt)
    if attempt.state is AttemptState.PAUSED:
        _leave_own_break(uow, attempt)
        return AttemptEnded(attempt.id, attempt.state)
    if attempt.state is not AttemptState.IN_PROGRESS or uow.now() >= attempt.deadline_at:
        raise Conflict("assessment.not_running")
    is_own = uow.actor.person_id == attempt.person_id
    if not is_own:
        require_impartial(uow, attempt.person_id)
    pause = AttemptPause(
        id=new_id(),
        attempt_id=attempt.id,
        reason=reason,
        started_by=uow.actor.person_id,
        started_at=uow.now(),
        max_minutes=_agreed_break(uow, attempt) if is_own else None,
    )
    uow.session.add(pause)
    attempt.state = AttemptState.PAUSED
    attempt.revision += 1
    stopped = {"pause_id": pause.id, "max_minutes": pause.max_minutes, "reason": reason}
    note_attempt(uow, attempt, "assessment.clock_stopped", stopped)
    return AttemptEnded(attempt.id, attempt.state)


def _leave_own_break(uow: UnitOfWork, attempt: Attempt) -> None:
    """Raise Conflict ``assessment.own_break`` when staff would stop or end an agreed break: it is the student's."""
    if uow.actor.person_id != attempt.person_id and stopped_by_staff(uow.session, attempt) is None:
        raise Conflict("assessment.own_break")


def stopped_by_staff(session: Session, attempt: Attempt) -> str | None:
    """Return why staff has stopped the clock of an attempt, or None where nobody has (a break of one's own is none)."""
    stop = next(
        (pause for pause in _open_pauses(session, attempt.id) if pause.started_by != attempt.person_id), None
    )
    return None if stop is None else stop.reason


def _agreed_break(uow: UnitOfWork, attempt: Attempt) -> int:
    """Return the minutes of the student's next agreed break; raise Conflict ``assessment.no_break_left``."""
    conditions = conditions_of(uow.session, attempt.person_id, None, uow.now())
    breaks = conditions.rest_breaks
    taken = uow.session.scalar(
        sa.select(sa.func.count()).where(
            AttemptPause.attempt_id == attempt.id, AttemptPause.started_by == attempt.person_id
        )
    )
    if breaks is None or (taken or 0) >= breaks[0]:
        raise Conflict("assessment.no_break_left")
    title = uow.session.get_one(AttestationSession, attempt.session_id).title
    note_conditions_used(uow, conditions, attempt.id, title, taken=(MeasureCode.REST_BREAKS,))
    return breaks[1]


def resume_attempt(uow: UnitOfWork, attempt_id: UUID) -> AttemptStarted:
    """Let the clock run on; the deadline moves by the length of the pause. Who stopped it as staff lets it go on as staff.

    Raises Conflict ``assessment.not_running``, ``assessment.stopped_by_staff``, ``assessment.own_break``; Forbidden ``assessment.not_impartial``.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.pause", attempt)
    if uow.actor.person_id != attempt.person_id:
        require_impartial(uow, attempt.person_id)
    elif stopped_by_staff(uow.session, attempt) is not None:
        raise Conflict("assessment.stopped_by_staff")
    if attempt.state is not AttemptState.PAUSED:
        if attempt.state is AttemptState.IN_PROGRESS:
            return AttemptStarted(attempt.id, attempt.deadline_at, False)
        raise Conflict("assessment.not_running")
    _leave_own_break(uow, attempt)
    for pause in _open_pauses(uow.session, attempt.id):
        pause.ended_at = uow.now()
    uow.session.flush()
    attempt.state = AttemptState.IN_PROGRESS
    attempt.revision += 1
    refresh_deadline(uow.session, attempt, uow.now())
    note_attempt(uow, attempt, "assessment.clock_resumed", {"deadline_at": attempt.deadline_at})
    return AttemptStarted(attempt.id, attempt.deadline_at, False)
