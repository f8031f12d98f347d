"""Read which questions wait for a second pair of eyes, and who may give it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import AUTHORS
from lms.assessment.models import Bank, Item, ItemReviewRule, ItemVersion
from lms.assessment.queries.items import ItemSearch, found_places
from lms.assessment.types import ItemState
from lms.people.queries import active_holders

__all__ = ["REVIEWS_MAX", "ReviewRow", "ReviewRule", "item_reviews", "review_rule"]

#: So many waiting questions of one organisation are listed.
REVIEWS_MAX = 100


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Whether somebody else than the author makes a question ready, whether a head decided so, and who may do it."""

    needs_second: bool
    is_decided: bool
    people: frozenset[UUID]

    def allows(self, person_id: UUID | None, author_id: UUID | None) -> bool:
        """Tell whether a person may make a question of this author ready."""
        return not self.needs_second or person_id is None or person_id != author_id


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
        )
        found += [
            ReviewRow(
                item.id,
                item.number,
                item.title,
                version.type,
                bank_title,
                version.created_by,
                version.created_at,
                rule.allows(person_id, version.created_by),
            )
            for item, version, bank_title in rows
        ]
    return sorted(found, key=lambda row: (row.written_at, row.item_id))
