"""A longer text that a person marks by a rubric."""

from __future__ import annotations

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
from lms.assessment.question_types.reading import ContentReader, decimal_of, stem

__all__ = ["MODEL_ANSWER_FIELD", "RUBRIC_FIELD", "Essay", "read_rubric"]

#: What a person marks by, line by line.
RUBRIC_FIELD = AuthorField(
    "rubric",
    FieldKind.ROWS,
    lazy_gettext("What the answer is judged by"),
    columns=(
        AuthorField("id", FieldKind.HIDDEN),
        AuthorField("title", FieldKind.TEXT, lazy_gettext("Criterion")),
        AuthorField("points", FieldKind.NUMBER, lazy_gettext("Points")),
    ),
)

#: What only markers see.
MODEL_ANSWER_FIELD = AuthorField(
    "model_answer", FieldKind.LONG_TEXT, lazy_gettext("A sample answer"), is_optional=True
)


def read_rubric(reader: ContentReader) -> list[dict[str, str]]:
    """Return the rubric's lines {id, title, points}; at least one, each with points above zero."""
    rows = reader.raw.get("rubric", [])
    if not isinstance(rows, list) or not rows:
        reader.fail("rubric", "content.required")
        return []
    rubric = []
    for number, row in enumerate(rows):
        points = decimal_of(row.get("points")) if isinstance(row, Mapping) else None
        title = str(row.get("title", "")).strip() if isinstance(row, Mapping) else ""
        if not title:
            reader.fail(f"rubric.{number}.title", "content.required")
        if points is None or points <= 0:
            reader.fail(f"rubric.{number}.points", "content.not_a_number")
            continue
        rubric.append({"id": str(row.get("id", number + 1)), "title": title, "points": str(points)})
    return rubric


class Essay(PlainForm):
    """A text area; nothing but an empty one is marked by the machine."""

    name = "essay"
    version = "1"
    title = lazy_gettext("A longer text")
    summary = lazy_gettext("Students write an essay or an explanation; you mark it by criteria.")
    template = "assessment/questions/essay.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField("min_words", FieldKind.WHOLE, lazy_gettext("Words at least"), is_optional=True),
        AuthorField("max_words", FieldKind.WHOLE, lazy_gettext("Words at most"), is_optional=True),
        RUBRIC_FIELD,
        MODEL_ANSWER_FIELD,
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, min_words, max_words, rubric: [{id, title, points}], model_answer}."""
        reader = ContentReader(content)
        least, most = reader.whole("min_words", None), reader.whole("max_words", None)
        if least is not None and most is not None and least > most:
            reader.fail("max_words", "content.limit_too_small")
        rubric = read_rubric(reader)
        model_answer = reader.text("model_answer")
        return reader.done(
            lambda: {"min_words": least, "max_words": most, "rubric": rubric, "model_answer": model_answer}
        )

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, the limits and what the work is judged by."""
        rubric = [{"title": row["title"], "points": row["points"]} for row in content["rubric"]]
        limits = {"min_words": content["min_words"], "max_words": content["max_words"]}
        return {**stem(content), **limits, "rubric": rubric}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return the text exactly as typed, or None when it is blank."""
        values = fields.get("answer", ())
        return values[-1].replace("\r\n", "\n") if values and values[-1].strip() else None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a text as the answer."""
        return {} if answer is None else {"answer": [str(answer)]}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Leave everything but a blank sheet to a person."""
        if response is None:
            return MarkResult.of(Decimal(0), "no_answer")
        return MarkResult(MarkStatus.NEEDS_MARKING)

    def correct_answer(self, content: Mapping[str, Any]) -> None:
        """Return None: there is no key."""

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text."""
        return response or ""

    def samples(self) -> list[Sample]:
        """Return a short essay with a rubric of two lines."""
        content = {
            "prompt": "Почему вода в озёрах не промерзает до дна?",
            "min_words": 20,
            "rubric": [
                {"title": "Названа плотность воды при 4 °C", "points": 2},
                {"title": "Сказано, что лёд плавает и защищает воду от холода", "points": 2},
            ],
        }
        tests = (
            ItemTest("Потому что лёд легче воды.", MarkStatus.NEEDS_MARKING),
            ItemTest(None, MarkStatus.WRONG, Decimal(0)),
            ItemTest("   ", MarkStatus.WRONG, Decimal(0)),
        )
        return [Sample("Озеро зимой", content, tests)]
