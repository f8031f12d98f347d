"""Read what is due soon: items of plans, plans that end, applications that have to be decided or answered; in working days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import day_of, fetch
from lms.curriculum.queries import curriculum_view
from lms.people.queries import working_days_after, working_days_between
from lms.plans.credit_models import CreditCase
from lms.plans.models import Plan, PlanItem, PlanVersion
from lms.plans.queries.glance import CLOSED, ITEM_DAYS
from lms.plans.queries.plans import plan_view
from lms.plans.types.credit import CaseState
from lms.plans.types.plans import PlanState

__all__ = ["DueItem", "EndingPlan", "cases_due", "ending_plans", "items_due", "unanswered_cases"]

#: So many working days before its day an application is due soon, and a plan ends soon.
CASE_DAYS, PLAN_DAYS = 3, 20
#: After so many working days a family is asked once more for its answer.
ANSWER_DAYS = 5
#: Where the school has the next move; while the family has it, the clock stands.
_SCHOOLS_TURN = (
    CaseState.SUBMITTED,
    CaseState.VERIFYING,
    CaseState.MATCHED,
    CaseState.ASSESSED,
    CaseState.IN_COMMISSION,
    CaseState.AUTO_DECIDABLE,
)


@dataclass(frozen=True, slots=True)
class DueItem:
    """An open item of a plan in force whose last day is near."""

    plan_id: UUID
    person_id: UUID
    stable_key: str
    title: str
    subject: str
    deadline: date


@dataclass(frozen=True, slots=True)
class EndingPlan:
    """A plan in force that ends soon, with no later one begun."""

    plan_id: UUID
    person_id: UUID
    org_id: UUID
    ends_on: date


_DUE = (
    sa.select(PlanVersion.id, Plan.person_id, PlanItem.stable_key)
    .join(PlanItem, PlanItem.version_id == PlanVersion.id)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(
        PlanVersion.state == PlanState.ACTIVE,
        PlanItem.deadline >= sa.bindparam("today"),
        PlanItem.deadline <= sa.bindparam("last"),
    )
    .order_by(PlanItem.deadline, PlanVersion.id, PlanItem.position)
)
_DUE_TO_SOME = _DUE.where(Plan.person_id.in_(sa.bindparam("person_ids", expanding=True)))


def items_due(session: Session, today: date, person_ids: Collection[UUID] | None = None) -> list[DueItem]:
    """Return the open items whose last day is today or in the next working days, the nearest first."""
    last = working_days_after(session, today, ITEM_DAYS)
    if person_ids is None:
        rows = fetch(session, _DUE, today=today, last=last)
    else:
        rows = fetch(session, _DUE_TO_SOME, today=today, last=last, person_ids=list(person_ids))
    found = []
    for version_id, person_id, key in rows:
        item = plan_view(session, version_id, today).item(key)
        if item.state not in CLOSED and item.deadline is not None:
            due = DueItem(item.plan_id, person_id, key, item.title, item.subject, item.deadline)
            found.append(due)
    return found


def ending_plans(
    session: Session, today: date, person_ids: Collection[UUID] | None = None
) -> list[EndingPlan]:
    """Return the plans in force whose last day is near, and after which nobody has begun another."""
    later = sa.orm.aliased(Plan)
    is_followed = (
        sa.select(later.id)
        .join(PlanVersion, PlanVersion.plan_id == later.id)
        .where(
            later.person_id == Plan.person_id,
            later.created_at > Plan.created_at,
            PlanVersion.state != PlanState.CANCELLED,
        )
        .correlate(Plan)
        .exists()
    )
    statement = (
        sa.select(Plan.id, Plan.person_id, Plan.org_id, Plan.curriculum_id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .where(PlanVersion.state == PlanState.ACTIVE, ~is_followed)
        .order_by(Plan.id)
    )
    if person_ids is not None:
        statement = statement.where(Plan.person_id.in_(list(person_ids)))
    rows = session.execute(statement).all()
    until = working_days_after(session, today, PLAN_DAYS)
    ends: dict[UUID, date] = {}
    for curriculum_id in {row.curriculum_id for row in rows}:
        periods = curriculum_view(session, curriculum_id).periods
        if periods and today <= periods[-1].ends_on <= until:
            ends[curriculum_id] = periods[-1].ends_on
    return [
        EndingPlan(row.id, row.person_id, row.org_id, ends[row.curriculum_id])
        for row in rows
        if row.curriculum_id in ends
    ]


def cases_due(session: Session, today: date) -> list[CreditCase]:
    """Return the applications that the school has to decide on in the next working days, or should have by now."""
    return list(
        session.scalars(
            sa.select(CreditCase)
            .where(
                CreditCase.state.in_(_SCHOOLS_TURN),
                CreditCase.closed_at.is_(None),
                CreditCase.review_due_on <= working_days_after(session, today, CASE_DAYS),
            )
            .order_by(CreditCase.review_due_on, CreditCase.id)
        )
    )


def unanswered_cases(session: Session, today: date) -> list[CreditCase]:
    """Return the applications in which the school has waited for the family's answer for some working days."""
    waiting = session.scalars(
        sa.select(CreditCase).where(CreditCase.state == CaseState.NEED_INFO).order_by(CreditCase.id)
    )
    return [
        case
        for case in waiting
        if case.asked_at is not None
        and working_days_between(session, day_of(session, case.asked_at), today) >= ANSWER_DAYS
    ]
