"""Read what the minutes of a commission say, and how the same was decided before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.people import queries as people
from lms.plans.credit_access import Interest, interests_of
from lms.plans.credit_models import (
    Commission,
    CreditAppeal,
    CreditCase,
    CreditDecision,
    CreditDocument,
    CreditEffect,
    CreditProposal,
    CreditVote,
    LearningSource,
    MatchReport,
)
from lms.plans.rules.voting import Tally, quorum_of
from lms.plans.types.credit import CreditVerdict, EvidenceKind, MatchVerdict, Verification, VoteChoice

__all__ = ["MemberLine", "MinutesView", "Precedent", "minutes_of", "precedents_of"]

#: So many earlier decisions are shown.
MOST_PRECEDENTS = 5


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member: how they voted, or why they did not."""

    name: str
    is_chair: bool
    choice: VoteChoice | None
    reason: str
    interest: Interest | None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document that was considered."""

    evidence: EvidenceKind | None
    source: str
    number: str
    hours: Decimal
    result: str
    verification: Verification
    note: str


@dataclass(frozen=True, slots=True)
class EffectLine:
    """What was decided about one outcome."""

    title: str
    verdict: MatchVerdict
    hours: Decimal
    hours_total: Decimal


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """What the chair put to the vote instead of the report, and how many votes that made void."""

    proposed_at: datetime
    who: str
    hours: Decimal
    mark: int | None
    reason: str
    voided: int


@dataclass(frozen=True, slots=True)
class MinutesView:
    """Everything that stands in the minutes of one decision, from the records alone."""

    case_id: UUID
    case_number: int | None
    protocol_no: int
    school: str
    commission: str
    order_ref: str
    student: str
    item_title: str
    decided_at: datetime
    decided_by: str
    is_automatic: bool
    proposals: tuple[ProposalLine, ...]
    members: tuple[MemberLine, ...]
    tally: Tally
    needed: int
    documents: tuple[DocumentLine, ...]
    report_no: int
    report_hash: str
    recommendation: str
    effects: tuple[EffectLine, ...]
    verdict: CreditVerdict
    hours: Decimal
    hours_total: Decimal
    reason: str
    remedy: str
    override_reason: str
    appeal: str


@dataclass(frozen=True, slots=True)
class Precedent:
    """How the same course was decided for the same item before; whose it was is not said."""

    protocol_no: int
    decided_at: datetime
    verdict: CreditVerdict
    hours: Decimal
    hours_total: Decimal


def precedents_of(session: Session, case_id: UUID) -> list[Precedent]:
    """Return the decisions in force on other cases of the same course and the same item's title, newest first."""
    case = session.get_one(CreditCase, case_id)
    if case.course_id is None:
        return []
    rows = session.execute(
        sa.select(
            CreditDecision.protocol_no,
            CreditDecision.decided_at,
            CreditDecision.verdict,
            CreditDecision.hours,
            CreditDecision.hours_total,
        )
        .join(CreditCase, CreditCase.id == CreditDecision.case_id)
        .where(
            CreditCase.org_id == case.org_id,
            CreditCase.course_id == case.course_id,
            CreditCase.item_title == case.item_title,
            CreditCase.id != case.id,
            CreditDecision.superseded_at.is_(None),
        )
        .order_by(CreditDecision.decided_at.desc(), CreditDecision.protocol_no.desc())
        .limit(MOST_PRECEDENTS)
    )
    return [Precedent(*row) for row in rows]


