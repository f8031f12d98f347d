"""Describe the form in which an author writes a question, so that one page renders the form of any type.

A form is a sequence of `AuthorField`. What an author typed are *values*: texts by field name, and for rows a list of such
mappings. Values become content and content becomes values; without scripts a page only sends fields and acts ("add a row").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import groupby
from typing import Any

__all__ = [
    "AuthorField",
    "FieldKind",
    "Values",
    "after_act",
    "content_of",
    "file_fields",
    "groups_of",
    "padded",
    "posted_of",
    "problems_of_form",
    "read_values",
    "values_of",
    "with_value",
    "without_blank",
]

#: What stands in a form: a text for each field, a list of rows for `FieldKind.ROWS`.
Values = dict[str, Any]

YES = "yes"


class FieldKind(StrEnum):
    """What a field takes. A share is 0..1 in the content and percent in the form; code keeps every space as typed.

    One of all rows is marked by ONE. A SWITCH is no part of the content: a button that turns the form to the other of its two
    choices. A PICTURE and a SOUND are the addresses of stored files; a browser sends the file itself under ``<name>.file``.
    """

    TEXT = "text"
    LONG_TEXT = "long_text"
    CODE = "code"
    NUMBER = "number"
    SHARE = "share"
    WHOLE = "whole"
    YES_NO = "yes_no"
    ONE = "one"
    SWITCH = "switch"
    PICTURE = "picture"
    SOUND = "sound"
    CHOICE = "choice"
    LINES = "lines"
    ROWS = "rows"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class AuthorField:
    """One field: its name in the content (dotted for a part of a part), what it takes, what it is called.

    ``choices`` are (value, words) of a CHOICE and of a SWITCH; ``columns``, ``least`` and ``most`` belong to ROWS, whose columns
    are plain fields. A column ``id`` that is HIDDEN keeps a row's name; a new row gets one by itself. Rows that are
    ``on_picture`` have x, y, width and height in percent and are drawn on the picture of the question. Neighbours with the same
    words in ``fold`` are folded away under these words until something stands in them.
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
    on_picture: bool = False
    fold: Any = ""


def groups_of(form: Sequence[AuthorField]) -> list[tuple[Any, list[AuthorField]]]:
    """Return the fields with neighbours of the same fold together: (its words or nothing, the fields)."""
    return [(words, list(group)) for words, group in groupby(form, key=lambda field: field.fold)]


def problems_of_form(form: Sequence[AuthorField]) -> list[str]:
    """Return what is wrong with a form itself: the contract suite asks."""
    names = [field.name for field in form]
    problems = [f"{name} stands there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for field in form:
        if field.kind not in {FieldKind.HIDDEN, FieldKind.SWITCH} and not str(field.label).strip():
            problems.append(f"{field.name} has no label")
        if (field.kind in {FieldKind.CHOICE, FieldKind.SWITCH}) != bool(field.choices):
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
            rows = range(_row_count(field, posted))
            values[field.name] = [_read_row(field, number, posted) for number in rows]
        else:
            values[field.name] = _read(field, field.name, posted)
    return values if keep_blank else without_blank(form, values)


def without_blank(form: Sequence[AuthorField], values: Values) -> Values:
    """Return the values without the rows in which nothing was filled in."""
    kept = {
        field.name: [row for row in values.get(field.name, []) if not is_blank(field, row)]
        for field in form
        if field.kind is FieldKind.ROWS
    }
    return values | kept


def _read(field: AuthorField, name: str, posted: Mapping[str, Sequence[str]]) -> str:
    sent = posted.get(name, ())
    text = sent[-1].replace("\r\n", "\n") if sent else ""
    return text if field.kind is FieldKind.CODE and text.strip() else text.strip()


def _read_row(field: AuthorField, number: int, posted: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {
        column.name: _read_one(field, column, number, posted)
        if column.kind is FieldKind.ONE
        else _read(column, f"{field.name}.{number}.{column.name}", posted)
        for column in field.columns
    }


def _read_one(
    field: AuthorField, column: AuthorField, number: int, posted: Mapping[str, Sequence[str]]
) -> str:
    """Tell whether this row is the one that is marked: all rows share one control, whose value is the row's number."""
    return YES if _read(column, f"{field.name}.{column.name}", posted) == str(number) else ""


def _row_count(field: AuthorField, posted: Mapping[str, Sequence[str]]) -> int:
    """Return how many rows were sent, at most one more than may be (so that too many are noticed)."""
    start = f"{field.name}."
    numbers = [name[len(start) :].split(".")[0] for name in posted if name.startswith(start)]
    rows = [int(number) + 1 for number in numbers if number.isascii() and number.isdecimal()]
    return min(max(rows, default=0), field.most + 1)


def is_blank(field: AuthorField, row: Mapping[str, str]) -> bool:
    """Tell whether nothing was typed into a row; a choice and a default count as nothing."""
    silent = {FieldKind.HIDDEN, FieldKind.CHOICE, FieldKind.ONE}
    return not any(
        row.get(column.name, "") not in {"", column.default}
        for column in field.columns
        if column.kind not in silent
    )


def after_act(form: Sequence[AuthorField], values: Values, act: str) -> Values:
    """Return the values after a button of the form; an act that the form does not know changes nothing.

    Acts are ``add:rows``, ``drop:rows:2``, ``up:rows:2``, ``down:rows:2``, ``set:switch:value`` and ``clear:file``.
    """
    verb, _, rest = act.partition(":")
    name, _, place = rest.partition(":")
    if verb == "clear" and name in dict(file_fields(form, values)):
        return with_value(values, name, "")
    if verb == "set":
        known = any(f.name == name and place in dict(f.choices) for f in form if f.kind is FieldKind.SWITCH)
        return {**values, name: place} if known else values
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


def file_fields(form: Sequence[AuthorField], values: Values) -> Iterator[tuple[str, FieldKind]]:
    """Yield name and kind of every field that is a file, those of the rows that there are included."""
    files = {FieldKind.PICTURE, FieldKind.SOUND}
    for field in form:
        if field.kind in files:
            yield field.name, field.kind
        for number, column in (
            (number, column) for number in range(len(values.get(field.name, []))) for column in field.columns
        ):
            if column.kind in files:
                yield f"{field.name}.{number}.{column.name}", column.kind


def with_value(values: Values, name: str, value: str) -> Values:
    """Return the values with another one in a field; ``rows.2.column`` is a field of a row."""
    rows, _, rest = name.partition(".")
    number, _, column = rest.partition(".")
    if not isinstance(values.get(rows), list):
        return {**values, name: value}
    changed = [dict(row) for row in values[rows]]
    changed[int(number)][column] = value
    return {**values, rows: changed}


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
                    value = row.get(column.name, "")
                    if column.kind is not FieldKind.ONE:
                        _send(posted, column, f"{field.name}.{number}.{column.name}", value)
                    elif value:
                        posted[f"{field.name}.{column.name}"] = [str(number)]
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
        case FieldKind.YES_NO | FieldKind.ONE:
            return text == YES
        case FieldKind.SWITCH:
            return None
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
        case FieldKind.YES_NO | FieldKind.ONE:
            return YES if part else ""
        case FieldKind.LINES:
            return "\n".join(str(line) for line in part) if isinstance(part, list) else str(part)
        case FieldKind.NUMBER:
            return str(part).replace(".", ",")
        case FieldKind.SHARE:
            share = _decimal(str(part))
            return str(part) if share is None else plain(share * 100).replace(".", ",")
    return str(part)
