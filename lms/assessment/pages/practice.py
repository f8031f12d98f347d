"""Offer one question to try: it runs through a real question type, is marked at once and stored nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext, pgettext

from lms.assessment.contracts import QuestionType
from lms.assessment.types import Fields, MarkStatus
from lms.core.registry import Registry

__all__ = ["PREFIX", "PracticeQuestion", "practice_feedback", "practice_question"]

PREFIX = "p."
SEED = 14


@dataclass(frozen=True, slots=True)
class PracticeQuestion:
    """What the question's template asks for."""

    template: str
    player: dict[str, Any]
    prefix: str = PREFIX
    fields: Fields = field(default_factory=dict)


def _content(kind: QuestionType) -> dict[str, Any]:
    return kind.validate_content(
        {
            "prompt": gettext("Which of these keeps tea hot the longest?"),
            "given": gettext("The cups are of one size and stand in the same room."),
            "options": [
                {"id": "a", "text": gettext("A thin glass")},
                {"id": "b", "text": gettext("A vacuum flask"), "weight": "1"},
                {"id": "c", "text": gettext("A tin mug")},
            ],
            "shuffle": False,
        }
    )


def practice_question(kinds: Registry[QuestionType], fields: Fields) -> PracticeQuestion:
    """Return the question to try, with what was chosen so far."""
    kind = kinds.get("choice")
    return PracticeQuestion(kind.template, kind.player(_content(kind), SEED), fields=fields)


def practice_feedback(kinds: Registry[QuestionType], fields: Fields) -> dict[str, Any]:
    """Return what to say to the answer."""
    kind = kinds.get("choice")
    response = kind.parse(fields)
    if response is None:
        return {
            "is_right": False,
            "word": gettext("no answer yet"),
            "heading": pgettext("student", "Nothing was chosen"),
            "text": pgettext(
                "student", "In the exam that is allowed, too: an empty answer can be filled in later."
            ),
        }
    is_right = kind.mark(_content(kind), SEED, response).status is MarkStatus.RIGHT
    return {
        "is_right": is_right,
        "word": gettext("Right") if is_right else gettext("Not right yet"),
        "heading": pgettext("student", "That is how it works"),
        "text": gettext("Between the two walls of a vacuum flask there is no air to carry the heat away.")
        + " "
        + pgettext("student", "In the exam you see what was right after the result is released."),
    }
