"""Slow work of courses: take files of other systems over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from lms.core.actor import SYSTEM, Actor
from lms.core.errors import Conflict, InvalidInput
from lms.core.jobs import Job
from lms.core.packages import Reason
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.formats.values import FoundCourse
from lms.courses.models import CourseImport
from lms.courses.service.import_jobs import SILENT_S, is_course_import_silent
from lms.courses.types import ImportState

__all__ = ["JOBS", "resume_imports", "run_import"]

log = structlog.get_logger(__name__)
BATCH = 50


class _OnlyLooked(Exception):
    """Leaves a transaction undone, with what it would have become."""

    def __init__(self, made: service.CourseImported) -> None:
        super().__init__()
        self.made = made


def run_import(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Take a course file over; safe to repeat: one that a worker left half-way begins again."""
    with runtime.unit_of_work(SYSTEM) as uow:
        order = service.claim_course_import(uow, UUID(payload["import_id"]))
    if order is None:
        return
    read = service.read_package(runtime, order.data)
    author = Actor("system", person_id=order.person_id)
    try:
        if read.course is None:
            with runtime.unit_of_work(author) as uow:
                service.fail_course_import(uow, order, read.reason or Reason("file.no_course"), read.place)
        elif order.is_trial:
            _look(runtime, author, order, read.course)
        else:
            _take(runtime, author, order, read.course)
    except Conflict:  # another worker took it over meanwhile
        log.info("course_import_elsewhere", import_id=str(order.id))


def _take(runtime: Runtime, author: Actor, order: service.ImportOrder, found: FoundCourse) -> None:
    try:
        with runtime.unit_of_work(author) as uow:
            taker = service.start_course_import(uow, order, found)
    except InvalidInput as error:
        with runtime.unit_of_work(author) as uow:
            service.fail_course_import(uow, order, Reason(error.code), "")
        return
    for number in range(len(found.sections)):
        with runtime.unit_of_work(author) as uow:
            service.take_section(uow, order, taker, number)
    with runtime.unit_of_work(author) as uow:
        service.end_course_import(uow, order)


def _look(runtime: Runtime, author: Actor, order: service.ImportOrder, found: FoundCourse) -> None:
    """Say what would become of a file; nothing of it stays."""
    try:
        with runtime.unit_of_work(author) as uow:
            raise _OnlyLooked(service.import_course(uow, order.new, found, order.name))
    except _OnlyLooked as looked:
        with runtime.unit_of_work(author) as uow:
            service.end_course_import(uow, order, looked.made)


def resume_imports(runtime: Runtime) -> None:
    """Go on with imports whose wake-up was lost or whose worker died."""
    now = runtime.clock.now()
    is_overdue = sa.and_(
        CourseImport.state == ImportState.WAITING,
        CourseImport.touched_at <= now - timedelta(seconds=SILENT_S),
    )
    with runtime.read() as session:
        left = sa.select(CourseImport.id).where(sa.or_(is_overdue, is_course_import_silent(now)))
        waiting = session.scalars(left.limit(BATCH)).all()
    for import_id in waiting:
        runtime.enqueue("courses.import_course", {"import_id": str(import_id)})


JOBS: tuple[Job, ...] = (Job("courses.import_course", run_import, priority=20),)
