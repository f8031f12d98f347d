"""Read who looked at a person's records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.models import AccessLog
from lms.core.paging import Page, paginate
from lms.people import queries as people

__all__ = ["AccessRow", "access_log"]


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One look or refusal: when, who, what."""

    at: datetime
    who: str
    action: str
    object_kind: str
    outcome: str


def access_log(session: Session, subject_id: UUID, number: int) -> Page[AccessRow]:
    """Return a page of the access log about a person, newest first."""
    statement = (
        sa.select(AccessLog).where(AccessLog.subject_person_id == subject_id).order_by(AccessLog.at.desc())
    )
    page = paginate(session, statement, number)
    cards = people.person_cards(session, [row.actor_person_id for row in page.items])
    items = [
        AccessRow(
            at=row.at,
            who=cards[row.actor_person_id].name if row.actor_person_id in cards else row.actor,
            action=row.action,
            object_kind=row.object_kind,
            outcome=row.outcome,
        )
        for row in page.items
    ]
    return Page(items, page.number, page.per_page, page.total)
