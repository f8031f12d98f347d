"""Publish frameworks of outcomes and say how outcomes of two frameworks stand to each other."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.curriculum.models import Crosswalk, Framework, Outcome
from lms.curriculum.rules.structure import RELATION_WEIGHTS
from lms.curriculum.types import EdgeView, FrameworkView, OutcomeView, Relation

__all__ = ["add_crosswalk", "add_outcome", "create_framework"]


def create_framework(
    uow: UnitOfWork, *, org_id: UUID | None, code: str, title: str, version: str = "1"
) -> FrameworkView:
    """Create a framework in one version; ``org_id`` None means that every organisation shares it.

    Raises Conflict ``curriculum.framework_exists`` when the code has this version already.
    """
    uow.require("curriculum.manage", org_id)
    if not code.strip() or not title.strip():
        raise InvalidInput("curriculum.needs_code_and_title")
    taken = sa.select(Framework.id).where(Framework.code == code, Framework.version == version)
    if uow.session.scalar(taken) is not None:
        raise Conflict("curriculum.framework_exists", framework=code, version=version)
    row = Framework(org_id=org_id, code=code, title=title, version=version, created_at=uow.now())
    uow.session.add(row)
    uow.session.flush()
    return FrameworkView(row.id, row.code, row.title, row.version)


def add_outcome(
    uow: UnitOfWork,
    *,
    framework_id: UUID,
    code: str,
    statement: str,
    level: int = 1,
    parent_id: UUID | None = None,
) -> OutcomeView:
    """Add an outcome to a framework, below ``parent_id`` when given.

    Raises NotFound ``curriculum.no_framework``, InvalidInput ``curriculum.parent_elsewhere`` or Conflict
    ``curriculum.outcome_exists``.
    """
    framework = uow.session.get(Framework, framework_id)
    if framework is None:
        raise NotFound("curriculum.no_framework")
    uow.require("curriculum.manage", framework.org_id)
    if parent_id is not None:
        parent = uow.session.get(Outcome, parent_id)
        if parent is None or parent.framework_id != framework_id:
            raise InvalidInput("curriculum.parent_elsewhere")
    same = sa.select(Outcome.id).where(Outcome.framework_id == framework_id, Outcome.code == code)
    if uow.session.scalar(same) is not None:
        raise Conflict("curriculum.outcome_exists", outcome=code)
    count = sa.select(sa.func.count()).select_from(Outcome).where(Outcome.framework_id == framework_id)
    row = Outcome(
        framework_id=framework_id,
        parent_id=parent_id,
        code=code,
        statement=statement,
        level=level,
        position=uow.session.scalar(count) or 0,
    )
    uow.session.add(row)
    uow.session.flush()
    return OutcomeView(row.id, row.code, row.statement, row.level, row.framework_id, row.parent_id)


def add_crosswalk(
    uow: UnitOfWork,
    *,
    source_id: UUID,
    target_id: UUID,
    relation: Relation,
    weight: Decimal | None = None,
    note: str = "",
) -> EdgeView:
    """Say how ``source_id`` stands to ``target_id``; the relation gives the weight (0..1) unless one is named.

    Raises NotFound ``curriculum.no_outcome``, InvalidInput ``curriculum.weight_out_of_range`` or
    ``curriculum.edge_to_itself``, Conflict ``curriculum.edge_exists``.
    """
    outcomes = [uow.session.get(Outcome, outcome_id) for outcome_id in (source_id, target_id)]
    target = outcomes[1]
    if outcomes[0] is None or target is None:
        raise NotFound("curriculum.no_outcome")
    framework = uow.session.get_one(Framework, target.framework_id)
    uow.require("curriculum.manage", framework.org_id)
    value = RELATION_WEIGHTS[relation] if weight is None else weight
    if source_id == target_id:
        raise InvalidInput("curriculum.edge_to_itself")
    if not 0 < value <= 1:
        raise InvalidInput("curriculum.weight_out_of_range")
    same = sa.select(Crosswalk.id).where(Crosswalk.source_id == source_id, Crosswalk.target_id == target_id)
    if uow.session.scalar(same) is not None:
        raise Conflict("curriculum.edge_exists")
    row = Crosswalk(
        source_id=source_id,
        target_id=target_id,
        relation=relation,
        weight=value,
        note=note,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return EdgeView(row.id, source_id, target_id, relation, value, note)
