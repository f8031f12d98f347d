"""Fix attestation sessions for a class or named students, and the re-sits of those who owe one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.access_rules import Candidate
from lms.assessment.models import Attempt, AttestationSession, Entry, SessionCommission
from lms.assessment.queries.debts import debt_in
from lms.assessment.queries.scheduling import commission_of, session_sign
from lms.assessment.rules.resits import COMMISSION_SIZE, MOST_RESITS, refusal
from lms.assessment.rules.venues import in_order, usual_mode
from lms.assessment.service.clock import refresh_deadline
from lms.assessment.service.impartial import close_among
from lms.assessment.service.sessions import admit, create_session
from lms.assessment.types import OPEN_STATES, SessionKind, VenueMode
from lms.core.db import day_of
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.people.queries import holders_of
from lms.people.types import RoleKind

__all__ = [
    "NewSitting",
    "RosterChange",
    "admit_all",
    "change_commission",
    "change_session",
    "schedule",
    "seat",
]


@dataclass(frozen=True, slots=True)
class NewSitting:
    """A session to be fixed; ``resit_of`` names the session that it repeats, ``commission`` who sits before a second re-sit.

    ``form_id`` tells a form that is sent twice from two forms with the same in them.
    """

    org_id: UUID
    kind: SessionKind
    blueprint_version_id: UUID
    opens_at: datetime
    closes_at: datetime
    title: str = ""
    venue: str = ""
    venue_modes: tuple[VenueMode, ...] = (VenueMode.ONLINE,)
    resit_of: UUID | None = None
    commission: tuple[UUID, ...] = ()
    form_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RosterChange:
    """Who came onto a roster, and who stayed out with the code of the reason."""

    admitted: tuple[UUID, ...]
    left_out: tuple[tuple[UUID, str], ...]


def schedule(uow: UnitOfWork, sitting: NewSitting) -> UUID:
    """Open a session, for the first time or as a re-sit, and return its id; the same form sent twice is one session.

    Raises InvalidInput ``assessment.resit_too_many``, ``assessment.resit_needs_commission``,
    ``assessment.commission_unknown``; NotFound ``assessment.no_session``.
    """
    uow.require("assessment.schedule", sitting.org_id)
    own_id = sitting.form_id or new_id()
    uow.lock("attestation_session", own_id)
    there = uow.session.get(AttestationSession, own_id)
    if there is not None and _is_the_same(uow, there, sitting):
        return there.id
    if there is not None:  # the page was gone back to, and another session was fixed on it
        own_id = new_id()
    resit_no = _resit_no(uow, sitting)
    commission = _commission(uow, sitting.org_id, resit_no, sitting.commission)
    session_id = create_session(
        uow,
        sitting.org_id,
        sitting.kind,
        sitting.blueprint_version_id,
        sitting.opens_at,
        sitting.closes_at,
        title=sitting.title.strip() or None,
        resit_no=resit_no,
        venue=sitting.venue.strip(),
        venue_modes=sitting.venue_modes,
        session_id=own_id,
    )
    uow.session.get_one(AttestationSession, session_id).resit_of = sitting.resit_of
    uow.session.add_all(SessionCommission(session_id=session_id, person_id=person) for person in commission)
    uow.session.flush()
    payload = {
        "session": session_id,
        "kind": sitting.kind,
        "resit_no": resit_no,
        "resit_of": sitting.resit_of,
    }
    uow.append_ledger(f"org:{sitting.org_id}", "assessment.scheduled", None, payload)
    return session_id


def _is_the_same(uow: UnitOfWork, there: AttestationSession, sitting: NewSitting) -> bool:
    """Tell whether the session that stands is what the actor's form asks for again."""
    names = ("org_id", "kind", "blueprint_version_id", "opens_at", "closes_at", "resit_of")
    if there.created_by != uow.actor.person_id or there.cancelled_at is not None:
        return False
    said = (sitting.title.strip() or there.title, sitting.venue.strip())
    return (there.title, there.venue) == said and all(
        getattr(there, name) == getattr(sitting, name) for name in names
    )


