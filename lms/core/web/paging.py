"""Read which page of a list the reader wants."""

from __future__ import annotations

from flask import request

from lms.core.paging import Page, paginate

__all__ = ["Page", "after_number", "page_number", "paginate"]


def after_number() -> int:
    """Return the number after which a page begins (``after``), 0 when it is missing or nonsense; never what no database can count."""
    return min(max(0, request.values.get("after", 0, type=int) or 0), 2**31 - 1)


def page_number() -> int:
    """Return the page asked for (``?page=``), 1 when it is missing or nonsense; never beyond a million."""
    return min(max(1, request.args.get("page", 1, type=int) or 1), 1_000_000)
