"""Cut a long course into windows: as many rows as one screen shows, with the sections they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ROWS", "Part", "Window", "page_of", "window"]

#: So many steps stand on one page of an outline; nearly every course fits on one.
ROWS = 60


@dataclass(frozen=True, slots=True)
class Part:
    """The rows ``start`` to ``stop`` of the section number ``index`` (from 0)."""

    index: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Window:
    """One page of an outline: the parts of sections on it, its number (from 1) and how many there are."""

    parts: tuple[Part, ...]
    number: int
    pages: int


def _heights(sizes: Sequence[int]) -> list[int]:
    """Return how many rows each section takes; an empty one takes one, for its heading."""
    return [max(1, size) for size in sizes]


def window(sizes: Sequence[int], number: int, rows: int = ROWS) -> Window:
    """Return page ``number`` of sections with ``sizes`` rows; a number that does not exist is the nearest that does."""
    heights = _heights(sizes)
    pages = max(1, -(-sum(heights) // rows))
    number = min(max(1, number), pages)
    first, last = (number - 1) * rows, number * rows
    parts, offset = [], 0
    for index, height in enumerate(heights):
        start, stop = max(first - offset, 0), min(last - offset, height)
        if start < stop:
            parts.append(Part(index, start, min(stop, sizes[index])))
        offset += height
    return Window(tuple(parts), number, pages)


def page_of(sizes: Sequence[int], index: int, row: int = 0, rows: int = ROWS) -> int:
    """Return the number of the page on which a row of a section stands."""
    return (sum(_heights(sizes)[:index]) + row) // rows + 1
