"""Check forms and JSON of study plans."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from lms.curriculum.types import SUBJECT_WORDS, AttestationForm
from lms.plans.types.plans import Delivery, ItemState, PlanKind, PlanScope, PlanState, SignatureKind
from lms.plans.words import item_badge

__all__ = [
    "ApprovalSchema",
    "BasisSchema",
    "BulkSchema",
    "ChangeSchema",
    "CheckSchema",
    "ItemJsonSchema",
    "ItemMarkSchema",
    "ItemSchema",
    "MarkSchema",
    "OrderSchema",
    "PaperSchema",
    "PlanQuerySchema",
    "PlanReceiptSchema",
    "PlanSchema",
    "ProposalSchema",
    "ReasonSchema",
    "RevisionSchema",
    "SeenRevisionSchema",
    "SessionChoiceSchema",
    "SignSchema",
    "StartPlanSchema",
    "TemplateItemSchema",
    "TemplateOutSchema",
    "TemplateSchema",
    "VersionSchema",
]


class Hours(fields.Decimal):
    """Hours as people write them: ``2,5`` is ``2.5``; at most two decimal places."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = str(value).strip().replace(",", ".")
        return super()._deserialize(text, attr, data, **kwargs)


class RevisionSchema(Schema):
    """What a page saw of a draft when it was opened."""

    revision = fields.Integer(load_default=None)


class SeenRevisionSchema(Schema):
    """What a program saw of a draft: it says so with every change, or it would change what it has not read."""

    revision = fields.Integer(required=True)


class StartPlanSchema(Schema):
    """Beginning a plan from a template or from the curriculum of the class."""

    person_id = fields.UUID(required=True)
    start_id = fields.UUID(required=True, data_key="template_id")
    kind = fields.Enum(PlanKind, by_value=True, load_default=PlanKind.GENERAL)
    carry_over = fields.Boolean(load_default=False)
    basis = fields.String(required=True, validate=validate.Length(max=200))
    scope = fields.Enum(PlanScope, by_value=True, load_default=PlanScope.WHOLE)
    subjects = fields.List(fields.String(validate=validate.OneOf(list(SUBJECT_WORDS))), load_default=list)


class ItemSchema(RevisionSchema):
    """One item of a plan; the hours of each outcome come as ``outcome-<id>`` beside these fields."""

    subject = fields.String(required=True, validate=validate.OneOf(list(SUBJECT_WORDS)))
    title = fields.String(required=True, validate=validate.Length(max=200))
    hours = Hours(required=True, places=2, validate=validate.Range(0, 2000, min_inclusive=False))
    period = fields.Integer(required=True)
    delivery = fields.Enum(Delivery, by_value=True, required=True)
    attestation_form = fields.Enum(AttestationForm, by_value=True, load_default=None)
    deadline = fields.Date(load_default=None)
    course_id = fields.UUID(load_default=None)
    external_course = fields.String(load_default="", validate=validate.Length(max=300))
    session_id = fields.UUID(load_default=None)
    note = fields.String(load_default="", validate=validate.Length(max=600))
    prerequisites = fields.List(
        fields.String(validate=validate.Length(max=60)), load_default=list, validate=validate.Length(max=40)
    )


class OutcomeShareSchema(Schema):
    """An outcome that an item leads to, and its hours."""

    outcome_id = fields.UUID(required=True)
    hours = Hours(required=True, places=2, validate=validate.Range(0, 2000, min_inclusive=False))


class ItemJsonSchema(ItemSchema):
    """One item of a plan with its outcomes; ``revision`` is that of the draft as the program read it."""

    revision = fields.Integer(required=True)
    outcomes = fields.List(fields.Nested(OutcomeShareSchema), load_default=list)


class ReasonSchema(Schema):
    """A reason that people will read."""

    reason = fields.String(load_default="", validate=validate.Length(max=600))


class ProposalSchema(Schema):
    """What a student or a parent would like to have in the plan."""

    title = fields.String(load_default="", validate=validate.Length(max=200))
    subject = fields.String(load_default="")
    hours = Hours(required=True, places=2, validate=validate.Range(0, 2000, min_inclusive=False))
    period = fields.Integer(required=True)
    delivery = fields.Enum(Delivery, by_value=True, load_default=Delivery.EXTERNAL)
    external_course = fields.String(load_default="", validate=validate.Length(max=300))
    reason = fields.String(load_default="", validate=validate.Length(max=600))


class OrderSchema(Schema):
    """The order that approves a version."""

    order_no = fields.String(load_default="", validate=validate.Length(max=40))
    order_date = fields.Date(required=True)
    effective_from = fields.Date(load_default=None)
    items_hash = fields.String(load_default="")


class SignSchema(Schema):
    """A family's signature: the version that was read, and the agreement in so many words."""

    items_hash = fields.String(required=True)
    agree = fields.Boolean(load_default=False)


class PaperSchema(Schema):
    """Who signed the paper; the scan itself is checked by its bytes."""

    signer = fields.UUID(required=True)


class MarkSchema(Schema):
    """The result of an item that its teacher attests."""

    mark = fields.String(required=True, validate=validate.Length(max=40))
    passed = fields.String(required=True, validate=validate.OneOf(["yes", "no"]))
    note = fields.String(load_default="", validate=validate.Length(max=600))


