"""Read about sittings, their reviews and what was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import PlainRows, day_of
from lms.core.errors import NotFound
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.proctoring.access_rules import SittingReach, is_near
from lms.proctoring.models import (
    Evidence,
    Frame,
    Incident,
    LearnerStatement,
    ProctoringSession,
    ReviewDecision,
    SessionEvent,
    SittingAppeal,
)
from lms.proctoring.queries.identity import CheckView, RefusalView, check_view, refusals_of
from lms.proctoring.queries.reviewing import counted_opinions, latest_day, step_of
from lms.proctoring.rules.index import IndexTerm, blind_order, index_terms, review_index
from lms.proctoring.rules.sitting import Opinion, have_heard, may_annul, newest_opinions, review_result
from lms.proctoring.types import (
    FrameState,
    Monitoring,
    ReviewRow,
    ReviewStep,
    SessionOutcome,
    SessionState,
    SessionView,
    Verdict,
)

__all__ = [
    "AnnulledRow",
    "AppealView",
    "CaseView",
    "EvidenceView",
    "LearnerStatementView",
    "SittingSummary",
    "annulled_sittings",
    "appeal_until",
    "case_view",
    "review_queue",
    "reviewers_of",
    "session_for_attempt",
    "sitting_reach",
    "sittings_asked",
    "sittings_of",
]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One picture kept for people to look at."""

    id: UUID
    captured_at: datetime
    expires_at: datetime
    is_deleted: bool
    kind: str


@dataclass(frozen=True, slots=True)
class SittingSummary:
    """A sitting as its student and parents see it; the question is that of the present round of its review."""

    session: SessionView
    title: str
    question: str | None
    due_at: datetime | None
    statement: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnnulledRow:
    """One annulled sitting: whose, of what, when it was sat and annulled, and whether an appeal waits."""

    session_id: UUID
    person: PersonCard
    title: str
    started_at: datetime
    annulled_at: datetime | None
    is_appealed: bool
    answer_by: date | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class AppealView:
    """What was said against the present annulment, by whom, and how it was decided (None: it waits)."""

    text: str
    filed_by: PersonCard | None
    filed_at: datetime
    is_upheld: bool | None
    reason: str
    decided_at: datetime | None
    answer_by: date
    is_late: bool


