"""Read rows of plans as the values that rules work with; use cases and views both stand on this."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.core.runtime import Runtime
from lms.courses.queries import course_cards, enrolled_among
from lms.curriculum.queries import curriculum_view
from lms.people.queries import current_admission, is_minor
from lms.plans.plan_models import Approval, Plan, PlanVersion
from lms.plans.rules.plan_checks import CheckContext, Finding, check_plan
from lms.plans.rules.plan_content import ItemContent, outcomes_from_json
from lms.plans.rules.plan_fixes import Fix, offer_fix
from lms.plans.rules.plan_signatures import Signature, composition_hash, required_roles, sheet_of
from lms.plans.types.plans import ApprovalRole, PlanKind

__all__ = [
    "check_context",
    "check_version",
    "check_with_fixes",
    "content_of",
    "frame_of",
    "local_day",
    "plan_head",
    "roles_for",
    "sheet_of_version",
    "signatures_of",
]


def content_of(item: Any) -> ItemContent:
    """Return the agreed content of an item's row or object."""
    return ItemContent(
        subject=item.subject,
        title=item.title,
        hours=item.hours,
        period=item.period,
        delivery=item.delivery,
        attestation_form=item.attestation_form,
        deadline=item.deadline,
        outcomes=outcomes_from_json(item.outcomes),
        course_id=item.course_id,
        external_course=item.external_course,
        session_id=item.session_id,
        note=item.note,
        curriculum_item_id=item.curriculum_item_id,
        prerequisites=tuple(item.prerequisites),
    )


def frame_of(plan: Plan) -> dict[str, object]:
    """Return what holds for the whole plan and is signed with its composition."""
    return {
        "person": str(plan.person_id),
        "organisation": str(plan.org_id),
        "curriculum": str(plan.curriculum_id),
        "basis": plan.basis,
        "scope": plan.scope.value,
        "subjects": sorted(plan.subjects),
        **({} if plan.kind is PlanKind.GENERAL else {"kind": plan.kind.value}),
    }


def plan_head(session: Session, plan_id: UUID) -> Plan:
    """Return a plan's row; raise NotFound ``plans.no_plan``."""
    row = session.get(Plan, plan_id)
    if row is None:
        raise NotFound("plans.no_plan")
    return row


def check_context(session: Session, plan: Plan, contents: Mapping[str, ItemContent]) -> CheckContext:
    """Return what the items of a plan are measured against."""
    cards = course_cards(session, [c.course_id for c in contents.values() if c.course_id])
    taken = enrolled_among(session, plan.person_id, [key for key, card in cards.items() if card.is_archived])
    return CheckContext(
        curriculum=curriculum_view(session, plan.curriculum_id),
        scope=plan.scope,
        subjects=frozenset(plan.subjects),
        published_courses=frozenset(
            key
            for key, card in cards.items()
            if card.version_id is not None and (not card.is_archived or key in taken)
        ),
    )


def check_version(session: Session, plan: Plan, version: PlanVersion) -> list[Finding]:
    """Return what is wrong with a version, blocking findings first (P4)."""
    return [finding for finding, _fix in check_with_fixes(session, plan, version)]


def check_with_fixes(session: Session, plan: Plan, version: PlanVersion) -> list[tuple[Finding, Fix | None]]:
    """Return what is wrong with a version, each with the one change that mends it where there is one."""
    contents = {item.stable_key: content_of(item) for item in version.items}
    context = check_context(session, plan, contents)
    return [(finding, offer_fix(finding, contents, context)) for finding in check_plan(contents, context)]


def signatures_of(session: Session, version_id: UUID) -> list[Signature]:
    """Return the signatures of a version as the rules see them."""
    rows = session.scalars(sa.select(Approval).where(Approval.version_id == version_id).order_by(Approval.id))
    return [Signature(row.role, row.item_key, row.signed_hash) for row in rows]


def sheet_of_version(session: Session, version_id: UUID) -> dict[str | None, str]:
    """Return everything that is to be signed in a version, with the hashes."""
    version = session.get(PlanVersion, version_id)
    if version is None:
        raise NotFound("plans.no_version")
    plan = plan_head(session, version.plan_id)
    hashes = {item.stable_key: item.content_hash for item in version.items}
    return sheet_of(composition_hash(frame_of(plan), hashes), hashes)


def roles_for(
    session: Session, person_id: UUID, today: date, kind: PlanKind = PlanKind.GENERAL
) -> tuple[ApprovalRole, ...]:
    """Return who must sign a person's plan of a kind on a day (P3)."""
    admission = current_admission(session, person_id, today)
    grade = None if admission is None else admission.grade
    return required_roles(is_minor=is_minor(session, person_id, today), grade=grade, kind=kind)


def local_day(runtime: Runtime) -> date:
    """Return the present day in the school's time zone: orders and deadlines are dated by it."""
    return runtime.clock.now().astimezone(ZoneInfo(runtime.settings.core.timezone)).date()
