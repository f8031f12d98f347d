"""Slow work of courses: take files of other systems over."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from lms.core.actor import SYSTEM, Actor
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotAuthenticated, NotFound
from lms.core.jobs import Job
from lms.core.packages import Reason
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.formats.values import FoundCourse, FoundSection
from lms.courses.models import CourseImport, PlaceRequest
from lms.courses.service.import_jobs import SILENT_S, is_course_import_silent
from lms.courses.types import ImportState, RequestState
from lms.people.queries import roles_of

__all__ = ["JOBS", "lapse_offers", "resume_imports", "run_import"]

log = structlog.get_logger(__name__)
BATCH = 50
#: Why an import ends: the file says no course, or who asked for it may not write one (any more).
_REFUSALS = (InvalidInput, Forbidden, NotAuthenticated, NotFound)


class _OnlyLooked(Exception):
    """Leaves a transaction undone."""


def run_import(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Take a course file over with the rights of whoever asked; safe to repeat: one left half-way begins again."""
    with runtime.unit_of_work(SYSTEM) as uow:
        order = service.claim_course_import(uow, UUID(payload["import_id"]))
    if order is None:
        return
    read = service.read_package(runtime, order.data)
    try:
        if read.course is None:
            _fail(runtime, order, read.reason or Reason("file.no_course"), read.place)
        elif order.is_trial:
            _look(runtime, order, read.course)
        else:
            _take(runtime, order, read.course)
    except Conflict:  # another worker took it over meanwhile
        log.info("course_import_elsewhere", import_id=str(order.id))


def _author(runtime: Runtime, order: service.ImportOrder) -> Actor:
    """Return whoever asked, with the roles that they hold now."""
    if order.person_id is None:
        return SYSTEM
    with runtime.read() as session:
        roles = roles_of(session, order.person_id, runtime.clock.now())
    return Actor("person", person_id=order.person_id, roles=roles)


def _fail(runtime: Runtime, order: service.ImportOrder, reason: Reason, place: str = "") -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.fail_course_import(uow, order, reason, place)


def _take(runtime: Runtime, order: service.ImportOrder, found: FoundCourse) -> None:
    """Write a course section by section; its files are looked at outside of any transaction and stored one by one."""
    try:
        with runtime.unit_of_work(_author(runtime, order)) as uow:
            taker = service.start_course_import(uow, order, found)
        for number, section in enumerate(found.sections):
            for key in taker.files_of(section):
                if taker.accept(runtime, key):
                    with runtime.unit_of_work(_author(runtime, order)) as uow:
                        service.take_file(uow, order, taker, key)
            with runtime.unit_of_work(_author(runtime, order)) as uow:
                service.take_section(uow, order, taker, number)
        with runtime.unit_of_work(_author(runtime, order)) as uow:
            service.end_course_import(uow, order)
    except _REFUSALS as error:
        _fail(runtime, order, Reason(error.code))


def _look(runtime: Runtime, order: service.ImportOrder, found: FoundCourse) -> None:
    """Say what would become of a file; nothing of it stays."""
    taker = service.CourseTaker(found, is_trial=True)
    try:
        for section in found.sections or (FoundSection("", "", ""),):
            for key in taker.files_of(section):
                taker.accept(runtime, key)
            with suppress(_OnlyLooked), runtime.unit_of_work(_author(runtime, order)) as uow:
                service.try_section(uow, order, taker, section)
                raise _OnlyLooked
        with runtime.unit_of_work(_author(runtime, order)) as uow:
            service.end_course_import(uow, order, taker.rows)
    except _REFUSALS as error:
        _fail(runtime, order, Reason(error.code))


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


def lapse_offers(runtime: Runtime) -> None:
    """End offers of places whose time is over; each place goes to the next in the queue."""
    over = sa.select(PlaceRequest.id).where(
        PlaceRequest.state == RequestState.OFFERED, PlaceRequest.offered_until < runtime.clock.now()
    )
    with runtime.read() as session:
        found = session.scalars(over.order_by(PlaceRequest.offered_until).limit(BATCH)).all()
    for request_id in found:
        with runtime.unit_of_work(SYSTEM) as uow:
            service.lapse_offer(uow, request_id)


def run_upload(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Put a file together that came in parts."""
    service.finish_upload(runtime, UUID(payload["upload_id"]))


JOBS: tuple[Job, ...] = (
    Job("courses.import_course", run_import, priority=20),
    Job("courses.finish_upload", run_upload, priority=40),
)
