"""Write the rules by which scores become marks; a rule never changes, it gets a new version."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.models import Blueprint, BlueprintVersion, MarkPolicy
from lms.assessment.rules.mark_policies import problems
from lms.assessment.types import MarkScale
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork

__all__ = ["give_policy", "write_policy"]


def write_policy(
    uow: UnitOfWork,
    org_id: UUID,
    *,
    scale: MarkScale,
    thresholds: Sequence[tuple[Decimal, str]],
    pass_score: Decimal,
    title: str = "",
    code: str = "",
) -> UUID:
    """Write the next version of an organisation's policy (``code``; empty = a new scale of one's own); return its id.

    What was marked by an earlier version stays. Raises InvalidInput ``assessment.policy`` with what is wrong by field.
    """
    uow.require("assessment.set_policy", org_id)
    wrong = problems(scale, thresholds, pass_score)
    if scale is MarkScale.CUSTOM and not title.strip():
        wrong["title"] = ["assessment.policy_title"]
    if wrong:
        raise InvalidInput("assessment.policy", fields=wrong)
    uow.lock("mark_policy", org_id)
    code = code or _code(uow, org_id, scale)
    newest = uow.session.scalar(
        sa.select(sa.func.max(MarkPolicy.version)).where(
            MarkPolicy.org_id == org_id, MarkPolicy.code == code, MarkPolicy.scale == scale
        )
    )
    row = MarkPolicy(
        org_id=org_id,
        code=code,
        version=(newest or 0) + 1,
        scale=scale,
        title=title.strip(),
        thresholds=[[str(least), mark.strip()] for least, mark in thresholds],
        pass_score=pass_score,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    told = {"policy_id": row.id, "code": code, "version": row.version, "thresholds": row.thresholds}
    uow.append_ledger(f"org:{org_id}", "assessment.policy_written", None, told)
    return row.id


def _code(uow: UnitOfWork, org_id: UUID, scale: MarkScale) -> str:
    if scale is not MarkScale.CUSTOM:
        return scale.value
    codes = uow.session.scalars(
        sa.select(MarkPolicy.code)
        .where(MarkPolicy.org_id == org_id, MarkPolicy.scale == MarkScale.CUSTOM)
        .distinct()
    ).all()
    return f"custom-{len(codes) + 1}"


def give_policy(uow: UnitOfWork, blueprint_version_id: UUID, policy_id: UUID) -> None:
    """Have the scores of an exam plan become marks by another policy of the organisation, while nobody has sat it.

    Raises Conflict ``assessment.plan_frozen``, NotFound ``assessment.no_policy``.
    """
    version = uow.session.get(BlueprintVersion, blueprint_version_id, with_for_update=True)
    if version is None:
        raise NotFound("assessment.no_blueprint")
    blueprint = uow.session.get_one(Blueprint, version.blueprint_id)
    uow.require("assessment.author", blueprint)
    policy = uow.session.get(MarkPolicy, policy_id)
    if policy is None or policy.org_id != blueprint.org_id:
        raise NotFound("assessment.no_policy")
    if version.frozen_at is not None:
        raise Conflict("assessment.plan_frozen")
    version.mark_policy_id = policy.id
