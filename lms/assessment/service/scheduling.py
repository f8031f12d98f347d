"""Fix attestation sessions for a class or named students, and the re-sits of those who owe one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.access_rules import Candidate
from lms.assessment.models import Attempt, AttestationSession, Entry, SessionCommission
from lms.assessment.queries.debts import debt_in
from lms.assessment.rules.resits import COMMISSION_SIZE, MOST_RESITS, refusal
from lms.assessment.service.clock import refresh_deadline
from lms.assessment.service.sessions import admit, create_session
from lms.assessment.types import OPEN_STATES, SessionKind
from lms.core.db import day_of
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.queries import holders_of
from lms.people.types import RoleKind

__all__ = ["NewSitting", "RosterChange", "admit_all", "change_session", "schedule"]


@dataclass(frozen=True, slots=True)
class NewSitting:
    """A session to be fixed; ``resit_of`` names the session that it repeats, ``commission`` who sits before a second re-sit."""

    org_id: UUID
    kind: SessionKind
    blueprint_version_id: UUID
    opens_at: datetime
    closes_at: datetime
    title: str = ""
    venue: str = ""
    resit_of: UUID | None = None
    commission: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterChange:
    """Who came onto a roster, and who stayed out with the code of the reason."""

    admitted: tuple[UUID, ...]
    left_out: tuple[tuple[UUID, str], ...]


def schedule(uow: UnitOfWork, sitting: NewSitting) -> UUID:
    """Open a session, for the first time or as a re-sit, and return its id.

    Raises InvalidInput ``assessment.resit_too_many``, ``assessment.resit_needs_commission``,
    ``assessment.commission_unknown``; NotFound ``assessment.no_session``.
    """
    uow.require("assessment.schedule", sitting.org_id)
    resit_no = _resit_no(uow, sitting)
    holders = {
        *holders_of(uow.session, sitting.org_id, RoleKind.COMMISSION_MEMBER, uow.now()),
        *holders_of(uow.session, sitting.org_id, RoleKind.COMMISSION_CHAIR, uow.now()),
    }
    commission = dict.fromkeys(sitting.commission)
    if not set(commission) <= holders:
        raise InvalidInput(
            "assessment.commission_unknown", fields={"commission": ["assessment.commission_unknown"]}
        )
    if resit_no == MOST_RESITS and len(commission) < COMMISSION_SIZE:
        code = "assessment.resit_needs_commission"
        raise InvalidInput(code, fields={"commission": [code]})
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


def change_session(
    uow: UnitOfWork, session_id: UUID, *, title: str, venue: str, opens_at: datetime, closes_at: datetime
) -> None:
    """Change name, place and window; once somebody has begun, the window only grows, and running clocks follow.

    Raises InvalidInput ``assessment.window``, ``assessment.window_shrinks``; Conflict ``assessment.session_cancelled``.
    """
    row = uow.session.get(AttestationSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("assessment.no_session")
    uow.require("assessment.schedule", row)
    if row.cancelled_at is not None:
        raise Conflict("assessment.session_cancelled")
    if closes_at <= opens_at:
        raise InvalidInput("assessment.window", fields={"closes_at": ["assessment.window"]})
    has_begun = uow.session.scalar(sa.select(sa.exists().where(Attempt.session_id == session_id)))
    if has_begun and (opens_at != row.opens_at or closes_at < row.closes_at):
        raise InvalidInput("assessment.window_shrinks", fields={"closes_at": ["assessment.window_shrinks"]})
    before = (row.opens_at, row.closes_at)
    row.title, row.venue = title.strip() or row.title, venue.strip()
    row.opens_at, row.closes_at = opens_at, closes_at
    uow.session.flush()
    for attempt in uow.session.scalars(
        sa.select(Attempt)
        .join(Entry, Entry.id == Attempt.entry_id)
        .where(Attempt.session_id == session_id, Attempt.state.in_(OPEN_STATES))
        .with_for_update(of=Attempt)
    ):
        refresh_deadline(uow.session, attempt, uow.now())
    if before != (opens_at, closes_at):
        payload = {"session": session_id, "opens_at": opens_at, "closes_at": closes_at}
        uow.append_ledger(f"org:{row.org_id}", "assessment.rescheduled", None, payload)
