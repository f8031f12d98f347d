"""Turn what a word processor puts on the clipboard into clean Markdown: Word, LibreOffice, Google Docs.

They write HTML of their own: bold as a style, a list as paragraphs that look like one, comments with conditions. First that is
made plain HTML, then it is read as any other system's page, so nothing of it stays HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from itertools import groupby

from lms.courses.formats.prose import MAX_HTML, Shown, Story, story_of
from lms.courses.formats.values import Reason

__all__ = ["Pasted", "as_steps", "pasted"]

_HEADING = re.compile(r"h[1-6]")
_LEVEL = re.compile(r"mso-list:\s*\w+\s+level(\d)")
_HIDDEN = re.compile(r"display:\s*none|mso-hide:\s*all")
_BOLD = re.compile(r"(?<![\w-])font-weight:\s*(bold|[6-9]00)")
_PLAIN = re.compile(r"(?<![\w-])font-weight:\s*(normal|[1-5]00)")
_ITALIC = re.compile(r"(?<![\w-])font-style:\s*italic")
_UPRIGHT = re.compile(r"(?<![\w-])font-style:\s*normal")
_SIGN = re.compile(r"mso-list:\s*ignore")
_TITLES = {"msotitle": 1, "msosubtitle": 2}
_VOID = {"br", "img", "hr", "meta", "link", "col", "input", "wbr"}
_MEANT = {
    "p", "div", "br", "img", "a", "ul", "ol", "li", "table", "tr", "td", "th", "blockquote", "pre", "hr",
    "del", "s", "strike", "iframe", "object", "embed", "video", "audio",
}  # fmt: skip
_SILENT = {"script", "style", "head", "title", "xml", "svg", "template", "noscript"}
_INLINE = {"b", "strong", "i", "em", "span", "font"}
#: What tells formatted text from a text that merely has colours, as program editors copy it.
_FORMATTED = re.compile(r"<(h[1-6]|[uo]l|table|b|strong|i|em|a|img|p)[\s>]|mso-|font-weight", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pasted:
    """Markdown, the words of the pictures that were left out of it, and what else could not be kept."""

    markdown: str
    pictures: tuple[str, ...]
    reasons: tuple[Reason, ...]


class _Plain(HTMLParser):
    """Write what a word processor means as plain HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.silent = self.in_mark = 0
        self.sign = ""
        self.item: tuple[int, int] | None = None
        self.lists: list[str] = []
        self.in_heading = 0
        self.rows: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin what a tag means."""
        said = {name: (value or "") for name, value in attrs}
        style = said.get("style", "").lower()
        is_unseen = tag in _SILENT or _HIDDEN.search(style) or _SIGN.search(style)
        if self.silent or self.in_mark or is_unseen:
            self._count(tag, style)
            return
        ends = self._begin(tag, said, style)
        if tag not in _VOID:
            self.open.append((tag, ends))

    def _count(self, tag: str, style: str) -> None:
        """Begin something that is not shown: the sign of a list is kept aside, all else is dropped."""
        if tag in _VOID:
            return
        if self.in_mark or (not self.silent and _SIGN.search(style)):
            self.in_mark += 1
            if self.in_mark == 1:
                self.sign = ""
        else:
            self.silent += 1
        self.open.append((tag, ""))

    def _begin(self, tag: str, said: dict[str, str], style: str) -> str:
        """Write the beginning of a tag, and return what will end it."""
        titled = _TITLES.get(said.get("class", "").casefold().split(" ")[0]) if tag == "p" else None
        level = _LEVEL.search(style) if tag == "p" else None
        if titled or _HEADING.fullmatch(tag):
            self._end_lists()
            self.in_heading += 1
            name = f"h{titled}" if titled else tag
            self.out.append(f"<{name}>")
            return f"</{name}>"
        if level:
            self.item = (len(self.out), int(level[1]))
            return "</li>"
        if tag in _INLINE:
            return self._inline(tag, style)
        if tag in {"p", "div", "table", "ul", "ol", "blockquote", "pre"}:
            self._end_lists()
        return self._block(tag, said)

    def _block(self, tag: str, said: dict[str, str]) -> str:
        if tag == "table":
            self.rows.append(0)
        if tag == "tr" and self.rows:
            self.rows[-1] += 1
        if tag not in _MEANT:
            return ""
        kept = "".join(f' {name}="{escape(said[name])}"' for name in ("href", "src", "alt") if said.get(name))
        self.out.append(f"<{tag}{kept}>")
        return "" if tag in _VOID else f"</{tag}>"

    def _inline(self, tag: str, style: str) -> str:
        """Write bold and italic, however they are said; a heading and a table's first row are so already."""
        is_bold = bool(_BOLD.search(style)) or (tag in {"b", "strong"} and not _PLAIN.search(style))
        is_italic = bool(_ITALIC.search(style)) or (tag in {"i", "em"} and not _UPRIGHT.search(style))
        is_struck = "line-through" in style
        is_head = bool(self.rows) and self.rows[-1] == 1
        marks = [
            name
            for name, is_so in (("b", is_bold and not is_head), ("i", is_italic), ("s", is_struck))
            if is_so and not self.in_heading and not any(end == f"</{name}>" for _tag, end in self.open)
        ]
        self.out.append("".join(f"<{name}>" for name in marks))
        return "".join(f"</{name}>" for name in reversed(marks))

    def handle_endtag(self, tag: str) -> None:
        """End what a tag has begun, and all that was left open in it."""
        if tag in _VOID or not any(name == tag for name, _ends in self.open):
            return
        while self.open:
            name, ends = self.open.pop()
            self._end(name, ends)
            if name == tag:
                return

    def _end(self, name: str, ends: str) -> None:
        if self.in_mark:
            self.in_mark -= 1
        elif self.silent:
            self.silent -= 1
        else:
            if ends == "</li>" and name == "p":
                self._end_item()
            self.out.append(ends)
            self.in_heading -= bool(_HEADING.fullmatch(ends[2:-1]))
            if name == "table" and self.rows:
                self.rows.pop()

    def _end_item(self) -> None:
        """Put a paragraph that looks like an item into a list of its level; its sign says of which kind."""
        at, level = self.item or (len(self.out), 1)
        text = "".join(self.out[at:])
        del self.out[at:]
        kind = "ol" if re.match(r"\s*\(?\w{1,4}[.)]", self.sign) else "ul"
        level = min(level, len(self.lists) + 1)
        while len(self.lists) > level or (len(self.lists) == level and self.lists[-1] != kind):
            self.out.append(f"</{self.lists.pop()}>")
        if len(self.lists) < level:
            self.lists.append(kind)
            self.out.append(f"<{kind}>")
        self.out.append(f"<li>{text}")
        self.sign, self.item = "", None

    def _end_lists(self) -> None:
        while self.lists:
            self.out.append(f"</{self.lists.pop()}>")

    def handle_data(self, data: str) -> None:
        """Take a text over; between the paragraphs of a list there is none."""
        if self.in_mark:
            self.sign += data
        elif not self.silent:
            if data.strip() and not self.open:
                self._end_lists()
            self.out.append(escape(data))

    def close(self) -> None:
        """End all that is open."""
        super().close()
        while self.open:
            self._end(*self.open.pop())
        self._end_lists()


