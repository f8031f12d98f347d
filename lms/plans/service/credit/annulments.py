"""Suspend credits with the result that proved them, and bring them back with it (C6): in the annulling transaction."""

from __future__ import annotations

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.uow import UnitOfWork
from lms.plans.credit_models import CreditCase, CreditDocument, CreditEffect
from lms.plans.rules.credit_states import Act
from lms.plans.service.credit.cases import move
from lms.plans.types.credit import CaseState, EffectState, Verification, VerificationMethod

__all__ = [
    "BY_HAND",
    "REPLACED",
    "cases_on",
    "is_ground_annulled",
    "origin_of",
    "reinstate_case_on",
    "reinstate_credits_on",
    "suspend_case_on",
    "suspend_credits_on",
]

#: Who suspended a credit (`CreditCase.suspended_by`) when it was no annulled result: the head, for reasons of their own.
BY_HAND = "head"
#: Stands before the origin of a result that another one has replaced: what that means for the credit is for people to say.
REPLACED = "replaced:"
#: How evidence names the fact that it came from (`CreditDocument.origin`), by the kind of the fact.
_ORIGINS = {
    "assessment.result": "result",
    "courses.completion": "course",
    "profiles.portfolio": "portfolio",
}
#: States in which nothing more is compared: what the documents say there is history.
_OVER = frozenset({CaseState.WITHDRAWN, CaseState.REVOKED})
#: A decision is in force and is looked at anew: what was annulled must not carry the next one.
_DECIDED_ANEW = frozenset({CaseState.APPEALED, CaseState.IN_COMMISSION})


def suspend_credits_on(uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
    """Suspend every credit that an annulled result or completion proved; in open cases it counts no longer.

    Return the cases whose effects were suspended, so that plan items and all above follow.
    """
    touched = [case for case in cases_on(uow, basis) if suspend_case_on(uow, case, basis, reason)]
    return [BasisRef("plans.credit_case", case.id) for case in touched]


def is_ground_annulled(case: CreditCase) -> bool:
    """Tell whether a credit is suspended with an annulled result or work: then nobody lifts the suspension by hand (C6)."""
    return any(one != BY_HAND and not one.startswith(REPLACED) for one in case.suspended_by)


def suspend_case_on(
    uow: UnitOfWork, case: CreditCase, basis: BasisRef, reason: str, *, is_replaced: bool = False
) -> bool:
    """Suspend one credit because ``basis`` counts no longer; tell whether its effects were suspended by this.

    ``is_replaced`` says that nothing was annulled: another result counts now, and people look again.
    """
    origin = origin_of(basis)
    held = f"{REPLACED}{origin}" if is_replaced else origin
    is_suspended = bool(_effects(uow, case, EffectState.ACTIVE, EffectState.SUSPENDED))
    if is_suspended:
        if case.state in {CaseState.EFFECTED, CaseState.CLOSED}:
            move(case, Act.SUSPEND)
        case.suspended_reason, case.suspended_by = reason[:1000], [held]
        _note(uow, case, "plans.credit_suspended", basis, reason)
    elif case.suspended_by:
        case.suspended_by = sorted({*case.suspended_by, held})
    is_open = not case.suspended_by and case.state not in _OVER
    if is_open or case.state in _DECIDED_ANEW:
        _documents(uow, case, origin, Verification.VERIFIED, Verification.REJECTED, reason)
    uow.session.flush()
    return is_suspended


def reinstate_credits_on(uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
    """Bring back what was suspended with a result, exactly as it was, once nothing else that proved it is annulled.

    What people have suspended, confirmed or revoked meanwhile stays with them. Return the cases that came back.
    """
    back = [case for case in cases_on(uow, basis) if reinstate_case_on(uow, case, basis, reason)]
    return [BasisRef("plans.credit_case", case.id) for case in back]


def reinstate_case_on(uow: UnitOfWork, case: CreditCase, basis: BasisRef, reason: str) -> bool:
    """Bring one credit back because ``basis`` counts again; tell whether its effects came back by this."""
    origin = origin_of(basis)
    held = {origin, f"{REPLACED}{origin}"}
    if held.isdisjoint(case.suspended_by):
        _documents(uow, case, origin, Verification.REJECTED, Verification.VERIFIED, "")
        return False
    if case.state is not CaseState.REVOKED:
        _documents(uow, case, origin, Verification.REJECTED, Verification.VERIFIED, "")
    case.suspended_by = [other for other in case.suspended_by if other not in held]
    if case.suspended_by:
        return False
    if case.state is CaseState.SUSPENDED:
        move(case, Act.CONFIRM)
    case.suspended_reason = ""
    _effects(uow, case, EffectState.SUSPENDED, EffectState.ACTIVE)
    _note(uow, case, "plans.credit_confirmed", basis, reason)
    uow.session.flush()
    return True


def origin_of(basis: BasisRef) -> str:
    """Return how evidence names a fact that it came from; an empty word for facts that nobody takes as evidence."""
    kind = _ORIGINS.get(basis.kind)
    return f"{kind}:{basis.id}" if kind else ""


def cases_on(uow: UnitOfWork, basis: BasisRef) -> list[CreditCase]:
    """Return the cases with evidence that came from ``basis`` and was not put away, in their order, each locked."""
    origin = origin_of(basis)
    if not origin:
        return []
    wanted = sa.select(CreditDocument.case_id).where(
        CreditDocument.origin == origin, CreditDocument.removed_at.is_(None)
    )
    return list(
        uow.session.scalars(
            sa.select(CreditCase).where(CreditCase.id.in_(wanted)).order_by(CreditCase.id).with_for_update()
        )
    )


def _effects(uow: UnitOfWork, case: CreditCase, state: EffectState, to: EffectState) -> int:
    """Move the effects of a case that are in a state; return how many."""
    rows = uow.session.scalars(
        sa.select(CreditEffect).where(CreditEffect.case_id == case.id, CreditEffect.state == state)
    ).all()
    for row in rows:
        row.state = to
    return len(rows)


def _documents(
    uow: UnitOfWork, case: CreditCase, origin: str, state: Verification, to: Verification, note: str
) -> None:
    """Let evidence that came from the platform itself count no longer, or again: a report made with it is stale."""
    rows = uow.session.scalars(
        sa.select(CreditDocument).where(
            CreditDocument.case_id == case.id,
            CreditDocument.origin == origin,
            CreditDocument.removed_at.is_(None),
            CreditDocument.method.in_((VerificationMethod.PLATFORM, VerificationMethod.TEACHER)),
            CreditDocument.verification == state,
        )
    )
    for row in rows:
        row.verification, row.verification_note = to, note[:600]


def _note(uow: UnitOfWork, case: CreditCase, kind: str, basis: BasisRef, reason: str) -> None:
    refs = [basis, BasisRef("plans.credit_case", case.id)]
    uow.append_ledger(f"org:{case.org_id}", kind, case.person_id, {"case": case.id, "reason": reason}, refs)
