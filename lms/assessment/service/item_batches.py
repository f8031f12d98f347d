"""Change several items of a bank at once, all or none."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.models import Bank, Item, ItemVersion
from lms.assessment.service.items import describe_item, retire_item
from lms.assessment.types import ItemState
from lms.core.errors import InvalidInput, NotFound
from lms.core.uow import UnitOfWork

__all__ = ["retire_items", "tag_items"]

#: So many items are changed at once at most: what stands on one page.
MOST = 100


def tag_items(uow: UnitOfWork, bank_id: UUID, item_ids: Iterable[UUID], tags: Iterable[str]) -> int:
    """Add tags to items of a bank and return how many there are; tags that stand there stay.

    Raises InvalidInput ``assessment.none_chosen`` and ``assessment.tags``.
    """
    rows = _chosen(uow, bank_id, item_ids)
    added = list(tags)
    for item, version in rows:
        describe_item(
            uow,
            version.id,
            title=item.title,
            tags=[*version.tags, *added],
            outcome_ids=[UUID(outcome) for outcome in version.outcome_ids],
            difficulty=version.difficulty,
        )
    return len(rows)


def retire_items(uow: UnitOfWork, bank_id: UUID, item_ids: Iterable[UUID]) -> int:
    """Take items of a bank out of use and return how many were in use; attempts that have them keep them."""
    rows = [row for row in _chosen(uow, bank_id, item_ids) if row[1].state is not ItemState.RETIRED]
    for _item, version in rows:
        retire_item(uow, version.id)
    return len(rows)


def _chosen(uow: UnitOfWork, bank_id: UUID, item_ids: Iterable[UUID]) -> list[tuple[Item, ItemVersion]]:
    """Return items of one's own bank with their newest versions, always in the same order."""
    bank = uow.session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("assessment.no_bank")
    uow.require("assessment.author", bank)
    rows = uow.session.execute(
        sa.select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.newest_id)
        .where(Item.bank_id == bank_id, Item.id.in_(list(islice(item_ids, MOST))))
        .order_by(Item.number)
    ).all()
    if not rows:
        raise InvalidInput("assessment.none_chosen")
    return [(item, version) for item, version in rows]
