"""Check what is typed about a piece of work of a portfolio."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

__all__ = ["StatementSchema", "WorkReasonSchema", "WorkSchema"]


class WorkSchema(Schema):
    """A piece of work as a family describes it."""

    title = fields.String(load_default="", validate=validate.Length(max=200))
    description = fields.String(load_default="", validate=validate.Length(max=2000))
    made_on = fields.Date(required=True)
    hours = fields.Decimal(required=True, allow_nan=False)
    link = fields.String(load_default="", validate=validate.Length(max=500))
    outcomes = fields.List(fields.UUID(), load_default=list)
    removed = fields.List(fields.UUID(), load_default=list)
    revision = fields.Integer(load_default=0)


class WorkReasonSchema(Schema):
    """Why somebody says something about a piece of work."""

    reason = fields.String(load_default="", validate=validate.Length(max=600))


class StatementSchema(WorkReasonSchema):
    """What somebody says about the revision of a piece of work that they looked at, and why."""

    revision = fields.Integer(load_default=0)
