"""Answer tests for quantities: the number by figures or tolerance, the unit itself or one that fits."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lms.assessment.maths.answer_numbers import DEFAULT_TOLERANCE, significant, whole_options
from lms.assessment.maths.evaluate import evaluate
from lms.assessment.maths.figures import exact_value
from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    app,
    free_names,
    multiply,
    negate,
    number,
    rebuild,
)
from lms.assessment.maths.unit_table import find_unit
from lms.assessment.maths.verdicts import INVALID, Verdict
from lms.assessment.maths.written import latin

__all__ = [
    "Quantity",
    "in_words_of",
    "quantity_of",
    "units",
    "units_absolute",
    "units_relative",
    "units_strict",
    "units_strict_absolute",
    "units_strict_relative",
]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and the powers of the units behind it; ``number`` is None when only a unit was written."""

    number: Node | None
    powers: tuple[tuple[str, Fraction], ...]

    def base(self) -> tuple[Fraction, tuple[tuple[str, Fraction], ...]]:
        """Return the size of the unit in base units, and its dimension; unknown units are dimensions of their own."""
        factor = Fraction(1)
        total: dict[str, Fraction] = {}
        for name, power in self.powers:
            unit = find_unit(name)
            if unit is None:
                total[name] = total.get(name, Fraction(0)) + power
                continue
            if power.denominator != 1 or abs(power) > 50:
                raise MathsError("unit_power")
            factor *= unit.factor ** int(power)
            for index, exponent in enumerate(unit.dimension):
                total[f"#{index}"] = total.get(f"#{index}", Fraction(0)) + exponent * power
        return factor, tuple(sorted((name, power) for name, power in total.items() if power))

    def zero(self) -> Fraction:
        """Return what 0 of the unit is in base units: not 0 for a temperature alone, in °C or °F."""
        (name, power), *others = self.powers
        unit = find_unit(name)
        return unit.zero if unit is not None and power == 1 and not others else Fraction(0)


def in_words_of(student: Node, teacher: Node) -> Node:
    """Return a student's quantity with each unit called as in the teacher's, where that has the same: km/h is км/ч.

    Raises MathsError ``unit_unknown``: a name that nobody knows may well be the right unit.
    """
    wanted = free_names(teacher)
    named = {unit: name for name in sorted(wanted) if (unit := find_unit(name)) is not None}
    looks = {latin(name): name for name in wanted if latin(name) != name}

    def called(node: Node) -> Node:
        if not isinstance(node, Name) or not free_names(node) or node.name in wanted:
            return node
        if node.name in looks:  # one key of the keyboard, and the same letter to the eye
            return Name(looks[node.name])
        unit = find_unit(node.name)
        if unit is None:
            raise MathsError("unit_unknown")
        return Name(named.get(unit, node.name))

    return rebuild(student, called)


def quantity_of(node: Node) -> Quantity | None:
    """Return the number and units of a product; None for anything else (a sum of quantities, an equation)."""
    numbers: list[tuple[Node, bool]] = []
    powers: dict[str, Fraction] = {}
    is_negative = _collect(node, Fraction(1), numbers, powers)
    if is_negative is None:
        return None
    above = [part for part, is_above in numbers if is_above]
    below = [part for part, is_above in numbers if not is_above]
    value: Node | None = None
    if above or below:
        value = multiply(*above)
        if below:
            value = app("/", value, multiply(*below))
        if is_negative:
            value = negate(value)
    kept = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Quantity(value, kept)


def _collect(
    node: Node, power: Fraction, numbers: list[tuple[Node, bool]], powers: dict[str, Fraction]
) -> bool | None:
    """Sort the factors into numbers and units; return whether the whole is negative, None when it is no product."""
    if not free_names(node):
        if isinstance(node, App) and node.head == "neg":
            inner = _collect(node.args[0], power, numbers, powers)
            return None if inner is None else not inner
        if isinstance(node, App) and node.head in ("list", "set", "=", "matrix", "tuple"):
            return None
        numbers.append((_raised(node, abs(power)), power > 0))
        return False
    if isinstance(node, Name):
        powers[node.name] = powers.get(node.name, Fraction(0)) + power
        return False
    if not isinstance(node, App):
        return None
    if node.head == "stackunits" and len(node.args) == 2:
        value, unit = evaluate(node.args[0]), node.args[1]
        return _collect(app("*", value, unit) if unit != number(1) else value, power, numbers, powers)
    if node.head in ("neg", "pos"):
        inner = _collect(node.args[0], power, numbers, powers)
        return inner if inner is None or node.head == "pos" else not inner
    if node.head in ("*", "."):
        return _signs([_collect(arg, power, numbers, powers) for arg in node.args])
    if node.head == "/":
        top = _collect(node.args[0], power, numbers, powers)
        return _signs([top, _collect(node.args[1], -power, numbers, powers)])
    if node.head == "^":
        exponent = exact_value(node.args[1])
        return None if exponent is None else _collect(node.args[0], power * exponent, numbers, powers)
    return None


