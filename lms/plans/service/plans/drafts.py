"""Write a draft of a plan: begin it, change, add, move and take out items. Every change names the revision it saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.queries import SessionCard, sessions_of
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.courses.queries import catalogue
from lms.courses.types import CourseCard
from lms.curriculum.queries import curriculum_view, newest_curricula
from lms.curriculum.types import SUBJECT_WORDS
from lms.plans.models import Plan, PlanItem, PlanVersion
from lms.plans.plan_reading import content_of
from lms.plans.rules.plan_content import ItemContent, from_json, to_json
from lms.plans.rules.prerequisites import ring_in
from lms.plans.service.plans.opening import (
    append_item,
    copy_items,
    fill_item,
    new_version,
    open_plan,
    open_version,
    receipt,
    require_state,
    touch,
)
from lms.plans.service.plans.templates import from_curriculum_item, key_of
from lms.plans.types.plans import Delivery, PlanReceipt, PlanState

__all__ = [
    "add_from_curriculum",
    "add_item",
    "begin_version",
    "discard_draft",
    "edit_item",
    "move_item",
    "open_draft",
    "remove_item",
    "restore_item",
]


def begin_version(uow: UnitOfWork, *, plan_id: UUID, reason: str) -> PlanReceipt:
    """Begin the next version as a draft that equals the newest active or returned one.

    Items without outcomes take those that the newest version of the curriculum has named since. Raises Conflict
    ``plans.open_version_exists`` when another version is on its way, InvalidInput ``plans.needs_reason``.
    """
    plan = open_plan(uow, plan_id, "plans.edit")
    versions = uow.session.scalars(
        sa.select(PlanVersion).where(PlanVersion.plan_id == plan_id).order_by(PlanVersion.no)
    ).all()
    if any(v.state in {PlanState.DRAFT, PlanState.SUBMITTED, PlanState.APPROVED} for v in versions):
        raise Conflict("plans.open_version_exists")
    if not reason.strip():
        raise InvalidInput("plans.needs_reason", fields={"reason": ["plans.needs_reason"]})
    sources = [v for v in versions if v.state in {PlanState.ACTIVE, PlanState.RETURNED}]
    if not sources:
        raise Conflict("plans.plan_ended")
    source = sources[-1]
    version = new_version(uow, plan, versions[-1].no + 1, source.id, reason.strip())
    copy_items(source, version)
    _take_new_outcomes(uow, plan, version)
    uow.session.flush()
    return receipt(version)


def _take_new_outcomes(uow: UnitOfWork, plan: Plan, version: PlanVersion) -> None:
    """Give items that name no outcomes those of the same module in the newest version of their curriculum."""
    old = curriculum_view(uow.session, plan.curriculum_id)
    newest = next(
        (
            c
            for c in newest_curricula(uow.session, plan.org_id, old.grade, old.year)
            if c.programme == old.programme
        ),
        old,
    )
    named = {(module.subject, module.title): from_curriculum_item(module).outcomes for module in newest.items}
    for item in version.items:
        content = content_of(item)
        outcomes = named.get((item.subject, item.title), ())
        if not content.outcomes and sum((share.hours for share in outcomes), Decimal(0)) <= item.hours:
            fill_item(item, replace(content, outcomes=outcomes))


def discard_draft(uow: UnitOfWork, *, version_id: UUID) -> PlanReceipt:
    """Cancel a draft, a what-if copy or a version that came back; the one in force (if any) stays as it is."""
    _plan, version = open_version(uow, version_id, "plans.edit")
    require_state(version, PlanState.DRAFT, PlanState.VARIANT, PlanState.RETURNED)
    version.state = PlanState.CANCELLED
    version.ended_at = uow.now()
    uow.session.flush()
    return receipt(version)


def open_draft(uow: UnitOfWork, version_id: UUID, revision: int | None) -> tuple[Plan, PlanVersion]:
    """Return a version that may still be written: a draft, or a what-if copy of one."""
    plan, version = open_version(uow, version_id, "plans.edit", revision)
    require_state(version, PlanState.DRAFT, PlanState.VARIANT)
    return plan, version


def _find(version: PlanVersion, stable_key: str) -> PlanItem:
    for item in version.items:
        if item.stable_key == stable_key:
            return item
    raise NotFound("plans.no_item")


def _check_content(uow: UnitOfWork, org_id: UUID, content: ItemContent) -> ItemContent:
    """Return the content tidied up; raise InvalidInput naming the fields that cannot be used."""
    fields: dict[str, list[str]] = {}
    if content.session_id is not None and not _is_own(content.session_id, sessions_of(uow.session, [org_id])):
        fields["session_id"] = ["plans.no_such_exam"]
    if content.subject not in SUBJECT_WORDS:
        fields["subject"] = ["plans.no_such_subject"]
    if not content.title.strip():
        fields["title"] = ["plans.needs_title"]
    if content.hours <= 0:
        fields["hours"] = ["plans.hours_not_positive"]
    if len({share.outcome_id for share in content.outcomes}) != len(content.outcomes):
        fields["outcomes"] = ["plans.outcome_twice"]
    keeps_course = content.delivery is Delivery.OWN_COURSE
    if content.course_id is not None and keeps_course:
        courses = catalogue(uow.session, [org_id], with_drafts=True, archived=None)
        if not _is_own(content.course_id, courses):
            fields["course_id"] = ["plans.no_such_course"]
    if fields:
        raise InvalidInput("plans.check_item", fields=fields)
    keeps_external = content.delivery in {Delivery.EXTERNAL, Delivery.NETWORK}
    return replace(
        content,
        title=content.title.strip(),
        course_id=content.course_id if keeps_course else None,
        external_course=content.external_course.strip() if keeps_external else "",
    )


def _refuse_circle(version: PlanVersion, stable_key: str, content: ItemContent) -> None:
    """Raise InvalidInput ``plans.prerequisite_circle`` when an item would wait for itself over others."""
    titles = {item.stable_key: item.title for item in version.items}
    waits = {item.stable_key: tuple(item.prerequisites) for item in version.items}
    ring = ring_in({**waits, stable_key: content.prerequisites}, stable_key)
    if ring:
        names = " → ".join(f"«{titles[key]}»" for key in (*ring, ring[0]))
        raise InvalidInput(
            "plans.prerequisite_circle",
            fields={"prerequisites": ["plans.prerequisite_circle"]},
            list=names,
        )


def _is_own(wanted: UUID, cards: Sequence[SessionCard] | Sequence[CourseCard]) -> bool:
    """Tell whether the school itself has what an item names."""
    return any(card.id == wanted for card in cards)


def edit_item(
    uow: UnitOfWork, *, version_id: UUID, stable_key: str, content: ItemContent, revision: int | None = None
) -> PlanReceipt:
    """Give an item of a draft another content.

    Raises InvalidInput ``plans.check_item``, Conflict ``plans.changed_meanwhile`` or ``plans.wrong_state``.
    """
    plan, version = open_draft(uow, version_id, revision)
    item = _find(version, stable_key)
    _refuse_circle(version, stable_key, content)
    fill_item(item, _check_content(uow, plan.org_id, content))
    touch(version)
    uow.session.flush()
    return receipt(version, stable_key)


def add_item(
    uow: UnitOfWork, *, version_id: UUID, content: ItemContent, revision: int | None = None
) -> PlanReceipt:
    """Add an item of one's own to a draft."""
    plan, version = open_draft(uow, version_id, revision)
    checked = _check_content(uow, plan.org_id, content)
    item = append_item(version, f"{checked.subject}-{new_id().hex[-12:]}", checked)
    touch(version)
    uow.session.flush()
    return receipt(version, item.stable_key)


