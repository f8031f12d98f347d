"""Turn grades into a score, and a score into a mark (domain: invariant 7: a score is not a mark)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lms.assessment.types import OPEN_MARKS, MarkScale, MarkStatus

__all__ = ["DEFAULT_THRESHOLDS", "Policy", "Score", "mark_for", "total"]

#: The school's usual thresholds: least score and mark, best first.
DEFAULT_THRESHOLDS: dict[MarkScale, tuple[tuple[Decimal, str], ...]] = {
    MarkScale.FIVE: (
        (Decimal("0.85"), "5"),
        (Decimal("0.70"), "4"),
        (Decimal("0.50"), "3"),
        (Decimal(0), "2"),
    ),
    MarkScale.PASS_FAIL: ((Decimal("0.50"), "pass"), (Decimal(0), "fail")),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the rule from score to mark."""

    thresholds: Sequence[tuple[Decimal, str]]
    pass_score: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """Points earned of points possible; ``score`` is their ratio, 0..1."""

    points: Decimal
    max_points: Decimal
    score: Decimal


def total(grades: Iterable[tuple[MarkStatus, Decimal | None, Decimal]]) -> Score | None:
    """Return the score of (status, fraction, points) rows, or None while a human still has to settle one of them."""
    earned = possible = Decimal(0)
    for status, fraction, points in grades:
        if status in OPEN_MARKS or fraction is None:
            return None
        earned += fraction * points
        possible += points
    ratio = Decimal(0) if not possible else earned / possible
    return Score(
        earned.quantize(Decimal("0.01"), ROUND_HALF_UP),
        possible.quantize(Decimal("0.01")),
        ratio.quantize(Decimal("0.000001"), ROUND_HALF_UP),
    )


def mark_for(policy: Policy, score: Decimal) -> tuple[str, bool]:
    """Return the mark for a score (0..1) and whether it is a pass."""
    for least, mark in policy.thresholds:
        if score >= least:
            return mark, score >= policy.pass_score
    return policy.thresholds[-1][1], False
