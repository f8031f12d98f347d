"""Read the numbers that people type, and compare them as schools do: tolerance, decimal places, significant figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import gcd

__all__ = [
    "Rounding",
    "Tolerance",
    "TypedNumber",
    "as_decimal",
    "is_close",
    "is_given_to",
    "magnitude",
    "read_number",
    "rounded",
]

#: Longer texts are no numbers, and powers of ten beyond this are no answers.
MAX_LENGTH, MAX_EXPONENT = 200, 999

_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]")
#: Digits with spaces between them, and which of them are one number: groups of three, before the decimal mark or behind it.
_SPACED = re.compile(r"(?P<mark>[.,]\s*)?(?P<digits>\d+(?:\s+\d+)+)")
_WHOLE_GROUPS = re.compile(r"\d{1,3}(?:\s+\d{3})+")
_DECIMAL_GROUPS = re.compile(r"\d{3}(?:\s+\d{3})*(?:\s+\d{1,3})?")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_RUN = re.compile("10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_NUMBER = re.compile(
    r"(?P<sign>[+\-\u2212\u2013]?)"
    r"(?P<digits>\d[\d.,]*|[.,]\d+)"
    r"(?P<power>(?:e|[*\u00b7\u00d7x\u0445]10(?:\^|\*\*))(?P<exponent>[+\-\u2212\u2013]?\d{1,3})(?!\d))?"
    r"(?:/(?P<divisor>\d+))?"
    r"(?P<unit>[^\d].*)?",
    re.IGNORECASE | re.DOTALL,
)
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """A number as it was typed: its value, and the parts that tell how precisely it was given."""

    value: Fraction
    whole: str
    decimals: str
    exponent: str
    divisor: str
    unit: str

    @property
    def is_fraction(self) -> bool:
        """Tell whether it was typed as a fraction."""
        return bool(self.divisor)

    @property
    def is_lowest(self) -> bool:
        """Tell whether the fraction cannot be reduced."""
        return not self.divisor or gcd(int(self.whole), int(self.divisor)) == 1

    @property
    def is_scientific(self) -> bool:
        """Tell whether it is one digit that is not zero, decimals, and a power of ten."""
        digits = self.whole.lstrip("+-")
        return bool(self.exponent) and len(digits) == 1 and digits != "0"

    @property
    def figures(self) -> tuple[int, int]:
        """Return the least and the greatest number of significant figures that it can be said to have.

        Zeros at the end of a whole number may or may not count: 1300 has two to four.
        """
        digits = (self.whole.lstrip("+-") + self.decimals).lstrip("0")
        if not digits:
            return (1, max(1, len(self.decimals)))
        most = len(digits)
        return (most, most) if self.decimals else (len(digits.rstrip("0")), most)


def read_number(text: str) -> TypedNumber | None:
    """Return the number at the start of ``text`` and the unit that follows it, or None when there is none.

    Understood: decimal comma or point, spaces between groups of three digits, thousands (1,000,000 or 1.000,5), minus and dash,
    ``1,2·10^3``, ``1,2·10³``, ``1.2e3``, ``3/4``. Other digits with spaces between them (1 2, 2 1/2) are no one number.
    """
    if len(text) > MAX_LENGTH or not all(map(_is_one_number, _SPACED.finditer(text))):
        return None
    plain = _SUPERSCRIPT_RUN.sub(lambda found: "10^" + found[1].translate(_SUPERSCRIPTS), text)
    match = _NUMBER.fullmatch(_SPACES.sub("", plain))
    parts = None if match is None else _split(match["digits"])
    if match is None or parts is None:
        return None
    whole, decimals = parts
    sign = (match["sign"] or "").translate(_MINUS)
    exponent = (match["exponent"] or "").translate(_MINUS)
    divisor = match["divisor"] or ""
    if divisor and (decimals or exponent or not int(divisor)):
        return None
    value = Fraction(int(whole + decimals or "0") * (-1 if sign == "-" else 1), 10 ** len(decimals))
    value = value * Fraction(10) ** int(exponent or 0) / int(divisor or 1)
    return TypedNumber(value, sign + whole, decimals, exponent, divisor, match["unit"] or "")


def _is_one_number(spaced: re.Match[str]) -> bool:
    groups = _DECIMAL_GROUPS if spaced["mark"] else _WHOLE_GROUPS
    return groups.fullmatch(spaced["digits"]) is not None


def _split(digits: str) -> tuple[str, str] | None:
    """Return the digits before and after the decimal mark; marks between groups of three are thousands."""
    marks = [mark for mark in digits if mark in ".,"]
    if len(marks) > 1:
        last = marks[-1]
        groups = re.split(r"[.,]", digits if marks.count(last) > 1 else digits.rpartition(last)[0])
        is_grouped = len(set(marks if marks.count(last) > 1 else marks[:-1])) == 1
        if not is_grouped or not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
            return None
        return "".join(groups), "" if marks.count(last) > 1 else digits.rpartition(last)[2]
    whole, _, decimals = digits.replace(",", ".").partition(".")
    return whole, decimals


class Tolerance(StrEnum):
    """How far off a number may be: by a number, by a share of the right one or of the larger of both, by a factor.

    Source: the first, second and last are Moodle's nominal, relative and geometric tolerance.
    """

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    LARGER = "relative_to_larger"
    GEOMETRIC = "geometric"


def is_close(found: Fraction, right: Fraction, tolerance: Fraction, kind: Tolerance) -> bool:
    """Tell whether a number is near enough; the bounds belong to it."""
    distance = abs(found - right)
    match kind:
        case Tolerance.RELATIVE:
            return distance <= tolerance * abs(right)
        case Tolerance.LARGER:
            return distance <= tolerance * max(abs(right), abs(found))
        case Tolerance.GEOMETRIC:
            low, high = abs(right) / (1 + tolerance), abs(right) * (1 + tolerance)
            return low <= abs(found) <= high and (found >= 0) == (right >= 0)
    return distance <= tolerance


class Rounding(StrEnum):
    """To what a number is to be rounded."""

    NONE = "none"
    DECIMALS = "decimals"
    FIGURES = "figures"


def rounded(value: Fraction, rounding: Rounding, digits: int) -> Fraction:
    """Return the value rounded half up to so many decimals or significant figures."""
    if rounding is Rounding.NONE or not value:
        return value
    places = digits if rounding is Rounding.DECIMALS else digits - 1 - magnitude(value)
    scaled = abs(value) * Fraction(10) ** places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value > 0 else -whole) / Fraction(10) ** places


def magnitude(value: Fraction) -> int:
    """Return the power of ten of the first significant figure (0 for 0)."""
    if not value:
        return 0
    power = len(str(abs(value.numerator))) - len(str(value.denominator))
    return power if abs(value) >= Fraction(10) ** power else power - 1


def is_given_to(typed: TypedNumber, rounding: Rounding, digits: int, *, is_strict: bool) -> bool:
    """Tell whether a number was typed to so many digits; unless strict, zeros at the end may be left out."""
    if rounding is Rounding.NONE:
        return True
    if rounding is Rounding.DECIMALS:
        given = len(typed.decimals) - int(typed.exponent or 0)
        return given == digits if is_strict else given <= digits
    least, most = typed.figures
    return least <= digits <= most if is_strict else least <= digits


def as_decimal(value: Fraction, places: int = 12) -> Decimal:
    """Return a fraction as a decimal of so many places, rounded half up."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal((int(value < 0), tuple(int(digit) for digit in str(whole)), -places))