def minutes_of(session: Session, case_id: UUID) -> MinutesView:
    """Return the minutes of the decision in force. Raises NotFound ``credit.no_minutes`` while nothing is decided."""
    case = session.get_one(CreditCase, case_id)
    decision = session.scalar(
        sa.select(CreditDecision)
        .where(CreditDecision.case_id == case.id, CreditDecision.superseded_at.is_(None))
        .order_by(CreditDecision.round.desc())
        .limit(1)
    )
    if decision is None:
        raise NotFound("credit.no_minutes")
    report = session.get_one(MatchReport, decision.report_id)
    commission = session.get(Commission, case.commission_id) if case.commission_id else None
    names = people.person_cards(session, [case.person_id, decision.decided_by])
    decided_by = names[decision.decided_by].name if decision.decided_by else ""
    return MinutesView(
        case_id=case.id,
        case_number=case.number,
        protocol_no=decision.protocol_no,
        school=people.organisation_names(session, [case.org_id])[case.org_id],
        commission=commission.name if commission else "",
        order_ref=commission.order_ref if commission else "",
        student=names[case.person_id].name,
        item_title=case.item_title,
        decided_at=decision.decided_at,
        decided_by=decided_by,
        is_automatic=decision.is_automatic,
        proposals=_proposals(session, decision),
        members=_members(session, case, decision, commission),
        tally=Tally(decision.members, decision.votes_for, decision.votes_against, decision.votes_abstain),
        needed=quorum_of(decision.members),
        documents=_documents(session, case),
        report_no=report.number,
        report_hash=report.input_hash,
        recommendation=report.recommendation,
        effects=_effects(session, decision, report),
        verdict=decision.verdict,
        hours=decision.hours,
        hours_total=decision.hours_total,
        reason=decision.reason,
        remedy=decision.remedy,
        override_reason=decision.override_reason,
        appeal=_appeal(session, case, decision),
    )


def _proposals(session: Session, decision: CreditDecision) -> tuple[ProposalLine, ...]:
    """Return what was put to the vote since the decision before, in its order."""
    before = sa.select(sa.func.max(CreditDecision.round)).where(
        CreditDecision.case_id == decision.case_id, CreditDecision.round < decision.round
    )
    rows = session.scalars(
        sa.select(CreditProposal)
        .where(
            CreditProposal.case_id == decision.case_id,
            CreditProposal.round > (session.scalar(before) or 0),
            CreditProposal.round <= decision.round,
        )
        .order_by(CreditProposal.round)
    ).all()
    names = people.person_cards(session, [row.proposed_by for row in rows])
    return tuple(
        ProposalLine(
            row.proposed_at,
            names[row.proposed_by].name,
            sum((Decimal(value) for value in row.hours.values()), Decimal(0)),
            row.mark,
            row.reason,
            row.voided,
        )
        for row in rows
    )


def _members(
    session: Session, case: CreditCase, decision: CreditDecision, commission: Commission | None
) -> tuple[MemberLine, ...]:
    if commission is None or decision.is_automatic:
        return ()
    votes = {
        vote.member_id: vote
        for vote in session.scalars(
            sa.select(CreditVote).where(CreditVote.case_id == case.id, CreditVote.round == decision.round)
        )
    }
    seats = sorted(commission.members, key=lambda seat: (not seat.is_chair, str(seat.person_id)))
    ids = [seat.person_id for seat in seats]
    names = people.person_cards(session, ids)
    interests = interests_of(session, case, ids, decision.decided_at)
    return tuple(
        MemberLine(
            names[seat.person_id].name,
            seat.is_chair,
            votes[seat.person_id].choice if seat.person_id in votes else None,
            votes[seat.person_id].reason if seat.person_id in votes else "",
            interests.get(seat.person_id),
        )
        for seat in seats
    )


def _documents(session: Session, case: CreditCase) -> tuple[DocumentLine, ...]:
    rows = session.execute(
        sa.select(CreditDocument, LearningSource.name)
        .outerjoin(LearningSource, LearningSource.id == CreditDocument.source_id)
        .where(CreditDocument.case_id == case.id, CreditDocument.removed_at.is_(None))
        .order_by(CreditDocument.id)
    )
    return tuple(
        DocumentLine(
            row.evidence,
            source or "",
            row.number,
            row.hours,
            row.raw_result,
            row.verification,
            row.verification_note,
        )
        for row, source in rows
    )


def _effects(session: Session, decision: CreditDecision, report: MatchReport) -> tuple[EffectLine, ...]:
    titles = {UUID(row["target_id"]): row["title"] for row in report.rows}
    rows = session.scalars(
        sa.select(CreditEffect).where(CreditEffect.decision_id == decision.id).order_by(CreditEffect.position)
    )
    return tuple(
        EffectLine(titles.get(row.outcome_id, ""), row.verdict, row.hours, row.hours_total) for row in rows
    )


def _appeal(session: Session, case: CreditCase, decision: CreditDecision) -> str:
    """Return the answer to the appeal that led to this decision, or nothing."""
    found = session.scalar(
        sa.select(CreditAppeal.answer)
        .where(CreditAppeal.case_id == case.id, CreditAppeal.decision_id != decision.id)
        .order_by(CreditAppeal.filed_at.desc())
        .limit(1)
    )
    return found or ""
