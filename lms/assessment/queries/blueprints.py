"""Read one plan of an examination as its authors see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import (
    AttestationSession,
    Bank,
    Blueprint,
    BlueprintVersion,
    Item,
    ItemVersion,
    MarkPolicy,
)
from lms.assessment.rules.adaptive import next_item
from lms.assessment.rules.blueprint import Plan, form_item, lay_out
from lms.assessment.rules.blueprint import PlannedItem as Planned
from lms.assessment.types import ItemState
from lms.core.db import bulk_in
from lms.core.errors import NotFound

__all__ = [
    "BlueprintView",
    "FormRow",
    "blueprint_of_version",
    "blueprint_view",
    "item_numbers",
    "numbered_items",
    "places_of",
    "sample_form",
    "used_outcomes",
]


@dataclass(frozen=True, slots=True)
class BlueprintView:
    """A plan in its newest version, or in an earlier one; ``frozen_at`` = somebody has begun to sit it."""

    id: UUID
    org_id: UUID
    version_id: UUID
    number: int
    newest: int
    title: str
    subject: str
    plan: Plan
    policy_code: str
    content_hash: str
    frozen_at: datetime | None
    sessions: int


@dataclass(frozen=True, slots=True)
class FormRow:
    """One question of a sample form: its place, its section, its number and title in the bank, its points."""

    slot: int
    section: str
    bank: str
    number: int
    title: str
    points: Decimal


def blueprint_view(session: Session, blueprint_id: UUID) -> BlueprintView:
    """Return a plan in its newest version; raise NotFound ``assessment.no_blueprint``."""
    row = session.execute(
        sa.select(Blueprint, BlueprintVersion, MarkPolicy.code)
        .join(BlueprintVersion, BlueprintVersion.blueprint_id == Blueprint.id)
        .join(MarkPolicy, MarkPolicy.id == BlueprintVersion.mark_policy_id)
        .where(Blueprint.id == blueprint_id)
        .order_by(BlueprintVersion.number.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound("assessment.no_blueprint")
    blueprint, version, policy_code = row
    used = sa.select(sa.func.count()).where(AttestationSession.blueprint_version_id == version.id)
    return BlueprintView(
        id=blueprint.id,
        org_id=blueprint.org_id,
        version_id=version.id,
        number=version.number,
        newest=version.number,
        title=blueprint.title,
        subject=blueprint.subject,
        plan=Plan.from_document(version.plan),
        policy_code=policy_code,
        content_hash=version.content_hash,
        frozen_at=version.frozen_at,
        sessions=session.scalar(used) or 0,
    )


def sample_form(session: Session, plan: Plan, seed: int) -> list[FormRow]:
    """Return what a student with this seed would get: of an adaptive plan the first question alone."""
    form = lay_out(plan, seed)
    if plan.adaptive is not None:
        first = next_item(plan.adaptive, plan.draws, (), 0.0, seed)
        form = [] if first is None else [form_item(seed, 1, Planned(*first))]
    named: dict[UUID, tuple[str, int, str]] = {}
    for batch in bulk_in([item.item_version_id for item in form]):
        rows = session.execute(
            sa.select(ItemVersion.id, Bank.title, Item.number, Item.title)
            .join(Item, Item.id == ItemVersion.item_id)
            .join(Bank, Bank.id == Item.bank_id)
            .where(ItemVersion.id.in_(batch))
        )
        named |= {version_id: (bank, number, title) for version_id, bank, number, title in rows}
    titles = plan.section_titles()
    return [
        FormRow(item.slot, titles[item.slot - 1], *named[item.item_version_id], item.points) for item in form
    ]


def numbered_items(session: Session, bank_id: UUID) -> dict[int, UUID]:
    """Return the newest ready version of each question of a bank by its number."""
    rows = session.execute(
        sa.select(Item.number, ItemVersion.id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.bank_id == bank_id, ItemVersion.state == ItemState.READY)
        .order_by(Item.number, ItemVersion.number)
    )
    return {number: version_id for number, version_id in rows}


def item_numbers(session: Session, bank_id: UUID, item_ids: Iterable[UUID]) -> list[int]:
    """Return the numbers that questions have in their bank; those of other banks are left out."""
    rows = sa.select(Item.number).where(Item.bank_id == bank_id, Item.id.in_(list(item_ids)))
    return list(session.scalars(rows))


def places_of(session: Session, version_ids: list[UUID]) -> dict[UUID, tuple[str, int]]:
    """Return bank and number of the questions whose versions are named."""
    found: dict[UUID, tuple[str, int]] = {}
    for batch in bulk_in(version_ids):
        rows = session.execute(
            sa.select(ItemVersion.id, Item.bank_id, Item.number)
            .join(Item, Item.id == ItemVersion.item_id)
            .where(ItemVersion.id.in_(batch))
        )
        found |= {version_id: (str(bank_id), number) for version_id, bank_id, number in rows}
    return found


def used_outcomes(session: Session, org_id: UUID) -> list[UUID]:
    """Return the outcomes that the ready questions of an organisation name."""
    rows = session.scalars(
        sa.select(ItemVersion.outcome_ids)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.org_id == org_id, ItemVersion.state == ItemState.READY)
        .distinct()
    )
    return sorted({UUID(each) for named in rows for each in named})


def blueprint_of_version(session: Session, version_id: UUID) -> UUID:
    """Return the plan to which a version belongs."""
    return session.get_one(BlueprintVersion, version_id).blueprint_id
