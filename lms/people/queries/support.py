"""Read support plans: what holds, what waits for approval, who has agreed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.core.paging import Page, paginate
from lms.people.models import Measure, SupportApproval, SupportPlan
from lms.people.queries.persons import active_support_plan
from lms.people.support_models import MeasureUse, SupportWithdrawal
from lms.people.types import MeasureCode, MeasureValue, Relation

__all__ = [
    "MeasureUseView",
    "SupportApprovalView",
    "SupportState",
    "SupportVersionView",
    "SupportWithdrawalView",
    "agreed_measures",
    "approval_roles",
    "measure_uses",
    "support_person",
    "support_versions",
]


class SupportState(StrEnum):
    """Where a version of a support plan stands on a day."""

    WAITING = "waiting"
    PLANNED = "planned"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class SupportApprovalView:
    """Who approved a version in what capacity, and when."""

    role: str
    person_id: UUID
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class SupportWithdrawalView:
    """Who withdrew a version, when and why."""

    person_id: UUID
    reason: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True)
class MeasureUseView:
    """A measure that was carried out: by which version, in what, when."""

    version: int
    code: MeasureCode
    params: dict[str, Any]
    title: str
    used_at: datetime


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
    withdrawal: SupportWithdrawalView | None = None
    replaced_from: date | None = None

    def state_on(self, day: date) -> SupportState:
        """Return where the version stands on ``day``: only `SupportState.IN_FORCE` changes anything."""
        if self.withdrawal is not None:
            return SupportState.WITHDRAWN
        if self.superseded_at is not None or (self.replaced_from is not None and self.replaced_from <= day):
            return SupportState.REPLACED
        if self.valid_to is not None and self.valid_to < day:
            return SupportState.EXPIRED
        if self.active_since is None:
            return SupportState.WAITING
        return SupportState.IN_FORCE if self.valid_from <= day else SupportState.PLANNED

    @property
    def is_active(self) -> bool:
        """Tell whether the version is agreed and was not ended (its dates aside)."""
        return self.active_since is not None and self.superseded_at is None

    @property
    def is_waiting(self) -> bool:
        """Tell whether the version waits for approvals."""
        return self.active_since is None and self.superseded_at is None

    def approved_by(self, role: str) -> SupportApprovalView | None:
        """Return the approval of ``role``, or None."""
        return next((row for row in self.approvals if row.role == role), None)


def approval_roles(relations: Collection[Relation], *, is_minor: bool) -> set[str]:
    """Return as what somebody may approve measures: as specialist, as guardian, as the student who has come of age."""
    roles = {
        "specialist": Relation.SPECIALIST in relations,
        "guardian": Relation.GUARDIAN_SIGN in relations,
        "student": Relation.SELF in relations and not is_minor,
    }
    return {role for role, is_given in roles.items() if is_given}


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
    withdrawals = {
        row.support_plan_id: SupportWithdrawalView(row.person_id, row.reason, row.withdrawn_at)
        for row in session.scalars(
            sa.select(SupportWithdrawal).where(
                SupportWithdrawal.support_plan_id.in_([plan.id for plan in rows])
            )
        )
    }
    found: list[SupportVersionView] = []
    for plan in rows:
        begins = min((newer.valid_from for newer in found if newer.is_active), default=None)
        version = _view(plan, tuple(approvals.get(plan.id, ())), withdrawals.get(plan.id))
        found.append(replace(version, replaced_from=begins) if version.is_active else version)
    return found


def agreed_measures(session: Session, person_id: UUID, day: date, activity: str) -> tuple[MeasureValue, ...]:
    """Return the measures that hold for a person in an activity on ``day``, as they were agreed."""
    plan = active_support_plan(session, person_id, day)
    rows = [] if plan is None else [MeasureValue(m.code, m.params, tuple(m.scope)) for m in plan.measures]
    return tuple(measure for measure in rows if {"all", activity} & set(measure.scope))


def support_person(session: Session, support_plan_id: UUID) -> UUID:
    """Return whose support plan a version is; raise NotFound ``support.no_plan``."""
    found = session.scalar(sa.select(SupportPlan.person_id).where(SupportPlan.id == support_plan_id))
    if found is None:
        raise NotFound("support.no_plan")
    return found


def measure_uses(session: Session, person_id: UUID, page: int, per_page: int = 25) -> Page[MeasureUseView]:
    """Return one page of the measures that were carried out for a person, newest first."""
    statement = (
        sa.select(SupportPlan.version, MeasureUse.code, Measure.params, MeasureUse.title, MeasureUse.used_at)
        .join(SupportPlan, SupportPlan.id == MeasureUse.support_plan_id)
        .join(
            Measure,
            sa.and_(Measure.support_plan_id == SupportPlan.id, Measure.code == MeasureUse.code),
        )
        .where(MeasureUse.person_id == person_id)
        .order_by(MeasureUse.used_at.desc(), MeasureUse.id.desc())
    )
    rows = paginate(session, statement, page, per_page)
    items = [MeasureUseView(*row) for row in rows.items]
    return Page(items, rows.number, rows.per_page, rows.total)


def _view(
    plan: SupportPlan,
    approvals: tuple[SupportApprovalView, ...],
    withdrawal: SupportWithdrawalView | None,
) -> SupportVersionView:
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
        withdrawal=withdrawal,
    )
