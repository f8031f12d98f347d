"""Check forms and JSON of credit transfer."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from lms.plans.types.credit import (
    CreditVerdict,
    DocumentKind,
    LicenceState,
    RemainderWay,
    Verification,
    VoteChoice,
)

__all__ = [
    "AnswerSchema",
    "AppealSchema",
    "CaseListSchema",
    "CaseSchema",
    "CertificateSchema",
    "CourseSchema",
    "CreditItemSchema",
    "DecisionJsonSchema",
    "DecisionReceiptSchema",
    "DecisionSchema",
    "ExternalCourseSchema",
    "KnownCourseSchema",
    "NewCaseSchema",
    "OutcomeSchema",
    "OwnCourseSchema",
    "PersonQuerySchema",
    "ProposalJsonSchema",
    "ProposalReceiptSchema",
    "ProposeHoursSchema",
    "QuestionSchema",
    "ReasonSchema",
    "ReportReceiptSchema",
    "ReportSchema",
    "SearchSchema",
    "SourceCheckSchema",
    "SourceListSchema",
    "SourceSchema",
    "StartSchema",
    "SuggestSourceSchema",
    "SuspensionEndSchema",
    "SuspensionSchema",
    "VerifySchema",
    "VoteReceiptSchema",
    "VoteSchema",
    "WaySchema",
]


def _(text: str) -> str:
    """Mark a message for translation; `load_form` words it in the reader's language."""
    return text


NEEDED: dict[str, Any] = {"required": _("Please fill this in.")}
CHOOSE: dict[str, Any] = {"required": _("Please choose one.")}
TOO_LONG = _("This is too long.")


class Amount(fields.Decimal):
    """A number as people type it: a comma or a point, spaces allowed."""

    default_error_messages = {"invalid": _("Write a number, for example 24.")}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        """Read «24,5» as 24.5."""
        text = str(value).replace("\u00a0", "").replace(" ", "").replace(",", ".")
        number = super()._deserialize(text, attr, data, **kwargs)
        if abs(number) > 100_000:
            raise ValidationError(self.error_messages["invalid"])
        return number


def _text(most: int, *, required: bool = True) -> fields.String:
    limit = validate.Length(max=most, error=TOO_LONG)
    if required:
        return fields.String(required=True, validate=limit, error_messages=NEEDED)
    return fields.String(load_default="", validate=limit)


def _choice(kinds: Any) -> fields.Enum[Any]:
    return fields.Enum(
        kinds, by_value=True, required=True, error_messages={**CHOOSE, "unknown": CHOOSE["required"]}
    )


class StartSchema(Schema):
    """Which item of which plan the application is about."""

    item = fields.String(
        required=True, error_messages={"required": _("Choose what in the plan it is about.")}
    )


class SourceSchema(Schema):
    """A source from the list."""

    source_id = fields.UUID(required=True, error_messages={**CHOOSE, "invalid_uuid": CHOOSE["required"]})


class SuggestSourceSchema(Schema):
    """A source that is not on the list."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=200, error=TOO_LONG),
        error_messages={"required": _("Write its name.")},
    )
    website = _text(300, required=False)
    licensed = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "unsure", "no"], error=CHOOSE["required"]),
        error_messages=CHOOSE,
    )
    licence_no = _text(120, required=False)


class CourseSchema(Schema):
    """A course of the source, or "another"."""

    course = fields.String(required=True, error_messages={"required": _("Choose the course.")})


class OwnCourseSchema(Schema):
    """A course that is not on the list."""

    title = _text(200)
    hours = Amount(required=True, error_messages=NEEDED)


class CertificateSchema(Schema):
    """What the certificate shows."""

    issued_on = fields.Date(
        required=True,
        error_messages={
            "required": _("Write the day as on the certificate."),
            "invalid": _("Write the day as on the certificate."),
        },
    )
    hours = Amount(required=True, error_messages={"required": _("Write the hours, as on the certificate.")})
    raw_result = fields.String(
        required=True,
        validate=validate.Length(max=40, error=TOO_LONG),
        error_messages={"required": _("Write the result, as on the certificate.")},
    )
    number = _text(80, required=False)


class WaySchema(Schema):
    """How the rest is closed."""

    way = _choice(RemainderWay)


class AppealSchema(Schema):
    """Why the family disagrees."""

    text = _text(4000)


class AnswerSchema(Schema):
    """The school's answer to an appeal."""

    outcome = fields.String(
        required=True,
        validate=validate.OneOf(["stands", "anew"], error=CHOOSE["required"]),
        error_messages=CHOOSE,
    )
    answer = _text(4000)


