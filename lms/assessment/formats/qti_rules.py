"""Compute the outcomes of a QTI item from a candidate's responses, as its response processing says (QTI 2.1 to 3.0).

Both the standard templates and the rule language are understood. What is random, remote or unknown raises Refusal: a score
that could come out differently is never guessed. Nothing of the item is executed; every loop is bounded by the item's size.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, DecimalException
from functools import partial
from typing import Any

from lms.assessment.formats.qti_values import (
    Declaration,
    Many,
    Value,
    as_number,
    declared,
    is_same,
    parse_value,
    read_response,
)
from lms.assessment.formats.shapes import is_inside
from lms.assessment.formats.values import Refusal
from lms.core.xmltree import Node

__all__ = ["MAX_STEPS", "Scorer", "template_name"]

_TEMPLATES = {
    "match_correct",
    "map_response",
    "map_response_point",
    "CC2_match",
    "CC2_match_basic",
    "CC2_map_response",
}
_COMPARING = {"match", "equal", "equalRounded", "lt", "lte", "gt", "gte"}
#: What depends on the answer.
_ASKING = {"variable", "mapResponse", "mapResponsePoint"}
#: A pattern with a repeated group or many repetitions can take for ever: such items are refused.
_SLOW_PATTERN = re.compile(r"\)[*+{]|(?:[*+{].*){5}", re.DOTALL)
MAX_REPEATS = 1000
MAX_ITEMS = 10_000
#: Expressions and table rows looked at while one item is being understood.
MAX_STEPS = 3_000_000


def template_name(processing: Node) -> str:
    """Return the name of the standard template that a ``<responseProcessing>`` refers to, '' when it has rules."""
    address = processing.attrs.get("template") or processing.attrs.get("templateLocation") or ""
    return address.rpartition("/")[2].removesuffix(".xml")


class _Exit(Exception):
    """The rules end here."""


class Scorer:
    """The response processing of one item, ready to be run for any responses."""

    def __init__(self, item: Node) -> None:
        """Read the declarations of ``item`` (names in QTI 2 spelling); raise Refusal for what cannot be computed."""
        self.responses = declared(item, "response")
        self.declared_outcomes = declared(item, "outcome")
        self.processing = item.first("responseProcessing")
        self.steps = 0
        self.is_assumed = self.processing is None or not (
            template_name(self.processing) or list(self.processing.children())
        )
        if item.first("templateProcessing") or list(item.children("templateDeclaration")):
            raise Refusal("qti.template_variables")

    def spend(self, steps: int) -> None:
        """Count what was computed for this item; raise Refusal ``qti.too_long`` when it is too much."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise Refusal("qti.too_long")

    def outcomes(self, given: Mapping[str, Sequence[str]]) -> dict[str, Value]:
        """Return all outcomes for responses given as texts by response name."""
        values: dict[str, Value] = {
            name: read_response(declaration, given.get(name, ()))
            for name, declaration in self.responses.items()
        }
        return self.run(values)

    def run(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return all outcomes for response values by name."""
        run = _Run(self, values)
        try:
            run.process()
        except _Exit:
            pass
        except DecimalException:
            raise Refusal("qti.number") from None
        return run.outcomes

    def compared(self) -> Iterator[Decimal]:
        """Yield the numbers that the rules compute of constants and keys, to compare something with them."""
        rules = [] if self.processing is None else self.processing.every(*_COMPARING)
        for part in (part for node in rules for part in node.children()):
            below = list(part.walk())
            self.spend(len(below))
            if len(below) == 1 or any(node.tag in _ASKING for node in below):
                continue
            try:
                value = _Run(self, {}).value(part)
            except DecimalException:
                raise Refusal("qti.number") from None
            if isinstance(value, Decimal):
                yield value

    def score(self, given: Mapping[str, Sequence[str]]) -> Decimal:
        """Return the score for responses given as texts (0 when the rules leave it NULL)."""
        outcomes = self.outcomes(given)
        score = outcomes.get("SCORE")
        if "SCORE" not in outcomes:
            numbers = [value for value in outcomes.values() if isinstance(value, Decimal)]
            score = numbers[0] if len(numbers) == 1 else None
            if score is None:
                raise Refusal("qti.no_score")
        return score if isinstance(score, Decimal) else Decimal(0)


class _Run:
    """One run of the rules."""

    def __init__(self, scorer: Scorer, values: Mapping[str, Value]) -> None:
        self.scorer = scorer
        self.values = values
        self.outcomes: dict[str, Value] = {
            name: Decimal(0)
            if d.default is None and d.base in ("integer", "float") and d.cardinality == "single"
            else d.default
            for name, d in scorer.declared_outcomes.items()
        }

    def process(self) -> None:
        processing = self.scorer.processing
        if self.scorer.is_assumed or processing is None:
            self._assumed()
        elif name := template_name(processing):
            if name not in _TEMPLATES and not list(processing.children()):
                raise Refusal("qti.template_unknown", name)
            self._template(name) if name in _TEMPLATES else self.rules(list(processing.children()))
        else:
            self.rules(list(processing.children()))

    def _assumed(self) -> None:
        """Without any processing: what the key or the mapping of the only response says."""
        if len(self.scorer.responses) != 1:
            raise Refusal("qti.no_processing")
        (declaration,) = self.scorer.responses.values()
        if declaration.areas is not None:
            self._template("map_response_point", declaration)
        else:
            self._template("match_correct" if declaration.mapping is None else "map_response", declaration)

    def _template(self, name: str, declaration: Declaration | None = None) -> None:
        response = declaration or self.declaration("RESPONSE")
        value = self.values.get(response.name)
        if name.startswith(("match_correct", "CC2_match")):
            right = value is not None and response.correct is not None and is_same(value, response.correct)
            self.outcomes["SCORE"] = Decimal(int(right))
        elif value is None:
            self.outcomes["SCORE"] = Decimal(0)
        else:
            self.spend_on(response)
            by_area = name == "map_response_point"
            self.outcomes["SCORE"] = _mapped_point(response, value) if by_area else _mapped(response, value)

    def spend_on(self, declaration: Declaration) -> None:
        """Count a look into a declaration's mapping or areas."""
        self.scorer.spend(sum(len(node.parts) for node in (declaration.mapping, declaration.areas) if node))

    def declaration(self, name: str) -> Declaration:
        if name not in self.scorer.responses:
            raise Refusal("qti.variable_unknown", name)
        return self.scorer.responses[name]

    def rules(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            self.scorer.spend(1)
            match node.tag:
                case "responseCondition":
                    self._condition(node)
                case "setOutcomeValue":
                    self._set(node.attrs.get("identifier", ""), self.value(_only(node)))
                case "lookupOutcomeValue":
                    self._lookup(node)
                case "responseProcessingFragment":
                    self.rules(list(node.children()))
                case "exitResponse":
                    raise _Exit
                case _:
                    raise Refusal("qti.rule_unknown", node.tag)

    def _condition(self, node: Node) -> None:
        for branch in node.children():
            parts = list(branch.children())
            if branch.tag == "responseElse":
                return self.rules(parts)
            if parts and self.value(parts[0]) is True:
                return self.rules(parts[1:])
        return None

    def _set(self, name: str, value: Value) -> None:
        declaration = self.scorer.declared_outcomes.get(name)
        if declaration is None:
            raise Refusal("qti.variable_unknown", name)
        if declaration.base == "integer" and isinstance(value, Decimal):
            value = value.to_integral_value(ROUND_FLOOR)
        self.outcomes[name] = value

    def _lookup(self, node: Node) -> None:
        name = node.attrs.get("identifier", "")
        declaration = self.scorer.declared_outcomes.get(name)
        if declaration is None or not declaration.tables:
            raise Refusal("qti.variable_unknown", name)
        self._set(name, _looked_up(declaration, self.value(_only(node))))

    def value(self, node: Node) -> Value:
        """Return the value of an expression."""
        self.scorer.spend(1)
        own = _VARIABLES.get(node.tag)
        if own is not None:
            return own(self, node)
        operator = _OPERATORS.get(node.tag)
        if operator is None:
            raise Refusal("qti.rule_unknown", node.tag)
        return operator(node, [self.value(part) for part in node.children()])

    def _variable(self, node: Node) -> Value:
        name = node.attrs.get("identifier", "")
        if name in self.outcomes:
            return self.outcomes[name]
        if name in self.scorer.responses:
            return self.values.get(name)
        if name in ("completionStatus", "numAttempts", "duration"):
            built_in: dict[str, Value] = {"completionStatus": "completed", "numAttempts": Decimal(1)}
            return built_in.get(name, Decimal(0))
        raise Refusal("qti.variable_unknown", name)

    def _base(self, node: Node) -> Value:
        return parse_value(node.text(), node.attrs.get("baseType", "string"))

    def _correct(self, node: Node) -> Value:
        return self.declaration(node.attrs.get("identifier", "")).correct

    def _default(self, node: Node) -> Value:
        name = node.attrs.get("identifier", "")
        declaration = self.scorer.declared_outcomes.get(name) or self.declaration(name)
        return declaration.default

    def _map(self, node: Node) -> Value:
        declaration = self.declaration(node.attrs.get("identifier", ""))
        value = self.values.get(declaration.name)
        if value is None:
            return Decimal(0)
        return (
            _mapped_point(declaration, value)
            if node.tag == "mapResponsePoint"
            else _mapped(declaration, value)
        )


def _only(node: Node) -> Node:
    parts = list(node.children())
    if len(parts) != 1:
        raise Refusal("qti.rule_unknown", node.tag)
    return parts[0]


def _items(value: Value) -> tuple[Any, ...]:
    return () if value is None else value.items if isinstance(value, Many) else (value,)


def _mapped(declaration: Declaration, value: Value) -> Decimal:
    """Add up what a mapping gives for each different value."""
    if declaration.mapping is None:
        raise Refusal("qti.no_mapping", declaration.name)
    default = as_number(declaration.mapping.attrs.get("defaultValue", "0"))
    entries = [
        (
            parse_value(node.attrs.get("mapKey", ""), declaration.base),
            as_number(node.attrs.get("mappedValue", "0")),
            node.attrs.get("caseSensitive", "true") == "true",
        )
        for node in declaration.mapping.children("mapEntry")
    ]
    total = sum((_entry(entries, item, default) for item in dict.fromkeys(_items(value))), Decimal(0))
    return _bounded(declaration.mapping, total)


def _entry(entries: Sequence[tuple[Any, Decimal, bool]], item: Any, default: Decimal) -> Decimal:
    for key, mapped, is_exact in entries:
        if key == item or (not is_exact and isinstance(item, str) and str(key).casefold() == item.casefold()):
            return mapped
    return default


def _mapped_point(declaration: Declaration, value: Value) -> Decimal:
    """Add up what each area gives that holds a point (once), and the default for each point outside all."""
    if declaration.areas is None:
        raise Refusal("qti.no_mapping", declaration.name)
    default = as_number(declaration.areas.attrs.get("defaultValue", "0"))
    waiting = list(declaration.areas.children("areaMapEntry"))
    total = Decimal(0)
    for point in _items(value):
        hits = [node for node in waiting if is_inside(node.attrs, point)]
        for node in hits[:1]:
            waiting.remove(node)
            total += as_number(node.attrs.get("mappedValue", "0"))
        total += Decimal(0) if hits else default
    return _bounded(declaration.areas, total)


def _bounded(mapping: Node, total: Decimal) -> Decimal:
    if low := mapping.attrs.get("lowerBound"):
        total = max(total, as_number(low))
    if high := mapping.attrs.get("upperBound"):
        total = min(total, as_number(high))
    return total


def _looked_up(declaration: Declaration, value: Value) -> Value:
    table = declaration.tables[0]
    if isinstance(value, Decimal):
        for node in table.children("interpolationTableEntry", "matchTableEntry"):
            source = as_number(node.attrs.get("sourceValue", ""))
            is_in = node.attrs.get("includeBoundary", "true") == "true"
            is_hit = (
                value == source
                if node.tag == "matchTableEntry"
                else value > source or (is_in and value == source)
            )
            if is_hit:
                return parse_value(node.attrs.get("targetValue", ""), declaration.base)
    default = table.attrs.get("defaultValue")
    return None if default is None else parse_value(default, declaration.base)


# Operators: (node, values) -> value. A NULL among the values makes most of them NULL.


def _numbers(values: Sequence[Value]) -> list[Decimal] | None:
    """Return all numbers, containers opened; None when any is missing."""
    found: list[Any] = []
    for value in values:
        if value is None:
            return None
        found.extend(_items(value))
    if not all(isinstance(item, Decimal) for item in found):
        raise Refusal("qti.value")
    return found


def _fold(step: Callable[[Decimal, Decimal], Decimal], _node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    if not numbers:
        return None
    total = numbers[0]
    for number in numbers[1:]:
        total = step(total, number)
    return total


def _compare(test: Callable[[Decimal, Decimal], bool], _node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    return None if numbers is None or len(numbers) != 2 else test(numbers[0], numbers[1])


def _two(step: Callable[[Decimal, Decimal], Decimal], _node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    if numbers is None or len(numbers) != 2:
        return None
    try:
        return step(numbers[0], numbers[1])
    except (ZeroDivisionError, DecimalException):
        return None


def _one(step: Callable[[Decimal], Decimal], _node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    return step(numbers[0]) if numbers else None


def _and(_node: Node, values: Sequence[Value]) -> Value:
    return False if any(value is False for value in values) else None if None in values else True


def _or(_node: Node, values: Sequence[Value]) -> Value:
    return True if any(value is True for value in values) else None if None in values else False


def _not(_node: Node, values: Sequence[Value]) -> Value:
    return None if not values or values[0] is None else values[0] is False


def _any_n(node: Node, values: Sequence[Value]) -> Value:
    least, most = as_number(node.attrs.get("min", "0")), as_number(node.attrs.get("max", str(len(values))))
    sure, unknown = sum(value is True for value in values), sum(value is None for value in values)
    if sure > most or sure + unknown < least:
        return False
    return True if sure >= least and sure + unknown <= most else None


def _match(_node: Node, values: Sequence[Value]) -> Value:
    return None if len(values) != 2 or None in values else is_same(values[0], values[1])


def _equal(node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    if numbers is None or len(numbers) != 2:
        return None
    expected, found = numbers
    mode = node.attrs.get("toleranceMode", "exact")
    if mode == "exact":
        return expected == found
    limits = [as_number(part) for part in node.attrs.get("tolerance", "0").split()]
    low, high = limits[0], limits[-1]
    if mode == "relative":
        low, high = abs(expected) * low / 100, abs(expected) * high / 100
    above, below = expected - low, expected + high
    is_low = found >= above if node.attrs.get("includeLowerBound", "true") == "true" else found > above
    is_high = found <= below if node.attrs.get("includeUpperBound", "true") == "true" else found < below
    return is_low and is_high


def _equal_rounded(node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    if numbers is None or len(numbers) != 2:
        return None
    left, right = (_rounded(node, number) for number in numbers)
    return left == right


def _rounded(node: Node, number: Decimal) -> Decimal:
    figures = as_number(node.attrs.get("figures", "0"))
    if not 0 <= figures <= 50:
        raise Refusal("qti.value", node.tag)
    places = int(figures)
    if node.attrs.get("roundingMode", "significantFigures") == "significantFigures" and number:
        places = places - 1 - number.adjusted()
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _text_pair(node: Node, values: Sequence[Value]) -> tuple[str, str] | None:
    if len(values) != 2 or None in values:
        return None
    left, right = str(values[0]), str(values[1])
    return (
        (left, right)
        if node.attrs.get("caseSensitive", "true") == "true"
        else (left.casefold(), right.casefold())
    )


def _string_match(node: Node, values: Sequence[Value]) -> Value:
    pair = _text_pair(node, values)
    if pair is None:
        return None
    return pair[1] in pair[0] if node.attrs.get("substring") == "true" else pair[0] == pair[1]


def _substring(node: Node, values: Sequence[Value]) -> Value:
    pair = _text_pair(node, values)
    return None if pair is None else pair[0] in pair[1]


def _pattern(node: Node, values: Sequence[Value]) -> Value:
    if not values or values[0] is None:
        return None
    pattern = node.attrs.get("pattern", "")
    if len(pattern) > 300 or _SLOW_PATTERN.search(pattern):
        raise Refusal("qti.pattern", pattern[:60])
    try:
        return re.fullmatch(pattern, str(values[0])[:1000]) is not None
    except re.error:
        raise Refusal("qti.pattern", pattern[:60]) from None


def _member(_node: Node, values: Sequence[Value]) -> Value:
    return None if len(values) != 2 or None in values else values[0] in _items(values[1])


def _contains(_node: Node, values: Sequence[Value]) -> Value:
    if len(values) != 2 or None in values:
        return None
    whole, part = _items(values[0]), _items(values[1])
    if isinstance(values[0], Many) and values[0].is_ordered:
        return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))
    return all(whole.count(item) >= part.count(item) for item in part)


def _container(is_ordered: bool, _node: Node, values: Sequence[Value]) -> Value:
    items = tuple(item for value in values for item in _items(value))
    if len(items) > MAX_ITEMS:
        raise Refusal("qti.rule_unknown", "repeat")
    return Many(items, is_ordered) if items else None


def _delete(_node: Node, values: Sequence[Value]) -> Value:
    if len(values) != 2 or None in values:
        return None
    kept = tuple(item for item in _items(values[1]) if item != values[0])
    return Many(kept, isinstance(values[1], Many) and values[1].is_ordered) if kept else None


def _index(node: Node, values: Sequence[Value]) -> Value:
    items, place = _items(values[0] if values else None), node.attrs.get("n", "")
    number = int(place) if place.isdecimal() and len(place) < 7 else 0
    return items[number - 1] if 1 <= number <= len(items) else None


def _inside(node: Node, values: Sequence[Value]) -> Value:
    if not values or values[0] is None:
        return None
    return any(is_inside(node.attrs, point) for point in _items(values[0]))


def _round_to(node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    return _rounded(node, numbers[0]) if numbers else None


def _constant(node: Node, _values: Sequence[Value]) -> Value:
    known = {"pi": math.pi, "e": math.e}
    name = node.attrs.get("name", "")
    if name not in known:
        raise Refusal("qti.rule_unknown", name)
    return Decimal(repr(known[name]))


def _function(node: Node, values: Sequence[Value]) -> Value:
    numbers, step = _numbers(values), _FUNCTIONS.get(node.attrs.get("name", ""))
    if step is None:
        raise Refusal("qti.rule_unknown", node.attrs.get("name", node.tag))
    if numbers is None:
        return None
    try:
        return Decimal(repr(float(step(*(float(number) for number in numbers)))))
    except (ValueError, OverflowError, TypeError, ZeroDivisionError):
        return None


def _statistic(node: Node, values: Sequence[Value]) -> Value:
    numbers, name = _numbers(values), node.attrs.get("name", "")
    if not numbers:
        return None
    mean = sum(numbers, Decimal(0)) / len(numbers)
    if name == "mean":
        return mean
    spread = 1 if name.startswith("sample") else 0
    squares = sum(((number - mean) ** 2 for number in numbers), Decimal(0))
    if name not in ("sampleVariance", "sampleSD", "popVariance", "popSD"):
        raise Refusal("qti.rule_unknown", name)
    if len(numbers) <= spread:
        return None
    variance = squares / (len(numbers) - spread)
    return variance.sqrt() if name.endswith("SD") else variance


def _repeat(node: Node, values: Sequence[Value]) -> Value:
    times = node.attrs.get("numberRepeats", "")
    if not times.isdecimal() or int(times) * max(1, len(values)) > MAX_REPEATS:
        raise Refusal("qti.rule_unknown", node.tag)
    return _container(True, node, list(values) * int(times))


def _gcd(step: Callable[..., int], _node: Node, values: Sequence[Value]) -> Value:
    numbers = _numbers(values)
    return Decimal(step(*(int(number) for number in numbers))) if numbers else None


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "atan2": math.atan2, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "log": math.log10, "ln": math.log,
    "exp": math.exp, "abs": abs, "floor": math.floor, "ceil": math.ceil, "toDegrees": math.degrees,
    "toRadians": math.radians, "signum": lambda x: (x > 0) - (x < 0), "sec": lambda x: 1 / math.cos(x),
    "csc": lambda x: 1 / math.sin(x), "cot": lambda x: 1 / math.tan(x),
}  # fmt: skip

_VARIABLES: dict[str, Callable[[_Run, Node], Value]] = {
    "variable": _Run._variable,
    "baseValue": _Run._base,
    "correct": _Run._correct,
    "default": _Run._default,
    "mapResponse": _Run._map,
    "mapResponsePoint": _Run._map,
    "null": lambda _run, _node: None,
}

_OPERATORS: dict[str, Callable[[Node, Sequence[Value]], Value]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "anyN": _any_n,
    "match": _match,
    "equal": _equal,
    "equalRounded": _equal_rounded,
    "stringMatch": _string_match,
    "substring": _substring,
    "patternMatch": _pattern,
    "member": _member,
    "contains": _contains,
    "multiple": partial(_container, False),
    "ordered": partial(_container, True),
    "containerSize": lambda _node, values: Decimal(len(_items(values[0] if values else None))),
    "isNull": lambda _node, values: not values or values[0] is None or values[0] == "",
    "index": _index,
    "delete": _delete,
    "inside": _inside,
    "repeat": _repeat,
    "sum": partial(_fold, lambda a, b: a + b),
    "product": partial(_fold, lambda a, b: a * b),
    "min": partial(_fold, min),
    "max": partial(_fold, max),
    "subtract": partial(_two, lambda a, b: a - b),
    "divide": partial(_two, lambda a, b: a / b),
    "power": partial(_two, lambda a, b: a**b),
    "integerDivide": partial(_two, lambda a, b: (a / b).to_integral_value(ROUND_FLOOR)),
    "integerModulus": partial(_two, lambda a, b: a - b * (a / b).to_integral_value(ROUND_FLOOR)),
    "gcd": partial(_gcd, math.gcd),
    "lcm": partial(_gcd, math.lcm),
    "lt": partial(_compare, lambda a, b: a < b),
    "lte": partial(_compare, lambda a, b: a <= b),
    "gt": partial(_compare, lambda a, b: a > b),
    "gte": partial(_compare, lambda a, b: a >= b),
    "durationLT": partial(_compare, lambda a, b: a < b),
    "durationGTE": partial(_compare, lambda a, b: a >= b),
    "truncate": partial(_one, lambda a: Decimal(int(a))),
    "round": partial(_one, lambda a: (a + Decimal("0.5")).to_integral_value(ROUND_FLOOR)),
    "integerToFloat": partial(_one, lambda a: a),
    "roundTo": _round_to,
    "mathConstant": _constant,
    "mathOperator": _function,
    "statsOperator": _statistic,
}
