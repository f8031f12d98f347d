"""Open plans and versions for a use case: find, authorise, lock, compare revisions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, Forbidden, NotFound
from lms.core.uow import UnitOfWork
from lms.people.queries import is_impartial
from lms.plans.models import Plan, PlanItem, PlanVersion
from lms.plans.plan_access import PlanReach
from lms.plans.plan_reading import content_of, frame_of, sheet_of_version
from lms.plans.rules.plan_content import (
    ItemContent,
    content_hash,
    items_hash,
    outcomes_to_json,
)
from lms.plans.types.plans import PlanReceipt, PlanState

__all__ = [
    "append_item",
    "copy_items",
    "fill_item",
    "new_version",
    "open_plan",
    "open_version",
    "reach",
    "receipt",
    "require_impartial",
    "require_state",
    "sheet_for",
    "touch",
    "version_hash",
]


def reach(uow: UnitOfWork, plan: Plan) -> PlanReach:
    """Return what the access rules ask about a plan."""
    return PlanReach(plan.id, plan.person_id, plan.org_id, uow.now(), plan.kind)


def open_plan(uow: UnitOfWork, plan_id: UUID, action: str) -> Plan:
    """Return the plan locked for this transaction; raise NotFound when it is out of the actor's reach."""
    plan = uow.session.get(Plan, plan_id)
    if plan is None:
        uow.require(action)
        raise NotFound("plans.no_plan")
    uow.require(action, reach(uow, plan))
    uow.lock("plan", plan_id)
    return plan


def open_version(
    uow: UnitOfWork, version_id: UUID, action: str, revision: int | None = None
) -> tuple[Plan, PlanVersion]:
    """Return a version and its plan, locked and as they stand now.

    Raises NotFound ``plans.no_version``, or Conflict ``plans.changed_meanwhile`` when ``revision`` is not the present one.
    """
    plan_id = uow.session.scalar(sa.select(PlanVersion.plan_id).where(PlanVersion.id == version_id))
    if plan_id is None:
        uow.require(action)
        raise NotFound("plans.no_version")
    plan = open_plan(uow, plan_id, action)
    version = uow.session.get_one(PlanVersion, version_id, populate_existing=True, with_for_update=True)
    if revision is not None and revision != version.revision:
        raise Conflict("plans.changed_meanwhile", no=version.no)
    return plan, version


def require_impartial(uow: UnitOfWork, plan: Plan) -> None:
    """Raise Forbidden ``plans.not_impartial`` when the actor belongs to the student's family."""
    if not is_impartial(uow.session, uow.actor, plan.person_id):
        raise Forbidden("plans.not_impartial")


def require_state(version: PlanVersion, *states: PlanState) -> None:
    """Raise Conflict ``plans.wrong_state`` unless the version is in one of ``states``."""
    if version.state not in states:
        raise Conflict("plans.wrong_state", no=version.no)


def touch(version: PlanVersion) -> None:
    """Count one more change of a draft, so that another tab's older copy is noticed."""
    version.revision += 1


def receipt(version: PlanVersion, stable_key: str = "") -> PlanReceipt:
    """Return where a version stands."""
    return PlanReceipt(version.plan_id, version.id, version.no, version.state, version.revision, stable_key)


def fill_item(item: PlanItem, content: ItemContent) -> None:
    """Write a content into a row together with its hash."""
    item.subject = content.subject
    item.title = content.title
    item.hours = content.hours
    item.period = content.period
    item.delivery = content.delivery
    item.attestation_form = content.attestation_form
    item.deadline = content.deadline
    item.outcomes = outcomes_to_json(content.outcomes)
    item.course_id = content.course_id
    item.external_course = content.external_course
    item.session_id = content.session_id
    item.note = content.note
    item.curriculum_item_id = content.curriculum_item_id
    item.prerequisites = sorted(content.prerequisites)
    item.content_hash = content_hash(item.stable_key, content)


def new_version(
    uow: UnitOfWork,
    plan: Plan,
    no: int,
    based_on: UUID | None,
    reason: str,
    state: PlanState = PlanState.DRAFT,
) -> PlanVersion:
    """Write the row of a version that begins without items, as a draft or as a what-if copy."""
    version = PlanVersion(
        plan_id=plan.id,
        no=no,
        state=state,
        based_on_id=based_on,
        reason=reason,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
        items=[],
        removed_items=[],
        revision=1,
    )
    uow.session.add(version)
    uow.session.flush()
    return version


def append_item(
    version: PlanVersion, stable_key: str, content: ItemContent, *, base: dict[str, Any] | None = None
) -> PlanItem:
    """Put an item at the end of a version; ``base`` is what the template or curriculum says of it."""
    position = max((item.position for item in version.items), default=-1) + 1
    item = PlanItem(version_id=version.id, stable_key=stable_key, position=position, base=base)
    fill_item(item, content)
    version.items.append(item)
    return item


def copy_items(source: PlanVersion, target: PlanVersion) -> None:
    """Give a version the items of another one, in their order."""
    for item in source.items:
        copy = append_item(target, item.stable_key, content_of(item), base=item.base)
        copy.position = item.position


def sheet_for(uow: UnitOfWork, version: PlanVersion) -> dict[str | None, str]:
    """Return everything that is to be signed in a version: the composition and each item, with their hashes."""
    return sheet_of_version(uow.session, version.id)


def version_hash(plan: Plan, version: PlanVersion) -> str:
    """Return the hash of a whole version."""
    return items_hash(frame_of(plan), {item.stable_key: item.content_hash for item in version.items})
