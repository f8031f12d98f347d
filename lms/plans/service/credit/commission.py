"""Form a commission, refer a case to it, vote, decide — and let the decision take effect in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.people.types import RoleKind
from lms.plans.credit_access import Interest, interests_of
from lms.plans.credit_models import (
    Commission,
    CommissionMember,
    CreditCase,
    CreditDecision,
    CreditEffect,
    CreditProposal,
    CreditVote,
    MatchReport,
)
from lms.plans.events import CreditDecided
from lms.plans.rules.conversion import convert, mark_for
from lms.plans.rules.credit_states import Act
from lms.plans.rules.drawing import draw_hours
from lms.plans.rules.voting import Tally, count_votes
from lms.plans.service.credit import notices, reports
from lms.plans.service.credit.case_inputs import (
    assurance_of,
    conversion_rules,
    documents_of,
    drawn_elsewhere,
    evidence_of,
)
from lms.plans.service.credit.cases import (
    CaseStep,
    acting_person,
    commission_of,
    decision_of,
    load_case,
    move,
)
from lms.plans.service.credit.plan_link import ItemFacts, item_facts
from lms.plans.service.plans.basis import record_basis, revoke_basis
from lms.plans.settings import PlansSettings
from lms.plans.types.credit import (
    CaseState,
    CreditVerdict,
    EffectState,
    MatchVerdict,
    Verification,
    VoteChoice,
)
from lms.plans.types.plans import BasisKind, OutcomeHours

__all__ = [
    "PASSING_MARKS",
    "DecisionReceipt",
    "ProposalReceipt",
    "VoteReceipt",
    "decide",
    "form_commission",
    "mark_of",
    "mark_sent",
    "on_table",
    "proposal_on_table",
    "propose_hours",
    "refer_to_commission",
    "tally_of",
    "vote",
]

SMALLEST = 2
#: Marks with which something is credited.
PASSING_MARKS = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class VoteReceipt:
    """A counted vote and how the round stands now."""

    vote_id: UUID
    cast: int
    needed: int
    has_quorum: bool


@dataclass(frozen=True, slots=True)
class ProposalReceipt:
    """A proposal on the table: its round, and how many votes it made void."""

    round: int
    voided: int


@dataclass(frozen=True, slots=True)
class DecisionReceipt:
    """A decision with its number, verdict and hours."""

    decision_id: UUID
    protocol_no: int
    verdict: CreditVerdict
    hours: Decimal
    hours_total: Decimal


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a decision gives, per outcome, checked."""

    item: ItemFacts
    report: MatchReport
    hours: dict[UUID, Decimal]
    override: str
    input_hash: str
    mark: int | None

    @property
    def total(self) -> Decimal:
        return sum(self.hours.values(), Decimal(0))

    @property
    def verdict(self) -> CreditVerdict:
        if self.total == 0:
            return CreditVerdict.NONE
        is_all = all(self.hours.get(t.outcome_id, Decimal(0)) >= t.hours for t in self.item.targets)
        return CreditVerdict.FULL if is_all else CreditVerdict.PART