def add_from_curriculum(
    uow: UnitOfWork, *, version_id: UUID, curriculum_item_id: UUID, revision: int | None = None
) -> PlanReceipt:
    """Add a module of the curriculum to a draft; raise Conflict ``plans.item_there_already``."""
    plan, version = open_draft(uow, version_id, revision)
    modules = curriculum_view(uow.session, plan.curriculum_id).items
    module = next((m for m in modules if m.id == curriculum_item_id), None)
    if module is None:
        raise NotFound("plans.no_item")
    key = key_of(module)
    if any(item.stable_key == key for item in version.items):
        raise Conflict("plans.item_there_already", title=module.title)
    content = from_curriculum_item(module)
    append_item(version, key, content, base=to_json(content))
    version.removed_items = [row for row in version.removed_items if row["stable_key"] != key]
    touch(version)
    uow.session.flush()
    return receipt(version, key)


def remove_item(
    uow: UnitOfWork, *, version_id: UUID, stable_key: str, revision: int | None = None
) -> PlanReceipt:
    """Take an item out of a draft; `restore_item` brings it back as it was."""
    _plan, version = open_draft(uow, version_id, revision)
    item = _find(version, stable_key)
    kept = {
        "stable_key": stable_key,
        "position": item.position,
        "content": to_json(content_of(item)),
        "base": item.base,
    }
    version.removed_items = [*version.removed_items, kept]
    version.items.remove(item)
    touch(version)
    uow.session.flush()
    return receipt(version, stable_key)


def restore_item(
    uow: UnitOfWork, *, version_id: UUID, stable_key: str, revision: int | None = None
) -> PlanReceipt:
    """Bring an item back that was taken out of this draft; raise NotFound ``plans.no_item``."""
    _plan, version = open_draft(uow, version_id, revision)
    kept = next((row for row in version.removed_items if row["stable_key"] == stable_key), None)
    if kept is None:
        raise NotFound("plans.no_item")
    item = append_item(version, stable_key, from_json(kept["content"]), base=kept["base"])
    item.position = kept["position"]
    version.removed_items = [row for row in version.removed_items if row["stable_key"] != stable_key]
    touch(version)
    uow.session.flush()
    return receipt(version, stable_key)


def move_item(
    uow: UnitOfWork, *, version_id: UUID, stable_key: str, period: int, revision: int | None = None
) -> PlanReceipt:
    """Move an item to another period; raise InvalidInput ``plans.no_such_period``."""
    plan, version = open_draft(uow, version_id, revision)
    item = _find(version, stable_key)
    if period not in {p.number for p in curriculum_view(uow.session, plan.curriculum_id).periods}:
        raise InvalidInput("plans.no_such_period", fields={"period": ["plans.no_such_period"]})
    fill_item(item, replace(content_of(item), period=period))
    touch(version)
    uow.session.flush()
    return receipt(version, stable_key)
