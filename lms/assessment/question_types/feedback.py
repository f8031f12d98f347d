"""Say something to a student after the check: about an option that was chosen, and about how well the answer did.

The texts travel as notes of the mark, so they are shown where right and wrong are, and never before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

from flask_babel import lazy_gettext

from lms.assessment.contracts import AuthorField, FieldKind, MarkResult, MarkStatus
from lms.assessment.question_types.reading import ContentReader

__all__ = [
    "MAX_FEEDBACK",
    "REMARK_FIELDS",
    "SAYS",
    "feedback_column",
    "feedback_notes",
    "read_feedback",
    "read_remarks",
    "remarked",
]

#: A note that is an author's own text begins so.
SAYS = "says:"
#: Longer texts belong into a course.
MAX_FEEDBACK = 1000

_REMARKS = (MarkStatus.RIGHT, MarkStatus.PARTIAL, MarkStatus.WRONG)
_FOLD = lazy_gettext("Say something after the check")
_WHEN = lazy_gettext("Shown together with right or wrong: do not give the answer away here.")

#: What is said of an answer that is right, partly right or wrong.
REMARK_FIELDS = tuple(
    AuthorField(f"remarks.{status.value}", FieldKind.TEXT, label, hint, is_optional=True, fold=_FOLD)
    for status, label, hint in (
        (MarkStatus.RIGHT, lazy_gettext("To a right answer"), _WHEN),
        (MarkStatus.PARTIAL, lazy_gettext("To a partly right answer"), ""),
        (MarkStatus.WRONG, lazy_gettext("To a wrong answer"), ""),
    )
)

Mark = TypeVar("Mark", bound=Callable[..., MarkResult])


def feedback_column(fold: Any) -> AuthorField:
    """Return the column in which an author says something to who chose an option."""
    label = lazy_gettext("What is said after the check to who chose it")
    return AuthorField("feedback", FieldKind.TEXT, label, is_optional=True, fold=fold)


def read_feedback(reader: ContentReader, row: Mapping[str, Any], at: str) -> dict[str, str]:
    """Return {feedback} of a row that has one, else nothing."""
    text = row.get("feedback", "")
    if not isinstance(text, str) or len(text) > MAX_FEEDBACK:
        reader.fail(f"{at}.feedback", "content.not_text")
        return {}
    return {"feedback": text.strip()} if text.strip() else {}


def read_remarks(reader: ContentReader) -> dict[str, Any]:
    """Return {remarks: {right?, partial?, wrong?}} where an author says any, else nothing."""
    raw = reader.raw.get("remarks", {})
    if not isinstance(raw, Mapping):
        reader.fail("remarks", "content.not_text")
        return {}
    found = {}
    for status in _REMARKS:
        text = raw.get(status.value, "")
        if not isinstance(text, str) or len(text) > MAX_FEEDBACK:
            reader.fail(f"remarks.{status.value}", "content.not_text")
        elif text.strip():
            found[status.value] = text.strip()
    return {"remarks": found} if found else {}


def feedback_notes(chosen: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the notes of the options that were chosen, in the author's order."""
    return tuple(SAYS + option["feedback"] for option in chosen if option.get("feedback"))


def remarked(mark: Mark) -> Mark:
    """Let a marker add what the author says of such an answer."""

    @wraps(mark)
    def marked(kind: Any, content: Mapping[str, Any], *given: Any) -> MarkResult:
        found = mark(kind, content, *given)
        told = content.get("remarks", {}).get(found.status.value)
        return replace(found, notes=(*found.notes, SAYS + told)) if told else found

    return marked  # type: ignore[return-value]
