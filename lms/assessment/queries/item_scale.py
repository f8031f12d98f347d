"""Read one question more closely: its figures, its answers by level, its place on a scale, and whether groups fared alike.

The works are those of one plan, or of all plans together; works of different plans are never compared with each other, only within
their plan. Groups are those that a school has anyway (class, school, form of study, sitting), each of ten works or more: nobody is
singled out, and nothing about a person's origin, faith, health or sex is asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import (
    Attempt,
    AttemptItem,
    AttestationSession,
    Blueprint,
    BlueprintVersion,
    ItemVersion,
)
from lms.assessment.queries.item_statistics import ItemFigures, Work, answers_in, plan_figures, works_with
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
from lms.people.queries import classes_on, organisation_names, study_forms_on

__all__ = ["KINDS", "GroupView", "ItemScale", "Observed", "item_scale", "version_scale"]

#: The model is fitted to so many of the newest works.
WORKS_MAX = 600
#: So many questions are laid on the scale beside the one in question, each asked in so many works at least.
BESIDE_MAX, ASKED_LEAST = 60, 30
#: So many answers are followed from level to level, each given by so many at least.
OPTIONS_MAX, SAID_LEAST = 6, 5
#: Works are compared within so many levels of ability.
STRATA = 8
KINDS = ("class", "form", "school", "sitting")
#: A form of study is the same in every school.
_ANYWHERE = UUID(int=0)


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

    ``name`` of a form of study is its code; ``day`` tells sittings of the same name apart; others have none.
    """

    kind: str
    name: str
    day: date | None
    works: int
    others: int
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class ItemScale:
    """One version of a question, looked at closely; nothing but ``works`` below `LEAST`.

    ``plan_title`` is empty over all plans; then ``figures`` is None, and levels are percent of the points instead of points.
    ``rasch`` and ``two_parameter`` are None below thirty works, and where all or none answered rightly.
    """

    plan_title: str
    item_number: int
    works: int
    figures: ItemFigures | None = None
    levels: tuple[Level, ...] = ()
    traces: tuple[OptionTrace, ...] = ()
    rasch: ItemFit | None = None
    two_parameter: ItemFit | None = None
    observed: tuple[Observed, ...] = ()
    groups: tuple[GroupView, ...] = field(default_factory=tuple)


