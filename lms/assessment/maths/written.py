"""Bring what students write by hand, or paste from elsewhere, into the notation that the parser reads.

Only what has one reading is changed: ``3 1/2`` is three and a half, ``1 000`` a thousand, ``0,(3)`` a third, ``x^{2}`` a power,
``х`` between Latin letters the letter x. The rest stays for the parser to refuse, so that the student is asked.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

__all__ = ["as_typed", "latin"]

#: A period longer than this is no answer; the parser refuses it.
MAX_PERIOD = 40
#: Commands of LaTeX within each other.
MAX_INNER = 20
#: Words before or behind the mathematics are looked for in so many signs, so that no long text takes long.
MAX_TAIL = 60

#: Cyrillic letters that look like Latin ones.
_LOOKS = str.maketrans("асеорхукАВЕКМНОРСТХУ", "aceopxykABEKMHOPCTXY")
_SPACE = r"[ \t\u00a0\u2009\u202f]"
_VULGAR = re.compile(rf"(?:(?<![\d.,^])(\d+){_SPACE}*)?([¼½¾⅐-⅞↉])")
#: Proper or not is looked at later; what could be a group of a thousand (``2 345/678``) is nobody's to guess.
_MIXED = re.compile(
    rf"(?<![\d.,^_/\w])(?<![\d]{_SPACE})(\d+){_SPACE}+(\d{{1,2}}) ?/ ?(\d{{1,3}})(?!{_SPACE}*[\d.,(^!/\w°%])"
)
#: The same before a unit in words: in quantities a letter begins a unit, in expressions it may be a factor of the denominator.
_MIXED_QUANTITY = re.compile(
    rf"(?<![\d.,^_/\w])(?<![\d]{_SPACE})(\d+){_SPACE}+(\d{{1,2}}) ?/ ?(\d{{1,3}})(?={_SPACE}+[^\W\d_]|[°%])"
)
#: Words before and behind a unit that raise it: квадратный метр, кв. м, м в квадрате.
_POWER_WORD = re.compile(
    r"(?<!\w)(?:(квадратн|кубическ)(?:ый|ого|ых|ая|ой|ые|ий|их|ая|ые|ие)|(square|cubic)|(кв|куб)\.)\s*([^\W\d_]+)(?![\w^²³])",
    re.IGNORECASE,
)

_GROUPS = re.compile(
    rf"(?<![\d.,^_\w])(?<!\d{_SPACE})\d{{1,3}}(?:{_SPACE}\d{{3}})+(?![\d\w]|{_SPACE}*[\d/(])"
)
_PERIOD = re.compile(r"(?<![\d.,^_\w])(\d+)[.,](\d*)\((\d+)\)")
_NO_SOLUTIONS = re.compile(
    r"\s*(?:(?:действительных\s+)?(?:решений|корней)\s+нет|нет\s+(?:действительных\s+)?(?:решений|корней)|no\s+(?:real\s+)?"
    r"(?:solutions?|roots?))\s*[.]?\s*",
    re.IGNORECASE,
)
_ANY_NUMBER = re.compile(
    r"\s*(?:([a-zх])\s*(?:[-–—−:=]\s*)?)?(?:любое|произвольное|any)(?:\s+(?:действительное|вещественное|real))?(?:\s+(?:число|number))?\s*[.]?\s*",
    re.IGNORECASE,
)
#: What is always said behind the solutions of a trigonometric equation, and changes none of them.
_WHOLE_NUMBER = re.compile(
    r"\(?\s*(?:где\s+)?[nkml]\s*(?:∈|\\in\b|принадлежит)\s*(?:Z|ℤ|\\mathbb\s*\{?\s*Z\s*\}?)\s*\)?\s*[.]?\s*$"
)
_COMMANDS = {
    "cdot": "*",
    "times": "*",
    "div": "/",
    "pm": "±",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "ne": "≠",
    "neq": "≠",
    "infty": "∞",
    "cup": "∪",
    "cap": "∩",
    "in": "∈",
    "varnothing": "∅",
    "emptyset": "∅",
    "circ": "°",
    "left": "",
    "right": "",
    "quad": " ",
    "text": "",
    "mathrm": "",
    "operatorname": "",
    "{": "{",
    "}": "}",
    "%": "%",
    ",": " ",
    ";": " ",
    "!": "",
    " ": " ",
    "(": "",
    ")": "",
}
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac"})
_COMMAND = re.compile(r"\\([A-Za-z]+|.)\s*")
#: Commands that are words of the typed notation, too.
_KEPT = frozenset(["pi", "alpha", "beta", "gamma", "delta", "phi", "lambda", "mu", "omega", "theta", "rho"])
_FUNCTIONS = frozenset(
    ["sin", "cos", "tan", "tg", "cot", "ctg", "ln", "lg", "log", "arcsin", "arccos", "arctan"]
)


def latin(name: str) -> str:
    """Return a name with Latin letters where it has none but letters that look so; otherwise as it is."""
    folded = name.translate(_LOOKS)
    return folded if folded.isascii() else name


def as_typed(text: str, *, has_units: bool = False) -> str:
    """Return what a student wrote as the parser's own notation; what has several readings stays as it is.

    ``has_units``: a quantity is asked for, so words behind the number are its unit.
    """
    if _NO_SOLUTIONS.fullmatch(text):
        return "{}"
    if len(text) <= MAX_TAIL and (any_number := _ANY_NUMBER.fullmatch(text)) is not None:
        return f"{latin(any_number[1])}∈R" if any_number[1] else "R"
    tail = _WHOLE_NUMBER.search(text, max(len(text) - MAX_TAIL, 0))
    text = text[: tail.start()].rstrip(" ,;\t\u00a0") if tail else text
    if "\\" in text or "^{" in text or "_{" in text:
        text = _Pasted(text.replace("$", "")).whole()
    text = _VULGAR.sub(_vulgar, text)
    text = _MIXED.sub(_mixed, text)
    if has_units:
        text = _MIXED_QUANTITY.sub(_mixed, text)
        text = _POWER_WORD.sub(_powered, text)
    text = _GROUPS.sub(lambda found: re.sub(_SPACE, "", found[0]), text)
    return _PERIOD.sub(_periodic, text)


def _vulgar(found: re.Match[str]) -> str:
    fraction = unicodedata.normalize("NFKC", found[2]).replace("⁄", "/")
    return f"({found[1]}+{fraction})" if found[1] else f"({fraction})"


def _powered(found: re.Match[str]) -> str:
    word = next(filter(None, found.groups()[:3])).casefold()
    return f"{found[4]}^{2 if word in ('квадратн', 'square', 'кв') else 3}"


def _mixed(found: re.Match[str]) -> str:
    return f"({found[1]}+{found[2]}/{found[3]})" if int(found[2]) < int(found[3]) else found[0]


def _periodic(found: re.Match[str]) -> str:
    whole, still, period = found.groups()
    if len(whole + still + period) > MAX_PERIOD:
        return found[0]
    nines = (10 ** len(period) - 1) * 10 ** len(still)
    value = Fraction(int(whole + still), 10 ** len(still)) + Fraction(int(period), nines)
    return f"({value})"


class _Pasted:
    """Read LaTeX as students paste it; a command that is not known stays, and the parser refuses it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.inner = 0

    def whole(self) -> str:
        """Return all of it in typed notation."""
        return self._until("")

    def _until(self, end: str) -> str:
        """Return what stands before ``end``, which is taken, too."""
        found: list[str] = []
        self.inner += 1
        while self.at < len(self.text):
            if end and self.text.startswith(end, self.at):
                self.at += 1
                break
            found.append(self._next())
        self.inner -= 1
        return "".join(found)

    def _next(self) -> str:
        sign = self.text[self.at]
        if self.inner > MAX_INNER:
            self.at += 1
            return sign
        if sign in "^_" and self.text.startswith("{", self.at + 1):
            self.at += 1
            group = self._group()
            return sign + (group if sign == "^" else group.strip("()"))
        command = _COMMAND.match(self.text, self.at)
        if command is None:
            self.at += 1
            return sign
        self.at = command.end()
        return self._command(command[1], command[0])

    def _command(self, name: str, written: str) -> str:
        if name in _FRACTIONS:
            return f"({self._group()}/{self._group()})"
        if name == "sqrt":
            if not self.text.startswith("[", self.at):
                return f"sqrt{self._group()}"
            self.at += 1
            degree = self._until("]")
            return f"root({self._group()}; {degree})"
        if name in _KEPT or name in _FUNCTIONS:
            return f" {name} "
        return _COMMANDS.get(name, written)

    def _group(self) -> str:
        """Return what stands in braces, or the next sign, in round brackets; nothing when the closing brace is missing."""
        if not self.text.startswith("{", self.at):
            sign = self.text[self.at : self.at + 1]
            self.at += len(sign)  # nothing at the end of what is not finished
            return f"({sign})"
        self.at += 1
        before = self.at
        inside = self._until("}")
        is_closed = self.at > before and self.text[self.at - 1] == "}"
        return f"({inside})" if is_closed else f"({inside}"
