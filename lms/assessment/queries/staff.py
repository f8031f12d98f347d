"""Read sessions with their rosters, banks, items and blueprints as staff see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import ReachAmong, reach_among
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
from lms.assessment.service.clock import conditions_of_all, deadlines_now, entry_timing, granted_to
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
    held = conditions_of_all(session, {entry.person_id for entry in entries}, version.base_minutes, at)
    granted = granted_to(session, [entry.id for entry in entries])
    running = [attempt for attempt in attempts.values() if attempt.state in OPEN_STATES]
    deadlines = deadlines_now(session, running, occasion, version.base_minutes, at)
    roster = []
    for entry in entries:
        attempt, conditions = attempts.get(entry.id), held[entry.person_id]
        timing = entry_timing(
            session, entry.id, occasion, version.base_minutes, conditions, granted[entry.id]
        )
        closes = closing_time(timing)
        roster.append(
            RosterRow(
                entry_id=entry.id,
                person_id=entry.person_id,
                alias=entry.alias,
                state=exam_state(occasion, attempt, closes, at) if attempt is None else attempt.state.value,
                minutes=conditions.minutes,
                attempt_id=None if attempt is None else attempt.id,
                deadline_at=None if attempt is None else deadlines.get(attempt.id),
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
    there = {row.person_id for row in view.roster if row.person_id is not None}
    reach = reach_among(session, actor, view.card.org_id, there, at)
    rows = [_row_for(reach, row) for row in view.roster]
    named, blind = [row for row in rows if row.person_id], [row for row in rows if not row.person_id]
    return replace(view, roster=(*named, *sorted(blind, key=lambda row: row.alias)))


def _row_for(reach: ReachAmong, row: RosterRow) -> RosterRow:
    if row.person_id not in reach.reads:
        row = replace(row, result=None, shows_work=False)
    if row.person_id not in reach.conditions:
        row = replace(row, minutes=None, deadline_at=None, shows_time=False)
    if row.state in BEING_MARKED and row.person_id in reach.marks:
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
