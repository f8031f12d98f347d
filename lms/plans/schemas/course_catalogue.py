"""Read a catalogue of outside courses, JSON or CSV, row by row: what cannot be used says why and where.

The format is described in docs/outside-catalogues.md.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from lms.courses.types import ADAPTED
from lms.curriculum.types import SUBJECT_WORDS
from lms.plans.rules.conversion import parse_amount
from lms.plans.types.credit import ResultScale

__all__ = [
    "COLUMNS",
    "FORMAT",
    "FORMS",
    "MOST_BYTES",
    "MOST_ROWS",
    "PAPERS",
    "CatalogueRow",
    "read_catalogue",
]

FORMAT = "marshrut-catalogue/1"
MOST_BYTES, MOST_ROWS, MOST_OUTCOMES = 4 * 1024 * 1024, 5_000, 40
FORMS = ("own_pace", "dated", "live", "on_site")
PAPERS = ("none", "of_taking_part", "of_result", "of_state")
COLUMNS = (
    "code", "organisation", "website", "title", "hours", "subject", "grade", "language", "form", "paper", "adapted", "url",
    "summary", "approved", "outcomes", "scale", "scale_max", "is_proctored",
)  # fmt: skip
LONGEST_HOURS = Decimal(2000)


class Hours(fields.Field[Decimal]):
    """A number of hours, with comma or point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Decimal:
        amount = parse_amount(str(value))
        if amount is None or not 0 < amount <= LONGEST_HOURS:
            raise ValidationError("hours")
        return amount


def _web(value: str) -> None:
    """Refuse what is no address of a site."""
    if value and not value.startswith(("https://", "http://")):
        raise ValidationError("address")


class OutcomeSchema(Schema):
    """One outcome of an outside course."""

    class Meta:
        """Let a newer file say more than is known here."""

        unknown = EXCLUDE

    title = fields.String(required=True, validate=validate.Length(1, 400))
    hours = Hours(required=True)
    level = fields.Integer(load_default=1, validate=validate.Range(1, 3))
    fragment = fields.String(load_default="", validate=validate.Length(max=400))
    tested_by = fields.String(load_default="", validate=validate.Length(max=200))


class CourseSchema(Schema):
    """One course of a catalogue."""

    class Meta:
        """Let a newer file say more than is known here."""

        unknown = EXCLUDE

    code = fields.String(required=True, validate=validate.Length(1, 80))
    organisation = fields.String(required=True, validate=validate.Length(1, 200))
    website = fields.String(load_default="", validate=[validate.Length(max=300), _web])
    title = fields.String(required=True, validate=validate.Length(1, 200))
    hours = Hours(required=True)
    subject = fields.String(load_default="other", validate=validate.OneOf([*SUBJECT_WORDS]))
    grade = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 11))
    language = fields.String(load_default="ru", validate=validate.Regexp("^[a-z]{2,3}$"))
    form = fields.String(load_default="", validate=validate.OneOf(["", *FORMS]))
    paper = fields.String(load_default="", validate=validate.OneOf(["", *PAPERS]))
    adapted = fields.List(
        fields.String(validate=validate.OneOf([one.value for one in ADAPTED])), load_default=list
    )
    url = fields.String(load_default="", validate=[validate.Length(max=300), _web])
    summary = fields.String(load_default="", validate=validate.Length(max=1000))
    approved = fields.String(load_default="", validate=validate.Length(max=200))
    outcomes = fields.List(
        fields.Nested(OutcomeSchema), load_default=list, validate=validate.Length(max=MOST_OUTCOMES)
    )
    scale = fields.Enum(ResultScale, by_value=True, load_default=ResultScale.PASS_FAIL)
    scale_max = fields.Decimal(load_default=None, allow_none=True, validate=validate.Range(min=1, max=10_000))
    is_proctored = fields.Boolean(load_default=False)


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One course of a file: its place there, its values, or why it cannot be used (field: reasons)."""

    place: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, Any] = field(default_factory=dict)


def read_catalogue(data: bytes) -> list[CatalogueRow]:
    """Return the courses of a file in its order; raise ValueError with a code where it is no catalogue.

    Codes: ``too_large``, ``not_text``, ``not_json``, ``not_catalogue``, ``too_many``.
    """
    if len(data) > MOST_BYTES:
        raise ValueError("too_large")
    text = _text(data)
    rows = list(_json(text) if text.lstrip()[:1] in {"{", "["} else _csv(text))
    if len(rows) > MOST_ROWS:
        raise ValueError("too_many")
    return [_checked(place, row) for place, row in rows]


def _text(data: bytes) -> str:
    """Return the text of a file: UTF-8, else the Windows code page of spreadsheets."""
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ValueError("not_text")


def _json(text: str) -> Iterable[tuple[str, Any]]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("not_json") from None
    if (
        not isinstance(said, dict)
        or said.get("format") != FORMAT
        or not isinstance(said.get("courses"), list)
    ):
        raise ValueError("not_catalogue")
    whose = said.get("organisation")
    common = {}
    if isinstance(whose, dict):
        common = {"organisation": whose.get("name", ""), "website": whose.get("website", "")}
    for number, row in enumerate(said["courses"], 1):
        yield f"courses[{number}]", {**common, **row} if isinstance(row, dict) else row


def _csv(text: str) -> Iterable[tuple[str, Any]]:
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") >= head.count(",") else ",")
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        if not {"code", "title", "hours"} <= set(names):
            raise ValueError("not_catalogue")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
                yield f"{reader.line_num}", _unfolded(row)
    except csv.Error:
        raise ValueError("not_catalogue") from None


def _unfolded(row: dict[str, Any]) -> dict[str, Any]:
    """Take lists out of their cells: ``adapted`` between spaces, outcomes as ``title|hours|level`` between ``//``."""
    if "adapted" in row:
        row["adapted"] = row["adapted"].replace(",", " ").split()
    if "outcomes" in row:
        names = ("title", "hours", "level", "fragment", "tested_by")
        parts = [part for part in row["outcomes"].split("//") if part.strip()]
        row["outcomes"] = [
            {name: cell.strip() for name, cell in zip(names, part.split("|"), strict=False) if cell.strip()}
            for part in parts
        ]
    return row


def _checked(place: str, row: Any) -> CatalogueRow:
    title = str(row.get("title", ""))[:200] if isinstance(row, dict) else ""
    try:
        return CatalogueRow(place, title, CourseSchema().load(row))
    except ValidationError as error:
        faults = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
        return CatalogueRow(place, title, faults={str(name): why for name, why in faults.items()})
