"""Bring the plans of a class or a school up to date with their template, one plan in one transaction."""

from __future__ import annotations

from uuid import UUID

from lms.core.errors import Conflict, NotFound
from lms.core.uow import UnitOfWork
from lms.plans.models import PlanVersion
from lms.plans.queries.bulk import own_items, template_contents, version_to_change
from lms.plans.rules.plan_bulk import brought_up_to_date
from lms.plans.service.plans.drafts import begin_version
from lms.plans.service.plans.opening import open_plan, receipt
from lms.plans.service.plans.templates import bring_up_to_date, open_template
from lms.plans.types.plans import PlanReceipt, PlanState

__all__ = ["apply_template"]


def apply_template(
    uow: UnitOfWork, *, plan_id: UUID, template_revision: int, reason: str, drafts_only: bool = False
) -> PlanReceipt | None:
    """Bring one plan up to date with its template as a draft; return None when nothing would change.

    A draft is changed in place; for a plan in force a new version is begun with ``reason``, unless ``drafts_only``. A
    field that somebody changed keeps that change, an item that was taken out stays out, one that was added by hand stays
    in. Raises Conflict ``plans.template_changed`` when the template is not the one that was looked at, ``plans.no_draft``,
    ``plans.open_version_exists``.
    """
    plan = open_plan(uow, plan_id, "plans.edit")
    if plan.template_id is None:
        raise NotFound("plans.no_template")
    template = open_template(uow, plan.template_id)
    if template.revision != template_revision:
        raise Conflict("plans.template_changed")
    version = version_to_change(uow.session, plan_id)
    if version is None:
        raise Conflict("plans.plan_ended")
    if drafts_only and version.state is not PlanState.DRAFT:
        raise Conflict("plans.no_draft")
    contents = template_contents(template)
    items = own_items(version)
    if brought_up_to_date(items, contents) == {key: item.content for key, item in items.items()}:
        return None
    if version.state is not PlanState.DRAFT:
        draft_id = begin_version(uow, plan_id=plan_id, reason=reason).version_id
        version = uow.session.get_one(PlanVersion, draft_id)
    bring_up_to_date(version, contents)
    uow.session.flush()
    return receipt(version)
