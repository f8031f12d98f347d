"""Hear what lower floors announce: courses completed, results that count."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.assessment.events import AttemptGraded, ResultCounts
from lms.assessment.queries import result_standing
from lms.assessment.service.outcome_checks import release_check
from lms.assessment.types import Standing
from lms.core.contracts import BasisRef
from lms.core.uow import UnitOfWork
from lms.courses.events import CourseCompleted
from lms.courses.queries import progress_of
from lms.plans.events import CreditCheckAsked
from lms.plans.models import Plan, PlanItemLink
from lms.plans.service.credit.replacements import look_again_at_credits
from lms.plans.service.credit.short_checks import (
    CHECK_PREFIX,
    open_asked_check,
    read_check_reference,
    take_check_result,
)
from lms.plans.service.plans import record_basis, suspend_basis
from lms.plans.types.plans import BasisKind, read_plan_item_reference

__all__ = ["on_check_asked", "on_check_graded", "on_course_completed", "on_result_counts"]


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

    What was superseded before it was recorded here leaves nothing. Credits that rest on a result that it replaces are looked
    at again; a short check counts by what it shows, not by its mark.
    """
    case_id = read_check_reference(event.reference)
    if result_standing(uow.session, event.result_id) is Standing.COUNTS:
        is_enough = event.is_passed or case_id is not None
        look_again_at_credits(uow, event.result_id, event.attempt_id, is_enough=is_enough)
    if case_id is not None:
        _take_check(uow, case_id, event)
        return
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


def _take_check(uow: UnitOfWork, case_id: UUID, event: ResultCounts) -> None:
    """Hand the result of a short check to its case, if it counts."""
    if result_standing(uow.session, event.result_id) is Standing.COUNTS:
        take_check_result(
            uow, case_id, session_id=event.session_id, attempt_id=event.attempt_id, result_id=event.result_id
        )


def on_check_asked(uow: UnitOfWork, event: CreditCheckAsked) -> None:
    """Open the short check that the office has asked for."""
    open_asked_check(uow, event.case_id)


def on_check_graded(uow: UnitOfWork, event: AttemptGraded) -> None:
    """Let the result of a short check count at once."""
    release_check(uow, event.attempt_id, CHECK_PREFIX)


def _is_plan_of(uow: UnitOfWork, plan_id: UUID, person_id: UUID) -> bool:
    plan = uow.session.get(Plan, plan_id)
    return plan is not None and plan.person_id == person_id
