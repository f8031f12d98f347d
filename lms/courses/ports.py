"""Declare what upper floors may put into the catalogue of courses, and who reads questions of other systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.packages import Reason
from lms.core.registry import Group, Registries

__all__ = [
    "COURSE_SHELVES",
    "QUESTION_READERS",
    "CourseShelf",
    "QuestionReader",
    "ReadQuestion",
    "ShelfRow",
]


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


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """A question of another system: its name, kind and place there, and what it becomes.

    ``row`` is a question that a machine marks, ``task`` the text of one that a person has to look at, ``note`` a text that asks
    nothing; with none of them it is refused for ``reasons``.
    """

    ref: str
    kind: str
    place: str
    row: Mapping[str, Any] | None = None
    task: str = ""
    note: str = ""
    reasons: tuple[Reason, ...] = ()


class QuestionReader(Protocol):
    """Who understands the questions of other systems' quizzes, and has a block that asks them."""

    name: str

    def read(self, data: bytes, place: str, registries: Registries) -> list[ReadQuestion]:
        """Return the questions of a file in their order; a file that cannot be read is one refused question."""
        ...

    def read_backup(
        self, data: bytes, place: str, registries: Registries
    ) -> Mapping[str, list[ReadQuestion]]:
        """Return the questions of a Moodle backup by ``question:ID``, ``entry:ID`` and ``category:ID``."""
        ...

    def block(self, rows: Sequence[Mapping[str, Any]], intro: str) -> tuple[str, dict[str, Any]]:
        """Return the kind of block that asks these questions, and its content."""
        ...

    def words(self, reason: Reason) -> str:
        """Return one of its reasons in a sentence; an empty text for a reason that is not its own."""
        ...

    def kind_words(self, kind: str) -> str:
        """Return what a file calls a kind of question in the reader's words."""
        ...


#: Implemented by assessment.
QUESTION_READERS: Group[QuestionReader] = Group(
    "lms.question_readers", ("name", "read", "read_backup", "block", "words", "kind_words")
)
