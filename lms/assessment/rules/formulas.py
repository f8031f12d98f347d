"""Read the formulas of questions with variables into trees, and write trees as formulas. Nothing is ever evaluated as code.

A formula has numbers, names, ``+ - * / ^``, comparisons (1 or 0), brackets and functions: ``round(a/b, 2)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["COMPARED", "FUNCTIONS", "MAX_FORMULA", "FormulaError", "Term", "line_of", "tree_of"]

MAX_FORMULA = 300
#: The functions that a formula may call.
FUNCTIONS = frozenset(
    "sqrt abs round floor ceil min max mod gcd sin cos tg tan ln lg exp".split()  # noqa: SIM905 - one line
)
COMPARED = ("<", ">", "<=", ">=", "==", "!=")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:[.,]\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[<>=!]=|[-+*/^(),;<>=≤≥≠·:]))"
)
_SAME = {"**": "^", "·": "*", ":": "/", "≤": "<=", "≥": ">=", "≠": "!=", "=": "==", ";": ","}
#: Two names of one thing.
_ONE_NAME = {"tg": "tan", "π": "pi"}
_LEVELS: tuple[tuple[str, ...], ...] = (COMPARED, ("+", "-"), ("*", "/"))
#: How closely a sign before a value, a power and what stands alone bind; operators bind by their level.
_SIGNED, _POWER, _ALONE = len(_LEVELS), len(_LEVELS) + 1, len(_LEVELS) + 2


class FormulaError(ValueError):
    """A formula cannot be read or computed."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a formula: a ``number`` or ``name`` (its text), a ``call`` of a function or a ``sign`` with its operands.

    A sign with one operand is a minus before it.
    """

    kind: str
    text: str
    parts: tuple[Term, ...] = ()


@lru_cache(maxsize=4096)
def tree_of(text: str, functions: frozenset[str] = FUNCTIONS) -> Term:
    """Return the tree of a formula that may call these functions; raise FormulaError."""
    try:
        return _Reader(text, functions).whole()
    except RecursionError:
        raise FormulaError("too deep") from None


class _Reader:
    """Read a formula from left to right."""

    def __init__(self, text: str, functions: frozenset[str]) -> None:
        if len(text) > MAX_FORMULA:
            raise FormulaError("too long")
        self.functions, self.place = functions, 0
        self.tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise FormulaError(text[at])
            at = match.end()
            kind = str(match.lastgroup)
            self.tokens.append((kind, _SAME.get(match[kind], match[kind])))

    def take(self, *signs: str) -> str | None:
        """Return the next sign when it is one of these."""
        kind, text = self.tokens[self.place] if self.place < len(self.tokens) else ("", "")
        if kind != "sign" or text not in signs:
            return None
        self.place += 1
        return text

    def whole(self) -> Term:
        """Return the whole formula."""
        term = self.level(0)
        if self.place < len(self.tokens):
            raise FormulaError(self.tokens[self.place][1])
        return term

    def level(self, number: int) -> Term:
        """Return a chain of operations of one level."""
        if number == len(_LEVELS):
            return self.signed()
        term = self.level(number + 1)
        while (sign := self.take(*_LEVELS[number])) is not None:
            term = Term("sign", sign, (term, self.level(number + 1)))
        return term

    def signed(self) -> Term:
        """Return a value with its signs."""
        if self.take("-"):
            return Term("sign", "-", (self.signed(),))
        if self.take("+"):
            return self.signed()
        base = self.atom()
        return Term("sign", "^", (base, self.signed())) if self.take("^") else base

    def atom(self) -> Term:
        """Return a number, a name, a function or what stands in brackets."""
        if self.take("("):
            term = self.level(0)
            self.close()
            return term
        if self.place >= len(self.tokens):
            raise FormulaError("end")
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "sign":
            raise FormulaError(text)
        if kind == "name" and text in self.functions and self.take("("):
            parts = [self.level(0)]
            while self.take(","):
                parts.append(self.level(0))
            self.close()
            return Term("call", _ONE_NAME.get(text, text), tuple(parts))
        return Term(kind, _ONE_NAME.get(text, text) if kind == "name" else text.replace(",", "."))

    def close(self) -> None:
        """Pass the bracket that closes; raise FormulaError where there is none."""
        if not self.take(")"):
            raise FormulaError(")")


def line_of(term: Term) -> str:
    """Return a tree as a formula, with no more brackets than it needs; `tree_of` gives the same tree again."""
    if term.kind == "call":
        return f"{term.text}({', '.join(map(line_of, term.parts))})"
    if term.kind != "sign":
        return term.text
    if len(term.parts) == 1:
        return f"-{_held(term.parts[0], _SIGNED)}"
    left, right = term.parts
    if term.text == "^":
        return f"{_held(left, _ALONE)}^{_held(right, _SIGNED)}"
    level = _level(term)
    sign = term.text if term.text in "*/" else f" {term.text} "
    return f"{_held(left, level)}{sign}{_held(right, level + 1)}"


def _level(term: Term) -> int:
    """Return how closely a term binds."""
    if term.kind != "sign":
        return _ALONE
    if term.text == "^":
        return _POWER
    return (
        _SIGNED if len(term.parts) == 1 else next(n for n, signs in enumerate(_LEVELS) if term.text in signs)
    )


def _held(term: Term, level: int) -> str:
    """Return a term as it stands where what binds less closely than ``level`` needs brackets."""
    said = line_of(term)
    return said if _level(term) >= level else f"({said})"
