"""Words that are put into the gaps of a text; each may be meant for one gap, for several or for none."""

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
    shuffled,
    token,
)
from lms.assessment.question_types.gap_texts import (
    GAP_TEXT_FIELD,
    NO_GAP,
    fill_gaps,
    gap_fields,
    gap_parts,
    read_gap_text,
)
from lms.assessment.question_types.reading import ContentReader, given_value, stem

__all__ = ["WordBank"]


class WordBank(PlainForm):
    """Words for gaps: dragged or tapped where there are scripts, chosen from a list everywhere."""

    name = "word_bank"
    version = "1"
    title = lazy_gettext("Words for the gaps")
    summary = lazy_gettext("A text with gaps and words to put into them, by dragging or from a list.")
    template = "assessment/questions/word_bank.html"
    form_fields = (
        *STEM_FIELDS,
        GAP_TEXT_FIELD,
        AuthorField(
            "gaps",
            FieldKind.ROWS,
            lazy_gettext("Gaps"),
            columns=(
                AuthorField("id", FieldKind.TEXT, lazy_gettext("Name of the gap")),
                AuthorField("right", FieldKind.TEXT, lazy_gettext("Its word")),
            ),
        ),
        AuthorField(
            "decoys",
            FieldKind.LINES,
            lazy_gettext("Words that belong nowhere"),
            lazy_gettext("One a line."),
            is_optional=True,
        ),
        AuthorField("is_once", FieldKind.YES_NO, lazy_gettext("Each word may be used once only")),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, text, gaps: [{id, right}], decoys, is_once}; equal words of several gaps are one word."""
        reader = ContentReader(content)
        rows = content.get("gaps")
        gaps = []
        for number, row in enumerate(rows if isinstance(rows, list) else []):
            word = str(row.get("right", "")).strip() if isinstance(row, Mapping) else ""
            if not word:
                reader.fail(f"gaps.{number}.right", "content.required")
                continue
            gaps.append({"id": str(row.get("id", "")).strip(), "right": word})
        text = read_gap_text(reader, (gap["id"] for gap in gaps))
        decoys = reader.lines_of(content, "decoys", "")
        is_once = reader.flag("is_once", False)
        words = {*(gap["right"] for gap in gaps), *decoys}
        if gaps and len(words) < 2:
            reader.fail("decoys", "content.wrong_count")
        if is_once and len({gap["right"] for gap in gaps}) < len(gaps):
            reader.fail("is_once", "content.word_twice")
        return reader.done(lambda: {"text": text, "gaps": gaps, "decoys": decoys, "is_once": is_once})

    @staticmethod
    def _words(content: Mapping[str, Any]) -> list[str]:
        return list(dict.fromkeys([*(gap["right"] for gap in content["gaps"]), *content["decoys"]]))

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, the words in this form's order and the text in parts."""
        words = shuffled(self._words(content), seed, "words")
        return {
            **stem(content),
            "options": [{"value": token(seed, word), "text": word} for word in words],
            "parts": gap_parts(content["text"], lambda _name, _number: {}),
            "is_once": content["is_once"],
        }

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
        """Return the word of each gap that has one."""
        given = {name: given_value(fields, name) for name in sorted(fields) if name.startswith("gap_")}
        return {name: value for name, value in given.items() if value} or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take {gap: word} as the answer."""
        places = gap_fields(content["text"])
        return {places.get(name, NO_GAP): [token(seed, word)] for name, word in (answer or {}).items()}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give the share of gaps with the right word."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        places = gap_fields(content["text"])
        right = {places[gap["id"]]: token(seed, gap["right"]) for gap in content["gaps"]}
        known = {token(seed, word) for word in self._words(content)}
        if not set(response) <= set(right) or not set(response.values()) <= known:
            return MarkResult.invalid("unknown_option")
        if content["is_once"] and len(set(response.values())) < len(response):
            return MarkResult.invalid("word_twice")
        return MarkResult.of(
            Decimal(sum(response.get(gap) == word for gap, word in right.items())) / len(right)
        )

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal:
        """Return what guessing earns on average."""
        return Decimal(1) / len(self._words(content))

    def correct_answer(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the word of each gap."""
        return {gap["id"]: gap["right"] for gap in content["gaps"]}

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text with the words in its gaps."""
        words = {token(seed, word): word for word in self._words(content)}
        if not response:
            return ""
        places = gap_fields(content["text"])
        return fill_gaps(content["text"], lambda name: words.get(response.get(places[name], ""), ""))

    def samples(self) -> list[Sample]:
        """Return a sentence about the heart with a word too many."""
        content = {
            "prompt": "Поставь слова на места.",
            "text": "Кровь от сердца несут {from}, а к сердцу — {to}.",
            "gaps": [{"id": "from", "right": "артерии"}, {"id": "to", "right": "вены"}],
            "decoys": ["капилляры"],
            "is_once": True,
        }
        tests = (
            ItemTest({"from": "артерии", "to": "вены"}, MarkStatus.RIGHT),
            ItemTest({"from": "артерии", "to": "капилляры"}, MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest({"from": "вены", "to": "артерии"}, MarkStatus.WRONG),
            ItemTest({"from": "вены", "to": "вены"}, MarkStatus.INVALID),
            ItemTest({"from": "no such word"}, MarkStatus.INVALID),
            ItemTest(None, MarkStatus.WRONG),
        )
        return [Sample("Сосуды", content, tests)]
