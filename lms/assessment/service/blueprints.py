"""Write the plans of examinations.

A version can be rewritten until somebody begins to sit it; from then on a change is the next version, and the sessions that
were opened with the one before keep it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import (
    Bank,
    Blueprint,
    BlueprintItem,
    BlueprintVersion,
    Item,
    ItemEnemy,
    ItemVersion,
    MarkPolicy,
)
from lms.assessment.rules.blueprint import Plan, PlannedItem, content_hash
from lms.assessment.rules.items import asks_nothing, marks_later
from lms.assessment.rules.scoring import DEFAULT_THRESHOLDS
from lms.assessment.service.pools import resolved
from lms.assessment.types import ItemState, MarkScale
from lms.core.db import bulk_in
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork

__all__ = ["change_blueprint", "create_blueprint", "default_policy", "revise_blueprint"]


def create_blueprint(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    title: str,
    subject: str,
    plan: Plan,
    mark_scale: str = MarkScale.FIVE,
) -> UUID:
    """Write the first version of an examination's plan and return the version's id; ``mark_scale`` is a policy's code."""
    uow.require("assessment.author", org_id)
    blueprint = Blueprint(
        org_id=org_id, title=title, subject=subject, created_by=uow.actor.person_id, created_at=uow.now()
    )
    uow.session.add(blueprint)
    uow.session.flush()
    policy_id = default_policy(uow, org_id, mark_scale).id
    return _plan_version(uow, blueprint, 1, plan, policy_id).id


def revise_blueprint(uow: UnitOfWork, version_id: UUID, plan: Plan) -> UUID:
    """Write the next version of a plan under the same policy; sessions keep the version that they were opened with."""
    before, blueprint = _version(uow, version_id)
    return _plan_version(uow, blueprint, _newest(uow, blueprint) + 1, plan, before.mark_policy_id).id


def change_blueprint(
    uow: UnitOfWork,
    version_id: UUID,
    *,
    title: str,
    subject: str,
    plan: Plan,
    mark_scale: str,
    base_hash: str | None = None,
) -> UUID:
    """Rewrite a plan's newest version while nobody has begun to sit it, else write the next one; return the version's id.

    The version of its policy stays while ``mark_scale``, the policy's code, is the same. Raises Conflict ``assessment.blueprint_newer`` when somebody else has changed the plan since (``base_hash``).
    """
    version, blueprint = _version(uow, version_id)
    is_newest = version.number == _newest(uow, blueprint)
    if not is_newest or (base_hash is not None and base_hash != version.content_hash):
        raise Conflict("assessment.blueprint_newer")
    blueprint.title, blueprint.subject = title, subject
    policy = uow.session.get_one(MarkPolicy, version.mark_policy_id)
    if policy.code != mark_scale:
        policy = default_policy(uow, blueprint.org_id, mark_scale)
    if version.frozen_at is not None:
        return _plan_version(uow, blueprint, version.number + 1, plan, policy.id).id
    return _fill_version(uow, blueprint, version, plan, policy.id).id


