"""A word or a few, compared with accepted forms."""

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
from lms.assessment.question_types.feedback import REMARK_FIELDS, read_remarks, remarked
from lms.assessment.question_types.reading import ContentReader, decimal_of, given_value, stem
from lms.assessment.rules.author_forms import plain
from lms.assessment.rules.texts import (
    fold_text,
    is_safe_pattern,
    matches_pattern,
    matches_wildcard,
    typing_errors,
)

__all__ = ["ShortText", "fold_text", "read_accepted", "share_of"]

#: Words with ``*`` for anything · a regular expression, for those who know them.
WORDS, PATTERN = "words", "pattern"

#: A form forgives one typing error for so many letters: short words differ by one letter anyway.
LETTERS_FOR_AN_ERROR = 4

MAX_FORMS = 100


def read_accepted(reader: ContentReader, name: str = "accepted") -> list[dict[str, str]]:
    """Return the accepted forms {text, fraction}; one must earn everything. A bare text stands for all points."""
    accepted = []
    rows = reader.raw.get(name)
    if not isinstance(rows, list) or not rows:
        reader.fail(name, "content.required")
        rows = []
    if len(rows) > MAX_FORMS:
        reader.fail(name, "content.wrong_count")
        rows = []
    for number, row in enumerate(rows):
        form = row if isinstance(row, Mapping) else {"text": row}
        fraction = decimal_of(form.get("fraction", 1))
        if not isinstance(form.get("text"), str) or not fold_text(form["text"]):
            reader.fail(f"{name}.{number}.text", "content.required")
        elif fraction is None or not 0 <= fraction <= 1:
            reader.fail(f"{name}.{number}.fraction", "content.not_a_number")
        else:
            accepted.append({"text": form["text"].strip(), "fraction": plain(fraction)})
    if accepted and not any(Decimal(form["fraction"]) == 1 for form in accepted):
        reader.fail(name, "content.no_right_option")
    return accepted


def share_of(content: Mapping[str, Any], text: str) -> tuple[Decimal, bool]:
    """Return what a text earns among the accepted forms, and whether a typing error was forgiven for it."""
    sensitive = content["is_case_sensitive"]
    is_pattern = content.get("match", WORDS) == PATTERN
    typed = " ".join(text.split()) if is_pattern else fold_text(text, is_case_sensitive=sensitive)
    best, is_forgiven = Decimal(0), False
    for form in content["accepted"]:
        share = Decimal(form["fraction"])
        if share <= best:
            continue
        if is_pattern:
            is_match = matches_pattern(typed, form["text"], is_case_sensitive=sensitive)
        else:
            is_match = matches_wildcard(typed, fold_text(form["text"], is_case_sensitive=sensitive))
        if is_match:
            best, is_forgiven = share, False
        elif not is_pattern and _is_nearly(content, typed, form["text"]):
            nearly = share * Decimal(content["typo_fraction"])
            if nearly > best:
                best, is_forgiven = nearly, True
    return best, is_forgiven


