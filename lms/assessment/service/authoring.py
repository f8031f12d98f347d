"""Write banks, items and blueprints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.contracts import QUESTION_TYPES, ContentError, ItemTest
from lms.assessment.models import Bank, Blueprint, BlueprintVersion, Item, ItemVersion, MarkPolicy
from lms.assessment.rules.blueprint import Plan, content_hash
from lms.assessment.rules.items import load_tests, run_tests, store_tests
from lms.assessment.rules.scoring import DEFAULT_THRESHOLDS
from lms.assessment.types import ItemState, MarkScale
from lms.core.db import bulk_in
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork

__all__ = [
    "approve_item",
    "create_bank",
    "create_blueprint",
    "create_item",
    "retire_item",
    "revise_blueprint",
    "revise_item",
    "submit_item",
]


def create_bank(uow: UnitOfWork, *, org_id: UUID, title: str, subject: str) -> UUID:
    """Open an empty bank of items and return its id."""
    uow.require("assessment.author", org_id)
    bank = Bank(
        org_id=org_id, title=title, subject=subject, created_by=uow.actor.person_id, created_at=uow.now()
    )
    uow.session.add(bank)
    uow.session.flush()
    return bank.id


def create_item(
    uow: UnitOfWork,
    bank_id: UUID,
    *,
    title: str,
    type: str,  # noqa: A002 - the field's word
    content: Mapping[str, Any],
    tests: Iterable[ItemTest] = (),
    outcome_ids: Iterable[UUID] = (),
    tags: Iterable[str] = (),
    difficulty: Decimal | None = None,
) -> UUID:
    """Write the first version (a draft) of a new item and return the version's id."""
    bank = uow.session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("assessment.no_bank")
    uow.require("assessment.author", bank)
    item = Item(bank_id=bank_id, title=title, created_by=uow.actor.person_id, created_at=uow.now())
    uow.session.add(item)
    uow.session.flush()
    version = _version(uow, item, 1, type, content, tests)
    version.outcome_ids = [str(outcome) for outcome in outcome_ids]
    version.tags, version.difficulty = sorted(tags), difficulty
    uow.session.add(version)
    uow.session.flush()
    return version.id


def revise_item(
    uow: UnitOfWork, version_id: UUID, *, content: Mapping[str, Any], tests: Iterable[ItemTest]
) -> UUID:
    """Write the next version of an item; what was used before stays as it was."""
    before = _own_version(uow, version_id)
    item = uow.session.get_one(Item, before.item_id)
    newest = uow.session.scalar(
        sa.select(sa.func.max(ItemVersion.number)).where(ItemVersion.item_id == item.id)
    )
    version = _version(uow, item, (newest or 0) + 1, before.type, content, tests)
    version.outcome_ids, version.tags, version.difficulty = before.outcome_ids, before.tags, before.difficulty
    uow.session.add(version)
    uow.session.flush()
    return version.id


def _version(
    uow: UnitOfWork,
    item: Item,
    number: int,
    type_name: str,
    content: Mapping[str, Any],
    tests: Iterable[ItemTest],
) -> ItemVersion:
    kind = uow.plugins(QUESTION_TYPES).get(type_name)
    try:
        checked = kind.validate_content(content)
    except ContentError as error:
        raise InvalidInput("assessment.content", fields=error.problems) from error
    return ItemVersion(
        item_id=item.id,
        number=number,
        type=kind.name,
        type_version=kind.version,
        content=checked,
        content_hash=content_hash([kind.name, checked]),
        item_tests=store_tests(tests),
        outcome_ids=[],
        tags=[],
        state=ItemState.DRAFT,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )


def submit_item(uow: UnitOfWork, version_id: UUID) -> None:
    """Hand a draft to review."""
    version = _own_version(uow, version_id)
    _move(version, {ItemState.DRAFT}, ItemState.IN_REVIEW)


