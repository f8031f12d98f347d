"""Read in one statement whether anything rare waits for a student, so that what is not there is not asked for one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import fetch
from lms.proctoring.models import FaceTemplate, LearnerStatement, ProctoringSession
from lms.proctoring.queries.identity import REMIND_BEFORE
from lms.proctoring.types import SessionState, TemplateState

__all__ = ["Awaited", "awaited"]

_AWAITED = sa.select(
    sa.exists()
    .where(
        ProctoringSession.person_id == sa.bindparam("person_id"),
        ProctoringSession.state == SessionState.QUEUED,
        LearnerStatement.session_id == ProctoringSession.id,
        LearnerStatement.answered_at.is_(None),
    )
    .label("question"),
    sa.exists()
    .where(
        FaceTemplate.person_id == sa.bindparam("person_id"),
        FaceTemplate.state == TemplateState.ACTIVE,
        FaceTemplate.expires_at <= sa.bindparam("soon"),
    )
    .label("sample"),
)


@dataclass(frozen=True, slots=True)
class Awaited:
    """For which kinds there may be something: never False where there is, sometimes True where what there is has passed."""

    question: bool
    sample: bool


def awaited(session: Session, person_id: UUID, at: datetime) -> Awaited:
    """Return of which kinds something may wait for a student: of the others their own questions would find nothing."""
    found = fetch(session, _AWAITED, person_id=person_id, soon=at + REMIND_BEFORE)[0]
    return Awaited(*(bool(each) for each in found))
