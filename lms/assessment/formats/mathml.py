"""Say a MathML formula in LaTeX: its own annotation first, else what its elements mean."""

from __future__ import annotations

from collections.abc import Callable

from lms.assessment.formats.values import UnreadableFile
from lms.core.xmltree import Node, parse_xml

__all__ = ["latex_of"]

_SIGNS = {
    "\u00d7": r"\times ", "\u00f7": r"\div ", "\u00b7": r"\cdot ", "\u22c5": r"\cdot ", "\u2212": "-", "\u2264": r"\le ",
    "\u2265": r"\ge ", "\u2260": r"\ne ", "\u00b1": r"\pm ", "\u221e": r"\infty ", "\u03c0": r"\pi ", "\u222b": r"\int ",
    "\u2211": r"\sum ", "\u2192": r"\to ", "\u2062": "", "\u2061": "", "\u2063": "", "{": r"\{", "}": r"\}", "%": r"\%",
}  # fmt: skip


def latex_of(source: Node | str) -> str:
    """Return the LaTeX of a ``<math>`` element (or its source), '' when there is none."""
    if isinstance(source, str):
        try:
            source = parse_xml(source.encode())
        except UnreadableFile:
            return ""
    for note in source.every("annotation"):
        if "tex" in note.attrs.get("encoding", "").casefold():
            return note.text()
    return (source.attrs.get("alttext") or _said(source)).replace("$", "").strip()


def _said(node: Node) -> str:
    """Say an element; a text that stands between elements is spacing and is passed over."""
    if node.tag in ("annotation", "annotation-xml"):
        return ""
    if node.tag in ("mi", "mn", "mo", "mtext", "ms"):
        return _leaf(node)
    if node.tag == "mtable":
        return _table(node)
    parts = [_said(child) for child in node.children()]
    if node.tag == "mfenced":
        inside = node.attrs.get("separators", ",")[:1].join(parts)
        return rf"\left{_fence(node, 'open', '(')}{inside}\right{_fence(node, 'close', ')')}"
    if node.tag == "msqrt":  # it takes a row of parts
        return rf"\sqrt{{{' '.join(filter(None, parts))}}}"
    say = _SHAPES.get(node.tag)
    return say(parts) if say is not None and len(parts) == _ARITY[node.tag] else " ".join(filter(None, parts))


def _table(node: Node) -> str:
    rows = (" & ".join(_said(cell) for cell in row.children()) for row in node.children())
    body = r" \\ ".join(rows)
    return rf"\begin{{matrix}}{body}\end{{matrix}}"


def _fence(node: Node, name: str, usual: str) -> str:
    sign = node.attrs.get(name, usual).strip()
    return {"{": r"\{", "}": r"\}", "": "."}.get(sign, sign)


def _leaf(node: Node) -> str:
    text = node.text()
    if node.tag in ("mtext", "ms") and text:
        return rf"\text{{{text}}}"
    said = "".join(_SIGNS.get(char, char) for char in text)
    return rf"\mathrm{{{said}}}" if node.tag == "mi" and len(text) > 1 and text.isalpha() else said


#: Signs over a part → the command that sets them.
_OVER = {
    "\u2192": "vec", "\u20d7": "vec", "\u00af": "overline", "\u203e": "overline", "\u2015": "overline",
    "\u0305": "overline", "^": "hat", "~": "tilde", "\u02d9": "dot",
}  # fmt: skip


def _over(parts: list[str]) -> str:
    command = _OVER.get(parts[1].replace("\\to", "\u2192").strip())
    return rf"\{command}{{{parts[0]}}}" if command else rf"\overset{{{parts[1]}}}{{{parts[0]}}}"


_SHAPES: dict[str, Callable[[list[str]], str]] = {
    "mfrac": lambda parts: rf"\frac{{{parts[0]}}}{{{parts[1]}}}",
    "msup": lambda parts: f"{parts[0]}^{{{parts[1]}}}",
    "msub": lambda parts: f"{parts[0]}_{{{parts[1]}}}",
    "msubsup": lambda parts: f"{parts[0]}_{{{parts[1]}}}^{{{parts[2]}}}",
    "munderover": lambda parts: f"{parts[0]}_{{{parts[1]}}}^{{{parts[2]}}}",
    "mover": _over,
    "munder": lambda parts: f"{parts[0]}_{{{parts[1]}}}",
    "mroot": lambda parts: rf"\sqrt[{parts[1]}]{{{parts[0]}}}",
}
_ARITY = {
    "mfrac": 2,
    "msup": 2,
    "msub": 2,
    "msubsup": 3,
    "munderover": 3,
    "mroot": 2,
    "mover": 2,
    "munder": 2,
}
