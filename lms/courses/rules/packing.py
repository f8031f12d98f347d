"""Say what of a course a learner takes along to where there is no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["OfflinePart", "week_of"]


@dataclass(frozen=True, slots=True)
class OfflinePart:
    """An open section as a device keeps it: addresses of pages, of pictures and files, of films and sound, with sizes.

    ``away`` are the titles of steps that need a network anyway (a live lesson, another site), ``talks`` of those whose text is
    taken along while what people write to each other there needs one.
    """

    key: str
    title: str
    minutes: int
    is_done: bool
    pages: tuple[str, ...]
    media: tuple[str, ...]
    films: tuple[str, ...]
    size_bytes: int
    film_bytes: int
    away: tuple[str, ...] = ()
    talks: tuple[str, ...] = ()


def week_of(parts: Sequence[OfflinePart], minutes: int) -> tuple[OfflinePart, ...]:
    """Return the parts of about ``minutes`` that come next: at least one that is not done, whole parts only."""
    taken: list[OfflinePart] = []
    for part in parts:
        if part.is_done:
            continue
        if taken and sum(each.minutes for each in taken) + part.minutes > minutes:
            break
        taken.append(part)
    return tuple(taken)
