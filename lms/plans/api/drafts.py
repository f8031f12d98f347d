"""Let programs write plans: begin one, change its items, submit, return, bring into force, record results."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_smorest.fields import Upload

from lms.core.web import access, current_actor, read_session, unit_of_work
from lms.plans import service
from lms.plans.api.plans import blueprint, opened
from lms.plans.pages.plans import worded_checks
from lms.plans.queries import plans as queries
from lms.plans.queries.plans import TemplateView
from lms.plans.rules.plan_content import ItemContent
from lms.plans.schemas.plans import (
    BasisSchema,
    CheckSchema,
    ItemJsonSchema,
    ItemMarkSchema,
    OrderSchema,
    PaperSchema,
    PlanReceiptSchema,
    ReasonSchema,
    SeenRevisionSchema,
    SessionChoiceSchema,
    StartPlanSchema,
    TemplateOutSchema,
)
from lms.plans.types.plans import OutcomeHours, PlanReceipt

__all__ = ["blueprint"]


class PaperFileSchema(PaperSchema):
    """Who signed, and the scan: a PDF or a picture."""

    document = Upload(required=True)


# --- the draft --------------------------------------------------------------------------------------------------


@blueprint.get("/templates")
@blueprint.response(200, TemplateOutSchema(many=True))
@access("plans.edit")
def templates() -> list[TemplateView]:
    """List the templates that a plan can begin with."""
    return queries.templates_for(read_session(), {role.org_id for role in current_actor().roles})


@blueprint.post("")
@blueprint.arguments(StartPlanSchema)
@blueprint.response(201, PlanReceiptSchema)
@access("plans.edit")
def create(data: dict[str, Any]) -> PlanReceipt:
    """Begin a student's plan as a draft with the items of a template or of a curriculum."""
    with unit_of_work() as uow:
        return service.create_plan(uow, **data)


@blueprint.post("/<uuid:plan_id>/versions")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, PlanReceiptSchema)
@access("plans.edit")
def begin(data: dict[str, Any], plan_id: UUID) -> PlanReceipt:
    """Begin the next version of a plan as a draft, with the reason that people will read."""
    with unit_of_work() as uow:
        return service.begin_version(uow, plan_id=plan_id, reason=data["reason"])


@blueprint.delete("/versions/<uuid:version_id>")
@blueprint.response(200, PlanReceiptSchema)
@access("plans.edit")
def discard(version_id: UUID) -> PlanReceipt:
    """Cancel a draft; the version in force stays."""
    with unit_of_work() as uow:
        return service.discard_draft(uow, version_id=version_id)


@blueprint.get("/versions/<uuid:version_id>/checks")
@blueprint.response(200, CheckSchema(many=True))
@access("plans.edit")
def checks(version_id: UUID) -> list[dict[str, Any]]:
    """Say what the checks find in a version; a blocking finding forbids submitting."""
    return worded_checks(opened(version_id, "plans.edit"))


def _content(data: dict[str, Any], before: ItemContent | None = None) -> ItemContent:
    kept = before.curriculum_item_id if before is not None else None
    values = {name: value for name, value in data.items() if name != "revision"}
    shares = tuple(OutcomeHours(**share) for share in values.pop("outcomes"))
    first = tuple(sorted(values.pop("prerequisites")))
    return ItemContent(**values, outcomes=shares, curriculum_item_id=kept, prerequisites=first)


@blueprint.post("/versions/<uuid:version_id>/items")
@blueprint.arguments(ItemJsonSchema)
@blueprint.response(201, PlanReceiptSchema)
@access("plans.edit")
def add_item(data: dict[str, Any], version_id: UUID) -> PlanReceipt:
    """Add an item of one's own to a draft."""
    with unit_of_work() as uow:
        return service.add_item(uow, version_id=version_id, content=_content(data), revision=data["revision"])


@blueprint.put("/versions/<uuid:version_id>/items/<stable_key>")
@blueprint.arguments(ItemJsonSchema)
@blueprint.response(200, PlanReceiptSchema)
@access("plans.edit")
def edit_item(data: dict[str, Any], version_id: UUID, stable_key: str) -> PlanReceipt:
    """Give an item of a draft another content; 409 when the draft has changed since ``revision``."""
    before = opened(version_id, "plans.edit").item(stable_key).content
    with unit_of_work() as uow:
        return service.edit_item(
            uow,
            version_id=version_id,
            stable_key=stable_key,
            content=_content(data, before),
            revision=data["revision"],
        )


