"""Read how a question worked over all exam plans at once, by version and by plan.

The database adds up; whatever the number of works, a handful of rows comes back. Discrimination is measured within plans and then put
together, so that an easy exam beside a hard one makes no question look better than it is. A total beside its parts leaves out what
would tell a few people's marks by subtraction (`rules.disclosure`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    Blueprint,
    BlueprintVersion,
    Grade,
    ItemVersion,
    Result,
)
from lms.assessment.queries.item_statistics import MARKED, Work, answers_in, counted_works
from lms.assessment.queries.statistics import guessed_share
from lms.assessment.rules.disclosure import Counted, counted, joined
from lms.assessment.rules.item_fairness import OptionStats, options_chosen
from lms.assessment.rules.item_stats import LEAST, Sums, pooled_discrimination, warnings_of
from lms.core.registry import Registries

__all__ = [
    "PLANS_MAX",
    "ItemOverview",
    "PlanLine",
    "PooledFigures",
    "VersionLine",
    "answers_shown",
    "item_overview",
]

#: So many plans and different answers are listed.
PLANS_MAX, OPTIONS_MAX = 25, 12
#: An answer is shown only when so many gave it: nobody's own words are.
SAID_LEAST = 5


@dataclass(frozen=True, slots=True)
class PooledFigures:
    """What works of one plan or several say about a question; nothing but ``works`` and ``plans`` below `LEAST` works.

    ``facility`` and ``sd`` are of the share of the points (0..1), ``discrimination`` is percent, within plans. ``warnings`` are codes
    of `rules.item_stats`.
    """

    works: int
    plans: int
    facility: float | None = None
    sd: float | None = None
    discrimination: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a question in all plans that gave it."""

    number: int
    guess: float | None
    figures: PooledFigures


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One version of a plan that gave the question; ``item_number`` is the question's version there."""

    plan_id: UUID
    title: str
    plan_number: int
    item_number: int
    figures: PooledFigures


@dataclass(frozen=True, slots=True)
class ItemOverview:
    """A question over all plans; ``options`` is what the newest works with ``answered_number`` answered.

    ``left_out`` works are in no sum: beside the sums that are shown they would be told by subtraction.
    """

    whole: PooledFigures
    left_out: int = 0
    versions: tuple[VersionLine, ...] = ()
    plans: tuple[PlanLine, ...] = ()
    answered_number: int | None = None
    answered_works: int = 0
    options: tuple[OptionStats, ...] = ()


def item_overview(session: Session, registries: Registries, item_id: UUID) -> ItemOverview:
    """Return how a question worked over all plans, from works that are marked to the end."""
    rows = session.execute(_sums_by_plan(item_id)).all()
    cells = [
        (row.item_version_id, row.plan_id, Sums(*(float(value or 0) for value in row[2:]))) for row in rows
    ]
    if not cells:
        return ItemOverview(PooledFigures(0, 0))
    versions = {
        version.id: version
        for version in session.scalars(sa.select(ItemVersion).where(ItemVersion.item_id == item_id))
    }
    types = registries.of(QUESTION_TYPES)
    guesses = {
        key: None if (guess := guessed_share(types, versions[key])) is None else float(guess)
        for key, _plan, _sums in cells
    }
    sizes = {(key, plan): round(sums.works) for key, plan, sums in cells}
    newest_first = sorted(guesses, key=lambda key: -versions[key].number)
    told = {
        key: counted({cell: works for cell, works in sizes.items() if cell[0] == key}) for key in newest_first
    }
    whole = joined(told.values(), sizes)
    lines = tuple(
        VersionLine(versions[key].number, guesses[key], _pooled(cells, _parts(told[key]), guesses))
        for key in newest_first
    )
    answered = next((versions[key] for key in newest_first if told[key].blocks), None)
    return ItemOverview(
        _pooled(cells, _parts(whole), guesses),
        sum(sizes[cell] for cell in whole.loose) if whole.blocks else 0,
        lines,
        _plan_lines(session, cells, versions, guesses),
        *(_said(session, registries, answered) if answered else ()),
    )


Cell = tuple[UUID, UUID, Sums]


def _parts(of: Counted[tuple[UUID, UUID]]) -> Collection[tuple[UUID, UUID]]:
    """Return what a sum is over; too few works are counted as works, and nothing is said about them."""
    return of.parts or of.loose


