"""Compare equations, inequalities, intervals and what is built from them with and, or, not."""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy
from sympy.polys.polyerrors import BasePolynomialError

from lms.assessment.maths.expressions import constant_ratio, same_expression
from lms.assessment.maths.real_line import MAX_DEGREE, combine, difference, line_truth, mentions_infinity
from lms.assessment.maths.sympify import from_sympy, to_sympy
from lms.assessment.maths.tree import (
    LOGIC,
    RELATIONS,
    App,
    MathsError,
    Name,
    Node,
    add,
    app,
    free_names,
    is_app,
    multiply,
    negate,
    number,
    rebuild,
    walk,
)

__all__ = [
    "is_solved",
    "same_equation",
    "same_inequality",
    "same_statement",
    "statement_of",
    "truth_table_equal",
]

MAX_ATOMS = 8
_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "#", "#": "="}
TRUE, FALSE = Name("true"), Name("false")


def _sides(node: Node) -> tuple[Node, Node]:
    assert isinstance(node, App)
    return node.args[0], node.args[1]


def same_equation(a: Node, b: Node) -> tuple[bool, str]:
    """Return whether two equations say the same: equal sides, or sides whose difference is a multiple."""
    left, right = _sides(a)
    other_left, other_right = _sides(b)
    if same_expression(left, other_left) and same_expression(right, other_right):
        return True, "equation_sides"
    if same_expression(left, other_right) and same_expression(right, other_left):
        return True, "equation_sides_swapped"
    first, second = difference(a), difference(b)
    zeros = [same_expression(node, number(0)) for node in (first, second)]
    if any(zeros):
        return all(zeros), "equation_zero"
    if not free_names(first) and not free_names(second):
        return True, "equation_never"
    if constant_ratio(first, second):
        return True, "equation_ratio"
    return False, "equation_different"


def same_inequality(a: Node, b: Node) -> tuple[bool, str]:
    """Return whether two inequalities have the same solutions."""
    first, second = _upright(a), _upright(b)
    if first.head == second.head and constant_ratio(
        first.args[0], second.args[0], positive=first.head != "#"
    ):
        return True, "inequality_ratio"
    names = [free_names(first), free_names(second)]
    if first.head != second.head and (mentions_infinity(first) or mentions_infinity(second)):
        return False, "inequality_strictness"
    if len(names[0]) <= 1 and len(names[1]) <= 1:
        return _same_on_line([first, second], names), "inequality_solved"
    return False, "inequality_different"


def _upright(node: Node) -> App:
    """Return the inequality as ``something > 0`` or ``something >= 0``."""
    left, right = _sides(node)
    head = node.head if isinstance(node, App) else ""
    if head in ("<", "<="):
        return App(">" if head == "<" else ">=", (add(right, negate(left)), number(0)))
    return App(head, (add(left, negate(right)), number(0)))


def _same_on_line(nodes: list[App], names: list[frozenset[str]]) -> bool:
    """Return whether statements in one variable each (it may have different names) hold at the same real numbers."""
    renamed = []
    for node, used in zip(nodes, names, strict=True):
        name = next(iter(used), None)
        renamed.append(_with_variable(node, name))
    return line_truth(renamed[0], renamed[1])


def _with_variable(node: Node, name: str | None) -> Node:
    return rebuild(node, lambda part: Name("x") if isinstance(part, Name) and part.name == name else part)


def statement_of(node: Node) -> Node:
    """Return the statement with ± written out as two, and ``stackeq`` taken away."""
    node = rebuild(node, _without_marks)
    if (
        isinstance(node, App)
        and node.head in RELATIONS
        and any(is_app(part, "pm", "mp") for part in walk(node))
    ):
        both = [rebuild(node, lambda part, plus=plus: choose_sign(part, plus)) for plus in (True, False)]  # type: ignore[misc]
        return App("or", tuple(both))
    if isinstance(node, App) and node.head in LOGIC:
        return App(node.head, tuple(statement_of(arg) for arg in node.args))
    return node


def _without_marks(part: Node) -> Node:
    if isinstance(part, App) and part.head in ("stackeq", "stacklet") and len(part.args) == 1:
        return part.args[0]
    return part


def choose_sign(part: Node, plus: bool) -> Node:
    """Return ± as plus or as minus, and ∓ as the other."""
    if not isinstance(part, App) or part.head not in ("pm", "mp"):
        return part
    last = part.args[-1] if plus == (part.head == "pm") else negate(part.args[-1])
    return last if len(part.args) == 1 else add(part.args[0], last)


def atoms_of(node: Node) -> list[Node]:
    """Return the statements that are combined."""
    if isinstance(node, App) and node.head in LOGIC:
        return [atom for arg in node.args for atom in atoms_of(arg)]
    return [] if node in (TRUE, FALSE) else [node]


