"""Offer a file to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.courses.blocks.base import ShownBlock, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)
from lms.courses.types import Need

__all__ = ["FileBlock"]

MEDIA = "0190a0a0-0000-7000-8000-000000000003"


class FileBlock(ShownBlock):
    """A file. Content: ``media``, ``label``, ``summary`` (what is in it), ``is_accessible`` (a screen reader reads it)."""

    name = "file"
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("File"))

    def icon(self) -> str:
        """Return the icon."""
        return "download"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the file, its name and what is in it."""
        read = _("I have checked that a screen reader reads it")
        why = _("Else another step has to give the same to those who do not see.")
        return (
            AuthorField("media", _("File"), FieldKind.FILE, _("PDF, document, table, text or picture.")),
            AuthorField("label", _("Name for students")),
            AuthorField("summary", _("What is in it"), hint=_("One sentence.")),
            AuthorField("is_accessible", read, FieldKind.TICK, why, is_optional=True),
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a file, its name for people, and what is in it."""
        problems = require_text(content, "media", "course.media_missing")
        problems += require_text(content, "label", "course.label_missing")
        problems += require_text(content, "summary", "course.summary_missing")
        return problems + unknown_keys(content, {"media", "label", "summary", "is_accessible"})

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the file."""
        return [str(content["media"])] if content.get("media") else []

    def needs(self, content: Mapping[str, Any]) -> frozenset[Need]:
        """Need sight unless the author checked that a screen reader reads the file."""
        return frozenset() if content.get("is_accessible") is True else frozenset({Need.SIGHT})

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the address and the words."""
        values = {
            "label": content["label"],
            "summary": content["summary"],
            "href": context.media_url(content["media"]),
        }
        return Rendered("courses/blocks/file.html", values)

    def samples(self) -> list[BlockSample]:
        """Return files, good and bad."""
        good = {"media": MEDIA, "label": "Таблица теплоёмкостей", "summary": "Двенадцать веществ, PDF"}
        return [
            BlockSample({**good, "is_accessible": True}),
            BlockSample({**good, "label": ""}, is_valid=False),
            BlockSample({"label": "Без файла", "summary": "…"}, is_valid=False),
        ]
