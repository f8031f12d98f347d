"""Read how a question worked in single works: marks, totals, what was answered; the figures of one exam plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, Grade, ItemVersion, ResponseEvent
from lms.assessment.queries.statistics import guessed_share
from lms.assessment.rules.item_stats import LEAST, ItemStats, MarkTable, TestStats, statistics
from lms.assessment.rules.responses import fold
from lms.assessment.types import AttemptState, Fields, OperationKind
from lms.core.db import bulk_in
from lms.core.registry import Registries

__all__ = ["MARKED", "ItemFigures", "Work", "answers_in", "plan_figures", "works_with"]

#: So many of the newest works are looked at one by one: more would not change the figures, only the wait.
WORKS_MAX = 1000
MARKED = (AttemptState.GRADED, AttemptState.RELEASED)


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """How one version of a question worked in one plan; ``figures`` is None below `LEAST` works.

    ``whole`` are the figures of the works as a whole. ``warnings`` are codes of `rules.item_stats`.
    """

    works: int
    figures: ItemStats | None = None
    whole: TestStats | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """One work: its plan, the marks by item version, and the place and greatest mark of each."""

    plan_id: UUID
    marks: dict[UUID, Decimal] = field(default_factory=dict)
    places: dict[UUID, tuple[int, Decimal]] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def total(self) -> float:
        """Return the mark of the whole work."""
        return float(sum(self.marks.values(), Decimal(0)))

    @property
    def percent(self) -> float:
        """Return the share of the points that the work earned (0..100)."""
        possible = float(sum((points for _slot, points in self.places.values()), Decimal(0)))
        return round(100 * self.total / possible, 6) if possible else 0.0


def plan_figures(
    session: Session, registries: Registries, version: ItemVersion, works: Sequence[Work]
) -> ItemFigures:
    """Return the figures of a version of a question in works of one plan; none below `LEAST` works."""
    if len(works) < LEAST:
        return ItemFigures(len(works))
    table, column = _table(works, version.id, guessed_share(registries.of(QUESTION_TYPES), version))
    found = statistics(table)
    warnings = tuple(code for code in found.warnings if code == "thin" or code.endswith(f":{version.id}"))
    return ItemFigures(len(works), found.items[column], found, warnings)


def _table(works: Sequence[Work], version_id: UUID, guess: Decimal | None) -> tuple[MarkTable, int]:
    """Return the table of the questions that all works have, and the column of the one that guessing is known of."""
    shared = set.intersection(*(set(work.marks) for work in works))
    columns = sorted(shared, key=lambda key: works[0].places[key][0])
    table = MarkTable(
        tuple(str(key) for key in columns),
        tuple(works[0].places[key][1] for key in columns),
        tuple(guess if key == version_id else None for key in columns),
        tuple(tuple(work.marks[key] for key in columns) for work in works),
    )
    return table, columns.index(version_id)


def works_with(
    session: Session, version_id: UUID, plan_id: UUID | None = None, most: int = WORKS_MAX
) -> dict[UUID, Work]:
    """Return the newest works with a version of a question that are marked to the end, the oldest first, by attempt.

    They are those of one plan's version, or of all.
    """
    newest = (
        sa.select(Attempt.id, Attempt.blueprint_version_id.label("plan_id"))
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(AttemptItem.item_version_id == version_id)
        .where(Attempt.ended_at.is_not(None), Attempt.state.in_(MARKED))
        .order_by(Attempt.id.desc())
        .limit(most)
    )
    if plan_id is not None:
        newest = newest.where(Attempt.blueprint_version_id == plan_id)
    chosen, later = newest.subquery(), aliased(Grade)
    is_superseded = sa.exists().where(
        later.attempt_item_id == Grade.attempt_item_id, later.number > Grade.number
    )
    rows = session.execute(
        sa.select(
            chosen.c.id,
            chosen.c.plan_id,
            AttemptItem.item_version_id,
            AttemptItem.slot,
            AttemptItem.points,
            Grade.fraction,
        )
        .join(AttemptItem, AttemptItem.attempt_id == chosen.c.id)
        .outerjoin(Grade, Grade.attempt_item_id == AttemptItem.id)
        .where(~is_superseded)
        .order_by(chosen.c.id)
    )
    works: dict[UUID, Work] = {}
    for attempt_id, of_plan, item_version_id, slot, points, fraction in rows:
        work = works.setdefault(attempt_id, Work(of_plan))
        work.places[item_version_id] = (slot, points)
        if fraction is None:
            work.is_whole = False
        else:
            work.marks[item_version_id] = fraction * points
    return {attempt: work for attempt, work in works.items() if work.is_whole}


def answers_in(
    session: Session, registries: Registries, version: ItemVersion, totals: Sequence[tuple[UUID, float]]
) -> list[tuple[list[str], float]]:
    """Return what was answered in words, with the total of the work, from (attempt, total) rows in their order."""
    kind = registries.of(QUESTION_TYPES).find(version.type)
    if kind is None:
        return []
    given = _last_fields(session, version.id, [attempt for attempt, _total in totals])
    rows = []
    for attempt, total in totals:
        seed, fields = given[attempt]
        said = kind.describe(version.content, seed, kind.parse(fields))
        rows.append(([said] if said else [], total))
    return rows


def _last_fields(
    session: Session, version_id: UUID, attempts: Sequence[UUID]
) -> dict[UUID, tuple[int, Fields]]:
    """Return the variant of one question and the answer that counts, of each work."""
    found: dict[UUID, tuple[int, Fields]] = {}
    for batch in bulk_in(attempts):
        events: dict[UUID, list[ResponseEvent]] = defaultdict(list)
        rows = session.execute(
            sa.select(AttemptItem.attempt_id, AttemptItem.slot, AttemptItem.variant_seed, ResponseEvent)
            .outerjoin(
                ResponseEvent,
                sa.and_(
                    ResponseEvent.attempt_id == AttemptItem.attempt_id,
                    ResponseEvent.slot == AttemptItem.slot,
                    ResponseEvent.kind.in_((OperationKind.ANSWER, OperationKind.CHECK)),
                ),
            )
            .where(AttemptItem.item_version_id == version_id, AttemptItem.attempt_id.in_(batch))
        ).all()
        for attempt, _slot, _seed, event in rows:
            if event is not None:
                events[attempt].append(event)
        for attempt, slot, seed, _event in rows:
            if attempt not in found:
                answer = fold(events[attempt]).get(slot)
                found[attempt] = (seed, answer.fields if answer else {})
    return found
