"""Arrange what an active plan promises: courses, exams, results of lessons, waivers."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.assessment import service as assessment
from lms.assessment.queries import sessions_of
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.courses import service as courses
from lms.courses.types import EnrolmentGround
from lms.plans.credit_models import CreditCase
from lms.plans.models import BasisFact, Plan, PlanItem, PlanItemLink, PlanVersion
from lms.plans.plan_access import PlanReach, heads_plan, teaches_subject
from lms.plans.rules.credit_states import IN_WORK
from lms.plans.rules.plan_state import is_marked_by_teacher
from lms.plans.service.plans.basis import record_basis
from lms.plans.service.plans.opening import open_plan, require_impartial
from lms.plans.types.credit import CaseState
from lms.plans.types.plans import BasisKind, BasisState, Delivery, PlanState, plan_item_reference

__all__ = ["arrange_items", "assign_session", "record_mark", "waive_item"]


def arrange_items(uow: UnitOfWork, plan: Plan, version: PlanVersion) -> None:
    """Enrol the student in the plan's own courses and admit to the sessions chosen; safe to repeat.

    Raises InvalidInput ``plans.no_such_exam``: the system admits here, and only to exams of the plan's own school.
    """
    own = {card.id for card in sessions_of(uow.session, [plan.org_id])}
    for item in version.items:
        if item.delivery is Delivery.OWN_COURSE and item.course_id is not None:
            _enrol(uow, plan, item, item.course_id)
        if item.session_id is not None:
            if item.session_id not in own:
                raise InvalidInput("plans.no_such_exam")
            _admit(uow, plan, item.stable_key, item.session_id)


def _enrol(uow: UnitOfWork, plan: Plan, item: PlanItem, course_id: UUID) -> None:
    if _link(uow, plan.id, item.stable_key, "course", course_id):
        reference = plan_item_reference(plan.id, item.stable_key)
        courses.enrol(uow, plan.person_id, course_id, EnrolmentGround.PLAN, reference)


def _admit(uow: UnitOfWork, plan: Plan, stable_key: str, session_id: UUID) -> None:
    if _link(uow, plan.id, stable_key, "session", session_id):
        assessment.admit(uow, session_id, plan.person_id, plan_item_reference(plan.id, stable_key))


def _link(uow: UnitOfWork, plan_id: UUID, stable_key: str, kind: str, target_id: UUID) -> bool:
    """Remember an arrangement; return False when it was made before."""
    same = sa.select(PlanItemLink.id).where(
        PlanItemLink.plan_id == plan_id,
        PlanItemLink.stable_key == stable_key,
        PlanItemLink.kind == kind,
        PlanItemLink.target_id == target_id,
    )
    if uow.session.scalar(same) is not None:
        return False
    uow.session.add(
        PlanItemLink(
            plan_id=plan_id, stable_key=stable_key, kind=kind, target_id=target_id, created_at=uow.now()
        )
    )
    uow.session.flush()
    return True


def _active_item(uow: UnitOfWork, plan: Plan, stable_key: str) -> PlanItem:
    item = uow.session.scalar(
        sa.select(PlanItem)
        .join(PlanVersion, PlanVersion.id == PlanItem.version_id)
        .where(
            PlanVersion.plan_id == plan.id,
            PlanVersion.state == PlanState.ACTIVE,
            PlanItem.stable_key == stable_key,
        )
    )
    if item is None:
        raise NotFound("plans.no_item")
    return item


def assign_session(uow: UnitOfWork, *, plan_id: UUID, stable_key: str, session_id: UUID) -> None:
    """Admit the student to an exam for an item of the active plan; the agreed content stays as it is.

    Raises InvalidInput ``plans.no_such_exam`` for an exam of another school or one that is over, NotFound
    ``plans.no_item``, Conflict ``plans.no_attestation_planned``.
    """
    plan = open_plan(uow, plan_id, "plans.edit")
    item = _active_item(uow, plan, stable_key)
    if item.attestation_form is None:
        raise Conflict("plans.no_attestation_planned")
    own = {card.id: card for card in sessions_of(uow.session, [plan.org_id])}
    if session_id not in own or own[session_id].closes_at <= uow.now():
        raise InvalidInput("plans.no_such_exam", fields={"session_id": ["plans.no_such_exam"]})
    _admit(uow, plan, stable_key, session_id)


def record_mark(
    uow: UnitOfWork, *, plan_id: UUID, stable_key: str, mark: str, is_passed: bool, note: str = ""
) -> BasisRef:
    """Record the result of an item that was attested by its teacher (a class test, an oral answer).

    A head of the school may record it in the teacher's place and says why. Raises InvalidInput ``plans.needs_mark``,
    ``plans.needs_reason``; Forbidden ``plans.not_your_subject``, ``plans.not_impartial``; Conflict
    ``plans.exam_decides``, ``plans.item_suspended``, ``plans.credit_open``; NotFound ``plans.no_item``.
    """
    plan = open_plan(uow, plan_id, "plans.mark")
    item = _active_item(uow, plan, stable_key)
    _check_marker(uow, plan, item, note)
    _check_markable(uow, plan, item)
    if not mark.strip():
        raise InvalidInput("plans.needs_mark", fields={"mark": ["plans.needs_mark"]})
    ref = BasisRef("plans.teacher_mark", new_id())
    fact = record_basis(
        uow,
        plan_id=plan_id,
        stable_key=stable_key,
        kind=BasisKind.ATTESTATION,
        ref=ref,
        is_passed=is_passed,
        mark=mark.strip(),
        note=note.strip(),
    )
    payload = {"plan_id": plan_id, "item": stable_key, "mark": mark.strip(), "is_passed": is_passed}
    uow.append_ledger(f"org:{plan.org_id}", "plans.mark_recorded", plan.person_id, payload, [ref, fact])
    return fact


def _check_marker(uow: UnitOfWork, plan: Plan, item: PlanItem, note: str) -> None:
    """Refuse whoever does not teach the subject, belongs to the student's family, or stands in without a reason."""
    require_impartial(uow, plan)
    reach = PlanReach(plan.id, plan.person_id, plan.org_id, uow.now())
    if teaches_subject(uow.session, uow.actor, reach, item.subject):
        return
    if not heads_plan(uow.actor, reach):
        raise Forbidden("plans.not_your_subject")
    if not note.strip():
        raise InvalidInput("plans.needs_reason", fields={"note": ["plans.needs_reason"]})


