"""Evaluate a tree at sample points with forty digits: the quick and sure way to see that two things differ.

Decimals are taken at their exact value. What is not known (a function of the student's own, a derivative that is
only named) gets a value that depends on its arguments alone, so identities between such things still hold.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from mpmath import MPContext

from lms.assessment.maths.tree import App, MathsError, Name, Node, Num, free_names, replace, walk

__all__ = [
    "OPAQUE",
    "Point",
    "Undefined",
    "close",
    "constant_value",
    "context",
    "differ_as_reals",
    "real_value",
    "same_at",
    "sample_points",
    "vanishes_at",
]

context = MPContext()
context.dps = 40
#: Relative difference below which two values of forty digits are the same.
TOLERANCE = context.mpf(10) ** -22
MAX_TERMS = 400
MAX_MAGNITUDE = 10**6

Value = Any


class Undefined(ArithmeticError):
    """The tree has no value at this point (a division by zero, a logarithm of zero)."""


class Point:
    """Values for the variables; ``formal`` hides |u|, sign and rounding behind opaque values (see `compare`)."""

    def __init__(self, values: dict[str, Value], *, formal: bool = False, salt: int = 0) -> None:
        """Evaluate with ``values`` for the variables."""
        self.values = values
        self.formal = formal
        self.salt = salt
        self._known: dict[Node, Value] = {}
        #: Largest magnitude met: the measure of how much cancellation a result near zero may come from.
        self.largest = context.mpf(0)
        #: Whether every value so far was a real number.
        self.is_real = True

    def value(self, node: Node) -> Value:
        """Return the value. Raises Undefined, MathsError ``not_numeric`` or ``too_large``."""
        if node in self._known:
            return self._known[node]
        try:
            found = self._value(node)
        except (ZeroDivisionError, OverflowError, ValueError) as error:
            if isinstance(error, MathsError):
                raise
            raise Undefined from error
        if isinstance(found, int | float):
            found = context.mpf(found)
        if context.isnan(found):
            raise Undefined
        if not context.isinf(found):
            self.largest = max(self.largest, abs(found))
        self.is_real = self.is_real and context.im(found) == 0
        self._known[node] = found
        return found

    def _value(self, node: Node) -> Value:
        if isinstance(node, Num):
            return context.mpf(node.value.numerator) / node.value.denominator
        if isinstance(node, Name):
            return self._name(node.name)
        if isinstance(node, App):
            return self._apply(node)
        raise MathsError("not_numeric")

    def _name(self, name: str) -> Value:
        if name in _CONSTANT:
            return _CONSTANT[name]()
        if name in ("und", "ind", "infinity", "true", "false"):
            raise MathsError("not_numeric")
        if name not in self.values:
            self.values[name] = _noise((name,), self.salt)
        return self.values[name]

    def _apply(self, node: App) -> Value:
        if node.head in ("sum", "product") and len(node.args) == 4:
            return self._series(node)
        if node.head in ("int", "'int", "limit", "'sum", "'product") and len(node.args) >= 3:
            return self._bound(node)
        if node.head in _STRUCTURE:
            raise MathsError("not_numeric")
        if node.head == "index":
            return _noise(("index", *(_key(arg, self) for arg in node.args)), self.salt)
        args = [self.value(arg) for arg in node.args]
        if node.head == "." and free_names(node):  # what it multiplies may be matrices: order matters
            return self._opaque(".", args)
        if self.formal and node.head in OPAQUE:
            return self._opaque(node.head, args)
        function = _FUNCTIONS.get((node.head, len(args))) or _FUNCTIONS.get((node.head, -1))
        if function is None:
            return self._opaque(node.head, args)
        if self.formal and node.head in ("^", "sqrt", "root"):
            hidden = self._root_of_square(node)
            if hidden is not None:
                return hidden
        return function(*args)

    def _root_of_square(self, node: App) -> Value | None:
        """Return (u^2)^(1/2) as the opaque |u|, so that it stays another thing than u."""
        base = node.args[0]
        if not (isinstance(base, App) and base.head == "^" and free_names(base)):
            return None
        inner = _rational(base.args[1])
        outer = {"sqrt": Fraction(1, 2)}.get(node.head)
        if node.head == "^":
            outer = _rational(node.args[1])
        elif node.head == "root":
            index = _rational(node.args[1]) if len(node.args) > 1 else Fraction(2)
            outer = 1 / index if index else None
        if inner is None or outer is None or inner.denominator != 1 or inner.numerator % 2:
            return None
        whole = inner * outer
        if outer.denominator % 2:
            return None
        under = self.value(base.args[0])
        if whole.denominator == 1 and whole.numerator % 2 == 0:
            return under**whole.numerator
        exponent = context.mpf(whole.numerator) / whole.denominator
        return context.power(self._opaque("abs", [under]), exponent)

    def _opaque(self, head: str, args: Sequence[Value]) -> Value:
        if head in ("abs", "cabs") and not free_of_sign(args):
            return abs(args[0])
        if head == "abs":  # |u| and |-u| are one thing
            args = [args[0] if context.re(args[0]) >= 0 else -args[0]]
            return _noise(("abs", *(_rounded(arg) for arg in args)), self.salt)
        return _noise((head, *(_rounded(arg) for arg in args)), self.salt)

    def _series(self, node: App) -> Value:
        body, variable, low, high = node.args
        start, end = self.value(low), self.value(high)
        whole = start == int(start.real) and end == int(end.real) if _is_finite(start, end) else False
        if not whole or not isinstance(variable, Name):
            return self._bound(node)
        if end - start > MAX_TERMS:
            raise MathsError("too_large")
        total = context.mpf(0 if node.head == "sum" else 1)
        for step in range(int(start.real), int(end.real) + 1):
            term = self.value(replace(body, {variable: _whole(step)}))
            total = total + term if node.head == "sum" else total * term
        return total

    def _bound(self, node: App) -> Value:
        """Return an opaque value in which the bound variable's name plays no part."""
        body, variable = node.args[0], node.args[1]
        marks = [Num(Fraction(seed, 7), "?") for seed in (9, 16)]
        parts: list[Value] = [_rounded(self.value(replace(body, {variable: mark}))) for mark in marks]
        for arg in node.args[2:]:
            parts.append(_rounded(self.value(arg)))
        outside = () if len(node.args) > 2 else (_rounded(self.value(variable)),)
        return _noise((node.head.lstrip("'"), *parts, *outside), self.salt)


