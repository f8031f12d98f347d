"""Count errors: so many in so many trials, with the interval in which the true share lies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["LEAST_TRIALS", "Agreement", "Rate", "agreement_of", "wilson"]

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


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people who judged the same things agree, beyond what chance alone would give.

    ``differ``: how often their words differed. ``by_chance``: how often they would differ if each had drawn one of all the words said.
    """

    differ: Rate
    by_chance: float

    @property
    def alpha(self) -> float:
        """Return Krippendorff's alpha for names: 1 always, 0 as by chance, below 0 less than by chance."""
        return 1.0 - self.differ.share / self.by_chance if self.by_chance else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval that follows from that of the differences, chance taken as it was seen."""
        if not self.by_chance:
            return -1.0, 1.0
        low, high = self.differ.interval
        return max(-1.0, 1.0 - high / self.by_chance), min(1.0, 1.0 - low / self.by_chance)

    @property
    def is_told(self) -> bool:
        """Tell whether there is something to tell: pairs enough, and not one word alone in all of them."""
        return self.differ.is_told and self.by_chance > 0.0


def agreement_of(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Return how far two people agree over pairs of what they said of the same thing; which of the two is first does not matter.

    Source: Krippendorff, Content Analysis, chapter "Reliability" (alpha for nominal data, two observers, no missing data).
    """
    said = Counter(word for pair in pairs for word in pair)
    count = said.total()
    same = sum(number * (number - 1) for number in said.values())
    by_chance = 1.0 - same / (count * (count - 1)) if count > 1 else 0.0
    return Agreement(Rate(sum(one != other for one, other in pairs), len(pairs)), by_chance)


def wilson(errors: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share; everything is possible without trials."""
    if not count:
        return 0.0, 1.0
    z, found = 1.96, errors / count
    middle = found + z * z / (2 * count)
    half = z * math.sqrt(found * (1 - found) / count + z * z / (4 * count * count))
    return max(0.0, (middle - half) / (1 + z * z / count)), min(1.0, (middle + half) / (1 + z * z / count))
