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
from lms.core.db import PlainRows, bulk_in, day_of
from lms.core.errors import NotFound
from lms.core.paging import Page
from lms.people import queries as people
from lms.people.types import PersonCard
from lms.proctoring.access_rules import SittingReach, barred_among
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
from lms.proctoring.queries.queue import PER_PAGE, folded, is_overdue, page_of, terms_of
from lms.proctoring.queries.reviewing import counted_opinions, latest_day, reach_of, step_of
from lms.proctoring.rules.index import IndexTerm, review_index
from lms.proctoring.rules.sitting import (
    have_heard,
    is_unheard,
    may_annul,
    newest_opinions,
    review_result,
    seen_token,
)
from lms.proctoring.types import (
    FrameState,
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
    """A sitting under review; ``index`` and ``terms`` are empty until the reader gave an opinion.

    ``events_gone_at`` says when what was recorded was deleted: then an empty timeline and no terms mean nothing.
    Until the reader gave one in the present round (``knows``), what others said in it, what the student was asked and answered, and
    what the review waits for are left out; ``review_by`` is then the day by which everybody is asked for an opinion.
    """

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
    knows: bool
    known: str
    index: int
    terms: tuple[IndexTerm, ...]
    result: str
    annul_hindrance: str
    statement: LearnerStatementView | None
    earlier_statements: tuple[LearnerStatementView, ...]
    appeal: AppealView | None
    annulled_at: datetime | None
    annul_reason: str
    accusations: tuple[str, ...]
    more_questions: tuple[str, ...]
    review_by: date | None
    step: ReviewStep | None
    is_late: bool
    is_unheard: bool
    keeps_until: datetime | None
    events_gone_at: datetime | None


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
    return reach_of(row, at)


def reviewers_of(session: Session, session_id: UUID) -> frozenset[UUID]:
    """Return everybody who ever gave an opinion on a sitting."""
    given = sa.select(ReviewDecision.reviewer_id).where(ReviewDecision.session_id == session_id)
    return frozenset(session.scalars(given))


def annulled_sittings(
    session: Session, actor: Actor, at: datetime, *, text: str = "", number: int = 1
) -> Page[AnnulledRow]:
    """Return a page of the annulled sittings that the actor may make count again: those with an open appeal, then the newest first.

    ``text`` searches the student's name and code and the exam's title. A page behind the last one is the last one.
    """
    rows = session.scalars(
        sa.select(ProctoringSession)
        .where(
            ProctoringSession.outcome == SessionOutcome.ANNULLED,
            ProctoringSession.org_id.in_(actor.orgs_as("director", "reviewer")),
        )
        .order_by(ProctoringSession.closed_at.desc())
    ).all()
    barred = barred_among(session, actor, [reach_of(row, at) for row in rows], is_appeal=True)
    mine = [row for row in rows if row.id not in barred]
    cards = people.person_cards(session, [row.person_id for row in mine])
    if wanted := folded(text):
        mine = [
            row
            for row in mine
            if wanted in folded(f"{cards[row.person_id].name} {cards[row.person_id].code} {row.title}")
        ]
    due: dict[UUID, datetime] = {}
    for batch in bulk_in(row.id for row in mine):
        open_appeals = sa.select(SittingAppeal.session_id, SittingAppeal.answer_due_at).where(
            SittingAppeal.session_id.in_(batch), SittingAppeal.decided_at.is_(None)
        )
        due |= {session_id: due_at for session_id, due_at in session.execute(open_appeals)}
    mine.sort(key=lambda row: (row.id not in due, due.get(row.id, at)))
    chosen, number = page_of(mine, number)
    shown = [_annulled_row(session, row, cards[row.person_id], due.get(row.id), at) for row in chosen]
    return Page(shown, number, PER_PAGE, len(mine))


def _annulled_row(
    session: Session, row: ProctoringSession, card: PersonCard, due_at: datetime | None, at: datetime
) -> AnnulledRow:
    return AnnulledRow(
        row.id,
        card,
        row.title,
        row.started_at,
        row.closed_at,
        due_at is not None,
        latest_day(session, due_at) if due_at else None,
        is_overdue(due_at, at),
    )


def appeal_until(session: Session, annulled_at: datetime, days: int) -> date:
    """Return the last day on which an appeal is taken: so many working days after the annulment."""
    return people.working_days_after(session, day_of(session, annulled_at), days)


def case_view(session: Session, session_id: UUID, viewer_id: UUID | None, at: datetime) -> CaseView:
    """Return a sitting as a reviewer sees it: index and terms after the viewer's own first opinion, others' words after one in this round.

    Without a viewer it is what the student, the family and whoever answers an appeal see.
    """
    row = session.get(ProctoringSession, session_id)
    if row is None:
        raise NotFound("proctoring.no_session")
    decisions = session.scalars(
        sa.select(ReviewDecision).where(ReviewDecision.session_id == row.id).order_by(ReviewDecision.at)
    ).all()
    own = [d.round for d in decisions if d.reviewer_id == viewer_id]
    is_queued = row.state is SessionState.QUEUED
    # The student and parents see reasons as soon as any person has given an opinion, a reviewer after their own.
    is_revealed = bool(decisions) if viewer_id is None else bool(own)
    knows = viewer_id is None or row.review_round in own or (bool(own) and not is_queued)
    terms = terms_of(session, {row.id: row.index_weights})[row.id] if is_revealed else []
    statement, earlier = _statements(session, row)
    standing = _standing(session, row, statement, viewer_id, at) if knows else _Standing()
    evidence = _evidence(session, row, with_reasons=is_revealed)
    due_at = row.review_due_at if knows else row.opinion_due_at if is_queued else None
    return CaseView(
        session=_session_view(row),
        title=row.title,
        person=people.person_card(session, row.person_id),
        check=check_view(session, row.check_id) if row.check_id else None,
        refusals=refusals_of(session, row.entry_id),
        timeline=_timeline(session, row, with_reasons=is_revealed),
        evidence=evidence,
        frames=_frame_counts(session, row.id),
        masked=tuple(row.masked_findings),
        opinions=_opinions(
            session, [d for d in decisions if knows or (is_revealed and d.round < row.review_round)]
        ),
        is_revealed=is_revealed,
        knows=knows,
        known=seen_token(own, row.review_round, statement.answered_at if statement else None),
        index=review_index(terms),
        terms=tuple(terms),
        result=standing.result,
        annul_hindrance=standing.hindrance,
        statement=statement if knows else None,
        earlier_statements=earlier if is_revealed or viewer_id is None else (),
        appeal=_appeal(session, row, at),
        annulled_at=row.closed_at if row.outcome is SessionOutcome.ANNULLED else None,
        annul_reason=row.annul_reason,
        accusations=_said(decisions, row.review_round, statement, Verdict.VIOLATION) if knows else (),
        more_questions=_said(decisions, row.review_round, statement, Verdict.ASK_STUDENT) if knows else (),
        review_by=latest_day(session, due_at) if due_at else None,
        step=standing.step if is_queued else None,
        is_late=is_queued and is_overdue(due_at, at),
        is_unheard=is_queued and standing.is_unheard,
        keeps_until=max((item.expires_at for item in evidence if not item.is_deleted), default=None),
        events_gone_at=row.events_gone_at,
    )


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where the present round stands; as it is, what those are told who have said nothing in it."""

    result: str = "open"
    hindrance: str = ""
    is_unheard: bool = False
    step: ReviewStep | None = None


def _standing(
    session: Session,
    row: ProctoringSession,
    statement: LearnerStatementView | None,
    viewer_id: UUID | None,
    at: datetime,
) -> _Standing:
    given = counted_opinions(session, row, at)
    latest = newest_opinions(given)
    asked = session.scalar(_ASKED_NOW, {"session_id": row.id, "round": row.review_round})
    answered_at = statement.answered_at if statement else None
    return _Standing(
        result=review_result(latest),
        hindrance=may_annul(
            latest,
            statement_at=answered_at,
            due_at=statement.due_at if statement else None,
            at=at,
            is_heard=have_heard(given, answered_at, viewer_id),
        ),
        is_unheard=is_unheard(given, answered_at, viewer_id),
        step=step_of(row, given, asked, at)[0],
    )


def _opinions(
    session: Session, decisions: Iterable[ReviewDecision]
) -> tuple[tuple[datetime, PersonCard | None, Verdict, str], ...]:
    """Return opinions as they are shown, the oldest first."""
    shown = list(decisions)
    cards = people.person_cards(session, [d.reviewer_id for d in shown])
    return tuple((d.at, cards.get(d.reviewer_id), d.verdict, d.reason) for d in shown)


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


def _said(
    decisions: Iterable[ReviewDecision],
    round_no: int,
    statement: LearnerStatementView | None,
    verdict: Verdict,
) -> tuple[str, ...]:
    """Return what reviewers of the present round say they see, or ask, beside what the student was asked; without their names."""
    said = [d.reason for d in decisions if d.round == round_no and d.verdict is verdict]
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