@dataclass(frozen=True, slots=True)
class LearnerStatementView:
    """What the student was asked and answered."""

    question: str
    asked_at: datetime
    due_at: datetime
    text: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A sitting under review. ``terms``, ``index`` and ``scores`` are empty until the reader gave an opinion."""

    session: SessionView
    title: str
    person: PersonCard
    check: CheckView | None
    refusals: tuple[RefusalView, ...]
    timeline: tuple[tuple[datetime, str, dict[str, Any]], ...]
    evidence: tuple[EvidenceView, ...]
    frames: dict[str, int]
    masked: tuple[str, ...]
    opinions: tuple[tuple[datetime, PersonCard | None, Verdict, str], ...]
    is_revealed: bool
    index: int
    terms: tuple[IndexTerm, ...]
    result: str
    annul_hindrance: str
    own_verdict: Verdict | None
    statement: LearnerStatementView | None
    earlier_statements: tuple[LearnerStatementView, ...]
    appeal: AppealView | None
    annulled_at: datetime | None
    annul_reason: str
    accusations: tuple[str, ...]
    review_by: date | None
    step: ReviewStep | None
    is_late: bool
    keeps_until: datetime | None


#: Rows of a queue at most: of those that wait, the ones whose time ends first.
MOST_ROWS = 200

_OF_ATTEMPT = PlainRows(
    sa.select(ProctoringSession).where(ProctoringSession.attempt_id == sa.bindparam("attempt_id"))
)


#: The question of one round of a review.
_ASKED_NOW = sa.select(LearnerStatement).where(
    LearnerStatement.session_id == sa.bindparam("session_id"), LearnerStatement.round == sa.bindparam("round")
)


def session_for_attempt(session: Session, attempt_id: UUID) -> SessionView | None:
    """Return the sitting of an attempt, or None."""
    rows = _OF_ATTEMPT.fetch(session, attempt_id=attempt_id)
    return _session_view(rows[0][0]) if rows else None


def _session_view(row: ProctoringSession) -> SessionView:
    return SessionView(
        id=row.id,
        attempt_id=row.attempt_id,
        entry_id=row.entry_id,
        person_id=row.person_id,
        org_id=row.org_id,
        state=row.state,
        outcome=row.outcome,
        monitoring=row.monitoring,
        started_at=row.started_at,
        ended_at=row.ended_at,
        review_due_at=row.review_due_at,
    )


def sitting_reach(session: Session, session_id: UUID, at: datetime) -> SittingReach:
    """Return what the permission to review looks at; raise NotFound ``proctoring.no_session``."""
    row = session.get(ProctoringSession, session_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    return SittingReach(row.id, at, row.person_id, row.org_id, row.attempt_id, row.ended_at is not None)


def reviewers_of(session: Session, session_id: UUID) -> frozenset[UUID]:
    """Return everybody who ever gave an opinion on a sitting."""
    given = sa.select(ReviewDecision.reviewer_id).where(ReviewDecision.session_id == session_id)
    return frozenset(session.scalars(given))


def _terms(session: Session, row: ProctoringSession) -> list[IndexTerm]:
    incidents = session.execute(
        sa.select(Incident.kind, Incident.confidence).where(Incident.session_id == row.id)
    )
    return index_terms([(kind, confidence) for kind, confidence in incidents], row.index_weights)


#: Whether there is anything to look at: a camera that was on at some time, or the browser that was agreed.
_WAS_WATCHED = sa.or_(
    ProctoringSession.monitoring == Monitoring.CAMERA,
    ProctoringSession.last_frame_at.is_not(None),
    ProctoringSession.needs_seb.is_(True),
)


def review_queue(
    session: Session, actor: Actor, at: datetime, *, state: SessionState = SessionState.QUEUED
) -> list[ReviewRow]:
    """Return the sittings that wait for the actor as a reviewer (or, with ``closed``, were looked at), by index and age.

    The index orders the list, with sittings in which nothing was found mixed in; its number and reasons are shown only
    where the actor already gave an opinion. What people are late with comes first.
    """
    waits = state is SessionState.QUEUED
    rows = session.scalars(
        sa.select(ProctoringSession)
        .where(
            ProctoringSession.state == state,
            _WAS_WATCHED,
            ProctoringSession.org_id.in_(actor.orgs_as("reviewer")),
        )
        .order_by(ProctoringSession.review_due_at if waits else ProctoringSession.ended_at.desc())
        .limit(MOST_ROWS)
    ).all()
    near = [
        r
        for r in rows
        if is_near(session, actor, SittingReach(r.id, at, r.person_id, r.org_id, r.attempt_id))
    ]
    mine = [row for row in rows if row not in near]
    cards = people.person_cards(session, [row.person_id for row in mine])
    made: dict[UUID, ReviewRow] = {}
    found: list[tuple[UUID, int, datetime]] = []
    for row in mine:
        terms = _terms(session, row)
        found.append((row.id, review_index(terms), row.ended_at or row.started_at))
        made[row.id] = _review_row(session, row, cards[row.person_id].code, terms, actor, at)
    return sorted((made[key] for key in blind_order(found)), key=lambda item: not item.is_late)


def _review_row(
    session: Session, row: ProctoringSession, code: str, terms: list[IndexTerm], actor: Actor, at: datetime
) -> ReviewRow:
    """Return one row of the queue; index and reasons only where the actor gave an opinion."""
    opinions = counted_opinions(session, row, at)
    is_revealed = actor.person_id in reviewers_of(session, row.id)
    asked = session.scalar(_ASKED_NOW, {"session_id": row.id, "round": row.review_round})
    evidence = session.scalar(
        sa.select(sa.func.count()).where(Evidence.session_id == row.id, Evidence.deleted_at.is_(None))
    )
    return ReviewRow(
        session_id=row.id,
        person_code=code,
        title=row.title,
        ended_at=row.ended_at,
        evidence_count=int(evidence or 0),
        opinions=len(newest_opinions(opinions)),
        is_asked=asked is not None and asked.answered_at is None,
        outcome=row.outcome,
        index=review_index(terms) if is_revealed else None,
        reasons=tuple(term.kind for term in terms) if is_revealed else (),
        has_news=_has_news(opinions, asked, actor),
        step=step_of(row, opinions, asked, at)[0],
        due_on=latest_day(session, row.review_due_at) if row.review_due_at else None,
        is_late=_is_late(row, at),
    )


def _has_news(given: Iterable[Opinion], asked: LearnerStatement | None, actor: Actor) -> bool:
    """Tell whether the student has answered since the actor's own newest opinion."""
    own = max((opinion.at for opinion in given if opinion.reviewer_id == actor.person_id), default=None)
    return own is not None and asked is not None and asked.answered_at is not None and own < asked.answered_at


def _is_late(row: ProctoringSession, at: datetime) -> bool:
    return row.review_due_at is not None and row.review_due_at <= at


