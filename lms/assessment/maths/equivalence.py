"""Algebraic equivalence of anything that can be typed: expressions, equations, lists, sets, matrices, statements."""

from __future__ import annotations

from lms.assessment.maths.expressions import same_expression
from lms.assessment.maths.kinds import Kind, kind_of
from lms.assessment.maths.numeric import real_value
from lms.assessment.maths.statements import (
    choose_sign,
    same_equation,
    same_inequality,
    same_real_set,
    same_statement,
)
from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    Text,
    contains,
    free_names,
    number,
    power,
    rebuild,
)
from lms.assessment.maths.verdicts import Verdict

__all__ = ["equivalent", "is_equivalent"]


def is_equivalent(student: Node, teacher: Node) -> bool:
    """Return whether two things are equivalent."""
    return equivalent(student, teacher).result is True


def equivalent(student: Node, teacher: Node) -> Verdict:
    """Return whether the student's answer is equivalent to the teacher's, with the reason when it is not."""
    wanted = kind_of(teacher)
    if wanted is Kind.REAL_SET:
        student = _as_interval(student)
    mine = kind_of(student)
    if Kind.LOGIC in (mine, wanted) and {mine, wanted} <= {Kind.LOGIC, Kind.EQUATION, Kind.INEQUALITY}:
        return _statements(student, teacher)
    whole = [node for node in (student, teacher) if isinstance(node, Name) and node.name in ("all", "none")]
    if Kind.REAL_SET in (mine, wanted) and ({mine, wanted} <= {Kind.SET, Kind.REAL_SET} or whole):
        return _real_sets(student, teacher)
    if mine != wanted:
        return Verdict.of(False, f"not_{_ARTICLE[wanted]}")
    return _COMPARE[wanted](student, teacher)


def _without_variable(part: Node) -> Node:
    """Return the set itself for ``realset(x, …)``, which also names its variable, and "all" as the statement that it is."""
    if part in (Name("all"), Name("none")):
        return Name("true" if part == Name("all") else "false")
    return part.args[1] if isinstance(part, App) and part.head == "realset" and len(part.args) == 2 else part


def _real_sets(a: Node, b: Node) -> Verdict:
    """Compare by the numbers in them; where their ends have letters, by the same pieces with equivalent ends."""
    a, b = (rebuild(node, _without_variable) for node in (a, b))
    if not free_names(a) | free_names(b):
        return Verdict.of(same_real_set(a, b), "realset")
    if not (isinstance(a, App) and isinstance(b, App) and a.head == b.head):
        return Verdict.of(False, "realset")
    if a.head in ("union", "%union", "intersection"):
        return Verdict.of(_sets(a, b).result is True, "realset")
    return Verdict.of(_lists(a, b).result is True, "realset")


def _as_interval(node: Node) -> Node:
    """Return a pair in brackets as the interval that schools write so."""
    if isinstance(node, App) and node.head in ("tuple", "list") and len(node.args) == 2:
        return App("oo" if node.head == "tuple" else "cc", node.args)
    return node


_ARTICLE = {kind: kind.value for kind in Kind}


def _statements(a: Node, b: Node) -> Verdict:
    """Compare statements; "every number" is what an identity says, "none" what a contradiction says."""
    return Verdict.of(same_statement(*(rebuild(_plain_truth(node), _squared) for node in (a, b))), "logic")


def _plain_truth(node: Node) -> Node:
    def change(part: Node) -> Node:
        if part == Name("all"):
            return Name("true")
        if part == Name("none"):
            return Name("false")
        if isinstance(part, App) and part.head == "=" and not contains(part, "pm", "mp"):
            try:
                if same_expression(*part.args):
                    return Name("true")
                return part if free_names(part) else Name("false")
            except MathsError:
                return part
        return part

    return rebuild(node, change)


def _expressions(a: Node, b: Node) -> Verdict:
    if contains(a, "pm", "mp") or contains(b, "pm", "mp"):
        return Verdict.of(_with_both_signs(a, b))
    return Verdict.of(same_expression(a, b))


