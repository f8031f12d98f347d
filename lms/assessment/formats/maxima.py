"""Write mathematics as Maxima reads it, and tell whether a school's way of writing means the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lms.assessment.maths.notation import NOTATIONS
from lms.assessment.maths.parser import parse
from lms.assessment.maths.tree import MathsError, Name, Node, Num, Text, free_names

__all__ = ["in_maxima", "is_same_answer", "names_in", "written"]


def written(node: Node) -> str:
    """Return a value as text that is read as the same tree; brackets stand wherever they could be needed."""
    if isinstance(node, Num):
        return node.text
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Text):
        return f'"{node.value}"'
    args = [written(arg) for arg in node.args]
    if node.head == "neg":
        return f"(-{args[0]})"
    if node.head in ("+", "*", "/", "^"):
        return f"({node.head.join(args)})"
    if node.head in ("=", "#", "<", ">", "<=", ">="):
        return node.head.join(args)
    if node.head in ("and", "or"):
        return f" {node.head} ".join(args)
    if node.head in ("list", "set"):
        opened, closed = "[]" if node.head == "list" else "{}"
        return f"{opened}{','.join(args)}{closed}"
    return f"{node.head}({','.join(args)})"


def in_maxima(text: str, notation: str, words: Sequence[str] = ()) -> str:
    """Return what was written in a notation (a name of `NOTATIONS`) as Maxima has it. Raises MathsError."""
    return written(parse(text, replace(NOTATIONS[notation], words=frozenset(words))))


def is_same_answer(typed: str, text: str, notation: str, words: Sequence[str] = ()) -> bool:
    """Return whether ``typed`` is another way to write ``text``, which stands as in Maxima."""
    try:
        return in_maxima(typed, notation, words) == in_maxima(text, "maxima")
    except MathsError:
        return False


def names_in(text: str) -> frozenset[str]:
    """Return the letters and names that stand free in a text as in Maxima; none where it cannot be read."""
    try:
        return frozenset(free_names(parse(text)))
    except MathsError:
        return frozenset()
