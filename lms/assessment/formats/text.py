"""Turn other systems' HTML into plain text with formulas, and our texts into HTML for them.

Questions here are plain text, so a script has nowhere to go: what is not text, a formula or a picture is left out and said.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser

from lms.assessment.formats.mathml import latex_of
from lms.assessment.formats.values import Picture, Prose, Refusal
from lms.core import markup
from lms.core.formulas import Formula, formulas_of, pieces_of
from lms.core.xmltree import Node

__all__ = ["dollars", "html_of", "prose_of_html", "prose_of_markdown", "prose_of_node", "prose_of_plain"]

Resolve = Callable[[str], bytes | None]

_BLOCKS = {
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "blockquote", "pre", "section",
    "article", "header", "footer", "figure", "figcaption", "dl", "dt", "dd", "hr", "form", "fieldset", "center", "body",
    "prompt", "itemBody", "qti-item-body", "qti-prompt", "caption", "thead", "tbody", "address",
}  # fmt: skip
_FORMATTING = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "strike",
    "del",
    "ins",
    "mark",
    "code",
    "kbd",
    "pre",
    "blockquote",
}
_FORMATTING |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "font", "center"}
_ACTIVE = {
    "script",
    "style",
    "iframe",
    "embed",
    "applet",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "svg",
}
_ACTIVE |= {"template", "noscript", "head", "title"}
_MEDIA = {"audio", "video"}
_VOID = {
    "br",
    "img",
    "hr",
    "input",
    "embed",
    "source",
    "track",
    "wbr",
    "col",
    "link",
    "meta",
    "area",
    "base",
    "param",
}
_UPPER = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True)) | {"\u2212": "⁻"}
_LOWER = dict(zip("0123456789+-=()aeoxhklmnpst", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜ", strict=True)) | {
    "\u2212": "₋"
}
_SPACES = re.compile(r"[ \t\r\n\f]+")
#: Longer texts are no questions; pictures inside a text (data:) count.
MAX_HTML = 1_000_000
_DATA_URI = re.compile(r"data:image/(?:png|jpeg|webp);base64,", re.IGNORECASE)


class _Flattener:
    """Collect what tags and texts say, paragraph by paragraph."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.blocks: list[list[str]] = [[]]
        self.pictures: list[Picture] = []
        self.lost: set[str] = set()
        self.silent = 0
        self.raised: list[tuple[str, list[str]]] = []

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        if self.silent or tag in _ACTIVE or tag in _MEDIA:
            self._skip(tag)
            return
        if tag in _FORMATTING:
            self.lost.add("formatting")
        if tag in _BLOCKS:
            self._break()
        if tag == "li":
            self.text("• ")
        elif tag in ("td", "th") and self._line():
            self.text(" | ")
        elif tag == "br":
            self._out("\n")
        elif tag == "img":
            self._picture(attrs.get("src", ""), attrs.get("alt", ""))
        elif tag == "object":
            self._picture(attrs.get("data", ""), attrs.get("alt", "") or attrs.get("title", ""))
        elif tag in ("sub", "sup"):
            self.raised.append((tag, []))

    def _skip(self, tag: str) -> None:
        self.lost.add("media" if tag in _MEDIA and not self.silent else "active" if not self.silent else "")
        self.lost.discard("")
        if tag not in _VOID:
            self.silent += 1

    def end(self, tag: str) -> None:
        if self.silent:
            self.silent -= tag not in _VOID
        elif tag in _BLOCKS:
            self._break()
        elif tag in ("sub", "sup") and self.raised:
            kind, parts = self.raised.pop()
            self._out(_shifted(kind, "".join(parts)))

    def text(self, text: str) -> None:
        if not self.silent:
            self._out(_SPACES.sub(" ", text))

    def verbatim(self, text: str) -> None:
        if not self.silent:
            self._out(text)

    def _out(self, text: str) -> None:
        (self.raised[-1][1] if self.raised else self.blocks[-1]).append(text)

    def _line(self) -> str:
        return "".join(self.blocks[-1]).strip()

    def _break(self) -> None:
        if self._line():
            self.blocks.append([])

    def _picture(self, source: str, alt: str) -> None:
        data = _embedded(source) if source.startswith("data:") else self.resolve(source)
        name = "" if source.startswith("data:") else source
        if self.pictures and alt.strip():
            self._out(f"[{alt.strip()}]")  # only one picture can be shown; the others are said in words
        self.pictures.append(Picture(name or f"picture{len(self.pictures) + 1}", alt.strip(), data))

    def prose(self) -> Prose:
        while self.raised:
            self.end(self.raised[-1][0])
        blocks = [_tidy("".join(parts)) for parts in self.blocks]
        text = "\n".join(block for block in blocks if block)
        return Prose(dollars(text), tuple(self.pictures), frozenset(self.lost))


def _tidy(block: str) -> str:
    lines = [re.sub(r" {2,}", " ", line).strip(" ") for line in block.split("\n")]
    return "\n".join(lines).strip()


