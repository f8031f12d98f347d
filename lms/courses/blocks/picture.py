"""Show a picture, with its text for those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)
from lms.courses.rules.accessibility import picture_remarks

__all__ = ["PictureBlock"]

MEDIA = "0190a0a0-0000-7000-8000-000000000001"
MAX_ALT = 300


class PictureBlock(ShownBlock):
    """A picture. Content: ``media``, ``alt`` (must), ``caption``, ``description`` (Markdown, for complex pictures).

    Source: WCAG 2.2, 1.1.1.
    """

    name = "picture"
    version = "1"
    markdown_fields = ("description",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Picture"))

    def icon(self) -> str:
        """Return the icon."""
        return "art"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the picture and what it says to those who do not see it."""
        alt_hint = _("What a student has to know who does not see it. Not “a picture of…”.")
        more_hint = _("For drawings and charts: everything that can be read from it. Markdown.")
        return (
            AuthorField("media", _("Picture"), FieldKind.FILE, accept="image/*"),
            AuthorField("alt", _("The picture in a sentence"), FieldKind.TEXT, alt_hint, rows=2),
            AuthorField("caption", _("Caption"), is_optional=True),
            AuthorField(
                "description",
                _("Long description"),
                FieldKind.TEXT,
                more_hint,
                is_optional=True,
                rows=4,
            ),
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a picture and for what it shows, in words."""
        problems = require_text(content, "media", "course.media_missing")
        problems += require_text(content, "alt", "course.alt_missing")
        if len(str(content.get("alt", ""))) > MAX_ALT:
            problems.append(ContentProblem("alt", "course.alt_long"))
        return problems + unknown_keys(content, {"media", "alt", "caption", "description"})

    def remarks(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Look at the alternative text too: a file's name or a caption said twice tells nothing."""
        codes = picture_remarks(str(content.get("alt", "")), str(content.get("caption", "")))
        return [*super().remarks(content), *(ContentProblem("alt", code) for code in codes)]

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the picture's file."""
        return [str(content["media"])] if content.get("media") else []

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be seen, or read in the words that stand for the picture."""
        return BlockAccess(frozenset({"visual", "textual"}), frozenset({"alternativeText"}))

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the picture's address and texts."""
        return Rendered(
            "courses/blocks/picture.html",
            {
                "src": context.media_url(content["media"]),
                "alt": content["alt"],
                "caption": content.get("caption", ""),
                "description": markdown(content["description"], top_level=context.level)
                if content.get("description")
                else "",
            },
        )

    def samples(self) -> list[BlockSample]:
        """Return pictures, good and bad."""
        return [
            BlockSample(
                {"media": MEDIA, "alt": "Чайник на плите", "caption": "Рисунок 1", "description": "Слева — …"}
            ),
            BlockSample({"media": MEDIA, "alt": '"><script>alert(1)</script>'}),
            BlockSample({"media": MEDIA, "alt": " "}, is_valid=False),
            BlockSample({"alt": "Чайник"}, is_valid=False),
            BlockSample({"media": MEDIA, "alt": "слово " * 100}, is_valid=False),
        ]
