"""Tell whether anything was left in a course that keeps it from being deleted."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.courses.models import CourseImport, CourseVersion, Enrolment, PlaceRequest, Post, Question
from lms.courses.types import ImportState, VersionState

__all__ = ["is_deletable"]

#: What people have left in a course; where there is any of it, the course is not deleted.
_LEFT_BY_PEOPLE = (Enrolment, PlaceRequest, Question, Post)


def is_deletable(session: Session, course_id: UUID) -> bool:
    """Tell whether a course is a draft that was never published, that nobody ever took and that no import still fills."""
    shown = sa.exists().where(CourseVersion.course_id == course_id, CourseVersion.state != VersionState.DRAFT)
    left = [sa.exists().where(kind.course_id == course_id) for kind in _LEFT_BY_PEOPLE]
    coming = sa.exists().where(
        CourseImport.course_id == course_id,
        CourseImport.state.in_((ImportState.WAITING, ImportState.RUNNING)),
    )
    return not session.scalar(sa.select(sa.or_(shown, coming, *left)))
