"""Understand rows in brackets and ``x ∈ …`` as students write them: as the matrix, vector, set or inequality that is meant."""

from __future__ import annotations

from itertools import combinations

from lms.assessment.maths.kinds import Kind, kind_of
from lms.assessment.maths.tree import App, Name, Node, free_names, is_app, rebuild, replace, walk

__all__ = ["as_interval", "as_matrices", "fitted", "is_set", "is_unsolved"]

_ENDS = {"oo": ("<", "<"), "oc": ("<", "<="), "co": ("<=", "<"), "cc": ("<=", "<=")}
_JOINED = {"union": "or", "intersection": "and"}
_STATEMENTS = frozenset({Kind.LOGIC, Kind.EQUATION, Kind.INEQUALITY})


def as_matrices(node: Node) -> Node:
    """Return the tree with ``[[1; 2]; [3; 4]]`` and ``((1; 2); (3; 4))`` as matrices."""
    return rebuild(node, _as_matrix)


def _as_matrix(node: Node) -> Node:
    if not (isinstance(node, App) and node.head in ("list", "tuple") and node.args):
        return node
    rows = [row.args for row in node.args if isinstance(row, App) and row.head == node.head]
    if len(rows) != len(node.args) or len({len(row) for row in rows}) != 1 or not rows[0]:
        return node
    return App("matrix", tuple(App("list", row) for row in rows))


def as_interval(node: Node) -> Node:
    """Return a pair in round brackets as an open interval and one in square brackets as a closed one."""
    if isinstance(node, App) and node.head in ("tuple", "list") and len(node.args) == 2:
        return App("oo" if node.head == "tuple" else "cc", node.args)
    return node


def is_set(node: Node) -> bool:
    """Tell whether a number can be an element of it."""
    if isinstance(node, App) and node.head in _JOINED:
        return all(is_set(part) for part in node.args)
    return is_app(node, "set", *_ENDS) or node == Name("R")


def fitted(
    student: Node, teacher: Node, *, has_lists: bool, has_solutions: bool = False
) -> tuple[Node, Node]:
    """Return both answers in one shape, where the student's is written otherwise and means the same sort of thing.

    ``has_lists``: the teacher's ``[1, 2]`` is a list, as in Maxima, and no closed interval. ``has_solutions``: a set of numbers
    and a statement about one letter say the same, as do {2; 3} and x = 2 or x = 3.
    """
    teacher = as_matrices(teacher)
    student, teacher = _united(student), _united(teacher)
    student = _with_letter_of(_listed(student, teacher), teacher)
    if student == Name("R") and is_set(as_interval(teacher)):
        student, teacher = _ALL_NUMBERS, as_interval(teacher)
    if has_solutions:
        student, teacher = _fitted_solutions(student, teacher, has_lists=has_lists)
    if is_app(student, "∈") or is_app(teacher, "∈"):
        return _fitted_sets(student, teacher)
    if isinstance(student, App) and student.head == "tuple" and isinstance(teacher, App):
        student = _fitted_vector(student, teacher, has_lists=has_lists)
    return student, teacher


_ALL_NUMBERS = App("oo", (Name("minf"), Name("inf")))
#: Letters that stand for any whole number behind π, as school books write them.
_WHOLE_NUMBERS = frozenset("nkml")


def _listed(student: Node, teacher: Node) -> Node:
    """Return "2 and 3", "2 or 3" and ±2 as the set of these numbers, where a set or a statement is asked for."""
    if not (is_app(teacher, "set") or kind_of(teacher) in _STATEMENTS):
        return student
    parts = student.args if isinstance(student, App) and student.head in ("and", "or") else (student,)
    has_signs = any(is_app(inner, "pm", "mp") for part in parts for inner in walk(part))
    if any(kind_of(part) is not Kind.EXPRESSION for part in parts) or not (len(parts) > 1 or has_signs):
        return student
    return App("set", tuple(value for part in parts for value in _signed(part)))


def _signed(part: Node) -> tuple[Node, ...]:
    if not any(is_app(inner, "pm", "mp") for inner in walk(part)):
        return (part,)
    from lms.assessment.maths.statements import choose_sign  # loads sympy, which few need

    return tuple(rebuild(part, lambda inner, plus=plus: choose_sign(inner, plus)) for plus in (True, False))  # type: ignore[misc]


def _with_letter_of(student: Node, teacher: Node) -> Node:
    """Return π/2 + πk as π/2 + πn: behind π, each of these letters means any whole number."""
    mine, wanted = (free_names(node) & _WHOLE_NUMBERS for node in (student, teacher))
    has_period = all(Name("%pi") in walk(node) for node in (student, teacher))
    if len(mine) != 1 or len(wanted) != 1 or not has_period:
        return student
    names: dict[Node, Node] = {Name(min(mine)): Name(min(wanted))}
    return replace(student, names)