class VerifySchema(Schema):
    """What the office found out about a document."""

    verdict = _choice(Verification)
    note = _text(1000)
    number = _text(80, required=False)
    has_no_number = fields.Boolean(load_default=False)


class SourceCheckSchema(Schema):
    """What the register of licences says about a source."""

    licence_state = _choice(LicenceState)
    licence_no = _text(120, required=False)
    trust_tier = fields.Integer(
        required=True,
        validate=validate.Range(1, 3, error=CHOOSE["required"]),
        error_messages={**CHOOSE, "invalid": CHOOSE["required"]},
    )
    tier_reason = _text(400, required=False)


class QuestionSchema(Schema):
    """What the family is asked."""

    question = _text(1000)


class ReasonSchema(Schema):
    """Why a credit is suspended, confirmed or revoked."""

    reason = _text(1000)


class VoteSchema(Schema):
    """A member's vote on what was read: ``round`` is the case's, and another one is on once something else is put."""

    choice = _choice(VoteChoice)
    reason = _text(1000, required=False)
    round = fields.Integer(required=True, error_messages=NEEDED)


class ProposeHoursSchema(Schema):
    """What the chair puts to the vote; hours per outcome are read beside it (``put-<outcome id>``)."""

    mark = fields.String(
        load_default="", validate=validate.OneOf(["", "3", "4", "5"], error=CHOOSE["required"])
    )
    why = _text(1000, required=False)


class DecisionSchema(Schema):
    """The commission's decision; hours per outcome are read beside it (``hours-<outcome id>``)."""

    outcome = fields.String(
        required=True,
        validate=validate.OneOf(["report", "other", "refuse"], error=CHOOSE["required"]),
        error_messages=CHOOSE,
    )
    reason = _text(4000, required=False)
    remedy = _text(4000, required=False)
    override_reason = _text(1000, required=False)


class NewCaseSchema(Schema):
    """The item of the plan in force that an application is about."""

    person_id = fields.UUID(required=True)
    plan_id = fields.UUID(required=True)
    stable_key = fields.String(required=True)


class PersonQuerySchema(Schema):
    """Whose items are asked for."""

    person_id = fields.UUID(required=True)


class SearchSchema(Schema):
    """Words to search for, and the page wanted."""

    q = fields.String(load_default="", validate=validate.Length(max=100))
    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))


class KnownCourseSchema(Schema):
    """A course of the source."""

    course_id = fields.UUID(required=True)


class OutcomeAmountSchema(Schema):
    """The hours that a decision gives to an outcome."""

    outcome_id = fields.UUID(required=True)
    hours = Amount(required=True)


class DecisionJsonSchema(DecisionSchema):
    """The commission's decision; ``hours`` are read when the outcome is ``other``."""

    hours = fields.List(fields.Nested(OutcomeAmountSchema), load_default=list)


class ProposalJsonSchema(ProposeHoursSchema):
    """What the chair puts to the vote; an outcome that ``hours`` does not name gets none."""

    hours = fields.List(fields.Nested(OutcomeAmountSchema), required=True, error_messages=NEEDED)


class SuspensionSchema(ReasonSchema):
    """Why a credit is suspended."""


class SuspensionEndSchema(ReasonSchema):
    """How a suspension ends."""

    end = fields.String(required=True, validate=validate.OneOf(["confirm", "revoke"]))


class CreditItemSchema(Schema):
    """An item of a plan in force that can still be credited."""

    plan_id = fields.UUID()
    stable_key = fields.String()
    title = fields.String()
    subject = fields.String()
    hours = fields.Decimal(places=2, as_string=True)
    free_hours = fields.Decimal(places=2, as_string=True)


class SourceOutSchema(Schema):
    """A source on the school's list."""

    id = fields.UUID()
    name = fields.String()
    website = fields.String()
    licence_state = fields.Enum(LicenceState, by_value=True)
    licence_no = fields.String()
    trust_tier = fields.Integer()


