"""Read court restrictions of guardians."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.people.models import Guardianship
from lms.people.restriction_models import GuardianRestriction

__all__ = ["RestrictionView", "is_recorded_guardian", "restrictions_of"]


@dataclass(frozen=True, slots=True)
class RestrictionView:
    """One restriction: by which document it was set, who asked for its lifting, when it was lifted."""

    document_ref: str
    set_at: datetime
    lift_document_ref: str
    lift_asked_by: UUID | None
    lifted_at: datetime | None

    @property
    def is_standing(self) -> bool:
        """Tell whether it holds."""
        return self.lifted_at is None


def is_recorded_guardian(session: Session, child_id: UUID, adult_id: UUID) -> bool:
    """Tell whether an adult is, or ever was, recorded as a child's guardian."""
    found = sa.exists().where(Guardianship.child_id == child_id, Guardianship.adult_id == adult_id)
    return bool(session.scalar(sa.select(found)))


def restrictions_of(session: Session, child_id: UUID, adult_id: UUID) -> list[RestrictionView]:
    """Return every restriction of an adult towards a child, newest first."""
    rows = session.scalars(
        sa.select(GuardianRestriction)
        .where(GuardianRestriction.child_id == child_id, GuardianRestriction.adult_id == adult_id)
        .order_by(GuardianRestriction.id.desc())
    )
    return [
        RestrictionView(r.document_ref, r.set_at, r.lift_document_ref, r.lift_asked_by, r.lifted_at)
        for r in rows
    ]
