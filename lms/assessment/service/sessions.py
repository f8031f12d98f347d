"""Open attestation sessions, keep their rosters, grant what one person gets on top."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.access_rules import Candidate
from lms.assessment.models import Attempt, AttestationSession, Blueprint, BlueprintVersion, Entry, Grant
from lms.assessment.queries.scheduling import commission_of
from lms.assessment.rules.venues import in_order, usual_mode
from lms.assessment.service.clock import refresh_deadline
from lms.assessment.service.impartial import close_among, require_impartial
from lms.assessment.service.journal import note_entry
from lms.assessment.service.notices import ANNOUNCED, tell_family
from lms.assessment.types import OPEN_STATES, GrantKind, SessionKind, VenueMode
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.people.queries import current_admission
from lms.people.types import AdmissionGround

__all__ = ["Admitted", "admit", "cancel_session", "create_session", "grant", "withdraw_entry"]

#: Letters and digits that cannot be taken for one another; an alias stands for the name in blind marking.
_ALIAS_SIGNS = "ACDEFHJKLMNPQRTUVWXY34679"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A place on a roster; ``is_new`` is False when it was there before."""

    id: UUID
    is_new: bool


def create_session(
    uow: UnitOfWork,
    org_id: UUID,
    kind: SessionKind,
    blueprint_version_id: UUID,
    opens_at: datetime,
    closes_at: datetime,
    *,
    title: str | None = None,
    resit_no: int = 0,
    venue: str = "",
    venue_modes: Collection[VenueMode] = (VenueMode.ONLINE,),
    session_id: UUID | None = None,
) -> UUID:
    """Open an attestation session for a plan of the same organisation and return its id (``session_id``, if one is chosen).

    Raises InvalidInput ``assessment.window``, ``assessment.practice_kind``, ``assessment.venue_modes`` (none is allowed).
    """
    uow.require("assessment.schedule", org_id)
    row = uow.session.execute(
        sa.select(BlueprintVersion, Blueprint)
        .join(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
        .where(BlueprintVersion.id == blueprint_version_id)
    ).first()
    if row is None or row[1].org_id != org_id:
        raise NotFound("assessment.no_blueprint")
    if closes_at <= opens_at:
        raise InvalidInput("assessment.window", fields={"closes_at": ["assessment.window"]})
    if row[0].plan.get("is_practice") and kind not in {SessionKind.CURRENT, SessionKind.DIAGNOSTIC}:
        raise InvalidInput("assessment.practice_kind", fields={"kind": ["assessment.practice_kind"]})
    if not venue_modes:
        raise InvalidInput("assessment.venue_modes", fields={"venue_modes": ["assessment.venue_modes"]})
    session = AttestationSession(
        id=session_id or new_id(),
        org_id=org_id,
        kind=kind,
        blueprint_version_id=blueprint_version_id,
        title=title or row[1].title,
        subject=row[1].subject,
        opens_at=opens_at,
        closes_at=closes_at,
        resit_no=resit_no,
        venue=venue,
        venue_modes=[mode.value for mode in in_order(venue_modes)],
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(session)
    uow.session.flush()
    return session.id


def cancel_session(uow: UnitOfWork, session_id: UUID) -> None:
    """Cancel a session that nobody has started."""
    session = _session(uow, session_id, is_changing=True)
    uow.require("assessment.schedule", session)
    if uow.session.scalar(sa.select(sa.exists().where(Attempt.session_id == session_id))):
        raise Conflict("assessment.session_started")
    session.cancelled_at = session.cancelled_at or uow.now()


def admit(uow: UnitOfWork, session_id: UUID, person_id: UUID, reference: str = "") -> Admitted:
    """Put a person on a session's roster; doing it again changes nothing, but brings back who was taken off, as studying now.

    ``reference`` is opaque here and comes back with the result; it stays as it is once the exam was begun.

    Raises Conflict ``assessment.session_cancelled``, ``assessment.not_admitted`` for somebody who does not belong to the
    session's organisation now, ``assessment.commission_close`` for somebody close to a member of its commission,
    ``assessment.reference_taken``.
    """
    session = _session(uow, session_id)
    uow.require("assessment.admit", Candidate(person_id, session.org_id))
    if session.cancelled_at is not None:
        raise Conflict("assessment.session_cancelled")
    admission = current_admission(uow.session, person_id, uow.today(), among=[session.org_id])
    if admission is None:
        raise Conflict("assessment.not_admitted")
    uow.lock("attestation_session", session_id)
    if close_among(uow, commission_of(uow.session, session_id), {person_id}):
        raise Conflict("assessment.commission_close")
    ground = AdmissionGround(admission.ground)
    seat = usual_mode(ground, [VenueMode(mode) for mode in session.venue_modes])
    entry = uow.session.scalar(
        sa.select(Entry).where(Entry.session_id == session_id, Entry.person_id == person_id)
    )
    if entry is not None:
        if entry.withdrawn_at is not None and not _is_begun(uow, entry):
            entry.ground, entry.venue_mode = ground, seat
        entry.withdrawn_at = None
        _refer(uow, entry, reference)
        return Admitted(entry.id, False)
    entry = Entry(
        session_id=session_id,
        person_id=person_id,
        reference=reference,
        alias="".join(secrets.choice(_ALIAS_SIGNS) for _ in range(5)),
        ground=ground,
        venue_mode=seat,
        admitted_by=uow.actor.person_id,
        admitted_at=uow.now(),
    )
    uow.session.add(entry)
    uow.session.flush()
    tell_family(uow, ANNOUNCED, entry.id, person_id)
    return Admitted(entry.id, True)


def _refer(uow: UnitOfWork, entry: Entry, reference: str) -> None:
    """Keep under which reference the result comes back; an exam that was begun for one thing never counts for another."""
    if not reference or reference == entry.reference:
        return
    if entry.reference and _is_begun(uow, entry):
        raise Conflict("assessment.reference_taken")
    entry.reference = reference


def _is_begun(uow: UnitOfWork, entry: Entry) -> bool:
    return bool(uow.session.scalar(sa.select(sa.exists().where(Attempt.entry_id == entry.id))))


def withdraw_entry(uow: UnitOfWork, entry_id: UUID) -> None:
    """Take a person off a roster who has not started."""
    entry = _entry(uow, entry_id, is_changing=True)
    uow.require("assessment.admit", entry)
    if _is_begun(uow, entry):
        raise Conflict("assessment.attempt_started")
    entry.withdrawn_at = entry.withdrawn_at or uow.now()


def grant(
    uow: UnitOfWork,
    entry_id: UUID,
    kind: GrantKind,
    minutes: int,
    reason: str,
    *,
    grant_id: UUID | None = None,
) -> UUID:
    """Grant one person extra time, a later end of the window or another attempt, with a reason.

    A running attempt has the time at once. The same form sent twice, which ``grant_id`` tells, grants once: what was given is
    never taken back. Raises Conflict ``assessment.granted_elsewhere`` where that id stands for a grant of somebody else.
    """
    entry = _entry(uow, entry_id)
    uow.require("assessment.admit", entry)
    require_impartial(uow, entry.person_id)
    uow.lock("entry", entry_id)
    there = None if grant_id is None else uow.session.get(Grant, grant_id)
    if there is not None and there.entry_id != entry_id:
        raise Conflict("assessment.granted_elsewhere")
    if there is not None:
        return there.id
    if not reason.strip():
        raise InvalidInput("assessment.reason_missing", fields={"reason": ["assessment.reason_missing"]})
    if minutes < 0 or (minutes == 0 and kind is not GrantKind.ATTEMPT):
        raise InvalidInput("assessment.grant_minutes", fields={"minutes": ["assessment.grant_minutes"]})
    row = Grant(
        id=grant_id or new_id(),
        entry_id=entry_id,
        kind=kind,
        minutes=minutes,
        reason=reason.strip(),
        granted_by=uow.actor.person_id,
        granted_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    for attempt in uow.session.scalars(
        sa.select(Attempt)
        .where(Attempt.entry_id == entry_id, Attempt.state.in_(OPEN_STATES))
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        refresh_deadline(uow.session, attempt, uow.now())
    uow.log_access("assessment.admit", entry.person_id, "assessment.grant", row.id)
    granted = {"grant_id": row.id, "kind": kind, "minutes": minutes, "reason": row.reason}
    note_entry(uow, entry, "assessment.granted", granted)
    return row.id


def _session(uow: UnitOfWork, session_id: UUID, *, is_changing: bool = False) -> AttestationSession:
    """Return a session; its row locked when it is about to change, so that nobody starts meanwhile."""
    session = uow.session.get(
        AttestationSession, session_id, with_for_update=is_changing or None, populate_existing=is_changing
    )
    if session is None:
        raise NotFound("assessment.no_session")
    return session


def _entry(uow: UnitOfWork, entry_id: UUID, *, is_changing: bool = False) -> Entry:
    """Return a place on a roster; its row locked when it is about to change, so that nobody starts meanwhile."""
    entry = uow.session.get(
        Entry, entry_id, with_for_update=is_changing or None, populate_existing=is_changing
    )
    if entry is None:
        raise NotFound("assessment.no_entry")
    return entry
