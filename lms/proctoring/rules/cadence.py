"""Say when the next picture should come.

The camera never presses on the answers: when pictures pile up, the pace slows down for everybody.
"""

from __future__ import annotations

__all__ = ["next_interval_s"]

#: From so many waiting pictures per running worker on, the pace slows.
BACKLOG_STEP = 20
#: It never slows to less than one picture in so many cadences.
MOST_SLOW = 6


def next_interval_s(cadence_s: float, jitter_s: float, backlog: int, chance: float) -> float:
    """Return seconds until the next picture; ``chance`` 0..1 spreads it over ± ``jitter_s``, backlog stretches it."""
    spread = min(jitter_s, cadence_s / 2)
    factor = min(1 + backlog // BACKLOG_STEP, MOST_SLOW)
    return round((cadence_s - spread + 2 * spread * chance) * factor, 2)
