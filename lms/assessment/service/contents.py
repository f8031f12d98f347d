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

from lms.assessment.marking_models import RegradeBatch, RegradeKey
from lms.assessment.models import Attempt, AttemptItem, BlueprintVersion, ItemVersion
from lms.assessment.rules.blueprint import Plan
from lms.assessment.types import RegradeState
from lms.core.db import bulk_in, fetch

__all__ = [
    "AttemptQuestion",
    "ItemContent",
    "contents_of",
    "kept_plan",
    "keys_for",
    "plan_known_by",
    "plan_of_version",
    "questions_of",
]

#: Versions kept in one process; a school's year of examinations is far below.
KEPT = 4000
_lock = Lock()


@dataclass(frozen=True, slots=True)
class ItemContent:
    """The part of an item version that never changes and that delivery and marking need."""

    id: UUID
    item_id: UUID
    type: str
    content: dict[str, Any]
    content_hash: str


#: Plans kept in one process, by the hash of what they say.
PLANS_KEPT = 500
_plans: OrderedDict[str, Plan] = OrderedDict()


def kept_plan(version: BlueprintVersion | sa.Row[Any]) -> Plan:
    """Return the plan of a blueprint version; its document is read once, and never changes."""
    with _lock:
        found = _plans.get(version.content_hash)
        if found is not None:
            _plans.move_to_end(version.content_hash)
            return found
    made = Plan.from_document(version.plan)
    with _lock:
        _plans[version.content_hash] = made
        while len(_plans) > PLANS_KEPT:
            _plans.popitem(last=False)
    return made


_PLAN_HASH = sa.select(BlueprintVersion.content_hash).where(BlueprintVersion.id == sa.bindparam("version_id"))
_PLAN = sa.select(BlueprintVersion.content_hash, BlueprintVersion.plan).where(
    BlueprintVersion.id == sa.bindparam("version_id")
)


def plan_of_version(session: Session, version_id: UUID) -> Plan:
    """Return the plan of a blueprint version; its document is sent by the database only where it is not known yet."""
    [row] = fetch(session, _PLAN_HASH, version_id=version_id)
    return plan_known_by(session, version_id, row.content_hash)


def plan_known_by(session: Session, version_id: UUID, content_hash: str) -> Plan:
    """Return the plan of a blueprint version whose hash was read, but not its document."""
    with _lock:
        found = _plans.get(content_hash)
    return found if found is not None else kept_plan(fetch(session, _PLAN, version_id=version_id)[0])


@dataclass(frozen=True, slots=True)
class AttemptQuestion:
    """One question of one attempt with what it asks, and the version by whose key it is marked (nearly always the same)."""

    id: UUID
    slot: int
    variant_seed: int
    points: Any
    version: ItemContent
    key: ItemContent

    @property
    def key_version_id(self) -> UUID | None:
        """Return the version by whose key it is marked, where it is not the one that was asked."""
        return None if self.key.id == self.version.id else self.key.id


_kept: OrderedDict[UUID, ItemContent] = OrderedDict()


def contents_of(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, ItemContent]:
    """Return the contents of item versions by id; what was read before is not read again."""
    wanted = list(dict.fromkeys(version_ids))
    found: dict[UUID, ItemContent] = {}
    with _lock:
        for key in wanted:
            kept = _kept.get(key)
            if kept is not None:
                found[key] = kept
                _kept.move_to_end(key)
    if len(found) == len(wanted):
        return found
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


_QUESTIONS = (
    sa.select(
        AttemptItem.id,
        AttemptItem.slot,
        AttemptItem.variant_seed,
        AttemptItem.points,
        AttemptItem.item_version_id,
        AttemptItem.key_version_id,
    )
    .where(AttemptItem.attempt_id == sa.bindparam("attempt_id"))
    .order_by(AttemptItem.slot)
)


def questions_of(session: Session, attempt_id: UUID) -> list[AttemptQuestion]:
    """Return the questions of an attempt in order."""
    rows = fetch(session, _QUESTIONS, attempt_id=attempt_id)
    other_keys = [row.key_version_id for row in rows if row.key_version_id is not None]
    contents = contents_of(session, [*(row.item_version_id for row in rows), *other_keys])
    questions = []
    for row in rows:
        asked = contents[row.item_version_id]
        key = asked if row.key_version_id is None else contents[row.key_version_id]
        questions.append(AttemptQuestion(row.id, row.slot, row.variant_seed, row.points, asked, key))
    return questions


_KEYS = (
    sa.select(RegradeKey.item_version_id, RegradeKey.key_version_id)
    .join(RegradeBatch, RegradeBatch.id == RegradeKey.batch_id)
    .join(Attempt, Attempt.session_id == RegradeBatch.session_id)
    .where(Attempt.id == sa.bindparam("attempt_id"), RegradeBatch.state == RegradeState.APPROVED)
    .order_by(RegradeBatch.decided_no)
)


def keys_for(session: Session, attempt_id: UUID) -> dict[UUID, UUID]:
    """Return the versions whose keys were put right in an attempt's session, with those that mark in their place."""
    newest = {asked: key for asked, key in fetch(session, _KEYS, attempt_id=attempt_id)}
    return {asked: key for asked, key in newest.items() if asked != key}
