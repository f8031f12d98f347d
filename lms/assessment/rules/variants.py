r"""Draw the variables of a question from a seed and put them into its texts: the same seed gives the same variant anywhere.

A variable is written as ``2..10`` (whole numbers), ``0.5..2:0.25`` (with a step), ``3; 5; 7`` (one of a list) or ``= a*b``
(computed from those above it). In a text ``{a}`` stands for the value and ``{= a*b}`` for what is computed. Formulas are
read here; nothing is ever evaluated as code. In a typeset formula the value keeps the braces: ``\frac{a}{b}`` is
12/7, not 1/27.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lms.assessment.rules.numbers import Rounding, as_decimal, read_number, rounded
from lms.assessment.rules.seeds import derive_seed
from lms.core.formulas import pieces_of

__all__ = ["FormulaError", "Variables", "compute", "draw", "put_in"]

Value = Fraction | str
Variables = dict[str, Value]

MAX_FORMULA, MAX_BITS, MAX_POWER, MAX_STEPS, MAX_DRAWS = 300, 4000, 200, 100_000, 200
FIGURES = 12

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:[.,]\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[<>=!]=|[-+*/^(),;<>=≤≥≠·:]))"
)
_PLACE = re.compile(r"\{=([^{}]{1,300})\}|\{([^\W\d]\w{0,39})\}")
_RANGE = re.compile(r"(?P<low>[-−]?[\d.,]+?)\s*\.\.\s*(?P<high>[-−]?[\d.,]+?)(?:\s*:\s*(?P<step>[\d.,]+))?")
_SAME = {"**": "^", "·": "*", ":": "/", "≤": "<=", "≥": ">=", "≠": "!=", "=": "==", ";": ","}


class FormulaError(ValueError):
    """A formula cannot be read or computed."""


def _irrational(function: Callable[[float], float]) -> Callable[[Fraction], Fraction]:
    """Return a function of one number, rounded to so many figures that every machine gives the same."""

    def computed(value: Fraction) -> Fraction:
        return rounded(Fraction(function(float(value))), Rounding.FIGURES, FIGURES)

    return computed


def _round(value: Fraction, digits: Fraction = Fraction(0)) -> Fraction:
    if abs(digits) > FIGURES:
        raise FormulaError("round")
    return rounded(value, Rounding.DECIMALS, int(digits))


def _root(value: Fraction) -> Fraction:
    whole = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator)) if value >= 0 else None
    return whole if whole is not None and whole * whole == value else _irrational(math.sqrt)(value)


_FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "sqrt": _root,
    "abs": abs,
    "round": _round,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "min": min,
    "max": max,
    "mod": lambda value, by: value % by,
    "gcd": lambda one, other: Fraction(math.gcd(int(one), int(other))),
    "sin": _irrational(math.sin),
    "cos": _irrational(math.cos),
    "tg": _irrational(math.tan),
    "tan": _irrational(math.tan),
    "ln": _irrational(math.log),
    "lg": _irrational(math.log10),
    "exp": _irrational(math.exp),
}
_CONSTANTS = {"pi": Fraction("3.14159265358979323846"), "π": Fraction("3.14159265358979323846")}
_LEVELS: tuple[tuple[str, ...], ...] = (("<", ">", "<=", ">=", "==", "!="), ("+", "-"), ("*", "/"))
_SIGNS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "<": lambda a, b: Fraction(a < b),
    ">": lambda a, b: Fraction(a > b),
    "<=": lambda a, b: Fraction(a <= b),
    ">=": lambda a, b: Fraction(a >= b),
    "==": lambda a, b: Fraction(a == b),
    "!=": lambda a, b: Fraction(a != b),
}


class _Reader:
    """Compute a formula while it is read, from left to right."""

    def __init__(self, text: str, variables: Mapping[str, Value]) -> None:
        if len(text) > MAX_FORMULA:
            raise FormulaError("too long")
        self.variables, self.place = variables, 0
        self.tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise FormulaError(text[at])
            at = match.end()
            self.tokens.append(
                (
                    str(match.lastgroup),
                    _SAME.get(str(match[match.lastgroup or 0]), str(match[match.lastgroup or 0])),
                )
            )

    def take(self, *signs: str) -> str | None:
        """Return the next sign when it is one of these."""
        if (
            self.place < len(self.tokens)
            and self.tokens[self.place][1] in signs
            and self.tokens[self.place][0] == "sign"
        ):
            self.place += 1
            return self.tokens[self.place - 1][1]
        return None

    def whole(self) -> Fraction:
        """Return the value of the whole formula."""
        value = self.level(0)
        if self.place < len(self.tokens):
            raise FormulaError(self.tokens[self.place][1])
        return value

    def level(self, number: int) -> Fraction:
        """Return a chain of operations of one level."""
        if number == len(_LEVELS):
            return self.signed()
        value = self.level(number + 1)
        while (sign := self.take(*_LEVELS[number])) is not None:
            value = _bounded(_SIGNS[sign](value, self.level(number + 1)))
        return value

    def signed(self) -> Fraction:
        """Return a value with its signs."""
        if self.take("-"):
            return -self.signed()
        if self.take("+"):
            return self.signed()
        base = self.atom()
        if not self.take("^"):
            return base
        power = self.signed()
        if abs(power) > MAX_POWER:
            raise FormulaError("^")
        if power.denominator == 1:
            return _bounded(base ** int(power))
        return _irrational(lambda value: value ** float(power))(base)

    def atom(self) -> Fraction:
        """Return a number, a variable, a function or what stands in brackets."""
        if self.take("("):
            value = self.level(0)
            if not self.take(")"):
                raise FormulaError(")")
            return value
        if self.place >= len(self.tokens):
            raise FormulaError("end")
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return Fraction(text.replace(",", "."))
        if kind == "name" and text in _FUNCTIONS and self.take("("):
            return self.function(text)
        named = self.variables[text] if text in self.variables else _CONSTANTS.get(text)
        if not isinstance(named, Fraction):
            raise FormulaError(text)
        return named

    def function(self, name: str) -> Fraction:
        """Return what a function gives for the arguments that follow."""
        arguments = [self.level(0)]
        while self.take(","):
            arguments.append(self.level(0))
        if not self.take(")"):
            raise FormulaError(")")
        return _bounded(Fraction(_FUNCTIONS[name](*arguments)))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise FormulaError("too large")
    return value


def compute(formula: str, variables: Mapping[str, Value]) -> Fraction:
    """Return what a formula comes to (a comparison is 1 or 0); raise FormulaError."""
    try:
        return _Reader(formula, variables).whole()
    except (ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise FormulaError(str(error)) from error


def draw(variables: Sequence[tuple[str, str]], conditions: Sequence[str], seed: int) -> Variables:
    """Return the variables (name, how it is written) that follow from a seed and fulfil every condition.

    Raises FormulaError, with the place in ``args[1]`` where a variable is at fault.
    """
    for turn in range(MAX_DRAWS):
        drawn: Variables = {}
        for number, (name, written) in enumerate(variables):
            try:
                drawn[name] = _draw_one(written.strip(), drawn, derive_seed(seed, "variable", name, turn))
            except FormulaError as error:
                raise FormulaError(str(error), number) from error
        if all(compute(condition, drawn) for condition in conditions):
            return drawn
    raise FormulaError("no draw fulfils the conditions")


def _draw_one(written: str, drawn: Variables, seed: int) -> Value:
    if written.startswith("="):
        return compute(written[1:], drawn)
    if match := _RANGE.fullmatch(written):
        low, high = _number(match["low"]), _number(match["high"])
        step = _number(match["step"] or "1")
        count = int((high - low) / step) + 1 if step > 0 and high >= low else 0
        if not 1 <= count <= MAX_STEPS:
            raise FormulaError(written)
        return low + step * (seed % count)
    choices = [part.strip() for part in written.split(";") if part.strip()]
    if not choices:
        raise FormulaError(written)
    chosen = choices[seed % len(choices)]
    known = read_number(chosen)
    return chosen if known is None or known.unit else known.value


def _number(text: str) -> Fraction:
    known = read_number(text)
    if known is None or known.unit:
        raise FormulaError(text)
    return known.value


def put_in(content: Any, variables: Mapping[str, Value]) -> Any:
    """Return a JSON value with the variables put into its texts; a name that is no variable stays as it is.

    A text that is nothing but one place becomes a plain number (a fraction where no decimal ends); within other words
    numbers have a comma. Raises FormulaError.
    """
    if isinstance(content, str):
        return _put_in_text(content, variables)
    if isinstance(content, Mapping):
        return {key: put_in(value, variables) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [put_in(value, variables) for value in content]
    return content


def _put_in_text(text: str, variables: Mapping[str, Value]) -> str:
    is_alone = _PLACE.fullmatch(text.strip()) is not None
    if is_alone:
        return _put_in_piece(text.strip(), variables, "{}", is_alone=True)
    return "".join(
        _put_in_piece(piece, variables, "{}", is_alone=False)
        if isinstance(piece, str)
        else _put_in_piece(piece.source, variables, "{{{}}}", is_alone=False)
        for piece in pieces_of(text)
    )


def _put_in_piece(text: str, variables: Mapping[str, Value], shape: str, *, is_alone: bool) -> str:
    def shown(match: re.Match[str]) -> str:
        if match[2] is not None and match[2] not in variables:
            return match[0]
        value = variables[match[2]] if match[2] is not None else compute(match[1], variables)
        return shape.format(value if isinstance(value, str) else _written(value, is_alone=is_alone))

    return _PLACE.sub(shown, text)


def _written(value: Fraction, *, is_alone: bool) -> str:
    near = rounded(value, Rounding.FIGURES, FIGURES)
    if is_alone and near != value:
        return f"{value.numerator}/{value.denominator}"
    text = f"{as_decimal(near, 30).normalize():f}"
    return text if is_alone else text.replace(".", ",").replace("-", "−")