def annulled_sittings(session: Session, actor: Actor, at: datetime) -> list[AnnulledRow]:
    """Return the annulled sittings that the actor may make count again: those with an open appeal, then the newest first."""
    rows = session.scalars(
        sa.select(ProctoringSession)
        .where(
            ProctoringSession.outcome == SessionOutcome.ANNULLED,
            ProctoringSession.org_id.in_(actor.orgs_as("director", "reviewer")),
        )
        .order_by(ProctoringSession.closed_at.desc())
    ).all()
    mine = [
        r
        for r in rows
        if not is_near(session, actor, SittingReach(r.id, at, r.person_id, r.org_id, r.attempt_id))
    ]
    cards = people.person_cards(session, [row.person_id for row in mine])
    open_appeals = sa.select(SittingAppeal.session_id, SittingAppeal.answer_due_at).where(
        SittingAppeal.session_id.in_([row.id for row in mine]), SittingAppeal.decided_at.is_(None)
    )
    due = {session_id: due_at for session_id, due_at in session.execute(open_appeals)}
    made = [
        AnnulledRow(
            row.id,
            cards[row.person_id],
            row.title,
            row.started_at,
            row.closed_at,
            row.id in due,
            latest_day(session, due[row.id]) if row.id in due else None,
            row.id in due and due[row.id] <= at,
        )
        for row in mine
    ]
    return sorted(made, key=lambda row: (not row.is_appealed, row.answer_by or date.max))


def appeal_until(session: Session, annulled_at: datetime, days: int) -> date:
    """Return the last day on which an appeal is taken: so many working days after the annulment."""
    return people.working_days_after(session, day_of(session, annulled_at), days)


