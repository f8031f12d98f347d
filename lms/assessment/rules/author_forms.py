"""Describe the form in which an author writes a question, so that one page renders the form of any type.

A form is a sequence of `AuthorField`. What an author typed are *values*: texts by field name, and for rows a list of such
mappings. Values become content and content becomes values; without scripts a page only sends fields and acts ("add a row").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

__all__ = [
    "AuthorField",
    "FieldKind",
    "Values",
    "after_act",
    "content_of",
    "padded",
    "posted_of",
    "problems_of_form",
    "read_values",
    "values_of",
]

#: What stands in a form: a text for each field, a list of rows for `FieldKind.ROWS`.
Values = dict[str, Any]

YES = "yes"


class FieldKind(StrEnum):
    """What a field takes. A share is 0..1 in the content and percent in the form; code keeps every space as typed."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CODE = "code"
    NUMBER = "number"
    SHARE = "share"
    WHOLE = "whole"
    YES_NO = "yes_no"
    CHOICE = "choice"
    LINES = "lines"
    ROWS = "rows"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class AuthorField:
    """One field: its name in the content (dotted for a part of a part), what it takes, what it is called.

    ``choices`` are (value, words) of a CHOICE; ``columns``, ``least`` and ``most`` belong to ROWS, whose columns are plain
    fields. A column ``id`` that is HIDDEN keeps a row's name; a new row gets one by itself.
    """

    name: str
    kind: FieldKind
    label: Any = ""
    hint: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    columns: tuple[AuthorField, ...] = ()
    least: int = 1
    most: int = 50
    is_optional: bool = False
    default: str = ""


