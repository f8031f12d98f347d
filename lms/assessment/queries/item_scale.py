"""Read one question more closely in one plan: its answers by level, its place on a scale, and whether groups fared alike.

Groups are those that a school has anyway (class, school, sitting), each of ten works or more: nobody is singled out, and nothing
about a person's origin, faith, health or sex is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import (
    Attempt,
    AttestationSession,
    Blueprint,
    BlueprintItem,
    BlueprintVersion,
    ItemVersion,
)
from lms.assessment.queries.item_statistics import Work, answers_given, whole_works
from lms.assessment.rules.item_fairness import (
    Difference,
    Level,
    OptionTrace,
    difference_between,
    levels_of,
    traces_of,
)
from lms.assessment.rules.item_response import ItemFit, scale_of
from lms.assessment.rules.item_stats import LEAST
from lms.core.db import bulk_in
from lms.core.errors import NotFound
from lms.core.registry import Registries
from lms.people.queries import classes_on, organisation_names

__all__ = ["GroupView", "ItemScale", "Observed", "item_scale"]

#: The model is fitted to so many of the newest works.
WORKS_MAX = 600
#: So many answers are followed from level to level, each given by so many at least.
OPTIONS_MAX, SAID_LEAST = 6, 5
#: Works are compared within so many levels of ability.
STRATA = 8
KINDS = ("class", "school", "sitting")


class _Group(NamedTuple):
    name: str
    day: date | None
    id: UUID


@dataclass(frozen=True, slots=True)
class Observed:
    """What really happened at a level: the mean ability (logits), the share of right answers (0..1), the works."""

    ability: float
    share: float
    works: int


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group against all others; ``kind`` is one of `KINDS`; ``difference`` is None where it cannot be told.

    ``day`` tells sittings of the same name apart; others have none.
    """

    kind: str
    name: str
    day: date | None
    works: int
    others: int
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class ItemScale:
    """One version of a question in one plan, looked at closely; nothing but ``works`` below `LEAST`.

    ``rasch`` and ``two_parameter`` are None below thirty works, and where all or none answered rightly.
    """

    plan_title: str
    item_number: int
    works: int
    levels: tuple[Level, ...] = ()
    traces: tuple[OptionTrace, ...] = ()
    rasch: ItemFit | None = None
    two_parameter: ItemFit | None = None
    observed: tuple[Observed, ...] = ()
    groups: tuple[GroupView, ...] = field(default_factory=tuple)


def item_scale(
    session: Session, registries: Registries, item_id: UUID, blueprint_version_id: UUID
) -> ItemScale:
    """Return how a question of one plan lies on a scale; raise NotFound ``assessment.no_item`` when it is not in the plan."""
    row = session.execute(
        sa.select(Blueprint.title, ItemVersion)
        .join(BlueprintVersion, BlueprintVersion.blueprint_id == Blueprint.id)
        .join(BlueprintItem, BlueprintItem.blueprint_version_id == BlueprintVersion.id)
        .join(ItemVersion, ItemVersion.id == BlueprintItem.item_version_id)
        .where(ItemVersion.item_id == item_id, BlueprintVersion.id == blueprint_version_id)
    ).first()
    if row is None:
        raise NotFound("assessment.no_item")
    title, version = row
    works = whole_works(session, blueprint_version_id)
    given = [(attempt, works[attempt]) for attempt in sorted(works) if version.id in works[attempt].marks]
    given = given[-WORKS_MAX:]
    if len(given) < LEAST:
        return ItemScale(title, version.number, len(given))
    totals = [work.total for _attempt, work in given]
    levels = levels_of(totals)
    traces = traces_of(answers_given(session, registries, version, given), levels)
    said = [trace for trace in traces if _times(trace, levels) >= SAID_LEAST][:OPTIONS_MAX]
    rasch, two_parameter, observed = _on_scale(given, version.id, levels)
    return ItemScale(
        title,
        version.number,
        len(given),
        tuple(levels),
        tuple(said),
        rasch,
        two_parameter,
        observed,
        tuple(_groups(session, given, version.id)),
    )


