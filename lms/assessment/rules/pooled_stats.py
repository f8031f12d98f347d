"""Tell how one question worked over several exam plans: every figure of one plan, put together within plans.

Works of different plans are never compared with each other: deviations are from the means of each plan, so that an easy exam
beside a hard one makes no question look better than it is. Of one plan the figures are those of `item_stats`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lms.assessment.rules.item_stats import LEAST, MarkTable, TestStats, statistics, warnings_of

__all__ = ["PlanMarks", "PooledStats", "pooled_statistics"]

#: A spread below this is rounding.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class PlanMarks:
    """The works of one plan with a question: shares (0..1) of its points, of all other points, of the whole work, in one order.

    ``table`` has the questions that all these works share, ``column`` is the one in question.
    """

    own: Sequence[float]
    rest: Sequence[float]
    whole: Sequence[float]
    table: MarkTable
    column: int


@dataclass(frozen=True, slots=True)
class PooledStats:
    """How a question worked over several plans. Shares are 0..1, index and efficiency percent; None where not defined.

    ``alpha_without`` and ``standard_error`` (a share of the points of a whole work) are means over the plans with `LEAST` works,
    weighted by works. ``warnings`` are codes of `item_stats`.
    """

    works: int
    plans: int
    facility: float
    sd: float
    random_guess: float | None
    discrimination_index: float | None
    discrimination_efficiency: float | None
    point_biserial: float | None
    alpha_without: float | None
    standard_error: float | None
    warnings: tuple[str, ...]


def pooled_statistics(plans: Sequence[PlanMarks], guess: float | None) -> PooledStats | None:
    """Return the figures of a question over several plans; None below `LEAST` works."""
    works = sum(len(plan.own) for plan in plans)
    if works < LEAST:
        return None
    facility = math.fsum(share for plan in plans for share in plan.own) / works
    squares = math.fsum((share - facility) ** 2 for plan in plans for share in plan.own)
    sd = math.sqrt(squares / (works - 1)) if squares >= _NOTHING else 0.0
    index, efficiency = _together([(plan.own, plan.rest) for plan in plans])
    biserial, _ = _together([(plan.own, plan.whole) for plan in plans])
    big = [(plan.column, statistics(plan.table)) for plan in plans if len(plan.own) >= LEAST]
    return PooledStats(
        works,
        len(plans),
        facility,
        sd,
        guess,
        index,
        efficiency,
        None if biserial is None else biserial / 100,
        _mean(big, lambda column, found: found.items[column].alpha_without),
        _mean(big, lambda _column, found: None if found.se is None else found.se / found.greatest),
        warnings_of(works, facility, sd, index, guess),
    )


def _together(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> tuple[float | None, float | None]:
    """Return the correlation within plans, and the covariance of the greatest possible one (both percent)."""
    one = other = both = most = 0.0
    for shares, others in pairs:
        one += _products(shares, shares)
        other += _products(others, others)
        both += _products(shares, others)
        most += _products(sorted(shares), sorted(others))
    if one < _NOTHING or other < _NOTHING:
        return None, None
    return 100 * both / math.sqrt(one * other), 100 * both / most if most >= _NOTHING else None


def _products(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the sum of the products of the deviations from the means."""
    mean, mean_of_other = math.fsum(one) / len(one), math.fsum(other) / len(other)
    return math.fsum((a - mean) * (b - mean_of_other) for a, b in zip(one, other, strict=True))


def _mean(
    found: Sequence[tuple[int, TestStats]], figure: Callable[[int, TestStats], float | None]
) -> float | None:
    """Return a figure of several plans, weighted by works; None where none has it."""
    known = [
        (value, stats.attempts) for column, stats in found if (value := figure(column, stats)) is not None
    ]
    weight = sum(works for _value, works in known)
    return math.fsum(value * works for value, works in known) / weight if weight else None
