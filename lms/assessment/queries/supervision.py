"""What an upper floor that supervises examinations needs to know about an entry or an attempt, and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import (
    Attempt,
    AttemptItem,
    AttemptPause,
    AttestationSession,
    BlueprintVersion,
    Entry,
    Grade,
)
from lms.assessment.queries.views import ExamView
from lms.assessment.rules.timing import ran_for, stands_still
from lms.assessment.service.clock import pauses_of
from lms.assessment.types import OPEN_STATES, AttemptState
from lms.core.db import bulk_in, fetch_once

__all__ = [
    "ClockFacts",
    "SittingFacts",
    "clocks_of",
    "facts_of_exam",
    "marked_among",
    "ran_between",
    "sitting_facts",
    "stood_still",
]


@dataclass(frozen=True, slots=True)
class SittingFacts:
    """Whose place on which roster, when, and what supervision the blueprint version asks for."""

    entry_id: UUID
    session_id: UUID
    person_id: UUID
    org_id: UUID
    title: str
    subject: str
    opens_at: datetime
    closes_at: datetime
    blueprint_id: UUID
    supervision: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """Whether the clock of a work stands still, when its time is over, and whether staff stopped it (no break of one's own)."""

    is_stopped: bool
    deadline_at: datetime
    is_stopped_by_staff: bool = False


_STAFF_STOPPED = sa.exists().where(
    AttemptPause.attempt_id == Attempt.id,
    AttemptPause.ended_at.is_(None),
    AttemptPause.started_by.is_distinct_from(Attempt.person_id),
)


_FACTS = (
    sa.select(
        Entry.id.label("entry_id"),
        Entry.session_id,
        Entry.person_id,
        AttestationSession.org_id,
        AttestationSession.title,
        AttestationSession.subject,
        AttestationSession.opens_at,
        AttestationSession.closes_at,
        BlueprintVersion.blueprint_id,
        BlueprintVersion.supervision,
    )
    .join(AttestationSession, AttestationSession.id == Entry.session_id)
    .join(BlueprintVersion, BlueprintVersion.id == AttestationSession.blueprint_version_id)
    .where(Entry.id == sa.bindparam("entry_id"), Entry.withdrawn_at.is_(None))
)


def sitting_facts(session: Session, entry_id: UUID) -> SittingFacts | None:
    """Return the facts of one entry, or None when there is no such entry or it was withdrawn."""
    rows = fetch_once(session, _FACTS, entry_id=entry_id)
    return SittingFacts(**rows[0]._asdict()) if rows else None


def facts_of_exam(exam: ExamView) -> SittingFacts | None:
    """Return what `sitting_facts` says of the place on a roster that was read as an examination already."""
    if exam.blueprint_id is None or exam.common_closes_at is None:
        return None
    return SittingFacts(
        entry_id=exam.entry_id,
        session_id=exam.session_id,
        person_id=exam.person_id,
        org_id=exam.org_id,
        title=exam.title,
        subject=exam.subject,
        opens_at=exam.opens_at,
        closes_at=exam.common_closes_at,
        blueprint_id=exam.blueprint_id,
        supervision=exam.supervision,
    )


def marked_among(session: Session, person_id: UUID, attempt_ids: Collection[UUID]) -> set[UUID]:
    """Return those attempts of which a person gave a grade to any answer."""
    found: set[UUID] = set()
    for batch in bulk_in(attempt_ids):
        given = (
            sa.select(AttemptItem.attempt_id)
            .join(Grade, AttemptItem.id == Grade.attempt_item_id)
            .where(AttemptItem.attempt_id.in_(batch), Grade.graded_by == person_id)
            .distinct()
        )
        found |= set(session.scalars(given))
    return found


def clocks_of(session: Session, attempt_ids: Collection[UUID]) -> dict[UUID, ClockFacts]:
    """Return the clocks of those works that are open."""
    rows = session.execute(
        sa.select(Attempt.id, Attempt.state, Attempt.deadline_at, _STAFF_STOPPED).where(
            Attempt.id.in_(attempt_ids), Attempt.state.in_(OPEN_STATES)
        )
    )
    return {
        key: ClockFacts(state is AttemptState.PAUSED, deadline, bool(by_staff))
        for key, state, deadline, by_staff in rows
    }


def stood_still(session: Session, attempt_id: UUID, at: datetime) -> bool:
    """Tell whether the clock of a work stood still at ``at``: in an agreed break, no longer than it lasts, or a stop."""
    pauses = pauses_of(session, attempt_id)
    return stands_still([(p.started_at, p.ended_at, p.max_minutes) for p in pauses], at)


def ran_between(session: Session, attempt_id: UUID, since: datetime, until: datetime) -> timedelta:
    """Return for how long the clock of a work ran between two moments; breaks and stops do not count."""
    pauses = pauses_of(session, attempt_id)
    return ran_for([(p.started_at, p.ended_at, p.max_minutes) for p in pauses], since, until)
