"""Where a statement about one real number x holds: the places where that may change, and its truth there and between them.

A polynomial's zeros are found exactly. Of anything else the sign is looked at on a grid (close together near zero, ever further
apart far out), and each change, each edge of its domain and each place where it only touches zero is closed in upon.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import sympy
from sympy.polys.polyerrors import BasePolynomialError

from lms.assessment.maths.numeric import (
    Point,
    Undefined,
    Value,
    constant_value,
    context,
    vanishes_at,
)
from lms.assessment.maths.sympify import to_sympy
from lms.assessment.maths.tree import (
    RELATIONS,
    App,
    MathsError,
    Name,
    Node,
    add,
    free_names,
    negate,
    walk,
)

__all__ = ["MAX_DEGREE", "combine", "difference", "line_truth", "mentions_infinity"]

MAX_DEGREE = 60
_INTERVALS = frozenset({"oo", "oc", "co", "cc"})
_PERIODIC = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_TINY = context.mpf(10) ** -18
#: Beside a place that was only closed in upon, so far away a function is larger than what rounding leaves of its zero.
_ASIDE = context.mpf(10) ** -10
#: The grid: this many steps a unit up to ``_NEAR``, then each place ``_GROWTH`` times the last, up to ``_FAR`` (periodic: less).
_STEPS, _NEAR, _GROWTH, _FAR, _FAR_PERIODIC = 7, 20, 1.8, 1e30, 1e3
#: Changes that are looked for between two places of the grid.
_MOST_CHANGES = 4


def difference(node: Node) -> Node:
    """Return left minus right of a relation."""
    assert isinstance(node, App)
    return add(node.args[0], negate(node.args[1]))


def mentions_infinity(node: Node) -> bool:
    """Return whether infinity stands in the tree."""
    return any(isinstance(part, Name) and part.name in ("inf", "minf") for part in walk(node))


def line_truth(a: Node, b: Node) -> bool:
    """Return whether two statements about the real number x hold at the same places.

    Raises MathsError for what is no statement, and ``too_large`` where nothing could be compared.
    """
    marks = _merged([mark for node in (a, b) for mark in _critical_points(node)]) or [context.mpf(0)]
    between = [marks[0] - 1, marks[0] - 1000, marks[-1] + 1, marks[-1] + 1000]
    between += [(mark + after) / 2 for mark, after in itertools.pairwise(marks)]
    compared = 0
    for place, is_mark in [*((mark, True) for mark in marks), *((place, False) for place in between)]:
        try:
            if _holds(a, place, is_mark) != _holds(b, place, is_mark):
                return False
            compared += 1
        except MathsError as error:
            if error.code != "too_large":
                raise
    if not compared:
        raise MathsError("too_large")
    return True


def _merged(places: Sequence[Value]) -> list[Value]:
    merged: list[Value] = []
    for place in sorted(places):
        if not merged or abs(place - merged[-1]) > 100 * _TINY * max(1, abs(place)):
            merged.append(place)
    return merged


def _critical_points(node: Node) -> list[Value]:
    """Return the real places where a relation in x may change: zeros of the difference and of its denominators."""
    found: list[Value] = []
    for part in walk(node):
        if isinstance(part, App) and part.head in RELATIONS:
            expression = difference(part)
            found += _real_zeros(expression)
            for inner in walk(expression):
                if isinstance(inner, App) and inner.head in ("/", "log", "abs", "sqrt"):
                    found += _real_zeros(inner.args[-1])
        elif isinstance(part, App) and part.head in _INTERVALS and len(part.args) == 2:
            for end in part.args:
                value = constant_value(end)
                if value is not None and not context.isinf(value):
                    found.append(context.re(value))
    return found


def _real_zeros(node: Node) -> list[Value]:
    """Return the real places where an expression in x is zero, changes its sign or begins to have a value."""
    if "x" not in free_names(node) or mentions_infinity(node):
        return []
    exact = _polynomial_zeros(node)
    return _changes_on_grid(node) if exact is None else exact


def _polynomial_zeros(node: Node) -> list[Value] | None:
    """Return the real zeros of a polynomial or a quotient of polynomials in x; None for anything else."""
    try:
        top = sympy.together(to_sympy(node)).as_numer_denom()[0]
        polynomial = sympy.Poly(top, sympy.Symbol("x"))
        if polynomial.degree() > MAX_DEGREE or polynomial.is_zero:
            return None
        if polynomial.degree() < 1:
            return []
        if polynomial.domain.is_QQ or polynomial.domain.is_ZZ:
            roots = sympy.real_roots(polynomial, multiple=True)
            return [context.mpf(str(sympy.N(root, 40))) for root in roots]
        return [context.mpf(str(root)) for root in polynomial.nroots(n=35, maxsteps=200) if root.is_real]
    except (MathsError, BasePolynomialError):
        return None


def _grid(node: Node) -> list[Value]:
    """Return places from left to right; few zeros lie at simple numbers, so the grid avoids them."""
    is_periodic = any(isinstance(part, App) and part.head in _PERIODIC for part in walk(node))
    outside = [context.mpf(_NEAR)]
    while outside[-1] < (_FAR_PERIODIC if is_periodic else _FAR):
        outside.append(outside[-1] * _GROWTH)
    steps = _STEPS * _NEAR
    inside = [context.mpf(step) / _STEPS for step in range(1 - steps, steps)]
    return [
        place - context.mpf(1) / 97 for place in (*(-far for far in reversed(outside)), *inside, *outside)
    ]


def _changes_on_grid(node: Node) -> list[Value]:
    def value_at(place: Value) -> Value | None:
        return _real_value(node, place)

    def sign_at(place: Value) -> int | None:
        value = value_at(place)
        return None if value is None else (value > 0) - (value < 0)

    grid = _grid(node)
    values = [value_at(place) for place in grid]
    signs = [None if value is None else (value > 0) - (value < 0) for value in values]
    found: list[Value] = []
    for index, (low, high) in enumerate(itertools.pairwise(grid)):
        if signs[index] != signs[index + 1]:
            crossed = _crossing(value_at, low, high) if signs[index] and signs[index + 1] else None
            found += _changes(sign_at, low, high) if crossed is None else [crossed]
        elif index and _dips(values[index - 1 : index + 2]):
            found += _touch(lambda place: abs(value_at(place) or 0), grid[index - 1], high)
    return [_plain(place) for place in found]


def _real_value(node: Node, place: Value) -> Value | None:
    """Return the value where it is a real number, 0 for what rounding may have left; None elsewhere."""
    point = Point({"x": place})
    try:
        value = context.mpc(point.value(node))
    except (Undefined, MathsError):
        return None
    if abs(value.imag) > 1e-20 * max(1, abs(value)) or not context.isfinite(value):
        return None
    return context.mpf(0) if abs(value.real) <= 1e-36 * min(point.largest, 1) else value.real


def _crossing(value_at: Callable[[Value], Value | None], low: Value, high: Value) -> Value | None:
    """Return the only place between, if it is found quickly, where a smooth function goes through zero; else None."""
    try:
        place = context.re(
            context.findroot(value_at, (low, high), solver="anderson", maxsteps=25, tol=1e-50, verify=False)
        )
        aside = 1e-20 * max(1, abs(place))
        seen = [value_at(end) for end in (low, place - aside, place + aside, high)]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    ends = [end for end in seen if end]
    if not low < place < high or len(ends) < len(seen):
        return None
    before, left, right, after = ends
    is_crossed = (before > 0) == (left > 0) != (right > 0) == (after > 0)
    return place if is_crossed and max(abs(left), abs(right)) < min(abs(before), abs(after)) else None


def _changes(sign_at: Callable[[Value], int | None], low: Value, high: Value) -> list[Value]:
    """Return the places between where the sign, or whether there is a value, changes."""
    found: list[Value] = []
    last = sign_at(high)
    for _ in range(_MOST_CHANGES):
        first, far = sign_at(low), high
        if first == last:
            break
        for _ in range(200):
            middle = (low + far) / 2
            if far - low <= 1e-26 * max(abs(low), abs(far)) or middle in (low, far):
                break
            if sign_at(middle) == first:
                low = middle
            else:
                far = middle
        found.append(far)
        low = far + 1e-12 * max(1, abs(far))
        if low >= high:
            break
    return found


def _dips(values: Sequence[Value | None]) -> bool:
    """Tell whether the middle one of three values of one sign is the nearest to zero."""
    sizes = [abs(value) for value in values if value is not None]
    if len(sizes) != 3:
        return False
    before, middle, after = sizes
    return bool(0 < middle < before and middle <= after)


def _touch(size: Callable[[Value], Value], low: Value, high: Value) -> list[Value]:
    """Return the place between where a function that keeps its sign is zero, if it comes down to it."""
    share = (context.sqrt(5) - 1) / 2
    start = max(size(low), size(high))
    left, right = high - share * (high - low), low + share * (high - low)
    at_left, at_right = size(left), size(right)
    for step in range(110):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - share * (high - low)
            at_left = size(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + share * (high - low)
            at_right = size(right)
        if step == 24 and min(at_left, at_right) > 1e-4 * start:  # it turns back before it is there
            return []
    return [(low + high) / 2] if min(at_left, at_right) <= 1e-30 * start else []


def _plain(place: Value) -> Value:
    """Return the simple fraction that a place lies at but for rounding, or the place."""
    for under in range(1, 13):
        nearest = context.nint(place * under) / under
        if abs(place - nearest) <= 1e-17 * max(1, abs(place)):
            return nearest
    return place


def _holds(node: Node, place: Value, is_mark: bool) -> bool:
    """Return whether a statement about x holds at a place; where a side has no real value it does not.

    ``is_mark``: the place was closed in upon, so that what is zero there is so but for rounding.
    """
    if isinstance(node, Name):
        return node.name in ("true", "all")
    if not isinstance(node, App):
        raise MathsError("not_a_statement")
    if node.head in RELATIONS:
        return _relation_holds(node, place, is_mark)
    if node.head in _INTERVALS:
        return _within(node, place)
    return combine(node, [_holds(arg, place, is_mark) for arg in node.args])


def _within(node: App, place: Value) -> bool:
    low, high = (constant_value(end) for end in node.args)
    if low is None or high is None:
        raise MathsError("not_numeric")
    below = place > low + _TINY or (node.head[0] == "c" and abs(place - low) <= _TINY)
    above = place < high - _TINY or (node.head[1] == "c" and abs(place - high) <= _TINY)
    return bool(below and above)


def _relation_holds(node: App, place: Value, is_mark: bool) -> bool:
    if mentions_infinity(node):
        left, right = (context.re(Point({"x": place}).value(side)) for side in node.args)
        return _COMPARED[node.head](left - right if left != right else context.mpf(0))
    whole, point = difference(node), Point({"x": place})
    try:
        sides = [context.mpc(point.value(side)) for side in node.args]
        if any(abs(side.imag) > _TINY * max(1, abs(side)) for side in sides):
            return False
        gap = sides[0].real - sides[1].real
        is_zero = _is_zero_at(whole, gap, place, point) if is_mark else vanishes_at(whole, {"x": place})
    except Undefined:
        return False
    return _COMPARED[node.head](context.mpf(0) if is_zero else gap)


def _is_zero_at(whole: Node, gap: Value, place: Value, point: Point) -> bool:
    """Return whether a function is zero at a place that is known but for rounding: far smaller there than beside it."""
    if abs(gap) > _TINY * max(1, point.largest):
        return False
    aside = _ASIDE * max(1, abs(place))
    beside = [
        abs(value)
        for near in (place - aside, place + aside)
        if (value := _real_value(whole, near)) is not None
    ]
    return not beside or abs(gap) <= 1e-6 * max(beside) or vanishes_at(whole, {"x": place})


_COMPARED: dict[str, Callable[[Any], bool]] = {
    "=": lambda gap: bool(gap == 0),
    "#": lambda gap: bool(gap != 0),
    "<": lambda gap: bool(gap < 0),
    ">": lambda gap: bool(gap > 0),
    "<=": lambda gap: bool(gap <= 0),
    ">=": lambda gap: bool(gap >= 0),
}


def combine(node: App, values: list[bool]) -> bool:
    """Return the truth of a combination from that of its parts. Raises MathsError ``not_a_statement``."""
    if node.head in ("and", "intersection"):
        return all(values)
    if node.head in ("or", "union", "%union"):
        return any(values)
    if node.head == "not":
        return not values[0]
    if node.head in ("xor", "xnor"):
        odd = sum(values) % 2 == 1
        return odd if node.head == "xor" else not odd
    if node.head == "nand":
        return not all(values)
    if node.head == "nor":
        return not any(values)
    if node.head == "implies":
        return not values[0] or values[1]
    raise MathsError("not_a_statement")
