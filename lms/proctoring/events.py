"""Say what happened to identity checks and sittings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from lms.core.events import Event

__all__ = ["IdentityVerified", "SittingAnnulled", "SittingReinstated", "SittingReviewed"]


@dataclass(frozen=True, slots=True)
class IdentityVerified(Event):
    """A person's identity was confirmed for one entry."""

    KIND: ClassVar[str] = "proctoring.identity_verified"

    check_id: UUID
    person_id: UUID
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class SittingReviewed(Event):
    """People looked at a sitting and closed the review."""

    KIND: ClassVar[str] = "proctoring.sitting_reviewed"

    session_id: UUID
    attempt_id: UUID
    verdict: str


@dataclass(frozen=True, slots=True)
class SittingAnnulled(Event):
    """Two reviewers annulled a sitting."""

    KIND: ClassVar[str] = "proctoring.sitting_annulled"

    session_id: UUID
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class SittingReinstated(Event):
    """An annulled sitting counts again."""

    KIND: ClassVar[str] = "proctoring.sitting_reinstated"

    session_id: UUID
    attempt_id: UUID
