"""Ports of plans: what upper floors may implement for plans and credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.registry import Group

__all__ = ["EVIDENCE_SHELVES", "EvidenceShelf", "ShownFile", "ShownWork"]


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A stored file of a piece of work, encrypted for the student."""

    file_id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A piece of work that a student shows; without ``verified_by`` it is the student's own word."""

    id: UUID
    org_id: UUID
    title: str
    made_on: date
    hours: Decimal
    outcomes: frozenset[UUID]
    link: str = ""
    files: tuple[ShownFile, ...] = ()
    verified_by: UUID | None = None
    verified_at: datetime | None = None
    verified_note: str = ""


class EvidenceShelf(Protocol):
    """Where a student keeps works that can be shown as evidence in an application for credit."""

    name: str

    def works(self, session: Session, person_id: UUID) -> Sequence[ShownWork]:
        """Return the works that the student shows now, newest first."""
        ...


#: Implemented by profiles: the portfolio.
EVIDENCE_SHELVES: Group[EvidenceShelf] = Group("lms.evidence_shelves", ("name", "works"))
