"""Group blocks into steps (pages) and say where to go on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

__all__ = ["Step", "block_seed", "group_steps", "next_open_step"]


class Placed(Protocol):
    """Anything that stands in a row and may share the page of the one before."""

    @property
    def with_previous(self) -> bool:
        """Tell whether it stands on the same page as the one before."""
        ...


P = TypeVar("P", bound=Placed)


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the player: the section it stands in and its blocks; named by its first block."""

    section: str
    block_ids: tuple[UUID, ...]

    @property
    def id(self) -> UUID:
        """Return the id of the block that names the step."""
        return self.block_ids[0]

    def is_completed(self, completed: Collection[UUID]) -> bool:
        """Tell whether every block of the step is completed."""
        return all(block_id in completed for block_id in self.block_ids)


def group_steps(blocks: Iterable[P]) -> list[list[P]]:
    """Return the blocks of one section page by page; the first block always begins a page."""
    pages: list[list[P]] = []
    for block in blocks:
        if pages and block.with_previous:
            pages[-1].append(block)
        else:
            pages.append([block])
    return pages


def next_open_step(
    steps: Sequence[Step], open_keys: Collection[str], completed: Collection[UUID], after: UUID | None = None
) -> Step | None:
    """Return the first uncompleted step of an open section, looking behind ``after`` first and then from the start."""
    start = next((i + 1 for i, step in enumerate(steps) if after in step.block_ids), 0)
    for step in (*steps[start:], *steps[:start]):
        if step.section in open_keys and not step.is_completed(completed):
            return step
    return None


def block_seed(enrolment_id: UUID, block_id: UUID, try_no: int) -> int:
    """Return the seed for variants and shuffles: the same for one learner, block and try."""
    digest = hashlib.sha256(f"{enrolment_id}:{block_id}:{try_no}".encode()).digest()
    return int.from_bytes(digest[:6], "big")