def _marked(item_id: UUID) -> sa.Select[Any]:
    """Return the marks of a question in works that are marked to the end: the share of its points, and of the rest of the work."""
    later, newer = aliased(Grade), aliased(Result)
    others = sa.func.nullif(Result.max_points - AttemptItem.points, 0)
    return (
        sa.select(
            AttemptItem.item_version_id,
            Attempt.blueprint_version_id.label("plan_id"),
            sa.cast(Grade.fraction, sa.Float).label("share"),
            sa.cast((Result.points - Grade.fraction * AttemptItem.points) / others, sa.Float).label("rest"),
        )
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(Grade, Grade.attempt_item_id == AttemptItem.id)
        .outerjoin(
            Result,
            sa.and_(
                Result.attempt_id == Attempt.id,
                ~sa.exists().where(newer.attempt_id == Result.attempt_id, newer.number > Result.number),
            ),
        )
        .where(
            AttemptItem.item_version_id.in_(sa.select(ItemVersion.id).where(ItemVersion.item_id == item_id)),
            Attempt.ended_at.is_not(None),
            Attempt.state.in_(MARKED),
            Grade.fraction.is_not(None),
            ~sa.exists().where(later.attempt_item_id == Grade.attempt_item_id, later.number > Grade.number),
        )
    )


def _sums_by_plan(item_id: UUID) -> sa.Select[Any]:
    """Return the sums of each version in each plan, in the order of `Sums`."""
    marks = _marked(item_id).subquery()
    share, rest = marks.c.share, marks.c.rest
    known = sa.case((rest.is_not(None), share))
    total = sa.func.sum
    return sa.select(
        marks.c.item_version_id,
        marks.c.plan_id,
        sa.func.count(share),
        total(share),
        total(share * share),
        sa.func.count(rest),
        total(known),
        total(known * known),
        total(rest),
        total(rest * rest),
        total(known * rest),
    ).group_by(marks.c.item_version_id, marks.c.plan_id)


def _pooled(
    every: Sequence[Cell], parts: Collection[tuple[UUID, UUID]], guesses: dict[UUID, float | None]
) -> PooledFigures:
    """Return the figures of the sums of some versions in some plans together."""
    cells = [cell for cell in every if cell[:2] in parts]
    works = round(sum(sums.works for _key, _plan, sums in cells))
    plans = len({plan for _key, plan, _sums in cells})
    if works < LEAST:
        return PooledFigures(works, plans)
    facility = sum(sums.share for _key, _plan, sums in cells) / works
    squares = sum(sums.share_squared for _key, _plan, sums in cells)
    sd = math.sqrt(max(0.0, squares - works * facility**2) / (works - 1))
    discrimination = pooled_discrimination([sums for _key, _plan, sums in cells])
    known = [guess for key, _plan, _sums in cells if (guess := guesses[key]) is not None]
    guess = min(known) if known else None
    return PooledFigures(
        works, plans, facility, sd, discrimination, warnings_of(works, facility, sd, discrimination, guess)
    )


def _plan_lines(
    session: Session,
    cells: Sequence[Cell],
    versions: dict[UUID, ItemVersion],
    guesses: dict[UUID, float | None],
) -> tuple[PlanLine, ...]:
    """Return the plans in which the question was given most often, by title."""
    chosen = sorted(cells, key=lambda cell: -cell[2].works)[:PLANS_MAX]
    titles = {
        plan_id: (title, number)
        for plan_id, title, number in session.execute(
            sa.select(BlueprintVersion.id, Blueprint.title, BlueprintVersion.number)
            .join(Blueprint, Blueprint.id == BlueprintVersion.blueprint_id)
            .where(BlueprintVersion.id.in_({plan for _key, plan, _sums in chosen}))
        )
    }
    lines = [
        PlanLine(plan, *titles[plan], versions[key].number, _pooled(cells, {(key, plan)}, guesses))
        for key, plan, _sums in chosen
    ]
    return tuple(sorted(lines, key=lambda line: (line.title, -line.plan_number, -line.item_number)))


def _said(
    session: Session, registries: Registries, version: ItemVersion
) -> tuple[int, int, tuple[OptionStats, ...]]:
    """Return a version, how many of its newest works were read, and what they answered, beside their marks."""
    works = {attempt: work for block in counted_works(session, version.id) for attempt, work in block.items()}
    return version.number, len(works), answers_shown(session, registries, version, works)


def answers_shown(
    session: Session, registries: Registries, version: ItemVersion, works: Mapping[UUID, Work]
) -> tuple[OptionStats, ...]:
    """Return what several works answered, those answers only that `SAID_LEAST` of them gave."""
    totals = [(attempt, work.percent) for attempt, work in works.items()]
    found = options_chosen(answers_in(session, registries, version, totals))
    return tuple(option for option in found[:OPTIONS_MAX] if option.chosen >= SAID_LEAST)
