"""Count errors: so many in so many trials, with the interval in which the true share lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["LEAST_TRIALS", "Rate", "wilson"]

#: A rate over fewer trials is not told: it says little, and of a few people it may say too much.
LEAST_TRIALS = 20


@dataclass(frozen=True, slots=True)
class Rate:
    """So many errors in so many trials."""

    errors: int
    count: int

    @property
    def share(self) -> float:
        """Return the share of errors; 0 without trials."""
        return self.errors / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval."""
        return wilson(self.errors, self.count)

    @property
    def is_told(self) -> bool:
        """Tell whether there were trials enough to speak of a rate."""
        return self.count >= LEAST_TRIALS


def wilson(errors: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share; everything is possible without trials."""
    if not count:
        return 0.0, 1.0
    z, found = 1.96, errors / count
    middle = found + z * z / (2 * count)
    half = z * math.sqrt(found * (1 - found) / count + z * z / (4 * count * count))
    return max(0.0, (middle - half) / (1 + z * z / count)), min(1.0, (middle + half) / (1 + z * z / count))
