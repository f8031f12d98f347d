"""A number, with a tolerance, a precision and, where it matters, a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
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
from lms.assessment.question_types.reading import ContentReader, given_value, stem
from lms.assessment.rules.author_forms import plain
from lms.assessment.rules.numbers import (
    Rounding,
    Tolerance,
    TypedNumber,
    as_decimal,
    is_close,
    is_given_to,
    magnitude,
    read_number,
    rounded,
)
from lms.assessment.rules.units import Conversion, conversion_between, plain_unit, read_unit

__all__ = ["NUMBER_FIELDS", "Numeric", "mark_number", "read_answer"]

#: No unit at all · printed beside the field · the student writes it.
NO_UNIT, SHOWN, ASKED = "none", "shown", "asked"

#: A fraction is as good as a decimal · is no answer · earns a part unless it is in lowest terms.
ALLOWED, REFUSED, LOWEST = "allowed", "refused", "lowest"

#: Any way to write it · one digit, decimals and a power of ten · without a power of ten.
ANY, SCIENTIFIC, ORDINARY = "any", "scientific", "ordinary"

_RIGHT_NUMBER = (
    AuthorField("answer", FieldKind.TEXT, lazy_gettext("Right number")),
    AuthorField("tolerance", FieldKind.NUMBER, lazy_gettext("How far off is still right"), default="0"),
    AuthorField(
        "tolerance_kind",
        FieldKind.CHOICE,
        lazy_gettext("The distance is"),
        choices=(
            (Tolerance.ABSOLUTE, lazy_gettext("a number")),
            (Tolerance.RELATIVE, lazy_gettext("a share of the right number (0.05 for 5 %)")),
            (Tolerance.LARGER, lazy_gettext("a share of the larger of both numbers")),
            (Tolerance.GEOMETRIC, lazy_gettext("a factor: 1 means from half to double")),
        ),
        default=Tolerance.ABSOLUTE,
    ),
)
_WAY_OF_WRITING = (
    AuthorField(
        "precision",
        FieldKind.CHOICE,
        lazy_gettext("The answer is to be rounded to"),
        choices=(
            (Rounding.NONE, lazy_gettext("nothing in particular")),
            (Rounding.DECIMALS, lazy_gettext("decimal places")),
            (Rounding.FIGURES, lazy_gettext("significant figures")),
        ),
        default=Rounding.NONE,
    ),
    AuthorField("digits", FieldKind.WHOLE, lazy_gettext("How many places or figures"), default="2"),
    AuthorField("is_strict", FieldKind.YES_NO, lazy_gettext("Zeros at the end must be written, too")),
    AuthorField(
        "precision_fraction",
        FieldKind.SHARE,
        lazy_gettext("What a right number that is rounded otherwise earns, %"),
        default="0",
    ),
    AuthorField(
        "fractions",
        FieldKind.CHOICE,
        lazy_gettext("A fraction such as 3/4 is"),
        choices=(
            (ALLOWED, lazy_gettext("as good as a decimal")),
            (REFUSED, lazy_gettext("not accepted")),
            (LOWEST, lazy_gettext("to be in lowest terms, or earns half")),
        ),
        default=ALLOWED,
    ),
    AuthorField(
        "notation",
        FieldKind.CHOICE,
        lazy_gettext("The number is written"),
        choices=(
            (ANY, lazy_gettext("in any way")),
            (SCIENTIFIC, lazy_gettext("as 1,5·10^3")),
            (ORDINARY, lazy_gettext("without a power of ten")),
        ),
        default=ANY,
    ),
)
_UNITS = (
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
        lazy_gettext(
            "One a line. Units of the same quantity (km/h for m/s) are converted without being listed."
        ),
        is_optional=True,
    ),
    AuthorField(
        "unit_fraction",
        FieldKind.SHARE,
        lazy_gettext("What a right number with a wrong unit earns, %"),
        default="50",
    ),
)

#: How an author writes what number is right.
NUMBER_FIELDS = (
    *_RIGHT_NUMBER,
    *(replace(each, fold=lazy_gettext("Add rounding and notation")) for each in _WAY_OF_WRITING),
    *(replace(each, fold=lazy_gettext("Add a unit")) for each in _UNITS),
)


def read_answer(reader: ContentReader) -> dict[str, Any]:
    """Return what makes a number right: answer, tolerance, way of writing, units."""
    answer = str(reader.raw.get("answer", "")).strip()
    known = read_number(answer)
    if known is None or known.unit:
        reader.fail("answer", "content.not_a_number")
    tolerance = reader.number("tolerance", "0", least=Decimal(0))
    digits = reader.whole("digits", 2)
    if digits is not None and digits > 30:
        reader.fail("digits", "content.not_a_number")
    unit_mode = reader.one_of("unit_mode", (NO_UNIT, SHOWN, ASKED))
    units = reader.raw.get("units", [])
    if not isinstance(units, list) or not all(isinstance(item, str) for item in units) or len(units) > 50:
        reader.fail("units", "content.not_a_list")
        units = []
    return {
        "answer": answer.replace(",", ".") if answer.count(",") == 1 and "." not in answer else answer,
        "tolerance": plain(tolerance),
        "tolerance_kind": reader.one_of("tolerance_kind", [kind.value for kind in Tolerance]),
        "precision": reader.one_of("precision", [kind.value for kind in Rounding]),
        "digits": digits if digits is not None else 2,
        "is_strict": reader.flag("is_strict", False),
        "precision_fraction": plain(reader.share("precision_fraction", "0")),
        "fractions": reader.one_of("fractions", (ALLOWED, REFUSED, LOWEST)),
        "notation": reader.one_of("notation", (ANY, SCIENTIFIC, ORDINARY)),
        "unit": reader.text("unit", required=unit_mode != NO_UNIT),
        "unit_mode": unit_mode,
        "units": [str(item) for item in units],
        "unit_fraction": plain(reader.share("unit_fraction", "0.5")),
    }


def mark_number(content: Mapping[str, Any], text: str, unit: str = "") -> MarkResult:
    """Mark a number as typed: whether it is one, near enough, written as asked, and in the right unit."""
    typed = read_number(text)
    if typed is None:
        return MarkResult.invalid("number_unreadable")
    if typed.is_fraction and content["fractions"] == REFUSED:
        return MarkResult.invalid("fraction_refused")
    if content["notation"] != ANY and typed.is_scientific != (content["notation"] == SCIENTIFIC):
        return MarkResult.invalid("notation_differs")
    found = unit or typed.unit
    said = _in_its_unit(content, found)
    if content["unit_mode"] != ASKED and said is None:
        return MarkResult.invalid("number_unreadable")
    if not _is_close(content, (said or Conversion()).of(typed.value)):
        return MarkResult.of(Decimal(0))
    share, notes = _share_of_writing(content, typed)
    if said is None and found and read_unit(content["unit"]) and not read_unit(found):
        return MarkResult.invalid("unit_unknown")
    if said is None:
        notes.append("unit_wrong" if found else "unit_missing")
        share *= Decimal(content["unit_fraction"])
    elif said.shift:
        notes.append("temperature_converted")
    return MarkResult.of(share, *notes)


def _in_its_unit(content: Mapping[str, Any], found: str) -> Conversion | None:
    """Return how the number is said in the question's unit; None for a wrong unit.

    Units that the author accepts are as good as the question's own: K beside °C where a difference is asked for.
    """
    if not found:
        return None if content["unit_mode"] == ASKED else Conversion()
    known = [name for name in (content["unit"], *content["units"]) if name]
    if plain_unit(found).casefold() in {plain_unit(name).casefold() for name in known}:
        return Conversion()
    return conversion_between(found, content["unit"]) if content["unit"] else None


def _is_close(content: Mapping[str, Any], value: Fraction) -> bool:
    known = read_number(content["answer"])
    assert known is not None
    rounding, digits = Rounding(content["precision"]), content["digits"]
    tolerance, kind = Fraction(content["tolerance"]), Tolerance(content["tolerance_kind"])
    right = rounded(known.value, rounding, digits)
    return is_close(rounded(value, rounding, digits), right, tolerance, kind)


def _share_of_writing(content: Mapping[str, Any], typed: TypedNumber) -> tuple[Decimal, list[str]]:
    """Return what a right number earns by the way in which it is written, and what to say about it."""
    rounding = Rounding(content["precision"])
    if not is_given_to(typed, rounding, content["digits"], is_strict=content["is_strict"]):
        return Decimal(content["precision_fraction"]), ["precision_differs"]
    if content["fractions"] == LOWEST and not typed.is_lowest:
        return Decimal("0.5"), ["not_lowest_terms"]
    return Decimal(1), []


def _written(content: Mapping[str, Any]) -> str:
    """Return the right number in the precision and notation that are asked for."""
    known = read_number(content["answer"])
    assert known is not None
    rounding, digits = Rounding(content["precision"]), content["digits"]
    value = rounded(known.value, rounding, digits)
    if content["notation"] == SCIENTIFIC:
        places = digits - 1 if rounding is Rounding.FIGURES else 12
        mantissa, _, power = f"{as_decimal(value, 60):.{places}e}".partition("e")
        if rounding is not Rounding.FIGURES:
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}·10^{int(power)}"
    if rounding is Rounding.NONE:
        return str(content["answer"])
    places = digits if rounding is Rounding.DECIMALS else max(0, digits - 1 - magnitude(value))
    return f"{as_decimal(value, places):f}"


class Numeric(PlainForm):
    """A number typed into a field."""

    name = "numeric"
    version = "2"
    title = lazy_gettext("A number")
    summary = lazy_gettext(
        "Students type a number, with a unit if you ask for one; you say how exact it must be."
    )
    template = "assessment/questions/numeric.html"
    form_fields = (*STEM_FIELDS, *NUMBER_FIELDS, *REMARK_FIELDS)

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, remarks?} with what `read_answer` reads.

        ``unit_fraction`` is what a right number with a wrong or missing unit earns, where the unit is asked for;
        ``precision_fraction`` what it earns when it is rounded otherwise than ``precision`` and ``digits`` say.
        """
        reader = ContentReader(content)
        answer = read_answer(reader) | read_remarks(reader)
        return reader.done(lambda: answer)

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

    @remarked
    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Compare the number within the tolerance, then the unit."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        return mark_number(content, response["value"], response["unit"])

    def guessed_share(self, content: Mapping[str, Any]) -> Decimal:
        """Return what guessing earns on average: nothing, since the answer is typed."""
        return Decimal(0)

    def correct_answer(self, content: Mapping[str, Any]) -> Any:
        """Return the number as it is to be written (with its unit where it is asked for)."""
        value = _written(content).replace(".", ",")
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
                    ItemTest({"value": "900", "unit": "кг/м3"}, MarkStatus.RIGHT),
                    ItemTest({"value": "900", "unit": "кг/м^3"}, MarkStatus.RIGHT),
                    ItemTest("910 кг/м³", MarkStatus.RIGHT),
                    ItemTest("900", MarkStatus.PARTIAL, Decimal("0.5")),
                    ItemTest("1000 кг/м³", MarkStatus.WRONG),
                    ItemTest("0,9 г/см³", MarkStatus.RIGHT),
                    ItemTest("900 кг", MarkStatus.PARTIAL, Decimal("0.5")),
                ),
            ),
            *_PRECISION_SAMPLES,
        ]


