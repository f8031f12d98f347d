"""Read how the questions of a session worked: marks by question, as `lms.assessment.rules.item_stats` takes them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QuestionType
from lms.assessment.models import Attempt, AttemptItem, Grade, Item, ItemVersion
from lms.assessment.rules.item_stats import LEAST, MarkTable, TestStats, statistics
from lms.assessment.types import AttemptState
from lms.core.registry import Registry

__all__ = ["SessionStatistics", "guessed_share", "session_statistics"]

_MARKED = (AttemptState.GRADED, AttemptState.RELEASED)


@dataclass(frozen=True, slots=True)
class SessionStatistics:
    """How a session's questions worked; ``found`` is None with fewer than ten works that are marked to the end."""

    works: int
    titles: dict[str, str]
    found: TestStats | None


def session_statistics(
    session: Session, types: Registry[QuestionType], session_id: UUID
) -> SessionStatistics:
    """Return the statistics of all works of a session that are marked to the end and have the same questions."""
    newest = (
        sa.select(Grade.attempt_item_id, sa.func.max(Grade.number).label("number"))
        .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.session_id == session_id)
        .group_by(Grade.attempt_item_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(AttemptItem.attempt_id, AttemptItem.item_version_id, AttemptItem.points, Grade.fraction)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(newest, newest.c.attempt_item_id == AttemptItem.id)
        .join(
            Grade,
            sa.and_(Grade.attempt_item_id == AttemptItem.id, Grade.number == newest.c.number),
        )
        .where(Attempt.session_id == session_id, Attempt.state.in_(_MARKED), Grade.fraction.is_not(None))
    )
    works: dict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
    points: dict[UUID, Decimal] = {}
    for attempt_id, version_id, most, fraction in rows:
        works[attempt_id][version_id] = (fraction or Decimal(0)) * most
        points[version_id] = most
    whole = [work for work in works.values() if len(work) == len(points)]
    versions = _versions(session, points)
    titles = {str(version.id): title for version, title in versions}
    if len(whole) < LEAST:
        return SessionStatistics(len(whole), titles, None)
    table = MarkTable(
        questions=tuple(titles),
        greatest=tuple(points[version.id] for version, _title in versions),
        guess=tuple(guessed_share(types, version) for version, _title in versions),
        marks=tuple(tuple(work[version.id] for version, _title in versions) for work in whole),
    )
    return SessionStatistics(len(whole), titles, statistics(table))


def _versions(session: Session, wanted: dict[UUID, Decimal]) -> list[tuple[ItemVersion, str]]:
    """Return the questions with their titles, in the order of their titles."""
    rows = session.execute(
        sa.select(ItemVersion, Item.title)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemVersion.id.in_(list(wanted)))
        .order_by(Item.title, ItemVersion.id)
    )
    return [(version, title) for version, title in rows]


def guessed_share(types: Registry[QuestionType], version: ItemVersion) -> Decimal | None:
    """Return what guessing earns on average, where the type can say it."""
    share = getattr(types.find(version.type), "guessed_share", None)
    found: Decimal | None = None if share is None else share(version.content)
    return found