def _raised(node: Node, power: Fraction) -> Node:
    return node if power == 1 else app("^", node, number(power))


def _signs(found: list[bool | None]) -> bool | None:
    if None in found:
        return None
    return sum(bool(sign) for sign in found) % 2 == 1


@dataclass(frozen=True, slots=True)
class Pair:
    """The student's quantity beside the teacher's; ``factor`` and ``shift`` turn the teacher's number into the student's unit."""

    student: Quantity
    teacher: Quantity
    wanted: Fraction
    factor: Fraction
    is_same_unit: bool
    shift: Fraction = Fraction(0)


def _pair(student: Node, teacher: Node, *, strict: bool) -> Pair | Verdict:
    mine, wanted = quantity_of(student), quantity_of(teacher)
    if wanted is None or not wanted.powers or wanted.number is None:
        return Verdict.of(False, "teacher_no_units")
    if mine is None:
        return Verdict.of(False, "not_quantity")
    if not mine.powers:
        return Verdict.of(False, "no_units")
    if mine.number is None:
        return Verdict.of(False, "only_units")
    value = exact_value(wanted.number)
    if value is None:
        return Verdict.of(False, "teacher_not_number")
    if mine.powers == wanted.powers:
        return Pair(mine, wanted, value, Fraction(1), True)
    (size, dimension), (other_size, other_dimension) = mine.base(), wanted.base()
    if dimension != other_dimension:
        return Verdict.of(False, "units_incompatible")
    if strict:
        return Verdict.of(False, "units_compatible_but_other")
    shift = (wanted.zero() - mine.zero()) / size
    return Pair(mine, wanted, value, other_size / size, False, shift)


def _by_figures(student: Node, teacher: Node, option: Node | None, *, strict: bool) -> Verdict:
    figures, *rest = whole_options(option)
    accuracy = rest[0] if rest else figures
    if figures < 1 or accuracy > figures or accuracy < -1:
        return INVALID("option_wrong")
    pair = _pair(student, teacher, strict=strict)
    if isinstance(pair, Verdict):
        return pair
    assert pair.student.number is not None
    found = significant(pair.student.number, pair.wanted * pair.factor + pair.shift, figures, accuracy)
    return Verdict.of(found.result is True, found.reason if not found.result else _units_reason(pair))


def _units_reason(pair: Pair) -> str:
    if pair.is_same_unit:
        return "units_match"
    return "temperature_converted" if pair.shift else "units_compatible"


def _by_tolerance(
    student: Node, teacher: Node, option: Node | None, *, strict: bool, relative: bool
) -> Verdict:
    tolerance: Fraction | None = DEFAULT_TOLERANCE
    if option is not None:
        tolerance = exact_value(option)
        if tolerance is None:
            quantity = quantity_of(option)
            expected = quantity_of(teacher)
            if quantity is None or quantity.number is None or relative:
                return INVALID("option_wrong")
            if expected is None or quantity.powers != expected.powers:
                return Verdict.of(False, "option_wrong_units")
            tolerance = exact_value(quantity.number)
    if tolerance is None:
        return INVALID("tolerance_not_a_number")
    pair = _pair(student, teacher, strict=strict)
    if isinstance(pair, Verdict):
        return pair
    assert pair.student.number is not None
    value = exact_value(pair.student.number)
    if value is None:
        return Verdict.of(False, "not_number")
    bound = abs(tolerance * pair.wanted) if relative else abs(tolerance)
    same = abs((value - pair.shift) / pair.factor - pair.wanted) <= bound
    return Verdict.of(same, _units_reason(pair) if same else "inaccurate")


def units(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a quantity is right to n figures in any unit that fits."""
    return _by_figures(student, teacher, option, strict=False)


def units_strict(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a quantity is right to n figures in the teacher's own unit."""
    return _by_figures(student, teacher, option, strict=True)


def units_relative(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a quantity is within a share of the teacher's, in any unit that fits."""
    return _by_tolerance(student, teacher, option, strict=False, relative=True)


def units_strict_relative(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a quantity is within a share of the teacher's, in the teacher's own unit."""
    return _by_tolerance(student, teacher, option, strict=True, relative=True)


def units_absolute(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a quantity is within a distance of the teacher's, in any unit that fits."""
    return _by_tolerance(student, teacher, option, strict=False, relative=False)


def units_strict_absolute(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a quantity is within a distance of the teacher's, in the teacher's own unit."""
    return _by_tolerance(student, teacher, option, strict=True, relative=False)
