"""Remind people, once for each term, of what is due soon in plans: an item's last day, a plan that ends without a next one."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from lms.core.uow import UnitOfWork
from lms.people.queries import guardians_of, staff_of
from lms.people.service import is_sending, notify
from lms.people.types import AssignmentKind, Relation
from lms.plans.plan_reading import local_day
from lms.plans.queries.deadlines import DueItem, ending_plans, items_due
from lms.plans.service.plans.notices import ENDING, ITEM_DUE

__all__ = ["remind_of_plans"]

_WRITERS = frozenset({AssignmentKind.CLASS_TEACHER, AssignmentKind.TUTOR, AssignmentKind.HOME_TEACHER})


def remind_of_plans(uow: UnitOfWork) -> int:
    """Have students and families hear of items that are due, and those who write a plan of one that ends; return the letters."""
    uow.require("plans.approve")
    if not is_sending(uow):
        return 0
    session, now, today = uow.session, uow.now(), local_day(uow.runtime)
    told = 0
    for item in items_due(session, today):
        ref, place = _ref(item), f"#{item.stable_key}"
        told += notify(uow, ITEM_DUE, ref, f"/plan{place}", [item.person_id])
        family = _told_family(uow, item.person_id)
        told += notify(uow, ITEM_DUE, ref, f"/plans/{item.plan_id}{place}", family)
    for plan in ending_plans(session, today):
        writers = {who for kind, _subject, who in staff_of(session, plan.person_id, now) if kind in _WRITERS}
        told += notify(uow, ENDING, plan.plan_id, f"/plans/{plan.plan_id}", writers)
        told += notify(uow, ENDING, plan.plan_id, f"/plans/{plan.plan_id}", _told_family(uow, plan.person_id))
    return told


def _told_family(uow: UnitOfWork, person_id: UUID) -> set[UUID]:
    """Return the guardians who may both read the plan and be told."""
    now, session = uow.now(), uow.session
    may_read = set(guardians_of(session, person_id, now, Relation.GUARDIAN_VIEW))
    return may_read & set(guardians_of(session, person_id, now, Relation.GUARDIAN_RECEIVE))


def _ref(item: DueItem) -> UUID:
    """Return the same id for the same item and day: another day is another term."""
    return uuid5(NAMESPACE_URL, f"lms:item:{item.plan_id}:{item.stable_key}:{item.deadline.isoformat()}")
