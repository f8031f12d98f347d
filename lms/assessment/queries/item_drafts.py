"""Read the questions of a bank that are not ready yet, to be looked through together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import ItemTest
from lms.assessment.models import Item, ItemImportRow, ItemVersion
from lms.assessment.rules.items import load_tests
from lms.assessment.types import ItemState

__all__ = ["DraftView", "drafts_of"]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A question whose newest version is a draft or in review, with what decides whether it can become ready."""

    item_id: UUID
    version_id: UUID
    ref: int
    title: str
    type: str
    content: Mapping[str, Any]
    tests: tuple[ItemTest, ...]


def drafts_of(
    session: Session,
    bank_id: UUID,
    *,
    import_id: UUID | None = None,
    chosen: Collection[UUID] | None = None,
    after: int = 0,
    limit: int,
) -> list[DraftView]:
    """Return questions of a bank that are not ready yet, by number from the one behind ``after``; of one import or of all.

    ``chosen``: only these versions.
    """
    statement = (
        sa.select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.newest_id)
        .where(
            Item.bank_id == bank_id,
            Item.number > after,
            ItemVersion.state.in_([ItemState.DRAFT, ItemState.IN_REVIEW]),
        )
        .order_by(Item.number)
        .limit(limit)
    )
    if import_id is not None:
        brought = sa.select(ItemImportRow.item_id).where(ItemImportRow.import_id == import_id)
        statement = statement.where(Item.id.in_(brought))
    if chosen is not None:
        statement = statement.where(ItemVersion.id.in_(list(chosen)))
    return [
        DraftView(
            item.id,
            version.id,
            item.number,
            item.title,
            version.type,
            version.content,
            tuple(load_tests(version.item_tests)),
        )
        for item, version in session.execute(statement)
    ]
