"""Compute what a STACK question's variables stand for in one variant: the little of Maxima that questions need.

Runs in a child process (see `stack_process`): SymPy has no limits of its own. Nothing is executed but what `_COMMANDS` names;
an expression with any other command is refused by its name.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from math import gcd, lcm
from typing import Any

import sympy

from lms.assessment.maths.evaluate import evaluate
from lms.assessment.maths.latex import latex
from lms.assessment.maths.notation import FUNCTIONS
from lms.assessment.maths.parser import parse
from lms.assessment.maths.sympify import from_sympy, to_sympy
from lms.assessment.maths.tree import (
    App,
    MathsError,
    Name,
    Node,
    Num,
    Text,
    free_names,
    number,
    rebuild,
    replace,
    walk,
)

__all__ = ["Variant", "shown", "statements"]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STRUCTURES = {"list", "set", "=", "#", "<", ">", "<=", ">=", "and", "or", "not", "matrix", "ntuple"}
_OPERATORS = {"+", "*", ".", "/", "^", "neg", "pos", "factorial", "index"}
#: Settings and hints for Maxima that change no value here.
_SILENT = {
    "assume",
    "declare",
    "stack_reset_vars",
    "texput",
    "simp",
    "numer",
    "stack_include",
    "orderless",
    "ordergreat",
}
MAX_RANDOM = 10**9


def statements(source: str) -> list[str]:
    """Return the statements of Maxima code, without comments."""
    parts, depth, quoted, start = list[str](), 0, False, 0
    source = _COMMENT.sub(" ", source)
    for place, char in enumerate(source):
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "([{") - (char in ")]}")
            if char in ";$" and depth <= 0:
                parts.append(source[start:place])
                start = place + 1
    return [part.strip() for part in [*parts, source[start:]] if part.strip()]


class Variant:
    """One variant of a question: its variables with their values, from a seed."""

    def __init__(self, source: str, *, is_simplified: bool, seed: int, unknown: str) -> None:
        """Carry out ``source``; statements that need the student's answer ``unknown`` are left out. Raises MathsError."""
        self.is_simplified = is_simplified
        self.random = random.Random(seed)  # noqa: S311 - the same variant each time, no secret
        self.has_random = False
        self.values: dict[Node, Node] = {}
        self.unsettled: set[str] = {unknown} if unknown else set()
        for statement in statements(source):
            self._carry_out(parse(statement))

    def _carry_out(self, tree: Node) -> None:
        if isinstance(tree, App) and tree.head == ":" and isinstance(tree.args[0], Name):
            name = tree.args[0]
            if name.name == "simp":
                self.is_simplified = tree.args[1] == Name("true")
                return
            names = {part.name for part in walk(tree.args[1]) if isinstance(part, Name)}
            if names & self.unsettled:
                self.unsettled.add(name.name)
            else:
                self.values[name] = self.value(tree.args[1])
        elif not (isinstance(tree, App) and tree.head in _SILENT) and not isinstance(tree, Name):
            raise MathsError(f"command:{tree.head if isinstance(tree, App) else ''}")

    def value_of(self, text: str, *, is_simplified: bool) -> Node:
        """Return the value of an expression. Raises MathsError, ``unsettled`` when it needs the student's answer."""
        tree = parse(text)
        if {part.name for part in walk(tree) if isinstance(part, Name)} & self.unsettled:
            raise MathsError("unsettled")
        self.is_simplified = is_simplified
        return self.value(tree)

    def value(self, tree: Node) -> Node:
        """Return a tree with variables replaced and commands carried out, simplified where the question says so."""
        done = self._done(replace(tree, self.values))
        return _simplified(done) if self.is_simplified else done

    def _done(self, node: Node) -> Node:
        if not isinstance(node, App):
            return node
        if node.head == "ev":
            inner = self._done(node.args[0])
            return _simplified(inner) if Name("simp") in node.args[1:] else inner
        args = tuple(self._done(arg) for arg in node.args)
        if node.head.startswith("rand"):
            self.has_random = True
            return self._drawn(node.head, tuple(_simplified(arg) for arg in args))
        command = _COMMANDS.get(node.head)
        if command is not None:
            return command(*args)
        if node.head in ("diff", "int") and len(args) > 1:
            found = _simplified(evaluate(App(node.head, args)))
            return _with_bars(found, args[0]) if node.head == "int" and len(args) == 2 else found
        if node.head not in _STRUCTURES | _OPERATORS and node.head not in FUNCTIONS:
            raise MathsError(f"command:{node.head}")
        return App(node.head, args)

    def _drawn(self, head: str, args: tuple[Node, ...]) -> Node:
        """Return a random number or a random thing of a list, as Maxima's and STACK's functions draw them."""
        if head == "rand" and len(args) == 1 and isinstance(args[0], App) and args[0].head in ("list", "set"):
            return self.random.choice(args[0].args)
        if head == "rand" and len(args) == 1:
            return number(self.random.randrange(max(1, min(MAX_RANDOM, _whole(args[0])))))
        if head in ("rand_with_step", "rand_with_prohib") and len(args) == 3:
            low, high = _whole(args[0]), _whole(args[1])
            if high - low > MAX_RANDOM:
                raise MathsError(f"command:{head}")
            if head == "rand_with_step":
                return number(self.random.choice(range(low, high + 1, max(1, _whole(args[2])))))
            banned = {_whole(arg) for arg in args[2].args} if isinstance(args[2], App) else set()
            return number(
                self.random.choice([n for n in range(low, min(high, low + 10_000) + 1) if n not in banned])
            )
        raise MathsError(f"command:{head}")


