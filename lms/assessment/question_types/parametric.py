"""A question of any type with variables: every student gets a variant that follows from the seed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext

from lms.assessment.contracts import (
    QUESTION_TYPES,
    AuthorField,
    ContentError,
    FieldKind,
    Fields,
    ItemTest,
    MarkResult,
    MarkStatus,
    QuestionType,
    Sample,
    Values,
)
from lms.assessment.question_types.reading import ContentReader
from lms.assessment.rules.author_forms import content_of, values_of
from lms.assessment.rules.variants import FormulaError, Variables, draw, put_in
from lms.core.registry import Registries, Registry

__all__ = ["Parametric"]

INNER = "content."
FIRST_TYPE = "numeric"
NAME = re.compile(r"[^\W\d]\w{0,39}")
MAX_VARIABLES, MAX_VALUES = 30, 4000

#: The variants that are tried before content is accepted.
TRIED_SEEDS = range(1, 21)

#: The answer that is right in every variant.
RIGHT = {"right": True}


class Parametric:
    """Variables in the texts of a question of another type.

    In the content of the other type ``{a}`` stands for a variable and ``{= a*b}`` for what is computed. In an item's tests
    answers are written in the same way; ``{"right": true}`` is the right answer of each variant.
    """

    name = "parametric"
    version = "1"
    title = lazy_gettext("Variants with variables")
    summary = lazy_gettext("Any other kind with numbers of each student’s own, drawn anew each time.")
    template = "assessment/questions/parametric.html"
    #: What is right on one variant is wrong on another: a recorded answer is run on its own variant only.
    has_variables = True

    @cached_property
    def _kinds(self) -> Registry[QuestionType]:
        """Return the installed question types, read when the first content is."""
        registries = Registries([QUESTION_TYPES])
        registries.load_entry_points()
        return registries.of(QUESTION_TYPES)

    def _kind(self, content: Mapping[str, Any]) -> QuestionType | None:
        name = str(content.get("type", ""))
        return None if name == self.name else self._kinds.find(name)

    @staticmethod
    def _draw(content: Mapping[str, Any], seed: int) -> Variables:
        return draw(
            [(row["name"], row["values"]) for row in content["variables"]], content["conditions"], seed
        )

    def _variant(self, content: Mapping[str, Any], seed: int) -> tuple[QuestionType, dict[str, Any]]:
        """Return the other type and its content in the variant of a seed."""
        kind = self._kind(content)
        if kind is None:
            raise LookupError(content["type"])
        return kind, kind.validate_content(put_in(content["content"], self._draw(content, seed)))

    def keeps_time(self, content: Mapping[str, Any]) -> bool:
        """Keep the time by itself where the other type does."""
        keeps_time = getattr(self._kind(content), "keeps_time", None)
        return keeps_time is not None and bool(keeps_time(content.get("content", {})))

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {prompt, type, variables: [{name, values}], conditions, content}; twenty variants must be usable."""
        reader = ContentReader(content)
        kind = self._kind(content)
        if kind is None:
            reader.fail("type", "content.not_a_choice")
        inner = content.get("content")
        if not isinstance(inner, Mapping):
            reader.fail("type", "content.required")
            inner = {}
        checked = {
            "prompt": str(inner.get("prompt", "")).strip(),
            "type": str(content.get("type", "")),
            "variables": self._variables(reader),
            "conditions": reader.lines_of(content, "conditions", "", most=20),
            "content": dict(inner),
        }
        if reader.problems:
            raise ContentError(reader.problems)
        for seed in TRIED_SEEDS:
            self._try(checked, seed)
        return checked

    @staticmethod
    def _variables(reader: ContentReader) -> list[dict[str, str]]:
        rows = reader.raw.get("variables")
        if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_VARIABLES:
            reader.fail("variables", "content.wrong_count")
            return []
        variables: list[dict[str, str]] = []
        for number, row in enumerate(rows):
            name = str(row.get("name", "")).strip() if isinstance(row, Mapping) else ""
            values = str(row.get("values", "")).strip() if isinstance(row, Mapping) else ""
            if not NAME.fullmatch(name) or any(name == known["name"] for known in variables):
                reader.fail(f"variables.{number}.name", "content.variable_name")
            if not values or len(values) > MAX_VALUES:
                reader.fail(f"variables.{number}.values", "content.variable_values")
            variables.append({"name": name, "values": values})
        return variables

    def _try(self, content: Mapping[str, Any], seed: int) -> None:
        """Raise ContentError when the variant of a seed cannot be used."""
        try:
            self._variant(content, seed)
        except FormulaError as error:
            at = f"variables.{error.args[1]}.values" if len(error.args) > 1 else "conditions"
            raise ContentError({at: ["content.variable_values"]}) from error
        except ContentError as error:
            raise ContentError({INNER + name: codes for name, codes in error.problems.items()}) from error

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return what the other type shows of this variant, and its template."""
        if self._kind(content) is None:
            return {"prompt": content["prompt"], "template": ""}
        kind, variant = self._variant(content, seed)
        return {**kind.player(variant, seed), "template": kind.template}

    def hints(self, content: Mapping[str, Any], seed: int) -> list[str]:
        """Return the hints of this variant, with its own numbers in them."""
        return list(self._variant(content, seed)[1].get("hints", ()))

    def explanation(self, content: Mapping[str, Any], seed: int) -> str:
        """Return the explanation of this variant, with its own numbers in it."""
        return str(self._variant(content, seed)[1].get("explanation", ""))

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]] | None:
        """Return the fields as they were sent: the other type reads them when they are marked."""
        given = {name: [value for value in fields[name] if value.strip()] for name in sorted(fields)}
        return {name: values for name, values in given.items() if values} or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take an answer of the other type, with variables in its texts, or {"right": true}."""
        if answer is None:
            return {}
        kind, variant = self._variant(content, seed)
        if answer == RIGHT:
            return kind.fields_for(variant, seed, kind.correct_answer(variant))
        return kind.fields_for(variant, seed, put_in(answer, self._draw(content, seed)))

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Let the other type mark its variant."""
        if response is None:
            return MarkResult.of(Decimal(0), "no_answer")
        kind, variant = self._variant(content, seed)
        return kind.mark(variant, seed, kind.parse(response))

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal | None:
        """Return what guessing earns where the other type can say it: variants differ in their numbers alone."""
        kind = self._kind(content)
        share = getattr(kind, "guessed_share", None)
        found: Decimal | None = None if share is None else share(self._variant(content, 1)[1])
        return found

    def correct_answer(self, content: Mapping[str, Any]) -> Any:
        """Return {"right": true}, or None where the other type has no key."""
        kind, variant = self._variant(content, 1)
        return None if kind.correct_answer(variant) is None else dict(RIGHT)

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return what the other type says."""
        if response is None or self._kind(content) is None:
            return ""
        kind, variant = self._variant(content, seed)
        return kind.describe(variant, seed, kind.parse(response))

    def author_form(self, values: Mapping[str, Any]) -> list[AuthorField]:
        """Return variables and conditions, and under them the form of the other type that was chosen."""
        return [*self._own_fields(), *self._inner_fields(values)]

    def _own_fields(self) -> list[AuthorField]:
        titles = tuple((kind.name, kind.title) for kind in self._kinds if kind.name != self.name)
        return [
            AuthorField(
                "type",
                FieldKind.CHOICE,
                lazy_gettext("Kind of question"),
                lazy_gettext("After a change save once: the form below becomes that of the kind."),
                choices=titles,
                default=FIRST_TYPE,
            ),
            AuthorField(
                "variables",
                FieldKind.ROWS,
                lazy_gettext("Variables"),
                lazy_gettext(
                    "In the question {a} stands for the variable a, and {= a*b} for what is computed."
                ),
                columns=(
                    AuthorField("name", FieldKind.TEXT, lazy_gettext("Name")),
                    AuthorField(
                        "values",
                        FieldKind.TEXT,
                        lazy_gettext("Values"),
                        lazy_gettext(
                            "2..10, or 0.5..2:0.25 with a step, or 3; 5; 7, or = a*b + 1, or [n] 3; 5; 7: the n-th of these"
                        ),
                    ),
                ),
                most=MAX_VARIABLES,
            ),
            AuthorField(
                "conditions",
                FieldKind.LINES,
                lazy_gettext("Conditions"),
                lazy_gettext("One a line, as a > b. Values are drawn until all hold."),
                is_optional=True,
            ),
        ]

    def _inner_fields(self, values: Mapping[str, Any]) -> list[AuthorField]:
        kind = self._kind(values) or self._kinds.find(FIRST_TYPE)
        form = () if kind is None else kind.author_form(_inner(values))
        return [replace(field, name=INNER + field.name) for field in form]

    def content_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Let the other type make its content of its part of the form."""
        kind = self._kind(values) or self._kinds.find(FIRST_TYPE)
        content = content_of(self._own_fields(), values)
        return {**content, "content": {} if kind is None else kind.content_from(_inner(values))}

    def form_from(self, content: Mapping[str, Any]) -> Values:
        """Show the own part, and the other type's."""
        kind = self._kind(content) or self._kinds.find(FIRST_TYPE)
        inner = {} if kind is None else kind.form_from(content.get("content", {}))
        own = values_of(self._own_fields(), content)
        return {**own, **{INNER + name: value for name, value in inner.items()}}

    def samples(self) -> list[Sample]:
        """Return a sum about speed with numbers of one's own, and a choice."""
        speed = {
            "type": "numeric",
            "variables": [
                {"name": "v", "values": "60..90:5"},
                {"name": "t", "values": "2; 2,5; 3"},
                {"name": "s", "values": "= v * t"},
            ],
            "conditions": ["s != 180"],
            "content": {
                "prompt": "Сколько километров проехал автомобиль?",
                "given": "Скорость {v} км/ч, время {t} ч",
                "answer": "{s}",
                "unit": "км",
                "unit_mode": "shown",
            },
        }
        choice = {
            "type": "choice",
            "variables": [{"name": "a", "values": "2..9"}, {"name": "b", "values": "11..19"}],
            "content": {
                "prompt": "Чему равно произведение?",
                "given": "{a} · {b}",
                "options": [
                    {"id": "r", "text": "{= a*b}", "weight": "1"},
                    {"id": "w", "text": "{= a*b + a}"},
                    {"id": "x", "text": "{= a + b}"},
                ],
            },
        }
        tests = (
            ItemTest("{= v*t}", MarkStatus.RIGHT),
            ItemTest("{= v*t} км", MarkStatus.RIGHT),
            ItemTest("{= v+t}", MarkStatus.WRONG),
            ItemTest(dict(RIGHT), MarkStatus.RIGHT),
            ItemTest("много", MarkStatus.INVALID),
            ItemTest(None, MarkStatus.WRONG),
        )
        chosen = (ItemTest("r", MarkStatus.RIGHT), ItemTest("w", MarkStatus.WRONG))
        return [Sample("Путь автомобиля", speed, tests), Sample("Произведение", choice, chosen)]


def _inner(values: Mapping[str, Any]) -> Values:
    return {name.removeprefix(INNER): value for name, value in values.items() if name.startswith(INNER)}
