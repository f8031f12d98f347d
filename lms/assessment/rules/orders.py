"""Score an order of things by one of ten schemes; each gives 1 for the right order alone, and 0 to 1 otherwise.

A thing that was not placed, or stands twice, earns nothing where it stands.

Source: all but `Scheme.PAIRS` follow the grading types of Moodle's ordering question.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, pairwise

__all__ = ["Scheme", "score_order"]


class Scheme(StrEnum):
    """What counts as partly right."""

    PAIRS = "pairs"
    PLACES = "places"
    EXACT = "exact"
    NEXT = "next"
    NEXT_OR_END = "next_or_end"
    NEIGHBOURS = "neighbours"
    BEFORE_AND_AFTER = "before_and_after"
    LONGEST_ORDERED = "longest_ordered"
    LONGEST_RUN = "longest_run"
    DISTANCE = "distance"


def score_order(scheme: Scheme, count: int, placed: Sequence[int | None]) -> Fraction:
    """Return the share for ``placed``: in each place the number (0 … count-1) of the thing that stands there, or None."""
    full = [*placed, *[None] * (count - len(placed))][:count]
    return _SCORES[scheme](count, full)


def _exact(count: int, placed: list[int | None]) -> Fraction:
    return Fraction(int(placed == list(range(count))))


def _places(count: int, placed: list[int | None]) -> Fraction:
    return Fraction(sum(thing == place for place, thing in enumerate(placed)), count)


def _known(placed: list[int | None]) -> list[int]:
    return list(dict.fromkeys(thing for thing in placed if thing is not None))


def _pairs(count: int, placed: list[int | None]) -> Fraction:
    """Return Kendall's tau, cut at 0, so that chance earns nothing."""
    pairs = count * (count - 1) // 2
    right = sum(a < b for a, b in combinations(_known(placed), 2))
    return max(Fraction(0), Fraction(2 * right - pairs, pairs))


def _followers(placed: list[int | None]) -> set[tuple[int, int]]:
    return {(a, b) for a, b in pairwise(placed) if a is not None and b is not None}


def _next(count: int, placed: list[int | None]) -> Fraction:
    right = {(thing, thing + 1) for thing in range(count - 1)}
    return Fraction(len(right & _followers(placed)), count - 1)


def _next_or_end(count: int, placed: list[int | None]) -> Fraction:
    right = {(thing, thing + 1) for thing in range(count - 1)}
    is_last = placed[-1] == count - 1
    return Fraction(len(right & _followers(placed)) + int(is_last), count)


def _neighbours(count: int, placed: list[int | None]) -> Fraction:
    """Count what stands right before and right after each thing; nothing before the first and after the last, too."""
    right = {(thing, thing + 1) for thing in range(count - 1)}
    ends = int(placed[0] == 0) + int(placed[-1] == count - 1)
    return Fraction(2 * len(right & _followers(placed)) + ends, 2 * count)


def _before_and_after(count: int, placed: list[int | None]) -> Fraction:
    pairs = count * (count - 1) // 2
    return Fraction(sum(a < b for a, b in combinations(_known(placed), 2)), pairs)


def _longest_ordered(count: int, placed: list[int | None]) -> Fraction:
    ends: list[int] = []
    for thing in _known(placed):
        place = bisect_left(ends, thing)
        ends[place : place + 1] = [thing]
    return Fraction(len(ends) if len(ends) > 1 else 0, count)


def _longest_run(count: int, placed: list[int | None]) -> Fraction:
    best = run = 0
    before: int | None = None
    for thing in placed:
        run = 0 if thing is None else run + 1 if before is not None and thing == before + 1 else 1
        best, before = max(best, run), thing
    return Fraction(best if best > 1 else 0, count)


def _distance(count: int, placed: list[int | None]) -> Fraction:
    """Take one off for each place that a thing stands away from its own."""
    seen: set[int] = set()
    earned = 0
    for place, thing in enumerate(placed):
        if thing is not None and thing not in seen:
            seen.add(thing)
            earned += count - 1 - abs(thing - place)
    return Fraction(earned, count * (count - 1))


_SCORES: dict[Scheme, Callable[[int, list[int | None]], Fraction]] = {
    Scheme.PAIRS: _pairs,
    Scheme.PLACES: _places,
    Scheme.EXACT: _exact,
    Scheme.NEXT: _next,
    Scheme.NEXT_OR_END: _next_or_end,
    Scheme.NEIGHBOURS: _neighbours,
    Scheme.BEFORE_AND_AFTER: _before_and_after,
    Scheme.LONGEST_ORDERED: _longest_ordered,
    Scheme.LONGEST_RUN: _longest_run,
    Scheme.DISTANCE: _distance,
}
