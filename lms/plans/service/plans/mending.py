"""Mend a draft in one step: do what the checks offer for one of their findings."""

from __future__ import annotations

from uuid import UUID

from lms.core.errors import Conflict
from lms.core.uow import UnitOfWork
from lms.plans.plan_reading import check_with_fixes
from lms.plans.rules.plan_fixes import finding_key
from lms.plans.service.plans.drafts import add_from_curriculum, edit_item, open_draft
from lms.plans.types.plans import PlanReceipt

__all__ = ["mend_finding"]


def mend_finding(
    uow: UnitOfWork, *, version_id: UUID, finding: str, revision: int | None = None
) -> PlanReceipt:
    """Do what the checks offer for the finding called ``finding`` (see `finding_key`).

    The offer is worked out anew from the draft as it stands: a page cannot ask for anything else. Raises Conflict
    ``plans.nothing_to_mend`` when the finding is gone, ``plans.changed_meanwhile``.
    """
    plan, version = open_draft(uow, version_id, revision)
    fixes = {finding_key(row): fix for row, fix in check_with_fixes(uow.session, plan, version)}
    fix = fixes.get(finding)
    if fix is not None and fix.module is not None:
        return add_from_curriculum(uow, version_id=version_id, curriculum_item_id=fix.module.id)
    if fix is not None and fix.content is not None:
        return edit_item(uow, version_id=version_id, stable_key=fix.item_key, content=fix.content)
    raise Conflict("plans.nothing_to_mend")
