"""Disagree with a decision, answer, and suspend, confirm or revoke a credit whose basis is in doubt."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.plans.credit_models import CreditAppeal, CreditCase, CreditDecision, CreditEffect, CreditVote
from lms.plans.rules.credit_states import Act
from lms.plans.service.credit.annulments import BY_HAND, is_ground_annulled
from lms.plans.service.credit.case_inputs import documents_of
from lms.plans.service.credit.cases import (
    CaseStep,
    acting_person,
    commission_of,
    decision_of,
    load_case,
    move,
)
from lms.plans.service.plans.basis import revoke_basis
from lms.plans.settings import PlansSettings
from lms.plans.types.credit import CaseState, EffectState

__all__ = ["confirm_credit", "file_appeal", "resolve_appeal", "revoke_credit", "suspend_credit"]


def file_appeal(uow: UnitOfWork, case_id: UUID, text: str) -> CaseStep:
    """Disagree with the decision in the family's own words; the school answers in ten working days.

    Raises InvalidInput ``credit.appeal_text``, Conflict ``credit.appealed`` when this decision was appealed before.
    """
    case = load_case(uow, case_id, "credit.edit")
    if not text.strip():
        raise InvalidInput("credit.appeal_text", fields={"text": ["credit.appeal_text"]})
    decision = decision_of(uow.session, case.id)
    if decision is None:
        raise Conflict("credit.not_now", state=case.state.value, act="appeal")
    if (
        uow.session.scalar(sa.select(CreditAppeal.id).where(CreditAppeal.decision_id == decision.id))
        is not None
    ):
        raise Conflict("credit.appealed")
    move(case, Act.APPEAL)
    days = uow.runtime.settings.of(PlansSettings).credit_review_days
    row = CreditAppeal(
        case_id=case.id,
        decision_id=decision.id,
        text=text.strip(),
        filed_by=acting_person(uow),
        filed_at=uow.now(),
        due_on=people.working_days_after(uow.session, uow.today(), days),
    )
    uow.session.add(row)
    uow.session.flush()
    _ledger(uow, case, "plans.credit_appealed", {"appeal": row.id, "decision": decision.id})
    return CaseStep(case.id, case.state)


def resolve_appeal(uow: UnitOfWork, case_id: UUID, *, is_upheld: bool, answer: str) -> CaseStep:
    """Answer an appeal: the decision stands (``is_upheld``) or a commission decides anew, without those who judged before.

    Raises InvalidInput ``credit.answer_needed``, Conflict ``credit.not_impartial_appeal`` for whoever decided or
    voted, Forbidden ``credit.teaches`` for who teaches the student the subject.
    """
    case = load_case(uow, case_id, "credit.resolve_appeal")
    if not answer.strip():
        raise InvalidInput("credit.answer_needed", fields={"answer": ["credit.answer_needed"]})
    row = uow.session.scalar(
        sa.select(CreditAppeal).where(CreditAppeal.case_id == case.id, CreditAppeal.resolved_at.is_(None))
    )
    decision = decision_of(uow.session, case.id)
    if row is None or decision is None:
        raise Conflict("credit.not_now", state=case.state.value, act="answer")
    if acting_person(uow) in _deciders(uow, case):
        raise Conflict("credit.not_impartial_appeal")
    if acting_person(uow) in people.teachers_of(uow.session, case.person_id, case.subject, uow.now()):
        raise Forbidden("credit.teaches")
    row.is_upheld, row.answer = is_upheld, answer.strip()
    row.resolved_by, row.resolved_at = acting_person(uow), uow.now()
    move(case, Act.UPHOLD if is_upheld else Act.OVERTURN)
    if (
        is_upheld and case.suspended_by
    ):  # its ground was annulled while the appeal was open: it stands, but not yet
        move(case, Act.SUSPEND)
    if not is_upheld:
        case.commission_id = commission_of(uow.session, case.org_id)
        case.round += 1
        case.closed_at = None
    _ledger(uow, case, "plans.credit_appeal_resolved", {"appeal": row.id, "decision_stands": is_upheld})
    return CaseStep(case.id, case.state)


def _deciders(uow: UnitOfWork, case: CreditCase) -> set[UUID]:
    """Return who recorded a decision of the case or voted in it, in any round: a second appeal is for others, too."""
    voters = sa.select(CreditVote.member_id).where(CreditVote.case_id == case.id)
    recorded = sa.select(CreditDecision.decided_by).where(
        CreditDecision.case_id == case.id, CreditDecision.decided_by.is_not(None)
    )
    return {*uow.session.scalars(voters), *(one for one in uow.session.scalars(recorded) if one)}


def _ledger(uow: UnitOfWork, case: CreditCase, kind: str, payload: dict[str, object]) -> None:
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", kind, case.person_id, {"case": case.id, **payload}, [ref])


def _effects(uow: UnitOfWork, case: CreditCase, state: EffectState, to: EffectState) -> None:
    uow.session.execute(
        sa.update(CreditEffect)
        .where(CreditEffect.case_id == case.id, CreditEffect.state == state)
        .values(state=to)
    )


def suspend_credit(uow: UnitOfWork, case_id: UUID, reason: str) -> CaseStep:
    """Suspend a credit and, in the same transaction, everything that rests on it (C6). Raises InvalidInput, Conflict."""
    case = load_case(uow, case_id, "credit.suspend")
    if not reason.strip():
        raise InvalidInput("credit.suspend_reason", fields={"reason": ["credit.suspend_reason"]})
    move(case, Act.SUSPEND)
    case.suspended_reason, case.suspended_by = reason.strip(), [BY_HAND]
    _effects(uow, case, EffectState.ACTIVE, EffectState.SUSPENDED)
    uow.suspend_dependents(BasisRef("plans.credit_case", case.id), reason.strip())
    _ledger(uow, case, "plans.credit_suspended", {"reason": reason.strip()})
    return CaseStep(case.id, case.state)


def confirm_credit(uow: UnitOfWork, case_id: UUID, reason: str) -> CaseStep:
    """Lift the suspension: case, plan item and everything above come back to exactly the state before.

    A credit has a ground that counts (P5, C6): while a result behind it is annulled, it comes back with that result or
    is revoked, and nobody lifts the suspension by hand. Raises Conflict ``credit.ground_annulled``, InvalidInput.
    """
    case = load_case(uow, case_id, "credit.suspend")
    if not reason.strip():
        raise InvalidInput("credit.suspend_reason", fields={"reason": ["credit.suspend_reason"]})
    if case.state is CaseState.SUSPENDED and is_ground_annulled(case):
        raise Conflict("credit.ground_annulled")
    move(case, Act.CONFIRM)
    case.suspended_reason, case.suspended_by = "", []
    _effects(uow, case, EffectState.SUSPENDED, EffectState.ACTIVE)
    uow.reinstate_dependents(BasisRef("plans.credit_case", case.id), reason.strip())
    _ledger(uow, case, "plans.credit_confirmed", {"reason": reason.strip()})
    return CaseStep(case.id, case.state)


def revoke_credit(uow: UnitOfWork, case_id: UUID, reason: str) -> CaseStep:
    """End a suspended credit for good and give the hours back to the certificate."""
    case = load_case(uow, case_id, "credit.suspend")
    if not reason.strip():
        raise InvalidInput("credit.suspend_reason", fields={"reason": ["credit.suspend_reason"]})
    move(case, Act.REVOKE)
    case.closed_at = uow.now()
    case.suspended_reason, case.suspended_by = reason.strip(), []
    _effects(uow, case, EffectState.SUSPENDED, EffectState.REVOKED)
    for document in documents_of(uow.session, case.id):
        document.hours_drawn = Decimal(0)
    revoke_basis(uow, BasisRef("plans.credit_case", case.id), reason.strip())
    _ledger(uow, case, "plans.credit_revoked", {"reason": reason.strip()})
    return CaseStep(case.id, case.state)
