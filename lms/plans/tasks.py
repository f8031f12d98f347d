"""Work on many plans that waits: in small transactions, with the rights of whoever asked for it; letters of what is due soon."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from lms.core.actor import SYSTEM, Actor
from lms.core.errors import Conflict, Forbidden, NotAuthenticated, NotFound
from lms.core.runtime import Runtime
from lms.people.queries import roles_of
from lms.people.service import is_sending
from lms.plans.plan_models import PlanBulk
from lms.plans.plan_reading import local_day
from lms.plans.service.plans.bulk_runs import bulk_step, claim_bulk, fail_bulk, is_overdue
from lms.plans.service.plans.reminders import reminders_of_plans, send_reminders

__all__ = ["remind_of_plans", "resume_bulk", "run_bulk"]

log = structlog.get_logger(__name__)
BATCH = 50


def run_bulk(runtime: Runtime, payload: dict[str, Any]) -> None:
    """Do work on many plans, each in a transaction of its own; safe to repeat, goes on where it stopped."""
    bulk_id = UUID(payload["bulk_id"])
    with runtime.unit_of_work(SYSTEM) as uow:
        claim = claim_bulk(uow, bulk_id)
    if claim is None:
        return
    try:
        while _step(runtime, bulk_id, claim.asked_by):
            pass
    except (Forbidden, NotAuthenticated, NotFound):
        with runtime.unit_of_work(SYSTEM) as uow:
            fail_bulk(uow, bulk_id, "plans.bulk_no_right")
    except Conflict:  # another worker took it over meanwhile and goes on
        log.info("bulk_elsewhere", bulk_id=str(bulk_id))


def _step(runtime: Runtime, bulk_id: UUID, person_id: UUID) -> bool:
    """Do one step as whoever asked, with the roles that they hold now."""
    with runtime.read() as session:
        roles = roles_of(session, person_id, runtime.clock.now())
    with runtime.unit_of_work(Actor("person", person_id=person_id, roles=roles)) as uow:
        return bulk_step(uow, bulk_id)


def resume_bulk(runtime: Runtime) -> None:
    """Go on with work whose wake-up was lost or whose worker died."""
    with runtime.read() as session:
        waiting = session.scalars(
            sa.select(PlanBulk.id).where(is_overdue(runtime.clock.now())).order_by(PlanBulk.id).limit(BATCH)
        ).all()
    for bulk_id in waiting:
        runtime.enqueue("plans.bulk", {"bulk_id": str(bulk_id)})


def remind_of_plans(runtime: Runtime) -> int:
    """Have people told of what is due soon in plans; whom is looked up outside of any transaction that writes.

    Returns how many letters wait. A few at a time: a large school keeps nobody else waiting.
    """
    with runtime.unit_of_work(SYSTEM) as uow:
        if not is_sending(uow):
            return 0
    with runtime.read() as session:
        waiting = reminders_of_plans(session, runtime.clock.now(), local_day(runtime))
    told = 0
    for start in range(0, len(waiting), BATCH):
        with runtime.unit_of_work(SYSTEM) as uow:
            told += send_reminders(uow, waiting[start : start + BATCH])
    return told
