"""Work that waits: end attempts whose time is over, mark what takes long, take over files of questions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.formats import read_file
from lms.assessment.marking_models import WaitingMark
from lms.assessment.models import Attempt, ItemImport
from lms.assessment.rules.items import mark_fields_safely
from lms.assessment.service import (
    LATER_STATES,
    claim_import,
    claim_marks,
    end_import,
    expire_attempt,
    import_question,
    keep_marks,
    start_reading,
)
from lms.assessment.service.imports import SILENT_S, is_silent
from lms.assessment.service.marking import mark_answers
from lms.assessment.settings import AssessmentSettings
from lms.assessment.types import OPEN_STATES, ImportState
from lms.core.actor import SYSTEM, Actor
from lms.core.errors import Conflict
from lms.core.jobs import Job
from lms.core.runtime import Runtime

__all__ = ["JOBS", "expire_attempts", "mark_later", "resume_imports", "resume_marks", "run_import"]

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


def mark_later(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Mark what has waited longest, outside of any transaction, and ask for the next; more urgent jobs come in between."""
    with runtime.unit_of_work(SYSTEM) as uow:
        work = claim_marks(uow)
    if work is None:
        return
    marked = mark_answers(
        runtime.registries.of(QUESTION_TYPES),
        work.questions,
        work.operations,
        work.accept_late_until,
        work.conduct,
        mark_fields_safely,
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        keep_marks(uow, work, marked)
    runtime.enqueue("assessment.mark_later", {})


def resume_marks(runtime: Runtime) -> None:
    """Wake a worker for marks whose wake-up was lost, whose worker died, or that are to be tried again."""
    now = runtime.clock.now()
    is_free = sa.or_(WaitingMark.claimed_until.is_(None), WaitingMark.claimed_until <= now)
    with runtime.read() as session:
        waiting = session.scalar(
            sa.select(WaitingMark.attempt_id)
            .join(Attempt, Attempt.id == WaitingMark.attempt_id)
            .where(is_free, Attempt.state.in_(LATER_STATES))
            .limit(1)
        )
    if waiting is not None:
        runtime.enqueue("assessment.mark_later", {})


JOBS: tuple[Job, ...] = (
    Job("assessment.import_items", run_import, priority=20),
    Job("assessment.mark_later", mark_later, priority=10),
)