def case_view(session: Session, session_id: UUID, viewer_id: UUID | None, at: datetime) -> CaseView:
    """Return a sitting as a reviewer sees it; index, terms and scores only after the viewer's own first opinion."""
    row = session.get(ProctoringSession, session_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    given = counted_opinions(session, row, at)
    latest = newest_opinions(given)
    decisions = session.scalars(
        sa.select(ReviewDecision).where(ReviewDecision.session_id == row.id).order_by(ReviewDecision.at)
    ).all()
    cards = people.person_cards(session, [row.person_id, *(d.reviewer_id for d in decisions)])
    # The student and parents see reasons as soon as any person has given an opinion, a reviewer after their own.
    is_revealed = bool(decisions) if viewer_id is None else any(d.reviewer_id == viewer_id for d in decisions)
    shown = [d for d in decisions if is_revealed or d.reviewer_id == viewer_id]
    terms = _terms(session, row)
    statement, earlier = _statements(session, row)
    asked = session.scalar(_ASKED_NOW, {"session_id": row.id, "round": row.review_round})
    is_queued = row.state is SessionState.QUEUED
    evidence = _evidence(session, row, with_reasons=is_revealed)
    return CaseView(
        session=_session_view(row),
        title=row.title,
        person=cards[row.person_id],
        check=check_view(session, row.check_id) if row.check_id else None,
        refusals=refusals_of(session, row.entry_id),
        timeline=_timeline(session, row, with_reasons=is_revealed),
        evidence=evidence,
        frames=_frame_counts(session, row.id),
        masked=tuple(row.masked_findings),
        opinions=tuple((d.at, cards.get(d.reviewer_id), d.verdict, d.reason) for d in shown),
        is_revealed=is_revealed,
        index=review_index(terms) if is_revealed else 0,
        terms=tuple(terms) if is_revealed else (),
        result=review_result(latest),
        annul_hindrance=may_annul(
            latest,
            statement_at=statement.answered_at if statement else None,
            due_at=statement.due_at if statement else None,
            at=at,
            is_heard=have_heard(given, statement.answered_at if statement else None, viewer_id),
        ),
        own_verdict=latest.get(viewer_id) if viewer_id else None,
        statement=statement,
        earlier_statements=earlier,
        appeal=_appeal(session, row, at),
        annulled_at=row.closed_at if row.outcome is SessionOutcome.ANNULLED else None,
        annul_reason=row.annul_reason,
        accusations=_accusations(decisions, row.review_round, statement),
        review_by=latest_day(session, row.review_due_at) if row.review_due_at else None,
        step=step_of(row, given, asked, at)[0] if is_queued else None,
        is_late=is_queued and _is_late(row, at),
        keeps_until=max((item.expires_at for item in evidence if not item.is_deleted), default=None),
    )


def _statements(
    session: Session, row: ProctoringSession
) -> tuple[LearnerStatementView | None, tuple[LearnerStatementView, ...]]:
    """Return what the student was asked in the present round, and what in earlier rounds."""
    present, earlier = None, []
    for item in session.scalars(
        sa.select(LearnerStatement)
        .where(LearnerStatement.session_id == row.id)
        .order_by(LearnerStatement.round)
    ):
        view = LearnerStatementView(item.question, item.asked_at, item.due_at, item.text, item.answered_at)
        if item.round == row.review_round:
            present = view
        else:
            earlier.append(view)
    return present, tuple(earlier)


def _accusations(
    decisions: Iterable[ReviewDecision], round_no: int, statement: LearnerStatementView | None
) -> tuple[str, ...]:
    """Return what reviewers of the present round say they see, beside what the student was asked; without their names."""
    said = [d.reason for d in decisions if d.round == round_no and d.verdict is Verdict.VIOLATION]
    asked = statement.question if statement else ""
    return tuple(reason for reason in dict.fromkeys(said) if reason != asked)


def _appeal(session: Session, row: ProctoringSession, at: datetime) -> AppealView | None:
    """Return the appeal against the newest annulment, decided or not."""
    found = session.scalar(
        sa.select(SittingAppeal).where(
            SittingAppeal.session_id == row.id, SittingAppeal.round == row.review_round
        )
    )
    if found is None:
        return None
    card = people.person_cards(session, [found.filed_by]).get(found.filed_by)
    return AppealView(
        found.text,
        card,
        found.filed_at,
        found.is_upheld,
        found.reason,
        found.decided_at,
        latest_day(session, found.answer_due_at),
        found.decided_at is None and found.answer_due_at <= at,
    )


def _frame_counts(session: Session, session_id: UUID) -> dict[str, int]:
    rows = session.execute(
        sa.select(Frame.state, sa.func.count()).where(Frame.session_id == session_id).group_by(Frame.state)
    )
    counts = {state.value: count for state, count in rows}
    counts["waiting"] = counts.get(FrameState.STORED.value, 0) + counts.get(FrameState.PROCESSING.value, 0)
    counts["all"] = sum(value for key, value in counts.items() if key != "waiting")
    return counts


def _timeline(
    session: Session, row: ProctoringSession, *, with_reasons: bool
) -> tuple[tuple[datetime, str, dict[str, Any]], ...]:
    """Return what happened, oldest first: events, and incidents as facts, never as a score.

    Without reasons an incident is only "a moment to look at".
    """
    found: list[tuple[datetime, str, dict[str, Any]]] = [(row.started_at, "started", {})]
    for event in session.scalars(sa.select(SessionEvent).where(SessionEvent.session_id == row.id)):
        found.append((event.at, f"event.{event.kind}", dict(event.detail)))
    for incident in session.scalars(sa.select(Incident).where(Incident.session_id == row.id)):
        length = max(0, round((incident.last_at - incident.started_at).total_seconds()))
        kind = incident.kind if with_reasons else "hidden"
        found.append((incident.started_at, f"incident.{kind}", {"seconds": length}))
    if row.ended_at is not None:
        found.append((row.ended_at, "ended", {}))
    return tuple(sorted(found, key=lambda item: item[0]))


def _evidence(session: Session, row: ProctoringSession, *, with_reasons: bool) -> tuple[EvidenceView, ...]:
    found = session.execute(
        sa.select(Evidence, Incident.kind)
        .outerjoin(Incident, Incident.id == Evidence.incident_id)
        .where(Evidence.session_id == row.id)
        .order_by(Evidence.captured_at, Evidence.id)
    )
    return tuple(
        EvidenceView(
            item.id,
            item.captured_at,
            item.expires_at,
            item.deleted_at is not None,
            (kind or "") if with_reasons else "",
        )
        for item, kind in found
    )


_WITH_STATEMENTS = (
    sa.select(ProctoringSession, LearnerStatement)
    .outerjoin(
        LearnerStatement,
        sa.and_(
            LearnerStatement.session_id == ProctoringSession.id,
            LearnerStatement.round == ProctoringSession.review_round,
        ),
    )
    .where(ProctoringSession.person_id.in_(sa.bindparam("person_ids", expanding=True)))
    .order_by(ProctoringSession.started_at.desc())
)
_SITTINGS = PlainRows(_WITH_STATEMENTS)
_ASKED = PlainRows(
    _WITH_STATEMENTS.where(
        ProctoringSession.state == SessionState.QUEUED,
        LearnerStatement.question.is_not(None),
        LearnerStatement.answered_at.is_(None),
    )
)


def sittings_of(session: Session, person_ids: Iterable[UUID]) -> list[SittingSummary]:
    """Return the sittings of students with the questions they were asked, the newest first."""
    rows = _SITTINGS.fetch(session, person_ids=list(person_ids))
    return [_summary(row, statement) for row, statement in rows]


def sittings_asked(session: Session, person_ids: Iterable[UUID]) -> list[SittingSummary]:
    """Return those of `sittings_of` about which somebody asked a question that waits for its answer."""
    rows = _ASKED.fetch(session, person_ids=list(person_ids))
    return [_summary(row, statement) for row, statement in rows]


def _summary(row: ProctoringSession, statement: LearnerStatement | None) -> SittingSummary:
    return SittingSummary(
        session=_session_view(row),
        title=row.title,
        question=None if statement is None else statement.question,
        due_at=None if statement is None else statement.due_at,
        statement=None if statement is None else statement.text,
        answered_at=None if statement is None else statement.answered_at,
    )