def _is_nearly(content: Mapping[str, Any], typed: str, form: str) -> bool:
    most = min(int(content.get("typos") or 0), len(form) // LETTERS_FOR_AN_ERROR)
    if not most or "*" in form:
        return False
    folded = fold_text(form, is_case_sensitive=content["is_case_sensitive"])
    return typing_errors(typed, folded, most) is not None


#: Under these words stands what few questions need.
_SELDOM = lazy_gettext("Forgive typing errors, set the width of the field")


class ShortText(PlainForm):
    """A short text typed into a field."""

    name = "short_text"
    version = "1"
    title = lazy_gettext("A word or a few")
    summary = lazy_gettext(
        "Students type a word or a few; you list what is accepted, small typing errors can be forgiven."
    )
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
        AuthorField(
            "match",
            FieldKind.CHOICE,
            lazy_gettext("The answers above are"),
            choices=(
                (WORDS, lazy_gettext("words; * stands for any letters")),
                (PATTERN, lazy_gettext("regular expressions")),
            ),
            default=WORDS,
        ),
        AuthorField("is_case_sensitive", FieldKind.YES_NO, lazy_gettext("Capital letters matter")),
        AuthorField(
            "typos",
            FieldKind.WHOLE,
            lazy_gettext("Typing errors that are forgiven"),
            lazy_gettext(
                "0 to 3, and one for four letters at most. Leave 0 where spelling is what is tested."
            ),
            default="0",
            fold=_SELDOM,
        ),
        AuthorField(
            "typo_fraction",
            FieldKind.SHARE,
            lazy_gettext("What an answer with a typing error earns, %"),
            default="100",
            fold=_SELDOM,
        ),
        AuthorField(
            "size",
            FieldKind.WHOLE,
            lazy_gettext("Width of the field in letters"),
            default="30",
            fold=_SELDOM,
        ),
        *REMARK_FIELDS,
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, accepted: [{text, fraction}], match, is_case_sensitive, typos, typo_fraction, size, remarks?}.

        ``match`` is ``words`` (``*`` stands for any letters) or ``pattern`` (regular expressions); an answer with up to
        ``typos`` typing errors earns ``typo_fraction`` of the form it is nearest to.
        """
        reader = ContentReader(content)
        accepted = read_accepted(reader)
        match = reader.one_of("match", (WORDS, PATTERN))
        for number, form in enumerate(accepted):
            if match == PATTERN and not is_safe_pattern(form["text"]):
                reader.fail(f"accepted.{number}.text", "content.pattern_unusable")
        is_case_sensitive = reader.flag("is_case_sensitive", False)
        typos = reader.whole("typos", 0)
        if typos is not None and typos > 3:
            reader.fail("typos", "content.not_a_number")
        typo_fraction = reader.share("typo_fraction", "1")
        size = reader.whole("size", 30)
        remarks = read_remarks(reader)
        return reader.done(
            lambda: {
                **remarks,
                "accepted": accepted,
                "match": match,
                "is_case_sensitive": is_case_sensitive,
                "typos": typos or 0,
                "typo_fraction": plain(typo_fraction),
                "size": size,
            }
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

    @remarked
    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give the best fraction among the accepted forms that the text equals."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        share, is_forgiven = share_of(content, response)
        return MarkResult.of(share, *(["typing_error"] if is_forgiven else []))

    def correct_answer(self, content: Mapping[str, Any]) -> str | None:
        """Return the first form that earns everything; None where it is a pattern or begins with a wildcard."""
        texts = [str(form["text"]) for form in content["accepted"] if Decimal(form["fraction"]) == 1]
        wordings = [text.replace("\\*", "\0").replace("*", "").replace("\0", "*") for text in texts]
        plain_ones = [] if content.get("match") == PATTERN else wordings
        return next((text for text in plain_ones if share_of(content, text)[0] == 1), None)

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
        plant = {
            "prompt": "Как называется процесс, при котором растение на свету образует сахар?",
            "accepted": ["фотосинтез*"],
        }
        river = {
            "prompt": "Какая река впадает в Каспийское море у Астрахани?",
            "accepted": ["Волга", {"text": "река Волга"}, {"text": "Ахтуба", "fraction": "0.5"}],
            "typos": 1,
            "typo_fraction": "0.8",
        }
        typing = (
            ItemTest("волга", MarkStatus.RIGHT),
            ItemTest("вогла", MarkStatus.PARTIAL, Decimal("0.8")),
            ItemTest("Влга", MarkStatus.PARTIAL, Decimal("0.8")),
            ItemTest("ахтупа", MarkStatus.PARTIAL, Decimal("0.4")),
            ItemTest("Лена", MarkStatus.WRONG),
        )
        code = {"prompt": "Запиши двоичное число из трёх цифр.", "accepted": ["[01]{3}"], "match": PATTERN}
        return [
            Sample("Учёный", content, tests),
            Sample("Столица", city, dashes),
            Sample(
                "Растение",
                plant,
                (ItemTest("фотосинтезом", MarkStatus.RIGHT), ItemTest("синтез", MarkStatus.WRONG)),
            ),
            Sample("Река", river, typing),
            Sample(
                "Двоичное число",
                code,
                (ItemTest("101", MarkStatus.RIGHT), ItemTest("12", MarkStatus.WRONG)),
            ),
        ]
