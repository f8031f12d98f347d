"""Say MathML in one line of plain text: x² + 1, (a + b)/2, √(x + 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

__all__ = ["words_of_element"]

_RAISED = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
#: Signs over a letter → what is put behind it.
_OVER = {
    "→": "\u20d7",
    "―": "\u0305",
    "‾": "\u0305",
    "¯": "\u0305",
    "^": "\u0302",
    "˙": "\u0307",
    "~": "\u0303",
}
#: Signs that have a space on both sides between two values.
_SPACED = frozenset("=≠<>≤≥⩽⩾≈≡∼±∓→⇒⇔↔∈∉⊂⊆∪∩×÷⋅·∧∨∝⊥∥+−-")
_OPENING = ("", "(", "[", "{", ",", ";")
_BRACKETS = ("(", "[", "{", "")
_INVISIBLE = {"\u2061": " ", "\u2062": "", "\u2063": "", "\u00a0": " ", "\u2009": " ", "\u2218": "°"}


def words_of_element(element: Element) -> str:
    """Return the words of a formula, in one line."""
    return " ".join(_said(element).split())


def _said(node: Element) -> str:
    if node.tag in ("mi", "mn", "mo", "mtext", "ms"):
        return "".join(_INVISIBLE.get(sign, sign) for sign in node.text or "")
    if node.tag == "mspace":
        return " "
    if node.tag in ("mphantom", "annotation"):
        return ""
    say = _SHAPES.get(node.tag, _row)
    return say(list(node))


def _row(parts: Sequence[Element]) -> str:
    """Say one part after another: signs between two values have spaces, names of functions have one behind them."""
    said = ""
    for place, part in enumerate(parts):
        word = _said(part)
        is_between = 0 < place < len(parts) - 1 and said.strip()[-1:] not in {*_SPACED, *_OPENING}
        if part.tag == "mo" and word in _SPACED and is_between:
            word = f" {word} "
        elif word in (",", ";"):
            word += " "
        is_apart = _is_name(part) or (place > 0 and _is_name(parts[place - 1])) or word[:1].isdecimal()
        said += f" {word}" if is_apart and said[-1:].isalnum() and word[:1] not in _BRACKETS else word
    return said


def _is_name(part: Element) -> bool:
    """Tell whether a part is a word, such as the name of a function, with or without an index."""
    if part.tag in ("msup", "msub"):
        return _is_name(part[0])
    return part.tag in ("mi", "mo", "mtext") and len(part.text or "") > 1 and (part.text or "")[0].isalpha()


def _grouped(said: str) -> str:
    """Hold together what was said of a part where something stands beside it."""
    word = " ".join(said.split())
    return (
        word
        if len(word) == 1
        or word.replace(",", "").isalnum()
        or (word[:1] + word[-1:] in ("()", "||"))
        or not word
        else f"({word})"
    )


def _shifted(said: str, signs: dict[str, str], mark: str) -> str:
    word = " ".join(said.split())
    if word in ("°", "′", "″", "'", "*"):
        return word
    if word and all(sign in signs for sign in word):
        return "".join(signs[sign] for sign in word)
    return mark + _grouped(word) if word else ""


def _base(node: Element) -> str:
    said = _said(node)
    return _grouped(said) if node.tag in ("mrow", "mfrac", "mstyle") and len(said) > 1 else said


def _power(parts: Sequence[Element]) -> str:
    return _base(parts[0]) + _shifted(_said(parts[1]), _RAISED, "^")


def _index(parts: Sequence[Element]) -> str:
    return _base(parts[0]) + _shifted(_said(parts[1]), _LOWERED, "_") + _gap(parts[0])


def _both(parts: Sequence[Element]) -> str:
    lower, upper = _shifted(_said(parts[1]), _LOWERED, "_"), _shifted(_said(parts[2]), _RAISED, "^")
    return _base(parts[0]) + lower + upper + _gap(parts[0])


def _gap(base: Element) -> str:
    """Return the space that follows a sum, an integral, a limit."""
    return " " if base.tag == "mo" else ""


def _over(parts: Sequence[Element]) -> str:
    above = _said(parts[1])
    sign = _OVER.get(above.strip())
    return _said(parts[0]) + sign if sign else _base(parts[0]) + _shifted(above, _RAISED, "^")


def _fraction(parts: Sequence[Element]) -> str:
    return f"{_grouped(_said(parts[0]))}/{_grouped(_said(parts[1]))}"


def _root(parts: Sequence[Element]) -> str:
    return "√" + (_grouped(_said(parts[0])) if len(parts) == 1 else f"({_row(parts)})")


def _root_of_degree(parts: Sequence[Element]) -> str:
    return _shifted(_said(parts[1]), _RAISED, "^") + "√" + _grouped(_said(parts[0]))


def _table(parts: Sequence[Element]) -> str:
    rows = (", ".join(_said(cell).strip(" ,;") for cell in row) for row in parts)
    return "; ".join(rows)


_SHAPES: dict[str, Callable[[Sequence[Element]], str]] = {
    "mfrac": _fraction,
    "msup": _power,
    "msub": _index,
    "munder": _index,
    "msubsup": _both,
    "munderover": _both,
    "mover": _over,
    "msqrt": _root,
    "mroot": _root_of_degree,
    "mtable": _table,
}
