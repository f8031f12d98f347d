"""Hand out and revoke secret calendar addresses of a plan."""

from __future__ import annotations

import secrets
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Forbidden
from lms.core.uow import UnitOfWork
from lms.plans.models import PlanFeed
from lms.plans.rules.calendar_feed import token_hash
from lms.plans.service.plans.opening import open_plan

__all__ = ["open_feed", "revoke_feed"]


def open_feed(uow: UnitOfWork, *, plan_id: UUID) -> str:
    """Return a new secret for the reader's calendar of this student's plan; an earlier one ends at once."""
    plan = open_plan(uow, plan_id, "plans.read")
    if uow.actor.person_id is None:
        raise Forbidden("plans.no_plan")
    revoke_feed(uow, plan_id=plan_id)
    token = secrets.token_urlsafe(24)
    uow.session.add(
        PlanFeed(
            reader_id=uow.actor.person_id,
            person_id=plan.person_id,
            token_hash=token_hash(token),
            created_at=uow.now(),
        )
    )
    uow.log_access("plans.read", plan.person_id, "plan_feed", plan.id, outcome="exported")
    uow.session.flush()
    return token


def revoke_feed(uow: UnitOfWork, *, plan_id: UUID) -> bool:
    """End the reader's address for this student's plan; return whether there was one."""
    plan = open_plan(uow, plan_id, "plans.read")
    row = uow.session.scalar(
        sa.select(PlanFeed).where(
            PlanFeed.reader_id == uow.actor.person_id, PlanFeed.person_id == plan.person_id
        )
    )
    if row is None:
        return False
    uow.session.delete(row)
    uow.session.flush()
    return True