class ItemMarkSchema(MarkSchema):
    """The result of an item, under a name of its own among all schemas of the API."""


class SessionChoiceSchema(Schema):
    """The exam that is chosen for an item."""

    session_id = fields.UUID(required=True)


class TemplateSchema(Schema):
    """A template made from a curriculum."""

    curriculum_id = fields.UUID(required=True)
    title = fields.String(required=True, validate=validate.Length(max=200))


class TemplateItemSchema(Schema):
    """One item of a template: what every plan made from it begins with."""

    title = fields.String(required=True, validate=validate.Length(min=1, max=200))
    hours = Hours(required=True, places=2, validate=validate.Range(0, 2000, min_inclusive=False))
    period = fields.Integer(required=True)
    delivery = fields.Enum(Delivery, by_value=True, required=True)
    attestation_form = fields.Enum(AttestationForm, by_value=True, load_default=None)
    deadline = fields.Date(load_default=None)
    note = fields.String(load_default="", validate=validate.Length(max=600))


class BulkSchema(Schema):
    """Which plans take over what changed in their template, and why."""

    plan_ids = fields.List(fields.UUID(), load_default=list)
    shown = fields.List(fields.UUID(), load_default=list)
    others = fields.Boolean(load_default=False)
    revision = fields.Integer(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=400))


class PlanQuerySchema(Schema):
    """Whose plan is asked for."""

    person_id = fields.UUID(required=True)


class PlanReceiptSchema(Schema):
    """Where a version stands after a change; send ``revision`` with the next one."""

    plan_id = fields.UUID()
    version_id = fields.UUID()
    no = fields.Integer()
    state = fields.Enum(PlanState, by_value=True)
    revision = fields.Integer()
    stable_key = fields.String()


class BasisSchema(Schema):
    """A fact that other facts rest on."""

    kind = fields.String()
    id = fields.UUID()


class TemplateOutSchema(Schema):
    """A template that a plan can begin with."""

    id = fields.UUID()
    org_id = fields.UUID()
    title = fields.String()
    grade = fields.Integer()
    year = fields.String()
    subjects = fields.List(fields.String())


class CheckSchema(Schema):
    """One finding of the checks, as a sentence in the reader's language."""

    text = fields.String()
    fix = fields.String()
    is_blocking = fields.Boolean()


class OutcomeHoursSchema(Schema):
    """An outcome of an item: planned hours and the hours that count already."""

    outcome_id = fields.UUID()
    statement = fields.String()
    hours = fields.Decimal(places=2, as_string=True)
    credited = fields.Decimal(places=2, as_string=True)


class PlanItemSchema(Schema):
    """One item of a plan with its derived state."""

    stable_key = fields.String()
    subject = fields.String()
    title = fields.String()
    hours = fields.Decimal(places=2, as_string=True)
    period = fields.Integer()
    delivery = fields.Enum(Delivery, by_value=True)
    attestation_form = fields.Enum(AttestationForm, by_value=True, allow_none=True)
    deadline = fields.Date(allow_none=True)
    course_id = fields.UUID(allow_none=True)
    external_course = fields.String()
    content_hash = fields.String()
    state = fields.Enum(ItemState, by_value=True)
    state_words = fields.Function(
        lambda item: item_badge(item.status, item.hours)["text"], metadata={"type": "string"}
    )
    remaining_hours = fields.Decimal(places=2, as_string=True)
    outcomes = fields.List(fields.Nested(OutcomeHoursSchema))


class VersionSchema(Schema):
    """One version of a plan."""

    id = fields.UUID()
    plan_id = fields.UUID()
    no = fields.Integer()
    state = fields.Enum(PlanState, by_value=True)
    reason = fields.String()
    revision = fields.Integer()
    items_hash = fields.String()
    based_on_id = fields.UUID(allow_none=True)
    order_no = fields.String()
    order_date = fields.Date(allow_none=True)
    submitted_at = fields.AwareDateTime(allow_none=True)
    activated_at = fields.AwareDateTime(allow_none=True)


class PlanSchema(Schema):
    """A plan in one of its versions."""

    id = fields.UUID()
    person_id = fields.UUID()
    org_id = fields.UUID()
    scope = fields.Enum(PlanScope, by_value=True)
    year = fields.String()
    grade = fields.Integer()
    hours = fields.Decimal(places=2, as_string=True)
    version = fields.Nested(VersionSchema)
    items = fields.List(fields.Nested(PlanItemSchema))


class ChangeSchema(Schema):
    """One change between two versions, as a sentence in the reader's language."""

    item_key = fields.String(attribute="key")
    text = fields.String()


class ApprovalSchema(Schema):
    """Signing a version: the hash that was read, and which items (all that are open when left out)."""

    items_hash = fields.String(required=True)
    signature_kind = fields.String(
        load_default=SignatureKind.SIMPLE.value,
        # A qualified signature is not a word that a caller may claim: it comes as a file, on a page.
        validate=validate.OneOf([SignatureKind.SIMPLE.value]),
    )
    item_keys = fields.List(fields.String(allow_none=True), load_default=None, allow_none=True)
