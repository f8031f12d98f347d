"""Read banks and items as their authors see them: search, versions, use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

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
from lms.assessment.rules.search import property_term, words_of
from lms.assessment.types import ItemState
from lms.core.errors import NotFound

__all__ = [
    "BankCard",
    "EnemyCard",
    "FoundItems",
    "ItemCard",
    "ItemSearch",
    "ItemView",
    "UseCard",
    "VersionCard",
    "bank_card",
    "banks_of",
    "find_items",
    "item_of_version",
    "item_view",
    "tags_of",
    "uses_of",
]

#: How many items one page of a bank shows, and up to what number what was found is counted.
PER_PAGE, COUNTED_MAX = 25, 1000
#: Terms more frequent than this are all "frequent": the search does not count on.
_RARE = 300


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
    """What is looked for. Empty fields ask nothing; retired items are found by their state only."""

    words: str = ""
    bank_id: UUID | None = None
    state: str = ""
    type: str = ""
    tag: str = ""
    level: str = ""
    outcome_id: UUID | None = None

    @property
    def terms(self) -> list[str]:
        """Return the terms that every found item has."""
        named = (("type", self.type), ("tag", self.tag), ("level", self.level))
        return [
            *([property_term("bank", self.bank_id.hex)] if self.bank_id else []),
            *([property_term("outcome", self.outcome_id)] if self.outcome_id else []),
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
class FoundItems:
    """One page of what was found, newest first.

    ``after`` opens the next page; ``count`` is exact up to `COUNTED_MAX`, ``is_more`` says that there are more.
    """

    items: list[ItemCard]
    after: UUID | None
    count: int
    is_more: bool


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


def _bank_cards(session: Session, *where: sa.ColumnElement[bool]) -> list[BankCard]:
    ready = aliased(ItemTerm)
    counts = (
        sa.select(Item.bank_id, sa.func.count().label("total"), sa.func.count(ready.item_id).label("ready"))
        .join(Bank, Bank.id == Item.bank_id)
        .outerjoin(
            ready,
            sa.and_(
                ready.org_id == Bank.org_id,
                ready.term == property_term("state", ItemState.READY),
                ready.item_id == Item.id,
            ),
        )
        .where(*where)
        .group_by(Item.bank_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Bank, counts.c.total, counts.c.ready)
        .outerjoin(counts, counts.c.bank_id == Bank.id)
        .where(*where)
        .order_by(Bank.title, Bank.id)
    )
    return [
        BankCard(bank.id, bank.org_id, bank.title, bank.subject, total or 0, ready or 0)
        for bank, total, ready in rows
    ]


def banks_of(session: Session, org_ids: Iterable[UUID]) -> list[BankCard]:
    """Return the banks of organisations by title."""
    return _bank_cards(session, Bank.org_id.in_(list(org_ids)))


def bank_card(session: Session, bank_id: UUID) -> BankCard:
    """Return one bank; raise NotFound ``assessment.no_bank``."""
    bank = session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("assessment.no_bank")
    return BankCard(bank.id, bank.org_id, bank.title, bank.subject, 0, 0)


def find_items(
    session: Session, org_id: UUID, asked: ItemSearch, *, after: UUID | None = None, limit: int = PER_PAGE
) -> FoundItems:
    """Return a page of the items of an organisation that have every asked term.

    The rarest term leads; the others are looked up for each of its items, newest first, until the page is full.
    """
    statement = _matching(session, org_id, asked.terms)
    lead = statement.selected_columns[0]
    page = statement.where(lead < after) if after else statement
    ids = list(session.scalars(page.order_by(lead.desc()).limit(limit + 1)))
    counted = session.scalar(
        sa.select(sa.func.count()).select_from(statement.limit(COUNTED_MAX + 1).subquery())
    )
    count = counted or 0
    return FoundItems(
        _cards(session, ids[:limit]),
        ids[limit - 1] if len(ids) > limit else None,
        min(count, COUNTED_MAX),
        count > COUNTED_MAX,
    )


def _matching(session: Session, org_id: UUID, terms: Sequence[str]) -> sa.Select[UUID]:
    counts = {term: _frequency(session, org_id, term) for term in terms}
    rarest, *others = sorted(terms, key=lambda term: (counts[term], term))
    lead = aliased(ItemTerm)
    statement = sa.select(lead.item_id).where(lead.org_id == org_id, lead.term == rarest)
    for term in others:
        also = aliased(ItemTerm)
        statement = statement.where(
            sa.exists().where(also.org_id == org_id, also.term == term, also.item_id == lead.item_id)
        )
    return statement


def _frequency(session: Session, org_id: UUID, term: str) -> int:
    """Return how many items have a term, counting only as far as it matters."""
    some = sa.select(ItemTerm.item_id).where(ItemTerm.org_id == org_id, ItemTerm.term == term).limit(_RARE)
    return session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


def _cards(session: Session, ids: Sequence[UUID]) -> list[ItemCard]:
    ready = (
        sa.select(ItemVersion.item_id, sa.func.max(ItemVersion.number).label("number"))
        .where(ItemVersion.item_id.in_(ids), ItemVersion.state == ItemState.READY)
        .group_by(ItemVersion.item_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Item, ItemVersion, ready.c.number)
        .join(ItemVersion, ItemVersion.id == Item.newest_id)
        .outerjoin(ready, ready.c.item_id == Item.id)
        .where(Item.id.in_(ids))
        .order_by(Item.id.desc())
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
    """Return the examination plans whose newest version names an item, by title."""
    newest = (
        sa.select(BlueprintVersion.blueprint_id, sa.func.max(BlueprintVersion.number).label("number"))
        .join(BlueprintItem, BlueprintItem.blueprint_version_id == BlueprintVersion.id)
        .join(ItemVersion, ItemVersion.id == BlueprintItem.item_version_id)
        .where(ItemVersion.item_id == item_id)
        .group_by(BlueprintVersion.blueprint_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Blueprint, BlueprintVersion.number, ItemVersion.number)
        .join(newest, newest.c.blueprint_id == Blueprint.id)
        .join(
            BlueprintVersion,
            sa.and_(
                BlueprintVersion.blueprint_id == Blueprint.id, BlueprintVersion.number == newest.c.number
            ),
        )
        .join(BlueprintItem, BlueprintItem.blueprint_version_id == BlueprintVersion.id)
        .join(
            ItemVersion,
            sa.and_(ItemVersion.id == BlueprintItem.item_version_id, ItemVersion.item_id == item_id),
        )
        .order_by(Blueprint.title, Blueprint.id)
    )
    return [
        UseCard(blueprint.id, blueprint.title, plan_number, item_number)
        for blueprint, plan_number, item_number in rows
    ]


def _enemies(session: Session, item_id: UUID) -> list[EnemyCard]:
    rows = session.scalars(
        sa.select(Item)
        .join(ItemEnemy, ItemEnemy.enemy_id == Item.id)
        .where(ItemEnemy.item_id == item_id)
        .order_by(Item.number)
    )
    return [EnemyCard(item.id, item.number, item.title) for item in rows]
