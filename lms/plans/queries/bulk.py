"""Read what bringing plans up to date with their template would change, student by student, and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.core.paging import Page, paginate
from lms.people.queries import person_cards
from lms.plans.models import Plan, PlanBulk, PlanBulkRow, PlanTemplate, PlanVersion
from lms.plans.plan_reading import content_of
from lms.plans.rules.plan_bulk import OwnItem, brought_up_to_date, kept_changes
from lms.plans.rules.plan_content import ItemContent, from_json
from lms.plans.rules.plan_diff import Change, diff_items
from lms.plans.types.plans import BulkKind, BulkState, BulkStatus, PlanState

__all__ = [
    "BulkCard",
    "BulkRow",
    "BulkRowView",
    "bulk_card",
    "bulk_cards",
    "bulk_outcomes",
    "bulk_rows",
    "drafts_of_template",
    "own_items",
    "plans_of_template",
    "template_contents",
    "version_to_change",
]

_OPEN = (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED)
_STANDING = (PlanState.ACTIVE, PlanState.RETURNED)


@dataclass(frozen=True, slots=True)
class BulkRow:
    """What would change in one student's plan; ``waits`` when a version is on its way and has to end first."""

    plan_id: UUID
    name: str
    state: PlanState
    changes: tuple[Change, ...]
    kept: int
    waits: bool

    @property
    def is_open(self) -> bool:
        """Tell whether something can be done for this plan now."""
        return bool(self.changes) and not self.waits


def template_contents(template: PlanTemplate) -> dict[str, ItemContent]:
    """Return what a template says of each of its items."""
    return {row.stable_key: from_json(row.content) for row in template.items}


def own_items(version: PlanVersion) -> dict[str, OwnItem]:
    """Return the items of a version beside what the template said of them."""
    return {
        item.stable_key: OwnItem(content_of(item), from_json(item.base) if item.base is not None else None)
        for item in version.items
    }


def version_to_change(session: Session, plan_id: UUID) -> PlanVersion | None:
    """Return the version that a change begins with: what is on its way, else what is in force or was returned."""
    versions = session.scalars(
        sa.select(PlanVersion).where(PlanVersion.plan_id == plan_id).order_by(PlanVersion.no.desc())
    ).all()
    under_way = next((row for row in versions if row.state in _OPEN), None)
    return under_way or next((row for row in versions if row.state in _STANDING), None)


def plans_of_template(
    session: Session, template_id: UUID, person_ids: Collection[UUID] | None = None
) -> dict[UUID, UUID]:
    """Return whose each plan made from a template is, in the order of their ids; ``person_ids`` asks for these only."""
    statement = sa.select(Plan.id, Plan.person_id).where(Plan.template_id == template_id).order_by(Plan.id)
    wanted = None if person_ids is None else set(person_ids)
    rows = session.execute(statement)
    return {key: person for key, person in rows if wanted is None or person in wanted}


def drafts_of_template(session: Session, template_id: UUID) -> list[UUID]:
    """Return the plans made from a template that have a draft, in the order of their ids."""
    return list(
        session.scalars(
            sa.select(Plan.id)
            .join(PlanVersion, PlanVersion.plan_id == Plan.id)
            .where(Plan.template_id == template_id, PlanVersion.state == PlanState.DRAFT)
            .distinct()
            .order_by(Plan.id)
        )
    )


def bulk_rows(
    session: Session,
    template_id: UUID,
    person_ids: Collection[UUID] | None = None,
    *,
    page: int = 1,
    per_page: int = 50,
) -> Page[BulkRow]:
    """Return what would change in the living plans made from a template, by name; ``person_ids`` asks for these only."""
    contents = template_contents(session.get_one(PlanTemplate, template_id))
    living = _living(session, plans_of_template(session, template_id, person_ids))
    cards = person_cards(session, set(living.values()))
    by_name = sorted(living, key=lambda key: (cards[living[key]].name, key))
    shown = by_name[(page - 1) * per_page : page * per_page]
    rows = [_row(session, key, cards[living[key]].name, contents) for key in shown]
    return Page(rows, page, per_page, len(by_name))


