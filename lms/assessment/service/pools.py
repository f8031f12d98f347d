"""Find what the pools of a plan hold, and where the questions of an adaptive plan lie.

A pool is described by bank, tag, outcome and difficulty; what it holds is looked up when the plan is written and kept in the
plan, so that the same version and the same seed give the same form for ever.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.models import Attempt, AttemptItem, Bank, Grade, Item, ItemEnemy, ItemVersion
from lms.assessment.rules.adaptive import Adaptive, ItemOnScale
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.drawing import Draw, Pairs
from lms.assessment.rules.item_response import LEAST_PEOPLE, fit_model
from lms.assessment.rules.items import asks_nothing, marks_later
from lms.assessment.rules.search import level_of
from lms.assessment.types import AttemptState, ItemState
from lms.core.db import bulk_in
from lms.core.ids import parse_id
from lms.core.uow import UnitOfWork

__all__ = ["resolved"]

#: So many of the newest answers to the questions of a plan place them on the scale.
ANSWERS_MAX = 100_000
#: From so many people on questions also differ in how sharply they tell people apart.
PEOPLE_FOR_TWO = 200
_MARKED = (AttemptState.GRADED, AttemptState.RELEASED)


def resolved(uow: UnitOfWork, org_id: UUID, plan: Plan) -> Plan:
    """Return the plan with the contents of its pools, what excludes what, and the scale of an adaptive plan."""
    if not plan.draws:
        return plan
    fixed = [item.item_version_id for item in plan.items]
    taken = set(_items_of(uow.session, fixed).values())
    sections = tuple(
        replace(
            section,
            draws=tuple(
                replace(draw, candidates=_candidates(uow, plan, org_id, draw, taken))
                for draw in section.draws
            ),
        )
        for section in plan.sections
    )
    whole = replace(plan, sections=sections)
    whole = replace(whole, pairs=_pairs(uow.session, whole.named))
    return (
        whole if plan.adaptive is None else replace(whole, adaptive=_placed(uow, whole.named, plan.adaptive))
    )


def _candidates(uow: UnitOfWork, plan: Plan, org_id: UUID, draw: Draw, taken: set[UUID]) -> tuple[UUID, ...]:
    """Return the newest ready version of every question that fits the pool and does not stand in the plan already.

    In practice only of questions that a machine marks; where a mark is needed while the work runs, also without a wait.
    """
    if not draw.rule:
        return draw.candidates
    bank_id = parse_id(str(draw.rule.get("bank_id", "")))
    kinds = uow.plugins(QUESTION_TYPES)
    found: dict[UUID, UUID] = {}
    rows = uow.session.scalars(
        sa.select(ItemVersion)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Bank, Bank.id == Item.bank_id)
        .where(Bank.id == bank_id, Bank.org_id == org_id, ItemVersion.state == ItemState.READY)
        .order_by(Item.number, ItemVersion.number)
    )
    for version in rows:
        kind = kinds.find(version.type)
        if version.item_id not in taken and not asks_nothing(kind) and _is_markable(plan, kind, version):
            found.pop(version.item_id, None)
            if _fits(version, draw.rule):
                found[version.item_id] = version.id
    return tuple(found.values())


def _is_markable(plan: Plan, kind: QuestionType | None, version: ItemVersion) -> bool:
    """Tell whether a question is marked as early as the plan needs it."""
    if not (plan.marks_at_once or plan.is_practice):
        return True
    if kind is None or kind.correct_answer(version.content) is None:
        return False
    return not (plan.marks_at_once and marks_later(kind, version.content))


def _fits(version: ItemVersion, rule: Mapping[str, Any]) -> bool:
    """Tell whether a question has the tag, the outcome and the difficulty that a pool asks for."""
    tag, outcome, level = rule.get("tag"), rule.get("outcome_id"), rule.get("difficulty")
    has_level = not level or level_of(version.difficulty) == level
    return (not tag or tag in version.tags) and (not outcome or outcome in version.outcome_ids) and has_level


def _items_of(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for batch in bulk_in(version_ids):
        rows = session.execute(
            sa.select(ItemVersion.id, ItemVersion.item_id).where(ItemVersion.id.in_(batch))
        )
        found |= {version_id: item_id for version_id, item_id in rows}
    return found


def _pairs(session: Session, version_ids: list[UUID]) -> Pairs:
    """Return the item versions that exclude each other because one gives the other away."""
    items = _items_of(session, version_ids)
    versions = {item_id: version_id for version_id, item_id in items.items()}
    found: set[frozenset[UUID]] = set()
    for batch in bulk_in(list(versions)):
        rows = session.execute(
            sa.select(ItemEnemy.item_id, ItemEnemy.enemy_id).where(ItemEnemy.item_id.in_(batch))
        )
        found |= {frozenset({versions[one], versions[other]}) for one, other in rows if other in versions}
    return frozenset(found)


def _placed(uow: UnitOfWork, named: list[UUID], adaptive: Adaptive) -> Adaptive:
    """Return the scale of an adaptive plan: from answers where there are enough, else from the estimated difficulty."""
    scale = _estimated(uow.session, named) | _fitted(uow.session, named)
    return replace(adaptive, scale=scale)


def _estimated(session: Session, version_ids: list[UUID]) -> dict[UUID, ItemOnScale]:
    """Return where questions lie by the share of those who are expected to solve them."""
    found: dict[UUID, ItemOnScale] = {}
    for batch in bulk_in(version_ids):
        rows = session.execute(
            sa.select(ItemVersion.id, ItemVersion.difficulty).where(ItemVersion.id.in_(batch))
        )
        for version_id, share in rows:
            chance = min(max(float(0.5 if share is None else share), 0.02), 0.98)
            found[version_id] = ItemOnScale(round(-math.log(chance / (1 - chance)), 4))
    return found


def _fitted(session: Session, version_ids: list[UUID]) -> dict[UUID, ItemOnScale]:
    """Return where questions lie by the marked works in which they were answered; questions with few answers are missing."""
    works: dict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
    for batch in bulk_in(version_ids):
        rows = session.execute(
            sa.select(AttemptItem.attempt_id, AttemptItem.item_version_id, Grade.fraction)
            .join(Attempt, Attempt.id == AttemptItem.attempt_id)
            .join(Grade, Grade.attempt_item_id == AttemptItem.id)
            .where(AttemptItem.item_version_id.in_(batch), Attempt.state.in_(_MARKED))
            .order_by(AttemptItem.attempt_id.desc(), Grade.number)
            .limit(ANSWERS_MAX)
        )
        for attempt_id, version_id, share in rows:
            if share is not None:
                works[attempt_id][version_id] = share
    people = {key: sum(key in work for work in works.values()) for key in version_ids}
    asked = [key for key in version_ids if people[key] >= LEAST_PEOPLE]
    if len(asked) < 2:
        return {}
    answers = [
        [work[key] >= Decimal("0.5") if key in work else None for key in asked] for work in works.values()
    ]
    fits = fit_model(answers, is_rasch=len(works) < PEOPLE_FOR_TWO) or []
    return {
        key: ItemOnScale(round(fit.difficulty, 4), round(fit.discrimination, 4), people[key])
        for key, fit in zip(asked, fits, strict=False)
        if fit is not None
    }
