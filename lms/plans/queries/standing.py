"""Say how a plan in force goes: the one answer behind the plan's page, a family's card and a teacher's list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lms.plans.queries.plans import ItemView, PlanView
from lms.plans.rules.plan_progress import Deviation, Progress, RunningItem, deviations, progress_of_plan
from lms.plans.types.plans import ItemState, PlanState

__all__ = ["PlanStanding", "standing_of"]


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """What needs somebody first, and how the plan goes against the calendar."""

    suspended: tuple[str, ...]
    debts: tuple[str, ...]
    deviations: tuple[Deviation, ...]
    progress: Progress
    done: int
    total: int

    @property
    def late(self) -> Deviation | None:
        """Return the first item whose last day has passed without a result."""
        return next((row for row in self.deviations if row.code == "late"), None)

    @property
    def word(self) -> str:
        """Return ``suspended``, ``debt``, ``late``, ``behind`` or ``ok``: the first that holds."""
        if self.suspended:
            return "suspended"
        if self.debts:
            return "debt"
        if self.late is not None:
            return "late"
        is_behind = any(row.code == "behind" for row in self.deviations)
        return "behind" if is_behind else "ok"


def standing_of(plan: PlanView, today: date) -> PlanStanding | None:
    """Return how a plan goes on a day, or None for a version that is not in force."""
    if plan.version.state is not PlanState.ACTIVE:
        return None
    items = [_running(item) for item in plan.items]
    return PlanStanding(
        suspended=tuple(item.title for item in plan.items if item.state is ItemState.SUSPENDED),
        debts=tuple(item.title for item in plan.items if item.state is ItemState.DEBT),
        deviations=tuple(deviations(items, plan.periods, today)),
        progress=progress_of_plan(items, plan.periods, today),
        done=sum(item.state is ItemState.ACHIEVED for item in plan.items),
        total=len(plan.items),
    )


def _running(item: ItemView) -> RunningItem:
    done = item.progress
    share = Decimal(done.done) / done.total if done is not None and done.total else None
    return RunningItem(item.stable_key, item.title, item.period, item.hours, item.state, item.deadline, share)
