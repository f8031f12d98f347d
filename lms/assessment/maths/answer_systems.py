"""Answer tests for systems and substitutions: the same solutions, the same but for names, the same truth table."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import Any

import sympy

from lms.assessment.maths.equivalence import is_equivalent
from lms.assessment.maths.kinds import Kind, kind_of
from lms.assessment.maths.real_line import difference
from lms.assessment.maths.statements import as_product, statement_of, truth_table_equal
from lms.assessment.maths.sympify import to_sympy
from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    Text,
    free_names,
    is_app,
    rebuild,
    replace,
    walk,
)
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["same_after_renaming", "same_conjunction", "same_sets", "same_system", "same_truth_table"]

#: Most renamings that are tried.
MAX_RENAMINGS = 5040


def same_after_renaming(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the student's names can be renamed so that the answers are equivalent.

    The option lists names that stay as they are.
    """
    fixed = _fixed_names(option)
    mine = sorted(free_names(student) - fixed)
    wanted = sorted(free_names(teacher) - fixed)
    if fixed & free_names(student) != fixed & free_names(teacher) or len(mine) != len(wanted):
        return Verdict.of(is_equivalent(student, teacher), "")
    for tried, order in enumerate(_orders(mine, wanted)):
        if tried >= MAX_RENAMINGS:
            raise MathsError("too_large")
        names: dict[Node, Node] = {Name(old): Name(new) for old, new in zip(mine, order, strict=True)}
        if is_equivalent(replace(student, names), teacher):
            pairs = ", ".join(f"{old} = {new}" for old, new in zip(mine, order, strict=True))
            return Verdict.of(True, f"substitution [{pairs}]")
    return Verdict.of(False, "")


def _orders(mine: list[str], wanted: list[str]) -> Iterable[tuple[str, ...]]:
    """Return renamings, those first that keep the names that both have."""
    orders = permutations(wanted)
    if len(wanted) > 6:
        return orders
    return sorted(orders, key=lambda order: -sum(a == b for a, b in zip(mine, order, strict=True)))


def _fixed_names(option: Node | None) -> set[str]:
    if option is None:
        return set()
    items = option.args if isinstance(option, App) and option.head == "list" else (option,)
    if not all(isinstance(item, Name) for item in items):
        raise MathsError("option_wrong")
    return {item.name for item in items if isinstance(item, Name)}


def same_sets(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether two sets have the same elements; say what is missing and what is too much."""
    for node, reason in ((student, "not_set"), (teacher, "teacher_not_set")):
        if kind_of(node) is not Kind.SET:
            return Verdict.of(False, reason)
    assert isinstance(student, App)
    assert isinstance(teacher, App)
    extra = [item for item in student.args if not any(is_equivalent(item, other) for other in teacher.args)]
    missing = [item for item in teacher.args if not any(is_equivalent(item, other) for other in student.args)]
    reasons = ["wrong_entries"] * bool(extra) + ["missing_entries"] * bool(missing)
    return Verdict.of(not reasons, " ".join(reasons))


def same_system(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether two systems of polynomial equations have the same solutions with the same multiplicities."""
    for node, reason in ((student, "not_list"), (teacher, "teacher_not_list")):
        if kind_of(node) is not Kind.LIST:
            return Verdict.of(False, reason)
    systems = []
    for node, reason in ((student, "not_equations"), (teacher, "teacher_not_equations")):
        assert isinstance(node, App)
        if not node.args or any(kind_of(item) is not Kind.EQUATION for item in node.args):
            return Verdict.of(False, reason)
        systems.append([_numerator(item) for item in node.args])
    return _same_solutions(student, teacher, systems)


def same_conjunction(a: Node, b: Node) -> bool:
    """Return whether two sets of polynomial equations joined by ``and`` have the same solutions."""
    systems = []
    for node in (a, b):
        parts = node.args if isinstance(node, App) and node.head == "and" else (node,)
        if any(kind_of(part) is not Kind.EQUATION for part in parts):
            return False
        systems.append([_numerator(part) for part in parts])
    return _same_solutions(a, b, systems).result is True


def same_for_positive(a: Node, b: Node) -> bool:
    """Return whether polynomial equations joined by ``or`` have the same solutions among positive numbers.

    Factors whose terms all have one sign cannot be zero there.
    """
    kept = []
    for node in (a, b):
        whole = as_product(rebuild(node, lambda part: part.args[0] if is_app(part, "abs") else part))  # type: ignore[union-attr]
        if whole is None:
            return False
        _, factors = sympy.factor_list(sympy.together(to_sympy(whole)).as_numer_denom()[0])
        kept.append({factor for factor, _ in factors if _can_vanish(factor)})
    return bool(kept[0]) and all(
        any(sympy.expand(x - y) == 0 or sympy.expand(x + y) == 0 for y in kept[1 - index])
        for index in (0, 1)
        for x in kept[index]
    )


def _can_vanish(factor: Any) -> bool:
    signs = {coefficient > 0 for coefficient in sympy.Poly(factor).coeffs() if coefficient.is_real}
    return len(signs) > 1


def _numerator(equation: Node) -> Any:
    return sympy.together(to_sympy(difference(equation))).as_numer_denom()[0]


def _same_solutions(student: Node, teacher: Node, systems: list[list[Any]]) -> Verdict:
    names = [free_names(student), free_names(teacher)]
    if names[0] != names[1]:
        return Verdict.of(False, "variables_missing" if names[1] - names[0] else "variables_extra")
    symbols = [sympy.Symbol(name) for name in sorted(names[0])]
    try:
        bases = [set(sympy.groebner(system, *symbols, order="grevlex").exprs) for system in systems]
    except sympy.PolynomialError:
        return Verdict.of(False, "not_polynomial")
    return Verdict.of(bases[0] == bases[1], "")


def same_truth_table(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether two statements have the same truth table."""
    if any(isinstance(part, Text) for node in (student, teacher) for part in walk(node)):
        return INVALID("not_a_statement")
    names = free_names(student) | free_names(teacher)
    return Verdict.of(truth_table_equal(statement_of(student), statement_of(teacher)), f"names {len(names)}")
