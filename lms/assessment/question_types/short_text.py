"""A word or a few, compared with accepted forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext

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
)
from lms.assessment.question_types.reading import ContentReader, decimal_of, given_value, stem

__all__ = ["ShortText", "fold_text"]

_DASHES = re.compile(r"\s*[\u2010-\u2015\u2212-]\s*")
_EDGES = " \t\n.,;:!?«»\"'()"


def fold_text(text: str, *, is_case_sensitive: bool = False) -> str:
    """Return the form in which texts are compared: ё as е, one kind of dash and space, no outer punctuation."""
    folded = unicodedata.normalize("NFKC", text)
    if not is_case_sensitive:
        folded = folded.casefold()
    folded = folded.replace("ё", "е").replace("Ё", "Е")
    return " ".join(_DASHES.sub("-", folded).split()).strip(_EDGES)


class ShortText(PlainForm):
    """A short text typed into a field."""

    name = "short_text"
    version = "1"
    title = lazy_gettext("A word or a few")
    template = "assessment/questions/short_text.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "accepted",
            FieldKind.ROWS,
            lazy_gettext("Accepted answers"),
            columns=(
                AuthorField("text", FieldKind.TEXT, lazy_gettext("Answer")),
                AuthorField(
                    "fraction", FieldKind.SHARE, lazy_gettext("Share of the points, %"), default="100"
                ),
            ),
        ),
        AuthorField("is_case_sensitive", FieldKind.YES_NO, lazy_gettext("Capital letters matter")),
        AuthorField("size", FieldKind.WHOLE, lazy_gettext("Width of the field in letters"), default="30"),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, accepted: [{text, fraction}], is_case_sensitive, size}; one form must earn everything."""
        reader = ContentReader(content)
        accepted = []
        rows = reader.raw.get("accepted")
        if not isinstance(rows, list) or not rows:
            reader.fail("accepted", "content.required")
            rows = []
        for number, row in enumerate(rows):
            form = row if isinstance(row, Mapping) else {"text": row}
            fraction = decimal_of(form.get("fraction", 1))
            if not isinstance(form.get("text"), str) or not fold_text(form["text"]):
                reader.fail(f"accepted.{number}.text", "content.required")
            elif fraction is None or not 0 <= fraction <= 1:
                reader.fail(f"accepted.{number}.fraction", "content.not_a_number")
            else:
                accepted.append({"text": form["text"].strip(), "fraction": str(fraction)})
        if accepted and not any(Decimal(form["fraction"]) == 1 for form in accepted):
            reader.fail("accepted", "content.no_right_option")
        is_case_sensitive = reader.flag("is_case_sensitive", False)
        size = reader.whole("size", 30)
        return reader.done(
            lambda: {"accepted": accepted, "is_case_sensitive": is_case_sensitive, "size": size}
        )

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem and the width of the field in characters."""
        return {**stem(content), "size": content["size"]}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return the text as typed."""
        return given_value(fields, "answer") or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a text as the answer."""
        return {} if answer is None else {"answer": [str(answer)]}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give the best fraction among the accepted forms that the text equals."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        sensitive = content["is_case_sensitive"]
        typed = fold_text(response, is_case_sensitive=sensitive)
        fractions = [
            Decimal(form["fraction"])
            for form in content["accepted"]
            if fold_text(form["text"], is_case_sensitive=sensitive) == typed
        ]
        return MarkResult.of(max(fractions, default=Decimal(0)))

    def correct_answer(self, content: Mapping[str, Any]) -> str:
        """Return the first form that earns everything."""
        return next(str(form["text"]) for form in content["accepted"] if Decimal(form["fraction"]) == 1)

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text as typed."""
        return response or ""

    def samples(self) -> list[Sample]:
        """Return a question with ё, a hyphen and a half accepted form."""
        content = {
            "prompt": "Как называется учёный, который изучает звёзды?",
            "accepted": [{"text": "астроном"}, {"text": "звездочёт", "fraction": "0.5"}],
        }
        tests = (
            ItemTest("Астроном.", MarkStatus.RIGHT),
            ItemTest("  астроном ", MarkStatus.RIGHT),
            ItemTest("звездочет", MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest("ЗВЕЗДОЧЁТ", MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest("астролог", MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
        )
        city = {
            "prompt": "Как называется столица Бурятии?",
            "accepted": ["Улан-Удэ"],
            "is_case_sensitive": True,
        }
        dashes = (
            ItemTest("Улан — Удэ", MarkStatus.RIGHT),
            ItemTest("Улан‑Удэ", MarkStatus.RIGHT),
            ItemTest("улан-удэ", MarkStatus.WRONG),
        )
        return [Sample("Учёный", content, tests), Sample("Столица", city, dashes)]