def item_scale(session: Session, registries: Registries, item_id: UUID, plan_id: UUID) -> ItemScale:
    """Return how a question worked in one version of a plan; raise NotFound ``assessment.no_item`` when nobody had it there."""
    row = session.execute(
        sa.select(Blueprint.title, ItemVersion)
        .join(BlueprintVersion, BlueprintVersion.blueprint_id == Blueprint.id)
        .join(Attempt, Attempt.blueprint_version_id == BlueprintVersion.id)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(ItemVersion.item_id == item_id, BlueprintVersion.id == plan_id)
        .order_by(ItemVersion.number.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound("assessment.no_item")
    title, version = row
    works = works_with(session, version.id, plan_id)
    figures = plan_figures(session, registries, version, list(works.values()))
    return _scale(session, registries, version, works, (title, figures))


def version_scale(session: Session, registries: Registries, item_id: UUID, number: int) -> ItemScale:
    """Return how a version of a question worked over all plans; raise NotFound ``assessment.no_item``."""
    version = session.scalar(
        sa.select(ItemVersion).where(ItemVersion.item_id == item_id, ItemVersion.number == number)
    )
    if version is None:
        raise NotFound("assessment.no_item")
    works = works_with(session, version.id, most=WORKS_MAX)
    return _scale(session, registries, version, works, ("", None))


def _scale(
    session: Session,
    registries: Registries,
    version: ItemVersion,
    works: Mapping[UUID, Work],
    plan: tuple[str, ItemFigures | None],
) -> ItemScale:
    title, figures = plan
    given = list(works.items())[-WORKS_MAX:]
    if len(given) < LEAST:
        return ItemScale(title, version.number, len(given), figures)
    totals = [(attempt, work.total if title else work.percent) for attempt, work in given]
    levels = levels_of([total for _attempt, total in totals])
    traces = traces_of(answers_in(session, registries, version, totals), levels)
    said = [trace for trace in traces if _times(trace, levels) >= SAID_LEAST][:OPTIONS_MAX]
    level_of = {
        attempt: next(n for n, level in enumerate(levels) if total <= level.highest)
        for attempt, total in totals
    }
    rasch, two_parameter, observed = _on_scale(given, version.id, level_of)
    return ItemScale(
        title,
        version.number,
        len(given),
        figures,
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
    if version_id not in work.marks or not work.places[version_id][1]:
        return None
    return work.marks[version_id] >= work.places[version_id][1]


def _on_scale(
    given: Sequence[tuple[UUID, Work]], version_id: UUID, level_of: Mapping[UUID, int]
) -> tuple[ItemFit | None, ItemFit | None, tuple[Observed, ...]]:
    """Return the question's place by both models, and what was observed from level to level."""
    columns = _columns([work for _attempt, work in given], version_id)
    answers = [[_is_right(work, key) for key in columns] for _attempt, work in given]
    rasch, two = scale_of(answers), scale_of(answers, is_rasch=False)
    if rasch is None or two is None or rasch.questions[0] is None:
        return None, None, ()
    observed = []
    for level in sorted(set(level_of.values())):
        there = [
            (rasch.abilities[place], answers[place][0])
            for place, (attempt, _work) in enumerate(given)
            if level_of[attempt] == level
        ]
        ability = sum(place for place, _right in there) / len(there)
        observed.append(Observed(ability, sum(right is True for _, right in there) / len(there), len(there)))
    return rasch.questions[0], two.questions[0], tuple(observed)


def _columns(works: Sequence[Work], version_id: UUID) -> list[UUID]:
    """Return the question and those that most works have beside it."""
    asked = Counter(key for work in works for key in work.marks if key != version_id)
    least = min(ASKED_LEAST, len(works))
    beside = sorted(
        (key for key, times in asked.items() if times >= least), key=lambda key: (-asked[key], key)
    )
    return [version_id, *beside[:BESIDE_MAX]]


def _groups(session: Session, given: Sequence[tuple[UUID, Work]], version_id: UUID) -> Iterable[GroupView]:
    """Yield each group of ten works or more against the others, kind by kind."""
    marked = [(attempt, work) for attempt, work in given if _is_right(work, version_id) is not None]
    strata = _strata(marked)
    for kind, groups in _memberships(session, [attempt for attempt, _work in marked]).items():
        sizes = Counter(groups.values())
        for group, size in sorted(sizes.items(), key=lambda row: (row[0].name, str(row[0].day))):
            if size < LEAST or len(groups) - size < LEAST:
                continue
            rows = [
                (groups[attempt] == group, _is_right(work, version_id) is True, strata[attempt])
                for attempt, work in marked
                if attempt in groups
            ]
            yield GroupView(kind, group.name, group.day, size, len(groups) - size, difference_between(rows))


def _strata(marked: Sequence[tuple[UUID, Work]]) -> dict[UUID, Hashable]:
    """Return the works among which each is compared: those of its plan with nearly its total."""
    by_plan: dict[UUID, list[tuple[UUID, float]]] = defaultdict(list)
    for attempt, work in marked:
        by_plan[work.plan_id].append((attempt, work.total))
    found: dict[UUID, Hashable] = {}
    for plan, rows in by_plan.items():
        levels = levels_of([total for _attempt, total in rows], most=STRATA)
        for attempt, total in rows:
            found[attempt] = (plan, next((n for n, level in enumerate(levels) if total <= level.highest), 0))
    return found


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
    forms = study_forms_on(session, {attempt: (*people[attempt], orgs[attempt]) for attempt in people})
    for attempt, (person_id, _day) in people.items():
        if person_id in classes:
            class_id, label = classes[person_id]
            found["class"][attempt] = _Group(label, None, class_id)
    found["form"] = {attempt: _Group(form.value, None, _ANYWHERE) for attempt, form in forms.items()}
    return found
