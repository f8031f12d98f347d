"""Read how a question worked in single works: marks, totals, what was answered; the figures of one exam plan, and of all.

Which works are counted together is decided by `rules.disclosure`: no two sums that are shown differ by a few works.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, Grade, ItemVersion, ResponseEvent
from lms.assessment.queries.statistics import guessed_share
from lms.assessment.rules.disclosure import counted, newest_of
from lms.assessment.rules.item_stats import LEAST, ItemStats, MarkTable, TestStats, statistics
from lms.assessment.rules.pooled_stats import PlanMarks, PooledStats, pooled_statistics
from lms.assessment.rules.responses import fold
from lms.assessment.types import AttemptState, Fields, OperationKind
from lms.core.db import bulk_in
from lms.core.registry import Registries

__all__ = [
    "MARKED",
    "ItemFigures",
    "VersionFigures",
    "Work",
    "answers_in",
    "counted_works",
    "plan_figures",
    "plan_works",
    "pooled_figures",
    "version_figures",
]

#: About so many of the newest works are looked at one by one: more would not change the figures, only the wait.
WORKS_MAX = 600
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


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """How one version of a question worked over all plans: its newest works; ``figures`` is None below `LEAST` of them."""

    works: int
    figures: PooledStats | None = None


@dataclass(slots=True)
class Work:
    """One work: its plan, the variant of the question in question, the marks by item version, the place and greatest mark of each."""

    plan_id: UUID
    seed: int = 0
    marks: dict[UUID, Decimal] = field(default_factory=dict)
    places: dict[UUID, tuple[int, Decimal]] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def total(self) -> float:
        """Return the mark of the whole work."""
        return float(sum(self.marks.values(), Decimal(0)))

    @property
    def possible(self) -> float:
        """Return the greatest mark of the whole work."""
        return float(sum((points for _slot, points in self.places.values()), Decimal(0)))

    @property
    def percent(self) -> float:
        """Return the share of the points that the work earned (0..100)."""
        return round(100 * self.total / self.possible, 6) if self.possible else 0.0

    def shares(self, version_id: UUID) -> tuple[float, float, float]:
        """Return the shares (0..1) that a question, all others and the whole work earned of their points."""
        own, greatest = float(self.marks[version_id]), float(self.places[version_id][1])
        total, possible = self.total, self.possible
        others = possible - greatest
        return (
            own / greatest if greatest else 0.0,
            (total - own) / others if others > 0 else 0.0,
            total / possible if possible else 0.0,
        )


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


def pooled_figures(registries: Registries, version: ItemVersion, works: Iterable[Work]) -> PooledStats | None:
    """Return the figures of a version of a question in works of any plans; None below `LEAST` works."""
    guess = guessed_share(registries.of(QUESTION_TYPES), version)
    by_plan: dict[UUID, list[Work]] = defaultdict(list)
    for work in works:
        by_plan[work.plan_id].append(work)
    plans = []
    for of_plan in by_plan.values():
        own, rest, whole = zip(*(work.shares(version.id) for work in of_plan), strict=True)
        plans.append(PlanMarks(own, rest, whole, *_table(of_plan, version.id, guess)))
    return pooled_statistics(plans, None if guess is None else float(guess))


def version_figures(session: Session, registries: Registries, version_id: UUID) -> VersionFigures:
    """Return how a version of a question worked over all plans, from its newest works."""
    version = session.get_one(ItemVersion, version_id)
    works = [work for block in counted_works(session, version.id) for work in block.values()]
    return VersionFigures(len(works), pooled_figures(registries, version, works))


def counted_works(session: Session, version_id: UUID) -> list[dict[UUID, Work]]:
    """Return the newest works with a version of a question, about `WORKS_MAX`, by attempt, in the blocks that are counted together.

    A block is one plan, or all plans that have few works; they come whole, the newest first. One block below `LEAST` works is all
    that there is.
    """
    sizes = _sizes(session, version_id)
    told = counted({plan: count for plan, (count, _last) in sizes.items()})
    blocks = sorted(
        told.blocks or filter(None, [told.loose]),
        key=lambda plans: max(sizes[plan][1] for plan in plans),
        reverse=True,
    )
    found: list[dict[UUID, Work]] = []
    for plans in blocks:
        if sum(map(len, found)) >= WORKS_MAX:
            break
        found.append(_works(session, version_id, plans, sum(sizes[plan][0] for plan in plans)))
    return found


def plan_works(session: Session, version_id: UUID, plan_id: UUID) -> dict[UUID, Work]:
    """Return the newest works of one plan with a version of a question, about `WORKS_MAX`, the oldest first, by attempt."""
    count, _last = _sizes(session, version_id).get(plan_id, (0, None))
    return _works(session, version_id, [plan_id], count) if count else {}


def _is_marked(version_id: UUID) -> sa.ColumnElement[bool]:
    """Return the condition of works with a question that are marked to the end."""
    return sa.and_(
        AttemptItem.item_version_id == version_id, Attempt.ended_at.is_not(None), Attempt.state.in_(MARKED)
    )


def _sizes(session: Session, version_id: UUID) -> Mapping[UUID, tuple[int, datetime]]:
    """Return how many works of each plan have a question, and when the newest of them ended."""
    rows = session.execute(
        sa.select(Attempt.blueprint_version_id, sa.func.count(), sa.func.max(Attempt.ended_at))
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(_is_marked(version_id))
        .group_by(Attempt.blueprint_version_id)
    )
    return {plan: (count, last) for plan, count, last in rows if last is not None}


def _works(session: Session, version_id: UUID, plan_ids: Collection[UUID], count: int) -> dict[UUID, Work]:
    """Return the newest works of some plans with a question, the oldest first; ``count`` is how many there are."""
    chosen = (
        sa.select(Attempt.id, Attempt.blueprint_version_id.label("plan_id"))
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(_is_marked(version_id), Attempt.blueprint_version_id.in_(plan_ids))
        .order_by(Attempt.id.desc())
        .limit(newest_of(count, WORKS_MAX))
        .subquery()
    )
    later = aliased(Grade)
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
            AttemptItem.variant_seed,
            Grade.fraction,
        )
        .join(AttemptItem, AttemptItem.attempt_id == chosen.c.id)
        .outerjoin(Grade, Grade.attempt_item_id == AttemptItem.id)
        .where(~is_superseded)
        .order_by(chosen.c.id)
    )
    works: dict[UUID, Work] = {}
    for attempt_id, of_plan, item_version_id, slot, points, seed, fraction in rows:
        work = works.setdefault(attempt_id, Work(of_plan))
        work.places[item_version_id] = (slot, points)
        if item_version_id == version_id:
            work.seed = seed
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
