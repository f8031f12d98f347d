"""Read support plans: what holds, what waits for approval, who has agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.people.models import SupportApproval, SupportPlan
from lms.people.types import MeasureValue

__all__ = ["SupportApprovalView", "SupportVersionView", "support_versions"]


@dataclass(frozen=True, slots=True)
class SupportApprovalView:
    """Who approved a version in what capacity, and when."""

    role: str
    person_id: UUID
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class SupportVersionView:
    """One version of a support plan."""

    id: UUID
    person_id: UUID
    org_id: UUID
    version: int
    source_ref: str
    valid_from: date
    valid_to: date | None
    created_at: datetime
    active_since: datetime | None
    superseded_at: datetime | None
    measures: tuple[MeasureValue, ...]
    approvals: tuple[SupportApprovalView, ...]

    @property
    def is_active(self) -> bool:
        """Tell whether the version is in force (its dates aside)."""
        return self.active_since is not None and self.superseded_at is None

    @property
    def is_waiting(self) -> bool:
        """Tell whether the version waits for approvals."""
        return self.active_since is None and self.superseded_at is None

    def approved_by(self, role: str) -> SupportApprovalView | None:
        """Return the approval of ``role``, or None."""
        return next((row for row in self.approvals if row.role == role), None)


def support_versions(session: Session, person_id: UUID) -> list[SupportVersionView]:
    """Return every version of a person's support plan, newest first."""
    rows = session.scalars(
        sa.select(SupportPlan).where(SupportPlan.person_id == person_id).order_by(SupportPlan.version.desc())
    ).all()
    approvals: dict[UUID, list[SupportApprovalView]] = {}
    for row in session.scalars(
        sa.select(SupportApproval)
        .where(SupportApproval.support_plan_id.in_([plan.id for plan in rows]))
        .order_by(SupportApproval.approved_at)
    ):
        view = SupportApprovalView(row.role, row.person_id, row.approved_at)
        approvals.setdefault(row.support_plan_id, []).append(view)
    return [_view(plan, tuple(approvals.get(plan.id, ()))) for plan in rows]


def _view(plan: SupportPlan, approvals: tuple[SupportApprovalView, ...]) -> SupportVersionView:
    return SupportVersionView(
        id=plan.id,
        person_id=plan.person_id,
        org_id=plan.org_id,
        version=plan.version,
        source_ref=plan.source_ref,
        valid_from=plan.valid_from,
        valid_to=plan.valid_to,
        created_at=plan.created_at,
        active_since=plan.active_since,
        superseded_at=plan.superseded_at,
        measures=tuple(MeasureValue(m.code, m.params, tuple(m.scope)) for m in plan.measures),
        approvals=approvals,
    )
