"""Declare what upper floors may put into the catalogue of courses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.registry import Group

__all__ = ["COURSE_SHELVES", "CourseShelf", "ShelfRow"]


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One course of somebody else: its title, what is said about it, and where the reader goes on."""

    title: str
    detail: str
    href: str


class CourseShelf(Protocol):
    """Courses that the school does not teach itself and yet has something to say about to a student."""

    name: str

    def title(self) -> str:
        """Return what stands over the shelf, in the reader's language."""
        ...

    def lead(self) -> str:
        """Return in one sentence what can be done with these courses."""
        ...

    def rows(self, session: Session, person_id: UUID, org_id: UUID, text: str) -> Sequence[ShelfRow]:
        """Return the few courses that fit what the student looks for; an empty shelf is not shown."""
        ...


#: Implemented by plans: outside courses, each with "would it count?".
COURSE_SHELVES: Group[CourseShelf] = Group("lms.course_shelves", ("name", "title", "lead", "rows"))
