"""Say texts with stars for any letters as patterns of QTI, and understand the patterns that say no more than that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lms.assessment.formats.values import Refusal
from lms.core.xmltree import Node

__all__ = ["is_plainly_compared", "pattern_of", "wild_forms", "without_stars"]

#: A piece of a pattern: anything, one letter in both cases, a sign that is meant, or a sign that has no meaning.
_PIECE = re.compile(
    r"(?P<any>\.\*)|\[(?P<pair>[^\W\d_]{2})\]|\\(?P<meant>[^\w\s])|(?P<plain>[^\\.\[\](){}?+*|^$])", re.DOTALL
)
_MEANT = re.compile(r"[\\.\[\](){}?+*|^$]")
#: Where an answer may stand in the rules so that the answers which they name are all that matter.
_COMPARING = {
    "match",
    "equal",
    "equalRounded",
    "stringMatch",
    "patternMatch",
    "lt",
    "lte",
    "gt",
    "gte",
    "isNull",
    "member",
    "contains",
}


def pattern_of(form: str, *, is_case_sensitive: bool) -> str:
    """Return the pattern of a form with stars; where case does not matter each letter stands in both cases."""

    def letter(sign: str) -> str:
        pair = f"{sign.lower()}{sign.upper()}"
        if is_case_sensitive or len(pair) != 2 or sign.lower() == sign.upper():
            return _MEANT.sub(lambda found: f"\\{found[0]}", sign)
        return f"[{pair}]"

    pieces = re.split(r"(\\\*|\*)", form)
    return "".join(
        ".*" if piece == "*" else r"\*" if piece == r"\*" else "".join(map(letter, piece)) for piece in pieces
    )


def without_stars(form: str, filling: str = "") -> str:
    """Return an answer that fits a form: something, or nothing, for each star."""
    return form.replace("\\*", "\0").replace("*", filling).replace("\0", "*")


def wild_forms(nodes: Sequence[Node], name: str) -> tuple[str, ...] | None:
    """Return the forms with stars that the rules compare a response with; None where they use neither patterns nor parts.

    Raises Refusal ``qti.pattern_forms`` for a pattern that says more, or where other comparisons stand beside it.
    """
    rules = [node for node in nodes if node.tag in _COMPARING and _compares(node, name)]
    wild = [node for node in rules if node.tag == "patternMatch" or _is_part(node)]
    if not wild:
        return None
    if any(node.tag not in ("patternMatch", "stringMatch", "isNull") for node in rules):
        raise Refusal("qti.pattern_forms")
    return tuple(_form(node) for node in rules if node.tag != "isNull")


def _compares(node: Node, name: str) -> bool:
    return any(part.tag == "variable" and part.attrs.get("identifier") == name for part in node.children())


def _is_part(node: Node) -> bool:
    return node.tag == "stringMatch" and node.attrs.get("substring") == "true"


def _form(node: Node) -> str:
    if node.tag == "patternMatch":
        return _form_of(node.attrs.get("pattern", ""))
    values = [part.text() for part in node.children() if part.tag == "baseValue"]
    if len(values) != 1 or not values[0].strip():
        raise Refusal("qti.pattern_forms")
    text = values[0].strip().replace("*", r"\*")
    return f"*{text}*" if _is_part(node) else text


def _form_of(pattern: str) -> str:
    """Return a pattern as a form with stars."""
    form, place, cases = "", 0, set[bool]()
    while place < len(pattern):
        found = _PIECE.match(pattern, place)
        if found is None or (found["pair"] and found["pair"][0].lower() != found["pair"][1].lower()):
            raise Refusal("qti.pattern_forms", pattern[:60])
        place = found.end()
        sign = found["meant"] or found["plain"] or ""
        if found["pair"] or sign.lower() != sign.upper():
            cases.add(bool(found["pair"]))
        form += "*" if found["any"] else found["pair"][0] if found["pair"] else r"\*" if sign == "*" else sign
    if len(cases) > 1:  # some letters may be capitals and others not
        raise Refusal("qti.pattern_forms", pattern[:60])
    return form


def is_plainly_compared(nodes: Iterable[Node], name: str) -> bool:
    """Tell whether the rules only compare an answer: what is reckoned with it, or denied, lets through answers that nobody names.

    What is reckoned for other outcomes than the score is left aside.
    """
    rules = list(nodes)
    beside = {
        id(part)
        for node in rules
        if node.tag == "setOutcomeValue" and node.attrs.get("identifier") != "SCORE"
        for part in node.walk()
    }
    for node in (node for node in rules if id(node) not in beside):
        for part in node.children():
            is_answer = part.tag == "variable" and part.attrs.get("identifier") == name
            if is_answer and node.tag not in _COMPARING:
                return False
            if node.tag == "not" and part.tag != "isNull" and _compares(part, name):
                return False
    return True
