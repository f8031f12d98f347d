"""Answer tests for plain text: equal, equal but for spaces and case, a pattern, a distance."""

from __future__ import annotations

import re

from lms.assessment.maths.figures import exact_value
from lms.assessment.maths.tree import App, Name, Node, Text
from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["levenshtein", "pattern", "same_text", "same_text_loosely"]

MAX_TEXT = 2000


def same_text(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether two texts are the same, letter for letter."""
    return Verdict.of(_written(student) == _written(teacher), "")


def same_text_loosely(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether two texts are the same but for spaces and case."""
    return Verdict.of(_loose(_written(student)) == _loose(_written(teacher)), "")


def _loose(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()


def _written(node: Node) -> str:
    return node.value if isinstance(node, Text) else repr(node)


def pattern(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether the pattern is found in the text."""
    if not isinstance(student, Text):
        return INVALID("not_string")
    if not isinstance(teacher, Text):
        return INVALID("teacher_not_string")
    try:
        found = re.search(teacher.value.replace("\\\\", "\\"), student.value[:MAX_TEXT])
    except re.error:
        return INVALID("pattern_wrong")
    return Verdict.of(found is not None, "")


def levenshtein(student: Node, teacher: Node, option: Node | None) -> Verdict:
    """Return whether a text is nearer to an allowed one than the tolerance and than to any denied one.

    Teacher: [[allowed …], [denied …]]; option: the share of letters that must agree, or [share, CASE, WHITESPACE].
    """
    items = option.args if isinstance(option, App) and option.head == "list" else (option,)
    if items[0] is None:
        return INVALID("option_missing")
    share = exact_value(items[0])
    if share is None:
        return INVALID("option_wrong")
    flags = {item.name for item in items[1:] if isinstance(item, Name)}
    if not isinstance(student, Text):
        return Verdict.of(False, "not_string")
    lists = _lists(teacher)
    if lists is None:
        return Verdict.of(False, "teacher_malformed")
    mine = _prepared(student.value, flags)
    allowed, denied = (
        max((_likeness(mine, _prepared(w, flags)) for w in words), default=0.0) for words in lists
    )
    if allowed < denied:
        return Verdict.of(False, "denied")
    return Verdict.of(allowed >= float(share), "")


def _lists(teacher: Node) -> tuple[list[str], list[str]] | None:
    if not (isinstance(teacher, App) and teacher.head == "list" and len(teacher.args) == 2):
        return None
    found: list[list[str]] = []
    for words in teacher.args:
        if not (isinstance(words, App) and words.head == "list"):
            return None
        texts = [word.value for word in words.args if isinstance(word, Text)]
        if len(texts) != len(words.args):
            return None
        found.append(texts)
    return found[0], found[1]


def _prepared(text: str, flags: set[str]) -> str:
    if "WHITESPACE" not in flags:
        text = " ".join(text.split())
    return text[:MAX_TEXT] if "CASE" in flags else text[:MAX_TEXT].casefold()


def _likeness(a: str, b: str) -> float:
    longest = max(len(a), len(b))
    return 1.0 if not longest else 1 - _distance(a, b) / longest


def _distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != other))
    return row[-1]
