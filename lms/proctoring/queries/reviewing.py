"""Read what counts in a review, what it waits for and until when, and what people are late with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.clock import moments_of
from lms.core.db import day_of
from lms.people import queries as people
from lms.people.types import RoleKind
from lms.proctoring.access_rules import SittingReach, barred_among, lone_among, short_among
from lms.proctoring.models import (
    LearnerStatement,
    ProctorDuty,
    ProctoringSession,
    ReviewDecision,
    SittingAppeal,
)
from lms.proctoring.rules.sitting import Opinion, seen_token, waits_for
from lms.proctoring.types import ReviewStep, SessionOutcome, SessionState

__all__ = [
    "LateReview",
    "ShortReview",
    "appeals_waiting",
    "counted_opinions",
    "day_after",
    "late_reviews",
    "latest_day",
    "reach_of",
    "seen_by",
    "short_reviews",
    "step_of",
    "term_end",
]


@dataclass(frozen=True, slots=True)
class LateReview:
    """A sitting that people should have looked at, decided or answered about by now: what is missing, and since when."""

    session_id: UUID
    org_id: UUID
    person_code: str
    title: str
    step: ReviewStep | None
    due_at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class ShortReview:
    """A sitting that those who watched it may judge, or whose appeal they may answer: the school has too few others.

    For an appeal there may be nobody at all.
    """

    session_id: UUID
    org_id: UUID
    person_code: str
    title: str
    ended_at: datetime | None
    watchers: tuple[str, ...]
    is_appeal: bool = False


def counted_opinions(session: Session, row: ProctoringSession, at: datetime) -> list[Opinion]:
    """Return the opinions of the present round, the oldest first, without those of reviewers who may not judge by now.

    Somebody may come to teach the student, or mark the attempt, after giving an opinion, or was let in for want of others who are there
    now: then it stays in the records and counts no more.
    """
    rows = session.execute(
        sa.select(ReviewDecision.reviewer_id, ReviewDecision.verdict, ReviewDecision.at)
        .where(ReviewDecision.session_id == row.id, ReviewDecision.round == row.review_round)
        .order_by(ReviewDecision.at, ReviewDecision.id)
    ).all()
    reach = reach_of(row, at)
    givers = {found[0] for found in rows}
    barred = {key for key in givers if barred_among(session, Actor("person", key), [reach])}
    return [Opinion(*found) for found in rows if found[0] not in barred]


def seen_by(session: Session, session_id: UUID, person_id: UUID | None) -> str:
    """Return what a page shows somebody of the review of a sitting, as an opinion sends it along (see `rules.sitting.seen_token`)."""
    row = session.get_one(ProctoringSession, session_id)
    own = sa.select(ReviewDecision.round).where(
        ReviewDecision.session_id == row.id, ReviewDecision.reviewer_id == person_id
    )
    answered = sa.select(LearnerStatement.answered_at).where(
        LearnerStatement.session_id == row.id, LearnerStatement.round == row.review_round
    )
    return seen_token(session.scalars(own).all(), row.review_round, session.scalar(answered))


def step_of(
    row: ProctoringSession, given: list[Opinion], statement: LearnerStatement | None, at: datetime
) -> tuple[ReviewStep, datetime]:
    """Return what the review of a sitting waits for, and since when."""
    return waits_for(
        given,
        ended_at=row.ended_at or row.started_at,
        statement_at=statement.answered_at if statement else None,
        due_at=statement.due_at if statement else None,
        at=at,
    )


def term_end(session: Session, since: datetime, days: int) -> datetime:
    """Return the moment at which so many whole working days after a moment are over, by the school's calendar and clock."""
    return day_after(session, people.working_days_after(session, day_of(session, since), days))


def day_after(session: Session, last: date) -> datetime:
    """Return the first moment after a day, where the school is."""
    zone, shown = session.info["zone"], datetime.combine(last + timedelta(days=1), time())
    found = moments_of(shown, zone)
    return found[0] if found else shown.replace(tzinfo=zone).astimezone(UTC)


def latest_day(session: Session, due_at: datetime) -> date:
    """Return the last day of a term that ends at a moment, as `term_end` made it."""
    return day_of(session, due_at - timedelta(seconds=1))


