"""Show a text: Markdown with formulas between dollar signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)
from lms.courses.rules.texts import read_text

__all__ = ["TextBlock"]


class TextBlock(ShownBlock):
    """A text. Content: ``markdown``."""

    name = "text"
    version = "1"
    markdown_fields = ("markdown",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Text"))

    def icon(self) -> str:
        """Return the icon."""
        return "subject"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the text."""
        hint = _(
            "Markdown: # heading, **bold**, - list, | table |, > a quotation, > [!Important] a remark; $formula$ between dollar signs."
        )
        return (AuthorField("markdown", _("Text"), FieldKind.TEXT, hint, rows=14),)

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return where the links of the text lead."""
        return [link.address for link in read_text(str(content.get("markdown", ""))).links]

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a text that is not empty."""
        return require_text(content, "markdown", "course.text_missing") + unknown_keys(content, {"markdown"})

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return safe markup; headings begin below the page's own."""
        return Rendered(
            "courses/blocks/text.html", {"markup": markdown(content["markdown"], top_level=context.level)}
        )

    def samples(self) -> list[BlockSample]:
        """Return texts, good and bad."""
        return [
            BlockSample({"markdown": "# Тепло\n\nВода греется **дольше** ложки: $Q = cm\\Delta t$."}),
            BlockSample({"markdown": "<script>alert(1)</script> [x](javascript:alert(1)) | $\\frac{1$"}),
            BlockSample({"markdown": "  "}, is_valid=False),
            BlockSample({}, is_valid=False),
            BlockSample({"markdown": "Текст", "html": "<b>"}, is_valid=False),
        ]
