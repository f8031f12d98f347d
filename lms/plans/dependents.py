"""Suspend what rests on an annulled result, credit or course, and bring it back exactly (C6, P5)."""

from __future__ import annotations

from lms.core.contracts import BasisRef
from lms.core.uow import UnitOfWork
from lms.plans.service.credit.annulments import reinstate_credits_on, suspend_credits_on
from lms.plans.service.plans.basis import reinstate_basis, supersede_basis, suspend_basis

__all__ = ["PlanDependents"]


class PlanDependents:
    """Plan items that rest on results, credit cases, completions: their basis facts are suspended with them."""

    name = "plans"
    floor = 2

    def suspend(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Suspend every basis fact and credit that rests on ``basis``; return them (``plans.basis``, ``plans.credit_case``)."""
        return suspend_basis(uow, basis, reason) + suspend_credits_on(uow, basis, reason)

    def reinstate(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Bring the facts and credits that rest on ``basis`` back to their state before; return them."""
        return reinstate_basis(uow, basis, reason) + reinstate_credits_on(uow, basis, reason)

    def supersede(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """End the facts that rest on ``basis``: another result counts in its place; return them."""
        return supersede_basis(uow, basis, reason)
