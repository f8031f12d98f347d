"""Answer tests for a line-by-line argument: every line says the same as the one before."""

from __future__ import annotations

import itertools

from lms.assessment.maths.answer_systems import same_conjunction, same_for_positive
from lms.assessment.maths.equivalence import equivalent
from lms.assessment.maths.kinds import Kind, kind_of
from lms.assessment.maths.statements import same_statement, statement_of, truth_table_equal
from lms.assessment.maths.tree import App, MathsError, Name, Node, free_names, is_app, number
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["equivalent_lines", "equivalent_lines_from_first"]


def equivalent_lines(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the student's lines are equivalent one to the next."""
    lines = _lines(student)
    if lines is None or _lines(teacher) is None:
        return INVALID("not_list")
    options = _options(option)
    for index, (above, below) in enumerate(itertools.pairwise(lines), 2):
        if not _follows(above, below, options):
            return Verdict.of(False, f"line {index}")
    return Verdict.of(True, "")


def equivalent_lines_from_first(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the argument starts where the teacher's does and its lines are equivalent one to the next."""
    mine, wanted = _lines(student), _lines(teacher)
    if not mine or not wanted:
        return INVALID("not_list")
    if not _follows(mine[0], wanted[0], _options(option)):
        return Verdict.of(False, "first_line")
    return equivalent_lines(student, teacher, option)


def _lines(node: Node) -> list[Node] | None:
    return list(node.args) if isinstance(node, App) and node.head == "list" else None


def _options(option: Node | None) -> frozenset[str]:
    if option is None:
        return frozenset()
    items = option.args if isinstance(option, App) and option.head == "list" else (option,)
    if not all(isinstance(item, Name) for item in items):
        raise MathsError("option_wrong")
    return frozenset(item.name for item in items if isinstance(item, Name))


_STATEMENTS = frozenset({Kind.EQUATION, Kind.INEQUALITY, Kind.LOGIC, Kind.REAL_SET})


def _follows(above: Node, below: Node, options: frozenset[str]) -> bool:
    if is_app(below, "stackeq") and is_app(above, "="):  # "= …" goes on from the right side
        return equivalent(above.args[1], below.args[0]).result is True  # type: ignore[union-attr]
    above, below = statement_of(above), statement_of(below)
    is_real = "assumereal" in options
    if _say_the_same(above, below, is_real=is_real):
        return True
    if "assumepos" not in options or not {kind_of(above), kind_of(below)} <= _STATEMENTS:
        return False
    return same_for_positive(above, below) or _say_the_same(_positive(above), _positive(below), is_real=True)


def _say_the_same(above: Node, below: Node, *, is_real: bool) -> bool:
    kinds = {kind_of(above), kind_of(below)}
    if equivalent(above, below).result is True:
        return True
    if kinds <= _STATEMENTS:
        if len(free_names(above) | free_names(below)) == 1:
            return same_statement(above, below, is_real=is_real)
        return same_conjunction(above, below)
    return Kind.LOGIC in kinds and truth_table_equal(above, below)


def _positive(node: Node) -> Node:
    """Return the statement with every name said to be positive."""
    conditions = [App(">", (Name(name), number(0))) for name in sorted(free_names(node))]
    return App("and", (node, *conditions)) if conditions else node