def same_statement(a: Node, b: Node, *, is_real: bool = False) -> bool:
    """Return whether two statements hold together.

    In one variable: at the same numbers; complex ones count for polynomial equations joined by "or", unless ``is_real``.
    Otherwise: their truth tables over the relations in them, equivalent relations counting as one.
    """
    a, b = statement_of(a), statement_of(b)
    names = free_names(a) | free_names(b)
    relations = [
        part for node in (a, b) for part in walk(node) if isinstance(part, App) and part.head in RELATIONS
    ]
    letters = [atom for node in (a, b) for atom in atoms_of(node) if isinstance(atom, Name)]
    if relations and not letters and len(names) == 1:
        variable = next(iter(names))
        first, second = _with_variable(a, variable), _with_variable(b, variable)
        complex_too = None if is_real else _same_complex_zeros(first, second)
        return line_truth(first, second) if complex_too is None else complex_too
    product_form = [as_product(node) for node in (a, b)]
    if relations and product_form[0] is not None and product_form[1] is not None:
        return constant_ratio(product_form[0], product_form[1])
    return truth_table_equal(a, b)


def _same_complex_zeros(a: Node, b: Node) -> bool | None:
    """Return whether polynomial equations in x joined by "or" have the same complex zeros; None for anything else."""
    parts = [_square_free(node) for node in (a, b)]
    if parts[0] is None or parts[1] is None:
        return None
    return bool(
        sympy.expand(parts[0] - parts[1]) == 0 or constant_ratio(from_sympy(parts[0]), from_sympy(parts[1]))
    )


def _square_free(node: Node) -> Any:
    """Return the polynomial whose zeros, each once, solve the equations; 1 for "false", None when there is none."""
    if node == FALSE:
        return sympy.Integer(1)
    whole = as_product(node)
    if whole is None:
        return None
    try:
        value = sympy.together(to_sympy(whole))
        top, bottom = value.as_numer_denom()
        polynomial = sympy.Poly(top, sympy.Symbol("x"), extension=True)
        if bottom.free_symbols or polynomial.is_zero or polynomial.degree() > MAX_DEGREE:
            return None
        return sympy.Poly(polynomial.sqf_part(), sympy.Symbol("x")).monic().as_expr()
    except (MathsError, BasePolynomialError, NotImplementedError):
        return None


def as_product(node: Node) -> Node | None:
    """Return equations joined by ``or`` as one product that is zero; None for anything else."""
    if is_app(node, "="):
        return difference(node)
    if isinstance(node, App) and node.head == "or":
        factors = [as_product(arg) for arg in node.args]
        known = [factor for factor in factors if factor is not None]
        return multiply(*known) if len(known) == len(factors) else None
    return None


def truth_table_equal(a: Node, b: Node) -> bool:
    """Return whether two combinations of statements have the same truth table. Raises MathsError ``too_large``."""
    groups: list[Node] = []
    for atom in (*atoms_of(a), *atoms_of(b)):
        if _find(atom, groups) is None:
            groups.append(atom)
    if len(groups) > MAX_ATOMS:
        raise MathsError("too_large")
    for values in product((False, True), repeat=len(groups)):
        if _truth(a, groups, values) != _truth(b, groups, values):
            return False
    return True


def _find(atom: Node, groups: list[Node]) -> tuple[int, bool] | None:
    """Return the group of an atom, and whether it is the group's opposite."""
    for index, group in enumerate(groups):
        if _same_atom(atom, group):
            return index, False
        is_relation = isinstance(atom, App) and atom.head in _OPPOSITE
        if is_relation and _same_atom(App(_OPPOSITE[atom.head], atom.args), group):  # type: ignore[union-attr]
            return index, True
    return None


def _same_atom(a: Node, b: Node) -> bool:
    if a == b:
        return True
    if not (isinstance(a, App) and isinstance(b, App)):
        return False
    if a.head == "=" and b.head == "=":
        return same_equation(a, b)[0]
    if a.head in RELATIONS and b.head in RELATIONS and "=" not in (a.head, b.head):
        first, second = _upright(a), _upright(b)
        return first.head == second.head and constant_ratio(
            first.args[0], second.args[0], positive=first.head != "#"
        )
    return a.head not in RELATIONS and b.head not in RELATIONS and same_expression(a, b)


def _truth(node: Node, groups: list[Node], values: tuple[bool, ...]) -> bool:
    if node in (TRUE, FALSE):
        return node == TRUE
    if isinstance(node, App) and node.head in LOGIC:
        return combine(node, [_truth(arg, groups, values) for arg in node.args])
    found = _find(node, groups)
    assert found is not None
    return values[found[0]] != found[1]


def is_solved(node: Node) -> bool:
    """Tell whether every statement in it says of a letter alone what number it is, or how it lies to one."""
    if not (isinstance(node, App) and node.head in {*LOGIC, *RELATIONS}):
        return not free_names(node)
    if node.head in LOGIC:
        return all(map(is_solved, node.args))
    sides = sorted(node.args, key=lambda side: bool(free_names(side)))
    return isinstance(sides[1], Name) and not free_names(sides[0])


def same_real_set(a: Node, b: Node) -> bool:
    """Return whether two unions of intervals hold the same real numbers."""
    return line_truth(_as_set(a), _as_set(b))


def _as_set(node: Node) -> Node:
    """Return sets of points and ``realset(x, …)`` inside as statements about x."""

    def change(part: Node) -> Node:
        if isinstance(part, App) and part.head == "set":
            equal = [app("=", Name("x"), item) for item in part.args]
            return FALSE if not equal else equal[0] if len(equal) == 1 else App("or", tuple(equal))
        if isinstance(part, App) and part.head == "realset" and len(part.args) == 2:
            return part.args[1]
        return part

    return rebuild(node, change)
