"""Read the queue of reviews: all of it in the order of need, searched and cut into pages, telling each reader what they may know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import bulk_in
from lms.core.paging import Page
from lms.people import queries as people
from lms.proctoring.access_rules import SittingReach, barred_among
from lms.proctoring.models import Evidence, Incident, LearnerStatement, ProctoringSession, ReviewDecision
from lms.proctoring.queries.reviewing import counted_opinions, latest_day, step_of
from lms.proctoring.rules.index import IndexTerm, blind_order, index_terms, review_index
from lms.proctoring.rules.sitting import is_unheard, newest_opinions
from lms.proctoring.types import Monitoring, ReviewRow, SessionState

__all__ = ["WaitingSitting", "review_queue", "sittings_waiting", "terms_of"]

T = TypeVar("T")

PER_PAGE = 20

#: Whether there is anything to look at: a camera that was on at some time, or the browser that was agreed.
_WAS_WATCHED = sa.or_(
    ProctoringSession.monitoring == Monitoring.CAMERA,
    ProctoringSession.last_frame_at.is_not(None),
    ProctoringSession.needs_seb.is_(True),
)
_COLUMNS = (
    ProctoringSession.id,
    ProctoringSession.person_id,
    ProctoringSession.org_id,
    ProctoringSession.attempt_id,
    ProctoringSession.title,
    ProctoringSession.started_at,
    ProctoringSession.ended_at,
    ProctoringSession.review_due_at,
    ProctoringSession.opinion_due_at,
    ProctoringSession.index_weights,
)
Found = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class WaitingSitting:
    """A sitting that waits for a reviewer, as a list of tasks names it."""

    session_id: UUID
    person_code: str
    title: str
    ended_at: datetime | None


def review_queue(
    session: Session,
    actor: Actor,
    at: datetime,
    *,
    state: SessionState = SessionState.QUEUED,
    text: str = "",
    number: int = 1,
) -> Page[ReviewRow]:
    """Return a page of the sittings that wait for the actor as a reviewer, or, with ``closed``, of those looked at.

    What people are late with comes first, then the index orders, with sittings in which nothing was found mixed in. ``text`` searches
    the student's code and the exam's title. The order is made of all sittings before it is searched: no search and no page tells
    more about a sitting than its place in the whole list. A page behind the last one is the last one.
    """
    found = _of_need(session, actor, at) if state is SessionState.QUEUED else _mine(session, actor, at, state)
    if wanted := folded(text):
        cards = people.person_cards(session, {row.person_id for row in found})
        found = [row for row in found if wanted in folded(f"{cards[row.person_id].code} {row.title}")]
    on_page, number = page_of(found, number)
    chosen = [row.id for row in on_page]
    rows = {
        row.id: row
        for row in session.scalars(sa.select(ProctoringSession).where(ProctoringSession.id.in_(chosen)))
    }
    cards = people.person_cards(session, [row.person_id for row in rows.values()])
    terms = terms_of(session, {key: row.index_weights for key, row in rows.items()})
    return Page(
        [
            _shown(session, rows[key], cards[rows[key].person_id].code, terms[key], actor, at)
            for key in chosen
        ],
        number,
        PER_PAGE,
        len(found),
    )


def sittings_waiting(session: Session, actor: Actor, at: datetime, most: int) -> list[WaitingSitting]:
    """Return the sittings that wait for the actor as a reviewer, in the order of the queue, ``most`` at most."""
    rows = _of_need(session, actor, at)[:most]
    cards = people.person_cards(session, {row.person_id for row in rows})
    return [WaitingSitting(row.id, cards[row.person_id].code, row.title, row.ended_at) for row in rows]


def terms_of(session: Session, weights: Mapping[UUID, Mapping[str, float]]) -> dict[UUID, list[IndexTerm]]:
    """Return the terms of the index of sittings, given with the weights that were frozen with each."""
    incidents: dict[UUID, list[tuple[str, float]]] = defaultdict(list)
    for batch in bulk_in(weights):
        for key, kind, confidence in session.execute(
            sa.select(Incident.session_id, Incident.kind, Incident.confidence).where(
                Incident.session_id.in_(batch)
            )
        ):
            incidents[key].append((kind, confidence))
    return {key: index_terms(incidents[key], own) for key, own in weights.items()}


def is_overdue(due_at: datetime | None, at: datetime) -> bool:
    """Tell whether a term is over."""
    return due_at is not None and due_at <= at


def folded(text: str) -> str:
    """Return a text as it is searched: large letters are small ones, and ё is е."""
    return text.strip().casefold().replace("ё", "е")


def page_of(rows: Sequence[T], number: int) -> tuple[Sequence[T], int]:
    """Return the rows of a page of a list and its number; a page behind the last one is the last one."""
    number = min(number, max(1, -(-len(rows) // PER_PAGE)))
    return rows[(number - 1) * PER_PAGE : number * PER_PAGE], number


def _mine(session: Session, actor: Actor, at: datetime, state: SessionState) -> list[Found]:
    """Return the watched sittings that the actor may judge, those that ended last first."""
    rows = session.execute(
        sa.select(*_COLUMNS)
        .where(
            ProctoringSession.state == state,
            _WAS_WATCHED,
            ProctoringSession.org_id.in_(actor.orgs_as("reviewer")),
        )
        .order_by(ProctoringSession.ended_at.desc(), ProctoringSession.id)
    ).all()
    barred = barred_among(
        session, actor, [SittingReach(row.id, at, row.person_id, row.org_id, row.attempt_id) for row in rows]
    )
    return [row for row in rows if row.id not in barred]


def _of_need(session: Session, actor: Actor, at: datetime) -> list[Found]:
    """Return what waits for the actor: what is late as far as they may know, then by index and age, others mixed in."""
    found = {row.id: row for row in _mine(session, actor, at, SessionState.QUEUED)}
    terms = terms_of(session, {key: row.index_weights for key, row in found.items()})
    order = blind_order(
        [(key, review_index(terms[key]), row.ended_at or row.started_at) for key, row in found.items()]
    )
    known = _known(session, actor, found)

    def is_late(key: UUID) -> bool:
        row = found[key]
        return is_overdue(row.review_due_at if key in known else row.opinion_due_at, at)

    return [found[key] for key in sorted(order, key=lambda key: not is_late(key))]


def _known(session: Session, actor: Actor, session_ids: Collection[UUID]) -> set[UUID]:
    """Return those sittings in the present round of whose review the actor gave an opinion."""
    known: set[UUID] = set()
    for batch in bulk_in(session_ids):
        given = (
            sa.select(ProctoringSession.id)
            .join(
                ReviewDecision,
                sa.and_(
                    ReviewDecision.session_id == ProctoringSession.id,
                    ReviewDecision.round == ProctoringSession.review_round,
                ),
            )
            .where(ProctoringSession.id.in_(batch), ReviewDecision.reviewer_id == actor.person_id)
        )
        known |= set(session.scalars(given))
    return known


def _shown(
    session: Session,
    row: ProctoringSession,
    code: str,
    terms: Sequence[IndexTerm],
    actor: Actor,
    at: datetime,
) -> ReviewRow:
    """Return one row of a page; what others did, index and signs only where the actor gave an opinion."""
    rounds = set(
        session.scalars(
            sa.select(ReviewDecision.round).where(
                ReviewDecision.session_id == row.id, ReviewDecision.reviewer_id == actor.person_id
            )
        )
    )
    knows = row.review_round in rounds
    given = counted_opinions(session, row, at) if knows else []
    asked = _asked(session, row) if knows else None
    due_at = row.review_due_at if knows else row.opinion_due_at
    return ReviewRow(
        session_id=row.id,
        person_code=code,
        title=row.title,
        ended_at=row.ended_at,
        minutes=round(((row.ended_at or row.started_at) - row.started_at).total_seconds() / 60),
        evidence_count=_pictures(session, row) if rounds else None,
        knows=knows,
        opinions=len(newest_opinions(given)),
        is_asked=asked is not None and asked.answered_at is None,
        outcome=row.outcome,
        index=review_index(terms) if rounds else None,
        reasons=tuple(term.kind for term in terms) if rounds else (),
        has_news=is_unheard(given, asked.answered_at if asked else None, actor.person_id),
        step=step_of(row, given, asked, at)[0] if knows else None,
        due_on=latest_day(session, due_at) if due_at else None,
        is_late=is_overdue(due_at, at),
    )


def _asked(session: Session, row: ProctoringSession) -> LearnerStatement | None:
    return session.scalar(
        sa.select(LearnerStatement).where(
            LearnerStatement.session_id == row.id, LearnerStatement.round == row.review_round
        )
    )


def _pictures(session: Session, row: ProctoringSession) -> int:
    kept = sa.select(sa.func.count()).where(Evidence.session_id == row.id, Evidence.deleted_at.is_(None))
    return int(session.scalar(kept) or 0)