def pasted(html: str, is_known: Callable[[str], bool], left_out: str = "") -> Pasted | None:
    """Return what was copied as Markdown; None when it has no form that would be lost as plain text.

    ``left_out`` says in the author's language that a picture stood here; ``%(words)s`` in it is what the picture told.
    Total: however broken the page is, something is returned.
    """
    cut = html[:MAX_HTML]
    begun, ended = cut.find("<!--StartFragment-->"), cut.rfind("<!--EndFragment-->")
    piece = cut[begun if begun >= 0 else 0 : ended if ended > begun else len(cut)]
    if not _FORMATTED.search(piece):
        return None
    plain = _Plain()
    plain.feed(piece)
    plain.close()
    story = story_of("".join(plain.out), is_known)
    reasons = tuple(
        Reason(code) if code == "media.left_out" else Reason(code, detail) for code, detail in story.reasons
    )
    return Pasted(_text(story, left_out), _told(story), tuple(dict.fromkeys(reasons)))


def _told(story: Story) -> tuple[str, ...]:
    return tuple(part.alt for part in story.parts if isinstance(part, Shown))


def _text(story: Story, left_out: str) -> str:
    """Return the texts with a line where a picture stood; neighbours without words are one line."""
    parts: list[str] = []
    for part in story.parts:
        if isinstance(part, str):
            parts.append(part)
        elif left_out:
            words = re.sub(r"[\\`*_\[\]<>#|~$&\s]+", " ", part.alt).strip()[:200]
            parts.append(f"*{left_out % {'words': words}}*")
    return "\n\n".join(part for part, _same in groupby(parts))


def as_steps(text: str) -> str:
    """Return Markdown in which the highest headings begin steps, as authors write a section in one text."""
    lines, is_code = [], False
    for line in text.split("\n"):
        is_code ^= line.startswith("```")
        level = 0 if is_code else len(line) - len(line.lstrip("#"))
        lines.append(f"{'##' if level == 1 else '#'} {line.lstrip('#').strip()}" if level else line)
    return "\n".join(lines)