@blueprint.delete("/versions/<uuid:version_id>/items/<stable_key>")
@blueprint.arguments(SeenRevisionSchema, location="query")
@blueprint.response(200, PlanReceiptSchema)
@access("plans.edit")
def remove_item(query: dict[str, Any], version_id: UUID, stable_key: str) -> PlanReceipt:
    """Take an item out of a draft; it can be brought back."""
    with unit_of_work() as uow:
        return service.remove_item(uow, version_id=version_id, stable_key=stable_key, **query)


@blueprint.post("/versions/<uuid:version_id>/items/<stable_key>/restore")
@blueprint.arguments(SeenRevisionSchema)
@blueprint.response(200, PlanReceiptSchema)
@access("plans.edit")
def restore_item(data: dict[str, Any], version_id: UUID, stable_key: str) -> PlanReceipt:
    """Bring an item back that was taken out of a draft."""
    with unit_of_work() as uow:
        return service.restore_item(uow, version_id=version_id, stable_key=stable_key, **data)


# --- the way into force -----------------------------------------------------------------------------------------


@blueprint.post("/versions/<uuid:version_id>/submit")
@blueprint.arguments(SeenRevisionSchema)
@blueprint.response(200, PlanReceiptSchema)
@access("plans.edit")
def submit(data: dict[str, Any], version_id: UUID) -> PlanReceipt:
    """Submit a draft: the family reads and signs it, then the order follows."""
    with unit_of_work() as uow:
        return service.submit_version(uow, version_id=version_id, **data)


@blueprint.post("/versions/<uuid:version_id>/return")
@blueprint.arguments(ReasonSchema)
@blueprint.response(200, PlanReceiptSchema)
@access("plans.return")
def send_back(data: dict[str, Any], version_id: UUID) -> PlanReceipt:
    """Return a submitted version to its author with a reason."""
    with unit_of_work() as uow:
        return service.return_version(uow, version_id=version_id, reason=data["reason"])


@blueprint.post("/versions/<uuid:version_id>/paper")
@blueprint.arguments(PaperFileSchema, location="files")
@blueprint.response(201, PlanReceiptSchema)
@access("plans.sign_paper")
def attach_paper(data: dict[str, Any], version_id: UUID) -> PlanReceipt:
    """Attach the scan of a version that the family signed on paper."""
    scan = data["document"]
    with unit_of_work() as uow:
        return service.attach_paper(
            uow,
            version_id=version_id,
            signer_id=data["signer"],
            document=scan.read(),
            document_name=scan.filename or "",
        )


@blueprint.post("/versions/<uuid:version_id>/order")
@blueprint.arguments(OrderSchema)
@blueprint.response(201, PlanReceiptSchema)
@access("plans.approve")
def order(data: dict[str, Any], version_id: UUID) -> PlanReceipt:
    """Approve a signed version by an order; it comes into force at once or on the day that the order names."""
    with unit_of_work() as uow:
        return service.approve_by_order(uow, version_id=version_id, **data)


# --- the plan in force ------------------------------------------------------------------------------------------


@blueprint.post("/<uuid:plan_id>/items/<stable_key>/mark")
@blueprint.arguments(ItemMarkSchema)
@blueprint.response(201, BasisSchema)
@access("plans.mark")
def mark(data: dict[str, Any], plan_id: UUID, stable_key: str) -> Any:
    """Record the result of an item that its teacher attests."""
    with unit_of_work() as uow:
        return service.record_mark(
            uow,
            plan_id=plan_id,
            stable_key=stable_key,
            mark=data["mark"],
            is_passed=data["passed"] == "yes",
            note=data["note"],
        )


@blueprint.post("/<uuid:plan_id>/items/<stable_key>/waiver")
@blueprint.arguments(ReasonSchema)
@blueprint.response(201, BasisSchema)
@access("plans.waive")
def waive(data: dict[str, Any], plan_id: UUID, stable_key: str) -> Any:
    """Free the student from an item, with a reason."""
    with unit_of_work() as uow:
        return service.waive_item(uow, plan_id=plan_id, stable_key=stable_key, reason=data["reason"])


@blueprint.put("/<uuid:plan_id>/items/<stable_key>/exam")
@blueprint.arguments(SessionChoiceSchema)
@blueprint.response(204)
@access("plans.edit")
def assign_exam(data: dict[str, Any], plan_id: UUID, stable_key: str) -> None:
    """Admit the student to an exam for an item of the plan in force; the agreed content stays."""
    with unit_of_work() as uow:
        service.assign_session(uow, plan_id=plan_id, stable_key=stable_key, session_id=data["session_id"])
