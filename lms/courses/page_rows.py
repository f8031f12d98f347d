"""Read the rows that nearly every page of a course wants: as plain values, each asked for once in a reading."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import PlainRows, read_settled
from lms.courses.models import Block, Course, CourseVersion, Enrolment
from lms.courses.types import EnrolmentState, VersionState

__all__ = ["blocks_by_id", "course_row", "enrolled_version", "enrolment_of"]

_COURSE = PlainRows(sa.select(Course).where(Course.id == sa.bindparam("course_id")))
_ENROLMENT = PlainRows(
    sa.select(Enrolment).where(
        Enrolment.person_id == sa.bindparam("person_id"),
        Enrolment.course_id == sa.bindparam("course_id"),
        Enrolment.state != EnrolmentState.WITHDRAWN,
    )
)
_VERSION = PlainRows(sa.select(CourseVersion).where(CourseVersion.id == sa.bindparam("version_id")))
_BLOCKS = PlainRows(sa.select(Block).where(Block.id.in_(sa.bindparam("ids", expanding=True))))


def course_row(session: Session, course_id: UUID) -> Course | None:
    """Return a course as plain values, or None."""
    found = _COURSE.fetch_once(session, course_id=course_id)
    return found[0][0] if found else None


def enrolment_of(session: Session, person_id: UUID, course_id: UUID) -> Enrolment | None:
    """Return the enrolment of a person in a course that was not withdrawn, as plain values, or None."""
    found = _ENROLMENT.fetch_once(session, person_id=person_id, course_id=course_id)
    return found[0][0] if found else None


def enrolled_version(session: Session, version_id: UUID) -> CourseVersion:
    """Return a version that somebody is enrolled in, as plain values.

    It was published, so its content stays as it is, and it is read once in a process; its ``state`` may be one of before.
    """

    def read() -> CourseVersion:
        return _VERSION.fetch(session, version_id=version_id)[0][0]

    return read_settled(
        session, ("course version", version_id), read, lambda found: found.state is not VersionState.DRAFT
    )


def blocks_by_id(session: Session, ids: Sequence[UUID]) -> list[Block]:
    """Return blocks as plain values, in the order in which they are named."""
    found = {block.id: block for (block,) in _BLOCKS.fetch_once(session, ids=tuple(ids))}
    return [found[block_id] for block_id in ids]
