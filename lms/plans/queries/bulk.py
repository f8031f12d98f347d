"""Read what bringing plans up to date with their template would change, student by student, before anybody does it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.people.queries import person_cards
from lms.plans.models import Plan, PlanTemplate, PlanVersion
from lms.plans.plan_reading import content_of
from lms.plans.rules.plan_bulk import OwnItem, brought_up_to_date, kept_changes
from lms.plans.rules.plan_content import ItemContent, from_json
from lms.plans.rules.plan_diff import Change, diff_items
from lms.plans.types.plans import PlanState

__all__ = ["BulkRow", "bulk_rows", "own_items", "template_contents", "version_to_change"]

_OPEN = (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED)


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
    standing = (PlanState.ACTIVE, PlanState.RETURNED)
    return under_way or next((row for row in versions if row.state in standing), None)


def bulk_rows(
    session: Session, template_id: UUID, person_ids: Collection[UUID] | None = None
) -> list[BulkRow]:
    """Return what would change in every living plan made from a template, by name; ``person_ids`` asks for these only."""
    template = session.get_one(PlanTemplate, template_id)
    contents = template_contents(template)
    statement = sa.select(Plan).where(Plan.template_id == template_id)
    if person_ids is not None:
        statement = statement.where(Plan.person_id.in_(list(person_ids)))
    plans = session.scalars(statement).all()
    cards = person_cards(session, [plan.person_id for plan in plans])
    rows = []
    for plan in plans:
        version = version_to_change(session, plan.id)
        if version is None:
            continue
        items = own_items(version)
        before = {key: item.content for key, item in items.items()}
        changes = diff_items(before, brought_up_to_date(items, contents))
        kept = kept_changes(items, contents)
        waits = version.state in {PlanState.SUBMITTED, PlanState.APPROVED}
        name = cards[plan.person_id].name
        rows.append(BulkRow(plan.id, name, version.state, tuple(changes), kept, waits))
    return sorted(rows, key=lambda row: (row.name, row.plan_id))
