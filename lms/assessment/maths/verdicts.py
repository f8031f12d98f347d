"""The verdict of an answer test."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["INVALID", "PARTLY", "Verdict"]

#: The reason of a false verdict on an answer some parts of which are right; the share stands behind it: ``partly 2/3``.
PARTLY = "partly"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test found: true, false, or None when something could not be read or used; and a code for why."""

    result: bool | None
    reason: str = ""

    @property
    def share(self) -> Fraction:
        """Return what the answer is worth of a right one: all, nothing, or the share that the reason names."""
        word, _, share = self.reason.partition(" ")
        return Fraction(share) if word == PARTLY else Fraction(self.result is True)

    @staticmethod
    def of(result: bool, reason: str = "") -> Verdict:
        """Return a plain verdict; the default reason says which it is."""
        return Verdict(result, reason or ("equivalent" if result else "not_equivalent"))


def INVALID(reason: str) -> Verdict:  # noqa: N802 - reads as the verdict that it is
    """Return the verdict that says nothing about the answer but that it could not be marked, and why."""
    return Verdict(None, reason)
