"""Tell what sort of thing a tree is: a number, an equation or a list."""

from __future__ import annotations

from enum import StrEnum

from lms.assessment.maths.tree import App, Name, Node, Text, walk

__all__ = ["Kind", "kind_of", "parts_of"]


class Kind(StrEnum):
    """What an answer is; two of different kinds are never equivalent."""

    EXPRESSION = "expression"
    EQUATION = "equation"
    INEQUALITY = "inequality"
    LIST = "list"
    SET = "set"
    MATRIX = "matrix"
    LOGIC = "logic"
    REAL_SET = "realset"
    FUNCTION = "function"
    TUPLE = "tuple"
    TEXT = "string"


_HEADS = {
    "=": Kind.EQUATION,
    "<": Kind.INEQUALITY,
    ">": Kind.INEQUALITY,
    "<=": Kind.INEQUALITY,
    ">=": Kind.INEQUALITY,
    "#": Kind.INEQUALITY,
    "list": Kind.LIST,
    "set": Kind.SET,
    "matrix": Kind.MATRIX,
    "tuple": Kind.TUPLE,
    "ntuple": Kind.TUPLE,
    "oo": Kind.REAL_SET,
    "oc": Kind.REAL_SET,
    "co": Kind.REAL_SET,
    "cc": Kind.REAL_SET,
    "union": Kind.REAL_SET,
    "%union": Kind.REAL_SET,
    "intersection": Kind.REAL_SET,
    "realset": Kind.REAL_SET,
    ":=": Kind.FUNCTION,
    **dict.fromkeys(("and", "or", "not", "xor", "xnor", "nand", "nor", "implies"), Kind.LOGIC),
}


def kind_of(node: Node) -> Kind:
    """Return the kind."""
    if isinstance(node, Text):
        return Kind.TEXT
    if isinstance(node, Name) and node.name in ("true", "false"):
        return Kind.LOGIC
    if isinstance(node, Name) and node.name in ("all", "none"):
        return Kind.LOGIC
    if isinstance(node, App):
        if node.head in ("=", "<", ">", "<=", ">=") and _has_alternatives(node):
            return Kind.LOGIC
        return _HEADS.get(node.head, Kind.EXPRESSION)
    return Kind.EXPRESSION


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return what a set, a list, a row or a matrix (row by row) consists of; nothing of anything else."""
    if not isinstance(node, App) or kind_of(node) not in (Kind.SET, Kind.LIST, Kind.TUPLE, Kind.MATRIX):
        return ()
    if node.head == "matrix":
        return tuple(part for row in node.args if isinstance(row, App) for part in row.args)
    return node.args


def _has_alternatives(node: Node) -> bool:
    """Return whether ± stands in it: it is then two statements."""
    return any(isinstance(part, App) and part.head in ("pm", "mp") for part in walk(node))
