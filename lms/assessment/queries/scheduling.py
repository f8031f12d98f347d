"""Read what the organisers of sessions change: the session itself, one place on its roster, its commission."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import (
    Attempt,
    AttestationSession,
    Blueprint,
    BlueprintVersion,
    Entry,
    Grant,
    SessionCommission,
)
from lms.assessment.types import SessionKind, VenueMode
from lms.core.errors import NotFound
from lms.people.types import AdmissionGround

__all__ = [
    "EntryCard",
    "GrantRow",
    "SittingCard",
    "commission_of",
    "entry_card",
    "is_granted",
    "plan_org",
    "session_sign",
    "sitting_card",
]


@dataclass(frozen=True, slots=True)
class SittingCard:
    """A session as whoever fixes it sees it; ``sign`` is another one after name, place or window have changed."""

    id: UUID
    org_id: UUID
    title: str
    kind: SessionKind
    blueprint_version_id: UUID
    opens_at: datetime
    closes_at: datetime
    resit_no: int
    venue: str
    venue_modes: tuple[VenueMode, ...]
    is_cancelled: bool
    has_begun: bool
    sign: str


def sitting_card(session: Session, session_id: UUID) -> SittingCard:
    """Return a session; raise NotFound ``assessment.no_session``."""
    row = session.get(AttestationSession, session_id)
    if row is None:
        raise NotFound("assessment.no_session")
    has_begun = session.scalar(sa.select(sa.exists().where(Attempt.session_id == session_id)))
    return SittingCard(
        row.id,
        row.org_id,
        row.title,
        row.kind,
        row.blueprint_version_id,
        row.opens_at,
        row.closes_at,
        row.resit_no,
        row.venue,
        tuple(VenueMode(mode) for mode in row.venue_modes),
        row.cancelled_at is not None,
        bool(has_begun),
        session_sign(row.title, row.venue, row.venue_modes, row.opens_at, row.closes_at),
    )


def session_sign(
    title: str, venue: str, modes: Iterable[str], opens_at: datetime, closes_at: datetime
) -> str:
    """Return a sign of a session's name, place and window: a page that was shown another one is old."""
    said = json.dumps([title, venue, sorted(modes), opens_at.timestamp(), closes_at.timestamp()])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def commission_of(session: Session, session_id: UUID) -> list[UUID]:
    """Return who sits on the commission of a session."""
    return list(
        session.scalars(
            sa.select(SessionCommission.person_id).where(SessionCommission.session_id == session_id)
        )
    )


def plan_org(session: Session, version_id: UUID) -> UUID:
    """Return whose plan a version belongs to; raise NotFound ``assessment.no_blueprint``."""
    found = session.scalar(
        sa.select(Blueprint.org_id)
        .join(BlueprintVersion, BlueprintVersion.blueprint_id == Blueprint.id)
        .where(BlueprintVersion.id == version_id)
    )
    if found is None:
        raise NotFound("assessment.no_blueprint")
    return found


@dataclass(frozen=True, slots=True)
class GrantRow:
    """Something that one person got on top."""

    kind: str
    minutes: int
    reason: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class EntryCard:
    """One place on a roster and what was granted to it."""

    id: UUID
    session_id: UUID
    person_id: UUID
    title: str
    ground: AdmissionGround
    venue_mode: VenueMode
    venue_modes: tuple[VenueMode, ...]
    has_begun: bool
    grants: tuple[GrantRow, ...]


def entry_card(session: Session, entry_id: UUID) -> EntryCard:
    """Return one place on a roster; raise NotFound ``assessment.no_entry``."""
    row = session.execute(
        sa.select(Entry, AttestationSession.title, AttestationSession.venue_modes)
        .join(AttestationSession, AttestationSession.id == Entry.session_id)
        .where(Entry.id == entry_id, Entry.withdrawn_at.is_(None))
    ).first()
    if row is None:
        raise NotFound("assessment.no_entry")
    entry, title, modes = row
    grants = session.scalars(
        sa.select(Grant).where(Grant.entry_id == entry_id).order_by(Grant.granted_at, Grant.id)
    )
    has_begun = session.scalar(sa.select(sa.exists().where(Attempt.entry_id == entry_id)))
    return EntryCard(
        entry.id,
        entry.session_id,
        entry.person_id,
        title,
        entry.ground,
        entry.venue_mode,
        tuple(VenueMode(mode) for mode in modes),
        bool(has_begun),
        tuple(GrantRow(g.kind.value, g.minutes, g.reason, g.granted_at) for g in grants),
    )


def is_granted(session: Session, grant_id: UUID) -> bool:
    """Tell whether an id stands for a grant already, whoever gave it."""
    return session.get(Grant, grant_id) is not None