def late_reviews(
    session: Session, org_ids: Collection[UUID], at: datetime, reader_id: UUID | None = None
) -> list[LateReview]:
    """Return what reviewers, and those who answer appeals, are late with in some organisations; the latest term first.

    Opinions move the term of a review. A reader who reviews there, too, and has given none in the present round is told by the day on
    which an opinion is expected of everybody: no list says that somebody looked.
    """
    knows = sa.exists().where(
        ReviewDecision.session_id == ProctoringSession.id,
        ReviewDecision.round == ProctoringSession.review_round,
        ReviewDecision.reviewer_id == reader_id,
    )
    reviews = people.holds_role(reader_id, ProctoringSession.org_id, RoleKind.REVIEWER, at)
    due_at = sa.case(
        (sa.and_(reviews, ~knows), ProctoringSession.opinion_due_at), else_=ProctoringSession.review_due_at
    )
    rows = session.execute(
        sa.select(ProctoringSession, due_at).where(
            ProctoringSession.org_id.in_(org_ids),
            ProctoringSession.state == SessionState.QUEUED,
            due_at <= at,
        )
    ).all()
    appeals = session.execute(
        _OPEN_APPEALS.where(ProctoringSession.org_id.in_(org_ids), SittingAppeal.answer_due_at <= at)
    ).all()
    sittings = [row for row, _ in [*rows, *appeals]]
    cards = people.person_cards(session, [row.person_id for row in sittings])
    terms: list[tuple[ProctoringSession, ReviewStep | None, Any]] = [
        (row, step_of(row, *_standing(session, row, at), at)[0], due_at) for row, due_at in rows
    ]
    terms += [(row, None, appeal.answer_due_at) for row, appeal in appeals]
    found = [
        LateReview(
            row.id,
            row.org_id,
            cards[row.person_id].code,
            row.title,
            step,
            due_at,
            latest_day(session, due_at),
        )
        for row, step, due_at in terms
    ]
    return sorted(found, key=lambda late: (late.due_at, late.session_id))


_OPEN_APPEALS = (
    sa.select(ProctoringSession, SittingAppeal)
    .join(
        SittingAppeal,
        sa.and_(
            SittingAppeal.session_id == ProctoringSession.id,
            SittingAppeal.round == ProctoringSession.review_round,
        ),
    )
    .where(ProctoringSession.outcome == SessionOutcome.ANNULLED, SittingAppeal.decided_at.is_(None))
)


def _standing(
    session: Session, row: ProctoringSession, at: datetime
) -> tuple[list[Opinion], LearnerStatement | None]:
    asked = session.scalar(
        sa.select(LearnerStatement).where(
            LearnerStatement.session_id == row.id, LearnerStatement.round == row.review_round
        )
    )
    return counted_opinions(session, row, at), asked


def appeals_waiting(
    session: Session, actor: Actor, at: datetime
) -> list[tuple[UUID, str, datetime, datetime]]:
    """Return the open appeals that the actor may answer: (sitting, of what, filed, to be answered by), the oldest first."""
    rows = session.execute(
        _OPEN_APPEALS.where(ProctoringSession.org_id.in_(actor.orgs_as("director", "reviewer"))).order_by(
            SittingAppeal.filed_at
        )
    ).all()
    gave = sa.select(ReviewDecision.session_id).where(ReviewDecision.reviewer_id == actor.person_id)
    own = set(session.scalars(gave)) if rows else set()
    own |= barred_among(session, actor, [reach_of(row, at) for row, _ in rows], is_appeal=True)
    return [
        (row.id, row.title, appeal.filed_at, appeal.answer_due_at)
        for row, appeal in rows
        if row.id not in own
    ]


def short_reviews(session: Session, org_ids: Collection[UUID], at: datetime) -> list[ShortReview]:
    """Return what those who watched may judge or answer for want of others: sittings in review, then open appeals.

    An appeal that nobody may answer is among them.
    """
    watched_by_reviewers = (
        sa.select(ProctoringSession)
        .join(ProctorDuty, ProctorDuty.exam_id == ProctoringSession.exam_id)
        .where(
            ProctoringSession.org_id.in_(org_ids),
            ProctoringSession.state == SessionState.QUEUED,
            people.holds_role(ProctorDuty.person_id, ProctoringSession.org_id, RoleKind.REVIEWER, at),
        )
        .order_by(ProctoringSession.ended_at, ProctoringSession.id)
    )
    reviews = session.scalars(watched_by_reviewers).unique().all()
    by_appeal = _OPEN_APPEALS.where(ProctoringSession.org_id.in_(org_ids)).order_by(SittingAppeal.filed_at)
    appeals = [row for row, _ in session.execute(by_appeal)]
    short = short_among(session, [reach_of(row, at) for row in reviews])
    lone = lone_among(session, [reach_of(row, at) for row in appeals])
    shown = [(row, short[row.id], False) for row in reviews if short.get(row.id)]
    shown += [(row, lone[row.id], True) for row in appeals if row.id in lone]
    cards = people.person_cards(
        session, [one for row, judges, _ in shown for one in (row.person_id, *judges)]
    )
    return [
        ShortReview(
            row.id,
            row.org_id,
            cards[row.person_id].code,
            row.title,
            row.ended_at,
            tuple(sorted(cards[one].short_name for one in judges)),
            is_appeal,
        )
        for row, judges, is_appeal in shown
    ]


def reach_of(row: ProctoringSession, at: datetime) -> SittingReach:
    """Return what the permissions of a review look at."""
    return SittingReach(row.id, at, row.person_id, row.org_id, row.attempt_id, row.ended_at is not None)