def is_unsolved(student: Node, teacher: Node, *, has_lists: bool) -> bool:
    """Tell whether the answer is to be a set of numbers and is a statement that has yet to be solved."""
    if kind_of(student) not in _STATEMENTS or (has_lists and is_app(teacher, "list")):
        return False
    return _solutions(teacher) is not None and not _is_solved(student)


def _united(node: Node) -> Node:
    """Return intervals or sets joined by a word as their union: by "and" only where they have nothing in common."""
    if not (isinstance(node, App) and node.head in ("or", "and")):
        return node
    parts = tuple(_united(as_interval(part)) for part in node.args)
    if not all(is_set(part) and _is_plain(part) for part in parts):
        return node
    meet = any(not _same_numbers(App("intersection", pair), Name("none")) for pair in combinations(parts, 2))
    return node if node.head == "and" and meet else App("union", parts)


def _fitted_solutions(student: Node, teacher: Node, *, has_lists: bool) -> tuple[Node, Node]:
    """Return two statements, where one is a set of numbers and the other a statement about one letter."""
    if kind_of(teacher) in _STATEMENTS and (members := _solutions(student)) is not None:
        letters = free_names(teacher)
        return (_statement(Name(min(letters)), members), teacher) if len(letters) == 1 else (student, teacher)
    if kind_of(student) in _STATEMENTS and not (has_lists and is_app(teacher, "list")):
        letters, members = free_names(student), _solutions(teacher)
        if members is not None and len(letters) == 1 and _is_solved(student):
            return student, _statement(Name(min(letters)), members)
    return student, teacher


def _is_solved(node: Node) -> bool:
    from lms.assessment.maths.statements import is_solved  # loads sympy, which few need

    return is_solved(node)


def _same_numbers(a: Node, b: Node) -> bool:
    from lms.assessment.maths.statements import same_real_set  # loads sympy, which few need

    return same_real_set(a, b)


def _solutions(node: Node) -> Node | None:
    """Return a set of numbers: in braces, an interval from less to more, or several of them; None for anything else."""
    node = as_interval(node)
    if not is_set(node) or not _is_plain(node):
        return None
    ends = node.args if is_app(node, *_ENDS) and isinstance(node, App) else ()
    if ends and _same_numbers(node, Name("none")):  # (3; 2) is a point or a slip, no interval
        return None
    return node


def _is_plain(node: Node) -> bool:
    """Tell whether it is built of numbers alone."""
    return not free_names(node) and not any(part == Name("R") for part in walk(node))


def _fitted_vector(student: App, teacher: App, *, has_lists: bool) -> Node:
    """Return numbers in round brackets as the list, the row or the column that they are to be."""
    count = len(student.args)
    if teacher.head == "list" and (has_lists or count != 2):
        return App("list", student.args)
    if teacher.head != "matrix":
        return student
    if len(teacher.args) == 1:
        return App("matrix", (App("list", student.args),))
    if all(isinstance(row, App) and len(row.args) == 1 for row in teacher.args):
        return App("matrix", tuple(App("list", (part,)) for part in student.args))
    return student


def _fitted_sets(student: Node, teacher: Node) -> tuple[Node, Node]:
    """Return two sets, where one is asked for or given without its letter, else two statements."""
    if not is_app(teacher, "∈"):
        teacher = as_interval(teacher)
        return (_members(student), teacher) if is_set(teacher) else (_said(student), teacher)
    if is_app(student, "∈") or kind_of(student) in _STATEMENTS:
        return _said(student), _said(teacher)
    return as_interval(student), _members(teacher)


def _members(node: Node) -> Node:
    return node.args[1] if isinstance(node, App) and node.head == "∈" else node


def _said(node: Node) -> Node:
    return _statement(*node.args) if isinstance(node, App) and node.head == "∈" else node


def _statement(name: Node, members: Node) -> Node:
    """Return what is said of a number that is in a set: x ∈ (1; 2] says 1 < x and x ≤ 2."""
    assert isinstance(members, App)
    if members.head in _JOINED:
        return App(_JOINED[members.head], tuple(_statement(name, part) for part in members.args))
    if members.head == "set":
        equal = tuple(App("=", (name, part)) for part in members.args)
        return equal[0] if len(equal) == 1 else App("or", equal) if equal else Name("none")
    low, high = members.args
    signs = _ENDS[members.head]
    said = []
    if not _is_infinite(low):
        said.append(App(signs[0], (low, name)))
    if not _is_infinite(high):
        said.append(App(signs[1], (name, high)))
    return said[0] if len(said) == 1 else App("and", tuple(said)) if said else Name("all")


def _is_infinite(node: Node) -> bool:
    inner = node.args[0] if isinstance(node, App) and node.head in ("neg", "pos") else node
    return inner in (Name("inf"), Name("minf"))
