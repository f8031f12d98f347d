"""Offer a student's portfolio where learning elsewhere is applied for (port of plans)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from lms.plans.ports import ShownFile, ShownWork
from lms.profiles.queries.portfolio import WorkView, works_of

__all__ = ["PortfolioShelf"]


class PortfolioShelf:
    """The works of a portfolio, each with the word of the teacher who confirmed it."""

    name = "portfolio"

    def works(self, session: Session, person_id: UUID) -> Sequence[ShownWork]:
        """Return the works that the student shows now, newest first."""
        return [_shown(work) for work in works_of(session, person_id)]


def _shown(work: WorkView) -> ShownWork:
    said = work.confirmed
    return ShownWork(
        id=work.id,
        org_id=work.org_id,
        title=work.title,
        made_on=work.made_on,
        hours=work.hours,
        outcomes=frozenset(outcome_id for outcome_id, _statement in work.outcomes),
        link=work.link,
        files=tuple(
            ShownFile(row.file_id, row.name, row.media_type, row.size_bytes, row.sha256) for row in work.files
        ),
        verified_by=said.said_by if said else None,
        verified_at=said.said_at if said else None,
        verified_note=said.reason if said else "",
    )
