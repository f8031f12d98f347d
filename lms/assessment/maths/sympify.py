"""Carry a tree over to SymPy and back, node by node, through a table of known functions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from lms.assessment.maths.notation import TRIGONOMETRIC
from lms.assessment.maths.tree import App, MathsError, Name, Node, Num, add, app, multiply, number, power

__all__ = ["from_sympy", "to_sympy"]

#: Exponents above this are not handed to SymPy, which would write them out.
MAX_EXPONENT = 2000

_CONSTANT = {
    "%pi": sympy.pi,
    "%e": sympy.E,
    "%i": sympy.I,
    "inf": sympy.oo,
    "minf": -sympy.oo,
    "%phi": sympy.GoldenRatio,
    "%gamma": sympy.EulerGamma,
}
_BACK = {value: name for name, value in _CONSTANT.items()}
_FUNCTION: dict[str, Callable[..., Any]] = {
    "sqrt": sympy.sqrt,
    "root": lambda a, n=2: sympy.root(a, n),
    "log": sympy.log,
    "lg": lambda a, base=10: sympy.log(a, base),
    "abs": sympy.Abs,
    "signum": sympy.sign,
    "factorial": sympy.factorial,
    "binomial": sympy.binomial,
    "gamma": sympy.gamma,
    "floor": sympy.floor,
    "ceiling": sympy.ceiling,
    "conjugate": sympy.conjugate,
    "realpart": sympy.re,
    "imagpart": sympy.im,
    "erf": sympy.erf,
    **{name: getattr(sympy, name) for name in TRIGONOMETRIC},
}
_NAME_OF = {"Abs": "abs", "sign": "signum", "re": "realpart", "im": "imagpart"}


def to_sympy(node: Node) -> Any:
    """Return the SymPy expression of a tree. Raises MathsError ``not_an_expression`` or ``too_large``."""
    if isinstance(node, Num):
        return sympy.Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, Name):
        return _CONSTANT.get(node.name) if node.name in _CONSTANT else sympy.Symbol(node.name)
    if not isinstance(node, App):
        raise MathsError("not_an_expression")
    if node.head == "index":
        return sympy.Symbol(repr(node))
    args = [to_sympy(arg) for arg in node.args]
    if node.head in _OPERATOR:
        return _OPERATOR[node.head](*args)
    if node.head in _FUNCTION:
        return _FUNCTION[node.head](*args)
    if node.head.isidentifier():
        return sympy.Function(node.head)(*args)
    raise MathsError("not_an_expression")


def _power(base: Any, exponent: Any) -> Any:
    if exponent.is_number and base.is_number and abs(exponent) > MAX_EXPONENT:
        raise MathsError("too_large")
    if (
        isinstance(base, sympy.Pow)
        and base.exp.is_number
        and exponent.is_number
        and abs(exponent) > MAX_EXPONENT
    ):
        raise MathsError("too_large")
    return sympy.Pow(base, exponent)


_OPERATOR: dict[str, Callable[..., Any]] = {
    "+": sympy.Add,
    "*": sympy.Mul,
    ".": sympy.Mul,
    "neg": lambda a: -a,
    "pos": lambda a: a,
    "/": lambda a, b: a / b,
    "^": _power,
}


def from_sympy(value: Any) -> Node:
    """Return the tree of a SymPy expression. Raises MathsError ``not_an_expression`` for what has no tree."""
    if value in _BACK:
        return Name(_BACK[value])
    if isinstance(value, sympy.Rational):
        return number(Fraction(int(value.p), int(value.q)))
    if isinstance(value, sympy.Symbol):
        return Name(value.name)
    args = [from_sympy(arg) for arg in value.args]
    if isinstance(value, sympy.Add):
        return add(*args)
    if isinstance(value, sympy.Mul):
        return multiply(*args)
    if isinstance(value, sympy.Pow):
        return power(args[0], args[1])
    if isinstance(value, sympy.exp):
        return power(Name("%e"), args[0])
    if isinstance(value, sympy.Function):
        name = value.func.__name__
        if name.lower() in _FUNCTION or name in _NAME_OF or isinstance(value, AppliedUndef):
            return app(_NAME_OF.get(name, name), *args)
    raise MathsError("not_an_expression")
