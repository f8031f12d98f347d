"""Answer tests for numbers: within a tolerance, with so many figures or decimal places, greater than."""

from __future__ import annotations

from fractions import Fraction

from lms.assessment.maths.figures import (
    exact_value,
    figures_of,
    plain_decimal,
    round_places,
    round_significant,
)
from lms.assessment.maths.tree import App, MathsError, Node
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = [
    "decimal_places",
    "decimal_places_wrong",
    "greater",
    "greater_or_equal",
    "numeric_absolute",
    "numeric_relative",
    "sig_figs",
    "sig_figs_strict",
    "significant",
    "whole_options",
    "within",
]

DEFAULT_TOLERANCE = Fraction(1, 20)


def numeric_relative(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether numbers, lists or sets of them are within a share of the teacher's."""
    return _tolerant(student, teacher, option, relative=True)


def numeric_absolute(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether numbers, lists or sets of them are within a distance of the teacher's."""
    return _tolerant(student, teacher, option, relative=False)


def _tolerant(student: Node, teacher: Node, option: Node | None, *, relative: bool) -> Verdict:
    tolerance = DEFAULT_TOLERANCE if option is None else exact_value(option)
    if tolerance is None:
        return INVALID("tolerance_not_a_number")
    for head in ("list", "set"):
        if isinstance(teacher, App) and teacher.head == head:
            if not (isinstance(student, App) and student.head == head):
                return Verdict.of(False, f"not_{head}")
            return _tolerant_items(student, teacher, tolerance, relative=relative)
    if isinstance(student, App) and student.head in ("list", "set"):
        return Verdict.of(False, "not_number")
    return within(student, teacher, tolerance, relative=relative)


def within(student: Node, teacher: Node, tolerance: Fraction, *, relative: bool) -> Verdict:
    """Return whether one number is within the tolerance of another."""
    value, wanted = exact_value(student), exact_value(teacher)
    if value is None or wanted is None:
        return Verdict.of(False, "not_number" if value is None else "teacher_not_number")
    bound = abs(tolerance * wanted) if relative else abs(tolerance)
    return Verdict.of(abs(value - wanted) <= bound, "")


def _tolerant_items(student: App, teacher: App, tolerance: Fraction, *, relative: bool) -> Verdict:
    mine, wanted = list(student.args), list(teacher.args)
    if len(mine) != len(wanted):
        return Verdict.of(False, "wrong_length")
    values = [exact_value(item) for item in (*mine, *wanted)]
    if any(value is None for value in values):
        return Verdict.of(False, "not_number")
    if student.head == "set":
        mine.sort(key=lambda item: exact_value(item) or 0)
        wanted.sort(key=lambda item: exact_value(item) or 0)
    pairs = zip(mine, wanted, strict=True)
    same = all(within(x, y, tolerance, relative=relative).result for x, y in pairs)
    return Verdict.of(same, "" if same else "wrong_entries")


def whole_options(option: Node | None) -> list[int]:
    """Return one or two whole numbers. Raises MathsError ``option_missing`` or ``option_wrong``."""
    if option is None:
        raise MathsError("option_missing")
    items = option.args if isinstance(option, App) and option.head == "list" else (option,)
    values = [exact_value(item) for item in items]
    if not 1 <= len(values) <= 2 or any(value is None or value.denominator != 1 for value in values):
        raise MathsError("option_wrong")
    return [int(value) for value in values if value is not None]


def sig_figs(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the number is written with n figures and right to m of them (option n or [n, m]).

    m = 0 asks for the number of figures only; m = -1 forgives too many figures.
    """
    figures, *rest = whole_options(option)
    accuracy = rest[0] if rest else figures
    if figures < 1 or accuracy > figures or accuracy < -1:
        return INVALID("option_wrong")
    wanted = exact_value(teacher)
    if wanted is None:
        return Verdict.of(False, "teacher_not_number")
    return significant(student, wanted, figures, accuracy)


def significant(student: Node, wanted: Fraction, figures: int, accuracy: int) -> Verdict:
    """Return whether a written number has so many figures and is right to ``accuracy`` of them."""
    value = exact_value(student)
    counted = figures_of(student) if plain_decimal(student) is not None else None
    if value is None or counted is None:
        return Verdict.of(False, "not_decimal")
    if accuracy == -1:
        digits_right = counted.most >= figures
    else:
        digits_right = counted.least <= figures <= counted.most
    if not digits_right:
        return Verdict.of(False, "wrong_digits")
    if accuracy == 0:
        return Verdict.of(True, "")
    places = figures if accuracy == -1 else accuracy
    same = round_significant(value, places) == round_significant(wanted, places)
    return Verdict.of(same, "" if same else "inaccurate")


def sig_figs_strict(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the number is written with exactly n figures, whatever its value; unclear zeros do not count."""
    figures = whole_options(option)[0]
    if plain_decimal(student) is None:
        return Verdict.of(False, "not_decimal")
    counted = figures_of(student)
    assert counted is not None
    return Verdict.of(counted.least == figures == counted.most, "")


def decimal_places(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the number is written with n decimal places and right to all of them."""
    options = whole_options(option)
    if len(options) != 1 or options[0] < 1:
        return INVALID("option_wrong")
    places = options[0]
    value, wanted = exact_value(student), exact_value(teacher)
    counted = figures_of(student) if plain_decimal(student) is not None else None
    if value is None or counted is None:
        return Verdict.of(False, "not_decimal")
    if wanted is None:
        return Verdict.of(False, "teacher_not_number")
    if counted.places != places:
        return Verdict.of(False, "wrong_places")
    same = round_places(value, places) == round_places(wanted, places)
    return Verdict.of(same, "" if same else "inaccurate")


def decimal_places_wrong(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the first n figures are right, wherever the decimal point stands."""
    options = whole_options(option)
    if len(options) != 1 or options[0] < 1:
        return INVALID("option_wrong")
    value, wanted = exact_value(student), exact_value(teacher)
    if value is None or wanted is None:
        return Verdict.of(False, "not_decimal")
    return Verdict.of(_first_digits(value, options[0]) == _first_digits(wanted, options[0]), "")


def _first_digits(value: Fraction, figures: int) -> int:
    """Return the first figures of a number, signed, as they are written: nothing is rounded."""
    size = abs(value)
    if not size:
        return 0
    least = 10 ** (figures - 1)
    while size >= least * 10:
        size /= 10
    while size < least:
        size *= 10
    return int(size) * (-1 if value < 0 else 1)


def greater(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a number is greater than another."""
    return _compare(student, teacher, strict=True)


def greater_or_equal(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a number is at least another."""
    return _compare(student, teacher, strict=False)


def _compare(student: Node, teacher: Node, *, strict: bool) -> Verdict:
    value, wanted = exact_value(student), exact_value(teacher)
    if value is None or wanted is None:
        return Verdict.of(False, "not_number")
    return Verdict.of(value > wanted or (value == wanted and not strict), "")
