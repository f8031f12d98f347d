"""Answer tests for the form of an expression: factored, expanded, one fraction, partial fractions, lowest terms."""

from __future__ import annotations

from math import gcd, prod
from typing import Any

import sympy

from lms.assessment.maths.derivative import derivative
from lms.assessment.maths.equivalence import equivalent
from lms.assessment.maths.expressions import same_expression
from lms.assessment.maths.kinds import Kind, kind_of
from lms.assessment.maths.sympify import to_sympy
from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    Num,
    free_names,
    is_app,
    multiply,
    number,
    replace,
    walk,
)
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = [
    "completed_square",
    "expanded",
    "factored",
    "lowest_terms",
    "partial_fractions",
    "same_type",
    "single_fraction",
]


def same_type(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether both are the same sort of thing, their items too."""
    return Verdict.of(_same_type(student, teacher), "")


def _same_type(a: Node, b: Node) -> bool:
    if _coarse(a) != _coarse(b):
        return False
    if kind_of(a) in (Kind.SET, Kind.MATRIX):
        return True
    if kind_of(a) is not Kind.LIST or not (isinstance(a, App) and isinstance(b, App)):
        return True
    if len(a.args) != len(b.args):
        return False
    return all(_same_type(x, y) for x, y in zip(a.args, b.args, strict=True))


def _coarse(node: Node) -> str:
    kind = kind_of(node)
    return "inequality" if kind in (Kind.INEQUALITY, Kind.LOGIC) else kind.value


def _not_expression(student: Node, teacher: Node) -> Verdict | None:
    for node, reason in ((student, "not_expression"), (teacher, "teacher_not_expression")):
        if kind_of(node) is not Kind.EXPRESSION:
            return Verdict.of(False, reason)
    return None


def _variable(option: Node | None) -> Node:
    if option is None:
        raise MathsError("option_missing")
    if isinstance(option, Num) or kind_of(option) is not Kind.EXPRESSION or not free_names(option):
        raise MathsError("option_wrong")
    return option


def expanded(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether nothing is left to multiply out; the teacher's answer plays no part."""
    if kind_of(student) is not Kind.EXPRESSION:
        return Verdict.of(False, "not_expression")
    return Verdict.of(_is_expanded(student), "")


def _is_expanded(node: Node) -> bool:
    if not isinstance(node, App):
        return True
    if node.head in ("+", "neg", "pos"):
        inner = node.args[0]
        is_minus_sum = node.head == "neg" and isinstance(inner, App) and inner.head == "+"
        return not is_minus_sum and all(map(_is_expanded, node.args))
    if node.head == "*":
        return not any(map(_is_sum, node.args)) and all(map(_is_expanded, node.args))
    if node.head == "/":
        return not _is_sum(node.args[0]) and _is_expanded(node.args[0])
    if node.head == "^":
        base, exponent = node.args[0], _whole(node.args[1])
        if exponent is not None and exponent > 1:
            return not (_is_sum(base) or is_app(base, "*", "/")) and _is_expanded(base)
        return exponent == 0 or (_is_expanded(base) and not _hides_product(node))
    if node.head == "sqrt":
        return _is_expanded(node.args[0])
    return not _hides_product(node)


def _whole(exponent: Node) -> int | None:
    """Return the value of an exponent that is a whole number, however it is written."""
    if free_names(exponent) or kind_of(exponent) is not Kind.EXPRESSION:
        return None
    value = to_sympy(exponent)
    return int(value) if value.is_Integer else None


def _hides_product(node: Node) -> bool:
    """Return whether a function or power undoes another, as exp(log(…)) does, with something left to multiply out in it."""
    value = to_sympy(node) if free_names(node) else sympy.Integer(1)
    return bool(value.is_polynomial() and sympy.expand(value) != value)


def _is_sum(node: Node) -> bool:
    while isinstance(node, App) and node.head in ("neg", "pos"):
        node = node.args[0]
    return isinstance(node, App) and node.head == "+"


def factored(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the expression is equivalent and a product of factors that cannot be factored over ℚ."""
    _variable(option)
    wrong = _not_expression(student, teacher)
    if wrong is not None:
        return wrong
    if not same_expression(student, teacher):
        return Verdict.of(False, "not_equivalent")
    factors = _written_factors(student)
    is_rational = to_sympy(teacher).is_rational_function()
    is_factored = all(_is_prime(factor) for factor in factors) and not (
        is_rational and any(free_names(factor) and not _is_written_rational(factor) for factor in factors)
    )
    return Verdict.of(is_factored, "factored" if is_factored else "not_factored")


def _written_factors(node: Node) -> list[Node]:
    if isinstance(node, App):
        if node.head == "*":
            return [factor for arg in node.args for factor in _written_factors(arg)]
        if node.head in ("neg", "pos"):
            return _written_factors(node.args[0])
        if node.head == "/":
            return _written_factors(node.args[0]) + _written_factors(node.args[1])
        if node.head == "^" and not free_names(node.args[1]):
            return _written_factors(node.args[0])
        if node.head == "sqrt":
            return _written_factors(node.args[0])
    return [node]


def _is_written_rational(node: Node) -> bool:
    """Return whether an expression is written with names, numbers, the four operations and whole powers only."""
    if not isinstance(node, App) or not free_names(node):
        return True
    if node.head == "^":
        return _whole(node.args[1]) is not None and _is_written_rational(node.args[0])
    return node.head in ("+", "*", "/", "neg", "pos") and all(map(_is_written_rational, node.args))


def _is_prime(factor: Node) -> bool:
    """Return whether a factor cannot be factored further; numbers and single names never are taken apart."""
    if not _is_sum(factor):
        return True
    if not free_names(factor):
        return True
    value = sympy.nsimplify(to_sympy(factor)) if _has_decimals(factor) else to_sympy(factor)
    if _common_number(value):
        return False
    content, factors = sympy.factor_list(sympy.fraction(sympy.together(value))[0])
    if sympy.denom(sympy.together(value)).free_symbols:
        return False
    if sum(power for _, power in factors) != 1:
        return False
    return bool(content in (1, -1) or (content.is_Rational and abs(content.p) == 1))


def _has_decimals(node: Node) -> bool:
    return any(isinstance(part, Num) and part.is_decimal for part in walk(node))


def _common_number(value: Any) -> bool:
    """Return whether i, or a surd, divides every term of a sum."""
    if not value.is_Add:
        return False
    shared = [
        {factor for factor in sympy.Mul.make_args(term) if _is_irrational(factor)} for term in value.args
    ]
    return bool(set.intersection(*shared))


def _is_irrational(factor: Any) -> bool:
    return bool(factor.is_number and not factor.is_Rational)


def single_fraction(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the expression is equivalent and written as one fraction with none inside."""
    wrong = _not_expression(student, teacher)
    if wrong is not None:
        return wrong
    inner = student
    while isinstance(inner, App) and inner.head in ("neg", "pos"):
        inner = inner.args[0]
    if isinstance(inner, App) and inner.head == "/":
        if any(_has_fraction(part) for part in inner.args):
            return Verdict.of(False, "fraction_inside")
    elif _has_fraction(inner):
        return Verdict.of(False, "several_parts")
    return Verdict.of(same_expression(student, teacher), "")


def _has_fraction(node: Node) -> bool:
    """Return whether a quotient or a negative power stands in it, exponents not counted."""
    if not isinstance(node, App):
        return False
    if node.head == "/":
        return True
    if node.head == "^":
        exponent = node.args[1]
        return (isinstance(exponent, App) and exponent.head == "neg") or _has_fraction(node.args[0])
    return any(map(_has_fraction, node.args)) if node.head in ("+", "*", "neg", "pos") else False


def partial_fractions(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the expression is equivalent and written as the sum of its partial fractions over ℚ."""
    variable = _variable(option)
    wrong = _not_expression(student, teacher)
    if wrong is not None:
        return wrong
    if not isinstance(variable, Name):
        return INVALID("option_wrong")
    symbol = to_sympy(variable)
    whole = sympy.together(to_sympy(student))
    if not whole.is_rational_function(symbol):
        return Verdict.of(False, "not_rational")
    if not same_expression(student, teacher):
        return Verdict.of(False, "not_equivalent")
    wanted = sympy.apart(whole, symbol, full=False)
    same = _terms_match(_written_terms(student), list(sympy.Add.make_args(wanted)), symbol)
    return Verdict.of(same, "partial_fractions" if same else "not_partial_fractions")


def _written_terms(node: Node) -> list[Any]:
    """Return the terms of a sum with constant factors before brackets multiplied in."""
    if isinstance(node, App):
        if node.head == "+":
            return [term for arg in node.args for term in _written_terms(arg)]
        if node.head in ("neg", "pos"):
            return [-term if node.head == "neg" else term for term in _written_terms(node.args[0])]
        if node.head == "*":
            sums = [arg for arg in node.args if _is_sum(arg)]
            others = [arg for arg in node.args if not _is_sum(arg)]
            if len(sums) == 1 and not any(free_names(arg) for arg in others):
                return [to_sympy(multiply(*others)) * term for term in _written_terms(sums[0])]
        if node.head == "/" and _is_sum(node.args[0]) and not free_names(node.args[1]):
            return [term / to_sympy(node.args[1]) for term in _written_terms(node.args[0])]
    return [to_sympy(node)]


def _terms_match(mine: list[Any], wanted: list[Any], symbol: Any) -> bool:
    """Return whether the fractions are the same one by one and the polynomial parts in sum."""

    def parts(terms: list[Any]) -> tuple[list[Any], Any]:
        fractions = [term for term in terms if not term.is_polynomial(symbol)]
        return fractions, sum((term for term in terms if term.is_polynomial(symbol)), sympy.Integer(0))

    (first, first_rest), (second, second_rest) = parts(mine), parts(wanted)
    if len(first) != len(second) or sympy.expand(first_rest - second_rest) != 0:
        return False
    for term in first:
        found = next((other for other in second if sympy.cancel(term - other) == 0), None)
        if found is None:
            return False
        second.remove(found)
    return True


def completed_square(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the expression is equivalent and written a(x − b)² + c in the option's variable."""
    variable = _variable(option)
    if kind_of(student) is not Kind.EXPRESSION:
        return Verdict.of(False, "not_expression")
    if not any(part == variable for node in (student, teacher) for part in walk(node)):
        return Verdict.of(equivalent(student, teacher).result is True, "variable_in_neither")
    if not any(part == variable for part in walk(student)):
        return Verdict.of(False, "variable_missing")
    terms = _sum_terms(student)
    moving = [term for term in terms if any(part == variable for part in walk(term))]
    in_form = len(moving) == 1 and _is_square(moving[0], variable)
    if not in_form:
        return Verdict.of(False, "not_completed")
    return Verdict.of(equivalent(student, teacher).result is True, "")


def _sum_terms(node: Node) -> list[Node]:
    if isinstance(node, App):
        if node.head == "+":
            return [term for arg in node.args for term in _sum_terms(arg)]
        if node.head == "pos":
            return _sum_terms(node.args[0])
    return [node]


def _is_square(node: Node, variable: Node) -> bool:
    if isinstance(node, App):
        if node.head in ("neg", "pos"):
            return _is_square(node.args[0], variable)
        if node.head == "*":
            moving = [arg for arg in node.args if any(part == variable for part in walk(arg))]
            return len(moving) == 1 and _is_square(moving[0], variable)
        if node.head == "/":
            fixed = not any(part == variable for part in walk(node.args[1]))
            return fixed and _is_square(node.args[0], variable)
        if node.head == "^" and node.args[1] == number(2):
            inside = replace(node.args[0], {variable: Name("x")})
            return _is_written_rational(inside) and _is_constant(derivative(node.args[0], variable), variable)
    return False


def _is_constant(slope: Node, variable: Node) -> bool:
    """Return whether a derivative no longer changes with the variable."""
    here = replace(slope, {variable: number(3)})
    there = replace(slope, {variable: number(8)})
    return same_expression(here, there)


def lowest_terms(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the answer is equivalent, all its fractions of whole numbers cancelled, no surd below a line."""
    if any(_has_surd_below(part) for part in walk(student)):
        return Verdict.of(False, "not_rational_below")
    if any(_can_cancel(part) for part in walk(student)):
        return Verdict.of(False, "can_cancel")
    return Verdict.of(equivalent(student, teacher).result is True, "")


def _has_surd_below(node: Node) -> bool:
    if not (isinstance(node, App) and node.head == "/"):
        return False
    below = node.args[1]
    surds = [part for part in walk(below) if _is_surd(part)]
    return any(not free_names(part) for part in surds)


def _is_surd(node: Node) -> bool:
    if node == Name("%i"):
        return True
    if not isinstance(node, App):
        return False
    if node.head in ("sqrt", "root"):
        return True
    return node.head == "^" and isinstance(node.args[1], App) and node.args[1].head == "/"


def _can_cancel(node: Node) -> bool:
    if not (isinstance(node, App) and node.head == "/"):
        return False
    top, bottom = (_integer(arg) for arg in node.args)
    if bottom is None:
        return False
    if bottom < 0:
        return True
    return top is not None and (gcd(top, bottom) != 1 or bottom == 1)


def _integer(node: Node) -> int | None:
    """Return a whole number, or the whole factor of a product."""
    if isinstance(node, Num) and node.value.denominator == 1:
        return int(node.value)
    if isinstance(node, App) and node.head in ("neg", "pos"):
        inner = _integer(node.args[0])
        return None if inner is None else -inner if node.head == "neg" else inner
    if isinstance(node, App) and node.head == "*":
        factors = [value for value in map(_integer, node.args) if value is not None]
        return prod(factors) if factors else None
    return None
