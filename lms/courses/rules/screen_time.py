"""Count time at lessons from what the server sees, and say how much of it a day a grade should have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

__all__ = [
    "AWAY_DAYS",
    "GRADES",
    "LEAST_MINUTES",
    "MOST_MINUTES",
    "USUAL_MINUTES",
    "away_seconds",
    "counted",
    "counts_for",
    "is_away",
]

GRADES = range(1, 12)
#: A school chooses from these.
LEAST_MINUTES, MOST_MINUTES = 60, 120
#: What holds in a grade for which a school has chosen nothing.
USUAL_MINUTES = {grade: 60 if grade <= 4 else 90 if grade <= 9 else 120 for grade in GRADES}

#: Somebody who has opened a page reads it so long at least before she counts as away, and so long at most.
SHORTEST, LONGEST = timedelta(minutes=3), timedelta(minutes=15)


#: What a device says of more than so many days ago is not counted, nor is what it brings at once: that was seen as it was done.
AWAY_DAYS, AT_ONCE = 14, timedelta(minutes=2)
#: No day has more time without a network than this, whatever devices say.
MOST_AWAY = timedelta(hours=4)


def is_away(done_at: datetime, came_at: datetime) -> bool:
    """Tell whether something was done without a network, at a time that is likely: not in the future, not long ago."""
    return AT_ONCE < came_at - done_at <= timedelta(days=AWAY_DAYS)


def away_seconds(done: Iterable[tuple[datetime, int]]) -> int:
    """Return for how long somebody was at work who finished steps of so many minutes at these moments.

    Each step took no longer than its author says (within bounds) and began no earlier than the one before it ended.
    """
    spent = timedelta()
    before: datetime | None = None
    for moment, minutes in sorted(done):
        length = min(timedelta(minutes=max(1, minutes)), LONGEST)
        spent += length if before is None else min(length, moment - before)
        before = moment
    return round(min(spent, MOST_AWAY).total_seconds())


def counts_for(minutes: int) -> timedelta:
    """Return how long a page counts with nobody touching it: as long as its author says it takes, within bounds."""
    return min(max(timedelta(minutes=minutes), SHORTEST), LONGEST)


def counted(seconds: int, seen_at: datetime, counts_until: datetime, now: datetime) -> int:
    """Return the seconds of a day after somebody was seen at ``now`` again; a clock set back takes nothing away."""
    return seconds + max(0, round((min(now, counts_until) - seen_at).total_seconds()))
