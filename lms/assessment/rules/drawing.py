"""Draw one person's questions from pools, the same way on any machine (domain: invariant 5).

A pool is drawn in an order that follows from the seed; a question that is there already, or that gives away one that is, is
passed over. `shortages` says beforehand whether that can ever leave a pool short, so that no start can fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.assessment.rules.seeds import shuffled

__all__ = ["Draw", "Pairs", "draw_all", "shortages"]

#: Pairs of item versions that never stand in one form.
Pairs = frozenset[frozenset[UUID]]


@dataclass(frozen=True, slots=True)
class Draw:
    """So many of the candidates, each for so many points; ``rule`` keeps how the author described the pool."""

    count: int
    candidates: tuple[UUID, ...]
    points: Decimal = Decimal(1)
    rule: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """Return the pool as JSON values."""
        return {
            "count": self.count,
            "points": str(self.points),
            "candidates": [str(each) for each in self.candidates],
            "rule": dict(self.rule),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Draw:
        """Rebuild the pool from its JSON values."""
        candidates = tuple(UUID(each) for each in document["candidates"])
        return cls(document["count"], candidates, Decimal(document["points"]), document["rule"])


def _foes(pairs: Pairs) -> dict[UUID, set[UUID]]:
    foes: dict[UUID, set[UUID]] = {}
    for pair in pairs:
        one, other = tuple(pair)
        foes.setdefault(one, set()).add(other)
        foes.setdefault(other, set()).add(one)
    return foes


def draw_all(draws: Sequence[Draw], fixed: Iterable[UUID], pairs: Pairs, seed: int) -> list[tuple[UUID, ...]]:
    """Return what each pool gives, in the order of the pools."""
    foes, taken = _foes(pairs), set(fixed)
    found = []
    for number, draw in enumerate(draws):
        picked: list[UUID] = []
        for candidate in shuffled(draw.candidates, seed, "draw", number):
            if len(picked) == draw.count:
                break
            if candidate not in taken and not foes.get(candidate, set()) & taken:
                taken.add(candidate)
                picked.append(candidate)
        found.append(tuple(picked))
    return found


def shortages(draws: Sequence[Draw], fixed: Iterable[UUID], pairs: Pairs) -> list[tuple[int, int]]:
    """Return (pool's place, questions that are certain) of every pool that some draw could leave short.

    Certain is one question of each group of candidates that exclude each other, where the whole group stands in this pool
    alone: whatever the others take, one of them stays.
    """
    foes, fixed = _foes(pairs), set(fixed)
    barred = fixed | {foe for each in fixed for foe in foes.get(each, ())}
    pools = [set(draw.candidates) - barred for draw in draws]
    found = []
    for number, (draw, pool) in enumerate(zip(draws, pools, strict=True)):
        others = {each for place, other in enumerate(pools) if place != number for each in other}
        certain = sum(
            not group & others
            for group in _groups(pool | (others & _around(pool, foes)), foes)
            if group & pool
        )
        if certain < draw.count:
            found.append((number, certain))
    return found


def _around(pool: set[UUID], foes: Mapping[UUID, set[UUID]]) -> set[UUID]:
    """Return the pool with everything that a chain of exclusions leads to."""
    reached, waiting = set(pool), list(pool)
    while waiting:
        for foe in foes.get(waiting.pop(), ()):
            if foe not in reached:
                reached.add(foe)
                waiting.append(foe)
    return reached


def _groups(members: set[UUID], foes: Mapping[UUID, set[UUID]]) -> list[set[UUID]]:
    """Return the groups of members that exclude each other, directly or by a chain."""
    left, groups = set(members), []
    while left:
        group = _around({next(iter(left))}, foes) & members
        groups.append(group)
        left -= group
    return groups
