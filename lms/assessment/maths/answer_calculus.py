"""Answer tests for calculus: a derivative, an integral with its constant, an antiderivative, an added constant."""

from __future__ import annotations

from lms.assessment.maths.derivative import derivative
from lms.assessment.maths.expressions import same_expression
from lms.assessment.maths.forms import canonical
from lms.assessment.maths.kinds import Kind, kind_of
from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    Num,
    add,
    app,
    contains,
    free_names,
    is_app,
    multiply,
    negate,
    number,
    rebuild,
    replace,
    walk,
)
from lms.assessment.maths.verdicts import Verdict

__all__ = ["add_constant", "antiderivative", "differentiated", "integrated"]


def _variable(option: Node | None) -> Name:
    if option is None:
        raise MathsError("option_missing")
    if not isinstance(option, Name) or option.name not in free_names(option):
        raise MathsError("option_wrong")
    return option


def _not_expressions(student: Node, teacher: Node) -> Verdict | None:
    for node, reason in ((student, "not_expression"), (teacher, "teacher_not_expression")):
        if kind_of(node) is not Kind.EXPRESSION:
            return Verdict.of(False, reason)
    return None


def differentiated(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a derivative is right; say when the student integrated, or used another variable."""
    variable = _variable(option)
    wrong = _not_expressions(student, teacher)
    if wrong is not None:
        return wrong
    if same_expression(student, teacher):
        return Verdict.of(True, "")
    if variable.name in free_names(student) - free_names(teacher):
        return Verdict.of(False, "variable_not_in_teacher")
    if variable.name in free_names(teacher) - free_names(student):
        return Verdict.of(False, "variable_missing")
    if _safe_same(derivative(student, variable), derivative(derivative(teacher, variable), variable)):
        return Verdict.of(False, "constant_too_much")
    if _safe_same(derivative(derivative(student, variable), variable), derivative(teacher, variable)):
        return Verdict.of(False, "integrated_instead")
    return Verdict.of(False, "")


def _safe_same(a: Node, b: Node) -> bool:
    try:
        return same_expression(a, b)
    except MathsError:
        return False


def antiderivative(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the derivatives agree; constants, and |…| in logarithms, play no part."""
    variable = _variable(option)
    wrong = _not_expressions(student, teacher)
    if wrong is not None:
        return wrong
    if same_expression(derivative(student, variable), derivative(teacher, variable)):
        return Verdict.of(True, "")
    if _safe_same(student, derivative(teacher, variable)):
        return Verdict.of(False, "differentiated_instead")
    return Verdict.of(False, "generic")


def integrated(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether an indefinite integral is right, its constant of integration included.

    Option: the variable, or [variable, flags]: NOCONST forgives a missing constant, FORMAL accepts any function with
    the right derivative; another expression there is the integrand's own form, for feedback.
    """
    items = option.args if isinstance(option, App) and option.head == "list" else (option,)
    variable = _variable(items[0] if items else None)
    flags = {item.name for item in items[1:] if isinstance(item, Name)}
    wrong = _not_expressions(student, teacher)
    if wrong is not None:
        return wrong
    formal = same_expression(derivative(student, variable), derivative(teacher, variable))
    if not formal:
        is_slope = _safe_same(student, derivative(teacher, variable))
        return Verdict.of(False, "differentiated_instead" if is_slope else "generic")
    constant = _constant(student, teacher, variable)
    if constant is not None and not (constant == "constant_missing" and "NOCONST" in flags):
        return Verdict.of(False, constant)
    if "FORMAL" in flags:
        return Verdict.of(True, "formal")
    if _has_absolute(teacher) and not _has_absolute(student):
        return Verdict.of(False, "logarithm_of_absolute")
    if not _has_absolute(
        teacher
    ):  # a student who writes ln|u| where the teacher writes ln u is the more careful one
        student = rebuild(student, _without_bars)
    if contains(student, "log") and contains(teacher, "log") and not _logs_agree(student, teacher, variable):
        return Verdict.of(False, "formal_only")
    return Verdict.of(True, "")


def _constant(student: Node, teacher: Node, variable: Name) -> str | None:
    """Return what is wrong with the constant of integration, or None.

    It is a name that the antiderivative does not need; it must be able to take every value: c, 3c or ln k, not c².
    """
    own = sorted(free_names(student) - {variable.name})
    candidates = [name for name in own if _is_additive(student, name, variable)]
    extra = [name for name in candidates if name not in _needed(teacher, variable)]
    if not extra:
        return "constant_missing"
    if len(extra) > 1:
        return "constant_weird"
    return None if _is_free(student, extra[0]) else "constant_weird"


def _needed(teacher: Node, variable: Name) -> frozenset[str]:
    """Return the names that the derivative of the teacher's answer depends on."""
    slope = derivative(teacher, variable)
    needed = set()
    for name in free_names(slope):
        if not _safe_same(derivative(slope, Name(name)), number(0)):
            needed.add(name)
    return frozenset(needed)


def _is_additive(student: Node, name: str, variable: Name) -> bool:
    """Return whether a name only shifts the whole: the answer's slope does not depend on it."""
    slope = derivative(derivative(student, Name(name)), variable)
    return _safe_same(slope, number(0))


def _is_free(student: Node, name: str) -> bool:
    """Return whether a constant can stand for any: c, 3c, ln k or another function of it, but no power as c²."""
    slope = derivative(student, Name(name))
    if _is_flat(slope, name):
        return not _safe_same(slope, number(0))
    growth = app("/", multiply(Name(name), derivative(slope, Name(name))), slope)
    return not _is_flat(growth, name) or _is_flat(multiply(slope, Name(name)), name)


def _is_flat(node: Node, name: str) -> bool:
    return _safe_same(replace(node, {Name(name): number(2)}), replace(node, {Name(name): number(5)}))


def _has_absolute(node: Node) -> bool:
    """Return whether |…| stands in a logarithm."""
    return any(is_app(part, "log") and contains(part, "abs") for part in walk(node))


def _without_bars(part: Node) -> Node:
    if isinstance(part, App) and part.head == "log":
        return rebuild(part, lambda inner: inner.args[0] if is_app(inner, "abs") else inner)  # type: ignore[union-attr]
    return part


def _logs_agree(student: Node, teacher: Node, variable: Name) -> bool:
    """Return whether the answers differ by a constant when every logarithm of a sum stays one thing of its own."""
    gap = add(_open_logs(student, variable), negate(_open_logs(teacher, variable)))
    slopes = derivative(gap, variable)
    atoms = _log_atoms(gap, variable)
    hidden = replace(gap, {atom: app("opaque_log", atom.args[0]) for atom in atoms})
    coefficients = [
        derivative(replace(hidden, {app("opaque_log", a.args[0]): Name("%l")}), Name("%l")) for a in atoms
    ]
    return _safe_same(slopes, number(0)) and all(_safe_same(value, number(0)) for value in coefficients)


def _log_atoms(node: Node, variable: Name) -> list[App]:
    found: list[App] = []

    def look(part: Node) -> Node:
        if (
            isinstance(part, App)
            and part.head == "log"
            and variable.name in free_names(part)
            and part not in found
        ):
            found.append(part)
        return part

    rebuild(node, look)
    return found


def _open_logs(node: Node, variable: Name) -> Node:
    """Return logarithms of products, quotients and powers as sums of logarithms."""

    def change(part: Node) -> Node:
        return _log_of(part.args[0]) if isinstance(part, App) and part.head == "log" else part

    return rebuild(node, change)


def _log_of(inner: Node) -> Node:
    if isinstance(inner, App):
        if inner.head == "abs":
            return _absolute_log(inner.args[0])
        if inner.head == "*":
            return add(*(_log_of(factor) for factor in inner.args))
        if inner.head == "/":
            return add(_log_of(inner.args[0]), negate(_log_of(inner.args[1])))
        if inner.head == "^":
            return multiply(inner.args[1], _log_of(inner.args[0]))
        if inner.head == "sqrt":
            return multiply(app("/", number(1), number(2)), _log_of(inner.args[0]))
    return app("log", _ordered(inner))


def _absolute_log(inner: Node) -> Node:
    if isinstance(inner, App):
        if inner.head in ("*", "/"):
            parts = [_log_of(app("abs", part)) for part in inner.args]
            return add(parts[0], *(negate(p) if inner.head == "/" else p for p in parts[1:]))
        if inner.head == "^":
            return multiply(inner.args[1], _log_of(app("abs", inner.args[0])))
        if inner.head == "neg":
            return _log_of(app("abs", inner.args[0]))
    return app("log", app("abs", _ordered(inner)))


def _ordered(node: Node) -> Node:
    """Return the canonical form, so that one thing written in two orders is one thing."""
    found = canonical(node, ("oneMul", "negNeg"))
    return _readable(found)


def _readable(node: Node) -> Node:
    def change(part: Node) -> Node:
        if isinstance(part, App) and part.head == "recip":
            return app("/", number(1), part.args[0])
        if isinstance(part, Name) and part.name == "-":
            return number(-1)
        if isinstance(part, Num) and part.text == ".":
            return Num(part.value, "0.0")
        return part

    return rebuild(node, change)


def add_constant(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether exactly one constant has been added; option: the variable, or [variable, names, NONSTRICT]."""
    items = option.args if isinstance(option, App) and option.head == "list" else (option,)
    _variable(items[0] if items else None)
    if any(not isinstance(item, Name) for item in items):
        raise MathsError("option_wrong")
    names = {item.name for item in items if isinstance(item, Name)}
    wrong = _not_expressions(student, teacher)
    if wrong is not None:
        return wrong
    constants = sorted(free_names(student) - names)
    if not constants:
        return Verdict.of(False, "constant_missing")
    if len(constants) > 1:
        return Verdict.of(False, "several_constants")
    slope = derivative(student, Name(constants[0]))
    if _is_number(slope):
        return Verdict.of(True, "")
    variable = items[0]
    assert isinstance(variable, Name)
    if "NONSTRICT" in names and _safe_same(derivative(slope, variable), number(0)):
        return Verdict.of(True, "constant_not_linear")
    return Verdict.of(False, "generic")


def _is_number(slope: Node) -> bool:
    """Return whether an expression is one number wherever it has a value, and not zero."""
    names = free_names(slope)
    values: dict[Node, Node] = {Name(name): number(2 + index) for index, name in enumerate(sorted(names))}
    others: dict[Node, Node] = {Name(name): number(7 + 2 * index) for index, name in enumerate(sorted(names))}
    here = replace(slope, values)
    if not _safe_same(here, replace(slope, others)):
        return False
    return _safe_same(slope, here) and not _safe_same(here, number(0))