def _commission(uow: UnitOfWork, org_id: UUID, resit_no: int, chosen: Iterable[UUID]) -> list[UUID]:
    """Return the chosen people, each once, when they can be the commission of a session."""
    holders = {
        *holders_of(uow.session, org_id, RoleKind.COMMISSION_MEMBER, uow.now()),
        *holders_of(uow.session, org_id, RoleKind.COMMISSION_CHAIR, uow.now()),
    }
    commission = list(dict.fromkeys(chosen))
    code = ""
    if not set(commission) <= holders:
        code = "assessment.commission_unknown"
    elif resit_no == MOST_RESITS and len(commission) < COMMISSION_SIZE:
        code = "assessment.resit_needs_commission"
    if code:
        raise InvalidInput(code, fields={"commission": [code]})
    return commission


def change_commission(uow: UnitOfWork, session_id: UUID, chosen: Iterable[UUID], reason: str) -> None:
    """Name another commission before anybody has begun; who sat on it before, and why it changed, stay in the chain.

    Raises InvalidInput ``assessment.reason_missing``, ``assessment.commission_unknown``, ``assessment.commission_close``,
    ``assessment.resit_needs_commission``; Conflict ``assessment.commission_begun``, ``assessment.session_cancelled``.
    """
    row = uow.session.get(AttestationSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("assessment.no_session")
    uow.require("assessment.schedule", row)
    if row.cancelled_at is not None:
        raise Conflict("assessment.session_cancelled")
    if not reason.strip():
        raise InvalidInput("assessment.reason_missing", fields={"reason": ["assessment.reason_missing"]})
    uow.lock("attestation_session", session_id)
    if uow.session.scalar(sa.select(sa.exists().where(Attempt.session_id == session_id))):
        raise Conflict("assessment.commission_begun")
    commission = _commission(uow, row.org_id, row.resit_no, chosen)
    roster = sa.select(Entry.person_id).where(Entry.session_id == session_id, Entry.withdrawn_at.is_(None))
    if close_among(uow, commission, set(uow.session.scalars(roster))):
        code = "assessment.commission_close"
        raise InvalidInput(code, fields={"commission": [code]})
    before = commission_of(uow.session, session_id)
    uow.session.execute(sa.delete(SessionCommission).where(SessionCommission.session_id == session_id))
    uow.session.add_all(SessionCommission(session_id=session_id, person_id=person) for person in commission)
    uow.session.flush()
    payload = {
        "session": session_id,
        "before": sorted(map(str, before)),
        "after": sorted(map(str, commission)),
        "reason": reason.strip(),
    }
    uow.append_ledger(f"org:{row.org_id}", "assessment.commission_changed", None, payload)


def _resit_no(uow: UnitOfWork, sitting: NewSitting) -> int:
    """Return which re-sit it is: one more than the session that it repeats."""
    if sitting.resit_of is None:
        return 0
    before = uow.session.get(AttestationSession, sitting.resit_of)
    if before is None or before.org_id != sitting.org_id or before.cancelled_at is not None:
        raise NotFound("assessment.no_session")
    if before.resit_no >= MOST_RESITS:
        raise InvalidInput("assessment.resit_too_many")
    return before.resit_no + 1


def admit_all(uow: UnitOfWork, session_id: UUID, people: Iterable[UUID]) -> RosterChange:
    """Put people on a roster; whoever may not be there stays out, with the reason, and keeps nobody else out."""
    occasion = uow.session.get(AttestationSession, session_id)
    if occasion is None:
        raise NotFound("assessment.no_session")
    uow.require("assessment.schedule", occasion)
    admitted, left_out = [], []
    for person_id in dict.fromkeys(people):
        code = _obstacle(uow, occasion, person_id)
        if not code:
            try:
                admit(uow, session_id, person_id)
            except Conflict as error:
                code = error.code
        if code:
            left_out.append((person_id, code))
        else:
            admitted.append(person_id)
    return RosterChange(tuple(admitted), tuple(left_out))


def _obstacle(uow: UnitOfWork, occasion: AttestationSession, person_id: UUID) -> str:
    """Return the code of what keeps somebody off a roster before anything is tried, or the empty text."""
    if not uow.can("assessment.admit", Candidate(person_id, occasion.org_id)):
        return "assessment.not_yours"
    if occasion.resit_of is None:
        return ""
    commission = uow.session.scalar(
        sa.select(sa.func.count())
        .select_from(SessionCommission)
        .where(SessionCommission.session_id == occasion.id)
    )
    return refusal(
        debt_in(uow.session, occasion.resit_of, person_id, uow.now()),
        resit_no=occasion.resit_no,
        on=day_of(uow.session, occasion.opens_at),
        commission=commission or 0,
    )


def seat(uow: UnitOfWork, entry_id: UUID, mode: VenueMode) -> None:
    """Say where one student sits, of what the session allows, as long as they have not begun.

    Raises InvalidInput ``assessment.venue_modes``; Conflict ``assessment.session_started``; NotFound ``assessment.no_entry``.
    """
    entry = uow.session.get(Entry, entry_id, with_for_update=True, populate_existing=True)
    if entry is None or entry.withdrawn_at is not None:
        raise NotFound("assessment.no_entry")
    occasion = uow.session.get_one(AttestationSession, entry.session_id)
    uow.require("assessment.schedule", occasion)
    if mode.value not in occasion.venue_modes:
        raise InvalidInput("assessment.venue_modes", fields={"venue_mode": ["assessment.venue_modes"]})
    if uow.session.scalar(sa.select(sa.exists().where(Attempt.entry_id == entry_id))):
        raise Conflict("assessment.session_started")
    entry.venue_mode = mode


def _move_seats(uow: UnitOfWork, row: AttestationSession, modes: Collection[VenueMode]) -> None:
    """Let a session be sat in ``modes``; whoever sat elsewhere and has not begun sits as they usually would."""
    if not modes:
        raise InvalidInput("assessment.venue_modes", fields={"venue_modes": ["assessment.venue_modes"]})
    row.venue_modes = [mode.value for mode in in_order(modes)]
    begun = sa.select(Attempt.entry_id).where(Attempt.session_id == row.id)
    for entry in uow.session.scalars(
        sa.select(Entry).where(
            Entry.session_id == row.id, Entry.venue_mode.not_in(list(modes)), Entry.id.not_in(begun)
        )
    ):
        entry.venue_mode = usual_mode(entry.ground, modes)


def change_session(
    uow: UnitOfWork,
    session_id: UUID,
    *,
    title: str,
    venue: str,
    venue_modes: Collection[VenueMode] | None = None,
    opens_at: datetime,
    closes_at: datetime,
    seen: str | None = None,
) -> None:
    """Change name, place and window; once somebody has begun, the window only grows, and running clocks follow.

    ``venue_modes`` None leaves where it can be sat as it is. ``seen`` is the sign of what the writer was shown.

    Raises InvalidInput ``assessment.window``, ``assessment.window_shrinks``, ``assessment.venue_modes``; Conflict
    ``assessment.session_cancelled``, ``assessment.session_changed`` where somebody has changed it since.
    """
    row = uow.session.get(AttestationSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("assessment.no_session")
    uow.require("assessment.schedule", row)
    if row.cancelled_at is not None:
        raise Conflict("assessment.session_cancelled")
    now = session_sign(row.title, row.venue, row.venue_modes, row.opens_at, row.closes_at)
    if seen is not None and seen != now:
        modes = row.venue_modes if venue_modes is None else venue_modes
        if session_sign(title.strip() or row.title, venue.strip(), modes, opens_at, closes_at) == now:
            return  # a double click: what is asked for holds already
        raise Conflict("assessment.session_changed")
    if closes_at <= opens_at:
        raise InvalidInput("assessment.window", fields={"closes_at": ["assessment.window"]})
    has_begun = uow.session.scalar(sa.select(sa.exists().where(Attempt.session_id == session_id)))
    if has_begun and (opens_at != row.opens_at or closes_at < row.closes_at):
        raise InvalidInput("assessment.window_shrinks", fields={"closes_at": ["assessment.window_shrinks"]})
    before = (row.opens_at, row.closes_at)
    row.title, row.venue = title.strip() or row.title, venue.strip()
    row.opens_at, row.closes_at = opens_at, closes_at
    if venue_modes is not None:
        _move_seats(uow, row, venue_modes)
    uow.session.flush()
    for attempt in uow.session.scalars(
        sa.select(Attempt)
        .join(Entry, Entry.id == Attempt.entry_id)
        .where(Attempt.session_id == session_id, Attempt.state.in_(OPEN_STATES))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
    ):
        refresh_deadline(uow.session, attempt, uow.now())
    if before != (opens_at, closes_at):
        payload = {"session": session_id, "opens_at": opens_at, "closes_at": closes_at}
        uow.append_ledger(f"org:{row.org_id}", "assessment.rescheduled", None, payload)
