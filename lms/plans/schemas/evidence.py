"""Check the forms and JSON of evidence: issuers, questions to partners, their answers and records."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

__all__ = [
    "AnswerConfirmationSchema",
    "AskPartnerSchema",
    "IssuerSchema",
    "KnownResultSchema",
    "PartnerKeySchema",
    "PartnerRecordSchema",
    "RecordReceiptSchema",
]


def _(text: str) -> str:
    """Mark a message for translation; `load_form` words it in the reader's language."""
    return text


NEEDED: dict[str, Any] = {"required": _("Please fill this in.")}
CHOOSE: dict[str, Any] = {"required": _("Please choose one.")}
TOO_LONG = _("This is too long.")


def _text(most: int, *, required: bool = True) -> fields.String:
    limit = validate.Length(max=most, error=TOO_LONG)
    if required:
        return fields.String(required=True, validate=limit, error_messages=NEEDED)
    return fields.String(load_default="", validate=limit)


class IssuerSchema(Schema):
    """An issuer with its public keys."""

    org_id = fields.UUID(load_default=None)
    issuer_id = _text(600)
    name = _text(200)
    keys = _text(20_000, required=False)


class PartnerKeySchema(Schema):
    """Which partner gets a key."""

    org_id = fields.UUID(load_default=None)
    source_id = fields.UUID(required=True, error_messages=CHOOSE)


class AskPartnerSchema(Schema):
    """A question to the office of an organisation."""

    partner = _text(200)
    question = _text(1000, required=False)
    days = fields.Integer(load_default=14, validate=validate.Range(1, 60))


class AnswerConfirmationSchema(Schema):
    """A partner's answer."""

    answer = fields.String(required=True, validate=validate.OneOf(["yes", "no"]), error_messages=CHOOSE)
    answered_by = _text(200)
    comment = _text(1000, required=False)


class KnownResultSchema(Schema):
    """A result that is known already."""

    result = fields.String(required=True, validate=validate.Length(1, 120), error_messages=CHOOSE)


class PartnerRecordSchema(Schema):
    """A student's result as a partner's system sends it."""

    student_code = fields.String(
        required=True,
        validate=validate.Length(1, 20),
        metadata={"description": "The student's code in the school."},
    )
    course_id = fields.UUID(
        required=True, metadata={"description": "The course in the school's list of outside courses."}
    )
    number = fields.String(
        required=True,
        validate=validate.Length(1, 80),
        metadata={"description": "The number of the certificate: sent again, it is the same record."},
    )
    issued_on = fields.Date(required=True)
    hours = fields.Decimal(
        required=True, as_string=True, allow_nan=False, validate=validate.Range(min=1, max=2000)
    )
    result = fields.String(
        required=True, validate=validate.Length(1, 80), metadata={"description": "As on the certificate."}
    )


class RecordReceiptSchema(Schema):
    """What was kept, and whether it was there already."""

    record_id = fields.UUID(required=True)
    is_new = fields.Boolean(required=True)
