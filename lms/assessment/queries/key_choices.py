"""Say by which versions of its questions a session can be marked, once a wrong key was put right.

What the students saw stays what it was: a version can lend its key only when it asks the very same, in every variant that was
handed out. Whatever else differs makes another question of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.contracts import QuestionType
from lms.assessment.marking_models import RegradeKey
from lms.assessment.models import Attempt, AttemptItem, Item, ItemVersion
from lms.assessment.service.contents import contents_of
from lms.assessment.types import ItemState
from lms.core.db import bulk_in
from lms.core.errors import InvalidInput
from lms.core.registry import Registry

__all__ = ["KeyChoice", "KeyUse", "key_choices", "key_field", "keys_of_batch", "require_same_questions"]


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A question of a session: the version that was asked, the one that marks, and those that could (id, number)."""

    item_version_id: UUID
    item_id: UUID
    title: str
    number: int
    key_number: int
    others: tuple[tuple[UUID, int], ...]


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What a replay marks otherwise: a question, the version that was asked, the version that lends its key."""

    title: str
    item_version_id: UUID
    number: int
    key_version_id: UUID
    key_number: int


def key_field(item_version_id: UUID) -> str:
    """Return the name of the field that chooses the version by which a question is marked."""
    return f"key-{item_version_id}"


def key_choices(session: Session, session_id: UUID) -> list[KeyChoice]:
    """Return the questions of a session that another version could mark: a ready one, or again the one that was asked."""
    asked = {
        version_id: key_id or version_id
        for version_id, key_id in session.execute(
            sa.select(AttemptItem.item_version_id, AttemptItem.key_version_id)
            .join(Attempt, Attempt.id == AttemptItem.attempt_id)
            .where(Attempt.session_id == session_id)
            .distinct()
        )
    }
    versions = _versions(session, asked)
    titles = {
        item_id: title
        for batch in bulk_in(versions)
        for item_id, title in session.execute(sa.select(Item.id, Item.title).where(Item.id.in_(batch)))
    }
    choices = []
    for item_id, rows in versions.items():
        numbers = {row.id: row.number for row in rows}
        for row in rows:
            key_id = asked.get(row.id)
            if key_id is None:
                continue
            others = tuple(
                (one.id, one.number)
                for one in rows
                if one.id != key_id and (one.id == row.id or one.state is ItemState.READY)
            )
            if others:
                choices.append(
                    KeyChoice(row.id, item_id, titles[item_id], row.number, numbers[key_id], others)
                )
    return sorted(choices, key=lambda choice: (choice.title, choice.number, choice.item_version_id))


def _versions(session: Session, asked: Mapping[UUID, UUID]) -> dict[UUID, list[ItemVersion]]:
    """Return all versions of the items that were asked, by item, in order."""
    found: dict[UUID, list[ItemVersion]] = defaultdict(list)
    for batch in bulk_in(asked):
        items = sa.select(ItemVersion.item_id).where(ItemVersion.id.in_(batch))
        for row in session.scalars(
            sa.select(ItemVersion).where(ItemVersion.item_id.in_(items)).order_by(ItemVersion.number)
        ):
            if row not in found[row.item_id]:
                found[row.item_id].append(row)
    return found


def require_same_questions(
    session: Session, types: Registry[QuestionType], session_id: UUID, keys: Mapping[UUID, UUID]
) -> None:
    """Raise unless each key comes from a version that can be chosen and asks what was asked.

    Raises InvalidInput ``assessment.key_unknown``, ``assessment.key_asks_otherwise``.
    """
    if not keys:
        return
    allowed = {choice.item_version_id: dict(choice.others) for choice in key_choices(session, session_id)}
    for asked_id, key_id in keys.items():
        if key_id not in allowed.get(asked_id, {}):
            raise _refusal("assessment.key_unknown", asked_id)
        contents = contents_of(session, (asked_id, key_id))
        asked, key = contents[asked_id], contents[key_id]
        kind = types.find(asked.type)
        if kind is None or key.type != asked.type:
            raise _refusal("assessment.key_unknown", asked_id)
        for seed in _seeds(session, session_id, asked_id):
            if kind.player(asked.content, seed) != kind.player(key.content, seed):
                raise _refusal("assessment.key_asks_otherwise", asked_id)


def _refusal(code: str, item_version_id: UUID) -> InvalidInput:
    return InvalidInput(code, fields={key_field(item_version_id): [code]})


def _seeds(session: Session, session_id: UUID, item_version_id: UUID) -> Sequence[int]:
    """Return the variants of a question that were handed out in a session."""
    return session.scalars(
        sa.select(AttemptItem.variant_seed)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.session_id == session_id, AttemptItem.item_version_id == item_version_id)
        .distinct()
    ).all()


def keys_of_batch(session: Session, batch_id: UUID) -> tuple[KeyUse, ...]:
    """Return which questions a replay marks by the key of another version."""
    asked, key = aliased(ItemVersion), aliased(ItemVersion)
    rows = session.execute(
        sa.select(Item.title, asked.id, asked.number, key.id, key.number)
        .select_from(RegradeKey)
        .join(asked, asked.id == RegradeKey.item_version_id)
        .join(key, key.id == RegradeKey.key_version_id)
        .join(Item, Item.id == asked.item_id)
        .where(RegradeKey.batch_id == batch_id)
        .order_by(Item.title, asked.number)
    )
    return tuple(KeyUse(*row) for row in rows)