def _with_bars(integral: Node, integrand: Node) -> Node:
    """Return an integral with ln|u| for the logarithms that integrating brought, as STACK has Maxima write them."""
    known = {part for part in walk(integrand) if isinstance(part, App) and part.head == "log"}

    def change(part: Node) -> Node:
        is_new = isinstance(part, App) and part.head == "log" and part not in known and free_names(part)
        return App("log", (App("abs", part.args),)) if is_new else part  # type: ignore[union-attr]

    return rebuild(integral, change)


def _whole(node: Node) -> int:
    sign = -1 if isinstance(node, App) and node.head == "neg" else 1
    inner = node.args[0] if isinstance(node, App) and node.head == "neg" else node
    if not isinstance(inner, Num) or inner.value.denominator != 1:
        raise MathsError("not_a_whole_number")
    return sign * int(inner.value)


def _simplified(node: Node) -> Node:
    """Return a tree as SymPy writes it; structures keep their shape, what SymPy cannot say stays as it is."""
    if isinstance(node, App) and node.head in _STRUCTURES:
        return App(node.head, tuple(_simplified(arg) for arg in node.args))
    if isinstance(node, Text | Name | Num):
        return node
    return _read_back(to_sympy(node))


def _read_back(value: Any) -> Node:
    """Return SymPy's expression as one writes it: a quotient as a quotient, not as a power of minus one."""
    text = str(sympy.sstr(value)).replace("**", "^")
    names = {str(symbol) for symbol in value.free_symbols}
    for sign, name in (("E", "%e"), ("pi", "%pi"), ("I", "%i"), ("oo", "inf")):
        if sign not in names:
            text = re.sub(rf"\b{sign}\b", name, text)
    try:
        tree = parse(text)
        return tree if to_sympy(tree) == value else from_sympy(value)
    except MathsError:
        return from_sympy(value)


def _by_sympy(step: Callable[[sympy.Expr], sympy.Expr]) -> Callable[..., Node]:
    def command(node: Node, *_rest: Node) -> Node:
        if isinstance(node, App) and node.head in _STRUCTURES:
            return App(node.head, tuple(command(arg) for arg in node.args))
        return _read_back(step(to_sympy(node)))

    return command


def _part(place: int) -> Callable[..., Node]:
    def command(node: Node) -> Node:
        if not isinstance(node, App) or node.head not in ("list", "set", "=") or len(node.args) <= place:
            raise MathsError("command:part")
        return node.args[place]

    return command


def _subst(*args: Node) -> Node:
    if len(args) == 3:
        return replace(args[2], {args[1]: args[0]})
    if len(args) == 2 and isinstance(args[0], App) and args[0].head == "=":
        return replace(args[1], {args[0].args[0]: args[0].args[1]})
    raise MathsError("command:subst")


_COMMANDS: dict[str, Callable[..., Node]] = {
    "factor": _by_sympy(sympy.factor),
    "expand": _by_sympy(sympy.expand),
    "ratsimp": _by_sympy(sympy.cancel),
    "fullratsimp": _by_sympy(sympy.cancel),
    "radcan": _by_sympy(sympy.radsimp),
    "rootscontract": _by_sympy(sympy.simplify),
    "trigsimp": _by_sympy(sympy.trigsimp),
    "trigexpand": _by_sympy(sympy.expand_trig),
    "partfrac": _by_sympy(sympy.apart),
    "lcm": lambda *args: number(lcm(*map(_whole, map(_simplified, args)))),
    "gcd": lambda *args: number(gcd(*map(_whole, map(_simplified, args)))),
    "mod": lambda a, b: number(_whole(_simplified(a)) % _whole(_simplified(b))),
    "first": _part(0),
    "second": _part(1),
    "third": _part(2),
    "lhs": _part(0),
    "rhs": _part(1),
    "subst": _subst,
    "setify": lambda node: App("set", node.args),
}


def shown(node: Node) -> str:
    """Return the LaTeX of a value."""
    if isinstance(node, App) and node.head not in _STRUCTURES:
        try:
            return str(sympy.latex(to_sympy(node)))
        except MathsError:
            return latex(node)
    return latex(node)
