"""Differentiate a tree; the result is not tidied, it is there to be evaluated."""

from __future__ import annotations

from collections.abc import Callable

from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    add,
    app,
    multiply,
    negate,
    number,
    power,
    walk,
)

__all__ = ["derivative"]

_OUTER: dict[str, Callable[[Node], Node]] = {
    "sin": lambda u: app("cos", u),
    "cos": lambda u: negate(app("sin", u)),
    "tan": lambda u: power(app("sec", u), number(2)),
    "cot": lambda u: negate(power(app("csc", u), number(2))),
    "sec": lambda u: multiply(app("sec", u), app("tan", u)),
    "csc": lambda u: negate(multiply(app("csc", u), app("cot", u))),
    "asin": lambda u: app("/", number(1), app("sqrt", add(number(1), negate(power(u, number(2)))))),
    "acos": lambda u: app("/", number(-1), app("sqrt", add(number(1), negate(power(u, number(2)))))),
    "atan": lambda u: app("/", number(1), add(number(1), power(u, number(2)))),
    "acot": lambda u: app("/", number(-1), add(number(1), power(u, number(2)))),
    "sinh": lambda u: app("cosh", u),
    "cosh": lambda u: app("sinh", u),
    "tanh": lambda u: power(app("sech", u), number(2)),
    "sech": lambda u: negate(multiply(app("sech", u), app("tanh", u))),
    "csch": lambda u: negate(multiply(app("csch", u), app("coth", u))),
    "coth": lambda u: negate(power(app("csch", u), number(2))),
    "asinh": lambda u: app("/", number(1), app("sqrt", add(power(u, number(2)), number(1)))),
    "acosh": lambda u: app("/", number(1), app("sqrt", add(power(u, number(2)), number(-1)))),
    "atanh": lambda u: app("/", number(1), add(number(1), negate(power(u, number(2))))),
    "acoth": lambda u: app("/", number(1), add(number(1), negate(power(u, number(2))))),
    "log": lambda u: app("/", number(1), u),
    "sqrt": lambda u: app("/", number(1), multiply(number(2), app("sqrt", u))),
    "abs": lambda u: app("/", u, app("abs", u)),
    "signum": lambda _: number(0),
    "erf": lambda u: multiply(
        app("/", number(2), app("sqrt", Name("%pi"))), power(Name("%e"), negate(power(u, number(2))))
    ),
}


def derivative(node: Node, variable: Node) -> Node:
    """Return the derivative with respect to a variable (or to any part that stands for one).

    Raises MathsError ``not_differentiable`` for what is no expression.
    """
    if node == variable:
        return number(1)
    if not isinstance(node, App) or not any(part == variable for part in walk(node)):
        return number(0)
    head, args = node.head, node.args
    if head in ("list", "set", "matrix", "tuple", "=", "<", ">", "<=", ">=", "and", "or", "not"):
        raise MathsError("not_differentiable")
    if head == "+":
        return add(*(derivative(arg, variable) for arg in args))
    if head in ("neg", "pos"):
        slope = derivative(args[0], variable)
        return negate(slope) if head == "neg" else slope
    if head in ("*", "."):
        return _product_rule(args, variable)
    if head == "/":
        return _quotient_rule(args[0], args[1], variable)
    if head == "^":
        return _power_rule(args[0], args[1], variable)
    plain = _plain(node)
    if plain != node:
        return derivative(plain, variable)
    if head in _OUTER and len(args) == 1:
        return multiply(_OUTER[head](args[0]), derivative(args[0], variable))
    return _named(node, variable)


def _product_rule(factors: tuple[Node, ...], variable: Node) -> Node:
    terms = []
    for index, factor in enumerate(factors):
        slope = derivative(factor, variable)
        if slope != number(0):
            terms.append(multiply(*factors[:index], slope, *factors[index + 1 :]))
    return add(*terms)


def _quotient_rule(top: Node, bottom: Node, variable: Node) -> Node:
    slope, below = derivative(top, variable), derivative(bottom, variable)
    if below == number(0):
        return app("/", slope, bottom)
    return app("/", add(multiply(slope, bottom), negate(multiply(top, below))), power(bottom, number(2)))


def _power_rule(base: Node, exponent: Node, variable: Node) -> Node:
    slope, growth = derivative(base, variable), derivative(exponent, variable)
    terms = []
    if slope != number(0):
        terms.append(multiply(exponent, power(base, add(exponent, number(-1))), slope))
    if growth != number(0):
        log = number(1) if base == Name("%e") else app("log", base)
        terms.append(multiply(power(base, exponent), log, growth))
    return add(*terms)


def _plain(node: App) -> Node:
    """Return a root as a power, a logarithm as a quotient of natural ones, and ln|u| as ln u: its slope is the same."""
    if node.head == "log" and isinstance(node.args[0], App) and node.args[0].head == "abs":
        return app("log", node.args[0].args[0])
    if node.head not in ("root", "lg") or len(node.args) > 2:
        return node
    if node.head == "root":
        index = node.args[1] if len(node.args) == 2 else number(2)
        return power(node.args[0], app("/", number(1), index))
    base = node.args[1] if len(node.args) == 2 else number(10)
    return app("/", app("log", node.args[0]), app("log", base))


def _named(node: App, variable: Node) -> Node:
    """Return the chain rule over a function that is not known: its derivatives are only named."""
    terms = []
    for index, arg in enumerate(node.args):
        slope = derivative(arg, variable)
        if slope != number(0):
            terms.append(multiply(App(f"D{index}.{node.head}", node.args), slope))
    return add(*terms)
