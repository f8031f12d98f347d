"""Number what comes late: a decision on it goes by these numbers, because a clock can be set back."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import AnswerFile, LateDecision, ResponseEvent

__all__ = ["decided_until", "has_undecided_late", "last_late_no"]


def last_late_no(session: Session, attempt_id: UUID) -> int:
    """Return the number of the newest late arrival of an attempt (0: there is none); the caller holds the attempt's row."""
    numbers = (
        session.scalar(sa.select(sa.func.max(model.late_no)).where(model.attempt_id == attempt_id))
        for model in (ResponseEvent, AnswerFile)
    )
    return max(number or 0 for number in numbers)


def decided_until(session: Session, attempt_id: UUID) -> int:
    """Return up to which late number somebody has decided, whatever the decision was."""
    newest = sa.select(sa.func.max(LateDecision.until)).where(LateDecision.attempt_id == attempt_id)
    return session.scalar(newest) or 0


def has_undecided_late(session: Session, attempt_id: UUID) -> bool:
    """Tell whether an answer or a file came late on which nobody has decided yet."""
    until = decided_until(session, attempt_id)
    answers = sa.select(ResponseEvent.slot).where(
        ResponseEvent.attempt_id == attempt_id, ResponseEvent.late_no > until, ResponseEvent.slot > 0
    )
    files = sa.select(AnswerFile.slot).where(AnswerFile.attempt_id == attempt_id, AnswerFile.late_no > until)
    return session.scalar(answers.limit(1)) is not None or session.scalar(files.limit(1)) is not None