def form_commission(
    uow: UnitOfWork, *, org_id: UUID, name: str, order_ref: str, chair_id: UUID, member_ids: Sequence[UUID]
) -> UUID:
    """Form the commission of an organisation; the one before ends. ``member_ids`` are the others besides the chair.

    Cases on which nobody has voted yet go over to the new one; where voting has begun, the old one finishes.
    Raises InvalidInput ``credit.commission_small`` below the size that the school's policy asks for (never under two),
    ``credit.commission_seats`` for whoever holds no seat in this school: a quorum of people who cannot vote is none.
    """
    uow.require("credit.approve_rule", org_id)
    people_ids = dict.fromkeys((chair_id, *member_ids))
    least = max(SMALLEST, uow.runtime.settings.of(PlansSettings).commission_size)
    if len(people_ids) < least:
        raise InvalidInput(
            "credit.commission_small", fields={"member_ids": ["credit.commission_small"]}, least=least
        )
    _check_seats(uow, org_id, chair_id, set(people_ids))
    uow.lock("commission", org_id)
    known = _same_commission(uow, org_id, (name, order_ref, chair_id), set(people_ids))
    if known is not None:
        return known
    uow.session.execute(
        sa.update(Commission)
        .where(Commission.org_id == org_id, Commission.ended_at.is_(None))
        .values(ended_at=uow.now())
    )
    row = Commission(
        org_id=org_id, name=name, order_ref=order_ref, created_by=acting_person(uow), created_at=uow.now()
    )
    row.members = [CommissionMember(person_id=pid, is_chair=pid == chair_id) for pid in people_ids]
    uow.session.add(row)
    uow.session.flush()
    _hand_over(uow, row)
    payload = {"commission": row.id, "order": order_ref, "members": len(people_ids)}
    uow.append_ledger(f"org:{org_id}", "plans.commission_formed", None, payload)
    return row.id


def _same_commission(
    uow: UnitOfWork, org_id: UUID, said: tuple[str, str, UUID], member_ids: set[UUID]
) -> UUID | None:
    """Return the commission in force when it is the very same: a form that is sent twice forms one."""
    row = uow.session.scalar(
        sa.select(Commission).where(Commission.org_id == org_id, Commission.ended_at.is_(None))
    )
    if row is None or {seat.person_id for seat in row.members} != member_ids:
        return None
    chair = next((seat.person_id for seat in row.members if seat.is_chair), None)
    return row.id if (row.name, row.order_ref, chair) == said else None


def _check_seats(uow: UnitOfWork, org_id: UUID, chair_id: UUID, member_ids: set[UUID]) -> None:
    chairs = set(people.holders_of(uow.session, org_id, RoleKind.COMMISSION_CHAIR, uow.now()))
    members = set(people.holders_of(uow.session, org_id, RoleKind.COMMISSION_MEMBER, uow.now()))
    code, fields = "credit.commission_seats", {}
    if chair_id not in chairs:
        fields["chair_id"] = [code]
    if not member_ids <= chairs | members:
        fields["member_ids"] = [code]
    if fields:
        raise InvalidInput(code, fields=fields)


def _hand_over(uow: UnitOfWork, commission: Commission) -> None:
    """Give the waiting cases of an organisation to its new commission."""
    has_begun = (
        sa.select(CreditVote.id)
        .where(CreditVote.case_id == CreditCase.id, CreditVote.round == CreditCase.round)
        .exists()
    )
    uow.session.execute(
        sa.update(CreditCase)
        .where(
            CreditCase.org_id == commission.org_id, CreditCase.state == CaseState.IN_COMMISSION, ~has_begun
        )
        .values(commission_id=commission.id)
        .execution_options(synchronize_session=False)
    )