def approve_item(uow: UnitOfWork, version_id: UUID) -> None:
    """Make an item ready for examinations: only when its own tests pass on every seed (domain: invariant 6).

    Raises InvalidInput ``assessment.item_untested`` or ``assessment.item_tests_failed``.
    """
    version = _own_version(uow, version_id)
    kind = uow.plugins(QUESTION_TYPES).get(version.type)
    tests = load_tests(version.item_tests)
    if not tests:
        raise InvalidInput("assessment.item_untested")
    failures = run_tests(kind, version.content, tests)
    if failures:
        raise InvalidInput("assessment.item_tests_failed", first=str(failures[0]), count=len(failures))
    _move(version, {ItemState.DRAFT, ItemState.IN_REVIEW}, ItemState.READY)
    version.ready_at = uow.now()


def retire_item(uow: UnitOfWork, version_id: UUID) -> None:
    """Take a version out of use; attempts that have it keep it."""
    version = _own_version(uow, version_id)
    _move(version, {ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.READY}, ItemState.RETIRED)


def _own_version(uow: UnitOfWork, version_id: UUID) -> ItemVersion:
    """Return an item version of a bank of the actor's organisation."""
    row = uow.session.execute(
        sa.select(ItemVersion, Bank)
        .join(Item, Item.id == ItemVersion.item_id)
        .join(Bank, Bank.id == Item.bank_id)
        .where(ItemVersion.id == version_id)
    ).first()
    if row is None:
        raise NotFound("assessment.no_item")
    version, bank = row
    uow.require("assessment.author", bank)
    return version


def _move(version: ItemVersion, before: set[ItemState], after: ItemState) -> None:
    if version.state not in before:
        raise Conflict("assessment.item_state", state=version.state.value)
    version.state = after


def create_blueprint(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    title: str,
    subject: str,
    plan: Plan,
    mark_scale: MarkScale = MarkScale.FIVE,
) -> UUID:
    """Write the first version of an examination's plan and return the version's id."""
    uow.require("assessment.author", org_id)
    blueprint = Blueprint(
        org_id=org_id, title=title, subject=subject, created_by=uow.actor.person_id, created_at=uow.now()
    )
    uow.session.add(blueprint)
    uow.session.flush()
    return _plan_version(uow, blueprint, 1, plan, mark_scale).id


def revise_blueprint(uow: UnitOfWork, version_id: UUID, plan: Plan) -> UUID:
    """Write the next version of a plan; sessions keep the version that they were opened with."""
    before = uow.session.get(BlueprintVersion, version_id)
    if before is None:
        raise NotFound("assessment.no_blueprint")
    blueprint = uow.session.get_one(Blueprint, before.blueprint_id)
    uow.require("assessment.author", blueprint)
    newest = uow.session.scalar(
        sa.select(sa.func.max(BlueprintVersion.number)).where(BlueprintVersion.blueprint_id == blueprint.id)
    )
    scale = uow.session.get_one(MarkPolicy, before.mark_policy_id).scale
    return _plan_version(uow, blueprint, (newest or 0) + 1, plan, scale).id


def _plan_version(
    uow: UnitOfWork, blueprint: Blueprint, number: int, plan: Plan, scale: MarkScale
) -> BlueprintVersion:
    if problems := plan.problems():
        raise InvalidInput("assessment.plan", fields=problems)
    _require_ready(uow, blueprint.org_id, [item.item_version_id for item in plan.items])
    document = plan.to_document()
    version = BlueprintVersion(
        blueprint_id=blueprint.id,
        number=number,
        plan=document,
        content_hash=content_hash(document),
        base_minutes=plan.base_minutes,
        item_count=len(plan.items),
        max_points=plan.max_points,
        mark_policy_id=default_policy(uow, blueprint.org_id, scale).id,
        supervision=dict(plan.supervision),
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(version)
    uow.session.flush()
    return version


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


def default_policy(uow: UnitOfWork, org_id: UUID, scale: MarkScale) -> MarkPolicy:
    """Return the organisation's newest policy for a scale; the usual thresholds become version 1 when there is none."""
    policy = uow.session.scalar(
        sa.select(MarkPolicy)
        .where(MarkPolicy.org_id == org_id, MarkPolicy.scale == scale)
        .order_by(MarkPolicy.version.desc())
        .limit(1)
    )
    if policy is None:
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
