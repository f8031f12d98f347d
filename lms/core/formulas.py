r"""Show the formulas in what people write: LaTeX in, MathML and the same in words out, on the server.

In plain text a formula stands between ``\(`` and ``\)`` or dollar signs, on a line of its own between ``\[`` and ``\]`` or two
dollar signs. Sums of money are none: a dollar sign beside a digit or a space opens or closes nothing. What cannot be read is
shown as it was typed. Whatever the converter says is cleaned by an allow-list; macros are refused, for they can grow without end.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from xml.etree.ElementTree import Element, tostring

import nh3
from latex2mathml.converter import Converter
from latex2mathml.exceptions import (
    DenominatorNotFoundError,
    DoubleSubscriptsError,
    DoubleSuperscriptsError,
    ExtraLeftOrMissingRightError,
    InvalidAlignmentError,
    InvalidStyleForGenfracError,
    InvalidWidthError,
    LimitsMustFollowMathOperatorError,
    MissingEndError,
    MissingSuperScriptOrSubscriptError,
    NoAvailableTokensError,
    NumeratorNotFoundError,
)
from markupsafe import Markup, escape

from lms.core.mathml_words import words_of_element

__all__ = [
    "BRACKETS",
    "MATH_ATTRIBUTES",
    "MATH_TAGS",
    "Formula",
    "faulty_formulas",
    "formula",
    "formula_problem",
    "formulas_of",
    "in_words",
    "pieces_of",
    "text_lines",
    "typeset",
]

MATH_TAGS = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot",
    "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "mmultiscripts", "semantics",
}  # fmt: skip
MATH_ATTRIBUTES = {
    "math": {"xmlns", "display", "alttext", "aria-label"},
    "mo": {"stretchy", "fence", "form", "separator", "lspace", "rspace", "largeop", "movablelimits", "minsize", "maxsize"},
    "mi": {"mathvariant"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mfrac": {"linethickness"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
    "mover": {"accent"},
    "munder": {"accentunder"},
}  # fmt: skip
_LATEX_FAULTS = (
    DenominatorNotFoundError,
    DoubleSubscriptsError,
    DoubleSuperscriptsError,
    ExtraLeftOrMissingRightError,
    InvalidAlignmentError,
    InvalidStyleForGenfracError,
    InvalidWidthError,
    LimitsMustFollowMathOperatorError,
    MissingEndError,
    MissingSuperScriptOrSubscriptError,
    NoAvailableTokensError,
    NumeratorNotFoundError,
    # What the converter stumbles over where a formula breaks off or nests what cannot be nested.
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
#: A sign after another sign belongs to the number behind it, but for one after what closes a bracket.
_SIGNS, _CLOSING = frozenset("+−-±"), frozenset(")]}|!%°")
MAX_FORMULA = 2000
#: So many formulas of one text are shown, and of so many signs together; the rest stays as it was typed, so that no text is
#: dear to show.
MAX_FORMULAS, MAX_TOGETHER = 300, 20_000
#: A formula of that many signs in words has a box of its own that scrolls.
_WIDE = 60
#: How wide a letter is that is not shown.
_LETTER_EM = 0.55
#: A text that is longer than this is not kept ready for the next reader.
_KEPT_LENGTH = 4000

#: Delimiters never span another opening one, so that no text takes longer than its length.
BRACKETS = re.compile(r"\\\((?P<round>(?:(?!\\\().)+?)\\\)|\\\[(?P<square>(?:(?!\\\[).)+?)\\\]", re.DOTALL)
_FORMULA = re.compile(
    BRACKETS.pattern + r"|\$\$(?P<display>[^$]+)\$\$"
    r"|(?<![\\$\d])\$(?=[^\s$])(?P<dollars>(?:(?!(?<!\\)\\[()\[\]])[^$\n])*?[^\s$\\])\$(?![$A-Za-z0-9_])",
    re.DOTALL,
)
_MACRO = re.compile(
    r"\\(?:(?:re|provide)?newcommand|renewcommand|providecommand|[egx]?def|let|newenvironment)(?![A-Za-z])"
)
#: Between dollar signs, words without a command are a sentence about money.
_SENTENCE = re.compile(r"\s[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in a text: its LaTeX, whether it stands on a line of its own, how it was written."""

    latex: str
    is_block: bool
    source: str


