"""Weigh the opinions of two markers, neither of whom saw the other's; a third decides where they are far apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

__all__ = ["Turn", "Verdict", "turn_after", "verdict"]

#: Two opinions, and a third one where they differ.
TWO, THREE = 2, 3
_SIX_PLACES = Decimal("0.000001")


class Turn(StrEnum):
    """Whose turn an answer is; ``once`` where one marker is enough."""

    ONCE = "once"
    FIRST = "first"
    SECOND = "second"
    ADJUDICATE = "adjudicate"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The share that the opinions come to, and whether a third person had to decide."""

    fraction: Decimal
    is_adjudicated: bool


def verdict(opinions: Sequence[Decimal], tolerance: Decimal) -> Verdict | None:
    """Return what opinions (in the order in which they came) come to, or None while another one is needed.

    Two that differ by no more than ``tolerance`` give their mean; else the third one stands, whatever it says.
    """
    if len(opinions) >= THREE:
        return Verdict(opinions[2], is_adjudicated=True)
    if len(opinions) == TWO and abs(opinions[0] - opinions[1]) <= tolerance:
        mean = ((opinions[0] + opinions[1]) / 2).quantize(_SIX_PLACES, ROUND_HALF_UP)
        return Verdict(mean, is_adjudicated=False)
    return None


def turn_after(count: int) -> Turn:
    """Return whose turn an answer is that nobody could settle yet with so many opinions."""
    return (Turn.FIRST, Turn.SECOND, Turn.ADJUDICATE)[min(count, TWO)]