def _living(session: Session, plans: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Return those plans that have a version to change."""
    states = (*_OPEN, *_STANDING)
    living = set(
        session.scalars(
            sa.select(PlanVersion.plan_id)
            .join(Plan, Plan.id == PlanVersion.plan_id)
            .where(Plan.template_id.is_not(None), PlanVersion.state.in_(states))
            .distinct()
        )
    )
    return {key: person for key, person in plans.items() if key in living}


def _row(session: Session, plan_id: UUID, name: str, contents: dict[str, ItemContent]) -> BulkRow:
    version = version_to_change(session, plan_id)
    assert version is not None
    items = own_items(version)
    before = {key: item.content for key, item in items.items()}
    changes = diff_items(before, brought_up_to_date(items, contents))
    waits = version.state in {PlanState.SUBMITTED, PlanState.APPROVED}
    return BulkRow(plan_id, name, version.state, tuple(changes), kept_changes(items, contents), waits)


@dataclass(frozen=True, slots=True)
class BulkCard:
    """Work on many plans: what, who asked, how far it is and what became of the plans."""

    id: UUID
    org_id: UUID
    kind: BulkKind
    template_id: UUID | None
    title: str
    reason: str
    state: BulkState
    code: str
    total: int
    done: int
    changed: int
    asked_by: str
    created_at: datetime
    counts: dict[BulkStatus, int]

    @property
    def is_running(self) -> bool:
        """Tell whether there is more to come."""
        return self.state in (BulkState.WAITING, BulkState.RUNNING)


@dataclass(frozen=True, slots=True)
class BulkRowView:
    """What became of one plan."""

    plan_id: UUID
    name: str
    status: BulkStatus
    code: str
    version_id: UUID | None


def bulk_card(session: Session, bulk_id: UUID) -> BulkCard:
    """Return one piece of work on many plans; raise NotFound ``plans.no_bulk``."""
    cards = _bulk_cards(session, PlanBulk.id == bulk_id, 1)
    if not cards:
        raise NotFound("plans.no_bulk")
    return cards[0]


def bulk_cards(session: Session, org_ids: Collection[UUID], limit: int = 20) -> list[BulkCard]:
    """Return the newest work on many plans of organisations."""
    return _bulk_cards(session, PlanBulk.org_id.in_(list(org_ids)), limit)


def _bulk_cards(session: Session, condition: sa.ColumnElement[bool], limit: int) -> list[BulkCard]:
    rows = session.execute(
        sa.select(PlanBulk, PlanTemplate.title)
        .outerjoin(PlanTemplate, PlanTemplate.id == PlanBulk.template_id)
        .where(condition)
        .order_by(PlanBulk.id.desc())
        .limit(limit)
    ).all()
    counts: dict[UUID, dict[BulkStatus, int]] = {row.id: {} for row, _title in rows}
    found = session.execute(
        sa.select(PlanBulkRow.bulk_id, PlanBulkRow.status, sa.func.count())
        .where(PlanBulkRow.bulk_id.in_(list(counts)))
        .group_by(PlanBulkRow.bulk_id, PlanBulkRow.status)
    )
    for bulk_id, status, count in found:
        counts[bulk_id][status] = count
    names = person_cards(session, {row.created_by for row, _title in rows})
    return [
        BulkCard(
            id=row.id,
            org_id=row.org_id,
            kind=row.kind,
            template_id=row.template_id,
            title=title or "",
            reason=row.reason,
            state=row.state,
            code=row.code,
            total=row.total,
            done=row.done,
            changed=row.changed,
            asked_by=names[row.created_by].name,
            created_at=row.created_at,
            counts=counts[row.id],
        )
        for row, title in rows
    ]


def bulk_outcomes(
    session: Session, bulk_id: UUID, *, status: BulkStatus | None = None, page: int = 1, per_page: int = 50
) -> Page[BulkRowView]:
    """Return what became of each plan, in the order in which they are gone through."""
    statement = (
        sa.select(PlanBulkRow, Plan.person_id)
        .join(Plan, Plan.id == PlanBulkRow.plan_id)
        .where(PlanBulkRow.bulk_id == bulk_id)
        .order_by(PlanBulkRow.number)
    )
    if status is not None:
        statement = statement.where(PlanBulkRow.status == status)
    found = paginate(session, cast(sa.Select[Any], statement), page, per_page)
    cards = person_cards(session, {person_id for _row, person_id in found.items})
    rows = [
        BulkRowView(row.plan_id, cards[person_id].name, row.status, row.code, row.version_id)
        for row, person_id in found.items
    ]
    return Page(rows, found.number, found.per_page, found.total)
