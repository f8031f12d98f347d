"""Count re-sits of an academic debt: how many, until when, before whom.

At most two re-sits within one year from the debt; days of certified illness do not count; the second is held before a
commission. Source: 273-ФЗ art. 58 parts 5, 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

__all__ = [
    "COMMISSION_SIZE",
    "MOST_RESITS",
    "Debt",
    "Outcome",
    "Sitting",
    "anniversary",
    "debt_of",
    "last_day",
    "refusal",
]

MOST_RESITS = 2
#: A commission has at least three members (domain: roles and defaults).
COMMISSION_SIZE = 3

Days = tuple[date, date]


class Outcome(StrEnum):
    """What came of one sitting."""

    PASSED = "passed"
    FAILED = "failed"
    MISSED = "missed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Sitting:
    """One place on a roster in a chain of sessions: which re-sit it is, its window, what came of it and when."""

    resit_no: int
    opens_on: date
    closes_on: date
    outcome: Outcome
    known_on: date


@dataclass(frozen=True, slots=True)
class Debt:
    """An academic debt: since when, how many re-sits were used, until which day one may be held, the next that is fixed."""

    since: date
    used: int
    last_day: date
    planned_on: date | None = None

    @property
    def next_no(self) -> int:
        """Return the number of the next re-sit, 3 when there is none left."""
        return self.used + 1

    @property
    def needs_commission(self) -> bool:
        """Tell whether the next re-sit is held before a commission."""
        return self.next_no == MOST_RESITS


def anniversary(day: date) -> date:
    """Return the same day a year later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def last_day(since: date, illnesses: Iterable[Days]) -> date:
    """Return the last day on which a re-sit may be held: a year of days on which the student was not certified ill."""
    ill = {
        start + timedelta(days=n) for start, end in illnesses for n in range(max(0, (end - start).days) + 1)
    }
    left, day = (anniversary(since) - since).days, since
    while left:
        day += timedelta(days=1)
        left -= day not in ill
    return day


def _is_excused(sitting: Sitting, illnesses: Sequence[Days]) -> bool:
    """Tell whether a missed sitting fell into certified illness: the benefit of the doubt is the student's."""
    return sitting.outcome is Outcome.MISSED and any(
        start <= sitting.closes_on and end >= sitting.opens_on for start, end in illnesses
    )


def debt_of(sittings: Iterable[Sitting], illnesses: Sequence[Days]) -> Debt | None:
    """Return the debt that a chain of sittings leaves, or None: passed once is passed, ill is not missed."""
    rows = sorted(sittings, key=lambda sitting: (sitting.resit_no, sitting.opens_on))
    if any(row.outcome is Outcome.PASSED for row in rows):
        return None
    lost = [
        row
        for row in rows
        if row.outcome in {Outcome.FAILED, Outcome.MISSED} and not _is_excused(row, illnesses)
    ]
    if not lost:
        return None
    since = min(row.known_on for row in lost)
    ahead = [row.opens_on for row in rows if row.outcome is Outcome.PENDING]
    used = sum(row.resit_no > 0 for row in lost)
    return Debt(since, used, last_day(since, illnesses), min(ahead, default=None))


def refusal(debt: Debt | None, *, resit_no: int, on: date, commission: int) -> str:
    """Return the code of what keeps a student from the re-sit ``resit_no`` on a day, or the empty text."""
    if resit_no > MOST_RESITS:
        return "assessment.resit_too_many"
    if resit_no == MOST_RESITS and commission < COMMISSION_SIZE:
        return "assessment.resit_needs_commission"
    if debt is None:
        return "assessment.resit_no_debt"
    if debt.used >= MOST_RESITS:
        return "assessment.resit_too_many"
    if debt.next_no != resit_no:
        return "assessment.resit_out_of_turn"
    return "assessment.resit_too_late" if on > debt.last_day else ""
