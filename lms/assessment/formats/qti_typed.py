"""Find out what the rules of a QTI item may accept in a field in which one types: texts, and numbers with their tolerances.

The rules can be asked about any answer, but not about all. So an answer may only be compared (with what can be listed), never
computed with: then what they say changes at known texts and at known numbers, and those are what is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from lms.assessment.formats.behaviour import MAX_FORMS, Slot
from lms.assessment.formats.qti_patterns import is_plainly_compared, wild_forms
from lms.assessment.formats.qti_rules import Scorer
from lms.assessment.formats.qti_values import as_number
from lms.assessment.formats.values import Refusal
from lms.assessment.rules.numbers import Rounding
from lms.core.xmltree import Node

__all__ = ["typed_slot"]

#: Numbers are rounded to so many digits at most.
MAX_DIGITS = 12
#: So many places where the rules may change their mind are tried.
MAX_EDGES = 5_000
#: What compares an answer with something, or looks it up in a list.
_COMPARING = frozenset(
    {
        "match",
        "equal",
        "equalRounded",
        "stringMatch",
        "substring",
        "lt",
        "lte",
        "gt",
        "gte",
        "isNull",
        "member",
        "contains",
    }
)
_RANGES = frozenset({"gte", "lte", "gt", "lt"})
#: What leaves an answer as it is.
_CARRYING = frozenset({"multiple", "ordered", "integerToFloat"})


def typed_slot(scorer: Scorer, name: str) -> Slot:
    """Return the slot of a response that is typed, with all that the rules may compare it with.

    Raises Refusal ``qti.pattern_forms``, ``qti.answer_computed`` or ``qti.tolerance_of_answer`` where that cannot be listed.
    """
    declaration = scorer.responses[name]
    if declaration.cardinality != "single":
        raise Refusal("qti.cardinality", declaration.cardinality)
    nodes = list(scorer.processing.walk()) if scorer.processing is not None else []
    if any(node.tag == "patternMatch" for node in nodes):
        wild = wild_forms(nodes, name) if is_plainly_compared(nodes, name) else None
        if wild is None:
            raise Refusal("qti.pattern_forms")
        return Slot(name, None, wild, is_wild=True)
    scorer.score({})  # what cannot be scored at all is refused as such
    if scorer.processing is not None:
        _Use(name).rules(scorer.processing)
    key = str(declaration.correct) if declaration.correct is not None else None
    mapping = declaration.mapping or declaration.node
    forms = [] if key is None else [key]
    forms += [node.attrs.get("mapKey", "") for node in mapping.children("mapEntry")]
    forms += [node.text() for node in nodes if node.tag == "baseValue" and _fits(node, declaration.base)]
    if declaration.base not in ("integer", "float"):
        return Slot(name, None, tuple(form for form in forms if form.strip()), key=key)
    forms = [form for form in forms if _is_number(form)] + [f"{n:f}" for n in scorer.compared()]
    if len(forms) > MAX_FORMS:
        raise Refusal("question.too_many_options", str(len(forms)))
    middles = _middles(forms) if any(node.tag in _RANGES for node in nodes) else []
    rounding, digits = _rounding(nodes)
    edges = tuple(_edges(nodes, {as_number(form) for form in forms}))
    return Slot(
        name,
        None,
        (*(form for form in forms if form.strip()), *middles),
        True,
        _tolerances(nodes, forms),
        rounding=rounding,
        digits=digits,
        edges=edges,
        key=key,
    )


class _Use:
    """What rules do with one response: raises Refusal where they compute with it instead of comparing it."""

    def __init__(self, name: str) -> None:
        self.names = {name}

    def rules(self, node: Node) -> None:
        """Follow rules in their order; an outcome that takes the answer over is the answer from there on."""
        for part in node.children():
            if part.tag == "setOutcomeValue":
                self._set(part)
            elif part.tag.startswith("response"):  # conditions, their branches, fragments
                self.rules(part)
            else:
                self.carries(part)

    def _set(self, node: Node) -> None:
        if self.carries(next(node.children(), node)):
            name = node.attrs.get("identifier", "")
            if name == "SCORE":
                raise Refusal("qti.answer_computed", node.tag)
            self.names.add(name)

    def carries(self, node: Node) -> bool:
        """Return whether the value of an expression is the answer itself."""
        if node.tag == "variable":
            return node.attrs.get("identifier") in self.names
        found = [part for part in node.children() if self.carries(part)]
        if not found or node.tag == "lookupOutcomeValue":
            return False
        if node.tag in _CARRYING:
            return True
        if node.tag not in _COMPARING:
            raise Refusal("qti.answer_computed", node.tag)
        is_relative = node.tag == "equal" and node.attrs.get("toleranceMode") == "relative"
        if is_relative and found[0] is next(node.children()) and node.attrs.get("tolerance", "").strip(" 0."):
            raise Refusal("qti.tolerance_of_answer")
        return False


def _fits(node: Node, base: str) -> bool:
    return node.attrs.get("baseType", "string").casefold() in {base.casefold(), "float", "integer", "string"}


def _is_number(text: str) -> bool:
    try:
        as_number(text)
    except Refusal:
        return False
    return True


def _named(nodes: Sequence[Node], mode: str) -> set[Decimal]:
    return {
        as_number(part)
        for node in nodes
        if node.tag == "equal" and node.attrs.get("toleranceMode") == mode
        for part in node.attrs.get("tolerance", "").split()
    }


def _tolerances(nodes: Sequence[Node], forms: Sequence[str]) -> tuple[Decimal, ...]:
    """Return the tolerances that the rules name, absolute ones and those relative to a known number."""
    numbers = sorted({as_number(form) for form in forms})
    found = _named(nodes, "absolute")
    found |= {abs(number) * limit / 100 for limit in _named(nodes, "relative") for number in numbers}
    found |= {(high - low) / 2 for low, high in pairwise(numbers)}
    return tuple(found)


def _edges(nodes: Sequence[Node], numbers: set[Decimal]) -> Iterator[Decimal]:
    """Yield the numbers at which the rules may change their mind."""
    absolute, relative = _named(nodes, "absolute"), _named(nodes, "relative")
    if len(numbers) * (len(absolute) + len(relative)) > MAX_EDGES:
        raise Refusal("qti.too_long")
    for number in numbers:
        yield number
        limits = absolute | {abs(number) * limit / 100 for limit in relative}
        yield from (number + side * limit for limit in limits for side in (1, -1))


def _rounding(nodes: Sequence[Node]) -> tuple[Rounding, int]:
    """Return how the rules round numbers before they compare them, NONE where they do not or not always alike."""
    found = {
        (node.attrs.get("roundingMode", "significantFigures"), node.attrs.get("figures", ""))
        for node in nodes
        if node.tag == "equalRounded"
    }
    mode, figures = found.pop() if len(found) == 1 else ("", "")
    known = {"decimalPlaces": Rounding.DECIMALS, "significantFigures": Rounding.FIGURES}
    if mode not in known or not figures.isdecimal() or not 0 <= int(figures[:9]) <= MAX_DIGITS:
        return Rounding.NONE, 0
    return known[mode], int(figures)


def _middles(forms: Sequence[str]) -> list[str]:
    """Return the numbers half-way between neighbours: a range's middle is how we say it."""
    numbers = sorted({as_number(form) for form in forms})
    return [f"{(low + high) / 2:f}" for low, high in pairwise(numbers)]
