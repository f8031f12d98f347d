"""Sum up where a plan in force stands, for lists: counts that follow from its items, their facts and the calendar alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lms.curriculum.types import PeriodView
from lms.plans.rules.plan_state import Basis, ItemSituation, derive_item_state
from lms.plans.types.plans import ItemState

__all__ = ["SummaryItem", "SummaryOf", "sum_up"]


@dataclass(frozen=True, slots=True)
class SummaryItem:
    """One item: what its state follows from, and when it has to be closed."""

    stable_key: str
    situation: ItemSituation
    period: int
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class SummaryOf:
    """How many items a plan has, and how many of them are achieved, debts, suspended, or late."""

    total: int = 0
    achieved: int = 0
    debts: int = 0
    suspended: int = 0
    late: int = 0

    @property
    def word(self) -> str:
        """Return what needs somebody first: ``suspended``, ``debt``, ``late``, or ``ok``."""
        return "suspended" if self.suspended else "debt" if self.debts else "late" if self.late else "ok"


def sum_up(
    items: Iterable[SummaryItem],
    facts: Mapping[str, Sequence[Basis]],
    periods: Sequence[PeriodView],
    today: date,
) -> SummaryOf:
    """Return the summary of a plan on a day; ``facts`` are by item. An item without any is open, whatever else it is."""
    last_days = {period.number: period.ends_on for period in periods}
    states: Counter[ItemState] = Counter()
    late = 0
    for item in items:
        own = facts.get(item.stable_key)
        state = derive_item_state(item.situation, own).state if own else ItemState.PLANNED
        states[state] += 1
        last = item.deadline or last_days.get(item.period)
        late += state is not ItemState.ACHIEVED and last is not None and last < today
    return SummaryOf(
        total=states.total(),
        achieved=states[ItemState.ACHIEVED],
        debts=states[ItemState.DEBT],
        suspended=states[ItemState.SUSPENDED],
        late=late,
    )
