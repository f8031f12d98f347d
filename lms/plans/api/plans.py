"""Offer plans to programs: read a plan, its versions, what changed; sign."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lms.core.errors import NotFound
from lms.core.web import (
    ApiBlueprint,
    access,
    authorise,
    current_actor,
    log_look,
    read_session,
    runtime,
    unit_of_work,
)
from lms.plans import service
from lms.plans.pages.plan_show import change_lines, voice_of
from lms.plans.plan_access import PlanReach
from lms.plans.plan_reading import local_day, plan_head
from lms.plans.queries import plans as queries
from lms.plans.queries.plans import PlanView, VersionView
from lms.plans.schemas.plans import ApprovalSchema, ChangeSchema, PlanQuerySchema, PlanSchema, VersionSchema
from lms.plans.types.plans import PlanState

__all__ = ["blueprint", "opened"]

blueprint = ApiBlueprint(
    "plans_api", __name__, url_prefix="/api/v1/plans", description="Study plans and signatures."
)


def _reach(plan_id: UUID, person_id: UUID, org_id: UUID) -> PlanReach:
    return PlanReach(plan_id, person_id, org_id, runtime().clock.now())


def opened(version_id: UUID, action: str = "plans.read") -> PlanView:
    """Return a version if the caller may do ``action`` with it; drafts are for those who write them."""
    plan = queries.plan_view(read_session(), version_id, local_day(runtime()))
    reach = _reach(plan.id, plan.person_id, plan.org_id)
    authorise(action, reach)
    is_hidden = plan.version.state in {PlanState.DRAFT, PlanState.CANCELLED}
    if is_hidden and not runtime().policy.can(read_session(), current_actor(), "plans.edit", reach):
        raise NotFound("plans.no_version")
    _log_staff(plan)
    return plan


def _log_staff(plan: PlanView) -> None:
    """Let the family see that a member of staff read the plan."""
    if voice_of(read_session(), current_actor(), plan.person_id, runtime().clock.now()) == "staff":
        log_look("plans.read", plan.person_id, "plan", plan.id)


@blueprint.get("")
@blueprint.arguments(PlanQuerySchema, location="query")
@blueprint.response(200, PlanSchema)
@access("plans.read")
def active(query: dict[str, Any]) -> PlanView:
    """Read a person's plan in force with every item's derived state."""
    plan = queries.active_plan(read_session(), query["person_id"], local_day(runtime()))
    if plan is None:
        raise NotFound("plans.no_plan")
    authorise("plans.read", _reach(plan.id, plan.person_id, plan.org_id))
    _log_staff(plan)
    return plan


@blueprint.get("/<uuid:plan_id>/versions")
@blueprint.response(200, VersionSchema(many=True))
@access("plans.read")
def versions(plan_id: UUID) -> list[VersionView]:
    """List the versions of a plan, newest first."""
    head = plan_head(read_session(), plan_id)
    reach = _reach(head.id, head.person_id, head.org_id)
    authorise("plans.read", reach)
    rows = queries.versions_of(read_session(), plan_id)
    if runtime().policy.can(read_session(), current_actor(), "plans.edit", reach):
        return rows
    return [row for row in rows if row.state not in {PlanState.DRAFT, PlanState.CANCELLED}]


@blueprint.get("/versions/<uuid:version_id>")
@blueprint.response(200, PlanSchema)
@access("plans.read")
def version(version_id: UUID) -> PlanView:
    """Read one version of a plan."""
    return opened(version_id)


@blueprint.get("/versions/<uuid:version_id>/changes")
@blueprint.response(200, ChangeSchema(many=True))
@access("plans.read")
def changes(version_id: UUID) -> list[dict[str, str]]:
    """Say what a version changes against the one it is based on, one sentence per change."""
    plan = opened(version_id)
    found = queries.version_changes(read_session(), version_id)
    return change_lines(read_session(), found, plan.curriculum.period_kind)


@blueprint.post("/versions/<uuid:version_id>/approvals")
@blueprint.arguments(ApprovalSchema)
@blueprint.response(201, VersionSchema)
@access("plans.sign")
def approve(data: dict[str, Any], version_id: UUID) -> VersionView:
    """Sign a version as its student or guardian."""
    with unit_of_work() as uow:
        service.approve(
            uow,
            version_id=version_id,
            items_hash=data["items_hash"],
            item_keys=data["item_keys"],
        )
    return queries.plan_view(read_session(), version_id).version
