"""Declare what an upper floor may add to an examination without this floor knowing why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.registry import Group

if TYPE_CHECKING:
    from lms.core.uow import UnitOfWork

__all__ = [
    "ATTEMPT_GATES",
    "JOURNAL_SHELVES",
    "AttemptGate",
    "Companion",
    "GateVerdict",
    "JournalLine",
    "JournalShelf",
    "PrepStep",
]


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether a gate is open; when not: a stable code, a sentence for the reader, and where to go on."""

    is_open: bool
    code: str = ""
    title: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PrepStep:
    """One step before an examination: ``state`` is ``done``, ``current``, ``waiting`` or ``todo``."""

    title: str
    state: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Companion:
    """A template fragment that the examination page includes with its context."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


class AttemptGate(Protocol):
    """A condition on starting an attempt and on releasing its result, and a companion while it runs."""

    name: str

    def may_start(self, session: Session, entry_id: UUID, person_id: UUID, at: datetime) -> GateVerdict:
        """Say whether the person may start now."""
        ...

    def may_release(self, session: Session, attempt_id: UUID, at: datetime) -> GateVerdict:
        """Say whether the result of the attempt may be released now."""
        ...

    def attempt_started(self, uow: UnitOfWork, attempt_id: UUID, entry_id: UUID) -> None:
        """Take note, in the starting transaction, that the attempt began."""
        ...

    def attempt_ended(self, uow: UnitOfWork, attempt_id: UUID) -> None:
        """Take note, in the ending transaction, that the attempt ended."""
        ...

    def companion(self, session: Session, attempt_id: UUID) -> Companion | None:
        """Return what the examination page shows beside the questions, or None."""
        ...

    def prep_steps(self, session: Session, entry_id: UUID, person_id: UUID, at: datetime) -> list[PrepStep]:
        """Return the steps that the person sees before starting."""
        ...


#: Implemented by proctoring; an empty registry means that nothing stands in the way.
ATTEMPT_GATES: Group[AttemptGate] = Group(
    "lms.attempt_gates",
    ("name", "may_start", "may_release", "attempt_started", "attempt_ended", "companion", "prep_steps"),
)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """Something that counts like a mark: what it is for, the word of it (``kind`` colours it), what it rests on."""

    title: str
    kind: str
    word: str
    detail: str
    href: str = ""


class JournalShelf(Protocol):
    """What counts for a student like a mark and stands in no gradebook."""

    name: str

    def title(self) -> str:
        """Return what stands over the shelf, in the reader's language."""
        ...

    def lines(self, session: Session, actor: Actor, person_id: UUID, at: datetime) -> Sequence[JournalLine]:
        """Return what the actor may read of a student; an empty shelf is not shown."""
        ...


#: Implemented by plans: credits that are in force or suspended.
JOURNAL_SHELVES: Group[JournalShelf] = Group("lms.journal_shelves", ("name", "title", "lines"))
