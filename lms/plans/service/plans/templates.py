"""Write plan templates, and bring drafts up to date with them without losing anybody's own changes (P6)."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.curriculum.queries import curriculum_view
from lms.curriculum.types import CurriculumItemView
from lms.plans.models import PlanTemplate, PlanTemplateItem, PlanVersion
from lms.plans.queries.bulk import own_items
from lms.plans.rules.plan_bulk import brought_up_to_date
from lms.plans.rules.plan_content import ItemContent, to_json
from lms.plans.service.plans.opening import fill_item, touch
from lms.plans.types.plans import OutcomeHours

__all__ = [
    "bring_up_to_date",
    "create_template",
    "edit_template_item",
    "from_curriculum_item",
    "key_of",
    "open_template",
]


def from_curriculum_item(module: CurriculumItemView) -> ItemContent:
    """Return what a plan says about a module of the curriculum when nobody has changed anything."""
    return ItemContent(
        subject=module.subject,
        title=module.title,
        hours=module.hours,
        period=module.period,
        attestation_form=module.attestation_form,
        outcomes=tuple(OutcomeHours(share.outcome_id, share.hours) for share in module.outcomes),
        curriculum_item_id=module.id,
    )


def create_template(uow: UnitOfWork, *, org_id: UUID, curriculum_id: UUID, title: str) -> UUID:
    """Make a template with one item for every module of a curriculum, studied with the class; return its id.

    A template of the same curriculum and title is the same template: a form that is sent twice makes one.
    """
    uow.require("plans.templates", org_id)
    curriculum = curriculum_view(uow.session, curriculum_id)
    if not title.strip():
        raise InvalidInput("plans.needs_title", fields={"title": ["plans.needs_title"]})
    uow.lock("plan_template", curriculum_id)
    known = uow.session.scalar(
        sa.select(PlanTemplate.id).where(
            PlanTemplate.org_id == org_id,
            PlanTemplate.curriculum_id == curriculum_id,
            PlanTemplate.title == title.strip(),
        )
    )
    if known is not None:
        return known
    template = PlanTemplate(
        org_id=org_id,
        title=title.strip(),
        grade=curriculum.grade,
        year=curriculum.year,
        curriculum_id=curriculum_id,
        created_at=uow.now(),
        items=[
            PlanTemplateItem(
                stable_key=key_of(module), position=n, content=to_json(from_curriculum_item(module))
            )
            for n, module in enumerate(curriculum.items)
        ],
    )
    uow.session.add(template)
    uow.session.flush()
    return template.id


def key_of(module: CurriculumItemView) -> str:
    """Return the stable key of a module: it stays the same in every plan and version."""
    return f"{module.subject}-{module.id.hex[-12:]}"


def edit_template_item(uow: UnitOfWork, *, template_id: UUID, stable_key: str, content: ItemContent) -> None:
    """Change one item of a template; plans follow only when they are brought up to date."""
    template = open_template(uow, template_id)
    item = next((row for row in template.items if row.stable_key == stable_key), None)
    if item is None:
        raise NotFound("plans.no_item")
    if not content.title.strip():
        raise InvalidInput("plans.check_item", fields={"title": ["plans.needs_title"]})
    item.content = to_json(content)
    template.revision += 1
    uow.session.flush()


def bring_up_to_date(draft: PlanVersion, contents: dict[str, ItemContent]) -> int:
    """Write into a draft what its template says now; return how many items changed."""
    changed = 0
    merged = brought_up_to_date(own_items(draft), contents)
    for item in draft.items:
        if item.base is None or item.stable_key not in contents:
            continue
        before = item.content_hash
        fill_item(item, merged[item.stable_key])
        item.base = to_json(contents[item.stable_key])
        changed += before != item.content_hash
    if changed:
        touch(draft)
    return changed


def open_template(uow: UnitOfWork, template_id: UUID) -> PlanTemplate:
    """Return a template locked for this transaction; raise NotFound ``plans.no_template``."""
    template = uow.session.get(PlanTemplate, template_id, with_for_update=True)
    if template is None:
        uow.require("plans.templates")
        raise NotFound("plans.no_template")
    uow.require("plans.templates", template.org_id)
    return template
