"""Ask whether anything rare waits for a student, so that what is not there is not asked for one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lms.proctoring.models import FaceTemplate, LearnerStatement, ProctoringSession
from lms.proctoring.queries.identity import REMIND_BEFORE
from lms.proctoring.types import SessionState, TemplateState

__all__ = ["AWAITED", "awaited_values"]

#: For each kind whether there may be something: never false where there is, sometimes true where what there is has passed.
AWAITED = (
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


def awaited_values(at: datetime) -> dict[str, Any]:
    """Return what `AWAITED` asks for beside ``person_id``."""
    return {"soon": at + REMIND_BEFORE}
