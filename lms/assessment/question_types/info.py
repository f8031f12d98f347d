"""Something to read: a text, data or a picture that the next questions are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

from lms.assessment.contracts import STEM_FIELDS, Fields, ItemTest, MarkResult, MarkStatus, PlainForm, Sample
from lms.assessment.question_types.reading import ContentReader, given_value, stem

__all__ = ["Info"]

READ = "read"


class Info(PlainForm):
    """A panel to read; the student says that it was read. It asks nothing, so it earns nothing."""

    name = "info"
    version = "1"
    asks_nothing = True
    title = lazy_gettext("Something to read")
    summary = lazy_gettext("A text, a picture or instructions before other questions; nothing is asked.")
    template = "assessment/questions/info.html"
    form_fields = STEM_FIELDS

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {prompt, given, picture}; there must be something to read or to look at."""
        reader = ContentReader(content)
        if not content.get("given") and not content.get("picture"):
            reader.fail("given", "content.required")
        return reader.done(dict)

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return what is to be read."""
        return stem(content)

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return what was ticked."""
        return given_value(fields, "answer") or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take whether it was read as the answer."""
        return {"answer": [READ if answer is True else str(answer)]} if answer else {}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Count it as done when it was read."""
        if response is None:
            return MarkResult.of(Decimal(0), "no_answer")
        return MarkResult.of(Decimal(1)) if response == READ else MarkResult.invalid("unknown_option")

    def correct_answer(self, content: Mapping[str, Any]) -> bool:
        """Return that it was read."""
        return True

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Say that it was read."""
        return str(lazy_pgettext("student", "I have read it")) if response == READ else ""

    def samples(self) -> list[Sample]:
        """Return the beginning of a text about a lake."""
        content = {
            "prompt": "Прочитай текст: следующие вопросы о нём.",
            "given": "Байкал — самое глубокое озеро Земли.\nЕго наибольшая глубина — 1642 метра.",
        }
        tests = (
            ItemTest(True, MarkStatus.RIGHT),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest("no", MarkStatus.INVALID),
        )
        return [Sample("Байкал", content, tests)]
