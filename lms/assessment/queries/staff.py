"""Read sessions with their rosters, banks, items and blueprints as staff see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import may_mark, may_read, sees_conditions
from lms.assessment.marking_models import DoubleMarking
from lms.assessment.models import (
    Attempt,
    AttestationSession,
    Blueprint,
    BlueprintVersion,
    Entry,
    Result,
)
from lms.assessment.queries.attempts import BEING_MARKED
from lms.assessment.queries.exams import counting_results, exam_state, newest_attempts, results_where
from lms.assessment.queries.views import (
    BlueprintCard,
    RosterRow,
    SessionCard,
    SessionView,
)
from lms.assessment.rules.timing import closing_time
from lms.assessment.service.clock import conditions_of, current_deadline, entry_timing
from lms.assessment.types import OPEN_STATES, ResultState, VenueMode
from lms.core.actor import Actor
from lms.core.errors import NotFound

__all__ = [
    "blueprints_of",
    "double_marking_of",
    "session_card",
    "session_for",
    "session_view",
    "sessions_of",
]


def _session_cards(session: Session, *where: sa.ColumnElement[bool]) -> list[SessionCard]:
    entries = (
        sa.select(sa.func.count())
        .where(Entry.session_id == AttestationSession.id, Entry.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    started = sa.select(sa.func.count()).where(Attempt.session_id == AttestationSession.id).scalar_subquery()
    ended = (
        sa.select(sa.func.count())
        .where(Attempt.session_id == AttestationSession.id, Attempt.ended_at.is_not(None))
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(AttestationSession, entries, started, ended)
        .where(*where)
        .order_by(AttestationSession.opens_at.desc(), AttestationSession.id)
    )
    return [
        SessionCard(
            row.id,
            row.org_id,
            row.title,
            row.subject,
            row.kind,
            row.resit_no,
            row.opens_at,
            row.closes_at,
            entry_count,
            started_count,
            ended_count,
            row.cancelled_at is not None,
        )
        for row, entry_count, started_count, ended_count in rows
    ]


def sessions_of(session: Session, org_ids: Iterable[UUID]) -> list[SessionCard]:
    """Return the attestation sessions of organisations, newest first."""
    return _session_cards(session, AttestationSession.org_id.in_(list(org_ids)))


def session_card(session: Session, session_id: UUID) -> SessionCard:
    """Return a session without its roster; raise NotFound ``assessment.no_session``."""
    cards = _session_cards(session, AttestationSession.id == session_id)
    if not cards:
        raise NotFound("assessment.no_session")
    return cards[0]


def double_marking_of(session: Session, session_id: UUID) -> Decimal | None:
    """Return by how much two markers of a session may differ (a share of the points), or None where one marks."""
    return session.scalar(sa.select(DoubleMarking.tolerance).where(DoubleMarking.session_id == session_id))


def session_view(session: Session, session_id: UUID, at: datetime) -> SessionView:
    """Return a session with its roster; raise NotFound ``assessment.no_session``."""
    cards = _session_cards(session, AttestationSession.id == session_id)
    if not cards:
        raise NotFound("assessment.no_session")
    occasion = session.get_one(AttestationSession, session_id)
    version = session.get_one(BlueprintVersion, occasion.blueprint_version_id)
    entries = session.scalars(
        sa.select(Entry)
        .where(Entry.session_id == session_id, Entry.withdrawn_at.is_(None))
        .order_by(Entry.admitted_at)
    ).all()
    attempts = newest_attempts(session, [entry.id for entry in entries])
    results = {r.attempt_id: r for r in results_where(session, Result.session_id == session_id)}
    released = results_where(session, Result.session_id == session_id, Result.state == ResultState.RELEASED)
    counting = counting_results(session, released)
    roster = []
    for entry in entries:
        attempt = attempts.get(entry.id)
        conditions = conditions_of(session, entry.person_id, version.base_minutes, at)
        closes = closing_time(entry_timing(session, entry.id, occasion, version.base_minutes, conditions))
        is_running = attempt is not None and attempt.state in OPEN_STATES
        roster.append(
            RosterRow(
                entry_id=entry.id,
                person_id=entry.person_id,
                alias=entry.alias,
                state=exam_state(occasion, attempt, closes, at) if attempt is None else attempt.state.value,
                minutes=conditions.minutes,
                attempt_id=None if attempt is None else attempt.id,
                deadline_at=current_deadline(session, attempt, at) if attempt and is_running else None,
                result=None if attempt is None else counting.get(entry.id) or results.get(attempt.id),
                ground=entry.ground,
                venue_mode=entry.venue_mode,
            )
        )
    modes = tuple(VenueMode(mode) for mode in occasion.venue_modes)
    return SessionView(
        cards[0], version.base_minutes, version.item_count, occasion.venue, modes, tuple(roster)
    )


def session_for(session: Session, actor: Actor, session_id: UUID, at: datetime) -> SessionView:
    """Return a session with its roster as one reader may see it.

    Nobody sees name and alias together; whoever still has to mark somebody's answers sees the alias alone, in an order
    that tells nothing.
    """
    view = session_view(session, session_id, at)
    rows = [_row_for(session, actor, row, view.card.org_id, at) for row in view.roster]
    named, blind = [row for row in rows if row.person_id], [row for row in rows if not row.person_id]
    return replace(view, roster=(*named, *sorted(blind, key=lambda row: row.alias)))


def _row_for(session: Session, actor: Actor, row: RosterRow, org_id: UUID, at: datetime) -> RosterRow:
    if row.person_id is None:
        return row
    reader = (session, actor, row.person_id, org_id, at)
    if not may_read(*reader):
        row = replace(row, result=None, shows_work=False)
    if not sees_conditions(*reader):
        row = replace(row, minutes=None, deadline_at=None, shows_time=False)
    if row.state in BEING_MARKED and may_mark(*reader):
        return replace(
            row, person_id=None, attempt_id=None, minutes=None, shows_time=False, ground=None, venue_mode=None
        )
    return replace(row, alias="")


def blueprints_of(session: Session, org_ids: Iterable[UUID]) -> list[BlueprintCard]:
    """Return the newest version of every blueprint of organisations, by title."""
    newest = (
        sa.select(BlueprintVersion.blueprint_id, sa.func.max(BlueprintVersion.number).label("number"))
        .group_by(BlueprintVersion.blueprint_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Blueprint, BlueprintVersion)
        .join(newest, newest.c.blueprint_id == Blueprint.id)
        .join(
            BlueprintVersion,
            sa.and_(
                BlueprintVersion.blueprint_id == Blueprint.id, BlueprintVersion.number == newest.c.number
            ),
        )
        .where(Blueprint.org_id.in_(list(org_ids)))
        .order_by(Blueprint.title, Blueprint.id)
    )
    return [
        BlueprintCard(
            blueprint.id,
            version.id,
            blueprint.title,
            blueprint.subject,
            version.number,
            version.base_minutes,
            version.item_count,
            version.max_points,
            version.frozen_at is not None,
        )
        for blueprint, version in rows
    ]
