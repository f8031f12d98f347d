"""The answer test that gives a share for each right part of a set, a list, a row or a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lms.assessment.maths.equivalence import distinct, is_equivalent
from lms.assessment.maths.kinds import Kind, kind_of, parts_of
from lms.assessment.maths.tree import MathsError, Node
from lms.assessment.maths.verdicts import PARTLY, Verdict

__all__ = ["partly_right"]


def partly_right(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return true where all parts are right; else false with the share: right parts less wrong ones, never below nothing.

    The elements of a set may stand in any order; in lists, rows and matrices a part is right in its own place.
    """
    mine, theirs, wanted = parts_of(student), parts_of(teacher), kind_of(teacher)
    if not theirs:
        raise MathsError("teacher_without_parts")
    if kind_of(student) is not wanted:
        return Verdict.of(False, f"not_{wanted.value}")
    if wanted is Kind.SET:
        theirs = tuple(distinct(theirs))
    right, wrong = _among(mine, theirs) if wanted is Kind.SET else _in_places(mine, theirs)
    count = len(theirs)
    if right == count and not wrong:
        return Verdict.of(True)
    return Verdict.of(False, f"{PARTLY} {Fraction(max(0, right - wrong), count)}")


def _in_places(mine: Sequence[Node], theirs: Sequence[Node]) -> tuple[int, int]:
    right = sum(is_equivalent(*pair) for pair in zip(mine, theirs, strict=False))
    return right, len(mine) - right


def _among(mine: tuple[Node, ...], theirs: tuple[Node, ...]) -> tuple[int, int]:
    own = distinct(mine)
    right = sum(any(is_equivalent(part, other) for other in theirs) for part in own)
    return right, len(own) - right
