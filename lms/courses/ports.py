"""Declare what upper floors may put into the catalogue of courses and before its authors, and who reads questions of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.packages import Reason
from lms.core.registry import Group, Registries
from lms.courses.types import CourseCard

__all__ = [
    "AGREEMENTS",
    "AUTHOR_CHOICES",
    "COURSE_SHELVES",
    "COURSE_WORTH",
    "QUESTION_READERS",
    "AgreementBook",
    "AgreementLine",
    "Author",
    "AuthorChoices",
    "CourseShelf",
    "CourseWorth",
    "QuestionReader",
    "ReadQuestion",
    "ShelfCourse",
    "ShelfRow",
    "WorthLine",
]


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One course of somebody else: its title, what is said about it, and where the reader goes on.

    ``key`` names it among the rows of its shelf, ``traits`` are its values by facet (`lms.courses.rules.facets`).
    """

    title: str
    detail: str
    href: str
    key: str = ""
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorthLine:
    """What a course would count for in a plan: the item, in words how, where it stands, and whether wholly."""

    title: str
    text: str
    href: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class ShelfCourse:
    """A course of somebody else as it stands beside others: what is known of it, in words where it is for reading."""

    title: str
    href: str
    provider: str
    traits: Mapping[str, tuple[str, ...]]
    hours: str
    summary: str
    parts: tuple[str, ...]
    outcomes: tuple[str, ...]
    worth: tuple[WorthLine, ...]


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
        """Return the courses that fit what the student looks for; an empty shelf is not shown."""
        ...

    def course(self, session: Session, person_id: UUID, org_id: UUID, key: str) -> ShelfCourse | None:
        """Return one course by the key of its row, or None."""
        ...


class CourseWorth(Protocol):
    """Whoever knows what the school's own courses would count for in somebody's plan."""

    name: str

    def lines(
        self, session: Session, person_id: UUID, cards: Sequence[CourseCard]
    ) -> Mapping[UUID, Sequence[WorthLine]]:
        """Return by course what it would count for; a course that counts for nothing has no lines."""
        ...


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement with a partner: in words, where it is on record, and whether it is in force on the day asked for."""

    id: UUID
    text: str
    href: str
    in_force: bool


class AgreementBook(Protocol):
    """Whoever keeps the agreements of schools with partners."""

    name: str

    def lines(self, session: Session, org_id: UUID, on: date) -> Sequence[AgreementLine]:
        """Return the agreements of a school, as they stand on a day."""
        ...

    def find(self, session: Session, agreement_id: UUID, on: date) -> AgreementLine | None:
        """Return one agreement as it stands on a day, or None."""
        ...


#: Implemented by plans: what an enrolment from another school rests on.
AGREEMENTS: Group[AgreementBook] = Group("lms.course_agreements", ("name", "lines", "find"))
#: Implemented by plans: outside courses, each with "would it count?".
COURSE_SHELVES: Group[CourseShelf] = Group("lms.course_shelves", ("name", "title", "lead", "rows", "course"))
#: Implemented by plans: which items of a plan a course is for.
COURSE_WORTH: Group[CourseWorth] = Group("lms.course_worth", ("name", "lines"))


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


@dataclass(frozen=True, slots=True)
class Author:
    """Who fills in a form, for which course and when; ``may`` tells whether an action is open to her in that school."""

    org_id: UUID
    subject: str
    at: datetime
    may: Callable[[str], bool]


class AuthorChoices(Protocol):
    """Who knows what an author may choose from in a field of a block (`AuthorField.source` is its ``name``)."""

    name: str

    def options(self, session: Session, author: Author, kept: str) -> Sequence[tuple[str, str]]:
        """Return (value, words), what fits the course first; with ``kept``, what stands in the field already."""
        ...

    def none(self) -> str:
        """Return what somebody reads who may choose from nothing: what to do."""
        ...


#: Implemented by assessment: the examinations that a step may lead to.
AUTHOR_CHOICES: Group[AuthorChoices] = Group("lms.author_choices", ("name", "options", "none"))


#: Implemented by assessment.
QUESTION_READERS: Group[QuestionReader] = Group(
    "lms.question_readers", ("name", "read", "read_backup", "block", "words", "kind_words")
)
