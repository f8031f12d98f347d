"""Compute deadlines: the server's clock alone decides (domain: invariant 4).

deadline = the person's own time from the start plus what was granted and paused, but not past the window, which is longer
for this person by as much as the person's time is longer. Nothing that is added ever makes it earlier.
Source: 273-ФЗ art. 79; «Порядок проведения ГИА» (extra time widens the window, never only the timer).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = [
    "Timing",
    "closing_time",
    "deadline",
    "is_on_time",
    "part_length",
    "paused_for",
    "ran_for",
    "stands_still",
]


@dataclass(frozen=True, slots=True)
class Timing:
    """What a deadline depends on. Times in minutes; ``minutes`` is the person's own limit (None = the window alone)."""

    opens_at: datetime
    closes_at: datetime
    base_minutes: int | None
    minutes: int | None
    granted_minutes: int = 0
    window_minutes: int = 0
    paused: timedelta = timedelta(0)

    @property
    def extension(self) -> timedelta:
        """Return by how much this person's time is longer than the common one."""
        support = max(0, (self.minutes or 0) - (self.base_minutes or 0))
        return timedelta(minutes=support + self.granted_minutes) + self.paused


def paused_for(pauses: Iterable[tuple[datetime, datetime | None, int | None]], now: datetime) -> timedelta:
    """Return the length of all pauses (start, end, most minutes) up to ``now``; one that still runs counts so far."""
    whole = timedelta(0)
    for start, end, most in pauses:
        length = max((end or now) - start, timedelta(0))
        whole += length if most is None else min(length, timedelta(minutes=most))
    return whole


def stands_still(pauses: Iterable[tuple[datetime, datetime | None, int | None]], at: datetime) -> bool:
    """Tell whether ``at`` lies in one of the pauses (start, end, most minutes)."""
    return any(
        start <= at and (end is None or at < end) and (most is None or at < start + timedelta(minutes=most))
        for start, end, most in pauses
    )


def ran_for(
    pauses: Iterable[tuple[datetime, datetime | None, int | None]], since: datetime, until: datetime
) -> timedelta:
    """Return how much of a stretch of time lies in none of the pauses (start, end, most minutes)."""
    whole, reached = timedelta(0), since
    for start, end, most in sorted(pauses, key=lambda pause: pause[0]):
        longest = until if most is None else start + timedelta(minutes=most)
        whole += max(min(start, until) - reached, timedelta(0))
        reached = max(reached, min(end or until, longest, until))
    return whole + max(until - reached, timedelta(0))


def closing_time(timing: Timing) -> datetime:
    """Return when the window closes for this person."""
    closes = timing.closes_at + timing.extension + timedelta(minutes=timing.window_minutes)
    if timing.minutes is None:
        return closes
    whole = timing.opens_at + timedelta(minutes=timing.minutes + timing.granted_minutes) + timing.paused
    return max(closes, whole)


def deadline(timing: Timing, started_at: datetime) -> datetime:
    """Return until when answers of an attempt started at ``started_at`` count."""
    closes = closing_time(timing)
    if timing.minutes is None:
        return closes
    limit = timedelta(minutes=timing.minutes + timing.granted_minutes) + timing.paused
    return min(started_at + limit, closes)


def part_length(timing: Timing, minutes: int) -> timedelta:
    """Return how long a part of the work lasts for this person: longer in the proportion of the whole, plus what was granted."""
    own = minutes * 60
    if timing.minutes and timing.base_minutes:
        own = -(-own * max(timing.minutes, timing.base_minutes) // timing.base_minutes)
    return timedelta(seconds=own, minutes=timing.granted_minutes)


def is_on_time(t_server: datetime, deadline_at: datetime, tolerance_s: int) -> bool:
    """Tell whether an operation received at ``t_server`` counts; the network gets ``tolerance_s`` seconds."""
    return t_server <= deadline_at + timedelta(seconds=tolerance_s)