_PRECISION_SAMPLES = (
    Sample(
        "Длина окружности",
        {
            "prompt": "Чему равно отношение длины окружности к её диаметру? Округли до сотых.",
            "answer": "3.14159265",
            "precision": Rounding.DECIMALS.value,
            "digits": 2,
            "is_strict": True,
            "precision_fraction": "0.5",
        },
        (
            ItemTest("3,14", MarkStatus.RIGHT),
            ItemTest("3,142", MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest("3,1", MarkStatus.WRONG),
        ),
    ),
    Sample(
        "Скорость света",
        {
            "prompt": "Запиши скорость света в м/с в стандартном виде с тремя значащими цифрами.",
            "answer": "299792458",
            "precision": Rounding.FIGURES.value,
            "digits": 3,
            "is_strict": True,
            "notation": SCIENTIFIC,
        },
        (
            ItemTest("3,00·10^8", MarkStatus.RIGHT),
            ItemTest("3,00·10⁸", MarkStatus.RIGHT),
            ItemTest("300000000", MarkStatus.INVALID),
        ),
    ),
    Sample(
        "Порядок величины",
        {
            "prompt": "Оцени массу воздуха в классе, кг.",
            "answer": "200",
            "tolerance": "1",
            "tolerance_kind": Tolerance.GEOMETRIC.value,
        },
        (
            ItemTest("100", MarkStatus.RIGHT),
            ItemTest("400", MarkStatus.RIGHT),
            ItemTest("99", MarkStatus.WRONG),
        ),
    ),
    Sample(
        "Сокращение дроби",
        {"prompt": "Сократи дробь 6/8.", "answer": "3/4", "fractions": LOWEST},
        (
            ItemTest("3/4", MarkStatus.RIGHT),
            ItemTest("6/8", MarkStatus.PARTIAL, Decimal("0.5")),
            ItemTest("3/5", MarkStatus.WRONG),
        ),
    ),
)
