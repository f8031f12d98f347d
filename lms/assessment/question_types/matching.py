"""Pairs: each row on the left gets one of the values on the right."""

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
    Values,
    picture_columns,
    shuffled,
    token,
)
from lms.assessment.question_types.feedback import REMARK_FIELDS, read_remarks, remarked
from lms.assessment.question_types.reading import ContentReader, given_value, said, shown_picture, stem

__all__ = ["Matching"]

PER_PAIR, ALL_OR_NOTHING = "per_pair", "all_or_nothing"


def _left(seed: int, name: str) -> str:
    return "row" + token(seed, "left", name)


def _right(seed: int, name: str) -> str:
    return token(seed, "right", name)


class Matching(PlainForm):
    """Matching (one selection field for each row)."""

    name = "matching"
    version = "1"
    title = lazy_gettext("Pairs")
    summary = lazy_gettext(
        "Students find the pair of each line: a country and its capital. Lines can be pictures."
    )
    template = "assessment/questions/matching.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "left",
            FieldKind.ROWS,
            lazy_gettext("Pairs"),
            columns=(
                AuthorField("id", FieldKind.HIDDEN),
                AuthorField("text", FieldKind.TEXT, lazy_gettext("Line")),
                AuthorField("right", FieldKind.TEXT, lazy_gettext("Its pair")),
                AuthorField("right_id", FieldKind.HIDDEN),
                *picture_columns(),
            ),
            least=2,
        ),
        AuthorField(
            "right",
            FieldKind.ROWS,
            lazy_gettext("Values that belong to no line"),
            columns=(
                AuthorField("id", FieldKind.HIDDEN),
                AuthorField("text", FieldKind.TEXT, lazy_gettext("Value")),
            ),
            least=0,
        ),
        AuthorField(
            "scoring",
            FieldKind.CHOICE,
            lazy_gettext("How it is scored"),
            choices=(
                (PER_PAIR, lazy_gettext("a share for each right pair")),
                (ALL_OR_NOTHING, lazy_gettext("all pairs, or nothing")),
            ),
            default=PER_PAIR,
        ),
        AuthorField("shuffle_left", FieldKind.YES_NO, lazy_gettext("Mix the lines for each student, too")),
        *REMARK_FIELDS,
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, left, right, pairs {left id: right id}, scoring, shuffle_left, remarks?}; the right may hold decoys.

        Lines {id, text, picture?} may be pictures; values are chosen from a list, so they are words.
        """
        reader = ContentReader(content)
        left = [
            {"id": row["id"], "text": row["text"], **shown_picture(row)}
            for row in reader.rows("left", least=2, with_pictures=True)
        ]
        right = [{"id": row["id"], "text": row.get("text", "")} for row in reader.rows("right", least=2)]
        pairs = reader.raw.get("pairs")
        if not isinstance(pairs, Mapping) or set(pairs) != {row["id"] for row in left}:
            reader.fail("left", "content.pairs_incomplete")
            pairs = {}
        elif not set(pairs.values()) <= {row["id"] for row in right}:
            reader.fail("left", "content.pairs_unknown")
        scoring = reader.one_of("scoring", (PER_PAIR, ALL_OR_NOTHING))
        shuffle_left = reader.flag("shuffle_left", False)
        remarks = read_remarks(reader)
        return reader.done(
            lambda: {
                **remarks,
                "left": left,
                "right": right,
                "pairs": dict(pairs),
                "scoring": scoring,
                "shuffle_left": shuffle_left,
            }
        )

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Part the rows into left, right and pairs; equal texts on the right are one value."""
        content = super().content_from(values)
        lines = content["left"]
        decoys = content.pop("right")
        values_right = [(row["right"], row.get("right_id")) for row in lines if row.get("right")]
        values_right += [(row["text"], row["id"]) for row in decoys if row.get("text")]
        names: dict[str, str] = {}
        for text, name in values_right:
            taken = set(names.values())
            free = (f"r{number}" for number in range(1, len(values_right) + 2) if f"r{number}" not in taken)
            names.setdefault(text, name if name and name not in taken else next(free))
        content["pairs"] = {row["id"]: names[row["right"]] for row in lines if row.get("right")}
        content["left"] = [
            {key: row[key] for key in ("id", "text", "picture") if key in row} for row in lines
        ]
        content["right"] = [{"id": name, "text": text} for text, name in names.items()]
        return content

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Put each line's value beside it; what is left over is decoys."""
        values = super().form_from(content)
        texts = {row["id"]: row["text"] for row in content.get("right", ())}
        pairs = content.get("pairs", {})
        for row in values["left"]:
            row["right_id"] = pairs.get(row["id"], "")
            row["right"] = texts.get(row["right_id"], "")
        decoys = [{"id": name, "text": text} for name, text in texts.items() if name not in pairs.values()]
        return {**values, "right": decoys}

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the rows (each names its field) and the values to choose from, in this form's order."""
        left = content["left"]
        if content["shuffle_left"]:
            left = shuffled(left, seed, "left", key=lambda row: row["id"])
        right = shuffled(content["right"], seed, "right", key=lambda row: row["id"])
        return {
            **stem(content),
            "left": [
                {"name": _left(seed, row["id"]), "text": row["text"], **shown_picture(row)} for row in left
            ],
            "right": [{"value": _right(seed, row["id"]), "text": row["text"]} for row in right],
        }

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
        """Return the chosen value of each row that has one."""
        chosen = {name: given_value(fields, name) for name in sorted(fields) if name.startswith("row")}
        return {name: value for name, value in chosen.items() if value} or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take {left id: right id} as the answer."""
        return {_left(seed, left): [_right(seed, right)] for left, right in (answer or {}).items()}

    @remarked
    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give the share of right pairs, or all or nothing."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        key = {_left(seed, left): _right(seed, right) for left, right in content["pairs"].items()}
        values = {_right(seed, row["id"]) for row in content["right"]}
        if not set(response) <= set(key) or not set(response.values()) <= values:
            return MarkResult.invalid("unknown_option")
        right = sum(response.get(left) == value for left, value in key.items())
        if content["scoring"] == ALL_OR_NOTHING:
            return MarkResult.of(Decimal(int(right == len(key))))
        return MarkResult.of(Decimal(right) / len(key))

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal:
        """Return what guessing earns on average."""
        one = Decimal(1) / len(content["right"])
        return one ** len(content["pairs"]) if content["scoring"] == ALL_OR_NOTHING else one

    def correct_answer(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the right pairs."""
        return dict(content["pairs"])

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the pairs in words, in the author's order."""
        chosen = response or {}
        texts = {_right(seed, row["id"]): row["text"] for row in content["right"]}
        pairs = [(said(row), chosen.get(_left(seed, row["id"]))) for row in content["left"]]
        return "; ".join(f"{left} — {texts.get(value, '…')}" for left, value in pairs if value)

    def samples(self) -> list[Sample]:
        """Return countries and capitals with a decoy."""
        content = {
            "prompt": "Соедини страну с её столицей.",
            "left": [{"id": "fr", "text": "Франция"}, {"id": "it", "text": "Италия"}],
            "right": [
                {"id": "paris", "text": "Париж"},
                {"id": "rome", "text": "Рим"},
                {"id": "madrid", "text": "Мадрид"},
            ],
            "pairs": {"fr": "paris", "it": "rome"},
        }
        tests = (
            ItemTest({"fr": "paris", "it": "rome"}, MarkStatus.RIGHT),
            ItemTest({"fr": "paris"}, MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest({"fr": "paris", "it": "paris"}, MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest({"fr": "rome", "it": "madrid"}, MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest({"fr": "london"}, MarkStatus.INVALID),
        )
        strict = (
            ItemTest({"fr": "paris", "it": "rome"}, MarkStatus.RIGHT),
            ItemTest({"fr": "paris"}, MarkStatus.WRONG),
        )
        return [
            Sample("Столицы", content, tests),
            Sample("Столицы целиком", {**content, "scoring": ALL_OR_NOTHING, "shuffle_left": True}, strict),
        ]
