"""Read where each item of a person's plan in force stands, and no more: what a first page asks for every time."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.core.db import fetch, fetch_once
from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import PeriodView
from lms.people.queries import working_days_after
from lms.plans.plan_models import BasisFact, Plan, PlanItem, PlanItemLink, PlanVersion
from lms.plans.queries.plans import NEWEST
from lms.plans.rules.plan_content import outcomes_from_json
from lms.plans.rules.plan_state import Basis, ItemSituation, derive_item_state
from lms.plans.types.plans import BasisKind, ItemState, PlanState

__all__ = ["GlanceItem", "NewestVersion", "PlanGlance", "due_soon", "newest_version", "plan_glance"]

#: So many working days before its day an item is due soon.
ITEM_DAYS = 5
CLOSED = frozenset({ItemState.ACHIEVED, ItemState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class GlanceItem:
    """One item: what it is called, where it stands, its last day, and when the newest fact about it was recorded."""

    stable_key: str
    subject: str
    title: str
    state: ItemState
    deadline: date | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlanGlance:
    """A plan in force: its items in their order and the periods of its year."""

    plan_id: UUID
    periods: tuple[PeriodView, ...]
    items: tuple[GlanceItem, ...]


@dataclass(frozen=True, slots=True)
class NewestVersion:
    """The newest version of somebody's newest plan, whatever its state."""

    id: UUID
    plan_id: UUID
    state: PlanState
    submitted_at: datetime | None


_NEWEST = NEWEST.with_only_columns(
    PlanVersion.id, PlanVersion.plan_id, PlanVersion.state, PlanVersion.submitted_at
)


def newest_version(session: Session, person_id: UUID) -> NewestVersion | None:
    """Return what `latest_version` finds, and of it what a first page needs; None for somebody without a plan."""
    found = fetch_once(session, _NEWEST, person_id=person_id)
    return NewestVersion(*found[0]) if found else None


_version, _plan = aliased(PlanVersion), aliased(Plan)
_IN_FORCE = (
    sa.select(_version.id)
    .join(_plan, _plan.id == _version.plan_id)
    .where(_plan.person_id == sa.bindparam("person_id"), _version.state == PlanState.ACTIVE)
    .order_by(_version.activated_at.desc())
    .limit(1)
)
_ITEMS = (
    sa.select(
        Plan.id.label("plan_id"),
        Plan.curriculum_id,
        PlanItem.stable_key,
        PlanItem.subject,
        PlanItem.title,
        PlanItem.period,
        PlanItem.hours,
        PlanItem.delivery,
        PlanItem.attestation_form,
        PlanItem.deadline,
        PlanItem.course_id,
        sa.type_coerce(PlanItem.outcomes, sa.Text).label(
            "outcomes"
        ),  # read where something was credited only
        sa.exists()
        .where(
            PlanItemLink.plan_id == Plan.id,
            PlanItemLink.stable_key == PlanItem.stable_key,
            PlanItemLink.kind == "session",
        )
        .label("has_exam"),
    )
    .select_from(PlanVersion)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .outerjoin(PlanItem, PlanItem.version_id == PlanVersion.id)
    .where(PlanVersion.id == _IN_FORCE.scalar_subquery())
    .order_by(PlanItem.period, PlanItem.position)
)
_FACTS = (
    sa.select(
        BasisFact.stable_key,
        BasisFact.id,
        BasisFact.kind,
        BasisFact.state,
        BasisFact.is_passed,
        BasisFact.outcomes,
        BasisFact.mark,
        BasisFact.recorded_at,
    )
    .where(BasisFact.plan_id == sa.bindparam("plan_id"))
    .order_by(BasisFact.recorded_at, BasisFact.id)
)


def plan_glance(
    session: Session, person_id: UUID, today: date, begun: Collection[UUID] = ()
) -> PlanGlance | None:
    """Return the plan that `active_plan` returns with the same states, in two statements; None where none is in force.

    ``begun`` are the courses in which the person has completed a step.
    """
    rows = fetch(session, _ITEMS, person_id=person_id)
    if not rows:
        return None
    facts: dict[str, list[Any]] = {}
    for fact in fetch(session, _FACTS, plan_id=rows[0].plan_id):
        facts.setdefault(fact.stable_key, []).append(fact)
    periods = curriculum_view(session, rows[0].curriculum_id).periods
    started = {period.number for period in periods if period.starts_on <= today}
    items = [
        _item(row, facts.get(row.stable_key, ()), row.period in started or row.course_id in begun)
        for row in rows
        if row.stable_key is not None
    ]
    return PlanGlance(rows[0].plan_id, periods, tuple(items))


def _item(row: Any, facts: Sequence[Any], has_started: bool) -> GlanceItem:
    is_credited = any(fact.kind is BasisKind.CREDIT for fact in facts)
    situation = ItemSituation(
        delivery=row.delivery,
        hours=row.hours,
        outcomes=outcomes_from_json(json.loads(row.outcomes)) if is_credited else (),
        attestation_form=row.attestation_form,
        has_started=has_started,
        has_exam=bool(row.has_exam),
    )
    status = derive_item_state(situation, [_basis(fact) for fact in facts])
    changed_at = max((fact.recorded_at for fact in facts), default=None)
    return GlanceItem(row.stable_key, row.subject, row.title, status.state, row.deadline, changed_at)


def _basis(fact: Any) -> Basis:
    given: Sequence[Mapping[str, str]] | None = fact.outcomes
    outcomes = None if given is None else outcomes_from_json(given)
    return Basis(fact.id, fact.kind, fact.state, fact.is_passed, outcomes, fact.mark)


def due_soon(session: Session, plan: PlanGlance, today: date) -> list[tuple[date, GlanceItem]]:
    """Return the open items whose last day is today or in the next working days, with that day, the nearest first."""
    ahead = [
        (item.deadline, item)
        for item in plan.items
        if item.deadline is not None and item.deadline >= today and item.state not in CLOSED
    ]
    if not ahead:
        return []
    last = working_days_after(session, today, ITEM_DAYS)
    return [pair for pair in sorted(ahead, key=lambda pair: pair[0]) if pair[0] <= last]
