"""Decide which works may be counted together, so that no difference of two sums that are shown tells what few people did.

Every sum that is shown is a sum of whole blocks, and each block holds `LEAST` works or more: whatever is subtracted from whatever,
what is left is nothing or `LEAST` works at least.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from lms.assessment.rules.item_stats import LEAST

__all__ = ["Blocks", "Counted", "counted", "joined", "newest_of"]

Part = TypeVar("Part", bound=Hashable)
Work = TypeVar("Work", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Counted(Generic[Part]):
    """Which parts a sum is over: ``blocks`` are counted, ``loose`` parts are too small to be, even together."""

    blocks: tuple[tuple[Part, ...], ...]
    loose: tuple[Part, ...]

    @property
    def parts(self) -> frozenset[Part]:
        """Return the parts that are counted."""
        return frozenset(part for block in self.blocks for part in block)


def counted(sizes: Mapping[Part, int]) -> Counted[Part]:
    """Return which of several parts a sum beside them may be over: those of `LEAST` works, and small ones that are as many together."""
    alone = (
        Counted(((part,),), ()) if size >= LEAST else Counted((), (part,)) for part, size in sizes.items()
    )
    return joined(alone, sizes)


def joined(several: Iterable[Counted[Part]], sizes: Mapping[Part, int]) -> Counted[Part]:
    """Return which parts a sum over several sums may be over: what was too small in each may be enough together."""
    several = list(several)
    blocks = tuple(block for each in several for block in each.blocks)
    loose = tuple(part for each in several for part in each.loose)
    if sum(sizes[part] for part in loose) < LEAST:
        return Counted(blocks, loose)
    return Counted((*blocks, loose), ())


def newest_of(size: int, most: int) -> int:
    """Return how many of the newest works of a block are looked at closely: about ``most``, the rest none or `LEAST`."""
    return size if size <= most else min(most, size - LEAST)


class Blocks(Generic[Work]):
    """Blocks of works, which are parted further by each group that is shown and never below `LEAST` works."""

    def __init__(self, blocks: Iterable[Collection[Work]]) -> None:
        """Begin with blocks of which sums are shown already."""
        self._blocks = [frozenset(block) for block in blocks if block]

    def __iter__(self) -> Iterator[frozenset[Work]]:
        """Yield the blocks as they are parted now."""
        return iter(self._blocks)

    def part(
        self, group: AbstractSet[Work], least_others: int = 0
    ) -> tuple[frozenset[Work], frozenset[Work]] | None:
        """Return of which works of a group, and of which others beside them, sums may be shown; None if of none.

        A block of which the group, or what is left, is a small part is in neither. ``least_others`` asks for so many others.
        """
        parted = [(block & group, block - group) for block in self._blocks]
        fits = [min(len(part) for part in both if part) >= LEAST for both in parted]
        inside = frozenset[Work]().union(*(own for (own, _), fit in zip(parted, fits, strict=True) if fit))
        others = frozenset[Work]().union(*(rest for (_, rest), fit in zip(parted, fits, strict=True) if fit))
        if len(inside) < LEAST or len(others) < least_others:
            return None
        self._blocks = [
            part
            for block, both, fit in zip(self._blocks, parted, fits, strict=True)
            for part in (both if fit else (block,))
            if part
        ]
        return inside, others
