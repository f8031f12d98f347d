"""Begin a plan: from a template or the class's curriculum, with what last year left open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import CurriculumState
from lms.people.queries import current_admission, roles_of
from lms.plans.models import Plan, PlanTemplate, PlanVersion
from lms.plans.plan_access import PlanReach
from lms.plans.plan_reading import local_day
from lms.plans.queries.plans import plan_view
from lms.plans.rules.plan_carry import PastItem, carried_ways, open_items
from lms.plans.rules.plan_content import ItemContent, from_json, to_json
from lms.plans.service.plans.opening import append_item, new_version, receipt
from lms.plans.service.plans.templates import from_curriculum_item, key_of
from lms.plans.types.plans import PlanKind, PlanReceipt, PlanScope, PlanState

__all__ = ["create_plan", "create_plan_from_template"]


@dataclass(frozen=True, slots=True)
class _Start:
    """What a plan begins with: whose school, which curriculum, which items."""

    org_id: UUID
    curriculum_id: UUID
    template_id: UUID | None
    items: dict[str, ItemContent]


_LIVING = (PlanState.DRAFT, PlanState.SUBMITTED, PlanState.RETURNED, PlanState.APPROVED, PlanState.ACTIVE)


def create_plan_from_template(
    uow: UnitOfWork,
    *,
    person_id: UUID,
    template_id: UUID,
    basis: str,
    scope: PlanScope = PlanScope.WHOLE,
    subjects: Iterable[str] = (),
) -> PlanReceipt:
    """Begin a student's plan as a draft with the template's items (those of ``subjects`` in a partial plan)."""
    return create_plan(
        uow, person_id=person_id, start_id=template_id, basis=basis, scope=scope, subjects=subjects
    )


def create_plan(
    uow: UnitOfWork,
    *,
    person_id: UUID,
    start_id: UUID,
    basis: str,
    kind: PlanKind = PlanKind.GENERAL,
    scope: PlanScope = PlanScope.WHOLE,
    subjects: Iterable[str] = (),
    carry_over: bool = False,
) -> PlanReceipt:
    """Begin a plan as a draft; ``start_id`` names a template or an approved curriculum.

    ``carry_over`` takes along from the person's last plan what is still open there (debts too) and how subjects were
    studied. Raises InvalidInput ``plans.not_admitted``, ``plans.needs_basis`` or ``plans.needs_subjects``, NotFound
    ``plans.no_template``, Conflict ``plans.plan_exists`` when there is a living plan for the same curriculum.
    """
    start = _start(uow, start_id)
    uow.require("plans.edit", PlanReach(start_id, person_id, start.org_id, uow.now(), kind))
    chosen = sorted(set(subjects)) if scope is PlanScope.SUBJECTS else []
    _check_admitted(uow, person_id, start.org_id, kind)
    _check_beginning(basis, scope, chosen)
    uow.lock("plan_of", person_id)
    _refuse_second(uow, person_id, start.curriculum_id)
    plan = Plan(
        person_id=person_id,
        org_id=start.org_id,
        curriculum_id=start.curriculum_id,
        template_id=start.template_id,
        kind=kind,
        basis=basis.strip(),
        scope=scope,
        subjects=chosen,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(plan)
    uow.session.flush()
    version = new_version(uow, plan, 1, None, "")
    _fill(uow, plan, version, start, carry_over=carry_over)
    uow.session.flush()
    return receipt(version)


def _start(uow: UnitOfWork, start_id: UUID) -> _Start:
    template = uow.session.get(PlanTemplate, start_id)
    if template is not None:
        items = {row.stable_key: from_json(row.content) for row in template.items}
        return _Start(template.org_id, template.curriculum_id, template.id, items)
    try:
        curriculum = curriculum_view(uow.session, start_id)
    except NotFound:
        uow.require("plans.edit")
        raise NotFound("plans.no_template") from None
    if curriculum.state is not CurriculumState.APPROVED:
        uow.require("plans.edit")
        raise NotFound("plans.no_template")
    modules = {key_of(module): from_curriculum_item(module) for module in curriculum.items}
    return _Start(curriculum.org_id, curriculum.id, None, modules)


def _check_admitted(uow: UnitOfWork, person_id: UUID, org_id: UUID, kind: PlanKind) -> None:
    """Refuse whoever does not belong to the school: students are admitted to it, staff hold a role in it."""
    if kind is PlanKind.STAFF:
        belongs = any(role.org_id == org_id for role in roles_of(uow.session, person_id, uow.now()))
    else:
        admission = current_admission(uow.session, person_id, local_day(uow.runtime))
        belongs = admission is not None and admission.org_id == org_id
    if not belongs:
        raise InvalidInput("plans.not_admitted")


def _check_beginning(basis: str, scope: PlanScope, subjects: list[str]) -> None:
    if not basis.strip():
        raise InvalidInput("plans.needs_basis", fields={"basis": ["plans.needs_basis"]})
    if scope is PlanScope.SUBJECTS and not subjects:
        raise InvalidInput("plans.needs_subjects", fields={"subjects": ["plans.needs_subjects"]})


def _refuse_second(uow: UnitOfWork, person_id: UUID, curriculum_id: UUID) -> None:
    existing = uow.session.scalar(
        sa.select(Plan.id)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .where(
            Plan.person_id == person_id,
            Plan.curriculum_id == curriculum_id,
            PlanVersion.state.in_(_LIVING),
        )
        .limit(1)
    )
    if existing is not None:
        raise Conflict("plans.plan_exists")


def _fill(uow: UnitOfWork, plan: Plan, version: PlanVersion, start: _Start, *, carry_over: bool) -> None:
    """Put the items of the start into the first version, and what the last plan left open."""
    items = {
        key: content
        for key, content in start.items.items()
        if plan.scope is PlanScope.WHOLE or content.subject in plan.subjects
    }
    past, year = _last_year(uow, plan) if carry_over else ([], "")
    ways = carried_ways(past, items)
    for key, content in ways.items():
        append_item(version, key, content, base=to_json(items[key]))
    periods = curriculum_view(uow.session, plan.curriculum_id).periods
    first = min((period.number for period in periods), default=1)
    for key, content in open_items(past, first, year).items():
        if key not in items:
            append_item(version, key, content)


def _last_year(uow: UnitOfWork, plan: Plan) -> tuple[list[PastItem], str]:
    """Return the items of the person's newest plan in this school before this one, and the year it was for."""
    newest = uow.session.scalar(
        sa.select(PlanVersion.id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(
            Plan.person_id == plan.person_id,
            Plan.org_id == plan.org_id,
            Plan.id != plan.id,
            PlanVersion.state.in_([PlanState.ACTIVE, PlanState.COMPLETED]),
        )
        .order_by(PlanVersion.activated_at.desc())
        .limit(1)
    )
    if newest is None:
        return [], ""
    view = plan_view(uow.session, newest, local_day(uow.runtime))
    return [PastItem(item.stable_key, item.content, item.state) for item in view.items], view.year
