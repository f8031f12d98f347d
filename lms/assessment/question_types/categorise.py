"""Sort things into groups."""

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
from lms.assessment.question_types.reading import ContentReader, given_value, stem

__all__ = ["Categorise"]

#: A share for each thing that lies right · less one for each that lies wrong · all or nothing.
PER_ITEM, RIGHT_MINUS_WRONG, ALL_OR_NOTHING = "per_item", "right_minus_wrong", "all_or_nothing"
MAX_ITEMS = 60


def _field(seed: int, text: str) -> str:
    return "item" + token(seed, "item", text)


class Categorise(PlainForm):
    """Groups (one selection field for each thing)."""

    name = "categorise"
    version = "1"
    title = lazy_gettext("Sort into groups")
    summary = lazy_gettext(
        "Students put each word or phrase into one of your groups: solids, liquids, gases."
    )
    template = "assessment/questions/categorise.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "categories",
            FieldKind.ROWS,
            lazy_gettext("Groups"),
            columns=(
                AuthorField("id", FieldKind.HIDDEN),
                AuthorField("text", FieldKind.TEXT, lazy_gettext("Group")),
                AuthorField(
                    "items",
                    FieldKind.LINES,
                    lazy_gettext("What belongs to it"),
                    lazy_gettext("One a line. A group may stay empty."),
                    is_optional=True,
                ),
            ),
            least=2,
            most=12,
        ),
        AuthorField(
            "scoring",
            FieldKind.CHOICE,
            lazy_gettext("How it is scored"),
            choices=(
                (PER_ITEM, lazy_gettext("a share for each thing that lies right")),
                (RIGHT_MINUS_WRONG, lazy_gettext("right ones minus wrong ones")),
                (ALL_OR_NOTHING, lazy_gettext("all of it right, or nothing")),
            ),
            default=PER_ITEM,
        ),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, categories: [{id, text, items: [text]}], scoring}; a thing belongs to one group."""
        reader = ContentReader(content)
        categories = [
            {
                "id": row["id"],
                "text": str(row.get("text", "")).strip(),
                "items": reader.lines_of(row, "items", f"categories.{number}"),
            }
            for number, row in enumerate(reader.rows("categories", least=2, most=12))
        ]
        items = [item for category in categories for item in category["items"]]
        if categories and not 2 <= len(items) <= MAX_ITEMS:
            reader.fail("categories", "content.wrong_count")
        if len(set(items)) < len(items):
            reader.fail("categories", "content.item_twice")
        scoring = reader.one_of("scoring", (PER_ITEM, RIGHT_MINUS_WRONG, ALL_OR_NOTHING))
        return reader.done(lambda: {"categories": categories, "scoring": scoring})

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, the groups in the author's order, the things in this form's order."""
        items = [item for category in content["categories"] for item in category["items"]]
        return {
            **stem(content),
            "groups": [{"value": token(seed, c["id"]), "text": c["text"]} for c in content["categories"]],
            "items": [{"name": _field(seed, text), "text": text} for text in shuffled(items, seed, "items")],
        }

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
        """Return the group of each thing that has one."""
        given = {name: given_value(fields, name) for name in sorted(fields) if name.startswith("item")}
        return {name: value for name, value in given.items() if value} or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take {thing: group id} as the answer."""
        return {_field(seed, text): [token(seed, group)] for text, group in (answer or {}).items()}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Count the things that lie right, by the question's way of scoring."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        key = {
            _field(seed, text): token(seed, category["id"])
            for category in content["categories"]
            for text in category["items"]
        }
        groups = {token(seed, category["id"]) for category in content["categories"]}
        if not set(response) <= set(key) or not set(response.values()) <= groups:
            return MarkResult.invalid("unknown_option")
        right = sum(response.get(name) == group for name, group in key.items())
        if content["scoring"] == ALL_OR_NOTHING:
            return MarkResult.of(Decimal(int(right == len(key))))
        wrong = len(response) - right if content["scoring"] == RIGHT_MINUS_WRONG else 0
        return MarkResult.of(Decimal(right - wrong) / len(key))

    def correct_answer(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the group of each thing."""
        return {text: category["id"] for category in content["categories"] for text in category["items"]}

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the groups with what was put into them."""
        given = response or {}
        things = [text for category in content["categories"] for text in category["items"]]
        said = []
        for category in content["categories"]:
            group = token(seed, category["id"])
            inside = [text for text in things if given.get(_field(seed, text)) == group]
            said += [f"{category['text']}: {', '.join(inside)}"] if inside else []
        return "; ".join(said)

    def samples(self) -> list[Sample]:
        """Return animals of two classes, by two ways of scoring."""
        content = {
            "prompt": "Разложи животных по группам.",
            "categories": [
                {"id": "birds", "text": "Птицы", "items": ["пингвин", "воробей"]},
                {"id": "beasts", "text": "Звери", "items": ["летучая мышь", "кит"]},
            ],
        }
        right = {"пингвин": "birds", "воробей": "birds", "летучая мышь": "beasts", "кит": "beasts"}
        tests = (
            ItemTest(right, MarkStatus.RIGHT),
            ItemTest({**right, "кит": "birds"}, MarkStatus.PARTIAL, Decimal("0.75")),
            ItemTest({"кит": "birds"}, MarkStatus.WRONG),
            ItemTest({"кит": "fish"}, MarkStatus.INVALID),
            ItemTest(None, MarkStatus.WRONG),
        )
        minus = (
            ItemTest(right, MarkStatus.RIGHT),
            ItemTest({**right, "кит": "birds"}, MarkStatus.PARTIAL, Decimal("0.5")),
        )
        return [
            Sample("Птицы и звери", content, tests),
            Sample("Птицы и звери с вычетом", {**content, "scoring": RIGHT_MINUS_WRONG}, minus),
        ]
