"""Check forms and JSON of people."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from lms.people.types import ConsentMethod, ConsentPurpose, ConsentState

__all__ = [
    "AttachSchema",
    "ConsentSchema",
    "LettersSchema",
    "LoginSchema",
    "PasswordSchema",
    "PrepareConsentSchema",
    "WithdrawnSchema",
]


class LoginSchema(Schema):
    """Signing in."""

    login = fields.String(required=True, validate=validate.Length(max=80))
    password = fields.String(required=True, validate=validate.Length(max=200))


class PasswordSchema(Schema):
    """Changing one's password."""

    old = fields.String(required=True, validate=validate.Length(max=200))
    new = fields.String(required=True, validate=validate.Length(max=200))


class LettersSchema(Schema):
    """Whether one wants letters, and in which language."""

    wants = fields.Boolean(load_default=False)
    language = fields.String(load_default="")


class AttachSchema(Schema):
    """How a consent was signed; the document itself is checked by its bytes."""

    method = fields.String(required=True, validate=validate.OneOf([m.value for m in ConsentMethod]))


class PrepareConsentSchema(Schema):
    """Who consents, to what, with which organisation."""

    given_by = fields.UUID(required=True)
    org_id = fields.UUID(required=True)
    purpose = fields.Enum(ConsentPurpose, by_value=True, load_default=ConsentPurpose.BIOMETRICS)


class ConsentSchema(Schema):
    """One consent; persons stand in it by their ids, never by name."""

    id = fields.UUID()
    subject_id = fields.UUID(attribute="subject.id")
    given_by = fields.UUID(attribute="giver.id")
    org_id = fields.UUID()
    purpose = fields.Enum(ConsentPurpose, by_value=True)
    state = fields.Enum(ConsentState, by_value=True)
    method = fields.String()
    text_version = fields.String()
    given_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    has_document = fields.Function(
        lambda view: view.document_file_id is not None, metadata={"type": "boolean"}
    )
    certificate = fields.Dict(
        allow_none=True,
        metadata={
            "description": "Of a qualified signature: subject, issuer, serial, where it was checked (`here` or in a "
            "`report`) and whether it was revoked (`good` or `unknown`)."
        },
    )


class WithdrawnSchema(Schema):
    """What a withdrawal destroyed."""

    destroyed = fields.Integer(metadata={"description": "How many samples and keys were destroyed."})
