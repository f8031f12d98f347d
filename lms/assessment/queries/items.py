"""Read banks and items as their authors see them: search, versions, use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import ItemTest
from lms.assessment.models import (
    AttemptItem,
    Bank,
    Blueprint,
    BlueprintItem,
    BlueprintVersion,
    Item,
    ItemEnemy,
    ItemTerm,
    ItemVersion,
)
from lms.assessment.rules.items import load_tests
from lms.assessment.rules.search import (
    common,
    count_of,
    places_of,
    property_term,
    remaining,
    together,
    words_of,
)
from lms.assessment.types import ItemState
from lms.core.db import bulk_in
from lms.core.errors import NotFound
from lms.core.paging import Page

__all__ = [
    "BankCard",
    "EnemyCard",
    "ItemCard",
    "ItemSearch",
    "ItemView",
    "UseCard",
    "VersionCard",
    "bank_card",
    "banks_of",
    "find_items",
    "found_places",
    "item_of_version",
    "item_view",
    "tags_of",
    "uses_of",
]


@dataclass(frozen=True, slots=True)
class BankCard:
    """A bank in a list: how many items it has, how many of them are in use, and ready."""

    id: UUID
    org_id: UUID
    title: str
    subject: str
    items: int
    ready: int


@dataclass(frozen=True, slots=True)
class ItemSearch:
    """What is looked for. Empty fields ask nothing; retired items are found by their state only.

    An item that has any of ``outcome_ids`` is found.
    """

    words: str = ""
    bank_id: UUID | None = None
    state: str = ""
    type: str = ""
    tag: str = ""
    level: str = ""
    outcome_ids: tuple[UUID, ...] = ()

    @property
    def terms(self) -> list[str]:
        """Return the terms that every found item has."""
        named = (("type", self.type), ("tag", self.tag), ("level", self.level))
        return [
            *([property_term("bank", self.bank_id.hex)] if self.bank_id else []),
            property_term("state", self.state) if self.state else property_term("in", "use"),
            *(property_term(name, value) for name, value in named if value),
            *words_of(self.words)[:20],
        ]


@dataclass(frozen=True, slots=True)
class ItemCard:
    """The newest version of an item in a list; ``ready_number`` is the version that examinations take."""

    item_id: UUID
    version_id: UUID
    ref: int
    title: str
    type: str
    number: int
    state: ItemState
    ready_number: int | None
    tags: tuple[str, ...]
    difficulty: Decimal | None
    tests: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class VersionCard:
    """One version in an item's history."""

    id: UUID
    number: int
    state: ItemState
    content_hash: str
    created_by: UUID | None
    created_at: datetime
    ready_at: datetime | None
    exposures: int


@dataclass(frozen=True, slots=True)
class UseCard:
    """An examination plan that names an item."""

    blueprint_id: UUID
    title: str
    plan_number: int
    item_number: int
    is_newest: bool = True


