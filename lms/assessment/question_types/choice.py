"""One of several options; each option has a weight, so a nearly right one can earn a part."""

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
    shuffled_around,
    token,
)
from lms.assessment.question_types.reading import ContentReader, decimal_of, given_value, stem
from lms.assessment.rules.author_forms import plain

__all__ = ["SHUFFLE_FIELD", "Choice", "options_field", "read_options", "shown_options"]

#: Whether every student gets an order of their own.
SHUFFLE_FIELD = AuthorField(
    "shuffle", FieldKind.YES_NO, lazy_gettext("Mix the order for each student"), default="yes"
)


def options_field(hint: Any) -> AuthorField:
    """Return the rows in which an author writes options and what each earns."""
    columns = (
        AuthorField("id", FieldKind.HIDDEN),
        AuthorField("text", FieldKind.TEXT, lazy_gettext("Answer")),
        AuthorField("weight", FieldKind.SHARE, lazy_gettext("Share of the points, %"), is_optional=True),
        AuthorField("is_pinned", FieldKind.YES_NO, lazy_gettext("Always in this place")),
    )
    return AuthorField("options", FieldKind.ROWS, lazy_gettext("Answers"), hint, columns=columns, least=2)


def read_options(reader: ContentReader, *, least_weight: Decimal) -> list[dict[str, Any]]:
    """Return the options {id, text, weight, is_pinned?} of a question; a weight that is not given is 0."""
    options = []
    for number, row in enumerate(reader.rows("options", least=2)):
        weight = decimal_of(row.get("weight", 0))
        if weight is None or not least_weight <= weight <= 1:
            reader.fail(f"options.{number}.weight", "content.not_a_number")
            weight = Decimal(0)
        option = {"id": row["id"], "text": str(row.get("text", "")).strip(), "weight": plain(weight)}
        options.append(option | ({"is_pinned": True} if row.get("is_pinned") is True else {}))
    return options


def shown_options(content: Mapping[str, Any], seed: int) -> list[dict[str, str]]:
    """Return the options as a form shows them: opaque values, in this form's order."""
    options = content["options"]
    if content.get("shuffle", True):
        options = shuffled_around(
            options,
            seed,
            "options",
            key=lambda option: option["id"],
            is_pinned=lambda option: option.get("is_pinned", False),
        )
    return [{"value": token(seed, option["id"]), "text": option["text"]} for option in options]


class Choice(PlainForm):
    """A single choice (radio buttons)."""

    name = "choice"
    version = "1"
    title = lazy_gettext("One answer of several")
    template = "assessment/questions/choice.html"
    form_fields = (
        *STEM_FIELDS,
        options_field(lazy_gettext("The right answer earns 100 %; a nearly right one may earn a part.")),
        SHUFFLE_FIELD,
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {prompt, given, picture, options, shuffle}; one option must have the weight 1."""
        reader = ContentReader(content)
        options = read_options(reader, least_weight=Decimal(0))
        if options and not any(Decimal(option["weight"]) == 1 for option in options):
            reader.fail("options", "content.no_right_option")
        shuffle = reader.flag("shuffle", True)
        return reader.done(lambda: {"options": options, "shuffle": shuffle})

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem and the options in this form's order."""
        return {**stem(content), "options": shown_options(content, seed)}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> str | None:
        """Return the value that was chosen."""
        return given_value(fields, "answer") or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take an option's id as the answer."""
        return {} if answer is None else {"answer": [token(seed, answer)]}

    def _chosen(self, content: Mapping[str, Any], seed: int, response: Any) -> Mapping[str, Any] | None:
        if response is None:
            return None
        return next((o for o in content["options"] if token(seed, o["id"]) == response), None)

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give the weight of the chosen option."""
        if response is None:
            return MarkResult.of(Decimal(0), "no_answer")
        chosen = self._chosen(content, seed, response)
        return (
            MarkResult.invalid("unknown_option")
            if chosen is None
            else MarkResult.of(Decimal(chosen["weight"]))
        )

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal:
        """Return what guessing earns on average."""
        weights = [Decimal(option["weight"]) for option in content["options"]]
        return sum(weights, Decimal(0)) / len(weights)

    def correct_answer(self, content: Mapping[str, Any]) -> str:
        """Return the id of the first option with the weight 1."""
        return next(str(option["id"]) for option in content["options"] if Decimal(option["weight"]) == 1)

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the text of the chosen option."""
        chosen = self._chosen(content, seed, response)
        return "" if chosen is None else str(chosen["text"])

    def samples(self) -> list[Sample]:
        """Return a question about water with a half right option."""
        content = {
            "prompt": "При какой температуре кипит вода на уровне моря?",
            "options": [
                {"id": "a", "text": "100 °C", "weight": "1"},
                {"id": "b", "text": "около 99 °C", "weight": "0.5"},
                {"id": "c", "text": "0 °C"},
                {"id": "d", "text": "36,6 °C"},
            ],
        }
        tests = (
            ItemTest("a", MarkStatus.RIGHT),
            ItemTest("b", MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest("c", MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest("no such option", MarkStatus.INVALID),
        )
        return [Sample("Кипение воды", content, tests)]
