"""Places on a picture: pointed at, or chosen by their number and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext

from lms.assessment.contracts import (
    GIVEN_FIELD,
    HINTS_FIELD,
    PROMPT_FIELD,
    AuthorField,
    FieldKind,
    Fields,
    ItemTest,
    MarkResult,
    MarkStatus,
    PlainForm,
    Sample,
    picture_fields,
    token,
)
from lms.assessment.question_types.reading import ContentReader, decimal_of, stem
from lms.assessment.rules.author_forms import plain

__all__ = ["Hotspot"]

_SIDES = ("x", "y", "width", "height")


class Hotspot(PlainForm):
    """Numbered rectangles on a picture; the list below it works by keyboard and is read aloud.

    Nobody needs to see the picture: every place has words that say where it is, and the picture has words as a whole.
    """

    name = "hotspot"
    version = "1"
    title = lazy_gettext("Places on a picture")
    summary = lazy_gettext("Students point at a place on a picture: a part of the heart, a city on a map.")
    template = "assessment/questions/hotspot.html"
    form_fields = (
        PROMPT_FIELD,
        *picture_fields(),
        replace(GIVEN_FIELD, fold=""),
        replace(HINTS_FIELD, fold=""),
        AuthorField(
            "areas",
            FieldKind.ROWS,
            lazy_gettext("Places"),
            lazy_gettext(
                "Bring the picture first. Left, top, width and height are percent of it: 0 and 0 is its upper left corner."
            ),
            columns=(
                AuthorField("id", FieldKind.HIDDEN),
                AuthorField(
                    "text",
                    FieldKind.TEXT,
                    lazy_gettext("Where it is, in words"),
                    lazy_gettext("For those who do not see the picture. Do not give the answer away."),
                ),
                AuthorField("x", FieldKind.NUMBER, lazy_gettext("Left")),
                AuthorField("y", FieldKind.NUMBER, lazy_gettext("Top")),
                AuthorField("width", FieldKind.NUMBER, lazy_gettext("Width")),
                AuthorField("height", FieldKind.NUMBER, lazy_gettext("Height")),
                AuthorField("is_right", FieldKind.YES_NO, lazy_gettext("This is a right place")),
            ),
            least=2,
            most=20,
            on_picture=True,
        ),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, picture (needed), areas: [{id, text, x, y, width, height, is_right}]} in percent of the picture."""
        reader = ContentReader(content)
        if content.get("picture") is None:
            reader.fail("picture.url", "content.required")
        areas = []
        for number, row in enumerate(reader.rows("areas", least=2, most=20)):
            sides = {side: decimal_of(row.get(side)) for side in _SIDES}
            for side, value in sides.items():
                if value is None or not 0 <= value <= 100 or (side in _SIDES[2:] and not value):
                    reader.fail(f"areas.{number}.{side}", "content.not_a_number")
            is_right = row.get("is_right", False)
            if not isinstance(is_right, bool):
                reader.fail(f"areas.{number}.is_right", "content.not_yes_or_no")
            areas.append(
                {
                    "id": row["id"],
                    "text": str(row.get("text", "")).strip(),
                    **{side: plain(value or Decimal(0)) for side, value in sides.items()},
                    "is_right": is_right is True,
                }
            )
        if areas and not any(area["is_right"] for area in areas):
            reader.fail("areas", "content.no_right_option")
        return reader.done(lambda: {"areas": areas})

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, the picture, the places in the author's order, and how many may be chosen."""
        areas = [
            {"value": token(seed, area["id"]), **{side: area[side] for side in _SIDES}}
            for area in content["areas"]
        ]
        options = [
            {"value": token(seed, area["id"]), "text": f"{number}. {area['text']}"}
            for number, area in enumerate(content["areas"], 1)
        ]
        limit = sum(area["is_right"] for area in content["areas"])
        shown = {**stem(content), "picture": None, "image": content["picture"]}
        return {**shown, "areas": areas, "options": options, "limit": limit}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> list[str] | None:
        """Return the chosen places, each once, in alphabetical order."""
        return sorted({value.strip() for value in fields.get("answer", ()) if value.strip()}) or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a list of places' ids as the answer."""
        return {} if not answer else {"answer": [token(seed, name) for name in answer]}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Give right places minus wrong ones."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        known = {token(seed, area["id"]): area["is_right"] for area in content["areas"]}
        if not set(response) <= set(known):
            return MarkResult.invalid("unknown_option")
        wanted = sum(known.values())
        if len(response) > wanted:
            return MarkResult.invalid("too_many_chosen")
        right = sum(known[value] for value in response)
        return MarkResult.of(Decimal(2 * right - len(response)) / wanted)

    def correct_answer(self, content: Mapping[str, Any]) -> list[str]:
        """Return the ids of the right places."""
        return [area["id"] for area in content["areas"] if area["is_right"]]

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return number and words of the chosen places."""
        chosen = set(response or ())
        return "; ".join(
            f"{number}. {area['text']}"
            for number, area in enumerate(content["areas"], 1)
            if token(seed, area["id"]) in chosen
        )

    def samples(self) -> list[Sample]:
        """Return a heart with one right place, and a map with two."""
        heart: dict[str, Any] = {
            "prompt": "Где на схеме левое предсердие?",
            "picture": {
                "url": "/static/samples/heart.png",
                "alt": "Схема сердца: четыре камеры, две сверху и две снизу",
            },
            "areas": [
                {
                    "id": "a",
                    "text": "сверху на правой стороне рисунка",
                    "x": 55,
                    "y": 10,
                    "width": 30,
                    "height": 30,
                    "is_right": True,
                },
                {
                    "id": "b",
                    "text": "сверху на левой стороне рисунка",
                    "x": 15,
                    "y": 10,
                    "width": 30,
                    "height": 30,
                },
                {
                    "id": "c",
                    "text": "снизу на правой стороне рисунка",
                    "x": 55,
                    "y": 50,
                    "width": 30,
                    "height": 40,
                },
            ],
        }
        both = {**heart, "prompt": "Где камеры, в которых кровь богата кислородом?"}
        both["areas"] = [*heart["areas"][:2], {**heart["areas"][2], "is_right": True}]
        return [
            Sample(
                "Левое предсердие",
                heart,
                (
                    ItemTest(["a"], MarkStatus.RIGHT),
                    ItemTest(["b"], MarkStatus.WRONG),
                    ItemTest(["a", "b"], MarkStatus.INVALID),
                    ItemTest(["z"], MarkStatus.INVALID),
                    ItemTest(None, MarkStatus.WRONG),
                ),
            ),
            Sample(
                "Кровь с кислородом",
                both,
                (
                    ItemTest(["a", "c"], MarkStatus.RIGHT),
                    ItemTest(["a"], MarkStatus.PARTIAL, Decimal("0.5")),
                    ItemTest(["a", "b"], MarkStatus.WRONG),
                ),
            ),
        ]
