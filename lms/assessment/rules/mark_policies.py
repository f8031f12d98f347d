"""Say whether a rule from score to mark can be used."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from lms.assessment.types import MarkScale

__all__ = ["MARKS", "problems"]

#: The marks of the scales whose marks are given, best first; a scale of one's own names its own.
MARKS: dict[MarkScale, tuple[str, ...]] = {
    MarkScale.FIVE: ("5", "4", "3", "2"),
    MarkScale.PASS_FAIL: ("pass", "fail"),
}
LEAST_MARKS, MOST_MARKS, LONGEST = 2, 20, 20


def problems(
    scale: MarkScale, thresholds: Sequence[tuple[Decimal, str]], pass_score: Decimal
) -> dict[str, list[str]]:
    """Return what is wrong, by field, as codes; empty when every score has exactly one mark.

    Thresholds come best first, each lower than the one before, the last one at zero; passing begins at one of them, so that
    a mark is either a pass or not.
    """
    shares, marks = [least for least, _mark in thresholds], [mark for _least, mark in thresholds]
    found: dict[str, list[str]] = {}
    if not _are_marks(scale, marks):
        found["thresholds"] = ["assessment.policy_marks"]
    elif any(not 0 <= share <= 1 for share in shares) or shares[-1] != 0:
        found["thresholds"] = ["assessment.policy_shares"]
    elif any(lower >= higher for higher, lower in pairwise(shares)):
        found["thresholds"] = ["assessment.policy_order"]
    if pass_score not in shares or pass_score == 0:
        found["pass_score"] = ["assessment.policy_pass"]
    return found


def _are_marks(scale: MarkScale, marks: Sequence[str]) -> bool:
    """Tell whether the marks have names of their own, and are those of the scale where it has given ones."""
    if scale in MARKS:
        return tuple(marks) == MARKS[scale]
    named = all(mark.strip() and len(mark) <= LONGEST for mark in marks)
    return named and LEAST_MARKS <= len(marks) <= MOST_MARKS and len(set(marks)) == len(marks)