@dataclass(frozen=True, slots=True)
class EnemyCard:
    """An item that never stands in one form with another."""

    item_id: UUID
    ref: int
    title: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One version of an item with everything around it; `history` is newest first."""

    id: UUID
    bank_id: UUID
    org_id: UUID
    bank_title: str
    ref: int
    title: str
    version: VersionCard
    is_newest: bool
    type: str
    type_version: str
    content: dict[str, Any]
    tests: tuple[ItemTest, ...]
    tags: tuple[str, ...]
    outcome_ids: tuple[UUID, ...]
    difficulty: Decimal | None
    review_note: str
    history: tuple[VersionCard, ...]
    uses: tuple[UseCard, ...] = field(default_factory=tuple)
    enemies: tuple[EnemyCard, ...] = field(default_factory=tuple)

    @property
    def exposures(self) -> int:
        """Return how often the item was given to somebody, in any version."""
        return sum(version.exposures for version in self.history)


def banks_of(session: Session, org_ids: Iterable[UUID]) -> list[BankCard]:
    """Return the banks of organisations by title."""
    rows = session.scalars(
        sa.select(Bank).where(Bank.org_id.in_(list(org_ids))).order_by(Bank.title, Bank.id)
    )
    return [
        BankCard(
            bank.id,
            bank.org_id,
            bank.title,
            bank.subject,
            count_of(_found(session, bank.org_id, ItemSearch(bank_id=bank.id))),
            count_of(_found(session, bank.org_id, ItemSearch(bank_id=bank.id, state=ItemState.READY))),
        )
        for bank in rows
    ]


def bank_card(session: Session, bank_id: UUID) -> BankCard:
    """Return one bank; raise NotFound ``assessment.no_bank``."""
    bank = session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("assessment.no_bank")
    return BankCard(bank.id, bank.org_id, bank.title, bank.subject, 0, 0)


def find_items(
    session: Session, org_id: UUID, asked: ItemSearch, page: int = 1, per_page: int = 25
) -> Page[ItemCard]:
    """Return a page of the items of an organisation that have every asked term, the newest first."""
    chunks = _found(session, org_id, asked)
    places = places_of(chunks, (page - 1) * per_page, per_page)
    return Page(_cards(session, org_id, places), page, per_page, count_of(chunks))


def found_places(session: Session, org_id: UUID, asked: ItemSearch, most: int) -> list[int]:
    """Return the places of up to ``most`` items of an organisation that have every asked term, the newest first."""
    return places_of(_found(session, org_id, asked), 0, most)


def _found(session: Session, org_id: UUID, asked: ItemSearch) -> dict[int, int]:
    terms = list(dict.fromkeys(asked.terms))
    found = remaining(terms, _bits(session, org_id, terms))
    if not asked.outcome_ids:
        return found
    outcomes = [property_term("outcome", outcome) for outcome in asked.outcome_ids]
    return common(found, together(_bits(session, org_id, outcomes)))


def _bits(session: Session, org_id: UUID, terms: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
    """Yield the chunks of terms."""
    for batch in bulk_in(terms):
        rows = session.execute(
            sa.select(ItemTerm.term, ItemTerm.chunk, ItemTerm.bits).where(
                ItemTerm.org_id == org_id, ItemTerm.term.in_(batch)
            )
        )
        yield from ((term, chunk, bits) for term, chunk, bits in rows)


def _cards(session: Session, org_id: UUID, places: Sequence[int]) -> list[ItemCard]:
    here = sa.and_(Item.org_id == org_id, Item.place.in_(places))
    ready = (
        sa.select(ItemVersion.item_id, sa.func.max(ItemVersion.number).label("number"))
        .join(Item, Item.id == ItemVersion.item_id)
        .where(here, ItemVersion.state == ItemState.READY)
        .group_by(ItemVersion.item_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Item, ItemVersion, ready.c.number)
        .join(ItemVersion, ItemVersion.id == Item.newest_id)
        .outerjoin(ready, ready.c.item_id == Item.id)
        .where(here)
        .order_by(Item.place.desc())
    )
    return [
        ItemCard(
            item.id,
            version.id,
            item.number,
            item.title,
            version.type,
            version.number,
            version.state,
            ready_number,
            tuple(version.tags),
            version.difficulty,
            len(version.item_tests),
            version.created_at,
        )
        for item, version, ready_number in rows
    ]


def tags_of(session: Session, org_id: UUID, limit: int = 200) -> list[str]:
    """Return the tags in use in an organisation's banks, in order of the alphabet."""
    prefix = property_term("tag", "")
    rows = session.scalars(
        sa.select(ItemTerm.term)
        .where(ItemTerm.org_id == org_id, ItemTerm.term >= prefix, ItemTerm.term < prefix + "\uffff")
        .group_by(ItemTerm.term)
        .order_by(ItemTerm.term)
        .limit(limit)
    )
    return [term.removeprefix(prefix) for term in rows]


