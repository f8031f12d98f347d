"""Order the review queue: a sum that can be read aloud, and nothing else.

The index decides nothing about a person. Findings that the support plan masks do not count. The weights are frozen
with each sitting when it begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

__all__ = ["DEFAULT_WEIGHTS", "IndexTerm", "blind_order", "index_terms", "review_index", "weights_from"]

#: Points for one incident of full confidence; a kind of an outside check counts like ``other``.
DEFAULT_WEIGHTS: dict[str, float] = {
    "other_person": 50.0,
    "several_faces": 20.0,
    "no_face": 8.0,
    "camera_lost": 5.0,
    "camera_dark": 8.0,
    "tab_left": 10.0,
    "second_tab": 8.0,
    "second_screen": 5.0,
    "paste_burst": 15.0,
    "network_gap": 2.0,
    "device_change": 15.0,
    "seb_mismatch": 30.0,
    "virtual_camera": 10.0,
    "even_frames": 5.0,
    "still_picture": 20.0,
    "repeated_picture": 30.0,
    "out_of_turn": 5.0,
    "other": 10.0,
}
#: No weight of a blueprint is more: one kind must not drown all others.
MOST_WEIGHT = 100.0
#: Repeats of one kind add up to at most so many times its weight.
MOST_REPEATS = 3.0


@dataclass(frozen=True, slots=True)
class IndexTerm:
    """One term of the sum: so many incidents of one kind, their weight, and the points they give."""

    kind: str
    count: int
    weight: float
    points: float

    @property
    def times(self) -> float:
        """Return how many incidents of full confidence they count for."""
        return round(self.points / self.weight, 2) if self.weight else 0.0


def weights_from(wanted: Any) -> dict[str, float]:
    """Return the weights that a blueprint asks for over the built-in ones; nonsense is left out: nothing may fail at a start."""
    found = dict(DEFAULT_WEIGHTS)
    for kind, weight in wanted.items() if isinstance(wanted, Mapping) else ():
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if isinstance(kind, str) and is_number and 0 <= weight <= MOST_WEIGHT:
            found[kind] = float(weight)
    return found


def index_terms(incidents: Iterable[tuple[str, float]], weights: Mapping[str, float]) -> list[IndexTerm]:
    """Return the terms for incidents given as (kind, confidence 0..1), the largest first."""
    by_kind: dict[str, list[float]] = {}
    for kind, confidence in incidents:
        by_kind.setdefault(kind, []).append(min(max(confidence, 0.0), 1.0))
    terms = []
    for kind, confidences in by_kind.items():
        weight = float(weights.get(kind, weights.get("other", 0.0)))
        points = weight * min(sum(confidences), MOST_REPEATS)
        terms.append(IndexTerm(kind, len(confidences), weight, round(points, 1)))
    return sorted(terms, key=lambda term: (-term.points, term.kind))


def review_index(terms: Iterable[IndexTerm]) -> int:
    """Return the sum of the terms, rounded."""
    return round(sum(term.points for term in terms))


def blind_order(sittings: Sequence[tuple[UUID, int, datetime]]) -> list[UUID]:
    """Return sittings (id, index, end) in the order in which people look at them: by index and age, others mixed in.

    Of three that follow each other one is a sitting in which the machine found nothing, as long as there are both kinds,
    at a place that only its id decides. Of the sittings up to the last flagged one a place says nothing about what was found; where the
    calm ones are many, the end of the list is theirs alone: what a machine found comes first, and nobody can have both.
    """
    flagged = [key for key, index, _end in sorted(sittings, key=lambda row: (-row[1], row[2])) if index > 0]
    calm = sorted((key for key, index, _end in sittings if index == 0), key=_chance)
    order: list[UUID] = []
    while flagged and calm:
        three, flagged = flagged[:2], flagged[2:]
        other = calm.pop(0)
        three.insert(_chance(other) % (len(three) + 1), other)
        order += three
    return [*order, *flagged, *calm]


def _chance(key: UUID) -> int:
    """Return a number that follows from an id and tells nothing about when it was made."""
    return int.from_bytes(hashlib.sha256(key.bytes).digest()[:8])
