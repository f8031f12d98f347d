"""Check what the pages of assessment send."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext, lazy_gettext
from marshmallow import Schema, fields, validate

__all__ = [
    "LateForm",
    "LocalDecimal",
    "OperationForm",
    "mark_form",
    "read_number",
    "read_percent",
    "several_form",
]

#: The widest that a running number of operations can get (a JavaScript integer).
MAX_SEQ = 2**53 - 1


class OperationForm(Schema):
    """The hidden fields of a question's form: the operation's id and its place in the order of acts."""

    op_id = fields.UUID(required=True)
    client_seq = fields.Integer(required=True, validate=validate.Range(0, MAX_SEQ))


class LateForm(Schema):
    """A decision on what came after the end of the time."""

    decision = fields.String(
        required=True,
        validate=validate.OneOf(("accept", "refuse")),
        error_messages={"required": lazy_gettext("Choose what counts.")},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(1, 500),
        error_messages={"required": lazy_gettext("Give the reason in a sentence: it stands in the record.")},
    )


class LocalDecimal(fields.Decimal):
    """A number as people type it: with a comma or a point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(str(value).replace(",", ".").replace(" ", ""), attr, data, **kwargs)


def mark_form(names_and_points: list[tuple[str, Decimal]]) -> Schema:
    """Return the form of one answer's mark: points for each line of the rubric, and a comment."""
    needed = gettext("Enter the points for this line, 0 is a value, too.")
    lines: dict[str, fields.Field[Any]] = {
        name: LocalDecimal(
            required=True,
            places=2,
            validate=validate.Range(Decimal(0), most, error=gettext("From 0 to {max} points.")),
            error_messages={"required": needed, "invalid": gettext("This is not a number.")},
        )
        for name, most in names_and_points
    }
    lines["comment"] = fields.String(load_default="", validate=validate.Length(max=4000))
    return Schema.from_dict(lines, name="MarkForm")()


def several_form(most: Decimal) -> Schema:
    """Return the form that gives many answers the same points (or none, and only words)."""
    names: dict[str, fields.Field[Any]] = {
        "chosen": fields.List(
            fields.UUID(),
            required=True,
            validate=validate.Length(min=1, error=gettext("Choose at least one answer.")),
            error_messages={"required": gettext("Choose at least one answer.")},
        ),
        "points": LocalDecimal(
            load_default=None,
            allow_none=True,
            places=2,
            validate=validate.Range(Decimal(0), most, error=gettext("From 0 to {max} points.")),
            error_messages={"invalid": gettext("This is not a number.")},
        ),
        "comment": fields.String(load_default="", validate=validate.Length(max=4000)),
    }
    return Schema.from_dict(names, name="SeveralForm")()


def read_number(text: str) -> Decimal | None:
    """Return a number as people type it, with a comma or a point; None when it is none."""
    try:
        value = Decimal(text.replace(",", ".").replace(" ", "").replace("\N{NO-BREAK SPACE}", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def read_percent(text: str) -> Decimal | None:
    """Return a share that was typed as percent; None when it is no number."""
    value = read_number(text.removesuffix("%"))
    return None if value is None else value / 100