def item_view(session: Session, item_id: UUID, number: int | None = None) -> ItemView:
    """Return an item in one version (the newest, unless ``number`` names one); raise NotFound ``assessment.no_item``."""
    row = session.execute(
        sa.select(Item, Bank).join(Bank, Bank.id == Item.bank_id).where(Item.id == item_id)
    ).first()
    if row is None:
        raise NotFound("assessment.no_item")
    item, bank = row
    history = _history(session, item_id)
    wanted = next((card for card in history if number in (None, card.number)), None)
    if wanted is None:
        raise NotFound("assessment.no_item")
    version = session.get_one(ItemVersion, wanted.id)
    return ItemView(
        id=item.id,
        bank_id=bank.id,
        org_id=bank.org_id,
        bank_title=bank.title,
        ref=item.number,
        title=item.title,
        version=wanted,
        is_newest=wanted.id == item.newest_id,
        type=version.type,
        type_version=version.type_version,
        content=version.content,
        tests=tuple(load_tests(version.item_tests)),
        tags=tuple(version.tags),
        outcome_ids=tuple(UUID(outcome) for outcome in version.outcome_ids),
        difficulty=version.difficulty,
        review_note=version.review_note,
        history=tuple(history),
        uses=tuple(uses_of(session, item_id)),
        enemies=tuple(_enemies(session, item_id)),
    )


def item_of_version(session: Session, version_id: UUID) -> UUID:
    """Return the item of a version; raise NotFound ``assessment.no_item``."""
    found = session.scalar(sa.select(ItemVersion.item_id).where(ItemVersion.id == version_id))
    if found is None:
        raise NotFound("assessment.no_item")
    return found


def _history(session: Session, item_id: UUID) -> list[VersionCard]:
    exposures = (
        sa.select(sa.func.count())
        .where(AttemptItem.item_version_id == ItemVersion.id)
        .correlate(ItemVersion)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(ItemVersion, exposures)
        .where(ItemVersion.item_id == item_id)
        .order_by(ItemVersion.number.desc())
    )
    return [
        VersionCard(
            version.id,
            version.number,
            version.state,
            version.content_hash,
            version.created_by,
            version.created_at,
            version.ready_at,
            count,
        )
        for version, count in rows
    ]


def uses_of(session: Session, item_id: UUID) -> list[UseCard]:
    """Return the examination plans that name an item, by title: those whose newest version does first.

    Of each plan the newest version that names the item is told, and whether there is a newer one without it.
    """
    numbers = (
        sa.select(BlueprintVersion.blueprint_id, sa.func.max(BlueprintVersion.number).label("number"))
        .group_by(BlueprintVersion.blueprint_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Blueprint, BlueprintVersion.number, ItemVersion.number, numbers.c.number)
        .join(BlueprintVersion, BlueprintVersion.blueprint_id == Blueprint.id)
        .join(BlueprintItem, BlueprintItem.blueprint_version_id == BlueprintVersion.id)
        .join(ItemVersion, ItemVersion.id == BlueprintItem.item_version_id)
        .join(numbers, numbers.c.blueprint_id == Blueprint.id)
        .where(ItemVersion.item_id == item_id)
        .order_by(Blueprint.title, Blueprint.id, BlueprintVersion.number)
    )
    newest = {
        plan.id: UseCard(plan.id, plan.title, number, item_number, number == last)
        for plan, number, item_number, last in rows
    }
    return sorted(newest.values(), key=lambda use: not use.is_newest)


def _enemies(session: Session, item_id: UUID) -> list[EnemyCard]:
    rows = session.scalars(
        sa.select(Item)
        .join(ItemEnemy, ItemEnemy.enemy_id == Item.id)
        .where(ItemEnemy.item_id == item_id)
        .order_by(Item.number)
    )
    return [EnemyCard(item.id, item.number, item.title) for item in rows]
