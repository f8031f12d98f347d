"""Work that waits: end attempts whose time is over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog

from lms.assessment.models import Attempt
from lms.assessment.service import expire_attempt
from lms.assessment.settings import AssessmentSettings
from lms.assessment.types import OPEN_STATES
from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime

__all__ = ["expire_attempts"]

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
