"""Make the API's specification say what is sent: errors as problem documents, decimal numbers as texts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

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


def _numbers_as_sent(
    _converter: Any, field: fields.Field[Any], ret: dict[str, Any], **_: Any
) -> dict[str, Any]:
    """Return what the specification says about a number: a decimal one is a text, its bounds are numbers."""
    bounds = {key: float(value) for key, value in ret.items() if isinstance(value, Decimal)}
    if isinstance(field, fields.Decimal) and field.as_string:
        return {**bounds, "type": ["string", "null"] if field.allow_none else "string", "format": "decimal"}
    return bounds


class ProblemApi(Api):  # type: ignore[misc]
    """The API with our own shape of errors and numbers in its specification."""

    ERROR_SCHEMA = ProblemSchema

    def _init_spec(self, **options: Any) -> None:
        """Prepare the specification."""
        super()._init_spec(**options)
        self.ma_plugin.converter.add_attribute_function(_numbers_as_sent)
