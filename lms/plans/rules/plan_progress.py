"""Say how a plan in force goes against the calendar: what is late, what is behind, when a debt has to be closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lms.curriculum.types import PeriodView
from lms.plans.types.plans import ItemState

__all__ = [
    "DEBT_DAYS",
    "Debt",
    "Deviation",
    "Progress",
    "RunningItem",
    "deviations",
    "progress_of_plan",
    "resits",
]

#: A debt is cleared within a year from the day on which it arose (273-ФЗ art. 58 part 5).
DEBT_DAYS = 365
_CLOSED = frozenset({ItemState.ACHIEVED, ItemState.WITHDRAWN})
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RunningItem:
    """An item of a plan in force as the calendar sees it; ``share`` is the part of its course that is done (0..1)."""

    stable_key: str
    title: str
    period: int
    hours: Decimal
    state: ItemState
    deadline: date | None = None
    share: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that does not go as planned: ``late`` since ``days``, or ``behind``/``ahead`` by ``days`` of the period."""

    code: str
    stable_key: str
    title: str
    days: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Hours closed so far against the hours that should be closed by today."""

    closed: Decimal
    due: Decimal

    @property
    def lead(self) -> Decimal:
        """Return by how many hours the plan is ahead; negative means behind."""
        return self.closed - self.due


@dataclass(frozen=True, slots=True)
class Debt:
    """How often a debt was tried again, how often it still may be, and until when."""

    used: int
    left: int
    until: date


def _last_day(item: RunningItem, periods: dict[int, PeriodView]) -> date | None:
    period = periods.get(item.period)
    return item.deadline or (period.ends_on if period is not None else None)


def deviations(items: Iterable[RunningItem], periods: Sequence[PeriodView], today: date) -> list[Deviation]:
    """Return what is late, then what is behind or ahead by at least a week, in the order of the items."""
    by_number = {period.number: period for period in periods}
    late, moved = [], []
    for item in items:
        last = _last_day(item, by_number)
        if item.state in _CLOSED or last is None:
            continue
        if last < today:
            late.append(Deviation("late", item.stable_key, item.title, (today - last).days))
            continue
        days = _days_off(item, by_number.get(item.period), today)
        if abs(days) >= 7:
            moved.append(Deviation("behind" if days < 0 else "ahead", item.stable_key, item.title, abs(days)))
    return late + moved


def _days_off(item: RunningItem, period: PeriodView | None, today: date) -> int:
    """Return by how many days of its period an item's course is ahead (negative: behind) of an even pace."""
    if period is None or item.share is None or today < period.starts_on:
        return 0
    length = (period.ends_on - period.starts_on).days + 1
    passed = min(length, (today - period.starts_on).days + 1)
    return round(item.share * length) - passed


def progress_of_plan(items: Iterable[RunningItem], periods: Sequence[PeriodView], today: date) -> Progress:
    """Return the hours that are closed and the hours whose last day has passed; nothing else is due yet."""
    by_number = {period.number: period for period in periods}
    closed = due = ZERO
    for item in items:
        last = _last_day(item, by_number)
        closed += item.hours if item.state in _CLOSED else ZERO
        due += item.hours if last is not None and last < today else ZERO
    return Progress(closed, due)


def resits(failed: Sequence[date], allowed: int) -> Debt | None:
    """Return where a debt stands after the failures on these days (the first one made the debt), or None without one."""
    if not failed:
        return None
    used = len(failed) - 1
    return Debt(used, max(0, allowed - used), min(failed) + timedelta(days=DEBT_DAYS))
