"""Search a list by title and show it page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request, url_for

from lms.core.web.paging import page_number

__all__ = ["PER_PAGE", "Shown", "shown_of"]

T = TypeVar("T")

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """What a page of a list shows: its items, what was asked for, how many there are unasked, and its pages."""

    items: Sequence[T]
    asked: str
    total: int
    page: dict[str, Any]


def shown_of(cards: Sequence[T], words_of: Callable[[T], str], endpoint: str) -> Shown[T]:
    """Return the page (``?page=``) of the cards in whose words stands what is asked for (``?q=``).

    A page behind the last one is the last one.
    """
    asked = request.args.get("q", "").strip()
    found = [card for card in cards if asked.casefold() in words_of(card).casefold()]
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(page_number(), pages)
    url = url_for(endpoint, q=asked, page="") if asked else url_for(endpoint, page="")
    start = (number - 1) * PER_PAGE
    page = {"number": number, "pages": pages, "url": url}
    return Shown(found[start : start + PER_PAGE], asked, len(cards), page)
