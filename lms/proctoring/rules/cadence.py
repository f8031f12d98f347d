"""Say when the next picture should come, and which pictures came too soon after each other.

The camera never presses on the answers: when sittings wait for a worker, the pace slows down for everybody. One
sitting counts once, however many pictures it sends.
"""

from __future__ import annotations

import math

__all__ = ["is_hurried", "next_interval_s"]

#: From so many waiting sittings on, the pace slows.
BACKLOG_STEP = 20
#: From so many waiting pictures of one sitting on, its own pace slows.
OWN_STEP = 4
#: It never slows to less than one picture in so many cadences.
MOST_SLOW = 6


def next_interval_s(
    cadence_s: float, jitter_s: float, sittings: int, own: int, chance: float, elapsed_s: float = 0.0
) -> float:
    """Return seconds until the next picture; ``chance`` 0..1 spreads the gap over ± ``jitter_s``.

    Pictures lie on a grid of the cadence since the beginning (``elapsed_s`` ago), each up to half the jitter off it: gaps
    cannot be foretold, but late ones never add up, so that five take five cadences and a jitter at most.
    ``sittings`` that wait for a worker stretch it for everybody, ``own`` waiting pictures for this sitting only.
    """
    spread = _spread(cadence_s, jitter_s)
    factor = min(1 + max(sittings // BACKLOG_STEP, own // OWN_STEP), MOST_SLOW)
    due = (math.floor(elapsed_s / cadence_s + 0.5) + 1) * cadence_s - elapsed_s
    wait = due + spread / 2 * (2 * chance - 1)
    return round(min(max(wait, cadence_s - spread), cadence_s + spread) * factor, 2)


def is_hurried(gap_s: float, cadence_s: float, jitter_s: float) -> bool:
    """Tell whether two pictures follow each other sooner than a page that keeps to the cadence would send them."""
    return gap_s < cadence_s - _spread(cadence_s, jitter_s)


def _spread(cadence_s: float, jitter_s: float) -> float:
    return min(jitter_s, cadence_s / 2)
