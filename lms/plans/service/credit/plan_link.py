"""Read the item of a plan that a case is about, and what other credits have already taken of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.curriculum.queries import outcome_views
from lms.plans.credit_models import CreditEffect
from lms.plans.plan_models import Plan, PlanItem, PlanVersion
from lms.plans.rules.plan_content import outcomes_from_json
from lms.plans.types.credit import CreditObstacle, EffectState
from lms.plans.types.plans import PlanState

__all__ = ["ItemFacts", "ItemTarget", "credit_obstacle", "creditable_items", "item_facts"]


@dataclass(frozen=True, slots=True)
class ItemTarget:
    """One outcome of the item with the hours that the plan asks for."""

    outcome_id: UUID
    code: str
    title: str
    level: int
    hours: Decimal


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """The item as the active version of the plan has it."""

    plan_id: UUID
    person_id: UUID
    org_id: UUID
    stable_key: str
    title: str
    subject: str
    hours: Decimal
    external_course: str
    delivery: str
    curriculum_item_id: UUID | None
    targets: tuple[ItemTarget, ...]
    taken: dict[UUID, Decimal]

    @property
    def free_hours(self) -> Decimal:
        """Return the hours that no credit has taken yet."""
        free = (max(Decimal(0), t.hours - self.taken.get(t.outcome_id, Decimal(0))) for t in self.targets)
        return sum(free, Decimal(0))


def _facts(session: Session, plan: Plan, item: PlanItem, without_case: UUID | None) -> ItemFacts:
    shares = outcomes_from_json(item.outcomes)
    words = outcome_views(session, [share.outcome_id for share in shares])
    targets = tuple(
        ItemTarget(word.id, word.code, word.statement, word.level, share.hours)
        for share in shares
        if (word := words.get(share.outcome_id)) is not None
    )
    taken = _taken(session, plan.id, item.stable_key, without_case)
    return ItemFacts(
        plan.id,
        plan.person_id,
        plan.org_id,
        item.stable_key,
        item.title,
        item.subject,
        item.hours,
        item.external_course,
        item.delivery.value,
        item.curriculum_item_id,
        targets,
        taken,
    )


def _taken(
    session: Session, plan_id: UUID, stable_key: str, without_case: UUID | None
) -> dict[UUID, Decimal]:
    """Return the hours per outcome that other cases' effects hold (suspended ones keep their place)."""
    statement = sa.select(CreditEffect.outcome_id, CreditEffect.hours).where(
        CreditEffect.plan_id == plan_id,
        CreditEffect.stable_key == stable_key,
        CreditEffect.state.in_((EffectState.ACTIVE, EffectState.SUSPENDED)),
    )
    if without_case is not None:
        statement = statement.where(CreditEffect.case_id != without_case)
    taken: dict[UUID, Decimal] = {}
    for outcome_id, hours in session.execute(statement):
        taken[outcome_id] = taken.get(outcome_id, Decimal(0)) + hours
    return taken


def item_facts(
    session: Session, plan_id: UUID, stable_key: str, *, without_case: UUID | None = None
) -> ItemFacts:
    """Return the item of the plan's active version; raise NotFound ``credit.no_item``."""
    row = session.execute(
        sa.select(Plan, PlanItem)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(PlanItem, PlanItem.version_id == PlanVersion.id)
        .where(Plan.id == plan_id, PlanItem.stable_key == stable_key, PlanVersion.state == PlanState.ACTIVE)
    ).first()
    if row is None:
        raise NotFound("credit.no_item")
    return _facts(session, row[0], row[1], without_case)


def _items_in_force(session: Session, person_id: UUID) -> list[ItemFacts]:
    rows = session.execute(
        sa.select(Plan, PlanItem)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(PlanItem, PlanItem.version_id == PlanVersion.id)
        .where(Plan.person_id == person_id, PlanVersion.state == PlanState.ACTIVE)
        .order_by(PlanItem.period, PlanItem.position)
    ).all()
    return [_facts(session, plan, item, None) for plan, item in rows]


def creditable_items(session: Session, person_id: UUID) -> list[ItemFacts]:
    """Return the items of a person's active plan that have outcomes and hours left to be credited."""
    open_items = [i for i in _items_in_force(session, person_id) if i.targets and i.free_hours > 0]
    return sorted(open_items, key=lambda item: item.delivery != "external")


def credit_obstacle(session: Session, person_id: UUID) -> CreditObstacle | None:
    """Return why nothing of a person's plan can be credited, or None when something can be."""
    items = _items_in_force(session, person_id)
    if not items:
        return CreditObstacle.NO_PLAN
    if not any(item.targets for item in items):
        return CreditObstacle.NO_OUTCOMES
    return None if any(item.free_hours > 0 for item in items) else CreditObstacle.NOTHING_LEFT
