"""Choose the cheapest way to close what a course leaves open: the fewest hours of learning, then the fewest steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

__all__ = ["Way", "WayKind", "cheapest"]


class WayKind(StrEnum):
    """How something that is left can be closed."""

    CHECK = "check"
    ATTESTATION = "attestation"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class Way:
    """One way: what it is, how many hours of learning and how many steps it takes."""

    kind: WayKind
    hours: Decimal
    steps: int
    title: str = ""


def cheapest(ways: Iterable[Way]) -> Way | None:
    """Return the way with the fewest hours, of those the one with the fewest steps; of equal ones the first by title."""
    order = list(WayKind)
    return min(ways, key=lambda way: (way.hours, way.steps, order.index(way.kind), way.title), default=None)
