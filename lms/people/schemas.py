"""Check forms and JSON of people."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

__all__ = ["LoginSchema", "PasswordSchema"]


class LoginSchema(Schema):
    """Signing in."""

    login = fields.String(required=True, validate=validate.Length(max=80))
    password = fields.String(required=True, validate=validate.Length(max=200))


class PasswordSchema(Schema):
    """Changing one's password."""

    old = fields.String(required=True, validate=validate.Length(max=200))
    new = fields.String(required=True, validate=validate.Length(max=200))
