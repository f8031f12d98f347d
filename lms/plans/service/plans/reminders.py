"""Remind people, once for each term, of what is due soon in plans: an item's last day, a plan that ends without a next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from lms.core.uow import UnitOfWork
from lms.people.queries import guardians_told, is_told, staff_of
from lms.people.service import notify
from lms.people.types import AssignmentKind
from lms.plans.queries.deadlines import DueItem, EndingPlan, ending_plans, items_due
from lms.plans.service.plans.notices import ENDING, ITEM_DUE

__all__ = ["Reminder", "reminders_of_plans", "send_reminders"]

_WRITERS = frozenset({AssignmentKind.CLASS_TEACHER, AssignmentKind.TUTOR, AssignmentKind.HOME_TEACHER})


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing that people are told of: which, where it is read, and by whom."""

    kind: str
    ref_id: UUID
    path: str
    readers: frozenset[UUID]


def reminders_of_plans(session: Session, now: datetime, today: date) -> list[Reminder]:
    """Return what nobody was told of yet: items that are due soon, plans that end; whom to tell is looked up here, not while writing."""
    found: list[Reminder] = []
    for item in items_due(session, today):
        if not is_told(session, ITEM_DUE, _ref(item)):
            found.append(_of_item(session, item, now))
    for plan in ending_plans(session, today):
        if not is_told(session, ENDING, plan.plan_id):
            found.append(_of_plan(session, plan, now))
    return found


def send_reminders(uow: UnitOfWork, reminders: Iterable[Reminder]) -> int:
    """Have people hear of what is due (the system only); return how many letters wait."""
    uow.require("plans.approve")
    return sum(notify(uow, row.kind, row.ref_id, row.path, row.readers) for row in reminders)


def _of_item(session: Session, item: DueItem, now: datetime) -> Reminder:
    readers = frozenset(guardians_told(session, item.person_id, now) | {item.person_id})
    return Reminder(ITEM_DUE, _ref(item), f"/plans/{item.plan_id}#{item.stable_key}", readers)


def _of_plan(session: Session, plan: EndingPlan, now: datetime) -> Reminder:
    staff = staff_of(session, plan.person_id, now)
    writers = {who for kind, _subject, who in staff if kind in _WRITERS}
    readers = writers | guardians_told(session, plan.person_id, now)
    return Reminder(ENDING, plan.plan_id, f"/plans/{plan.plan_id}", frozenset(readers))


def _ref(item: DueItem) -> UUID:
    """Return the same id for the same item and day: another day is another term."""
    return uuid5(NAMESPACE_URL, f"lms:item:{item.plan_id}:{item.stable_key}:{item.deadline.isoformat()}")
