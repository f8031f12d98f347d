"""Read how many plans stand at once, set by set: kept summaries where they still hold, the others derived anew."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import PeriodView
from lms.plans.plan_models import BasisFact, Plan, PlanItem, PlanSummary, PlanVersion
from lms.plans.rules.plan_content import outcomes_from_json
from lms.plans.rules.plan_state import Basis, ItemSituation
from lms.plans.rules.plan_summary import SummaryItem, SummaryOf, sum_up
from lms.plans.types.plans import BasisKind, PlanState

__all__ = [
    "KeptSummary",
    "active_plans",
    "count_active",
    "derive_summaries",
    "kept_summaries",
    "plan_summaries",
]


@dataclass(frozen=True, slots=True)
class KeptSummary:
    """A summary with what it rests on: it holds while version, day and facts are still these."""

    plan_id: UUID
    version_id: UUID
    as_of: date
    fact_count: int
    facts_changed_at: datetime | None
    counts: SummaryOf


_ACTIVE = (
    sa.select(PlanVersion.plan_id, PlanVersion.id.label("version_id"), Plan.curriculum_id)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(PlanVersion.state == PlanState.ACTIVE)
)
_ITEMS = sa.select(
    PlanItem.version_id,
    PlanItem.stable_key,
    PlanItem.period,
    PlanItem.hours,
    PlanItem.delivery,
    PlanItem.attestation_form,
    PlanItem.deadline,
    sa.type_coerce(PlanItem.outcomes, sa.Text).label("outcomes"),  # read where something was credited only
)
_FACTS = sa.select(
    BasisFact.plan_id,
    BasisFact.stable_key,
    BasisFact.id,
    BasisFact.kind,
    BasisFact.state,
    BasisFact.is_passed,
    BasisFact.outcomes,
    BasisFact.mark,
    BasisFact.changed_at,
).order_by(BasisFact.recorded_at, BasisFact.id)


def active_plans(
    session: Session, *, after: UUID | None, most: int, org_id: UUID | None = None
) -> Sequence[Any]:
    """Return the next plans in force (``plan_id``, ``version_id``, ``curriculum_id``) in the order of their ids."""
    statement = _ACTIVE.order_by(PlanVersion.plan_id).limit(most)
    if org_id is not None:
        statement = statement.where(Plan.org_id == org_id)
    return session.execute(statement if after is None else statement.where(PlanVersion.plan_id > after)).all()


def count_active(session: Session, org_id: UUID) -> int:
    """Return how many plans of an organisation are in force."""
    active = _ACTIVE.where(Plan.org_id == org_id).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(active)) or 0


def derive_summaries(session: Session, plans: Sequence[Any], today: date) -> dict[UUID, KeptSummary]:
    """Return the summaries of plans (rows of `active_plans`) from their items and facts, in two statements for all."""
    items: dict[UUID, list[Any]] = {}
    wanted = [row.version_id for row in plans]
    for item in session.execute(_ITEMS.where(PlanItem.version_id.in_(wanted))):
        items.setdefault(item.version_id, []).append(item)
    facts: dict[UUID, list[Any]] = {}
    for fact in session.execute(_FACTS.where(BasisFact.plan_id.in_([row.plan_id for row in plans]))):
        facts.setdefault(fact.plan_id, []).append(fact)
    periods = {key: curriculum_view(session, key).periods for key in {row.curriculum_id for row in plans}}
    return {
        row.plan_id: _derived(
            row, items.get(row.version_id, []), facts.get(row.plan_id, []), periods[row.curriculum_id], today
        )
        for row in plans
    }


def _derived(
    plan: Any,
    items: Sequence[Any],
    facts: Sequence[Any],
    periods: Sequence[PeriodView],
    today: date,
) -> KeptSummary:
    by_item: dict[str, list[Basis]] = {}
    for row in facts:
        given = None if row.outcomes is None else outcomes_from_json(row.outcomes)
        basis = Basis(row.id, row.kind, row.state, row.is_passed, given, row.mark)
        by_item.setdefault(row.stable_key, []).append(basis)
    counts = sum_up((_item(row, by_item) for row in items), by_item, periods, today)
    changed = max((row.changed_at for row in facts), default=None)
    return KeptSummary(plan.plan_id, plan.version_id, today, len(facts), changed, counts)


def _item(row: Any, facts: Mapping[str, Iterable[Basis]]) -> SummaryItem:
    """Return an item as the rules see it; its outcomes matter only where something was credited."""
    is_credited = any(fact.kind is BasisKind.CREDIT for fact in facts.get(row.stable_key, ()))
    outcomes = outcomes_from_json(json.loads(row.outcomes)) if is_credited else ()
    situation = ItemSituation(row.delivery, Decimal(row.hours), outcomes, row.attestation_form)
    return SummaryItem(row.stable_key, situation, row.period, row.deadline)


def kept_summaries(session: Session, plan_ids: Collection[UUID]) -> dict[UUID, KeptSummary]:
    """Return the summaries that are kept of plans, whether they still hold or not."""
    rows = session.execute(sa.select(PlanSummary.__table__).where(PlanSummary.plan_id.in_(list(plan_ids))))
    return {
        row.plan_id: KeptSummary(
            row.plan_id,
            row.version_id,
            row.as_of,
            row.fact_count,
            row.facts_changed_at,
            SummaryOf(row.total, row.achieved, row.debts, row.suspended, row.late),
        )
        for row in rows
    }


def plan_summaries(session: Session, plan_ids: Collection[UUID], today: date) -> dict[UUID, SummaryOf]:
    """Return how plans in force stand today: kept summaries that still hold, the others derived; never an old one."""
    ids = list(plan_ids)
    plans = session.execute(_ACTIVE.where(PlanVersion.plan_id.in_(ids))).all()
    stamps = {
        row.plan_id: (row.count, row.changed)
        for row in session.execute(
            sa.select(
                BasisFact.plan_id,
                sa.func.count().label("count"),
                sa.func.max(BasisFact.changed_at).label("changed"),
            )
            .where(BasisFact.plan_id.in_(ids))
            .group_by(BasisFact.plan_id)
        )
    }
    kept = kept_summaries(session, ids)
    found: dict[UUID, SummaryOf] = {}
    for plan in plans:
        row = kept.get(plan.plan_id)
        basis = (plan.version_id, today, *stamps.get(plan.plan_id, (0, None)))
        if row is not None and basis == (row.version_id, row.as_of, row.fact_count, row.facts_changed_at):
            found[plan.plan_id] = row.counts
    left = [plan for plan in plans if plan.plan_id not in found]
    if left:
        found |= {key: value.counts for key, value in derive_summaries(session, left, today).items()}
    return found
