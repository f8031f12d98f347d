"""Send to pages of a textbook, on paper or digital."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.courses.blocks.base import ShownBlock, is_address, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Launch,
    Rendered,
)

__all__ = ["TextbookBlock"]

MAX_PAGE = 2000


class TextbookBlock(ShownBlock):
    """Pages of a textbook. Content: ``book``, ``first_page``, ``last_page``, ``task``, ``address`` (of the digital one)."""

    name = "textbook"
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Textbook"))

    def icon(self) -> str:
        """Return the icon."""
        return "book"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the book, the pages, the task and where the digital book stands."""
        which = _("Author, title, year, as on the cover.")
        digital = _("When the school has it in digital form.")
        return (
            AuthorField("book", _("Book"), hint=which),
            AuthorField("first_page", _("From page"), FieldKind.NUMBER),
            AuthorField("last_page", _("To page"), FieldKind.NUMBER),
            AuthorField("task", _("What to do"), FieldKind.TEXT, rows=3),
            AuthorField(
                "address", _("Address of the digital book"), FieldKind.ADDRESS, digital, is_optional=True
            ),
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a book, a page range and a task."""
        problems = require_text(content, "book", "course.book_missing")
        problems += require_text(content, "task", "course.task_missing")
        first, last = (_page(content.get(name)) for name in ("first_page", "last_page"))
        if first is None:
            problems.append(ContentProblem("first_page", "course.page_bad"))
        if last is None or (first is not None and last < first):
            problems.append(ContentProblem("last_page", "course.page_bad"))
        if "address" in content and not is_address(content["address"]):
            problems.append(ContentProblem("address", "course.address_bad"))
        return problems + unknown_keys(content, {"book", "first_page", "last_page", "task", "address"})

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return the address of the digital book."""
        return [str(content["address"])] if content.get("address") else []

    def launch(self, content: Mapping[str, Any]) -> Launch | None:
        """Return the digital book: its maker's tool opens it at the right place where the school has registered one."""
        if not content.get("address"):
            return None
        pages = {name: str(content[name]) for name in ("first_page", "last_page")}
        return Launch(str(content["address"]), pages, is_required=False)

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the words and the address."""
        values = {
            name: content.get(name, "") for name in ("book", "first_page", "last_page", "task", "address")
        }
        return Rendered("courses/blocks/textbook.html", values)

    def samples(self) -> list[BlockSample]:
        """Return pages, good and bad."""
        good = {"book": "Алгебра, 8 класс", "first_page": "12", "last_page": "15", "task": "Прочитай § 3."}
        return [
            BlockSample(good),
            BlockSample({**good, "address": "https://books.example/8", "last_page": "12"}),
            BlockSample({**good, "last_page": "11"}, is_valid=False),
            BlockSample({**good, "first_page": "двенадцать"}, is_valid=False),
            BlockSample({**good, "address": "file:///etc/passwd"}, is_valid=False),
            BlockSample({**good, "task": ""}, is_valid=False),
        ]


def _page(value: Any) -> int | None:
    """Return a page's number, or None when it is none."""
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= 4
    return int(text) if is_number and 1 <= int(text) <= MAX_PAGE else None
