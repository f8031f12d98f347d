"""Count the figures of a number as it was written, and round numbers as schools do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lms.assessment.maths.numeric import context, real_value
from lms.assessment.maths.tree import App, Node, Num, number, walk

__all__ = ["Figures", "figures_of", "round_places", "round_significant", "written_number"]


@dataclass(frozen=True, slots=True)
class Figures:
    """How many significant figures (zeros at the end of a whole number may count or not) and decimal places."""

    least: int
    most: int
    places: int


def figures_of(node: Node) -> Figures | None:
    """Return the figures of the first number that stands in the tree; None when there is none."""
    written = written_number(node)
    return None if written is None else _count(written.text)


def written_number(node: Node) -> Num | None:
    """Return the number whose figures are meant: the first one with a point, or the first."""
    numbers = [part for part in walk(node) if isinstance(part, Num)]
    return next((part for part in numbers if part.is_decimal), numbers[0] if numbers else None)


def _count(text: str) -> Figures:
    mantissa = text.lower().split("e")[0]
    whole, _, decimals = mantissa.partition(".")
    digits = (whole + decimals).lstrip("0")
    if "." in mantissa:
        if not digits:
            least = most = max(len(decimals), 1)
        else:
            least = most = len(digits)
    elif not digits:
        least = most = 1
    else:
        most = len(digits)
        least = len(digits.rstrip("0"))
    return Figures(least, most, len(decimals))


def plain_decimal(node: Node) -> Num | None:
    """Return the written number of ``±a``, ``±a·10^n`` or ``±a/10^n``; None for anything else."""
    while isinstance(node, App) and node.head in ("neg", "pos"):
        node = node.args[0]
    if isinstance(node, Num):
        return node
    if isinstance(node, App) and node.head in ("*", "/") and len(node.args) == 2:
        mantissa, power = node.args
        ten = isinstance(power, App) and power.head == "^" and power.args[0] == number(10)
        if ten or (isinstance(power, Num) and set(power.text) <= {"1", "0"} and power.text.startswith("1")):
            return plain_decimal(mantissa)
    return None


def round_significant(value: Any, figures: int) -> Fraction:
    """Return the value rounded to so many significant figures, halves away from zero."""
    exact = _exact(value)
    if exact == 0:
        return exact
    size = int(context.floor(context.log10(abs(context.mpf(exact.numerator) / exact.denominator))))
    return _round(exact, figures - 1 - size)


def round_places(value: Any, places: int) -> Fraction:
    """Return the value rounded to so many decimal places, halves away from zero."""
    return _round(_exact(value), places)


def _exact(value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    return Fraction(context.nstr(value, 32))


def _round(exact: Fraction, places: int) -> Fraction:
    step = Fraction(10) ** places
    scaled = abs(exact) * step
    whole = int(scaled + Fraction(1, 2))
    return Fraction(whole) / step * (-1 if exact < 0 else 1)


def exact_value(node: Node) -> Fraction | None:
    """Return the value of a real number without variables as a fraction (of thirty-two digits); None otherwise."""
    value = real_value(node)
    return None if value is None else _exact(value)
