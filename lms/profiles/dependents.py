"""Suspend and reinstate profile rows inside the annulling transaction (port of the ground floor)."""

from __future__ import annotations

from lms.core.contracts import BasisRef
from lms.core.uow import UnitOfWork
from lms.profiles import service

__all__ = ["ProfileDependents"]


class ProfileDependents:
    """Profile evidence rests on results, credits and completions."""

    name = "profiles"
    floor = 3

    def suspend(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Suspend the evidence that rests on ``basis``."""
        return service.suspend_evidence(uow, basis)

    def reinstate(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Bring the evidence that rests on ``basis`` back."""
        return service.reinstate_evidence(uow, basis)

    def supersede(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Take away the evidence that rests on ``basis``: another result counts in its place."""
        return service.drop_evidence(uow, basis)
