"""End courses: put one into the archive and take it out again, delete a draft that nobody ever took."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.courses.ending_reading import is_deletable
from lms.courses.models import (
    Block,
    Cohort,
    Course,
    CourseImport,
    CourseMedia,
    CourseMessage,
    CourseVersion,
    PlaceRequest,
    Section,
    Upload,
)
from lms.courses.notices import WISH_ANSWERED
from lms.courses.place_reading import LIVING
from lms.courses.service.authoring import course_to_write
from lms.courses.service.enrolling import askers
from lms.courses.service.uploading import forget_parts, part_keys
from lms.courses.types import RequestState
from lms.people.service import is_sending, notify

__all__ = ["archive_course", "delete_course", "restore_course", "set_public"]


def archive_course(uow: UnitOfWork, course_id: UUID) -> None:
    """Put a course into the archive: it stands in no list, takes nobody in, and whoever is in it goes on as before.

    Wishes for places are over, and those who wished hear of it. Doing it again changes nothing. Raises NotFound ``course.none``.
    """
    course = course_to_write(uow, course_id)
    uow.lock("course_places", course.id)
    if course.archived_at is not None:
        return
    course.archived_at, course.archived_by = uow.now(), uow.actor.person_id
    wishes = sa.select(PlaceRequest).where(
        PlaceRequest.course_id == course.id, PlaceRequest.state.in_(LIVING)
    )
    for wish in uow.session.scalars(wishes).all():
        wish.state, wish.offered_until, wish.changed_at = RequestState.REFUSED, None, uow.now()
        wish.decided_by = uow.actor.person_id
        if is_sending(uow):
            notify(uow, WISH_ANSWERED, wish.id, f"/courses/{course.id}", askers(wish))
    uow.session.flush()


def restore_course(uow: UnitOfWork, course_id: UUID) -> None:
    """Take a course out of the archive; wishes that were over stay over. Raises NotFound ``course.none``."""
    course = course_to_write(uow, course_id)
    course.archived_at = course.archived_by = None
    uow.session.flush()


def set_public(uow: UnitOfWork, course_id: UUID, *, is_public: bool) -> None:
    """Let everybody read what a course is about, guests and search machines too, or not any more; its steps stay inside.

    Raises NotFound ``course.none``.
    """
    course = course_to_write(uow, course_id)
    uow.require("courses.make_public", course)
    course.is_public = is_public
    uow.session.flush()


def delete_course(uow: UnitOfWork, course_id: UUID) -> None:
    """Delete a draft that was never published and that nobody ever took, with its media.

    Raises NotFound ``course.none``, Conflict ``course.not_deletable``.
    """
    course = course_to_write(uow, course_id)
    uow.require("courses.delete", course)
    uow.lock("course", course.id)
    uow.lock("course_places", course.id)
    if not is_deletable(uow.session, course.id):
        raise Conflict("course.not_deletable")
    _drop_media(uow, course.id)
    versions = sa.select(CourseVersion.id).where(CourseVersion.course_id == course.id)
    sections = sa.select(Section.id).where(Section.version_id.in_(versions))
    for statement in (
        sa.delete(CourseImport).where(CourseImport.course_id == course.id),
        sa.delete(CourseMessage).where(CourseMessage.course_id == course.id),
        sa.delete(Cohort).where(Cohort.course_id == course.id),
        sa.delete(Block).where(Block.section_id.in_(sections)),
        sa.delete(Section).where(Section.version_id.in_(versions)),
        sa.delete(CourseVersion).where(CourseVersion.course_id == course.id),
        sa.delete(Course).where(Course.id == course.id),
    ):
        uow.session.execute(statement, execution_options={"synchronize_session": False})
    uow.session.expire_all()


def _drop_media(uow: UnitOfWork, course_id: UUID) -> None:
    """Take the media of a course out; the bytes go where no other course has them, with the next sweep."""
    for upload in uow.session.scalars(sa.select(Upload).where(Upload.course_id == course_id)).all():
        uow.after_commit.append(partial(forget_parts, uow.runtime, part_keys(upload)))
        uow.session.delete(upload)
    uow.session.flush()
    own = sa.select(CourseMedia.file_id).where(CourseMedia.course_id == course_id)
    files = list(uow.session.scalars(own.distinct()))
    uow.session.execute(sa.delete(CourseMedia).where(CourseMedia.course_id == course_id))
    kept = sa.select(CourseMedia.file_id)
    uow.session.execute(
        sa.update(StoredFile)
        .where(StoredFile.id.in_(files), StoredFile.id.not_in(kept))
        .values(expires_at=uow.now()),
        execution_options={"synchronize_session": False},
    )
