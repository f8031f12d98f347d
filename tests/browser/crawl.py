"""Find every page that a person can reach by links from the first page, and say what is wrong with its HTML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from playwright.sync_api import APIRequestContext

__all__ = ["Found", "crawl", "kind_of"]

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-)[0-9a-f]{12}(?=/|$)")
#: Where a link came from is part of the address but makes no other page.
SAME_PAGE = {"next"}
#: So many pages of one kind are enough: the hundredth course looks like the second.
EACH_KIND = 2


@dataclass(slots=True)
class Found:
    """One page: where it is and what its HTML says; ``title`` is None where the answer is no page.

    ``shape`` is what the page is built of: two pages of one kind and one shape differ in their words only.
    """

    url: str
    status: int
    title: str | None = None
    language: str = ""
    headings: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    shape: set[tuple[str, str]] = field(default_factory=set)
    came_from: str = ""

    @property
    def is_page(self) -> bool:
        """Tell whether the answer was HTML."""
        return self.title is not None


class _Reader(HTMLParser):
    """Read what the checks ask for."""

    def __init__(self, found: Found) -> None:
        super().__init__()
        self.found = found
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found.shape.add((tag, values.get("class") or ""))
        if tag == "html":
            self.found.language = values.get("lang") or ""
        elif tag == "title" and self.found.title == "":
            self._inside = "title"
        elif tag == "h1":
            self._inside = "h1"
            self.found.headings.append("")
        elif tag == "a" and values.get("href"):
            self.found.links.append(str(values["href"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.found.title = (self.found.title or "") + data
        elif self._inside == "h1":
            self.found.headings[-1] += data


def kind_of(url: str) -> str:
    """Return an address without what differs between two pages of one kind."""
    parts = urlsplit(url)
    path = re.sub(r"/\d+(?=/|$)", "/#", UUID.sub("*", parts.path))
    names = sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{path}?{'&'.join(names)}" if names else path


def crawl(asks: APIRequestContext, base: str, start: str = "/home") -> Iterator[Found]:
    """Yield every page that links lead to, a few of each kind, each once."""
    waiting = [(base + start, "")]
    known = {base + start}
    kinds: Counter[str] = Counter()
    while waiting:
        url, came_from = waiting.pop(0)
        found = read(asks, url, came_from)
        yield found
        for link in found.links:
            target = _plain(urljoin(found.url, link))
            if target is None or not target.startswith(base + "/") or target in known:
                continue
            kind = kind_of(target)
            if kinds[kind] >= EACH_KIND:
                continue
            kinds[kind] += 1
            known.add(target)
            waiting.append((target, url))


def read(asks: APIRequestContext, url: str, came_from: str = "") -> Found:
    """Ask for one address and read its HTML."""
    answer = asks.get(url)
    found = Found(answer.url, answer.status, came_from=came_from)
    if answer.headers.get("content-type", "").startswith("text/html"):
        found.title = ""
        _Reader(found).feed(answer.text())
    answer.dispose()
    return found


def _plain(url: str) -> str | None:
    parts = urlsplit(urldefrag(url).url)
    if parts.scheme not in {"http", "https"}:
        return None
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in SAME_PAGE
    ]
    return parts._replace(query=urlencode(query)).geturl()
