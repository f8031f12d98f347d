"""Read which questions wait for a second pair of eyes, and who may give it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.access_rules import AUTHORS
from lms.assessment.models import Bank, Item, ItemReviewRule, ItemVersion
from lms.assessment.queries.items import ItemSearch, found_places
from lms.assessment.types import ItemState
from lms.people.queries import active_holders

__all__ = ["REVIEWS_MAX", "ReviewRow", "ReviewRule", "Writers", "item_reviews", "review_rule", "writers_of"]

#: So many waiting questions of one organisation are listed.
REVIEWS_MAX = 100


@dataclass(frozen=True, slots=True)
class Writers:
    """Who wrote at a question since it was last ready; ``last``: of the newest version, and of the content that it has."""

    everybody: frozenset[UUID]
    last: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Whether somebody else than the author makes a question ready, whether a head decided so, and who may do it."""

    needs_second: bool
    is_decided: bool
    people: frozenset[UUID]

    def allows(self, person_id: UUID | None, writers: Writers) -> bool:
        """Tell whether a person may make a question of these writers ready."""
        return not self.needs_second or person_id is None or person_id not in self.barred(writers)

    def barred(self, writers: Writers) -> frozenset[UUID]:
        """Return who of the writers is no second person: all of them, unless nobody else could look at it."""
        return writers.everybody if self.people - writers.everybody else writers.last


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A question that waits for its review; ``can_decide``: the reader may decide."""

    item_id: UUID
    ref: int
    title: str
    type: str
    bank_title: str
    author_id: UUID | None
    written_at: datetime
    can_decide: bool


def review_rule(session: Session, org_id: UUID, at: datetime) -> ReviewRule:
    """Return the rule of an organisation: its own, or by how many people may make questions ready."""
    people = frozenset(active_holders(session, org_id, AUTHORS, at))
    row = session.get(ItemReviewRule, org_id)
    return ReviewRule(len(people) > 1 if row is None else row.needs_second, row is not None, people)


def writers_of(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, Writers]:
    """Return for each version who wrote it and the versions before it, back to the last that was ready."""
    newest = aliased(ItemVersion)
    rows = session.execute(
        sa.select(
            newest.id, ItemVersion.id, ItemVersion.ready_at, ItemVersion.created_by, ItemVersion.content_hash
        )
        .join(newest, newest.item_id == ItemVersion.item_id)
        .where(newest.id.in_(list(version_ids)), ItemVersion.number <= newest.number)
        .order_by(ItemVersion.number)
    )
    since: dict[UUID, list[tuple[UUID | None, str]]] = defaultdict(list)
    for version_id, own_id, ready_at, author_id, content_hash in rows:
        if ready_at is not None and own_id != version_id:
            since[version_id].clear()
        else:
            since[version_id].append((author_id, content_hash))
    return {version_id: _writers(versions) for version_id, versions in since.items()}


def _writers(versions: Sequence[tuple[UUID | None, str]]) -> Writers:
    newest_author, content_hash = versions[-1]
    same = [author for author, _ in takewhile(lambda each: each[1] == content_hash, reversed(versions))]
    everybody = frozenset(author for author, _ in versions if author is not None)
    return Writers(everybody, everybody & {newest_author, same[-1]})


def item_reviews(
    session: Session, person_id: UUID | None, org_ids: Iterable[UUID], at: datetime
) -> list[ReviewRow]:
    """Return the questions in review of organisations, what waits longest first."""
    found: list[ReviewRow] = []
    for org_id in org_ids:
        places = found_places(session, org_id, ItemSearch(state=ItemState.IN_REVIEW), REVIEWS_MAX)
        if not places:
            continue
        rule = review_rule(session, org_id, at)
        rows = session.execute(
            sa.select(Item, ItemVersion, Bank.title)
            .join(ItemVersion, ItemVersion.id == Item.newest_id)
            .join(Bank, Bank.id == Item.bank_id)
            .where(Item.org_id == org_id, Item.place.in_(places), ItemVersion.state == ItemState.IN_REVIEW)
        ).all()
        writers = writers_of(session, [version.id for _item, version, _title in rows])
        found += [
            ReviewRow(
                item.id,
                item.number,
                item.title,
                version.type,
                bank_title,
                version.created_by,
                version.created_at,
                rule.allows(person_id, writers[version.id]),
            )
            for item, version, bank_title in rows
        ]
    return sorted(found, key=lambda row: (row.written_at, row.item_id))
