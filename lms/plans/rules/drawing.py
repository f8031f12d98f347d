"""Say from which documents the hours of a credit are taken (C2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

__all__ = ["draw_hours"]


def draw_hours(
    rooms: Mapping[str, Decimal], wanted: Sequence[tuple[Decimal, Sequence[str]]]
) -> dict[str, Decimal] | None:
    """Return the hours taken from each document, or None when all of them together have too few left.

    ``wanted`` names, outcome by outcome, the hours and the documents that they rest on: these give first, in their
    order, then the others in the order of their identifiers.
    """
    left = {key: max(Decimal(0), room) for key, room in rooms.items()}
    drawn = dict.fromkeys(rooms, Decimal(0))
    for hours, own in wanted:
        others = sorted(set(left) - set(own))
        for key in [*dict.fromkeys(key for key in own if key in left), *others]:
            part = min(left[key], hours)
            left[key] -= part
            drawn[key] += part
            hours -= part
        if hours > 0:
            return None
    return drawn
