"""Read how a question worked in the works in which it was given, one plan of an examination at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    Blueprint,
    BlueprintItem,
    BlueprintVersion,
    Grade,
    ItemVersion,
    ResponseEvent,
)
from lms.assessment.queries.statistics import guessed_share
from lms.assessment.rules.item_fairness import OptionStats, options_chosen
from lms.assessment.rules.item_stats import LEAST, ItemStats, MarkTable, TestStats, statistics
from lms.assessment.rules.responses import fold
from lms.assessment.types import AttemptState, Fields
from lms.core.db import bulk_in
from lms.core.registry import Registries

__all__ = ["ItemFigures", "Work", "answers_given", "item_statistics", "whole_works"]

#: So many of the newest works of a plan are looked at: more would not change the figures, only the wait.
WORKS_MAX = 2000
#: So many different answers are listed.
OPTIONS_MAX = 12
#: An answer is shown only when so many gave it: nobody's own words are.
SAID_LEAST = 5
_MARKED = (AttemptState.GRADED, AttemptState.RELEASED)


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """How one version of a question worked in one plan; ``figures`` is None below `LEAST` works.

    ``plan_id`` is the version of the plan; ``whole`` are the figures of the works as a whole. ``warnings`` are codes of
    `rules.item_stats`; ``variants`` are (variant seed, works, mean share) where several were given.
    """

    plan_id: UUID
    plan_title: str
    item_number: int
    works: int
    figures: ItemStats | None = None
    whole: TestStats | None = None
    warnings: tuple[str, ...] = ()
    options: tuple[OptionStats, ...] = ()
    variants: tuple[tuple[int, int, float], ...] = field(default_factory=tuple)


@dataclass(slots=True)
class Work:
    """One work: the marks by item version; and slot, variant and greatest mark by item version."""

    marks: dict[UUID, Decimal] = field(default_factory=dict)
    places: dict[UUID, tuple[int, int, Decimal]] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def total(self) -> float:
        """Return the mark of the whole work."""
        return float(sum(self.marks.values(), Decimal(0)))


def item_statistics(session: Session, registries: Registries, item_id: UUID) -> list[ItemFigures]:
    """Return a question's figures in every plan in which it was given, by title; works not wholly marked do not count."""
    rows = session.execute(
        sa.select(BlueprintVersion.id, Blueprint.title, ItemVersion)
        .join(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
        .join(BlueprintItem, BlueprintItem.blueprint_version_id == BlueprintVersion.id)
        .join(ItemVersion, ItemVersion.id == BlueprintItem.item_version_id)
        .where(ItemVersion.item_id == item_id)
        .order_by(Blueprint.title, BlueprintVersion.number.desc())
    ).all()
    found = [_figures(session, registries, plan_id, title, version) for plan_id, title, version in rows]
    return [figures for figures in found if figures.works]


def _figures(
    session: Session, registries: Registries, plan_id: UUID, title: str, version: ItemVersion
) -> ItemFigures:
    works = whole_works(session, plan_id)
    given = [(attempt, work) for attempt, work in works.items() if version.id in work.marks]
    if len(given) < LEAST:
        return ItemFigures(plan_id, title, version.number, len(given))
    guess = guessed_share(registries.of(QUESTION_TYPES), version)
    table, column = _table([work for _attempt, work in given], version.id, guess)
    found = statistics(table)
    return ItemFigures(
        plan_id,
        title,
        version.number,
        len(given),
        found.items[column],
        found,
        tuple(code for code in found.warnings if code == "thin" or code.endswith(f":{version.id}")),
        tuple(
            option
            for option in options_chosen(answers_given(session, registries, version, given))[:OPTIONS_MAX]
            if option.chosen >= SAID_LEAST
        ),
        _variants([work for _attempt, work in given], version.id),
    )


def whole_works(session: Session, plan_id: UUID) -> dict[UUID, Work]:
    """Return the newest works of a version of a plan that are marked to the end, by attempt."""
    newest = (
        sa.select(Attempt.id)
        .where(
            Attempt.blueprint_version_id == plan_id,
            Attempt.ended_at.is_not(None),
            Attempt.state.in_(_MARKED),
        )
        .order_by(Attempt.id.desc())
        .limit(WORKS_MAX)
        .subquery()
    )
    last = (
        sa.select(Grade.attempt_item_id, sa.func.max(Grade.number).label("number"))
        .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
        .where(AttemptItem.attempt_id.in_(sa.select(newest.c.id)))
        .group_by(Grade.attempt_item_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(AttemptItem, Grade.fraction)
        .join(newest, newest.c.id == AttemptItem.attempt_id)
        .outerjoin(last, last.c.attempt_item_id == AttemptItem.id)
        .outerjoin(Grade, sa.and_(Grade.attempt_item_id == AttemptItem.id, Grade.number == last.c.number))
    )
    works: dict[UUID, Work] = defaultdict(Work)
    for item, fraction in rows:
        work = works[item.attempt_id]
        work.places[item.item_version_id] = (item.slot, item.variant_seed, item.points)
        if fraction is None:
            work.is_whole = False
        else:
            work.marks[item.item_version_id] = fraction * item.points
    return {attempt: work for attempt, work in works.items() if work.is_whole}


def _table(works: Sequence[Work], version_id: UUID, guess: Decimal | None) -> tuple[MarkTable, int]:
    """Return the table of the questions that all works have, and the column of the one that guessing is known of."""
    shared = set.intersection(*(set(work.marks) for work in works))
    columns = sorted(shared, key=lambda key: works[0].places[key][0])
    table = MarkTable(
        tuple(str(key) for key in columns),
        tuple(works[0].places[key][2] for key in columns),
        tuple(guess if key == version_id else None for key in columns),
        tuple(tuple(work.marks[key] for key in columns) for work in works),
    )
    return table, columns.index(version_id)


def answers_given(
    session: Session, registries: Registries, version: ItemVersion, given: Sequence[tuple[UUID, Work]]
) -> list[tuple[list[str], float]]:
    """Return what was answered in words, with the total of the work; works in the order given."""
    kind = registries.of(QUESTION_TYPES).find(version.type)
    if kind is None:
        return []
    fields = _last_fields(session, {attempt: work.places[version.id][0] for attempt, work in given})
    rows = []
    for attempt, work in given:
        seed = work.places[version.id][1]
        said = kind.describe(version.content, seed, kind.parse(fields.get(attempt, {})))
        rows.append(([said] if said else [], work.total))
    return rows


def _last_fields(session: Session, slots: dict[UUID, int]) -> dict[UUID, Fields]:
    """Return the answer that counts for one slot of each work."""
    events: dict[UUID, list[ResponseEvent]] = defaultdict(list)
    for batch in bulk_in(list(slots)):
        for event in session.scalars(sa.select(ResponseEvent).where(ResponseEvent.attempt_id.in_(batch))):
            if event.slot == slots[event.attempt_id]:
                events[event.attempt_id].append(event)
    return {
        attempt: answers[slots[attempt]].fields
        for attempt, rows in events.items()
        if slots[attempt] in (answers := fold(rows))
    }


def _variants(works: Sequence[Work], version_id: UUID) -> tuple[tuple[int, int, float], ...]:
    shares: dict[int, list[float]] = defaultdict(list)
    for work in works:
        _slot, seed, points = work.places[version_id]
        shares[seed].append(float(work.marks[version_id] / points))
    found = [(seed, len(rows), sum(rows) / len(rows)) for seed, rows in sorted(shares.items())]
    return tuple(found) if len(works) > len(found) > 1 else ()
