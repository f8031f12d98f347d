"""Take a course file over outside of any request: it is read once, then written section by section.

Each section has a transaction of its own, so that others work meanwhile and everybody sees how far it is. A worker that was
killed leaves a draft that the next one empties and fills from the beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput
from lms.core.packages import Reason
from lms.core.uow import UnitOfWork
from lms.core.uploads import safe_name
from lms.courses.formats.values import FoundCourse, FoundSection
from lms.courses.models import Block, CourseImport, CourseMedia, CourseVersion, Section
from lms.courses.service.importing import CourseTaker, begin_course, rows_to_json
from lms.courses.types import ImportRow, ImportState, NewCourse

__all__ = [
    "ImportOrder",
    "begin_course_import",
    "claim_course_import",
    "end_course_import",
    "fail_course_import",
    "is_course_import_silent",
    "start_course_import",
    "take_file",
    "take_section",
    "try_section",
]

#: The files of imports are kept so long: to look again at what was refused.
KEPT_DAYS = 30
#: A worker that has shown nothing for so long is taken to have died: while it reads the file, and between two sections.
READING_S, SILENT_S = 1800, 300
#: So often a worker begins, then the import has failed.
TRIES = 3


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What a worker is to take over: the file, for whom, and whether it is only looked at."""

    id: UUID
    data: bytes
    new: NewCourse
    name: str
    person_id: UUID | None
    is_trial: bool
    tries: int


def begin_course_import(
    uow: UnitOfWork, new: NewCourse, data: bytes, name: str, *, is_trial: bool = False
) -> UUID:
    """Keep a course file, wake a worker and return the import's id; raise InvalidInput ``upload.empty``."""
    uow.require("courses.create", new.org_id)
    if not data:
        raise InvalidInput("upload.empty", fields={"file": ["upload.empty"]})
    stored = uow.store_file(
        data,
        area="imports",
        media_type="application/octet-stream",
        name=safe_name(name),
        expires_at=uow.in_days(KEPT_DAYS),
    )
    row = CourseImport(
        org_id=new.org_id,
        file_id=stored.id,
        name=name[:200],
        subject=new.subject,
        is_trial=is_trial,
        state=ImportState.WAITING,
        rows=[],
        created_by=uow.actor.person_id,
        created_at=uow.now(),
        touched_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.enqueue("courses.import_course", import_id=str(row.id))
    return row.id


def is_course_import_silent(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that nothing has been heard of a running import for too long."""
    limit = sa.case(
        (CourseImport.total.is_(None), now - timedelta(seconds=READING_S)),
        else_=now - timedelta(seconds=SILENT_S),
    )
    return sa.and_(CourseImport.state == ImportState.RUNNING, CourseImport.touched_at <= limit)


def claim_course_import(uow: UnitOfWork, import_id: UUID) -> ImportOrder | None:
    """Take an import for this worker; return None when another one has it or it is over."""
    uow.lock("course_import", import_id)
    row = uow.session.scalar(
        sa.select(CourseImport).where(
            CourseImport.id == import_id,
            sa.or_(CourseImport.state == ImportState.WAITING, is_course_import_silent(uow.now())),
        )
    )
    if row is None or row.file_id is None:
        return None
    row.tries, row.touched_at, row.state = row.tries + 1, uow.now(), ImportState.RUNNING
    if row.tries > TRIES:
        row.state, row.reason = ImportState.FAILED, "file.gave_up|"
        return None
    new = NewCourse(row.org_id, "", row.subject)
    data = uow.open_file(row.file_id)[1]
    return ImportOrder(row.id, data, new, row.name, row.created_by, row.is_trial, row.tries)


def start_course_import(uow: UnitOfWork, order: ImportOrder, found: FoundCourse) -> CourseTaker:
    """Begin the course, or empty what a worker before left of it, and note how many items there are."""
    uow.require("courses.create", order.new.org_id)
    row = _running(uow, order)
    row.total, row.done, row.rows, row.touched_at = _items(found), 0, [], uow.now()
    if row.course_id is None:
        row.course_id = begin_course(uow, order.new, found, order.name)
    else:
        _empty(uow, row.course_id)
    uow.session.flush()
    taker = CourseTaker(found)
    taker.enter(uow, row.course_id)
    return taker


def _items(found: FoundCourse) -> int:
    return sum(len(section.items) for section in found.sections)


def _empty(uow: UnitOfWork, course_id: UUID) -> None:
    """Take everything out of a course that an import had begun to write."""
    sections = sa.select(Section.id).join(CourseVersion).where(CourseVersion.course_id == course_id)
    uow.session.execute(sa.delete(Block).where(Block.section_id.in_(sections)))
    uow.session.execute(sa.delete(Section).where(Section.id.in_(sections.scalar_subquery())))
    uow.session.execute(sa.delete(CourseMedia).where(CourseMedia.course_id == course_id))
    uow.session.expire_all()


def take_file(uow: UnitOfWork, order: ImportOrder, taker: CourseTaker, key: str) -> None:
    """Store one file that was accepted before, so that no section's transaction waits for bytes."""
    uow.require("courses.create", order.new.org_id)
    row = _running(uow, order)
    taker.enter(uow, taker.course_id)
    taker.keep(key)
    row.touched_at = uow.now()


def try_section(uow: UnitOfWork, order: ImportOrder, taker: CourseTaker, section: FoundSection) -> None:
    """Find out what would become of a section; the caller undoes the transaction."""
    uow.require("courses.create", order.new.org_id)
    taker.enter(uow, begin_course(uow, order.new, taker.found, order.name))
    taker.section(section)


def take_section(uow: UnitOfWork, order: ImportOrder, taker: CourseTaker, number: int) -> None:
    """Write section ``number`` (from 0) of a file into the draft, and what became of its items."""
    uow.require("courses.create", order.new.org_id)
    row = _running(uow, order)
    taker.enter(uow, taker.course_id)
    taker.section(taker.found.sections[number])
    row.done += len(taker.found.sections[number].items)
    row.rows, row.touched_at = rows_to_json(taker.rows), uow.now()


def end_course_import(uow: UnitOfWork, order: ImportOrder, looked: Sequence[ImportRow] | None = None) -> None:
    """Close an import; ``looked`` is what a trial has found."""
    uow.require("courses.create", order.new.org_id)
    row = _running(uow, order)
    row.state, row.touched_at = ImportState.DONE, uow.now()
    if looked is not None:
        row.rows = rows_to_json(looked)
        row.total = row.done = len(looked)


def fail_course_import(uow: UnitOfWork, order: ImportOrder, reason: Reason, place: str) -> None:
    """Close an import of a file that is no course, with the reason."""
    uow.require("courses.create", order.new.org_id)
    row = _running(uow, order)
    row.state, row.touched_at, row.place = ImportState.FAILED, uow.now(), place[:300]
    row.reason = f"{reason.code}|{reason.detail}"[:300]


def _running(uow: UnitOfWork, order: ImportOrder) -> CourseImport:
    """Return an import that this worker has; raise Conflict ``course.import_elsewhere`` when another one took or ended it."""
    uow.lock("course_import", order.id)
    row = uow.session.get_one(CourseImport, order.id, populate_existing=True)
    if row.state is not ImportState.RUNNING or row.tries != order.tries:
        raise Conflict("course.import_elsewhere")
    return row
