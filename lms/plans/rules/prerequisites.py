"""Say in which order items can be studied: what waits for what, and where that runs in a circle."""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["ring_in"]


def ring_in(waits: Mapping[str, Collection[str]], start: str | None = None) -> tuple[str, ...]:
    """Return items that wait for each other in a circle, in their order and each once, or an empty tuple.

    ``waits`` says for each item which ones come before it; names that are no items are passed over. With ``start`` only a
    circle through this item counts. The same circle is found whatever the order of the mapping.
    """
    starts = sorted(waits) if start is None else [start]
    for first in starts:
        ring = _path_back(waits, first)
        if ring:
            return ring
    return ()


def _path_back(waits: Mapping[str, Collection[str]], first: str) -> tuple[str, ...]:
    """Return the shortest way from an item over what it waits for back to itself."""
    came_from: dict[str, str] = {}
    rank = [first]
    while rank:
        following: list[str] = []
        for key in rank:
            for before in sorted(waits.get(key, ())):
                if before == first:
                    return _way(came_from, first, key)
                if before in waits and before not in came_from:
                    came_from[before] = key
                    following.append(before)
        rank = following
    return ()


def _way(came_from: Mapping[str, str], first: str, last: str) -> tuple[str, ...]:
    way = [last]
    while way[-1] != first:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
