"""Cut lists into pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

__all__ = ["Page", "paginate"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its items, its number (from 1) and how many there are in all."""

    items: list[T]
    number: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """Return the number of pages (at least 1)."""
        return max(1, -(-self.total // self.per_page))

    @property
    def has_previous(self) -> bool:
        """Tell whether there is a page before."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Tell whether there is a page after."""
        return self.number < self.pages


def paginate(session: Session, statement: sa.Select[Any], number: int, per_page: int = 25) -> Page[Any]:
    """Return page ``number`` of ``statement`` (scalars when it selects one entity, rows otherwise)."""
    total = session.scalar(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())) or 0
    rows = session.execute(statement.limit(per_page).offset((number - 1) * per_page)).all()
    items = [row[0] if len(row) == 1 else row for row in rows]
    return Page(items, number, per_page, total)