def problems_of_form(form: Sequence[AuthorField]) -> list[str]:
    """Return what is wrong with a form itself: the contract suite asks."""
    names = [field.name for field in form]
    problems = [f"{name} stands there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for field in form:
        if field.kind is not FieldKind.HIDDEN and not str(field.label).strip():
            problems.append(f"{field.name} has no label")
        if (field.kind is FieldKind.CHOICE) != bool(field.choices):
            problems.append(f"{field.name}: choices belong to a choice, and to nothing else")
        if (field.kind is FieldKind.ROWS) != bool(field.columns):
            problems.append(f"{field.name}: columns belong to rows, and to nothing else")
        if any(column.kind is FieldKind.ROWS for column in field.columns):
            problems.append(f"{field.name}: rows within rows cannot be shown")
        problems += [f"{field.name}.{problem}" for problem in problems_of_form(field.columns)]
    return problems


def read_values(
    form: Sequence[AuthorField], posted: Mapping[str, Sequence[str]], *, keep_blank: bool = False
) -> Values:
    """Return what a browser sent for a form; rows in which nothing was filled in are left out, unless kept for `after_act`."""
    values: Values = {}
    for field in form:
        if field.kind is FieldKind.ROWS:
            rows = [_read_row(field, number, posted) for number in range(_row_count(field, posted))]
            values[field.name] = [row for row in rows if keep_blank or not is_blank(field, row)]
        else:
            values[field.name] = _read(field, field.name, posted)
    return values


def _read(field: AuthorField, name: str, posted: Mapping[str, Sequence[str]]) -> str:
    sent = posted.get(name, ())
    text = sent[-1].replace("\r\n", "\n") if sent else ""
    return text if field.kind is FieldKind.CODE and text.strip() else text.strip()


def _read_row(field: AuthorField, number: int, posted: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        column.name: _read(column, f"{field.name}.{number}.{column.name}", posted) for column in field.columns
    }


def _row_count(field: AuthorField, posted: Mapping[str, Sequence[str]]) -> int:
    """Return how many rows were sent, at most one more than may be (so that too many are noticed)."""
    start = f"{field.name}."
    numbers = [name[len(start) :].split(".")[0] for name in posted if name.startswith(start)]
    rows = [int(number) + 1 for number in numbers if number.isascii() and number.isdecimal()]
    return min(max(rows, default=0), field.most + 1)


def is_blank(field: AuthorField, row: Mapping[str, str]) -> bool:
    """Tell whether nothing was typed into a row; a choice and a default count as nothing."""
    silent = {FieldKind.HIDDEN, FieldKind.CHOICE}
    return not any(
        row.get(column.name, "") not in {"", column.default}
        for column in field.columns
        if column.kind not in silent
    )


def after_act(form: Sequence[AuthorField], values: Values, act: str) -> Values:
    """Return the values after a button of the form: ``add:rows``, ``drop:rows:2``, ``up:rows:2``, ``down:rows:2``.

    An act that the form does not know changes nothing.
    """
    verb, _, rest = act.partition(":")
    name, _, place = rest.partition(":")
    field = next((field for field in form if field.name == name and field.kind is FieldKind.ROWS), None)
    if field is None:
        return values
    rows = [dict(row) for row in values.get(name, [])]
    number = int(place) if place.isascii() and place.isdecimal() and len(place) < 6 else -1
    if verb == "add" and len(rows) < field.most:
        rows.append({column.name: column.default for column in field.columns})
    elif verb == "drop" and 0 <= number < len(rows):
        del rows[number]
    elif verb in {"up", "down"} and 0 <= number < len(rows):
        other = number - 1 if verb == "up" else number + 1
        if 0 <= other < len(rows):
            rows[number], rows[other] = rows[other], rows[number]
    return {**values, name: rows}


def padded(form: Sequence[AuthorField], values: Values) -> Values:
    """Return the values with empty rows up to the least number of each field: what a page shows."""
    rows = {
        field.name: [{column.name: column.default for column in field.columns} for _ in range(field.least)]
        for field in form
        if field.kind is FieldKind.ROWS
    }
    return values | {
        name: [*values.get(name, []), *empty[len(values.get(name, [])) :]] for name, empty in rows.items()
    }


def posted_of(form: Sequence[AuthorField], values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what a browser sends for a form that shows ``values`` (a box that is not ticked sends nothing)."""
    posted: dict[str, list[str]] = {}
    for field in form:
        if field.kind is FieldKind.ROWS:
            for number, row in enumerate(values.get(field.name, [])):
                for column in field.columns:
                    _send(posted, column, f"{field.name}.{number}.{column.name}", row.get(column.name, ""))
        else:
            _send(posted, field, field.name, values.get(field.name, ""))
    return posted


def _send(posted: dict[str, list[str]], field: AuthorField, name: str, value: str) -> None:
    if field.kind is not FieldKind.YES_NO or value:
        posted[name] = [value]


def content_of(form: Sequence[AuthorField], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the raw content that values stand for, part by part; what was left empty is left out."""
    content: dict[str, Any] = {}
    for field in form:
        if field.kind is FieldKind.ROWS:
            rows = [_row_content(field, row) for row in values.get(field.name, [])]
            _name_rows(rows, field)
            _put(content, field.name, rows)
            continue
        part = _to_content(field, str(values.get(field.name, "")))
        if part is not None:
            _put(content, field.name, part)
    return content


def _row_content(field: AuthorField, row: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for column in field.columns:
        part = _to_content(column, str(row.get(column.name, "")))
        if part is not None:
            _put(made, column.name, part)
    return made


def _name_rows(rows: list[dict[str, Any]], field: AuthorField) -> None:
    """Give every row an id of its own where the form keeps ids."""
    if not any(column.name == "id" for column in field.columns):
        return
    taken: set[str] = {row["id"] for row in rows if row.get("id")}
    free = (str(number) for number in range(1, 2 * len(rows) + 2) if str(number) not in taken)
    for row in rows:
        if not row.get("id"):
            row["id"] = next(free)


def _put(content: dict[str, Any], name: str, value: Any) -> None:
    *folders, last = name.split(".")
    for folder in folders:
        content = content.setdefault(folder, {})
    content[last] = value


def _take(content: Mapping[str, Any], name: str) -> Any:
    found: Any = content
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _to_content(field: AuthorField, text: str) -> Any:
    """Return one part of the content; what cannot be read stays as typed, so that validation names it."""
    match field.kind:
        case FieldKind.YES_NO:
            return text == YES
        case FieldKind.LINES:
            return [line.strip() for line in text.split("\n") if line.strip()]
        case FieldKind.WHOLE if text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 10:
            return int(text)
        case FieldKind.NUMBER if text:
            return text.replace(",", ".")
        case FieldKind.SHARE if text:
            share = _decimal(text.replace(",", ".").rstrip("% "))
            return text if share is None else plain(share / 100)
    return text or None


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 50 else None


def plain(number: Decimal) -> str:
    """Return a number without an exponent and without zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def values_of(form: Sequence[AuthorField], content: Mapping[str, Any]) -> Values:
    """Return the values that show content in a form; `padded` adds the empty rows."""
    values: Values = {}
    for field in form:
        found = _take(content, field.name)
        if field.kind is FieldKind.ROWS:
            values[field.name] = [
                {column.name: _to_value(column, _take(row, column.name)) for column in field.columns}
                for row in (found if isinstance(found, list) else [])
                if isinstance(row, Mapping)
            ]
        else:
            values[field.name] = _to_value(field, found)
    return values


def _to_value(field: AuthorField, part: Any) -> str:
    if part is None:
        return field.default
    match field.kind:
        case FieldKind.YES_NO:
            return YES if part else ""
        case FieldKind.LINES:
            return "\n".join(str(line) for line in part) if isinstance(part, list) else str(part)
        case FieldKind.NUMBER:
            return str(part).replace(".", ",")
        case FieldKind.SHARE:
            share = _decimal(str(part))
            return str(part) if share is None else plain(share * 100).replace(".", ",")
    return str(part)
