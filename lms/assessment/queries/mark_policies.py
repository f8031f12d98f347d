"""Read the rules by which scores become marks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import Blueprint, BlueprintVersion, MarkPolicy
from lms.assessment.types import MarkScale
from lms.core.errors import NotFound

__all__ = ["PolicyView", "open_plans", "policies_of", "policy_history", "policy_view"]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of a rule: thresholds are (least share, mark), best first."""

    id: UUID
    org_id: UUID
    code: str
    version: int
    scale: MarkScale
    title: str
    thresholds: tuple[tuple[Decimal, str], ...]
    pass_score: Decimal
    created_at: datetime


def _view(row: MarkPolicy) -> PolicyView:
    thresholds = tuple((Decimal(least), mark) for least, mark in row.thresholds)
    return PolicyView(
        row.id,
        row.org_id,
        row.code,
        row.version,
        row.scale,
        row.title,
        thresholds,
        row.pass_score,
        row.created_at,
    )


def policies_of(session: Session, org_ids: Iterable[UUID]) -> list[PolicyView]:
    """Return the newest version of every rule of organisations."""
    rows = session.scalars(
        sa.select(MarkPolicy).where(MarkPolicy.org_id.in_(list(org_ids))).order_by(MarkPolicy.version)
    )
    newest = {(row.org_id, row.code): row for row in rows}
    return [_view(newest[key]) for key in sorted(newest, key=lambda key: (key[1], str(key[0])))]


def policy_view(session: Session, policy_id: UUID) -> PolicyView:
    """Return one version; raise NotFound ``assessment.no_policy``."""
    row = session.get(MarkPolicy, policy_id)
    if row is None:
        raise NotFound("assessment.no_policy")
    return _view(row)


def policy_history(session: Session, policy: PolicyView) -> list[PolicyView]:
    """Return all versions of a rule, newest first."""
    rows = session.scalars(
        sa.select(MarkPolicy)
        .where(MarkPolicy.org_id == policy.org_id, MarkPolicy.code == policy.code)
        .order_by(MarkPolicy.version.desc())
    )
    return [_view(row) for row in rows]


def open_plans(session: Session, org_id: UUID) -> list[tuple[UUID, str, UUID]]:
    """Return the newest versions of exam plans that nobody has sat: id, title, the rule that they have now."""
    newest = (
        sa.select(BlueprintVersion.blueprint_id, sa.func.max(BlueprintVersion.number).label("number"))
        .group_by(BlueprintVersion.blueprint_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(BlueprintVersion.id, Blueprint.title, BlueprintVersion.mark_policy_id)
        .join(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
        .join(
            newest,
            sa.and_(
                newest.c.blueprint_id == BlueprintVersion.blueprint_id,
                newest.c.number == BlueprintVersion.number,
            ),
        )
        .where(Blueprint.org_id == org_id, BlueprintVersion.frozen_at.is_(None))
        .order_by(Blueprint.title, BlueprintVersion.id)
    )
    return [(version_id, title, policy_id) for version_id, title, policy_id in rows]