def dollars(text: str) -> str:
    """Write formulas between dollar signs wherever they are recognised there; beside digits and letters they are not."""
    parts, place = list[str](), 0
    for piece in pieces_of(text):
        source = piece if isinstance(piece, str) else piece.source
        end = place + len(source)
        if isinstance(piece, Formula) and source.startswith("\\"):
            source = _dollared(piece, "".join(parts[-1:])[-1:], text[end : end + 1])
        parts.append(source)
        place = end
    return "".join(parts)


def _dollared(formula: Formula, before: str, after: str) -> str:
    """Return a formula between dollar signs, or as it is where those would touch a digit, a letter or another formula."""
    marks = "$$" if formula.is_block else "$"
    marked = f"{marks}{formula.latex}{marks}"
    known = [each.source for each in formulas_of(before + marked + after.replace("\\", "$"))]
    return marked if known == [marked] else formula.source


def _shifted(kind: str, text: str) -> str:
    """Return raised or lowered text with the characters made for it, else marked by ^ or _."""
    table = _UPPER if kind == "sup" else _LOWER
    bare = text.strip()
    if bare and all(char in table for char in bare):
        return "".join(table[char] for char in bare)
    sign = "^" if kind == "sup" else "_"
    return (f"{sign}{bare}" if len(bare) == 1 else f"{sign}({bare})") if bare else ""


def _embedded(source: str) -> bytes | None:
    match = _DATA_URI.match(source)
    if match is None:
        return None
    try:
        return base64.b64decode(source[match.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None


class _HtmlEvents(HTMLParser):
    """Feed a flattener from an HTML string, however broken it is."""

    def __init__(self, flat: _Flattener) -> None:
        super().__init__(convert_charrefs=True)
        self.flat = flat
        self.silencers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        was = self.flat.silent
        self.flat.start(tag, {name: value or "" for name, value in attrs})
        if self.flat.silent > was:
            self.silencers.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.flat.silent:
            self.flat.end(tag)
        elif tag in self.silencers:
            while self.silencers:
                self.flat.end(closed := self.silencers.pop())
                if closed == tag:
                    break

    def handle_data(self, data: str) -> None:
        self.flat.text(data)


def _nothing(_source: str) -> bytes | None:
    return None


def prose_of_html(source: str, resolve: Resolve = _nothing) -> Prose:
    """Return the text of an HTML fragment; ``resolve`` finds the bytes of a picture's address.

    Raises Refusal ``question.too_long``.
    """
    if len(source) > MAX_HTML:
        raise Refusal("question.too_long", str(len(source)))
    flat = _Flattener(resolve)
    events = _HtmlEvents(flat)
    events.feed(_closed(_mathml_out(source)))
    events.close()
    return flat.prose()


def _closed(source: str) -> str:
    """Take what looks like tags after the last one that ends as text: the parser would try each again and again."""
    end = source.rfind(">") + 1
    return source[:end] + source[end:].replace("<", "&lt;")


def _mathml_out(source: str) -> str:
    """Put the LaTeX that stands in a formula's annotation or alternative text into its place."""
    parts, place, lower = list[str](), 0, source.casefold()
    while (start := lower.find("<math", place)) >= 0 and (end := lower.find("</math>", start)) >= 0:
        latex = latex_of(source[start : end + 7])
        parts += [source[place:start], html.escape(rf"\({latex}\)", quote=False) if latex else ""]
        place = end + 7
    return "".join([*parts, source[place:]])


def prose_of_node(node: Node, resolve: Resolve = _nothing, skip: frozenset[str] = frozenset()) -> Prose:
    """Return the text of an XHTML element; elements named in ``skip`` are passed over."""
    flat = _Flattener(resolve)
    _feed(flat, node, skip)
    return flat.prose()


def _feed(flat: _Flattener, node: Node, skip: frozenset[str]) -> None:
    """Walk without recursion: an element, its parts, its end."""
    waiting: list[tuple[bool, Node | str]] = [(True, node)]
    while waiting:
        is_start, part = waiting.pop()
        if isinstance(part, str):
            flat.text(part)
        elif not is_start:
            flat.end(part.tag)
        elif part.tag == "math":
            latex = latex_of(part)
            flat.verbatim(rf"\({latex}\)" if latex else "")
        elif part.tag not in skip:
            flat.start(part.tag, part.attrs)
            waiting.append((False, part))
            if part.tag not in ("object", "br", "img"):
                waiting.extend((True, inner) for inner in reversed(part.parts))


def prose_of_plain(source: str) -> Prose:
    """Return a text that has no markup: only its outer spaces go."""
    return Prose(dollars(source.strip()))


def prose_of_markdown(source: str) -> Prose:
    """Return the text of Markdown."""
    return prose_of_html(str(markup.markdown(source, is_typeset=False)))


def html_of(text: str) -> str:
    r"""Return a text as HTML: lines by ``<br>``, formulas as ``\(…\)``."""
    pieces = (piece if isinstance(piece, str) else _bracketed(piece) for piece in pieces_of(text))
    return html.escape("".join(pieces), quote=False).replace("\n", "<br>")


def _bracketed(formula: Formula) -> str:
    """Write a formula in a line between brackets; one on a line of its own stays as it is."""
    return formula.source if formula.is_block else rf"\({formula.latex}\)"
