"""Say what happened in assessment; upper floors listen."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from lms.core.events import Event

__all__ = ["AttemptGraded", "AttemptSubmitted", "ResultCounts", "ResultReleased"]


@dataclass(frozen=True, slots=True)
class AttemptSubmitted(Event):
    """An attempt ended: handed in by the student or by the end of its time."""

    KIND: ClassVar[str] = "assessment.attempt_submitted"

    attempt_id: UUID
    person_id: UUID
    session_id: UUID | None


@dataclass(frozen=True, slots=True)
class AttemptGraded(Event):
    """Every answer of an attempt has a grade and a result is proposed."""

    KIND: ClassVar[str] = "assessment.attempt_graded"

    attempt_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class ResultReleased(Event):
    """A sitting's result is out; ``reference`` is the opaque string given at admission to the roster."""

    KIND: ClassVar[str] = "assessment.result_released"

    result_id: UUID
    attempt_id: UUID
    session_id: UUID
    person_id: UUID
    reference: str
    score: Decimal
    mark: str
    is_passed: bool


@dataclass(frozen=True, slots=True)
class ResultCounts(Event):
    """A result stands for a place on a roster from now on, with what all its sittings come to by the plan's method.

    What rested on the other sittings' results was superseded in the same transaction.
    """

    KIND: ClassVar[str] = "assessment.result_counts"

    result_id: UUID
    attempt_id: UUID
    session_id: UUID
    person_id: UUID
    reference: str
    score: Decimal
    mark: str
    is_passed: bool
