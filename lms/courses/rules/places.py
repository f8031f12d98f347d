"""Say how many places are free, who is next, and until when an offered place is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

__all__ = [
    "Queued",
    "free_places",
    "held_until",
    "is_open_for",
    "last_day",
    "next_in_line",
    "number_in_line",
]


@dataclass(frozen=True, slots=True)
class Queued:
    """Somebody who waits for a place, since when."""

    id: UUID
    queued_at: datetime


def free_places(seats: int | None, taken: int, offered: int) -> int | None:
    """Return how many places nobody has and nobody was offered; None where there is no bound."""
    return None if seats is None else max(0, seats - taken - offered)


def _in_order(queue: Sequence[Queued]) -> list[Queued]:
    return sorted(queue, key=lambda one: (one.queued_at, one.id))


def next_in_line(queue: Sequence[Queued], free: int | None) -> list[UUID]:
    """Return whom a place is to be offered, who has waited longest first; all of them where there is no bound."""
    return [one.id for one in _in_order(queue)][: len(queue) if free is None else free]


def number_in_line(queue: Sequence[Queued], who: UUID) -> int | None:
    """Return the number of somebody in the queue, from 1; None for who is not in it."""
    ids = [one.id for one in _in_order(queue)]
    return ids.index(who) + 1 if who in ids else None


def held_until(now: datetime, days: int) -> datetime:
    """Return until when an offered place is held."""
    return now + timedelta(days=days)


def last_day(ends_on: date, more_until: date | None, extra_hours: int = 0) -> date:
    """Return the last day of one learner: never before the cohort's; a support plan's hours count as whole days."""
    return max(ends_on, more_until or ends_on) + timedelta(days=-(-extra_hours // 24))


def is_open_for(ends_on: date | None, closed_at: datetime | None, today: date) -> bool:
    """Tell whether one can still come into a cohort."""
    return closed_at is None and (ends_on is None or today <= ends_on)