def _version(uow: UnitOfWork, version_id: UUID) -> tuple[BlueprintVersion, Blueprint]:
    """Return a version, its row locked so that nobody begins to sit it meanwhile, and its blueprint."""
    version = uow.session.get(BlueprintVersion, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise NotFound("assessment.no_blueprint")
    blueprint = uow.session.get_one(Blueprint, version.blueprint_id)
    uow.require("assessment.author", blueprint)
    return version, blueprint


def _newest(uow: UnitOfWork, blueprint: Blueprint) -> int:
    newest = sa.select(sa.func.max(BlueprintVersion.number)).where(
        BlueprintVersion.blueprint_id == blueprint.id
    )
    return uow.session.scalar(newest) or 0


def _plan_version(
    uow: UnitOfWork, blueprint: Blueprint, number: int, plan: Plan, policy_id: UUID
) -> BlueprintVersion:
    version = BlueprintVersion(
        blueprint_id=blueprint.id, number=number, created_by=uow.actor.person_id, created_at=uow.now()
    )
    return _fill_version(uow, blueprint, version, plan, policy_id)


def _fill_version(
    uow: UnitOfWork, blueprint: Blueprint, version: BlueprintVersion, plan: Plan, policy_id: UUID
) -> BlueprintVersion:
    """Write a plan into a version that nobody sits."""
    plan = resolved(uow, blueprint.org_id, plan)
    if problems := plan.problems():
        raise InvalidInput("assessment.plan", fields=problems)
    named = plan.named
    _require_ready(uow, blueprint.org_id, named)
    plan = _weighed(uow, plan)
    _require_no_enemies(uow, [item.item_version_id for item in plan.items])
    if plan.marks_at_once:
        _require_fast(uow, named)
    document = plan.to_document()
    version.plan, version.content_hash = document, content_hash(document)
    version.base_minutes, version.item_count, version.max_points = (
        plan.base_minutes,
        plan.item_count,
        plan.max_points,
    )
    version.mark_policy_id = policy_id
    version.supervision = dict(plan.supervision)
    uow.session.add(version)
    uow.session.flush()
    uow.session.execute(sa.delete(BlueprintItem).where(BlueprintItem.blueprint_version_id == version.id))
    uow.session.add_all(BlueprintItem(item_version_id=id_, blueprint_version_id=version.id) for id_ in named)
    return version


def _weighed(uow: UnitOfWork, plan: Plan) -> Plan:
    """Return the plan in which what only is to be read earns nothing; raise InvalidInput where a question earns nothing."""
    kinds = uow.plugins(QUESTION_TYPES)
    silent: set[UUID] = set()
    for batch in bulk_in([item.item_version_id for item in plan.items]):
        rows = uow.session.execute(
            sa.select(ItemVersion.id, ItemVersion.type).where(ItemVersion.id.in_(batch))
        )
        silent |= {version_id for version_id, name in rows if asks_nothing(kinds.find(name))}
    if any(not item.points and item.item_version_id not in silent for item in plan.items):
        raise InvalidInput("assessment.plan", fields={"points": ["assessment.points_not_positive"]})

    def weighed(item: PlannedItem) -> PlannedItem:
        return replace(item, points=Decimal(0)) if item.item_version_id in silent else item

    sections = (
        replace(section, items=tuple(weighed(item) for item in section.items)) for section in plan.sections
    )
    return replace(plan, sections=tuple(sections))


def _require_no_enemies(uow: UnitOfWork, version_ids: list[UUID]) -> None:
    """Raise when two items of one form are enemies: one of them gives the other away."""
    items: dict[UUID, str] = {}
    for batch in bulk_in(version_ids):
        rows = uow.session.execute(
            sa.select(Item.id, Item.title)
            .join(ItemVersion, ItemVersion.item_id == Item.id)
            .where(ItemVersion.id.in_(batch))
        )
        items |= {item_id: title for item_id, title in rows}
    for batch in bulk_in(list(items)):
        pairs = uow.session.execute(
            sa.select(ItemEnemy.item_id, ItemEnemy.enemy_id).where(ItemEnemy.item_id.in_(batch))
        )
        for item_id, enemy_id in pairs:
            if enemy_id in items:
                raise InvalidInput("assessment.enemies", first=items[item_id], second=items[enemy_id])


def _require_fast(uow: UnitOfWork, version_ids: list[UUID]) -> None:
    """Raise when an item is marked only after the work was handed in, where the plan needs its mark at once."""
    kinds = uow.plugins(QUESTION_TYPES)
    for batch in bulk_in(version_ids):
        rows = uow.session.execute(
            sa.select(ItemVersion.type, ItemVersion.content).where(ItemVersion.id.in_(batch))
        )
        for name, content in rows:
            kind = kinds.find(name)
            if kind is not None and marks_later(kind, content):
                raise InvalidInput("assessment.plan", fields={"feedback": ["assessment.marked_later"]})


def _require_ready(uow: UnitOfWork, org_id: UUID, version_ids: list[UUID]) -> None:
    """Raise unless every item is ready and belongs to the organisation."""
    ready: set[UUID] = set()
    for batch in bulk_in(version_ids):
        ready |= set(
            uow.session.scalars(
                sa.select(ItemVersion.id)
                .join(Item, Item.id == ItemVersion.item_id)
                .join(Bank, Bank.id == Item.bank_id)
                .where(ItemVersion.id.in_(batch), ItemVersion.state == ItemState.READY, Bank.org_id == org_id)
            )
        )
    if missing := set(version_ids) - ready:
        raise InvalidInput("assessment.item_not_ready", count=len(missing))


def default_policy(uow: UnitOfWork, org_id: UUID, code: str) -> MarkPolicy:
    """Return the newest version of an organisation's policy; of a usual scale without one, the usual thresholds become it.

    Raises NotFound ``assessment.no_policy`` for a scale of one's own that there is not.
    """
    policy = uow.session.scalar(
        sa.select(MarkPolicy)
        .where(MarkPolicy.org_id == org_id, MarkPolicy.code == str(code))
        .order_by(MarkPolicy.version.desc())
        .limit(1)
    )
    if policy is None:
        scale = next((each for each in DEFAULT_THRESHOLDS if each.value == code), None)
        if scale is None:
            raise NotFound("assessment.no_policy")
        policy = MarkPolicy(
            org_id=org_id,
            code=scale.value,
            version=1,
            scale=scale,
            thresholds=[[str(least), mark] for least, mark in DEFAULT_THRESHOLDS[scale]],
            pass_score=Decimal("0.5"),
            created_at=uow.now(),
        )
        uow.session.add(policy)
        uow.session.flush()
    return policy
