"""Try a plan out: copies that bind nobody, compared with the draft, adopted or thrown away."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput
from lms.core.uow import UnitOfWork
from lms.plans.models import PlanVersion
from lms.plans.service.plans.opening import (
    copy_items,
    new_version,
    open_version,
    receipt,
    require_state,
    touch,
)
from lms.plans.types.plans import PlanReceipt, PlanState

__all__ = ["adopt_variant", "copy_version"]

MOST_VARIANTS = 5
_UNDER_WAY = (PlanState.SUBMITTED, PlanState.APPROVED)


def copy_version(uow: UnitOfWork, *, version_id: UUID, reason: str) -> PlanReceipt:
    """Make a what-if copy of a draft, of another copy or of the version in force; ``reason`` is what it tries out.

    A copy is written like a draft, but nobody is asked to sign it. Raises InvalidInput ``plans.needs_reason``, Conflict
    ``plans.too_many_variants``.
    """
    plan, source = open_version(uow, version_id, "plans.edit")
    require_state(source, PlanState.DRAFT, PlanState.VARIANT, PlanState.ACTIVE)
    if not reason.strip():
        raise InvalidInput("plans.needs_reason", fields={"reason": ["plans.needs_reason"]})
    versions = _versions(uow, plan.id)
    if sum(row.state is PlanState.VARIANT for row in versions) >= MOST_VARIANTS:
        raise Conflict("plans.too_many_variants", most=MOST_VARIANTS)
    based_on = source.id if source.state is PlanState.ACTIVE else source.based_on_id
    copy = new_version(uow, plan, versions[-1].no + 1, based_on, reason.strip(), PlanState.VARIANT)
    copy.removed_items = list(source.removed_items)
    copy_items(source, copy)
    uow.session.flush()
    return receipt(copy)


def adopt_variant(uow: UnitOfWork, *, version_id: UUID, revision: int | None = None) -> PlanReceipt:
    """Make a what-if copy the draft; a draft that stood there becomes a copy, so nothing is lost.

    Raises Conflict ``plans.open_version_exists`` while another version collects signatures or waits for its day.
    """
    plan, variant = open_version(uow, version_id, "plans.edit", revision)
    require_state(variant, PlanState.VARIANT)
    versions = _versions(uow, plan.id)
    if any(row.state in _UNDER_WAY for row in versions):
        raise Conflict("plans.open_version_exists")
    for row in versions:
        if row.state is PlanState.DRAFT:
            row.state, variant.reason = PlanState.VARIANT, row.reason or variant.reason
            touch(row)
    uow.session.flush()
    variant.state = PlanState.DRAFT
    standing = {row.id for row in versions if row.state in {PlanState.ACTIVE, PlanState.RETURNED}}
    if variant.based_on_id not in standing:
        variant.based_on_id = next((row.id for row in versions if row.state is PlanState.ACTIVE), None)
    touch(variant)
    uow.session.flush()
    return receipt(variant)


def _versions(uow: UnitOfWork, plan_id: UUID) -> list[PlanVersion]:
    statement = sa.select(PlanVersion).where(PlanVersion.plan_id == plan_id).order_by(PlanVersion.no)
    return list(uow.session.scalars(statement))
