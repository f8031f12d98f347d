"""Turn other systems' HTML into Markdown and the pictures between: what cannot be said so is left out and named.

Nothing of the HTML is kept as HTML, so a script has nowhere to go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlsplit

from lms.core.formulas import Formula, pieces_of
from lms.courses.formats.values import Reason

__all__ = ["MAX_HTML", "Shown", "Story", "escaped", "story_of"]

MAX_HTML = 2_000_000
_SILENT = {"script", "style", "head", "template", "noscript", "svg", "select", "button", "textarea", "applet"}
_BLOCKS = {
    "p", "div", "section", "article", "header", "footer", "figure", "figcaption", "dl", "dt", "dd", "address", "center",
    "body", "main", "form", "fieldset", "details", "summary", "caption",
}  # fmt: skip
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "s": "~~", "del": "~~", "strike": "~~"}
_MEDIA = {"iframe", "object", "embed", "video", "audio", "canvas", "input"}
_VOID = {"img", "br", "hr", "embed", "input"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&])")
_FIRST = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.MULTILINE)
MAX_LEVEL = 12


class Shown(NamedTuple):
    """A picture between texts: where it lies, and what it says to those who do not see it."""

    source: str
    alt: str


@dataclass(frozen=True, slots=True)
class Story:
    """Texts (Markdown) and pictures in order, the first heading if there is one, and what could not be kept."""

    parts: tuple[str | Shown, ...]
    reasons: tuple[Reason, ...]


def escaped(text: str) -> str:
    """Return Markdown that shows ``text`` as it is, with its formulas between dollar signs."""
    pieces = []
    for piece in pieces_of(text):
        if isinstance(piece, Formula):
            pieces.append(f"$${piece.latex}$$" if piece.is_block else f"${piece.latex}$")
        else:
            pieces.append(_FIRST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", piece)) if piece else "")
    return _numbered("".join(pieces))


def _numbered(text: str) -> str:
    """Return text in which a number with a dot at the beginning of a line begins no list."""
    return re.sub(r"^(\s*)\\(\d+)(?=[.)])", r"\1\2\\", text, flags=re.MULTILINE)


class _Reader(HTMLParser):
    """Write Markdown while HTML is read, however broken it is."""

    def __init__(self, is_known: Callable[[str], bool]) -> None:
        super().__init__(convert_charrefs=True)
        self.is_known = is_known
        self.parts: list[str | Shown | tuple[int, str]] = []
        self.waiting: list[Shown] = []
        self.inline: list[tuple[str, str, list[str]]] = [("", "", [])]
        self.lists: list[tuple[str, int]] = []
        self.quotes = self.silent = 0
        self.cells: list[list[str]] | None = None
        self.mark = ""
        self.raw: list[str] | None = None
        self.reasons: dict[Reason, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin what a tag begins."""
        values = {name: value or "" for name, value in attrs}
        if self.silent:
            self.silent += tag in _SILENT
        elif tag in _SILENT:
            self.silent = 1
        elif tag in _MARKS or tag == "a":
            self.inline.append((tag, values.get("href", ""), []))
        elif tag in _MEDIA:
            self._media(tag, values)
        elif tag == "img":
            self._picture(values)
        elif tag == "br":
            self._out("\\\n" if self.cells is None and self.raw is None else " ")
        elif tag == "pre":
            self._break()
            self.raw = []
        elif tag in {"tr", "td", "th", "table"}:
            self._table(tag)
        else:
            self._begin_block(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin and end what a tag is."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def _begin_block(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._break()
            self.lists.append((tag, 0))
        elif tag == "li":
            self._break()
            kind, number = self.lists.pop() if self.lists else ("ul", 0)
            self.lists.append((kind, number + 1))
            self.mark = f"{number + 1}. " if kind == "ol" else "- "
        elif tag == "blockquote":
            self._break()
            self.quotes += 1
        elif tag in _BLOCKS or tag == "hr" or re.fullmatch("h[1-6]", tag):
            self._break()

    def handle_endtag(self, tag: str) -> None:
        """End what a tag ends."""
        if self.silent:
            self.silent -= tag in _SILENT
        elif tag in _MARKS or tag == "a":
            self._close_inline(tag)
        elif tag == "pre":
            self._end_raw()
        elif tag in {"table", "tr", "td", "th"}:
            self._table_end(tag)
        elif re.fullmatch("h[1-6]", tag):
            self._heading(int(tag[1]))
        elif tag in {"ul", "ol"}:
            self._break()
            self.lists = self.lists[:-1]
        elif tag == "blockquote":
            self._break()
            self.quotes = max(0, self.quotes - 1)
        elif tag in _BLOCKS or tag == "li":
            self._break()

    def handle_data(self, data: str) -> None:
        """Take a text over."""
        if self.silent:
            return
        if self.raw is not None:
            self.raw.append(data)
        else:
            self._out(_SPECIAL_SPACES.sub(" ", data), is_plain=True)

    def _out(self, text: str, *, is_plain: bool = False) -> None:
        # What is plain stays so until its paragraph ends: a formula may be cut by tags that mean nothing.
        self.inline[-1][2].append(f"\x02{text}\x03" if is_plain else text)

    def _close_inline(self, tag: str) -> None:
        place = next((n for n in range(len(self.inline) - 1, 0, -1) if self.inline[n][0] == tag), 0)
        while place and len(self.inline) > place:
            name, href, parts = self.inline.pop()
            self.inline[-1][2].append(self._marked(name, href, _plain_done("".join(parts))))

    def _marked(self, tag: str, href: str, text: str) -> str:
        bare = text.strip()
        if not bare:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        if tag == "a":
            return before + self._link(href, bare) + after
        mark = _MARKS[tag]
        return f"{before}{mark}{bare}{mark}{after}" if "\n" not in bare and mark[0] not in bare else text

    def _link(self, href: str, words: str) -> str:
        try:
            parts = urlsplit(href.strip())
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            self._lose("link.inside" if href.strip() and not href.startswith("#") else "", href)
            return words
        address = re.sub(r"[<>\\\s]", "", href)
        if not self.is_known(address):
            self._lose("link.unknown", parts.hostname)
            return words
        return f"[{words}](<{address}>)"

    def _lose(self, code: str, detail: str) -> None:
        if code:
            self.reasons[Reason(code, detail[:200])] = None

    def _media(self, tag: str, values: Mapping[str, str]) -> None:
        source = values.get("src") or values.get("data") or tag
        if not (tag == "input" and values.get("type") == "hidden"):
            self._lose("media.left_out", source)

    def _picture(self, values: Mapping[str, str]) -> None:
        source = values.get("src", "").strip()
        if source:
            self.waiting.append(Shown(source, values.get("alt", "").strip()))

    def _text(self) -> str:
        """Return what stands in the open paragraph, and empty it."""
        while len(self.inline) > 1:
            self._close_inline(self.inline[-1][0])
        text = _plain_done("".join(self.inline[0][2]))
        self.inline = [("", "", [])]
        lines = [re.sub(r" {2,}", " ", line).strip(" ") for line in text.split("\n")]
        return re.sub(r"(\\\n|\s|\\(?=$))+$", "", "\n".join(lines).strip())

    def _break(self) -> None:
        """End a paragraph: in a cell it goes on there, else it stands in its list or quotation."""
        text = self._text()
        if self.cells is not None:
            if text and self.cells:
                self.cells[-1] = [*self.cells[-1][:-1], f"{' '.join(self.cells[-1][-1:])} {text}".strip()]
            return
        if text:
            depth = len(self.lists[:MAX_LEVEL]) - 1
            inside = "   " * max(0, depth) + ("" if self.mark or not self.lists else "   ")
            lines = "\n".join(
                (inside if not n else inside + " " * len(self.mark)) + (self.mark if not n else "") + line
                for n, line in enumerate(text.split("\n"))
            )
            quote = "> " * min(self.quotes, 3)
            self.parts.append("\n".join(quote + line for line in lines.split("\n")))
            self.mark = ""
        self._show()

    def _show(self) -> None:
        if self.waiting and self.cells is None:
            self.parts.extend(self.waiting)
            self.waiting = []

    def _heading(self, level: int) -> None:
        if self.cells is not None or self.lists or self.quotes:
            self._break()
            return
        if text := self._text().replace("\\\n", " ").replace("\n", " "):
            self.parts.append((level, text))
        self._show()

    def _end_raw(self) -> None:
        code = "".join(self.raw or []).strip("\n")
        self.raw = None
        if code.strip():
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
            self.parts.append(f"{fence}\n{code}\n{fence}")

    def _table(self, tag: str) -> None:
        if tag == "table":
            self._break()
            self.cells = [] if self.cells is None else self.cells
        elif self.cells is not None:
            self._break()
            if tag == "tr" or not self.cells:
                self.cells.append([])
            if tag != "tr":
                self.cells[-1].append("")

    def _table_end(self, tag: str) -> None:
        if self.cells is None:
            return
        self._break()
        if tag == "table":
            rows = [[cell.replace("\n", " ") for cell in row] for row in self.cells if any(row)]
            self.cells = None
            if rows:
                self.parts.append(_table_of(rows))
            self._show()

    def close(self) -> None:
        """End all that is open."""
        super().close()
        self._end_raw()
        self._table_end("table")
        self._break()


_SPECIAL_SPACES = re.compile(r"[ \t\r\n\f\x00-\x08]+")


def _plain_done(text: str) -> str:
    """Return Markdown: what stands between marks as plain text is escaped, neighbours together."""
    joined = text.replace("\x03\x02", "")
    return re.sub("\x02(.*?)\x03", lambda found: escaped(found[1]), joined, flags=re.DOTALL)


def _table_of(rows: list[list[str]]) -> str:
    width = max(len(row) for row in rows)
    lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def story_of(html: str, is_known: Callable[[str], bool]) -> Story:
    """Return what an HTML page says; links lead only where ``is_known`` lets them, else their words stay.

    Total: however broken the page is, something is returned. One longer than `MAX_HTML` is cut, and it is said.
    """
    reader = _Reader(is_known)
    if len(html) > MAX_HTML:
        reader.reasons[Reason("text.cut")] = None
    reader.feed(html[:MAX_HTML])
    reader.close()
    levels = sorted(
        {part[0] for part in reader.parts if isinstance(part, tuple) and not isinstance(part, Shown)}
    )
    parts: list[str | Shown] = []
    for part in reader.parts:
        if isinstance(part, Shown):
            parts.append(part)
            continue
        text = part if isinstance(part, str) else f"{'#' * (levels.index(part[0]) + 1)} {part[1]}"
        if parts and isinstance(parts[-1], str):
            near = _is_list(parts[-1]) and _is_list(text)
            parts[-1] += ("\n" if near else "\n\n") + text
        else:
            parts.append(text)
    return Story(tuple(parts), tuple(reader.reasons))


def _is_list(text: str) -> bool:
    return re.match(r"\s*(- |\d+\. )", text.rsplit("\n", 1)[-1]) is not None