def refer_to_commission(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Hand a compared case to the organisation's commission; raise Conflict ``credit.no_commission``."""
    case = load_case(uow, case_id, "credit.office")
    commission_id = commission_of(uow.session, case.org_id)
    if reports.latest_report(uow.session, case.id) is None:
        raise Conflict("credit.report_first")
    move(case, Act.REFER)
    case.commission_id = commission_id
    return CaseStep(case.id, case.state)


def tally_of(session: Session, case: CreditCase) -> Tally:
    """Count the votes of the case's present round."""
    commission = session.get(Commission, case.commission_id) if case.commission_id else None
    choices = session.scalars(
        sa.select(CreditVote.choice).where(CreditVote.case_id == case.id, CreditVote.round == case.round)
    )
    return count_votes(len(commission.members) if commission else 0, choices)


def proposal_on_table(session: Session, case: CreditCase) -> CreditProposal | None:
    """Return what the chair has put to the vote in this round; None: the present report itself."""
    report = reports.latest_report(session, case.id)
    row = session.scalar(
        sa.select(CreditProposal).where(CreditProposal.case_id == case.id, CreditProposal.round == case.round)
    )
    return row if row is not None and report is not None and row.report_id == report.id else None


def propose_hours(
    uow: UnitOfWork, case_id: UUID, *, hours: Mapping[UUID, Decimal], mark: int | None, reason: str
) -> ProposalReceipt:
    """Put hours by outcome and a mark to the vote; votes given on anything else before count no longer.

    The chair alone does it, with a reason that everybody reads. Raises Conflict ``credit.not_now``,
    ``credit.stale_report``, ``credit.same_proposal``; InvalidInput ``credit.proposal_reason``, ``credit.mark_range``,
    ``credit.no_marks``, ``credit.hours_none``, ``credit.hours_outcome`` (C1), ``credit.hours_certificate`` (C2);
    Forbidden (C8).
    """
    case = load_case(uow, case_id, "credit.decide")
    if case.state is not CaseState.IN_COMMISSION:
        raise Conflict("credit.not_now", state=case.state.value, act="propose")
    _check_interest(uow, case)
    if not reason.strip():
        raise InvalidInput("credit.proposal_reason", fields={"why": ["credit.proposal_reason"]})
    _check_mark(uow, case, mark)
    report = reports.latest_report(uow.session, case.id)
    if report is None or report.input_hash != reports.hash_now(uow, case):
        raise Conflict("credit.stale_report")
    item = item_facts(uow.session, case.plan_id, case.stable_key, without_case=case.id)
    chosen = {target.outcome_id: hours.get(target.outcome_id, Decimal(0)) for target in item.targets}
    if sum(chosen.values(), Decimal(0)) <= 0:
        raise InvalidInput("credit.hours_none", fields={"hours": ["credit.hours_none"]})
    _check_hours(uow, case, item, chosen)
    if (chosen, mark) == on_table(uow.session, case, report):
        raise Conflict("credit.same_proposal")
    return _put_to_vote(uow, case, report, chosen, mark, reason.strip())


def _check_mark(uow: UnitOfWork, case: CreditCase, mark: int | None) -> None:
    """Refuse a mark that is no mark of something credited, and any mark where the school credits without."""
    if mark is None:
        return
    if mark not in PASSING_MARKS:
        raise InvalidInput("credit.mark_range", fields={"mark": ["credit.mark_range"]})
    if not conversion_rules(uow.session, case.org_id).with_mark:
        raise InvalidInput("credit.no_marks", fields={"mark": ["credit.no_marks"]})


def on_table(
    session: Session, case: CreditCase, report: MatchReport
) -> tuple[dict[UUID, Decimal], int | None]:
    """Return the hours by outcome and the mark that a vote is about now."""
    row = proposal_on_table(session, case)
    if row is not None:
        return {UUID(key): Decimal(value) for key, value in row.hours.items()}, row.mark
    return {UUID(one["target_id"]): Decimal(one["hours"]) for one in report.rows}, mark_of(session, case)


def _put_to_vote(
    uow: UnitOfWork,
    case: CreditCase,
    report: MatchReport,
    chosen: Mapping[UUID, Decimal],
    mark: int | None,
    reason: str,
) -> ProposalReceipt:
    voided = tally_of(uow.session, case).cast
    has_one = sa.select(CreditProposal.id).where(
        CreditProposal.case_id == case.id, CreditProposal.round == case.round
    )
    if voided or uow.session.scalar(has_one) is not None:
        case.round += 1
    row = CreditProposal(
        case_id=case.id,
        round=case.round,
        report_id=report.id,
        hours={str(key): format(value, "f") for key, value in chosen.items()},
        mark=mark,
        reason=reason,
        voided=voided,
        proposed_by=acting_person(uow),
        proposed_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    payload = {"case": case.id, "round": row.round, "hours": row.hours, "mark": mark, "voided": voided}
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", "plans.credit_proposed", case.person_id, payload, [ref])
    return ProposalReceipt(row.round, voided)


def vote(
    uow: UnitOfWork, case_id: UUID, *, choice: VoteChoice, reason: str = "", seen_round: int | None = None
) -> VoteReceipt:
    """Count one member's vote on what is on the table: the chair's proposal, or the present report; given once.

    ``seen_round`` is the round that the member has read. Raises NotFound for those who have no seat, Forbidden
    ``credit.not_impartial`` (C8), Conflict ``credit.voted``, ``credit.stale_report``, ``credit.proposal_changed``,
    InvalidInput ``credit.vote_reason``.
    """
    case = load_case(uow, case_id, "credit.vote")
    if case.state is not CaseState.IN_COMMISSION:
        raise Conflict("credit.not_now", state=case.state.value, act="vote")
    _check_interest(uow, case)
    if seen_round not in {None, case.round}:
        raise Conflict("credit.proposal_changed")
    if choice is not VoteChoice.FOR and not reason.strip():
        raise InvalidInput("credit.vote_reason", fields={"reason": ["credit.vote_reason"]})
    report = reports.latest_report(uow.session, case.id)
    if report is None or report.input_hash != reports.hash_now(uow, case):
        raise Conflict("credit.stale_report")
    member_id = acting_person(uow)
    given = sa.select(CreditVote.id).where(
        CreditVote.case_id == case.id, CreditVote.round == case.round, CreditVote.member_id == member_id
    )
    if uow.session.scalar(given) is not None:
        raise Conflict("credit.voted")
    row = CreditVote(
        case_id=case.id,
        round=case.round,
        member_id=member_id,
        choice=choice,
        reason=reason.strip(),
        report_id=report.id,
        at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    tally = tally_of(uow.session, case)
    return VoteReceipt(row.id, tally.cast, tally.needed, tally.has_quorum)


def _check_interest(uow: UnitOfWork, case: CreditCase) -> None:
    """Let nobody judge who teaches the student this subject or judged before an appeal; others were stopped at the door."""
    member_id = acting_person(uow)
    interest = interests_of(uow.session, case, [member_id], uow.now()).get(member_id)
    if interest is not None:
        raise Forbidden("credit.judged_before" if interest is Interest.DECIDED else "credit.teaches")


def decide(
    uow: UnitOfWork,
    case_id: UUID,
    *,
    is_granted: bool,
    hours: Mapping[UUID, Decimal] | None = None,
    reason: str = "",
    remedy: str = "",
    override_reason: str = "",
) -> DecisionReceipt:
    """Record what the commission decided and let it take effect in the plan, the ledger and the outbox at once.

    ``hours`` per outcome default to what was voted on: the chair's proposal, or the report. Raises Conflict ``credit.no_quorum``, ``credit.votes_against``,
    ``credit.votes_for``, ``credit.stale_report`` (C3); InvalidInput ``credit.refusal_reason``,
    ``credit.refusal_remedy``, ``credit.override_needed``, ``credit.hours_voted``, ``credit.hours_outcome`` (C1), ``credit.hours_certificate`` (C2),
    ``credit.hours_none``; Forbidden ``credit.not_impartial`` (C8).
    """
    case = load_case(uow, case_id, "credit.decide")
    if case.state is not CaseState.IN_COMMISSION:
        raise Conflict("credit.not_now", state=case.state.value, act="decide")
    _check_interest(uow, case)
    uow.lock("plan", case.plan_id)
    uow.lock("certificates", case.org_id)
    tally = tally_of(uow.session, case)
    _check_votes(tally, is_granted=is_granted)
    grant = _grant(uow, case, hours if is_granted else {}, override_reason.strip(), is_granted=is_granted)
    if grant.verdict is CreditVerdict.NONE:
        _check_refusal(reason, remedy)
    decision = _record(uow, case, grant, tally, reason.strip(), remedy.strip())
    _take_effect(uow, case, decision, grant)
    return DecisionReceipt(
        decision.id, decision.protocol_no, decision.verdict, decision.hours, decision.hours_total
    )


def decide_by_itself(uow: UnitOfWork, case: CreditCase, report: MatchReport) -> CreditDecision:
    """Grant what the report gives without a commission (C4); the caller has made sure that nothing is open."""
    uow.lock("plan", case.plan_id)
    uow.lock("certificates", case.org_id)
    item = item_facts(uow.session, case.plan_id, case.stable_key, without_case=case.id)
    hours = {UUID(row["target_id"]): Decimal(row["hours"]) for row in report.rows}
    _check_hours(uow, case, item, hours)
    grant = _Grant(item, report, hours, "", report.input_hash, mark_of(uow.session, case))
    decision = _record(uow, case, grant, Tally(0, 0, 0, 0), "", "", is_automatic=True)
    _take_effect(uow, case, decision, grant)
    return decision


def _check_votes(tally: Tally, *, is_granted: bool) -> None:
    if not tally.has_quorum:
        raise Conflict("credit.no_quorum", cast=tally.cast, needed=tally.needed, members=tally.members)
    if is_granted and not tally.is_granted:
        raise Conflict("credit.votes_against")
    if not is_granted and tally.is_granted:
        raise Conflict("credit.votes_for")


def _check_refusal(reason: str, remedy: str) -> None:
    """Refuse a refusal that does not say why and what to do next (C5)."""
    fields = {}
    if not reason.strip():
        fields["reason"] = ["credit.refusal_reason"]
    if not remedy.strip():
        fields["remedy"] = ["credit.refusal_remedy"]
    if fields:
        raise InvalidInput("credit.refusal", fields=fields)


def _grant(
    uow: UnitOfWork,
    case: CreditCase,
    hours: Mapping[UUID, Decimal] | None,
    override: str,
    *,
    is_granted: bool,
) -> _Grant:
    """Check the hours against the report, the outcomes (C1) and the certificate (C2)."""
    report = reports.latest_report(uow.session, case.id)
    if report is None:
        raise Conflict("credit.report_first")
    present = reports.hash_now(uow, case)
    if report.input_hash != present and not override:
        raise Conflict("credit.stale_report")
    item = item_facts(uow.session, case.plan_id, case.stable_key, without_case=case.id)
    proposed, mark = on_table(uow.session, case, report)
    proposal = proposal_on_table(uow.session, case)
    chosen = (
        proposed
        if hours is None
        else {t.outcome_id: hours.get(t.outcome_id, Decimal(0)) for t in item.targets}
    )
    if is_granted and chosen != proposed and not override:
        raise InvalidInput("credit.override_needed", fields={"override_reason": ["credit.override_needed"]})
    if is_granted and sum(chosen.values(), Decimal(0)) <= 0:
        raise InvalidInput("credit.hours_none", fields={"hours": ["credit.hours_none"]})
    _check_hours(uow, case, item, chosen)
    if is_granted and not _is_voted_on(uow, case, chosen, proposed):
        raise InvalidInput("credit.hours_voted", fields={"hours": ["credit.hours_voted"]})
    if is_granted and not override and proposal is not None:
        override = proposal.reason
    return _Grant(item, report, chosen, override, present, mark)


def _is_voted_on(
    uow: UnitOfWork, case: CreditCase, chosen: Mapping[UUID, Decimal], proposed: Mapping[UUID, Decimal]
) -> bool:
    """Tell whether the votes cover the hours: what was on the table or fewer; more only where an appeal was voted on.

    Once the chair has put hours to the vote, an appeal is voted on by these, too.
    """
    if proposal_on_table(uow.session, case) is None and decision_of(uow.session, case.id) is not None:
        return True
    return all(amount <= proposed.get(outcome, Decimal(0)) for outcome, amount in chosen.items())


def _check_hours(uow: UnitOfWork, case: CreditCase, item: ItemFacts, chosen: Mapping[UUID, Decimal]) -> None:
    for target in item.targets:
        free = target.hours - item.taken.get(target.outcome_id, Decimal(0))
        if not Decimal(0) <= chosen.get(target.outcome_id, Decimal(0)) <= max(free, Decimal(0)):
            raise InvalidInput("credit.hours_outcome", fields={"hours": ["credit.hours_outcome"]})
    if _drawn(uow, case, chosen) is None:
        raise InvalidInput("credit.hours_certificate", fields={"hours": ["credit.hours_certificate"]})


def _drawn(uow: UnitOfWork, case: CreditCase, hours: Mapping[UUID, Decimal]) -> dict[str, Decimal] | None:
    """Return the hours that each document gives, those that the report names first; None when they have too few (C2)."""
    proofs = evidence_of(documents_of(uow.session, case.id))
    rooms = {
        str(row.id): row.hours - drawn_elsewhere(uow.session, row)
        for row in proofs
        if row.verification is not Verification.REJECTED
    }
    report = reports.latest_report(uow.session, case.id)
    rows = report.rows if report is not None else []
    own = {UUID(row["target_id"]): [one for part in row["parts"] for one in part["evidence"]] for row in rows}
    wanted = [(hours[key], own.get(key, [])) for key in sorted(hours)]
    return draw_hours(rooms, wanted)


def _record(
    uow: UnitOfWork,
    case: CreditCase,
    grant: _Grant,
    tally: Tally,
    reason: str,
    remedy: str,
    *,
    is_automatic: bool = False,
) -> CreditDecision:
    days = uow.runtime.settings.of(PlansSettings).refusal_notice_days
    is_refusal = grant.verdict is CreditVerdict.NONE
    _supersede(uow, case)
    row = CreditDecision(
        case_id=case.id,
        org_id=case.org_id,
        round=case.round,
        protocol_no=_next_protocol(uow, case.org_id),
        verdict=grant.verdict,
        reason=reason,
        remedy=remedy,
        report_id=grant.report.id,
        input_hash=grant.input_hash,
        override_reason=grant.override,
        assurance=assurance_of(documents_of(uow.session, case.id)),
        mark=None if is_refusal else grant.mark,
        hours=grant.total,
        hours_total=sum((t.hours for t in grant.item.targets), Decimal(0)),
        members=tally.members,
        votes_for=tally.votes_for,
        votes_against=tally.votes_against,
        votes_abstain=tally.votes_abstain,
        is_automatic=is_automatic,
        decided_by=None if is_automatic else acting_person(uow),
        decided_at=uow.now(),
        send_by=people.working_days_after(uow.session, uow.today(), days),
        sent_at=None if is_refusal else uow.now(),
        sent_by=None if is_refusal or is_automatic else acting_person(uow),
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def _supersede(uow: UnitOfWork, case: CreditCase) -> None:
    """End the decision of an earlier round with its effects: after an appeal the commission decides anew."""
    uow.session.execute(
        sa.update(CreditDecision)
        .where(CreditDecision.case_id == case.id, CreditDecision.superseded_at.is_(None))
        .values(superseded_at=uow.now())
    )
    uow.session.execute(
        sa.update(CreditEffect).where(CreditEffect.case_id == case.id).values(state=EffectState.REVOKED)
    )


def _next_protocol(uow: UnitOfWork, org_id: UUID) -> int:
    uow.lock("credit_protocol", org_id)
    highest = uow.session.scalar(
        sa.select(sa.func.max(CreditDecision.protocol_no)).where(CreditDecision.org_id == org_id)
    )
    return (highest or 0) + 1


def mark_of(session: Session, case: CreditCase) -> int | None:
    """Return the mark that the school's policy carries over; by default a credit has none («зачтено»).

    Of several documents the weakest result counts, and none where one of them cannot be read.
    """
    rules = conversion_rules(session, case.org_id)
    proofs = [
        row
        for row in evidence_of(documents_of(session, case.id))
        if row.verification is not Verification.REJECTED
    ]
    shares = [convert(d.raw_result, d.scale, d.scale_max, rules.min_share, rules).share for d in proofs]
    known = [share for share in shares if share is not None]
    return mark_for(min(known), rules) if known and len(known) == len(shares) else None


def _take_effect(uow: UnitOfWork, case: CreditCase, decision: CreditDecision, grant: _Grant) -> None:
    """Write effects, draw the hours, record the basis, move the case, announce (domain: same transaction)."""
    ref = BasisRef("plans.credit_case", case.id)
    for position, target in enumerate(grant.item.targets):
        hours = grant.hours.get(target.outcome_id, Decimal(0))
        uow.session.add(_effect(case, decision, position, target.outcome_id, hours, target.hours))
    drawn = _drawn(uow, case, grant.hours) or {}
    for document in documents_of(uow.session, case.id):
        document.hours_drawn = drawn.get(str(document.id), Decimal(0))
    move(case, Act.DECIDE)
    if decision.verdict is CreditVerdict.NONE:
        revoke_basis(uow, ref, decision.reason)
    else:
        given = [
            OutcomeHours(t.outcome_id, grant.hours[t.outcome_id])
            for t in grant.item.targets
            if grant.hours.get(t.outcome_id)
        ]
        record_basis(
            uow,
            plan_id=case.plan_id,
            stable_key=case.stable_key,
            kind=BasisKind.CREDIT,
            ref=ref,
            outcomes=given,
            mark=str(decision.mark or ""),
        )
        move(case, Act.EFFECT)
    if decision.verdict is CreditVerdict.FULL:
        move(case, Act.CLOSE)
        case.closed_at = uow.now()
    case.way, case.way_chosen_at = None, None
    case.suspended_reason, case.suspended_by = (
        "",
        [],
    )  # what suspended the earlier decision has no hold on this one
    payload = {
        "decision": decision.id,
        "protocol": decision.protocol_no,
        "verdict": decision.verdict,
        "hours": decision.hours,
        "of": decision.hours_total,
        "report": decision.report_id,
        "input_hash": decision.input_hash,
        "override": decision.override_reason,
        "automatic": decision.is_automatic,
        "votes": [decision.votes_for, decision.votes_against, decision.votes_abstain],
        "assurance": decision.assurance,
    }
    refs = [ref, BasisRef("plans.match_report", decision.report_id)]
    uow.append_ledger(f"org:{case.org_id}", "plans.credit_decided", case.person_id, payload, refs)
    uow.record(CreditDecided(case.id, case.person_id, case.plan_id))
    notices.tell_family(uow, notices.DECIDED, decision.id, case)


def _effect(
    case: CreditCase, decision: CreditDecision, position: int, outcome_id: UUID, hours: Decimal, of: Decimal
) -> CreditEffect:
    verdict = MatchVerdict.GAP if not hours else MatchVerdict.COVERED if hours >= of else MatchVerdict.PARTIAL
    return CreditEffect(
        decision_id=decision.id,
        case_id=case.id,
        plan_id=case.plan_id,
        stable_key=case.stable_key,
        outcome_id=outcome_id,
        position=position,
        verdict=verdict,
        hours=hours,
        hours_total=of,
        state=EffectState.ACTIVE if hours else EffectState.REVOKED,
    )


def mark_sent(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Record that a refusal was sent to the family, which stops the clock and closes the case (C5)."""
    case = load_case(uow, case_id, "credit.office")
    decision = decision_of(uow.session, case.id)
    if decision is None or decision.verdict is not CreditVerdict.NONE or decision.sent_at is not None:
        raise Conflict("credit.not_now", state=case.state.value, act="send")
    decision.sent_at, decision.sent_by = uow.now(), acting_person(uow)
    move(case, Act.CLOSE)
    case.closed_at = uow.now()
    payload = {"decision": decision.id, "send_by": decision.send_by}
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", "plans.credit_refusal_sent", case.person_id, payload, [ref])
    return CaseStep(case.id, case.state)
