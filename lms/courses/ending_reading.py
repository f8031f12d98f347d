"""Tell what holds the versions of a course: what keeps it from being deleted, and who is still in an earlier one."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.courses.models import CourseImport, CourseVersion, Enrolment, PlaceRequest, Post, Question
from lms.courses.types import EnrolmentState, ImportState, VersionState

__all__ = ["is_deletable", "is_first_draft", "left_behind"]

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


def is_first_draft(session: Session, course_id: UUID) -> bool:
    """Tell whether a course was never published: its draft is all there is of it."""
    shown = sa.exists().where(CourseVersion.course_id == course_id, CourseVersion.state != VersionState.DRAFT)
    return not session.scalar(sa.select(shown))


def left_behind(session: Session, course_id: UUID) -> int:
    """Return how many are under way in an earlier version than the published one; 0 where none is published."""
    published = sa.select(CourseVersion.id).where(
        CourseVersion.course_id == course_id, CourseVersion.state == VersionState.PUBLISHED
    )
    behind = sa.select(sa.func.count()).where(
        Enrolment.course_id == course_id,
        Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.PAUSED)),
        Enrolment.version_id != published.scalar_subquery(),
    )
    return session.scalar(behind) or 0
