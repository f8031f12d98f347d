"""Read one question more closely: its figures, its answers by level, its place on a scale, and whether groups fared alike.

The works are those of one plan, or of all plans together; works of different plans are never compared with each other, only within
their plan. Groups are those that a school has anyway (class, school, form of study, sitting), each of ten works or more: nobody is
singled out, and nothing about a person's origin, faith, health or sex is asked. Groups, variants and plans are shown beside each other
only as far as no few works can be told by subtraction (`rules.disclosure`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from lms.assessment.queries.item_pool import answers_shown
from lms.assessment.queries.item_statistics import (
    ItemFigures,
    Work,
    answers_in,
    counted_works,
    plan_figures,
    plan_works,
    pooled_figures,
)
from lms.assessment.rules.disclosure import Blocks
from lms.assessment.rules.item_fairness import (
    Difference,
    Level,
    OptionStats,
    OptionTrace,
    difference_between,
    levels_of,
    traces_of,
)
from lms.assessment.rules.item_response import ItemFit, scale_of
from lms.assessment.rules.item_stats import LEAST
from lms.assessment.rules.pooled_stats import PooledStats
from lms.core.db import bulk_in
from lms.core.errors import NotFound
from lms.core.registry import Registries
from lms.people.queries import classes_on, organisation_names, study_forms_on

__all__ = ["KINDS", "GroupView", "ItemScale", "Observed", "VariantView", "item_scale", "version_scale"]

#: So many questions are laid on the scale beside the one in question, each asked in so many works at least.
BESIDE_MAX, ASKED_LEAST = 60, 30
#: So many answers are followed from level to level, each given by so many at least.
OPTIONS_MAX, SAID_LEAST = 6, 5
#: Works are compared within so many levels of ability, each of so many works; the levels themselves are not shown.
STRATA, STRATUM_LEAST = 8, 5
KINDS = ("class", "form", "school", "sitting")
#: So many variants are listed.
VARIANTS_MAX = 25
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
class VariantView:
    """One variant of a version that ten works or more had: its seed, its figures, what was answered."""

    seed: int
    figures: PooledStats
    options: tuple[OptionStats, ...]


@dataclass(frozen=True, slots=True)
class ItemScale:
    """One version of a question, looked at closely; nothing but ``works`` below `LEAST`.

    ``plan_title`` is empty over all plans; then ``pooled`` stands for ``figures``, and levels are percent of the points instead of
    points. ``options`` is what was answered; only over all plans there are ``variants``.
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
    pooled: PooledStats | None = None
    options: tuple[OptionStats, ...] = ()
    variants: tuple[VariantView, ...] = ()


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
    works = plan_works(session, version.id, plan_id)
    figures = plan_figures(session, registries, version, list(works.values()))
    found = _scale(session, registries, version, works, title)
    _blocks, groups = _told_apart(session, [works], version.id)
    return replace(found, figures=figures, groups=groups)


def version_scale(session: Session, registries: Registries, item_id: UUID, number: int) -> ItemScale:
    """Return how a version of a question worked over all plans, and each variant; raise NotFound ``assessment.no_item``."""
    version = session.scalar(
        sa.select(ItemVersion).where(ItemVersion.item_id == item_id, ItemVersion.number == number)
    )
    if version is None:
        raise NotFound("assessment.no_item")
    parts = counted_works(session, version.id)
    works = {attempt: work for part in parts for attempt, work in sorted(part.items())}
    found = _scale(session, registries, version, works, "")
    blocks, groups = _told_apart(session, parts, version.id)
    return replace(
        found,
        groups=groups,
        pooled=pooled_figures(registries, version, works.values()),
        variants=tuple(_variants(session, registries, version, works, blocks)),
    )


def _variants(
    session: Session,
    registries: Registries,
    version: ItemVersion,
    works: Mapping[UUID, Work],
    blocks: Blocks[UUID],
) -> Iterable[VariantView]:
    """Yield the variants of which figures may be shown, those with most works first."""
    given: dict[int, set[UUID]] = defaultdict(set)
    for attempt, work in works.items():
        given[work.seed].add(attempt)
    if len(given) < 2:
        return
    for seed, attempts in sorted(given.items(), key=lambda row: (-len(row[1]), row[0]))[:VARIANTS_MAX]:
        parted = blocks.part(attempts)
        if parted is None:
            continue
        theirs = {attempt: works[attempt] for attempt in sorted(parted[0])}
        figures = pooled_figures(registries, version, theirs.values())
        if figures is not None:
            yield VariantView(seed, figures, answers_shown(session, registries, version, theirs))


def _scale(
    session: Session,
    registries: Registries,
    version: ItemVersion,
    works: Mapping[UUID, Work],
    title: str,
) -> ItemScale:
    """Return the levels, the answers and the curves of some works; groups are not looked at."""
    given = list(works.items())
    if len(given) < LEAST:
        return ItemScale(title, version.number, len(given))
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
        levels=tuple(levels),
        traces=tuple(said),
        rasch=rasch,
        two_parameter=two_parameter,
        observed=observed,
        options=answers_shown(session, registries, version, works),
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


def _told_apart(
    session: Session, parts: Sequence[Mapping[UUID, Work]], version_id: UUID
) -> tuple[Blocks[UUID], tuple[GroupView, ...]]:
    """Return the groups that are shown against all others, kind by kind, and the blocks of works that are told apart by them.

    ``parts`` are counted together; each has a page of its own with the same groups, so it is parted by them first.
    """
    works = {
        attempt: work
        for part in parts
        for attempt, work in part.items()
        if _is_right(work, version_id) is not None
    }
    groups = _memberships(session, list(works))
    shown = [Blocks([[attempt for attempt in part if attempt in works]]) for part in parts]
    for of_part in shown:
        _part_by(of_part, groups)
    blocks = Blocks([block for of_part in shown for block in of_part])
    strata = _strata(list(works.items()))
    return blocks, tuple(
        GroupView(
            kind,
            group.name,
            group.day,
            len(inside),
            len(others),
            difference_between(
                (attempt in inside, _is_right(works[attempt], version_id) is True, strata[attempt])
                for attempt in inside | others
            ),
        )
        for kind, group, inside, others in _part_by(blocks, groups)
    )


def _part_by(
    blocks: Blocks[UUID], groups: Mapping[str, Mapping[UUID, _Group]]
) -> list[tuple[str, _Group, frozenset[UUID], frozenset[UUID]]]:
    """Part blocks by the groups of ten works or more that may be shown against as many others, kind by kind."""
    found = []
    for kind, of_kind in groups.items():
        members: dict[_Group, set[UUID]] = defaultdict(set)
        for attempt, group in of_kind.items():
            members[group].add(attempt)
        for group in sorted(members, key=lambda group: (group.name, str(group.day), group.id)):
            parted = blocks.part(members[group], least_others=LEAST)
            if parted is not None:
                found.append((kind, group, *parted))
    return found


def _strata(marked: Sequence[tuple[UUID, Work]]) -> dict[UUID, Hashable]:
    """Return the works among which each is compared: those of its plan with nearly its total."""
    by_plan: dict[UUID, list[tuple[UUID, float]]] = defaultdict(list)
    for attempt, work in marked:
        by_plan[work.plan_id].append((attempt, work.total))
    found: dict[UUID, Hashable] = {}
    for plan, rows in by_plan.items():
        levels = levels_of([total for _attempt, total in rows], most=STRATA, least=STRATUM_LEAST)
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