def pieces_of(text: str) -> Iterator[str | Formula]:
    """Yield what a text consists of, in order: texts and formulas (see `MAX_FORMULAS`); their sources together are the text."""
    place = count = together = 0
    for found in _FORMULA.finditer(text):
        latex = " ".join(found[str(found.lastgroup)].split())
        if found.lastgroup == "dollars" and "\\" not in latex and _SENTENCE.search(latex):
            continue
        count, together = count + 1, together + len(latex)
        if count > MAX_FORMULAS or together > MAX_TOGETHER:
            break
        if found.start() > place:
            yield text[place : found.start()]
        yield Formula(latex, found.lastgroup in ("square", "display"), found[0])
        place = found.end()
    if place < len(text):
        yield text[place:]


def formulas_of(text: str) -> list[Formula]:
    """Return the formulas of a text, in order."""
    return [piece for piece in pieces_of(text) if isinstance(piece, Formula)]


def typeset(text: object) -> Markup:
    """Return plain text with its formulas shown; markup that is already safe comes back as it is."""
    if isinstance(text, Markup):
        return text
    plain = str(text)
    if not _may_have_formulas(plain):
        return escape(plain)
    return _typeset_kept(plain) if len(plain) <= _KEPT_LENGTH else _typeset(plain)


def in_words(text: object) -> str:
    """Return plain text with its formulas in words (``x²``, ``1/2``): for lists, names and search."""
    plain = str(text)
    if not _may_have_formulas(plain):
        return plain
    return "".join(piece if isinstance(piece, str) else _said(piece) for piece in pieces_of(plain))


def text_lines(text: object) -> list[str]:
    """Return the lines of a text; a formula never breaks over two."""
    plain = str(text)
    if "\n" in plain and _may_have_formulas(plain):
        parts = (
            piece if isinstance(piece, str) else " ".join(piece.source.split()) for piece in pieces_of(plain)
        )
        plain = "".join(parts)
    return plain.split("\n")


def formula(latex: str, *, is_block: bool = False, words: str = "") -> Markup:
    """Return MathML for one LaTeX formula; ``words`` say it aloud (else what it shows does). Bad LaTeX is shown as code."""
    shown, said = _converted(latex, is_block=is_block)
    if not shown:
        return Markup("<code>{}</code>").format(latex)
    return _with_names(shown, words or said, is_block=is_block)


def formula_problem(latex: str) -> str | None:
    """Return why a LaTeX formula cannot be shown, or None."""
    shown, problem = _converted(latex)
    return None if shown else problem


def faulty_formulas(texts: Iterable[str]) -> dict[str, str]:
    """Return the formulas that are shown as they were typed, each with the problem (see `formula_problem`)."""
    found = (each for text in texts if _may_have_formulas(text) for each in formulas_of(text))
    return {each.source: problem for each in found if (problem := formula_problem(each.latex)) is not None}


def _may_have_formulas(text: str) -> bool:
    return "$" in text or "\\(" in text or "\\[" in text


@lru_cache(maxsize=1024)
def _typeset_kept(text: str) -> Markup:
    return _typeset(text)


def _typeset(text: str) -> Markup:
    return Markup("").join(
        escape(piece) if isinstance(piece, str) else _shown(piece) for piece in pieces_of(text)
    )


