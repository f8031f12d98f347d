"""Read a text with gaps: each gap is a name in braces. The braces of a formula are its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext

from lms.assessment.question_types.reading import ContentReader
from lms.assessment.rules.author_forms import AuthorField, FieldKind
from lms.assessment.rules.gaps import gap_names, gap_pieces

__all__ = ["GAP_TEXT_FIELD", "NO_GAP", "fill_gaps", "gap_fields", "gap_parts", "read_gap_text"]

#: The field of a gap that the text does not have: an answer there is answered as unknown.
NO_GAP = "gap_0"
MAX_GAPS = 50
#: The text in the author's form.
GAP_TEXT_FIELD = AuthorField(
    "text",
    FieldKind.LONG_TEXT,
    lazy_gettext("Text with gaps"),
    lazy_gettext("Each gap is a name in braces, as in: Water boils at {boils} degrees."),
)


def read_gap_text(reader: ContentReader, gap_ids: Iterable[str]) -> str:
    """Return the text in which every gap stands exactly once; other braces are left as they are."""
    text, ids = reader.text("text", required=True), list(gap_ids)
    found = gap_names(text)
    if not ids or len(ids) > MAX_GAPS or len(set(ids)) != len(ids):
        reader.fail("gaps", "content.wrong_count")
    if any(found.count(name) != 1 for name in ids) or any(name not in ids for name in found):
        reader.fail("text", "content.gaps_differ")
    return text


def gap_fields(text: str) -> dict[str, str]:
    """Return the form field of each gap: its number, for an author may have named the gap by its answer."""
    return {name: f"gap_{number}" for number, name in enumerate(gap_names(text), start=1)}


def gap_parts(text: str, show: Callable[[str, int], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the text in order: {text} as it is, and what ``show(gap, number)`` says for each gap."""
    parts: list[dict[str, Any]] = []
    fields, number = gap_fields(text), 0
    for piece, is_gap in gap_pieces(text):
        if is_gap:
            number += 1
            parts.append({"name": fields[piece], "number": number, **show(piece, number)})
        elif parts and "name" not in parts[-1]:
            parts[-1]["text"] += piece
        elif piece:
            parts.append({"text": piece})
    return parts


def fill_gaps(text: str, words: Callable[[str], str]) -> str:
    """Return the text with words in its gaps; an empty one is shown as dots."""
    return "".join((words(piece) or "…") if is_gap else piece for piece, is_gap in gap_pieces(text))