#: Functions with corners: formally |x| is neither x nor -x.
OPAQUE = frozenset(
    {"abs", "signum", "floor", "ceiling", "round", "max", "min", "mod", "cabs", "carg", "conjugate"}
)
_STRUCTURE = frozenset({"list", "set", "matrix", "tuple", "=", "#", "<", ">", "<=", ">=", "and", "or", "not"})


def free_of_sign(args: Sequence[Value]) -> bool:
    """Return whether there is one finite argument to hide."""
    return len(args) == 1 and _is_finite(args[0])


def _is_finite(*values: Value) -> bool:
    return not any(context.isinf(value) or context.isnan(value) for value in values)


def _whole(value: int) -> Node:
    exact = Num(Fraction(abs(value)), str(abs(value)))
    return App("neg", (exact,)) if value < 0 else exact


def _rational(node: Node) -> Fraction | None:
    """Return the exact value of a number, a negation or a quotient of numbers."""
    if isinstance(node, Num):
        return node.value
    if isinstance(node, App) and node.head == "neg":
        inner = _rational(node.args[0])
        return None if inner is None else -inner
    if isinstance(node, App) and node.head == "/":
        top, bottom = _rational(node.args[0]), _rational(node.args[1])
        return None if top is None or not bottom else top / bottom
    return None


def _key(node: Node, point: Point) -> object:
    """Return what a subscript is told by: its name, or its value."""
    return node.name if isinstance(node, Name) else _rounded(point.value(node))


