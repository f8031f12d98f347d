"""A number, with a tolerance and, where it matters, a unit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
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
from lms.assessment.question_types.reading import ContentReader, given_value, stem

__all__ = ["Numeric", "read_number"]

#: No unit at all · printed beside the field · the student writes it.
NO_UNIT, SHOWN, ASKED = "none", "shown", "asked"

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]")
_NUMBER = re.compile(
    r"(?P<sign>[+\-\u2212\u2013]?)"
    r"(?P<digits>\d+(?:[.,]\d*)?|[.,]\d+)"
    r"(?:(?:e|[*\u00b7\u00d7x\u0445]10\^)(?P<exponent>[+\-\u2212\u2013]?\d{1,3}))?"
    r"(?:/(?P<divisor>\d+))?"
    r"(?P<unit>.*)",
    re.IGNORECASE | re.DOTALL,
)
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", ",": "."})


def read_number(text: str) -> tuple[Decimal, str] | None:
    """Return the number at the start of ``text`` and what follows it, or None when there is none.

    Understood: decimal comma or point, spaces between digits, minus and dash, ``1,2·10^3``, ``1.2e3``, ``3/4``.
    """
    match = _NUMBER.fullmatch(_SPACES.sub("", text))
    if match is None:
        return None
    digits = (match["sign"] + match["digits"]).translate(_MINUS)
    exponent = (match["exponent"] or "0").translate(_MINUS)
    try:
        value = Decimal(digits).scaleb(int(exponent))
        if match["divisor"]:
            value /= Decimal(match["divisor"])
    except (InvalidOperation, ZeroDivisionError):
        return None
    return (value, match["unit"]) if value.is_finite() else None


def _plain(unit: str) -> str:
    return (
        _SPACES.sub("", unit).replace("*", "·").replace("^2", "²").replace("^3", "³").rstrip(".").casefold()
    )


class Numeric(PlainForm):
    """A number typed into a field."""

    name = "numeric"
    version = "1"
    title = lazy_gettext("A number")
    template = "assessment/questions/numeric.html"
    form_fields = (
        *STEM_FIELDS,
        AuthorField("answer", FieldKind.NUMBER, lazy_gettext("Right number")),
        AuthorField("tolerance", FieldKind.NUMBER, lazy_gettext("How far off is still right"), default="0"),
        AuthorField(
            "tolerance_kind",
            FieldKind.CHOICE,
            lazy_gettext("The distance is"),
            choices=(
                ("absolute", lazy_gettext("a number")),
                ("relative", lazy_gettext("a share of the right number")),
            ),
            default="absolute",
        ),
        AuthorField(
            "unit_mode",
            FieldKind.CHOICE,
            lazy_gettext("Unit"),
            choices=(
                (NO_UNIT, lazy_gettext("there is none")),
                (SHOWN, lazy_gettext("stands beside the field")),
                (ASKED, lazy_gettext("the student writes it")),
            ),
            default=NO_UNIT,
        ),
        AuthorField("unit", FieldKind.TEXT, lazy_gettext("The unit of the right number"), is_optional=True),
        AuthorField(
            "units",
            FieldKind.LINES,
            lazy_gettext("Other ways to write the unit"),
            lazy_gettext("One a line."),
            is_optional=True,
        ),
        AuthorField(
            "unit_fraction",
            FieldKind.SHARE,
            lazy_gettext("What a right number with a wrong unit earns, %"),
            default="50",
        ),
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, answer, tolerance, tolerance_kind, unit, unit_mode, units, unit_fraction}.

        ``unit_fraction`` is what a right number with a wrong or missing unit earns, where the unit is asked for.
        """
        reader = ContentReader(content)
        answer = reader.number("answer")
        tolerance = reader.number("tolerance", "0", least=Decimal(0))
        kind = reader.one_of("tolerance_kind", ("absolute", "relative"))
        unit_mode = reader.one_of("unit_mode", (NO_UNIT, SHOWN, ASKED))
        unit = reader.text("unit", required=unit_mode != NO_UNIT)
        units = reader.raw.get("units", [])
        if not isinstance(units, list) or not all(isinstance(item, str) for item in units):
            reader.fail("units", "content.not_a_list")
            units = []
        unit_fraction = reader.number("unit_fraction", "0.5", least=Decimal(0))
        if unit_fraction > 1:
            reader.fail("unit_fraction", "content.not_a_number")
        return reader.done(
            lambda: {
                "answer": str(answer),
                "tolerance": str(tolerance),
                "tolerance_kind": kind,
                "unit": unit,
                "unit_mode": unit_mode,
                "units": [str(item) for item in units],
                "unit_fraction": str(unit_fraction),
            }
        )

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem and how the unit is handled; the unit itself only where it is shown."""
        mode = content["unit_mode"]
        return {**stem(content), "unit": content["unit"] if mode == SHOWN else "", "unit_mode": mode}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
        """Return {value, unit} as typed."""
        value, unit = given_value(fields, "answer"), given_value(fields, "unit")
        return {"value": value, "unit": unit} if value or unit else None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a text, or {value, unit}, as the answer."""
        if answer is None:
            return {}
        if isinstance(answer, Mapping):
            return {"answer": [str(answer["value"])], "unit": [str(answer.get("unit", ""))]}
        return {"answer": [str(answer)]}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Compare the number within the tolerance, then the unit."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        found = read_number(response["value"])
        if found is None:
            return MarkResult.invalid("number_unreadable")
        value, rest = found
        unit = _plain(response["unit"] or rest)
        known = {_plain(name) for name in (content["unit"], *content["units"]) if name}
        mode = content["unit_mode"]
        if mode != ASKED and unit and unit not in known:
            return MarkResult.invalid("number_unreadable")
        if not self._is_close(content, value):
            return MarkResult.of(Decimal(0))
        if mode == ASKED and unit not in known:
            note = "unit_wrong" if unit else "unit_missing"
            return MarkResult.of(Decimal(content["unit_fraction"]), note)
        return MarkResult.of(Decimal(1))

    @staticmethod
    def _is_close(content: Mapping[str, Any], value: Decimal) -> bool:
        answer, tolerance = Decimal(content["answer"]), Decimal(content["tolerance"])
        if content["tolerance_kind"] == "relative":
            tolerance *= abs(answer)
        return abs(value - answer) <= tolerance

    def correct_answer(self, content: Mapping[str, Any]) -> Any:
        """Return the number (with its unit where it is asked for)."""
        value = content["answer"].replace(".", ",")
        return {"value": value, "unit": content["unit"]} if content["unit_mode"] == ASKED else value

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return what was typed, with the unit that stood beside the field."""
        if not response:
            return ""
        unit = response["unit"] or (content["unit"] if content["unit_mode"] == SHOWN else "")
        return f"{response['value']} {unit}".strip()

    def samples(self) -> list[Sample]:
        """Return one number without a unit, one with a shown unit and one that asks for the unit."""
        plain = {"prompt": "Сколько будет 5 : 2?", "answer": "2.5"}
        shown = {
            "prompt": "Чему равна средняя скорость?",
            "given": "Путь 150 км пройден за 2 часа",
            "answer": "75",
            "tolerance": "0.01",
            "tolerance_kind": "relative",
            "unit": "км/ч",
            "unit_mode": SHOWN,
        }
        asked = {
            "prompt": "Чему равна плотность льда? Запиши число и единицу.",
            "answer": "900",
            "tolerance": "20",
            "unit": "кг/м³",
            "unit_mode": ASKED,
        }
        return [
            Sample(
                "Деление",
                plain,
                (
                    ItemTest("2,5", MarkStatus.RIGHT),
                    ItemTest(" 2.50 ", MarkStatus.RIGHT),
                    ItemTest("5/2", MarkStatus.RIGHT),
                    ItemTest("0,25·10^1", MarkStatus.RIGHT),
                    ItemTest("−2,5", MarkStatus.WRONG),
                    ItemTest("два с половиной", MarkStatus.INVALID),
                    ItemTest("2,5 кг", MarkStatus.INVALID),
                    ItemTest(None, MarkStatus.WRONG),
                ),
            ),
            Sample(
                "Скорость",
                shown,
                (
                    ItemTest("75", MarkStatus.RIGHT),
                    ItemTest("75,7 км/ч", MarkStatus.RIGHT),
                    ItemTest("76", MarkStatus.WRONG),
                ),
            ),
            Sample(
                "Плотность льда",
                asked,
                (
                    ItemTest({"value": "900", "unit": "кг/м3"}, MarkStatus.PARTIAL, Decimal("0.5")),
                    ItemTest({"value": "900", "unit": "кг/м^3"}, MarkStatus.RIGHT),
                    ItemTest("910 кг/м³", MarkStatus.RIGHT),
                    ItemTest("900", MarkStatus.PARTIAL, Decimal("0.5")),
                    ItemTest("1000 кг/м³", MarkStatus.WRONG),
                ),
            ),
        ]
