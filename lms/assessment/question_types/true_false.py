"""A statement that is true or false."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

from lms.assessment.contracts import (
    STEM_FIELDS,
    AuthorField,
    FieldKind,
    Fields,
    ItemTest,
    MarkResult,
    MarkStatus,
    PlainForm,
    Sample,
    Values,
)
from lms.assessment.question_types.feedback import REMARK_FIELDS, read_remarks, remarked
from lms.assessment.question_types.reading import ContentReader, given_value, stem

__all__ = ["TrueFalse"]

_TEXTS = {"true": lazy_pgettext("statement", "True"), "false": lazy_pgettext("statement", "False")}


class TrueFalse(PlainForm):
    """True or false (two radio buttons, always in this order)."""

    name = "true_false"
    version = "1"
    title = lazy_gettext("True or false")
    summary = lazy_gettext("A statement; students say whether it is true.")
    template = "assessment/questions/true_false.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "is_true", FieldKind.CHOICE, lazy_gettext("The statement is"), choices=tuple(_TEXTS.items())
        ),
        *REMARK_FIELDS,
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {prompt (the statement), given, picture, is_true, remarks?}."""
        reader = ContentReader(content)
        if "is_true" not in reader.raw:
            reader.fail("is_true", "content.required")
        is_true = reader.flag("is_true", True)
        remarks = read_remarks(reader)
        return reader.done(lambda: {"is_true": is_true, **remarks})

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Turn the chosen word into yes or no."""
        content = super().content_from(values)
        if content.get("is_true") in _TEXTS:
            content["is_true"] = content["is_true"] == "true"
        return content

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Turn yes or no into the word."""
        values = super().form_from(content)
        return {**values, "is_true": str(content["is_true"]).lower() if "is_true" in content else ""}

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the statement and the two options."""
        options = [{"value": value, "text": text} for value, text in _TEXTS.items()]
        return {**stem(content), "options": options}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return ``true``, ``false`` or what else was sent."""
        return given_value(fields, "answer") or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a boolean as the answer."""
        return {} if answer is None else {"answer": [str(answer).lower()]}

    @remarked
    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Compare with the statement's truth."""
        if response is None:
            return MarkResult.of(Decimal(0), "no_answer")
        if response not in _TEXTS:
            return MarkResult.invalid("unknown_option")
        return MarkResult.of(Decimal(int((response == "true") == content["is_true"])))

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal:
        """Return what guessing earns on average."""
        return Decimal("0.5")

    def correct_answer(self, content: Mapping[str, Any]) -> bool:
        """Return whether the statement is true."""
        return bool(content["is_true"])

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the chosen word."""
        return str(_TEXTS.get(response, ""))

    def samples(self) -> list[Sample]:
        """Return one true and one false statement."""
        true = (
            ItemTest(True, MarkStatus.RIGHT),
            ItemTest(False, MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest("perhaps", MarkStatus.INVALID),
        )
        false = (ItemTest(False, MarkStatus.RIGHT), ItemTest(True, MarkStatus.WRONG))
        return [
            Sample("Лёд легче", {"prompt": "Лёд легче воды того же объёма.", "is_true": True}, true),
            Sample("Свинец легче", {"prompt": "Свинец легче воды того же объёма.", "is_true": False}, false),
        ]
