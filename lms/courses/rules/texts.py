"""Read from a Markdown text what a check of its form has to know: headings, links, tables, words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["TextFacts", "TextLink", "TextTable", "read_text"]


@dataclass(frozen=True, slots=True)
class TextLink:
    """A link: where it leads and what it is called."""

    address: str
    words: str


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table: the words of its head, and how many rows stand under it."""

    head: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What stands in a text; ``headings`` are pairs of level and words, in order."""

    headings: tuple[tuple[int, str], ...]
    links: tuple[TextLink, ...]
    tables: tuple[TextTable, ...]
    words: int


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def read_text(markdown: str) -> TextFacts:
    """Return what stands in a Markdown text."""
    tokens = _parser().parse(markdown)
    return TextFacts(
        tuple(
            (int(token.tag[1]), tokens[place + 1].content.strip())
            for place, token in enumerate(tokens)
            if token.type == "heading_open"
        ),
        tuple(link for token in tokens for link in _links(token.children or ())),
        tuple(_tables(tokens)),
        len(markdown.split()),
    )


def _links(children: Sequence[Token]) -> Iterator[TextLink]:
    address: str | None = None
    words: list[str] = []
    for token in children:
        if token.type == "link_open":
            address, words = str(token.attrGet("href") or ""), []
        elif token.type == "link_close" and address is not None:
            yield TextLink(address, "".join(words).strip())
            address = None
        elif address is not None:
            words.append(token.content)


def _tables(tokens: Sequence[Token]) -> Iterator[TextTable]:
    head: list[str] = []
    rows = 0
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            head, rows = [], 0
        elif token.type == "th_open":
            head.append(tokens[place + 1].content.strip())
        elif token.type == "tr_open":
            rows += 1
        elif token.type == "table_close":
            yield TextTable(tuple(head), rows - 1)
