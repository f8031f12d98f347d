"""Hear what lower floors announce: courses completed, results that count."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.assessment.events import ResultCounts
from lms.assessment.queries import result_standing
from lms.assessment.types import Standing
from lms.core.contracts import BasisRef
from lms.core.uow import UnitOfWork
from lms.courses.events import CourseCompleted
from lms.courses.queries import progress_of
from lms.plans.models import Plan, PlanItemLink
from lms.plans.service.plans import record_basis, suspend_basis
from lms.plans.types.plans import BasisKind, read_plan_item_reference

__all__ = ["on_course_completed", "on_result_counts"]


def on_course_completed(uow: UnitOfWork, event: CourseCompleted) -> None:
    """Record that the items for which this course was arranged are studied; their attestation may follow."""
    progress = progress_of(uow.session, event.person_id, event.course_id)
    if progress is None or progress.completion_id is None:
        return
    rows = uow.session.execute(
        sa.select(PlanItemLink.plan_id, PlanItemLink.stable_key)
        .join(Plan, Plan.id == PlanItemLink.plan_id)
        .where(
            PlanItemLink.kind == "course",
            PlanItemLink.target_id == event.course_id,
            Plan.person_id == event.person_id,
        )
    ).all()
    for plan_id, stable_key in rows:
        record_basis(
            uow,
            plan_id=plan_id,
            stable_key=stable_key,
            kind=BasisKind.COURSE,
            ref=BasisRef("courses.completion", progress.completion_id),
        )


def on_result_counts(uow: UnitOfWork, event: ResultCounts) -> None:
    """Record the result that stands for a place under the item whose reference the roster carried; failed ones are debts.

    What was superseded before it was recorded here leaves nothing.
    """
    place = read_plan_item_reference(event.reference)
    if place is None or not _is_plan_of(uow, place[0], event.person_id):
        return
    standing = result_standing(uow.session, event.result_id)
    if standing is Standing.SUPERSEDED:
        return
    plan_id, stable_key = place
    record_basis(
        uow,
        plan_id=plan_id,
        stable_key=stable_key,
        kind=BasisKind.ATTESTATION,
        ref=BasisRef("assessment.result", event.result_id),
        is_passed=event.is_passed,
        mark=event.mark,
    )
    if standing is Standing.SUSPENDED:
        suspend_basis(
            uow, BasisRef("assessment.result", event.result_id), "suspended before it was recorded here"
        )


def _is_plan_of(uow: UnitOfWork, plan_id: UUID, person_id: UUID) -> bool:
    plan = uow.session.get(Plan, plan_id)
    return plan is not None and plan.person_id == person_id