def _rounded(value: Value) -> str:
    number = context.mpc(value)
    return (
        f"{context.nstr(number.real, 15)}|{context.nstr(number.imag, 15) if abs(number.imag) > 1e-20 else 0}"
    )


def _noise(key: Sequence[object], salt: int) -> Value:
    """Return a value in 0.3..3 that depends on the key alone."""
    digest = hashlib.blake2b(repr((tuple(key), salt)).encode(), digest_size=8).digest()
    return context.mpf(0.3) + context.mpf(int.from_bytes(digest, "big")) / 2**64 * 2.7


_CONSTANT: dict[str, Callable[[], Value]] = {
    "%pi": lambda: +context.pi,
    "%e": lambda: +context.e,
    "%i": lambda: context.mpc(0, 1),
    "inf": lambda: context.inf,
    "minf": lambda: context.ninf,
    "%phi": lambda: +context.phi,
    "%gamma": lambda: +context.euler,
}


def _sum(*args: Value) -> Value:
    return context.fsum(args) if _is_finite(*args) else sum(args[1:], args[0])


def _product(*args: Value) -> Value:
    if any(arg == 0 for arg in args):
        return context.mpf(0)
    result = args[0]
    for arg in args[1:]:
        result = result * arg
    return result


def _divide(top: Value, bottom: Value) -> Value:
    if bottom == 0:
        raise ZeroDivisionError
    return top / bottom


def _power(base: Value, exponent: Value) -> Value:
    if base == 0:
        if context.re(exponent) <= 0:
            if exponent == 0:
                raise ZeroDivisionError
            raise ZeroDivisionError
        return context.mpf(0)
    if not _is_finite(base, exponent):
        raise ValueError
    size = abs(context.re(exponent)) * (abs(context.log(abs(base))) + 1)
    if size > MAX_MAGNITUDE:
        raise MathsError("too_large")
    whole = context.isint(exponent)
    if whole:
        return base ** int(exponent.real)
    return context.power(base, exponent)


def _root(base: Value, index: Value) -> Value:
    if context.isint(index) and int(index.real) % 2 and context.mpc(base).imag == 0 and base.real < 0:
        return -context.power(-base.real, 1 / index)
    return _power(base, _divide(context.mpf(1), index))


def _logarithm(value: Value, base: Value | None = None) -> Value:
    if value == 0:
        raise ZeroDivisionError
    natural = context.log(value)
    return natural if base is None else _divide(natural, context.log(base))


def _factorial(value: Value) -> Value:
    if abs(value) > 10**5:
        raise MathsError("too_large")
    return context.gamma(value + 1)


def _gamma(value: Value) -> Value:
    if abs(value) > 10**5:
        raise MathsError("too_large")
    return context.gamma(value)