def _check_markable(uow: UnitOfWork, plan: Plan, item: PlanItem) -> None:
    """Refuse a mark where something else decides: an exam, a suspended basis, an application for credit."""
    exam = sa.select(PlanItemLink.id).where(
        PlanItemLink.plan_id == plan.id,
        PlanItemLink.stable_key == item.stable_key,
        PlanItemLink.kind == "session",
    )
    has_exam = item.session_id is not None or uow.session.scalar(exam.limit(1)) is not None
    if not is_marked_by_teacher(item.attestation_form, has_exam=has_exam):
        raise Conflict("plans.exam_decides")
    doubted = sa.select(BasisFact.id).where(
        BasisFact.plan_id == plan.id,
        BasisFact.stable_key == item.stable_key,
        BasisFact.state == BasisState.SUSPENDED,
    )
    if uow.session.scalar(doubted.limit(1)) is not None:
        raise Conflict("plans.item_suspended")
    undecided = sa.select(CreditCase.id).where(
        CreditCase.plan_id == plan.id,
        CreditCase.stable_key == item.stable_key,
        CreditCase.state.in_(sorted(IN_WORK | {CaseState.APPEALED})),
    )
    if uow.session.scalar(undecided.limit(1)) is not None:
        raise Conflict("plans.credit_open")


def waive_item(uow: UnitOfWork, *, plan_id: UUID, stable_key: str, reason: str) -> BasisRef:
    """Free the student from an item; raise InvalidInput ``plans.needs_reason``, Forbidden ``plans.not_impartial``."""
    plan = open_plan(uow, plan_id, "plans.waive")
    _active_item(uow, plan, stable_key)
    require_impartial(uow, plan)
    if not reason.strip():
        raise InvalidInput("plans.needs_reason", fields={"reason": ["plans.needs_reason"]})
    ref = BasisRef("plans.waiver", new_id())
    fact = record_basis(
        uow, plan_id=plan_id, stable_key=stable_key, kind=BasisKind.WAIVER, ref=ref, note=reason.strip()
    )
    payload = {"plan_id": plan_id, "item": stable_key, "reason": reason.strip()}
    uow.append_ledger(f"org:{plan.org_id}", "plans.item_waived", plan.person_id, payload, [ref, fact])
    return fact
