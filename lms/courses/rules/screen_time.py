"""Count time at lessons from what the server sees, and say how much of it a day a grade should have."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["GRADES", "LEAST_MINUTES", "MOST_MINUTES", "USUAL_MINUTES", "counted", "counts_for"]

GRADES = range(1, 12)
#: A school chooses from these.
LEAST_MINUTES, MOST_MINUTES = 60, 120
#: What holds in a grade for which a school has chosen nothing.
USUAL_MINUTES = {grade: 60 if grade <= 4 else 90 if grade <= 9 else 120 for grade in GRADES}

#: Somebody who has opened a page reads it so long at least before she counts as away, and so long at most.
SHORTEST, LONGEST = timedelta(minutes=3), timedelta(minutes=15)


def counts_for(minutes: int) -> timedelta:
    """Return how long a page counts with nobody touching it: as long as its author says it takes, within bounds."""
    return min(max(timedelta(minutes=minutes), SHORTEST), LONGEST)


def counted(seconds: int, seen_at: datetime, counts_until: datetime, now: datetime) -> int:
    """Return the seconds of a day after somebody was seen at ``now`` again; a clock set back takes nothing away."""
    return seconds + max(0, round((min(now, counts_until) - seen_at).total_seconds()))
