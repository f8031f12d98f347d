"""Describe the JSON of an error to the readers of the API's specification."""

from __future__ import annotations

from flask_smorest import Api
from marshmallow import Schema, fields

__all__ = ["ProblemApi", "ProblemSchema"]


class ProblemSchema(Schema):
    """A problem document. Source: RFC 9457."""

    type = fields.String(metadata={"description": "urn:marshrut:problem:<code>, stable."})
    title = fields.String(metadata={"description": "What happened, in the reader's language."})
    status = fields.Integer(metadata={"description": "The HTTP status."})
    code = fields.String(metadata={"description": "The stable code, for programs."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by field, when the input could not be used."},
    )


class ProblemApi(Api):  # type: ignore[misc]
    """The API with our own shape of errors in its specification."""

    ERROR_SCHEMA = ProblemSchema