def _shown(found: Formula) -> Markup:
    shown, said = _converted(found.latex, is_block=found.is_block)
    if not shown:
        return escape(found.source)
    markup = _with_names(shown, said, is_block=found.is_block)
    wide = Markup(' class="formula block"') if found.is_block or len(said) > _WIDE else ""
    return Markup("<span{}>{}</span>").format(wide, markup)


def _said(found: Formula) -> str:
    shown, said = _converted(found.latex)
    return said if shown else found.source


def _with_names(shown: str, said: str, *, is_block: bool) -> Markup:
    """Name a formula by its words: browsers leave one without a name out of the names of groups and answers."""
    name = html.escape(said)
    names = f'<math alttext="{name}" aria-label="{name}" display="{"block" if is_block else "inline"}"'
    return Markup(shown.replace("<math", names, 1))  # noqa: S704 - cleaned


def _converted(latex: str, *, is_block: bool = False) -> tuple[str, str]:
    """Return MathML and the same in words, or nothing and why there is none: any text is one or the other."""
    bare = latex.strip()
    if not bare:
        return "", "empty"
    if len(bare) > MAX_FORMULA:
        return "", "too long"
    if (macro := _MACRO.search(bare)) is not None:
        return "", macro[0]
    return _converted_kept(bare, "block" if is_block else "inline")


@lru_cache(maxsize=1024)
def _converted_kept(latex: str, display: str) -> tuple[str, str]:
    try:
        element = Converter(display=display).convert_to_element(latex)
        _empty_what_is_hidden(element)
        _tidy(element)
        shown, said = tostring(element, encoding="unicode"), words_of_element(element)
    except _LATEX_FAULTS as error:
        return "", type(error).__name__
    unknown = next((leaf.text for leaf in element.iter() if (leaf.text or "").startswith("\\")), None)
    if unknown is not None:
        return "", unknown
    cleaned = nh3.clean(
        shown, tags=MATH_TAGS, attributes={tag: set(names) for tag, names in MATH_ATTRIBUTES.items()}
    )
    return re.sub(r"<math[^>]*>", "<math>", cleaned, count=1), said


def _empty_what_is_hidden(element: Element) -> None:
    r"""Leave out of the page what nobody is to see (``\phantom``): a space about as wide stands there."""
    for parent in list(element.iter()):
        for place, node in enumerate(parent):
            if node.tag != "mphantom":
                continue
            letters = sum(len((part.text or "").strip()) for part in node.iter())
            space = Element("mspace", {"width": f"{letters * _LETTER_EM:.2f}em"})
            space.tail = node.tail
            parent[place] = space


def _tidy(element: Element) -> None:
    """Say signs as themselves instead of as entities, make one number of 2,5, and set the minus of −1 beside it."""
    for node in element.iter():
        node.text = html.unescape(node.text or "") or None
    for parent in list(element.iter()):
        for left, sign in pairwise(parent):
            if _text(sign) in _SIGNS and sign.tag == left.tag == "mo" and _text(left) not in _CLOSING:
                sign.set("form", "prefix")
        for before, one, comma, other, after in list(_neighbours(parent)):
            is_list = _text(before) in tuple("([{,|") and _text(after) in tuple(")]},|")
            if one.tag == other.tag == "mn" and _text(comma) == "," and not is_list and one in parent:
                other.text = f"{one.text},{other.text}"
                parent.remove(one)
                parent.remove(comma)


def _neighbours(
    parent: Element,
) -> Iterator[tuple[Element | None, Element, Element, Element, Element | None]]:
    """Yield three children that follow each other, with what stands before and behind them."""
    parts: list[Element | None] = [None, *parent, None]
    for before, one, comma, other, after in zip(*(parts[start:] for start in range(5)), strict=False):
        if one is not None and comma is not None and other is not None:
            yield before, one, comma, other, after


def _text(node: Element | None) -> str:
    """Return what a sign or a group with one sign shows."""
    if node is None:
        return ""
    return _text(node[0]) if node.tag == "mrow" and len(node) == 1 else (node.text or "")
