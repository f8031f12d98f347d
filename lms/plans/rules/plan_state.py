"""Derive where an item of a plan stands from facts alone (P5): nobody writes a state by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lms.curriculum.types import AttestationForm
from lms.plans.types.plans import BasisKind, BasisState, Delivery, ItemState, OutcomeHours

__all__ = ["Basis", "ItemSituation", "ItemStatus", "derive_item_state", "is_marked_by_teacher"]


@dataclass(frozen=True, slots=True)
class Basis:
    """A basis fact as the rule sees it; ``outcomes`` None means the whole item."""

    id: UUID
    kind: BasisKind
    state: BasisState
    is_passed: bool = True
    outcomes: tuple[OutcomeHours, ...] | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ItemSituation:
    """What is known about an item besides its basis facts."""

    delivery: Delivery
    hours: Decimal
    outcomes: tuple[OutcomeHours, ...] = ()
    attestation_form: AttestationForm | None = None
    is_withdrawn: bool = False
    has_started: bool = False
    has_exam: bool = False


@dataclass(frozen=True, slots=True)
class ItemStatus:
    """Where an item stands and what the answer rests on."""

    state: ItemState
    by: BasisKind | None = None
    mark: str = ""
    failed_attempts: int = 0
    credited_hours: Decimal = Decimal(0)
    remaining: tuple[OutcomeHours, ...] = ()
    basis_ids: tuple[UUID, ...] = ()

    @property
    def remaining_hours(self) -> Decimal:
        """Return the hours that credit has not covered."""
        return sum((share.hours for share in self.remaining), Decimal(0))


def is_marked_by_teacher(form: AttestationForm | None, *, has_exam: bool) -> bool:
    """Tell whether an item's teacher gives its result; where an exam was agreed or arranged, the exam does."""
    return not has_exam and form is not None and form is not AttestationForm.EXAM


def derive_item_state(item: ItemSituation, facts: Iterable[Basis]) -> ItemStatus:
    """Return the state of an item.

    Achieved if and only if an active basis closes it: a passed attestation, a waiver, credit that covers every
    outcome, or a completed course where the form is "by the marks of the term". Suspended facts never count.
    """
    rows = list(facts)
    if item.is_withdrawn:
        return ItemStatus(ItemState.WITHDRAWN)
    active = [fact for fact in rows if fact.state is BasisState.ACTIVE]
    credited, remaining = _credit(item, active)
    closing = _closing(item, active, credited, remaining)
    if closing:
        first = closing[0]
        ids = tuple(fact.id for fact in closing)
        return ItemStatus(ItemState.ACHIEVED, first.kind, first.mark, 0, credited, (), ids)
    suspended = tuple(f.id for f in rows if f.state is BasisState.SUSPENDED and f.is_passed)
    failed = [f for f in active if f.kind is BasisKind.ATTESTATION and not f.is_passed]
    used = tuple(fact.id for fact in active)
    count = len(failed)
    if suspended:
        return ItemStatus(ItemState.SUSPENDED, None, "", count, credited, remaining, suspended)
    if failed:
        return ItemStatus(
            ItemState.DEBT, BasisKind.ATTESTATION, failed[-1].mark, count, credited, remaining, used
        )
    if credited > 0:
        return ItemStatus(ItemState.PARTIALLY_CREDITED, BasisKind.CREDIT, "", 0, credited, remaining, used)
    return ItemStatus(_on_the_way(item, active), None, "", 0, credited, remaining, used)


def _on_the_way(item: ItemSituation, active: list[Basis]) -> ItemState:
    is_studied = any(fact.kind is BasisKind.COURSE for fact in active)
    if is_studied or (item.has_exam and item.delivery is not Delivery.OWN_COURSE):
        return ItemState.AWAITING_ATTESTATION
    return ItemState.IN_PROGRESS if item.has_started else ItemState.PLANNED


def _closing(
    item: ItemSituation, active: list[Basis], credited: Decimal, remaining: tuple[OutcomeHours, ...]
) -> list[Basis]:
    """Return the active facts that close the item, attestation first."""
    found = [f for f in active if f.kind is BasisKind.ATTESTATION and f.is_passed]
    found += [f for f in active if f.kind is BasisKind.WAIVER]
    if item.attestation_form is AttestationForm.CURRENT_MARKS:
        found += [f for f in active if f.kind is BasisKind.COURSE]
    if credited >= item.hours or (credited > 0 and item.outcomes and not remaining):
        found += [f for f in active if f.kind is BasisKind.CREDIT]
    return found


def _credit(item: ItemSituation, active: list[Basis]) -> tuple[Decimal, tuple[OutcomeHours, ...]]:
    """Return the hours that credit covers and what remains per outcome; shares never exceed an outcome (C1)."""
    grants = [fact for fact in active if fact.kind is BasisKind.CREDIT and fact.is_passed]
    if any(fact.outcomes is None for fact in grants):
        return item.hours, ()
    given: dict[UUID, Decimal] = {}
    for fact in grants:
        for share in fact.outcomes or ():
            given[share.outcome_id] = given.get(share.outcome_id, Decimal(0)) + share.hours
    if not item.outcomes:
        return min(sum(given.values(), Decimal(0)), item.hours), ()
    credited = Decimal(0)
    remaining = []
    for share in item.outcomes:
        covered = min(given.get(share.outcome_id, Decimal(0)), share.hours)
        credited += covered
        if covered < share.hours:
            remaining.append(OutcomeHours(share.outcome_id, share.hours - covered))
    return credited, tuple(remaining)
