"""Read what questions ask, once for each process.

An item version never changes after it was written, so what it says can be kept: forty questions of an attempt cost one
statement the first time and none later. Its state and bookkeeping do change and are not kept here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import AttemptItem, ItemVersion
from lms.core.db import bulk_in

__all__ = ["AttemptQuestion", "ItemContent", "contents_of", "questions_of"]

#: Versions kept in one process; a school's year of examinations is far below.
KEPT = 4000


@dataclass(frozen=True, slots=True)
class ItemContent:
    """The part of an item version that never changes and that delivery and marking need."""

    id: UUID
    item_id: UUID
    type: str
    content: dict[str, Any]
    content_hash: str


@dataclass(frozen=True, slots=True)
class AttemptQuestion:
    """One question of one attempt with what it asks."""

    id: UUID
    slot: int
    variant_seed: int
    points: Any
    version: ItemContent


_kept: OrderedDict[UUID, ItemContent] = OrderedDict()
_lock = Lock()


def contents_of(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, ItemContent]:
    """Return the contents of item versions by id; what was read before is not read again."""
    wanted = list(dict.fromkeys(version_ids))
    with _lock:
        found = {key: _kept[key] for key in wanted if key in _kept}
        for key in found:
            _kept.move_to_end(key)
    for batch in bulk_in(key for key in wanted if key not in found):
        rows = session.execute(
            sa.select(
                ItemVersion.id,
                ItemVersion.item_id,
                ItemVersion.type,
                ItemVersion.content,
                ItemVersion.content_hash,
            ).where(ItemVersion.id.in_(batch))
        )
        _keep(fresh := {row.id: ItemContent(*row) for row in rows})
        found |= fresh
    return found


def _keep(fresh: dict[UUID, ItemContent]) -> None:
    with _lock:
        _kept.update(fresh)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)


def questions_of(session: Session, attempt_id: UUID) -> list[AttemptQuestion]:
    """Return the questions of an attempt in order."""
    rows = session.execute(
        sa.select(
            AttemptItem.id,
            AttemptItem.slot,
            AttemptItem.variant_seed,
            AttemptItem.points,
            AttemptItem.item_version_id,
        )
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(AttemptItem.slot)
    ).all()
    contents = contents_of(session, (row.item_version_id for row in rows))
    return [
        AttemptQuestion(row.id, row.slot, row.variant_seed, row.points, contents[row.item_version_id])
        for row in rows
    ]
