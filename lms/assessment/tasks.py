"""Work that waits: end attempts whose time is over, take over files of questions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from lms.assessment.formats import read_file
from lms.assessment.models import Attempt, ItemImport
from lms.assessment.service import claim_import, end_import, expire_attempt, import_question, start_reading
from lms.assessment.service.imports import SILENT_S, is_silent
from lms.assessment.settings import AssessmentSettings
from lms.assessment.types import OPEN_STATES, ImportState
from lms.core.actor import SYSTEM, Actor
from lms.core.errors import Conflict
from lms.core.jobs import Job
from lms.core.runtime import Runtime

__all__ = ["JOBS", "expire_attempts", "resume_imports", "run_import"]

log = structlog.get_logger(__name__)
BATCH = 200


def expire_attempts(runtime: Runtime) -> None:
    """End every attempt whose deadline and grace are over, each in its own transaction, once."""
    grace = timedelta(seconds=runtime.settings.of(AssessmentSettings).grace_s)
    with runtime.read() as session:
        due = session.scalars(
            sa.select(Attempt.id)
            .where(Attempt.state.in_(OPEN_STATES), Attempt.deadline_at <= runtime.clock.now() - grace)
            .order_by(Attempt.deadline_at)
            .limit(BATCH)
        ).all()
    for attempt_id in due:
        _expire(runtime, attempt_id)


def _expire(runtime: Runtime, attempt_id: UUID) -> None:
    """End one attempt; a fault in it is logged and must not keep the others from ending."""
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            ended = expire_attempt(uow, attempt_id)
    except Exception:  # one faulty attempt must not keep the others from ending; it is logged and tried again
        log.exception("attempt_not_ended", attempt_id=str(attempt_id))
    else:
        log.info("attempt_time_over", attempt_id=str(attempt_id), state=ended.state.value)


def run_import(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Take over a file of questions, each in a transaction of its own; safe to repeat, goes on where it stopped."""
    import_id = UUID(payload["import_id"])
    with runtime.unit_of_work(SYSTEM) as uow:
        claimed = claim_import(uow, import_id)
    if claimed is None:
        return
    data, person_id = claimed
    author = Actor("system", person_id=person_id)
    read = read_file(data)
    try:
        with runtime.unit_of_work(author) as uow:
            done = start_reading(uow, import_id, len(read.questions))
        for number, found in enumerate(read.questions[done:], start=done + 1):
            with runtime.unit_of_work(author) as uow:
                import_question(uow, import_id, number, found)
        with runtime.unit_of_work(author) as uow:
            end_import(uow, import_id, read)
    except Conflict:  # another worker took it over meanwhile and goes on
        log.info("import_elsewhere", import_id=str(import_id))


def resume_imports(runtime: Runtime) -> None:
    """Go on with imports whose wake-up was lost or whose worker died."""
    now = runtime.clock.now()
    is_overdue = sa.and_(
        ItemImport.state == ImportState.WAITING, ItemImport.touched_at <= now - timedelta(seconds=SILENT_S)
    )
    with runtime.read() as session:
        waiting = session.scalars(
            sa.select(ItemImport.id)
            .where(sa.or_(is_overdue, sa.and_(ItemImport.state == ImportState.RUNNING, is_silent(now))))
            .limit(BATCH)
        ).all()
    for import_id in waiting:
        runtime.enqueue("assessment.import_items", {"import_id": str(import_id)})


JOBS: tuple[Job, ...] = (Job("assessment.import_items", run_import, priority=20),)
