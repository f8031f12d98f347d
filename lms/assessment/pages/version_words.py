"""Say what changed between two versions of a question in the words of the form in which it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from flask_babel import gettext

from lms.assessment.contracts import AuthorField, FieldKind, QuestionType
from lms.assessment.rules.differences import Piece, differences, pieces

__all__ = ["ChangedPart", "changed_parts"]

_Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """One field that changed: what its form calls it, and the change word by word."""

    title: str
    pieces: list[Piece]


def changed_parts(
    kind: QuestionType | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[ChangedPart]:
    """Return every field of the form that changed from one content to the other.

    Of a type that is not installed any more, and of what no form shows, only that something changed can be said.
    """
    found = [] if kind is None else list(_of_form(kind, before, after))
    if found or not differences(before, after):
        return found
    said = gettext("Something changed that the form of the question does not show.")
    return [ChangedPart(gettext("Other parts"), [Piece("same", said)])]


def _of_form(
    kind: QuestionType, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[ChangedPart]:
    old, new = kind.form_from(before), kind.form_from(after)
    fields = {field.name: field for field in [*kind.author_form(new), *kind.author_form(old)]}
    for field in fields.values():
        if field.kind is FieldKind.ROWS:
            for number, gone, come in _paired(old.get(field.name, []), new.get(field.name, [])):
                at = gettext("%(field)s, line %(number)s", field=field.label, number=number)
                yield from _of_fields(field.columns, gone, come, at)
        else:
            yield from _of_fields((field,), old, new, "")


def _paired(old: Sequence[_Row], new: Sequence[_Row]) -> Iterator[tuple[int, _Row, _Row]]:
    """Yield the rows of before and after that belong together, with the number of the line: by name, else by place."""
    if any("id" in row for row in [*old, *new]):
        theirs = {row.get("id"): row for row in old}
        for number, row in enumerate(new, start=1):
            yield number, theirs.pop(row.get("id"), {}), row
        yield from ((number, row, {}) for number, row in enumerate(old, start=1) if row.get("id") in theirs)
        return
    nothing: _Row = {}
    for number, (gone, come) in enumerate(zip_longest(old, new, fillvalue=nothing), start=1):
        yield number, gone, come


def _of_fields(
    fields: Sequence[AuthorField], old: Mapping[str, Any], new: Mapping[str, Any], at: str
) -> Iterator[ChangedPart]:
    for field in fields:
        if field.kind in {FieldKind.HIDDEN, FieldKind.SWITCH}:
            continue
        before, after = (_shown(field, str(values.get(field.name, ""))) for values in (old, new))
        if before != after:
            title = f"{at}: {field.label}" if at else str(field.label)
            yield ChangedPart(title, pieces(before, after))


def _shown(field: AuthorField, value: str) -> str:
    """Return a value as the form shows it."""
    match field.kind:
        case FieldKind.CHOICE:
            return str(dict(field.choices).get(value, value))
        case FieldKind.YES_NO | FieldKind.ONE:
            return str(gettext("yes") if value else gettext("no"))
        case FieldKind.SHARE if value:
            return f"{value} %"
        case FieldKind.PICTURE | FieldKind.SOUND if value:
            return str(gettext("file %(name)s", name=value[-6:]))
    return value
