"""Let the student and the family propose items, and the school answer with a reason."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import SUBJECT_WORDS, AttestationForm
from lms.plans.models import Plan, PlanProposal, PlanVersion
from lms.plans.rules.plan_content import ItemContent
from lms.plans.service.plans.drafts import add_item, begin_version
from lms.plans.service.plans.opening import open_plan
from lms.plans.types.plans import Delivery, PlanReceipt, PlanState, ProposalState

__all__ = ["accept_proposal", "decline_proposal", "propose_item", "withdraw_proposal"]

MOST_OPEN = 10


def propose_item(
    uow: UnitOfWork,
    *,
    plan_id: UUID,
    title: str,
    subject: str,
    hours: Decimal,
    period: int,
    delivery: Delivery = Delivery.EXTERNAL,
    external_course: str = "",
    reason: str = "",
) -> UUID:
    """Propose an item for one's own or one's child's plan; return the proposal's id. Nothing in the plan changes.

    The very same while it waits for its answer is the same proposal. Raises InvalidInput ``plans.check_item``, Conflict
    ``plans.too_many_proposals``.
    """
    plan = open_plan(uow, plan_id, "plans.propose")
    fields: dict[str, list[str]] = {}
    if not title.strip():
        fields["title"] = ["plans.needs_title"]
    if subject not in SUBJECT_WORDS:
        fields["subject"] = ["plans.no_such_subject"]
    if hours <= 0:
        fields["hours"] = ["plans.hours_not_positive"]
    if period not in {p.number for p in curriculum_view(uow.session, plan.curriculum_id).periods}:
        fields["period"] = ["plans.no_such_period"]
    if fields:
        raise InvalidInput("plans.check_item", fields=fields)
    assert uow.actor.person_id is not None
    said = {
        "plan_id": plan.id,
        "state": ProposalState.OPEN,
        "title": title.strip(),
        "subject": subject,
        "delivery": delivery,
        "external_course": external_course.strip(),
        "hours": hours,
        "period": period,
        "reason": reason.strip(),
        "proposed_by": uow.actor.person_id,
    }
    known = uow.session.scalar(sa.select(PlanProposal.id).filter_by(**said).limit(1))
    if known is not None:
        return known
    _refuse_flood(uow, plan_id)
    row = PlanProposal(**said, proposed_at=uow.now())
    uow.session.add(row)
    uow.session.flush()
    return row.id


def _refuse_flood(uow: UnitOfWork, plan_id: UUID) -> None:
    waiting = uow.session.scalar(
        sa.select(sa.func.count())
        .select_from(PlanProposal)
        .where(PlanProposal.plan_id == plan_id, PlanProposal.state == ProposalState.OPEN)
    )
    if (waiting or 0) >= MOST_OPEN:
        raise Conflict("plans.too_many_proposals", most=MOST_OPEN)


def _open_proposal(uow: UnitOfWork, proposal_id: UUID, action: str) -> tuple[Plan, PlanProposal]:
    """Return a proposal that waits for its answer, with its plan locked."""
    plan_id = uow.session.scalar(sa.select(PlanProposal.plan_id).where(PlanProposal.id == proposal_id))
    if plan_id is None:
        uow.require(action)
        raise NotFound("plans.no_proposal")
    plan = open_plan(uow, plan_id, action)
    row = uow.session.get_one(PlanProposal, proposal_id, populate_existing=True)
    if row.state is not ProposalState.OPEN:
        raise Conflict("plans.proposal_answered")
    return plan, row


def _answer(
    uow: UnitOfWork, plan: Plan, row: PlanProposal, state: ProposalState, answer: str, key: str = ""
) -> None:
    row.state, row.answer, row.stable_key = state, answer, key
    row.answered_by, row.answered_at = uow.actor.person_id, uow.now()
    payload = {"plan_id": plan.id, "title": row.title, "state": state, "answer": answer, "item": key}
    refs = [BasisRef("plans.proposal", row.id)]
    uow.append_ledger(f"org:{plan.org_id}", "plans.proposal_answered", plan.person_id, payload, refs)
    uow.session.flush()


def withdraw_proposal(uow: UnitOfWork, *, proposal_id: UUID) -> None:
    """Take one's own or one's child's proposal back; raise Conflict ``plans.proposal_answered``."""
    plan, row = _open_proposal(uow, proposal_id, "plans.propose")
    _answer(uow, plan, row, ProposalState.WITHDRAWN, "")


def decline_proposal(uow: UnitOfWork, *, proposal_id: UUID, reason: str) -> None:
    """Decline a proposal with a reason that the family reads; raise InvalidInput ``plans.needs_reason``."""
    plan, row = _open_proposal(uow, proposal_id, "plans.edit")
    if not reason.strip():
        raise InvalidInput("plans.needs_reason", fields={"reason": ["plans.needs_reason"]})
    _answer(uow, plan, row, ProposalState.DECLINED, reason.strip())


def accept_proposal(uow: UnitOfWork, *, proposal_id: UUID, begin_because: str) -> PlanReceipt:
    """Put a proposal into the draft as an item; where there is no draft, begin a version because of it.

    It is agreed when the version is signed, like everything else. Raises Conflict ``plans.open_version_exists`` while
    a version collects signatures.
    """
    plan, row = _open_proposal(uow, proposal_id, "plans.edit")
    draft_id = uow.session.scalar(
        sa.select(PlanVersion.id).where(PlanVersion.plan_id == plan.id, PlanVersion.state == PlanState.DRAFT)
    )
    if draft_id is None:
        draft_id = begin_version(uow, plan_id=plan.id, reason=begin_because).version_id
    content = ItemContent(
        subject=row.subject,
        title=row.title,
        hours=row.hours,
        period=row.period,
        delivery=row.delivery,
        attestation_form=AttestationForm.CREDIT_TEST,
        external_course=row.external_course,
        note=row.reason,
    )
    receipt = add_item(uow, version_id=draft_id, content=content)
    _answer(uow, plan, row, ProposalState.ACCEPTED, "", receipt.stable_key)
    return receipt
