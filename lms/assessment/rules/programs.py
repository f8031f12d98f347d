"""Compare what a program printed with what it should have printed, and count what that earns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

__all__ = ["COMPARISONS", "earned_share", "prints_the_same", "whole_program"]

#: By lines: spaces at the end of a line and empty lines at the end do not matter. By words: nor does any other space.
COMPARISONS = ("lines", "words")


def prints_the_same(expected: str, printed: str, how: str) -> bool:
    """Tell whether two outputs are the same, compared as one of `COMPARISONS` says."""
    if how == "words":
        return expected.split() == printed.split()
    return _lines(expected) == _lines(printed)


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def whole_program(answer: str, check: str) -> str:
    """Return the student's program with the lines of a check after it."""
    return f"{answer}\n\n{check}\n" if check.strip() else answer


def earned_share(points: Sequence[Decimal], passed: Sequence[bool], *, needs_all: bool) -> Decimal:
    """Return the share (0..1) that the passed checks earn; with ``needs_all`` everything or nothing."""
    if needs_all:
        return Decimal(all(passed))
    won = sum((value for value, is_passed in zip(points, passed, strict=True) if is_passed), Decimal(0))
    return won / sum(points, Decimal(0))
