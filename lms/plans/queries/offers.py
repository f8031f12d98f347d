"""Read what may come into a plan from outside, and what the student and the family propose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import fetch
from lms.people.queries import person_cards
from lms.plans.models import ExternalCourse, LearningSource, Plan, PlanProposal
from lms.plans.types.plans import Delivery, ProposalState

__all__ = [
    "KnownCourse",
    "OpenProposal",
    "ProposalView",
    "known_courses",
    "open_proposals",
    "proposal_head",
    "proposals_of",
]


@dataclass(frozen=True, slots=True)
class KnownCourse:
    """A course of another organisation that the school has in its list."""

    id: UUID
    title: str
    source: str
    hours: Decimal


def known_courses(session: Session, org_id: UUID) -> list[KnownCourse]:
    """Return the listed courses of the sources that a school may use: the common ones and its own, by title."""
    statement = (
        sa.select(ExternalCourse.id, ExternalCourse.title, LearningSource.name, ExternalCourse.hours)
        .join(LearningSource, LearningSource.id == ExternalCourse.source_id)
        .where(
            ExternalCourse.is_listed.is_(True),
            sa.or_(LearningSource.org_id.is_(None), LearningSource.org_id == org_id),
        )
        .order_by(ExternalCourse.title, ExternalCourse.id)
    )
    return [KnownCourse(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal with its answer."""

    id: UUID
    plan_id: UUID
    state: ProposalState
    title: str
    subject: str
    delivery: Delivery
    external_course: str
    hours: Decimal
    period: int
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    answer: str
    answered_by: UUID | None


def _view(row: Any) -> ProposalView:
    return ProposalView(
        id=row.id,
        plan_id=row.plan_id,
        state=row.state,
        title=row.title,
        subject=row.subject,
        delivery=row.delivery,
        external_course=row.external_course,
        hours=row.hours,
        period=row.period,
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        answer=row.answer,
        answered_by=row.answered_by,
    )


_OF_PLAN = (
    sa.select(PlanProposal.__table__)
    .where(PlanProposal.plan_id == sa.bindparam("plan_id"))
    .order_by(PlanProposal.id.desc())
)


def proposals_of(session: Session, plan_id: UUID) -> list[ProposalView]:
    """Return what was proposed for a plan, newest first."""
    return [_view(row) for row in fetch(session, _OF_PLAN, plan_id=plan_id)]


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that waits for the school's answer, with the student whose plan it is about."""

    plan_id: UUID
    person_id: UUID
    name: str
    title: str
    proposed_at: datetime


def open_proposals(
    session: Session, *, org_ids: Iterable[UUID] = (), person_ids: Iterable[UUID] = ()
) -> list[OpenProposal]:
    """Return the unanswered proposals for the plans of organisations and of persons, oldest first."""
    rows = session.execute(
        sa.select(PlanProposal, Plan.person_id)
        .join(Plan, Plan.id == PlanProposal.plan_id)
        .where(
            PlanProposal.state == ProposalState.OPEN,
            sa.or_(Plan.org_id.in_(list(org_ids)), Plan.person_id.in_(list(person_ids))),
        )
        .order_by(PlanProposal.id)
    ).all()
    cards = person_cards(session, [person_id for _row, person_id in rows])
    return [
        OpenProposal(row.plan_id, person_id, cards[person_id].name, row.title, row.proposed_at)
        for row, person_id in rows
    ]


def proposal_head(session: Session, proposal_id: UUID) -> ProposalView | None:
    """Return one proposal, or None."""
    row = session.get(PlanProposal, proposal_id)
    return None if row is None else _view(row)
