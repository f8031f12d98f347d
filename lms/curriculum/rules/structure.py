"""Check that a curriculum and a crosswalk make sense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from lms.curriculum.types import OutcomeShare, PeriodView, Relation

__all__ = ["RELATION_WEIGHTS", "is_descendant", "item_faults", "period_faults", "school_year"]

#: How much of a target outcome an edge carries by default.
RELATION_WEIGHTS = {
    Relation.EXACT: Decimal(1),
    Relation.BROADER: Decimal("0.7"),
    Relation.NARROWER: Decimal("0.7"),
    Relation.RELATED: Decimal("0.4"),
}


def item_faults(
    hours: Decimal, period: int, shares: Iterable[OutcomeShare], periods: Iterable[int]
) -> list[str]:
    """Return the codes of what is wrong with a module; an empty list means that it can stand."""
    rows = list(shares)
    faults = []
    if hours <= 0 or any(share.hours <= 0 for share in rows):
        faults.append("curriculum.hours_not_positive")
    if sum((share.hours for share in rows), Decimal(0)) > hours:
        faults.append("curriculum.outcome_hours_exceed_item")
    if len({share.outcome_id for share in rows}) != len(rows):
        faults.append("curriculum.outcome_twice")
    if period not in set(periods):
        faults.append("curriculum.no_such_period")
    return faults


def period_faults(periods: Iterable[PeriodView]) -> list[str]:
    """Return the codes of what is wrong with the periods of a year: gaps are fine, overlaps are not."""
    rows = sorted(periods, key=lambda period: period.number)
    if not rows:
        return ["curriculum.no_periods"]
    faults = []
    if any(period.ends_on <= period.starts_on for period in rows):
        faults.append("curriculum.period_backwards")
    if any(later.starts_on <= earlier.ends_on for earlier, later in pairwise(rows)):
        faults.append("curriculum.periods_overlap")
    return faults


def school_year(today: date) -> tuple[str, list[PeriodView]]:
    """Return the school year around ``today`` (``2026/27``) with four quarters as most schools have them."""
    first = today.year if today.month >= 6 else today.year - 1
    second = first + 1
    return f"{first}/{second % 100:02d}", [
        PeriodView(1, date(first, 9, 1), date(first, 10, 25)),
        PeriodView(2, date(first, 11, 4), date(first, 12, 27)),
        PeriodView(3, date(second, 1, 11), date(second, 3, 21)),
        PeriodView(4, date(second, 3, 30), date(second, 5, 31)),
    ]


def is_descendant(outcome: UUID, ancestor: UUID, parents: Mapping[UUID, UUID | None]) -> bool:
    """Tell whether ``outcome`` lies below ``ancestor`` in a tree given by each outcome's parent."""
    seen: set[UUID] = set()
    here: UUID | None = parents.get(outcome)
    while here is not None and here not in seen:
        if here == ancestor:
            return True
        seen.add(here)
        here = parents.get(here)
    return False
