"""Count what stands in a gradebook: categories with weights, the lowest left out, exempt and absent as values of their own.

Shares are exact fractions until the very end: a third of three points, three times, is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from heapq import nsmallest

from lms.assessment.rules.scoring import Policy
from lms.assessment.types import CellKind

__all__ = ["Category", "Cell", "Line", "line", "proposal", "rounded"]

_SIX_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands for one student in one column; ``kind`` None = nothing yet. ``score`` is 0..1."""

    kind: CellKind | None = None
    score: Fraction | None = None
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Category:
    """Columns that count together."""

    weight: Decimal
    drop_lowest: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Line:
    """What a student's line comes to: the whole, each category (None = nothing counts there), works missed."""

    score: Fraction | None
    categories: tuple[Fraction | None, ...]
    absent: int


def line(categories: Sequence[Category]) -> Line:
    """Return what a line comes to.

    Exempt and absent cells do not count; absent ones are told apart, because they are still owed. In a category the lowest
    ``drop_lowest`` scores are left out, but never the last one. A category without a score has no weight.
    """
    scores = tuple(_category(category) for category in categories)
    pairs = [
        (Fraction(category.weight), score)
        for category, score in zip(categories, scores, strict=True)
        if score is not None
    ]
    absent = sum(cell.kind is CellKind.ABSENT for category in categories for cell in category.cells)
    return Line(_mean(pairs), scores, absent)


def _category(category: Category) -> Fraction | None:
    counted = [
        (cell.score, _exact(cell.weight))
        for cell in category.cells
        if cell.kind is CellKind.POINTS and cell.score is not None
    ]
    count = min(category.drop_lowest, max(0, len(counted) - 1))
    left_out = set(nsmallest(count, range(len(counted)), key=lambda place: counted[place][0]))
    return _mean((weight, score) for place, (score, weight) in enumerate(counted) if place not in left_out)


@lru_cache(maxsize=1000)
def _exact(value: Decimal) -> Fraction:
    return Fraction(value)


def _mean(pairs: Iterable[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Return the weighted mean; sums are kept by denominator, so that a hundred columns are not a hundred common divisors."""
    weights: dict[int, int] = defaultdict(int)
    products: dict[int, int] = defaultdict(int)
    for weight, score in pairs:
        weights[weight.denominator] += weight.numerator
        products[weight.denominator * score.denominator] += weight.numerator * score.numerator
    whole = _sum(weights)
    return _sum(products) / whole if whole else None


def _sum(by_denominator: dict[int, int]) -> Fraction:
    return sum((Fraction(value, below) for below, value in by_denominator.items()), Fraction(0))


def proposal(policy: Policy, found: Line) -> str:
    """Return the mark that a policy proposes: not assessed (``n/a``) without any score, else by the exact share."""
    if found.score is None:
        return "n/a"
    for least, mark in policy.thresholds:
        if found.score >= Fraction(least):
            return mark
    return policy.thresholds[-1][1]


def rounded(score: Fraction | None) -> Decimal | None:
    """Return a share as it is kept, to six places; the mark was taken from the exact one."""
    if score is None:
        return None
    return (Decimal(score.numerator) / Decimal(score.denominator)).quantize(_SIX_PLACES, ROUND_HALF_UP)
