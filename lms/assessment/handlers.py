"""Tell courses what an examination that stands in them has come to."""

from __future__ import annotations

from lms.assessment.events import ResultCounts
from lms.assessment.queries import result_standing
from lms.assessment.types import Standing
from lms.core.uow import UnitOfWork
from lms.courses import service as courses

__all__ = ["result_counts"]


def result_counts(uow: UnitOfWork, event: ResultCounts) -> None:
    """Give the score to every course in which the examination stands as a graded test; one that was superseded gives none."""
    if result_standing(uow.session, event.result_id) is Standing.COUNTS:
        courses.take_result(
            uow, event.person_id, event.session_id, event.result_id, event.score, is_passed=event.is_passed
        )