def _with_both_signs(a: Node, b: Node) -> bool:
    """Return whether the values with ± read as plus, and those with minus, are the same (in either order)."""

    def branch(node: Node, plus: bool) -> Node:
        return rebuild(node, lambda part: choose_sign(part, plus))

    if not contains(a, "pm", "mp") or not contains(b, "pm", "mp"):
        return False
    straight = all(same_expression(branch(a, plus), branch(b, plus)) for plus in (True, False))
    return straight or all(same_expression(branch(a, plus), branch(b, not plus)) for plus in (True, False))


def _squared(part: Node) -> Node:
    """Return |u| = |v|, and |u| = a number that is not negative, as u² = v²."""
    if not (isinstance(part, App) and part.head == "="):
        return part
    sides = [_under_bars(side) for side in part.args]
    if sides[0] is None or sides[1] is None or not contains(part, "abs"):
        return part
    return App("=", (power(sides[0], number(2)), power(sides[1], number(2))))


def _under_bars(side: Node) -> Node | None:
    if isinstance(side, App) and side.head == "abs":
        return side.args[0]
    value = real_value(side)
    return side if value is not None and value >= 0 else None


def _equations(a: Node, b: Node) -> Verdict:
    return Verdict.of(*same_equation(a, b))


def _inequalities(a: Node, b: Node) -> Verdict:
    return Verdict.of(*same_inequality(a, b))


def _items(node: Node) -> tuple[Node, ...]:
    return node.args if isinstance(node, App) else ()


def _lists(a: Node, b: Node) -> Verdict:
    mine, wanted = _items(a), _items(b)
    if len(mine) != len(wanted):
        return Verdict.of(False, "list_wrong_length")
    wrong = [
        str(index + 1)
        for index, pair in enumerate(zip(mine, wanted, strict=True))
        if not is_equivalent(*pair)
    ]
    return Verdict.of(not wrong, f"list_wrong_entries {','.join(wrong)}" if wrong else "")


def distinct(items: tuple[Node, ...]) -> list[Node]:
    """Return the items without those that are equivalent to an earlier one."""
    kept: list[Node] = []
    for item in items:
        if not any(is_equivalent(item, other) for other in kept):
            kept.append(item)
    return kept


def _sets(a: Node, b: Node) -> Verdict:
    mine, wanted = distinct(_items(a)), distinct(_items(b))
    if len(mine) != len(wanted):
        return Verdict.of(False, "set_wrong_size")
    wrong = [item for item in mine if not any(is_equivalent(item, other) for other in wanted)]
    return Verdict.of(not wrong, "set_wrong_entries" if wrong else "")


def _matrices(a: Node, b: Node) -> Verdict:
    mine, wanted = _items(a), _items(b)
    if len(mine) != len(wanted):
        return Verdict.of(False, "matrix_wrong_rows")
    if any(len(_items(x)) != len(_items(y)) for x, y in zip(mine, wanted, strict=True)):
        return Verdict.of(False, "matrix_wrong_columns")
    same = all(_lists(x, y).result for x, y in zip(mine, wanted, strict=True))
    return Verdict.of(same, "" if same else "matrix_wrong_entries")


def _texts(a: Node, b: Node) -> Verdict:
    return Verdict.of(isinstance(a, Text) and a == b, "string")


def _functions(a: Node, b: Node) -> Verdict:
    """Compare definitions f(x):=…: the same name, and the same body with the arguments renamed."""
    (head, body), (other_head, other_body) = _items(a), _items(b)
    if not (isinstance(head, App) and isinstance(other_head, App) and len(head.args) == len(other_head.args)):
        return Verdict.of(False, "function_form")
    if head.head != other_head.head:
        return Verdict.of(False, "function_name")
    names = dict(zip(other_head.args, head.args, strict=True))
    renamed = rebuild(other_body, lambda part: names.get(part, part))
    if head.args != other_head.args:
        return Verdict.of(False, "function_arguments")
    return Verdict.of(is_equivalent(body, renamed), "function_body")


_COMPARE = {
    Kind.EXPRESSION: _expressions,
    Kind.EQUATION: _equations,
    Kind.INEQUALITY: _inequalities,
    Kind.LIST: _lists,
    Kind.TUPLE: _lists,
    Kind.SET: _sets,
    Kind.MATRIX: _matrices,
    Kind.LOGIC: _statements,
    Kind.REAL_SET: _real_sets,
    Kind.FUNCTION: _functions,
    Kind.TEXT: _texts,
}
