"""Compute the score of a QTI 1.2 item from responses, as its ``<resprocessing>`` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, DecimalException

from lms.assessment.formats.qti_values import as_number
from lms.assessment.formats.values import Refusal
from lms.core.xmltree import Node

__all__ = ["score_of"]

_SETTERS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "set": lambda _old, new: new,
    "add": lambda old, new: old + new,
    "subtract": lambda old, new: old - new,
    "multiply": lambda old, new: old * new,
    "divide": lambda old, new: old / new,
}
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "varlt": lambda a, b: a < b,
    "varlte": lambda a, b: a <= b,
    "vargt": lambda a, b: a > b,
    "vargte": lambda a, b: a >= b,
}
Responses = Mapping[str, Sequence[str]]


def score_of(item: Node, cardinalities: Mapping[str, str], given: Responses) -> Decimal:
    """Return the points that the rules give; ``cardinalities`` are Single, Multiple or Ordered by response.

    Conditions that add points all count, as the systems that write this format mean it; one that sets them ends the rules
    unless it says ``continue``.
    """
    scores: dict[str, Decimal] = {}
    for processing in item.children("resprocessing"):
        for variable in processing.every("decvar"):
            name = variable.attrs.get("varname", "SCORE")
            is_total = name.casefold() in ("score", "que_score")
            default = variable.attrs.get("defaultval", "0") if is_total else "0"
            scores[name] = as_number(default or "0")
        for condition in processing.children("respcondition"):
            test = condition.first("conditionvar")
            if test is None or not _holds(list(test.children()), cardinalities, given):
                continue
            setters = list(condition.children("setvar"))
            for setter in setters:
                _apply(setter, scores)
            is_setting = any(setter.attrs.get("action", "Set").casefold() == "set" for setter in setters)
            if is_setting and condition.attrs.get("continue", "No").casefold() != "yes":
                break
    return sum(scores.values(), Decimal(0))


def _apply(setter: Node, scores: dict[str, Decimal]) -> None:
    name = setter.attrs.get("varname", "SCORE")
    step = _SETTERS.get(setter.attrs.get("action", "Set").casefold())
    if step is None:
        raise Refusal("qti.rule_unknown", setter.attrs.get("action", ""))
    try:
        scores[name] = step(scores.get(name, Decimal(0)), as_number(setter.text() or "0"))
    except DecimalException:
        raise Refusal("qti.number") from None


def _holds(tests: Sequence[Node], cardinalities: Mapping[str, str], given: Responses) -> bool:
    """Tell whether all tests hold; several bare texts for one single response are alternatives."""
    by_name: dict[str, list[Node]] = {}
    others = []
    for test in tests:
        if test.tag == "varequal":
            by_name.setdefault(test.attrs.get("respident", ""), []).append(test)
        else:
            others.append(test)
    return all(_equals(name, nodes, cardinalities, given) for name, nodes in by_name.items()) and all(
        _test(test, cardinalities, given) for test in others
    )


def _equals(name: str, nodes: Sequence[Node], cardinalities: Mapping[str, str], given: Responses) -> bool:
    values = list(given.get(name, ()))
    kind = cardinalities.get(name, "single").casefold()
    if kind == "ordered" and len(nodes) > 1:
        return values == [node.text() for node in nodes]
    found = [_is_among(node, values) for node in nodes]
    return all(found) if kind == "multiple" else any(found)


def _is_among(node: Node, values: Sequence[str]) -> bool:
    wanted = node.text()
    if node.attrs.get("case", "Yes").casefold() == "no":
        return wanted.casefold() in [value.casefold() for value in values]
    return wanted in values or _is_same_number(wanted, values)


def _is_same_number(wanted: str, values: Sequence[str]) -> bool:
    try:
        number = as_number(wanted)
        return any(as_number(value) == number for value in values)
    except Refusal:
        return False


def _test(node: Node, cardinalities: Mapping[str, str], given: Responses) -> bool:
    inner = list(node.children())
    match node.tag:
        case "and":
            return all(_test_one(part, cardinalities, given) for part in inner)
        case "or":
            return any(_test_one(part, cardinalities, given) for part in inner)
        case "not":
            return not _holds(inner, cardinalities, given)
        case "other":
            return True
        case "unanswered":
            return not given.get(node.attrs.get("respident", ""))
        case "varsubset":
            wanted = {part.strip() for part in node.text().split(",")}
            return wanted <= set(given.get(node.attrs.get("respident", ""), ()))
        case "varlt" | "varlte" | "vargt" | "vargte":
            return _compares(node, given)
    raise Refusal("qti.rule_unknown", node.tag)


def _test_one(node: Node, cardinalities: Mapping[str, str], given: Responses) -> bool:
    return _holds([node], cardinalities, given)


def _compares(node: Node, given: Responses) -> bool:
    limit = as_number(node.text())
    for value in given.get(node.attrs.get("respident", ""), ()):
        try:
            number = as_number(value)
        except Refusal:
            continue
        if _COMPARE[node.tag](number, limit):
            return True
    return False