def _times(trace: OptionTrace, levels: Sequence[Level]) -> int:
    return round(sum(share * level.works for share, level in zip(trace.shares, levels, strict=True)))


def _is_right(work: Work, version_id: UUID) -> bool | None:
    """Return whether a question earned all its points; None where it was not asked or has none to give."""
    if version_id not in work.marks or not work.places[version_id][2]:
        return None
    return work.marks[version_id] >= work.places[version_id][2]


def _on_scale(
    given: Sequence[tuple[UUID, Work]], version_id: UUID, levels: Sequence[Level]
) -> tuple[ItemFit | None, ItemFit | None, tuple[Observed, ...]]:
    """Return the question's place by both models, and what was observed from level to level."""
    columns = sorted({key for _attempt, work in given for key in work.marks})
    answers = [[_is_right(work, key) for key in columns] for _attempt, work in given]
    rasch, two = scale_of(answers), scale_of(answers, is_rasch=False)
    if rasch is None or two is None:
        return None, None, ()
    column = columns.index(version_id)
    if rasch.questions[column] is None:
        return None, None, ()
    observed = []
    for level in levels:
        there = [
            (rasch.abilities[place], answers[place][column])
            for place, (_attempt, work) in enumerate(given)
            if level.lowest <= work.total <= level.highest
        ]
        ability = sum(place for place, _right in there) / len(there)
        observed.append(Observed(ability, sum(right is True for _, right in there) / len(there), len(there)))
    return rasch.questions[column], two.questions[column], tuple(observed)


def _groups(session: Session, given: Sequence[tuple[UUID, Work]], version_id: UUID) -> Iterable[GroupView]:
    """Yield each group of ten works or more against the others, class by class, school by school, sitting by sitting."""
    marked = [(attempt, work) for attempt, work in given if _is_right(work, version_id) is not None]
    strata = levels_of([work.total for _attempt, work in marked], most=STRATA)
    level_of = {
        attempt: next(i for i, level in enumerate(strata) if work.total <= level.highest)
        for attempt, work in marked
    }
    for kind, groups in _memberships(session, [attempt for attempt, _work in marked]).items():
        sizes: dict[_Group, int] = defaultdict(int)
        for group in groups.values():
            sizes[group] += 1
        for group, size in sorted(sizes.items(), key=lambda row: (row[0].name, str(row[0].day))):
            if size < LEAST or len(groups) - size < LEAST:
                continue
            rows = [
                (groups[attempt] == group, _is_right(work, version_id) is True, float(level_of[attempt]))
                for attempt, work in marked
                if attempt in groups
            ]
            yield GroupView(kind, group.name, group.day, size, len(groups) - size, difference_between(rows))


def _memberships(session: Session, attempts: Sequence[UUID]) -> Mapping[str, dict[UUID, _Group]]:
    """Return for each kind of group in which one each attempt is: its name and id."""
    found: dict[str, dict[UUID, _Group]] = {kind: {} for kind in KINDS}
    people: dict[UUID, tuple[UUID, date]] = {}
    orgs: dict[UUID, UUID] = {}
    for batch in bulk_in(attempts):
        rows = session.execute(
            sa.select(
                Attempt.id,
                Attempt.person_id,
                Attempt.started_at,
                AttestationSession.id,
                AttestationSession.title,
                AttestationSession.opens_at,
                AttestationSession.org_id,
            )
            .join(AttestationSession, AttestationSession.id == Attempt.session_id)
            .where(Attempt.id.in_(batch))
        )
        for attempt, person_id, started_at, sitting, title, opens_at, org_id in rows:
            people[attempt], orgs[attempt] = (person_id, started_at.date()), org_id
            found["sitting"][attempt] = _Group(title, opens_at.date(), sitting)
    names = organisation_names(session, set(orgs.values()))
    found["school"] = {attempt: _Group(names.get(org, ""), None, org) for attempt, org in orgs.items()}
    classes = classes_on(session, dict(people.values()))
    for attempt, (person_id, _day) in people.items():
        if person_id in classes:
            class_id, label = classes[person_id]
            found["class"][attempt] = _Group(label, None, class_id)
    return found