def _real(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """Return the function for real arguments; others are refused."""

    def wrapped(value: Value) -> Value:
        number = context.mpc(value)
        if abs(number.imag) > 1e-25:
            raise ValueError
        return function(number.real)

    return wrapped


def _half_even(value: Value) -> Value:
    return context.nint(value)


def _gcd(*values: Value) -> Value:

    if not all(context.isint(value) for value in values):
        raise MathsError("not_numeric")
    return context.mpf(math.gcd(*(int(value.real) for value in values)))


def _lcm(*values: Value) -> Value:

    if not all(context.isint(value) for value in values):
        raise MathsError("not_numeric")
    return context.mpf(math.lcm(*(int(value.real) for value in values)))


def _trigonometric(name: str) -> Callable[[Value], Value]:
    function = getattr(context, name)

    def wrapped(value: Value) -> Value:
        if not _is_finite(value) or abs(value) > 10**9:
            raise ValueError
        found = function(value)
        if name in ("tan", "sec", "csc", "cot") and abs(found) > 10**30:
            raise ZeroDivisionError
        return found

    return wrapped


def _exact_sign(value: Value) -> Value:
    return context.mpf((value > 0) - (value < 0)) if abs(value) > 1e-30 else context.mpf(0)


_FUNCTIONS: dict[tuple[str, int], Callable[..., Value]] = {
    ("+", -1): _sum,
    ("*", -1): _product,
    (".", -1): _product,
    ("/", 2): _divide,
    ("neg", 1): lambda a: -a,
    ("pos", 1): lambda a: a,
    ("^", 2): _power,
    ("sqrt", 1): context.sqrt,
    ("root", 1): context.sqrt,
    ("root", 2): _root,
    ("log", 1): _logarithm,
    ("lg", 1): lambda a: _logarithm(a, context.mpf(10)),
    ("lg", 2): _logarithm,
    ("abs", 1): abs,
    ("cabs", 1): abs,
    ("carg", 1): context.arg,
    ("arg", 1): context.arg,
    ("conjugate", 1): context.conj,
    ("realpart", 1): context.re,
    ("imagpart", 1): context.im,
    ("signum", 1): _real(_exact_sign),
    ("floor", 1): _real(context.floor),
    ("ceiling", 1): _real(context.ceil),
    ("round", 1): _real(_half_even),
    ("truncate", 1): _real(lambda a: context.floor(a) if a >= 0 else context.ceil(a)),
    ("factorial", 1): _factorial,
    ("double_factorial", 1): context.fac2,
    ("gamma", 1): _gamma,
    ("binomial", 2): context.binomial,
    ("atan2", 2): lambda a, b: context.atan2(context.re(a), context.re(b)),
    ("max", -1): lambda *a: max(context.re(x) for x in a),
    ("min", -1): lambda *a: min(context.re(x) for x in a),
    ("mod", 2): lambda a, b: a - b * context.floor(context.re(_divide(a, b))),
    ("gcd", -1): _gcd,
    ("lcm", -1): _lcm,
    ("erf", 1): context.erf,
    **{
        (name, 1): _trigonometric(name)
        for name in [
            "sin",
            "cos",
            "tan",
            "sec",
            "csc",
            "cot",
            "asin",
            "acos",
            "atan",
            "asec",
            "acsc",
            "acot",
            "sinh",
            "cosh",
            "tanh",
            "sech",
            "csch",
            "coth",
            "asinh",
            "acosh",
            "atanh",
            "asech",
            "acsch",
            "acoth",
        ]
    },
}


def is_known(head: str) -> bool:
    """Return whether the function has a value of its own (it is no letter of the student's)."""
    return any(name == head for name, _ in _FUNCTIONS)


def constant_value(node: Node) -> Value | None:
    """Return the value of a tree without variables, or None when there are some.

    Raises Undefined where there is no value, MathsError ``not_numeric`` for what is no number.
    """
    if free_names(node):
        return None
    return Point({}).value(node)


def real_value(node: Node) -> Value | None:
    """Return the real value of a tree without variables; None for anything else (complex, infinite, undefined)."""
    try:
        value = constant_value(node)
    except (Undefined, MathsError):
        return None
    if value is None or not _is_finite(value):
        return None
    number = context.mpc(value)
    return number.real if abs(number.imag) <= TOLERANCE * max(1, abs(number.real)) else None


def close(a: Value, b: Value, share: float = 1e-22) -> bool:
    """Return whether two values differ by at most this share of the larger one."""
    if not _is_finite(a, b):
        return bool(a == b)
    return bool(abs(a - b) <= max(abs(a), abs(b)) * share)


def same_at(a: Node, b: Node, values: dict[str, Value], *, formal: bool = False, salt: int = 0) -> bool:
    """Return whether two trees have the same value at a point. Raises Undefined.

    Where terms have cancelled each other, what is left may be noise: it is, when it shrinks with more digits. Where a term
    is so large that others vanish beside it, there must be digits enough to see those as well.
    """
    point = Point(dict(values), formal=formal, salt=salt)
    first, second = point.value(a), point.value(b)
    if close(first, second, ROUNDING):
        return not _is_finite(first, second) or _same_in_full(a, b, point, values)
    if not _is_finite(first, second):
        return False
    if not close(first, second, SUSPICIOUS) and max(abs(first), abs(second)) > point.largest * SUSPICIOUS:
        return False
    return _shrinks(
        abs(first - second), lambda finer: abs(finer.value(a) - finer.value(b)), values, formal, salt
    )


def differ_as_reals(a: Node, b: Node, values: dict[str, Value], *, salt: int = 0) -> bool:
    """Return whether two trees, all parts of which are real numbers at a point, have different values there. Raises Undefined."""
    point = Point(dict(values), salt=salt)
    first, second = point.value(a), point.value(b)
    if not point.is_real or close(first, second, ROUNDING):
        return False
    return not same_at(a, b, values, salt=salt)


def _same_in_full(a: Node, b: Node, point: Point, values: dict[str, Value]) -> bool:
    """Return whether two trees that agree to forty digits still do when their largest term has digits enough.

    Raises Undefined where formal agreement would rest on such a point: what is small beside it could not be seen.
    """
    if point.largest <= DWARFING:
        return True
    if point.formal:
        raise Undefined
    digits = int(context.log10(point.largest))
    is_plain = all(part.head in _PLAIN for node in (a, b) for part in walk(node) if isinstance(part, App))
    if digits > (MOST_DIGITS if is_plain else MOST_DIGITS_SLOW):
        return True
    with context.workdps(60 + digits):
        finer = Point(dict(values), salt=point.salt)
        gap = abs(finer.value(a) - finer.value(b))
        return bool(gap <= finer.largest * context.mpf(10) ** -(digits + 30))


def vanishes_at(node: Node, values: dict[str, Value], *, salt: int = 0) -> bool:
    """Return whether a tree is zero at a point. Raises Undefined."""
    point = Point(dict(values), salt=salt)
    value = point.value(node)
    if value == 0:
        return True
    if not _is_finite(value) or abs(value) > point.largest * SUSPICIOUS:
        return False
    return _shrinks(abs(value), lambda finer: abs(finer.value(node)), values, False, salt)


#: What rounding to forty digits may leave between equal values.
ROUNDING = 1e-36
#: Beside a term so large, others may be lost; beyond so many digits nobody looks for them (fewer where each costs more).
DWARFING = 1e12
MOST_DIGITS, MOST_DIGITS_SLOW = 40_000, 3000
_PLAIN = frozenset({"+", "*", "/", "^", "neg", "pos", "factorial"})
#: A result that is smaller than this share of what it was made from may be noise.
SUSPICIOUS = 1e-12


def _shrinks(
    coarse: Value, again: Callable[[Point], Value], values: dict[str, Value], formal: bool, salt: int
) -> bool:
    with context.workdps(100):
        fine = again(Point(dict(values), formal=formal, salt=salt))
    return bool(fine < coarse * 1e-20)


_RANGES = (
    *((0.2, 0.9), (1.1, 3.0), (2.0, 7.0), (9.0, 40.0), (-0.9, -0.2), (-3.0, -1.1), (-3.0, 3.0), (-3.0, 3.0)),
    *((-9.0, -2.0), (-3.0, 3.0), (3.0, 9.0), (-30.0, 30.0)),
)


def sample_points(
    names: Sequence[str], *, whole: frozenset[str] = frozenset(), count: int = len(_RANGES)
) -> list[dict[str, Value]]:
    """Return the same points each time: positive, negative and mixed ones; ``whole`` names get whole numbers."""
    points = []
    for index in range(count):
        low, high = _RANGES[index % len(_RANGES)]
        values: dict[str, Value] = {}
        for name in sorted(names):
            share = (_noise(("point", name, index), 0) - context.mpf(0.3)) / 2.7
            values[name] = (
                context.mpf(2 + int(share * 6)) if name in whole else context.mpf(low) + share * (high - low)
            )
        points.append(values)
    return points


def whole_names(*nodes: Node) -> frozenset[str]:
    """Return the variables that stand in the bounds of a sum or product: they are whole numbers."""
    found: set[str] = set()
    for node in nodes:
        for part in walk(node):
            if isinstance(part, App) and part.head in ("sum", "product") and len(part.args) == 4:
                found |= free_names(part.args[2]) | free_names(part.args[3])
    return frozenset(found)
