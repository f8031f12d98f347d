"""A text with gaps of several kinds: to be typed, a number, or chosen from a list."""

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
from lms.assessment.question_types.numeric import mark_number, read_answer
from lms.assessment.question_types.reading import ContentReader, decimal_of, given_value, stem
from lms.assessment.question_types.short_text import share_of
from lms.assessment.rules.author_forms import plain
from lms.assessment.rules.numbers import read_number

__all__ = ["Cloze"]

#: What goes into a gap: words that are typed · a number · one of a list.
TYPED, NUMBER, CHOICE = "text", "number", "choice"


def _best_of(gap: Mapping[str, Any]) -> str:
    """Return what earns a gap's points: stars stand for anything in typed words alone, ± in numbers alone."""
    first = str(gap["right"][0])
    if gap["kind"] == CHOICE:
        return first
    return (first.partition("±")[0] if gap["kind"] == NUMBER else first.replace("*", "")).strip()


class Cloze(PlainForm):
    """A text with gaps (fields and selection lists between the words)."""

    name = "cloze"
    version = "1"
    title = lazy_gettext("A text with gaps")
    summary = lazy_gettext("A text in which students type or choose what is missing.")
    template = "assessment/questions/cloze.html"
    form_fields = (
        *STEM_FIELDS,
        GAP_TEXT_FIELD,
        AuthorField(
            "gaps",
            FieldKind.ROWS,
            lazy_gettext("Gaps"),
            columns=(
                AuthorField("id", FieldKind.TEXT, lazy_gettext("Name of the gap")),
                AuthorField(
                    "kind",
                    FieldKind.CHOICE,
                    lazy_gettext("What goes into it"),
                    choices=(
                        (TYPED, lazy_gettext("words that are typed")),
                        (NUMBER, lazy_gettext("a number")),
                        (CHOICE, lazy_gettext("one word of a list")),
                    ),
                    default=TYPED,
                ),
                AuthorField(
                    "right",
                    FieldKind.LINES,
                    lazy_gettext("Right answers"),
                    lazy_gettext(
                        "One a line; for a list exactly one. A number may bring its own distance: 42 ± 0.5."
                    ),
                ),
                AuthorField(
                    "wrong", FieldKind.LINES, lazy_gettext("Wrong words of the list"), is_optional=True
                ),
                AuthorField(
                    "tolerance", FieldKind.NUMBER, lazy_gettext("How far off is still right"), default="0"
                ),
                AuthorField("points", FieldKind.NUMBER, lazy_gettext("Weight of the gap"), default="1"),
            ),
        ),
        AuthorField("is_case_sensitive", FieldKind.YES_NO, lazy_gettext("Capital letters matter")),
        AuthorField("typos", FieldKind.WHOLE, lazy_gettext("Typing errors that are forgiven"), default="0"),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, text, gaps: [{id, kind, right, wrong, tolerance, points}], is_case_sensitive, typos}."""
        reader = ContentReader(content)
        rows = content.get("gaps")
        gaps = [
            self._gap(reader, number, row)
            for number, row in enumerate(rows if isinstance(rows, list) else [])
            if isinstance(row, Mapping)
        ]
        text = read_gap_text(reader, (gap["id"] for gap in gaps))
        is_case_sensitive, typos = reader.flag("is_case_sensitive", False), reader.whole("typos", 0)
        if typos is not None and typos > 3:
            reader.fail("typos", "content.not_a_number")
        return reader.done(
            lambda: {"text": text, "gaps": gaps, "is_case_sensitive": is_case_sensitive, "typos": typos or 0}
        )

    @staticmethod
    def _gap(reader: ContentReader, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return one gap in its normal form."""
        at = f"gaps.{number}"
        kind = row.get("kind", TYPED)
        if kind not in {TYPED, NUMBER, CHOICE}:
            reader.fail(f"{at}.kind", "content.not_a_choice")
        right, wrong = reader.lines_of(row, "right", at), reader.lines_of(row, "wrong", at)
        tolerance, points = decimal_of(row.get("tolerance", 0)), decimal_of(row.get("points", 1))
        if tolerance is None or tolerance < 0:
            reader.fail(f"{at}.tolerance", "content.not_a_number")
        if points is None or points <= 0:
            reader.fail(f"{at}.points", "content.not_a_number")
        if not right:
            reader.fail(f"{at}.right", "content.required")
        if kind == NUMBER and not all(_is_number(text) for text in right):
            reader.fail(f"{at}.right", "content.not_a_number")
        if kind == CHOICE and (len(right) != 1 or len({*right, *wrong}) < 2):
            reader.fail(f"{at}.wrong", "content.wrong_count")
        return {
            "id": str(row.get("id", "")).strip(),
            "kind": kind,
            "right": right,
            "wrong": wrong if kind == CHOICE else [],
            "tolerance": plain(tolerance or Decimal(0)),
            "points": plain(points or Decimal(1)),
        }

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem and the text in parts: words, fields, lists in this form's order."""
        gaps = {gap["id"]: gap for gap in content["gaps"]}

        def show(name: str, _number: int) -> dict[str, Any]:
            gap = gaps[name]
            if gap["kind"] != CHOICE:  # the width tells the kind, never how long the answer is
                return {"kind": gap["kind"], "width": 5 if gap["kind"] == NUMBER else 10}
            words = shuffled(dict.fromkeys([*gap["right"], *gap["wrong"]]), seed, name)
            return {
                "kind": CHOICE,
                "options": [{"value": token(seed, name, word), "text": word} for word in words],
            }

        return {**stem(content), "parts": gap_parts(content["text"], show)}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
        """Return what was put into each gap that is not empty."""
        given = {name: given_value(fields, name) for name in sorted(fields) if name.startswith("gap_")}
        return {name: value for name, value in given.items() if value} or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take {gap: text} as the answer."""
        lists = {gap["id"] for gap in content["gaps"] if gap["kind"] == CHOICE}
        places = gap_fields(content["text"])
        return {
            places.get(name, NO_GAP): [token(seed, name, text) if name in lists else str(text)]
            for name, text in (answer or {}).items()
        }

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Add up what the gaps earn, each by its weight; a number that cannot be read makes the answer invalid."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        places = gap_fields(content["text"])
        if not set(response) <= set(places.values()):
            return MarkResult.invalid("unknown_option")
        earned = possible = Decimal(0)
        notes: list[str] = []
        for gap in content["gaps"]:
            possible += Decimal(gap["points"])
            given = response.get(places[gap["id"]])
            share = Decimal(0) if given is None else self._share(content, seed, gap, given)
            if share is None:
                return MarkResult.invalid(f"unreadable:{gap['id']}")
            earned += share * Decimal(gap["points"])
            notes += [f"gap_wrong:{gap['id']}"] if share < 1 else []
        return MarkResult.of(earned / possible, *notes)

    @staticmethod
    def _share(content: Mapping[str, Any], seed: int, gap: Mapping[str, Any], given: str) -> Decimal | None:
        """Return what one gap earns, or None when it cannot be read."""
        if gap["kind"] == CHOICE:
            known = {token(seed, gap["id"], word): word for word in (*gap["right"], *gap["wrong"])}
            return None if given not in known else Decimal(int(known[given] == gap["right"][0]))
        if gap["kind"] == NUMBER:
            found = [
                mark_number(_number_content(*_with_distance(text, gap["tolerance"])), given).fraction
                for text in gap["right"]
            ]
            return None if None in found else max(share for share in found if share is not None)
        accepted = [{"text": text, "fraction": "1"} for text in gap["right"]]
        rules = {"is_case_sensitive": content["is_case_sensitive"], "typos": content["typos"]}
        return share_of({**rules, "accepted": accepted, "typo_fraction": "1"}, given)[0]

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal:
        """Return what guessing earns on average: nothing where an answer is typed."""
        possible = sum((Decimal(gap["points"]) for gap in content["gaps"]), Decimal(0))
        lists = [gap for gap in content["gaps"] if gap["kind"] == CHOICE]
        guessed = (Decimal(gap["points"]) / len({*gap["right"], *gap["wrong"]}) for gap in lists)
        return sum(guessed, Decimal(0)) / possible

    def correct_answer(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the first right answer of each gap."""
        return {gap["id"]: _best_of(gap) for gap in content["gaps"]}

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text with what was put into its gaps."""
        words = {
            token(seed, gap["id"], word): word
            for gap in content["gaps"]
            if gap["kind"] == CHOICE
            for word in (*gap["right"], *gap["wrong"])
        }
        given = response or {}
        if not given:
            return ""
        put = {name: given.get(place, "") for name, place in gap_fields(content["text"]).items()}
        return fill_gaps(content["text"], lambda name: words.get(put[name], put[name]))

    def samples(self) -> list[Sample]:
        """Return a text about water with a gap of each kind."""
        content = {
            "prompt": "Заполни пропуски.",
            "text": "Вода кипит при {boils} °C. Лёд — это вода в {state} состоянии. Пар, остывая, {cools}.",
            "gaps": [
                {"id": "boils", "kind": NUMBER, "right": ["100"], "tolerance": "0.5", "points": "2"},
                {"id": "state", "right": ["твёрдом", "кристаллическом"]},
                {"id": "cools", "kind": CHOICE, "right": ["конденсируется"], "wrong": ["испаряется", "тает"]},
            ],
        }
        everything = {"boils": "100", "state": "твердом", "cools": "конденсируется"}
        tests = (
            ItemTest(everything, MarkStatus.RIGHT),
            ItemTest({**everything, "cools": "тает"}, MarkStatus.PARTIAL, Decimal("0.75")),
            ItemTest({"boils": "100,4"}, MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest({"boils": "90"}, MarkStatus.WRONG),
            ItemTest({"boils": "сто"}, MarkStatus.INVALID),
            ItemTest({"cools": "no such word"}, MarkStatus.INVALID),
            ItemTest(None, MarkStatus.WRONG),
        )
        return [Sample("Вода", content, tests)]


def _with_distance(text: str, tolerance: str) -> tuple[str, str]:
    """Return a right number and how far off is still right: ``42 ± 0.5`` brings its own distance."""
    number, _, own = text.partition("±")
    return number.strip(), own.strip().replace(",", ".") or tolerance


def _is_number(text: str) -> bool:
    number, distance = _with_distance(text, "0")
    found = decimal_of(distance)
    return read_number(number) is not None and found is not None and found >= 0


def _number_content(answer: str, tolerance: str) -> dict[str, Any]:
    """Return what `mark_number` needs for one number of a gap."""
    return read_answer(ContentReader({"answer": answer, "tolerance": tolerance}))