class SourceListSchema(Schema):
    """One page of sources."""

    items = fields.List(fields.Nested(SourceOutSchema))
    page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


class ExternalCourseSchema(Schema):
    """A course that the school knows of a source."""

    id = fields.UUID()
    title = fields.String()
    hours = fields.Decimal(places=2, as_string=True)
    is_proctored = fields.Boolean()


class DocumentSchema(Schema):
    """A document of a case, without its content."""

    id = fields.UUID()
    kind = fields.Enum(DocumentKind, by_value=True)
    name = fields.String()
    media_type = fields.String()
    size_bytes = fields.Integer()
    sha256 = fields.String()
    has_file = fields.Boolean()
    verification = fields.Enum(Verification, by_value=True)
    note = fields.String()


class FactorSchema(Schema):
    """One printed factor."""

    code = fields.String()
    value = fields.Decimal(as_string=True)
    fact = fields.String()


class OutcomeSchema(Schema):
    """One outcome of a report or a decision."""

    outcome_id = fields.UUID()
    title = fields.String()
    verdict = fields.String()
    hours = fields.Decimal(places=2, as_string=True)
    hours_total = fields.Decimal(places=2, as_string=True)
    score = fields.Decimal(as_string=True)
    reason = fields.String()
    basis = fields.String()
    basis_number = fields.String()
    basis_version = fields.Integer()
    factors = fields.List(fields.Nested(FactorSchema))


class ReportSchema(Schema):
    """A match report."""

    id = fields.UUID()
    case_id = fields.UUID()
    number = fields.Integer()
    algorithm = fields.String()
    input_hash = fields.String()
    created_at = fields.AwareDateTime()
    hours = fields.Decimal(places=2, as_string=True)
    hours_total = fields.Decimal(places=2, as_string=True)
    recommendation = fields.String()
    rows = fields.List(fields.Nested(OutcomeSchema))


class CaseSchema(Schema):
    """A credit case."""

    id = fields.UUID()
    number = fields.Integer(allow_none=True)
    person_id = fields.UUID()
    plan_id = fields.UUID()
    stable_key = fields.String()
    item_title = fields.String()
    source_id = fields.UUID(allow_none=True)
    source_name = fields.String()
    licence_state = fields.Enum(LicenceState, by_value=True, allow_none=True)
    course_id = fields.UUID(allow_none=True)
    course_title = fields.String()
    question = fields.String()
    state = fields.String()
    state_words = fields.String()
    round = fields.Integer()
    submitted_at = fields.AwareDateTime(allow_none=True)
    review_due_on = fields.Date(allow_none=True)
    protocol_no = fields.Integer(allow_none=True)
    verdict = fields.String(allow_none=True)
    hours = fields.Decimal(places=2, as_string=True, allow_none=True)
    hours_total = fields.Decimal(places=2, as_string=True, allow_none=True)
    reason = fields.String()
    remedy = fields.String()
    documents = fields.List(fields.Nested(DocumentSchema))
    outcomes = fields.List(fields.Nested(OutcomeSchema))


class CaseListSchema(Schema):
    """One page of cases."""

    items = fields.List(fields.Nested(CaseSchema))
    page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()


class VoteReceiptSchema(Schema):
    """A counted vote."""

    vote_id = fields.UUID()
    cast = fields.Integer()
    needed = fields.Integer()
    has_quorum = fields.Boolean()


class ProposalReceiptSchema(Schema):
    """A proposal on the table: the round in which it is voted on, and how many votes it made void."""

    round = fields.Integer()
    voided = fields.Integer()


class ReportReceiptSchema(Schema):
    """A stored report."""

    report_id = fields.UUID()
    number = fields.Integer()
    input_hash = fields.String()
    hours = fields.Decimal(places=2, as_string=True)
    hours_total = fields.Decimal(places=2, as_string=True)
    recommendation = fields.String()


class DecisionReceiptSchema(Schema):
    """A recorded decision."""

    decision_id = fields.UUID()
    protocol_no = fields.Integer()
    verdict = fields.Enum(CreditVerdict, by_value=True)
    hours = fields.Decimal(places=2, as_string=True)
    hours_total = fields.Decimal(places=2, as_string=True)
