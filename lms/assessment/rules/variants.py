r"""Draw the variables of a question from a seed and put them into its texts: the same seed gives the same variant anywhere.

A variable is written as ``2..10`` (whole numbers), ``0.5..2:0.25`` (with a step), ``3; 5; 7`` (one of a list) or ``= a*b``
(computed from those above it); ``[n] 3; 5; 7`` is the n-th of a list, so that several lists are drawn together. In a text
``{a}`` stands for the value and ``{= a*b}`` for what is computed. Formulas are read (see `formulas`); nothing is ever evaluated
as code. In a typeset formula the value keeps the braces: ``\frac{a}{b}`` is 12/7, not 1/27.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lms.assessment.rules.formulas import FormulaError, Term, line_of, tree_of
from lms.assessment.rules.numbers import Rounding, as_decimal, read_number, rounded
from lms.assessment.rules.seeds import derive_seed
from lms.core.formulas import pieces_of

__all__ = [
    "FormulaError",
    "Value",
    "Variables",
    "as_written",
    "choices_of",
    "compute",
    "draw",
    "list_by",
    "put_in",
    "range_of",
    "with_formulas",
]

Value = Fraction | str
Variables = dict[str, Value]

MAX_BITS, MAX_POWER, MAX_STEPS, MAX_DRAWS = 4000, 200, 100_000, 200
FIGURES = 12

_PLACE = re.compile(r"\{=([^{}]{1,300})\}|\{([^\W\d]\w{0,39})\}")
_RANGE = re.compile(r"(?P<low>[-−]?[\d.,]+?)\s*\.\.\s*(?P<high>[-−]?[\d.,]+?)(?:\s*:\s*(?P<step>[\d.,]+))?")
_BY_PLACE = re.compile(r"\[\s*(?P<place>[^\W\d]\w{0,39})\s*\](?P<values>.*)", re.DOTALL)


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
    "tan": _irrational(math.tan),
    "ln": _irrational(math.log),
    "lg": _irrational(math.log10),
    "exp": _irrational(math.exp),
}
_CONSTANTS = {"pi": Fraction("3.14159265358979323846")}
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


def _value(term: Term, variables: Mapping[str, Value]) -> Fraction:
    """Return what a part of a formula comes to."""
    if term.kind == "number":
        return Fraction(term.text)
    if term.kind == "name":
        named = variables[term.text] if term.text in variables else _CONSTANTS.get(term.text)
        if not isinstance(named, Fraction):
            raise FormulaError(term.text)
        return named
    parts = [_value(part, variables) for part in term.parts]
    if term.kind == "call":
        return _bounded(Fraction(_FUNCTIONS[term.text](*parts)))
    if len(parts) == 1:
        return -parts[0]
    return _power(*parts) if term.text == "^" else _bounded(_SIGNS[term.text](*parts))


def _power(base: Fraction, power: Fraction) -> Fraction:
    if abs(power) > MAX_POWER:
        raise FormulaError("^")
    if power.denominator == 1:
        return _bounded(base ** int(power))
    return _irrational(lambda value: value ** float(power))(base)


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise FormulaError("too large")
    return value


def compute(formula: str, variables: Mapping[str, Value]) -> Fraction:
    """Return what a formula comes to (a comparison is 1 or 0); raise FormulaError."""
    try:
        return _value(tree_of(formula), variables)
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
    if (by_place := list_by(written)) is not None:
        place, choices = drawn.get(by_place[0]), by_place[1]
        if not isinstance(place, Fraction) or place.denominator != 1 or not 1 <= place <= len(choices):
            raise FormulaError(written)
        return _one(choices[int(place) - 1])
    choices = choices_of(written)
    if not choices:
        raise FormulaError(written)
    return _one(choices[seed % len(choices)])


def choices_of(written: str) -> list[str]:
    """Return the values of a list."""
    return [part.strip() for part in written.split(";") if part.strip()]


def list_by(written: str) -> tuple[str, list[str]] | None:
    """Return the variable that says which value of a list is taken, and the list; None for what is drawn otherwise."""
    match = _BY_PLACE.fullmatch(written.strip())
    return None if match is None else (match["place"], choices_of(match["values"]))


def _one(chosen: str) -> Value:
    known = read_number(chosen)
    return chosen if known is None or known.unit else known.value


def range_of(written: str) -> tuple[Fraction, Fraction, Fraction] | None:
    """Return the least and the greatest value of a range and its step; None for what is no range."""
    match = _RANGE.fullmatch(written.strip())
    return (
        None
        if match is None
        else (_number(match["low"]), _number(match["high"]), _number(match["step"] or "1"))
    )


def as_written(written: str) -> str:
    """Return how a variable is drawn in the one way in which several that mean the same are written; raise FormulaError."""
    plain = written.strip()
    if plain.startswith("="):
        return f"= {line_of(tree_of(plain[1:]))}"
    if (found := range_of(plain)) is not None:
        low, high, step = map(_plain, found)
        return f"{low}..{high}" + ("" if step == "1" else f":{step}")
    by_place = list_by(plain)
    values = map(_one, choices_of(plain) if by_place is None else by_place[1])
    said = "; ".join(value if isinstance(value, str) else _plain(value) for value in values)
    if by_place is not None:
        return f"[{by_place[0]}] {said}"
    is_other = said.startswith(("=", "[")) or _RANGE.fullmatch(said) is not None
    return f"; {said}" if is_other else said


def _plain(value: Fraction) -> str:
    """Return a number with a point, a fraction where no decimal ends."""
    return _written(value, is_alone=True)


def with_formulas(content: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with every formula ``{= …}`` of its texts changed."""
    if isinstance(content, str):
        return _PLACE.sub(
            lambda found: f"{{= {change(found[1])}}}" if found[1] is not None else found[0], content
        )
    if isinstance(content, Mapping):
        return {key: with_formulas(value, change) for key, value in content.items()}
    return [with_formulas(value, change) for value in content] if isinstance(content, list) else content


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
