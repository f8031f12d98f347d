"""Draw who reads whose work: those who have handed in themselves, evenly, never their own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from uuid import UUID

__all__ = ["draw"]


def _lot(work_id: UUID, reader: UUID) -> str:
    """Return what decides between equals: nobody can foresee it, and drawing again gives the same."""
    return hashlib.sha256(work_id.bytes + reader.bytes).hexdigest()


def draw(
    new: tuple[UUID, UUID],
    others: Mapping[UUID, UUID],
    readers: Mapping[UUID, Collection[UUID]],
    wanted: int,
) -> list[tuple[UUID, UUID]]:
    """Return (work, reader) pairs for a new work, and for earlier ones that still lack a reader.

    ``new`` is the work and its author, ``others`` are earlier works and their authors, ``readers`` who was drawn for each
    of them. Nobody reads more than ``wanted`` works, so that what is asked of all is the same.
    """
    work_id, author = new
    duties: dict[UUID, int] = {}
    for drawn in readers.values():
        for reader in drawn:
            duties[reader] = duties.get(reader, 0) + 1
    free = sorted(
        (person for person in set(others.values()) - {author} if duties.get(person, 0) < wanted),
        key=lambda person: (duties.get(person, 0), _lot(work_id, person)),
    )
    pairs = [(work_id, person) for person in free[:wanted]]
    lacking = sorted(
        (
            other
            for other, whose in others.items()
            if whose != author
            and author not in readers.get(other, ())
            and len(readers.get(other, ())) < wanted
        ),
        key=lambda other: (len(readers.get(other, ())), _lot(other, author)),
    )
    left = max(0, wanted - duties.get(author, 0))
    return pairs + [(other, author) for other in lacking[:left]]
