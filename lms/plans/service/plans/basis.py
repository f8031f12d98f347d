"""Write down what an item's state rests on; suspend and bring back facts when their own basis falls (P5, C6)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import NotFound
from lms.core.uow import UnitOfWork
from lms.plans.models import BasisFact, Plan
from lms.plans.rules.plan_content import outcomes_to_json
from lms.plans.types.plans import BasisKind, BasisState, OutcomeHours

__all__ = ["record_basis", "reinstate_basis", "revoke_basis", "supersede_basis", "suspend_basis"]


def record_basis(
    uow: UnitOfWork,
    *,
    plan_id: UUID,
    stable_key: str,
    kind: BasisKind,
    ref: BasisRef,
    is_passed: bool = True,
    outcomes: Iterable[OutcomeHours] | None = None,
    mark: str = "",
    note: str = "",
) -> BasisRef:
    """Record that an item rests on ``ref``; return the fact's own reference (``plans.basis``).

    ``outcomes`` names what is covered and for how many hours; None means the whole item. Repeating the call for the same
    item and ``ref`` corrects the fact instead of doubling it, so event handlers may run twice; a fact that another one
    had superseded counts again. The caller has checked the actor's right to the act that this is the effect of.
    Raises NotFound ``plans.no_plan``.
    """
    plan = uow.session.get(Plan, plan_id)
    if plan is None:
        raise NotFound("plans.no_plan")
    fact = uow.session.scalar(
        sa.select(BasisFact).where(
            BasisFact.plan_id == plan_id,
            BasisFact.stable_key == stable_key,
            BasisFact.ref_kind == ref.kind,
            BasisFact.ref_id == ref.id,
        )
    )
    if fact is None:
        fact = BasisFact(
            plan_id=plan_id,
            stable_key=stable_key,
            person_id=plan.person_id,
            ref_kind=ref.kind,
            ref_id=ref.id,
            state=BasisState.ACTIVE,
            recorded_by=uow.actor.person_id,
            recorded_at=uow.now(),
        )
        uow.session.add(fact)
    elif fact.state is BasisState.REVOKED:
        fact.state, fact.reason = BasisState.ACTIVE, ""
    fact.kind, fact.is_passed, fact.mark, fact.note = kind, is_passed, mark, note
    fact.outcomes = None if outcomes is None else outcomes_to_json(outcomes)
    fact.changed_at = uow.now()
    uow.session.flush()
    return BasisRef("plans.basis", fact.id)


def _facts_on(uow: UnitOfWork, ref: BasisRef, state: BasisState) -> list[BasisFact]:
    statement = sa.select(BasisFact).where(
        BasisFact.ref_kind == ref.kind, BasisFact.ref_id == ref.id, BasisFact.state == state
    )
    return list(uow.session.scalars(statement.order_by(BasisFact.id)))


def suspend_basis(uow: UnitOfWork, ref: BasisRef, reason: str) -> list[BasisRef]:
    """Suspend every active fact that rests on ``ref``, keeping its state; return what was suspended."""
    return _move(
        uow, _facts_on(uow, ref, BasisState.ACTIVE), BasisState.SUSPENDED, reason, "plans.basis_suspended"
    )


def reinstate_basis(uow: UnitOfWork, ref: BasisRef, reason: str) -> list[BasisRef]:
    """Bring every suspended fact that rests on ``ref`` back to exactly its state before; return what came back."""
    return _move(uow, _facts_on(uow, ref, BasisState.SUSPENDED), None, reason, "plans.basis_reinstated")


def supersede_basis(uow: UnitOfWork, ref: BasisRef, reason: str) -> list[BasisRef]:
    """End every fact that rests on ``ref`` because another fact counts in its place (a later sitting, a new marking)."""
    facts = _facts_on(uow, ref, BasisState.ACTIVE) + _facts_on(uow, ref, BasisState.SUSPENDED)
    return _move(uow, facts, BasisState.REVOKED, reason, "plans.basis_superseded")


def revoke_basis(uow: UnitOfWork, ref: BasisRef, reason: str) -> list[BasisRef]:
    """End every fact that rests on ``ref`` for good (a confirmed annulment, a withdrawn credit)."""
    facts = _facts_on(uow, ref, BasisState.ACTIVE) + _facts_on(uow, ref, BasisState.SUSPENDED)
    return _move(uow, facts, BasisState.REVOKED, reason, "plans.basis_revoked")


def _move(
    uow: UnitOfWork, facts: list[BasisFact], to: BasisState | None, reason: str, kind: str
) -> list[BasisRef]:
    """Move facts to a state (None = the state before) and write each move into the ledger."""
    moved = []
    for fact in facts:
        before = fact.state
        fact.state = to or fact.state_before or BasisState.ACTIVE
        fact.state_before = before if to is BasisState.SUSPENDED else None
        fact.reason, fact.changed_at = reason, uow.now()
        org_id = uow.session.get_one(Plan, fact.plan_id).org_id
        payload = {
            "plan_id": fact.plan_id,
            "item": fact.stable_key,
            "from": before,
            "to": fact.state,
            "reason": reason,
        }
        refs = [BasisRef(fact.ref_kind, fact.ref_id), BasisRef("plans.basis", fact.id)]
        uow.append_ledger(f"org:{org_id}", kind, fact.person_id, payload, refs)
        moved.append(BasisRef("plans.basis", fact.id))
    uow.session.flush()
    return moved
