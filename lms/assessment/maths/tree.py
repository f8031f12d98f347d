"""The tree that typed mathematics becomes: numbers, names, texts and applications, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

__all__ = [
    "CONSTANTS",
    "LOGIC",
    "RELATIONS",
    "App",
    "MathsError",
    "Name",
    "Node",
    "Num",
    "Text",
    "add",
    "app",
    "contains",
    "free_names",
    "is_app",
    "multiply",
    "negate",
    "number",
    "power",
    "rebuild",
    "replace",
    "walk",
]

#: Names that stand for a number; the other spelling of each is read as this one.
CONSTANTS = frozenset({"%pi", "%e", "%i", "inf", "minf", "%phi", "%gamma", "und", "ind", "infinity"})
RELATIONS = frozenset({"=", "#", "<", ">", "<=", ">="})
LOGIC = frozenset({"and", "or", "not", "xor", "xnor", "nand", "nor", "implies"})


class MathsError(ValueError):
    """Typed mathematics cannot be read or used; ``code`` names why, ``place`` is the position in the text or None."""

    def __init__(self, code: str, place: int | None = None) -> None:
        """Refuse with a stable code."""
        super().__init__(code if place is None else f"{code} at {place}")
        self.code = code
        self.place = place


@dataclass(frozen=True, slots=True)
class Num:
    """A number: its exact value, and how it was written (which says how many figures are meant)."""

    value: Fraction
    text: str

    @property
    def is_decimal(self) -> bool:
        """Return whether it was written with a point or an exponent."""
        return not self.text.isdigit()


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or a constant."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True, slots=True)
class App:
    """An operator or a function with its arguments; ``head`` is the operator's sign or the function's name."""

    head: str
    args: tuple[Node, ...]
    #: Reckoned once: values are looked up by their nodes, and a tree would be gone through each time.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reckon the hash."""
        object.__setattr__(self, "_hash", hash((self.head, self.args)))

    def __hash__(self) -> int:
        """Return the hash of head and arguments."""
        return self._hash


Node = Num | Name | Text | App


def number(value: int | Fraction) -> Node:
    """Return the tree of a rational number: a fraction is a quotient, a negative one is a negation."""
    exact = Fraction(value)
    if exact < 0:
        return App("neg", (number(-exact),))
    if exact.denominator == 1:
        return Num(exact, str(exact.numerator))
    return App("/", (number(exact.numerator), number(exact.denominator)))


def app(head: str, *args: Node) -> App:
    """Return an application."""
    return App(head, args)


def add(*terms: Node) -> Node:
    """Return the sum; of one term the term itself."""
    return terms[0] if len(terms) == 1 else App("+", terms) if terms else number(0)


def multiply(*factors: Node) -> Node:
    """Return the product; of one factor the factor itself."""
    return factors[0] if len(factors) == 1 else App("*", factors) if factors else number(1)


def negate(node: Node) -> Node:
    """Return the negation."""
    return App("neg", (node,))


def power(base: Node, exponent: Node) -> Node:
    """Return the power."""
    return App("^", (base, exponent))


def is_app(node: Node, *heads: str) -> bool:
    """Return whether the node applies one of ``heads``."""
    return isinstance(node, App) and node.head in heads


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything under it, parents first."""
    yield node
    if isinstance(node, App):
        for arg in node.args:
            yield from walk(arg)


def contains(node: Node, *heads: str) -> bool:
    """Return whether one of ``heads`` is applied anywhere in the tree."""
    return any(is_app(part, *heads) for part in walk(node))


def free_names(node: Node) -> frozenset[str]:
    """Return the variables: names that are neither constants nor bound by a sum, a product or a definite integral."""
    if isinstance(node, Name):
        is_fixed = node.name in CONSTANTS or node.name in ("true", "false")
        return frozenset() if is_fixed else frozenset({node.name})
    if isinstance(node, App):
        found: frozenset[str] = frozenset().union(*(free_names(arg) for arg in node.args))
        if node.head in ("sum", "product", "int") and len(node.args) == 4 and isinstance(node.args[1], Name):
            outside = free_names(node.args[2]) | free_names(node.args[3])
            found = (found - {node.args[1].name}) | outside
        return found
    return frozenset()


def rebuild(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return the tree with ``change`` applied to every node, children first."""
    if isinstance(node, App):
        node = App(node.head, tuple(rebuild(arg, change) for arg in node.args))
    return change(node)


def replace(node: Node, values: dict[Node, Node]) -> Node:
    """Return the tree with every node that is a key replaced by its value."""
    return rebuild(node, lambda part: values.get(part, part))
