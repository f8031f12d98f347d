"""Hold the values that QTI's rules compute with, and the variables of one item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from lms.assessment.formats.values import Refusal
from lms.core.xmltree import Node

__all__ = [
    "Declaration",
    "Many",
    "Scalar",
    "Value",
    "as_number",
    "declared",
    "is_same",
    "parse_value",
    "read_response",
]


class Many(NamedTuple):
    """A container that is not empty (an empty one is NULL): its values, and whether their order counts."""

    items: tuple[Scalar, ...]
    is_ordered: bool = False


Scalar = str | Decimal | bool | tuple[str, str] | tuple[Decimal, Decimal]
#: None is QTI's NULL.
Value = Scalar | Many | None

NUMBERS = {"integer", "float", "duration"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared variable with what its mapping and tables say."""

    name: str
    cardinality: str
    base: str
    node: Node
    default: Value = None
    correct: Value = None
    mapping: Node | None = None
    areas: Node | None = None
    tables: Sequence[Node] = field(default_factory=tuple)


def as_number(text: str) -> Decimal:
    """Return a number; raise Refusal ``qti.value`` for what is none."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise Refusal("qti.value", text[:40]) from None
    if not number.is_finite() or abs(number.adjusted()) > 300:
        raise Refusal("qti.value", text[:40])
    return number


def parse_value(text: str, base: str) -> Scalar:
    """Return what a text means for a base type; raise Refusal ``qti.value``."""
    base = base.casefold()
    if base in NUMBERS:
        return as_number(text)
    if base == "boolean":
        return text.strip().casefold() in ("true", "1")
    if base in ("pair", "directedpair"):
        words = text.split()
        if len(words) != 2:
            raise Refusal("qti.value", text[:40])
        first, second = words if base == "directedpair" else sorted(words)
        return (first, second)
    if base == "point":
        places = text.replace(",", " ").split()
        if len(places) != 2:
            raise Refusal("qti.value", text[:40])
        return (as_number(places[0]), as_number(places[1]))
    return text if base == "string" else text.strip()


def read_response(declaration: Declaration, texts: Sequence[str]) -> Value:
    """Return the value that a candidate's texts have for a declared response; none at all is NULL."""
    values = [parse_value(text, declaration.base) for text in texts]
    return _contained(values, declaration.cardinality)


def _contained(values: Sequence[Scalar], cardinality: str) -> Value:
    if not values:
        return None
    if cardinality == "single" and len(values) == 1:
        return None if values[0] == "" else values[0]
    return Many(tuple(values), cardinality == "ordered")


def _values(node: Node | None, base: str, cardinality: str) -> Value:
    if node is None:
        return None
    return _contained(
        [parse_value(value.text(), value.attrs.get("baseType", base)) for value in node.children("value")],
        cardinality,
    )


def declared(item: Node, kind: str) -> dict[str, Declaration]:
    """Return the item's declarations of a kind (response, outcome, template) by their names."""
    found = {}
    for node in item.children(f"{kind}Declaration"):
        name, base = node.attrs.get("identifier", ""), node.attrs.get("baseType", "string")
        cardinality = node.attrs.get("cardinality", "single")
        if cardinality == "record":
            raise Refusal("qti.record", name)
        found[name] = Declaration(
            name,
            cardinality,
            base,
            node,
            _values(node.first("defaultValue"), base, cardinality),
            _values(node.first("correctResponse"), base, cardinality),
            node.first("mapping"),
            node.first("areaMapping"),
            tuple(node.children("interpolationTable", "matchTable")),
        )
    return found


def is_same(left: Value, right: Value) -> bool:
    """Tell whether two values are the same: order counts in ordered containers, number of times in all."""
    if isinstance(left, Many) and isinstance(right, Many):
        if left.is_ordered and right.is_ordered:
            return left.items == right.items
        return len(left.items) == len(right.items) and _counts(left.items) == _counts(right.items)
    if isinstance(left, Many) != isinstance(right, Many):
        many, other = (left, right) if isinstance(left, Many) else (right, left)
        return isinstance(many, Many) and many.items == (other,)
    return left == right


def _counts(items: Sequence[Scalar]) -> Mapping[Scalar, int]:
    return {item: items.count(item) for item in items}
