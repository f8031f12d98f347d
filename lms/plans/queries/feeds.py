"""Read secret calendar addresses and the dates that they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.queries import sessions_of
from lms.plans.models import PlanFeed
from lms.plans.queries.plans import PlanView
from lms.plans.rules.calendar_feed import CalendarEntry, token_hash
from lms.plans.types.plans import ItemState

__all__ = ["FeedOwner", "feed_entries", "feed_of", "has_feed"]


@dataclass(frozen=True, slots=True)
class FeedOwner:
    """Whose address this is, and whose plan it shows."""

    reader_id: UUID
    person_id: UUID


def feed_of(session: Session, token: str) -> FeedOwner | None:
    """Return who asked for a secret address, or None for an unknown or ended one."""
    row = session.scalar(sa.select(PlanFeed).where(PlanFeed.token_hash == token_hash(token)))
    return None if row is None else FeedOwner(row.reader_id, row.person_id)


def has_feed(session: Session, reader_id: UUID, person_id: UUID) -> bool:
    """Tell whether a reader has an address for a student's plan."""
    found = sa.select(PlanFeed.id).where(PlanFeed.reader_id == reader_id, PlanFeed.person_id == person_id)
    return session.scalar(found) is not None


def feed_entries(
    session: Session, plan: PlanView, words: Mapping[str, Callable[[Any], str]]
) -> list[CalendarEntry]:
    """Return the dates of a plan: what has to be finished, exams, the ends of the quarters.

    ``words`` has the sentences for ``deadline`` and ``exam`` (of a title) and ``period`` (of a number).
    """
    entries = [
        CalendarEntry(f"period-{plan.id}-{period.number}", words["period"](period.number), period.ends_on)
        for period in plan.periods
    ]
    exams = {card.id: card for card in sessions_of(session, [plan.org_id]) if not card.is_cancelled}
    for item in plan.items:
        if item.deadline is not None and item.state is not ItemState.ACHIEVED:
            title = words["deadline"](item.title)
            entries.append(CalendarEntry(f"item-{plan.id}-{item.stable_key}", title, item.deadline))
        for session_id in item.sessions:
            exam = exams.get(session_id)
            if exam is not None:
                entries.append(
                    CalendarEntry(
                        f"exam-{exam.id}-{item.stable_key}",
                        words["exam"](item.title),
                        exam.opens_at,
                        exam.closes_at,
                        exam.title,
                    )
                )
    return entries
