"""Put things into their order."""

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
from lms.assessment.question_types.feedback import REMARK_FIELDS, read_remarks, remarked
from lms.assessment.question_types.reading import ContentReader, given_value, stem
from lms.assessment.rules.orders import Scheme, score_order

__all__ = ["Ordering"]


class Ordering(PlainForm):
    """Ordering (one selection field for each place; works without a mouse)."""

    name = "ordering"
    version = "1"
    title = lazy_gettext("Put in order")
    summary = lazy_gettext("Students put lines into their order: events, steps of a proof.")
    template = "assessment/questions/ordering.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "options",
            FieldKind.ROWS,
            lazy_gettext("In the right order"),
            lazy_gettext("Students see them mixed."),
            columns=(
                AuthorField("id", FieldKind.HIDDEN),
                AuthorField("text", FieldKind.TEXT, lazy_gettext("Line")),
            ),
            least=2,
            most=30,
        ),
        AuthorField(
            "scoring",
            FieldKind.CHOICE,
            lazy_gettext("How it is scored"),
            choices=(
                (
                    Scheme.PAIRS,
                    lazy_gettext("by pairs that stand in the right order, less what chance gives"),
                ),
                (Scheme.PLACES, lazy_gettext("by right places")),
                (Scheme.EXACT, lazy_gettext("the whole order, or nothing")),
                (Scheme.NEXT, lazy_gettext("by what follows each line")),
                (Scheme.NEXT_OR_END, lazy_gettext("by what follows each line, the end included")),
                (Scheme.NEIGHBOURS, lazy_gettext("by both neighbours of each line")),
                (Scheme.BEFORE_AND_AFTER, lazy_gettext("by all that stands before and after each line")),
                (Scheme.LONGEST_ORDERED, lazy_gettext("by the longest part in the right order")),
                (Scheme.LONGEST_RUN, lazy_gettext("by the longest unbroken part")),
                (Scheme.DISTANCE, lazy_gettext("by how far each line is from its place")),
            ),
            default=Scheme.PAIRS,
        ),
        *REMARK_FIELDS,
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, options (in the right order), scoring, remarks?}."""
        reader = ContentReader(content)
        options = [
            {"id": row["id"], "text": row.get("text", "")} for row in reader.rows("options", least=2, most=30)
        ]
        scoring = reader.one_of("scoring", [scheme.value for scheme in Scheme])
        remarks = read_remarks(reader)
        return reader.done(lambda: {"options": options, "scoring": scoring, **remarks})

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the things in this form's order (never the right one) and how many places there are."""
        options = content["options"]
        mixed = shuffled(options, seed, "order", key=lambda option: option["id"])
        if mixed == list(options):
            mixed = [*mixed[1:], mixed[0]]
        return {
            **stem(content),
            "options": [{"value": token(seed, option["id"]), "text": option["text"]} for option in mixed],
            "count": len(options),
        }

    def parse(self, fields: Mapping[str, Sequence[str]]) -> list[str] | None:
        """Return the value in each place ('' where none was chosen)."""
        numbers = [
            int(name[5:])
            for name in fields
            if name.startswith("place") and name[5:].isdecimal() and len(name) < 8
        ]
        placed = [given_value(fields, f"place{number}") for number in range(1, max(numbers, default=0) + 1)]
        return placed if any(placed) else None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a list of ids (None for an empty place) as the answer."""
        return {
            f"place{number}": [token(seed, name) if name else ""]
            for number, name in enumerate(answer or (), start=1)
        }

    @remarked
    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Compare the order by the question's scheme."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        options = content["options"]
        numbers = {token(seed, option["id"]): number for number, option in enumerate(options)}
        if len(response) > len(numbers) or not {value for value in response if value} <= set(numbers):
            return MarkResult.invalid("unknown_option")
        placed = [numbers.get(value) for value in response]
        share = score_order(Scheme(content["scoring"]), len(numbers), placed)
        return MarkResult.of(Decimal(share.numerator) / share.denominator)

    def correct_answer(self, content: Mapping[str, Any]) -> list[str]:
        """Return the ids in the right order."""
        return [option["id"] for option in content["options"]]

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return the order in words."""
        texts = {token(seed, option["id"]): option["text"] for option in content["options"]}
        return "; ".join(
            f"{number}) {texts.get(value, '…')}"
            for number, value in enumerate(response or (), start=1)
            if value
        )

    def samples(self) -> list[Sample]:
        """Return the planets nearest to the Sun, by each scheme."""
        content = {
            "prompt": "Расставь планеты по порядку, начиная с ближайшей к Солнцу.",
            "options": [
                {"id": "mercury", "text": "Меркурий"},
                {"id": "venus", "text": "Венера"},
                {"id": "earth", "text": "Земля"},
                {"id": "mars", "text": "Марс"},
            ],
        }
        right = ["mercury", "venus", "earth", "mars"]
        swapped = ["venus", "mercury", "earth", "mars"]
        tests = (
            ItemTest(right, MarkStatus.RIGHT),
            ItemTest(swapped, MarkStatus.PARTIAL, Decimal("0.666667")),
            ItemTest(right[::-1], MarkStatus.WRONG),
            ItemTest(["mercury", None, None, None], MarkStatus.WRONG),
            ItemTest(None, MarkStatus.WRONG),
            ItemTest(["pluto", "venus", "earth", "mars"], MarkStatus.INVALID),
        )
        places = (
            ItemTest(right, MarkStatus.RIGHT),
            ItemTest(swapped, MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest(["mercury", "mercury", "earth", None], MarkStatus.PARTIAL, Decimal("0.5")),
        )
        exact = (ItemTest(right, MarkStatus.RIGHT), ItemTest(swapped, MarkStatus.WRONG))
        return [
            Sample("Планеты попарно", content, tests),
            Sample("Планеты по местам", {**content, "scoring": "places"}, places),
            Sample("Планеты целиком", {**content, "scoring": "exact"}, exact),
            *(
                Sample(f"Планеты ({scheme})", {**content, "scoring": scheme.value}, tests[:1] + tests[4:])
                for scheme in Scheme
                if scheme not in {Scheme.PAIRS, Scheme.PLACES, Scheme.EXACT}
            ),
        ]
