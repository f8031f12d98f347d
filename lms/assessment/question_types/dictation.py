"""A dictation: a recording is heard and written down; every wrong word takes something off."""

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
from lms.assessment.question_types.reading import ContentReader, stem
from lms.courses.types import Need

__all__ = ["Dictation", "count_errors"]

_WORDS = re.compile(r"\w+(?:[-'’]\w+)*|[.,;:!?…«»\"()—–-]")
_MARKS = re.compile(r"[^\w]")
_SAME = str.maketrans("–-“”", "——«»")
MAX_LENGTH, MAX_ERRORS = 6000, 60


def _pieces(text: str, *, counts_punctuation: bool) -> list[str]:
    plain = unicodedata.normalize("NFKC", text.replace("…", "...")).replace("ё", "е").replace("Ё", "Е")
    found = _WORDS.findall(plain)
    return [
        piece.translate(_SAME) if _MARKS.fullmatch(piece) else piece
        for piece in found
        if counts_punctuation or not _MARKS.fullmatch(piece)
    ]


def count_errors(text: str, key: str, most: int, *, counts_punctuation: bool = True) -> int:
    """Return how many words and marks are wrong, missing or too many, at most ``most`` + 1.

    ё and е are one letter, as in print; capital letters count. Takes time in proportion to length times ``most``.
    """
    left = _pieces(text, counts_punctuation=counts_punctuation)
    right = _pieces(key, counts_punctuation=counts_punctuation)
    if abs(len(left) - len(right)) > most:
        return most + 1
    far = most + 1
    row = {j: j for j in range(min(len(right), most) + 1)}
    for i, piece in enumerate(left, start=1):
        before, row = row, {}
        for j in range(max(0, i - most), min(len(right), i + most) + 1):
            same = j > 0 and piece == right[j - 1]
            row[j] = min(
                before.get(j, far) + 1,
                row.get(j - 1, far) + 1,
                before.get(j - 1, far) + (not same) if j else far,
            )
    return min(row.get(len(right), far), far)


class Dictation(PlainForm):
    """A recording and a field for what was heard."""

    name = "dictation"
    version = "1"
    title = lazy_gettext("A dictation")
    summary = lazy_gettext(
        "You bring a recording; students write down what they hear, mistakes are counted word by word."
    )
    template = "assessment/questions/dictation.html"
    #: What it asks of the student when it offers no other way (`lms.courses.types.Need`).
    needs = frozenset({Need.HEARING})
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "audio",
            FieldKind.SOUND,
            lazy_gettext("Recording"),
            lazy_gettext(
                "MP3, M4A, OGG, WebM, WAV or FLAC: the text is read aloud slowly, each sentence twice."
            ),
        ),
        AuthorField(
            "text",
            FieldKind.LONG_TEXT,
            lazy_gettext("The text that is dictated"),
            lazy_gettext("Answers are compared with it; students never see it before the end."),
        ),
        AuthorField(
            "max_errors",
            FieldKind.WHOLE,
            lazy_gettext("Errors at which nothing is earned any more"),
            default="10",
        ),
        AuthorField(
            "counts_punctuation", FieldKind.YES_NO, lazy_gettext("Punctuation counts"), default="yes"
        ),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, audio, text, max_errors, counts_punctuation}."""
        reader = ContentReader(content)
        audio, text = reader.text("audio", required=True), reader.text("text", required=True)
        if len(text) > MAX_LENGTH:
            reader.fail("text", "content.not_text")
        max_errors = reader.whole("max_errors", 10) or 0
        if not 1 <= max_errors <= MAX_ERRORS:
            reader.fail("max_errors", "content.not_a_number")
        counts_punctuation = reader.flag("counts_punctuation", True)
        return reader.done(
            lambda: {
                "audio": audio,
                "text": text,
                "max_errors": max_errors,
                "counts_punctuation": counts_punctuation,
            }
        )

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem and the recording, never the text."""
        return {**stem(content), "audio": content["audio"]}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return the text exactly as typed, or None when it is blank."""
        values = fields.get("answer", ())
        return values[-1].replace("\r\n", "\n")[: 2 * MAX_LENGTH] if values and values[-1].strip() else None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a text as the answer."""
        return {} if answer is None else {"answer": [str(answer)]}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Take an equal part off for every error."""
        if response is None:
            return MarkResult.of(Decimal(0), "no_answer")
        most = content["max_errors"]
        errors = count_errors(
            response, content["text"], most, counts_punctuation=content["counts_punctuation"]
        )
        return MarkResult.of(1 - Decimal(errors) / most, *([f"errors:{errors}"] if errors else []))

    def correct_answer(self, content: Mapping[str, Any]) -> str:
        """Return the text."""
        return str(content["text"])

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text as typed."""
        return response or ""

    def samples(self) -> list[Sample]:
        """Return a dictation of one sentence."""
        content = {
            "prompt": "Послушай и запиши.",
            "audio": "/static/samples/dictation.wav",
            "text": "Осенью, когда пожелтел лес, мы ещё раз пошли к реке.",
            "max_errors": 5,
        }
        tests = (
            ItemTest("Осенью, когда пожелтел лес, мы еще раз пошли к реке.", MarkStatus.RIGHT),
            ItemTest(
                "Осенью когда пожелтел лес, мы ещё раз пошли к реке.", MarkStatus.PARTIAL, Decimal("0.8")
            ),
            ItemTest("Осенью, когда пожилтел лес, мы ещё пошли к реке.", MarkStatus.PARTIAL, Decimal("0.6")),
            ItemTest("Не слышно.", MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
        )
        return [Sample("Осень", content, tests)]
