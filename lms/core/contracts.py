"""Declare what an upper floor may implement for the ground floor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.registry import Group

if TYPE_CHECKING:
    from lms.core.keys import KeyRing
    from lms.core.ledger import LedgerFault
    from lms.core.uow import UnitOfWork

__all__ = [
    "BASIS_DEPENDENTS",
    "EXPLAINERS",
    "LEDGER_WITNESSES",
    "BasisDependents",
    "BasisRef",
    "ExplainStep",
    "Explainer",
    "LedgerWitness",
]


@dataclass(frozen=True, slots=True)
class BasisRef:
    """A fact that other facts rest on: its kind (``assessment.attempt``, ``plans.credit_case`` …) and id."""

    kind: str
    id: UUID


class BasisDependents(Protocol):
    """Facts of one feature that rest on facts of another.

    Called inside the annulling transaction, lower floors first. Each implementation returns the facts of its own
    that it suspended, so that the next floor can suspend what rests on those.
    """

    name: str
    floor: int

    def suspend(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Suspend everything that rests on ``basis``, keeping the state before; return what was suspended."""
        ...

    def reinstate(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Bring everything that rests on ``basis`` back to exactly the state before; return what came back."""
        ...

    def supersede(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """End everything that rests on ``basis``: another fact counts in its place; return what ended."""
        ...


#: Implemented by assessment (floor 1), plans (2) and profiles (3).
BASIS_DEPENDENTS: Group[BasisDependents] = Group(
    "lms.basis_dependents", ("name", "floor", "suspend", "reinstate", "supersede")
)


@dataclass(frozen=True, slots=True)
class ExplainStep:
    """One link of the chain that answers "why": a fact worded in the reader's language, and what it rests on.

    ``subject_id`` is the person whom the fact is about: a chain is shown only to those who may see that person.
    """

    ref: BasisRef
    title: str
    subject_id: UUID | None = None
    detail: str = ""
    at: datetime | None = None
    actor_id: UUID | None = None
    state: str = "valid"
    rests_on: tuple[BasisRef, ...] = ()
    url: str | None = None


class Explainer(Protocol):
    """Explain the facts of the kinds in ``kinds``."""

    name: str
    kinds: tuple[str, ...]

    def explain(self, session: Session, ref: BasisRef) -> ExplainStep | None:
        """Return the step for ``ref`` worded for the present request, or None when it does not exist."""
        ...


#: Every feature explains its own facts; `profiles` walks the chain.
EXPLAINERS: Group[Explainer] = Group("lms.explainers", ("name", "kinds", "explain"))


class LedgerWitness(Protocol):
    """Compare the rows of one feature with what the audit chain says of them."""

    name: str

    def faults(self, session: Session, keys: KeyRing) -> Iterable[LedgerFault]:
        """Return what the chain (which is whole), signed seals and the rows tell differently."""
        ...


#: Asked by ``lms ledger verify`` after the chains themselves.
LEDGER_WITNESSES: Group[LedgerWitness] = Group("lms.ledger_witnesses", ("name", "faults"))
