"""Cut typed mathematics into tokens, in the notation of a student or in Maxima's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum

from lms.assessment.maths.tree import MathsError
from lms.assessment.maths.written import as_typed

__all__ = ["MAX_DIGITS", "MAX_LENGTH", "Kind", "Token", "tokenize"]

#: Longest text, and most digits of one number, that is read at all.
MAX_LENGTH = 4000
MAX_DIGITS = 400
MAX_EXPONENT = 9999


class Kind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token with its place in the text and whether white space stands before it."""

    kind: Kind
    text: str
    place: int
    spaced: bool = False
    #: A comma stands in it: a decimal one, or one that was meant to part two numbers.
    comma: bool = False


#: Signs that people paste or type on a tablet, and how they are read.
_PLAIN = {
    "−": "-",
    "⁒": "-",
    "–": "-",
    "—": "-",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "∗": "*",
    "∙": "*",
    "•": "*",
    "÷": "/",
    "∕": "/",
    "⁄": "/",
    "≤": "<=",
    "⩽": "<=",
    "≥": ">=",
    "⩾": ">=",
    "≠": "#",
    "±": "#pm#",
    "∓": "#mp#",
    "∧": " and ",
    "∨": " or ",
    "¬": " not ",
    "⇒": " implies ",
    "∪": "∪",
    "∩": "∩",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "∅": "{}",
    "°": "°",
    "′": "'",
    "’": "'",
    "，": ",",
    "；": ";",
    "（": "(",
    "）": ")",
    "［": "[",
    "］": "]",
    "｛": "{",
    "｝": "}",
    "＋": "+",
    "－": "-",
    "＝": "=",
    "＊": "*",
    "＜": "<",
    "＞": ">",
    "｜": "|",
    "∣": "|",
}
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_RAISED = re.compile(f"[{''.join(_SUPERSCRIPTS)}]+")
_LOWERED = re.compile(f"[{''.join(_SUBSCRIPTS)}]+")
#: Letters that are a name of their own wherever they stand.
_SYMBOLS = {
    "∞": "inf",
    "π": "%pi",
    "ℼ": "%pi",
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "ϵ": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ϑ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "µ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "phi",
    "ϕ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}
_SIGNS = (
    "#pm#",
    "#mp#",
    "+-",
    ":=",
    "::",
    "**",
    "<=",
    ">=",
    "=<",
    "=>",
    "!=",
    "<>",
    "==",
    "&&",
    "||",
    "..",
    "'",
    *"+-*/^=#<>()[]{},;:!.|√∛%∪∩∈&@~?$\\°",
)
_NUMBER = re.compile(r"(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eEbB](?![a-zA-Z])[+-]?\d+)?")
_OTHERS = "".join(_SYMBOLS)
_NAME = re.compile(rf"%?[^\W\d_{_OTHERS}](?:[^\W{_OTHERS}]*[^\W_{_OTHERS}])?(?:_(?P<index>[{_OTHERS}]))?")
_INDEX = re.compile(r"_[0-9a-zA-Z]+")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_COMMA = re.compile(r"(?<=\d),(?=\d)")
#: Numbers and commas without a space: two numbers, or three?
_COMMAS = re.compile(r"(?<![\d.])\d+,\d+,\d")
#: The base of a logarithm, written low, right before what the logarithm is taken of.
_LOG_BASE = re.compile(f"(log[{''.join(_SUBSCRIPTS)}]+)(?=\\w)")


#: A scale of temperature, with a Latin or a Russian letter: 20 °C is no angle.
_TEMPERATURE = re.compile(r"°([CСF])(?![^\W\d_])")


def _plain_text(text: str) -> str:
    text = _TEMPERATURE.sub(lambda found: f" deg{'F' if found[1] == 'F' else 'C'}", text)
    text = "".join(_PLAIN.get(sign, sign) for sign in text)
    text = _LOG_BASE.sub(r"\1 ", text)
    text = _RAISED.sub(lambda found: "^(" + "".join(_SUPERSCRIPTS[c] for c in found[0]) + ")", text)
    text = _LOWERED.sub(lambda found: "_" + "".join(_SUBSCRIPTS[c] for c in found[0]), text)
    return "".join(_compatible(sign) for sign in text)


def _compatible(sign: str) -> str:
    if ord(sign) < 128 or sign in "√∛∪∩∈°" or sign in _SYMBOLS:
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    return plain if plain.isalnum() else sign


def tokenize(text: str, *, decimal_comma: bool = False, has_units: bool = False) -> list[Token]:
    """Return the tokens, an END last.

    ``decimal_comma``: a comma between two digits belongs to the number, and ``;`` separates the items of a list.
    ``has_units``: what stands behind a number is its unit (see `written.as_typed`). Raises MathsError ``too_long``, ``forbidden_char``, ``number_too_long``, ``commas``.
    """
    if len(text) > MAX_LENGTH:
        raise MathsError("too_long")
    text = _plain_text(as_typed(text, has_units=has_units) if decimal_comma else text)
    commas: set[int] = set()
    if decimal_comma:
        many = _COMMAS.search(text)
        if many is not None:
            raise MathsError("commas", many.start())
        commas = {found.start() for found in _COMMA.finditer(text)}
        text = _COMMA.sub(".", text)
    tokens: list[Token] = []
    place = 0
    spaced = False
    while place < len(text):
        if text[place].isspace():
            place += 1
            spaced = True
            continue
        token, width = _token_at(text, place, spaced)
        if not commas.isdisjoint(range(place, place + width)):
            token = replace(token, comma=True)
        place += width
        tokens.append(token)
        spaced = False
    tokens.append(Token(Kind.END, "", len(text), spaced))
    return tokens


def _token_at(text: str, place: int, spaced: bool) -> tuple[Token, int]:
    """Return the token at a place and how many signs of the text it takes."""
    found = _NUMBER.match(text, place)
    if found is not None:
        _check_number(found[0], place)
        return Token(Kind.NUMBER, found[0], place, spaced), len(found[0])
    if text[place] in _SYMBOLS:
        return _symbol(text, place, spaced)
    found = _NAME.match(text, place)
    if found is not None:
        name = found[0]
        if found["index"]:
            name = name[:-1] + _SYMBOLS[found["index"]].lstrip("%")
        return Token(Kind.NAME, name, place, spaced), len(found[0])
    found = _TEXT.match(text, place)
    if found is not None:
        return Token(Kind.TEXT, found[1], place, spaced), len(found[0])
    for sign in _SIGNS:
        if text.startswith(sign, place):
            return Token(Kind.SIGN, sign, place, spaced), len(sign)
    raise MathsError("forbidden_char", place)


def _symbol(text: str, place: int, spaced: bool) -> tuple[Token, int]:
    """Return a Greek letter, with its index if one follows."""
    index = _INDEX.match(text, place + 1)
    name = _SYMBOLS[text[place]] + (index[0] if index else "")
    return Token(Kind.NAME, name, place, spaced), 1 + (len(index[0]) if index else 0)


def _check_number(digits: str, place: int) -> None:
    exponent = re.search(r"[eEbB][+-]?(\d+)$", digits)
    if len(digits) > MAX_DIGITS or (exponent and (len(exponent[1]) > 6 or int(exponent[1]) > MAX_EXPONENT)):
        raise MathsError("number_too_long", place)
