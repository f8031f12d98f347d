"""Play a recording in the browser's own player, with everything that is heard in words."""

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

__all__ = ["AudioBlock"]

MEDIA = "0190a0a0-0000-7000-8000-000000000004"


class AudioBlock(ShownBlock):
    """A recording. Content: ``media``, ``small`` (a lighter rendition), ``transcript`` (Markdown, must).

    Source: WCAG 2.2, 1.2.1.
    """

    name = "audio"
    version = "1"
    markdown_fields = ("transcript",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Audio recording"))

    def icon(self) -> str:
        """Return the icon."""
        return "sound"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the recording and its transcript."""
        kinds = _("MP3, M4A, AAC, Ogg or WAV.")
        small = _("Kept for slow lines: it is offered first.")
        words = _("Everything that is heard, in Markdown: for those who do not hear.")
        return (
            AuthorField("media", _("Audio recording"), FieldKind.FILE, kinds, accept="audio/*"),
            AuthorField(
                "small", _("Small rendition"), FieldKind.FILE, small, is_optional=True, accept="audio/*"
            ),
            AuthorField("transcript", _("Transcript"), FieldKind.TEXT, words, rows=8),
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a recording and a transcript."""
        problems = require_text(content, "media", "course.media_missing")
        problems += require_text(content, "transcript", "course.audio_transcript_missing")
        return problems + unknown_keys(content, {"media", "small", "transcript"})

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the renditions of the recording."""
        return [str(content[name]) for name in ("small", "media") if content.get(name)]

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be heard, or read as a transcript."""
        return BlockAccess(frozenset({"auditory", "textual"}), frozenset({"transcript"}))

    def is_timed(self, content: Mapping[str, Any]) -> bool:
        """Have a place at which one stops and goes on."""
        return True

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the addresses for the player, the lighter rendition first, and the transcript."""
        full = context.media_url(content["media"])
        return Rendered(
            "courses/blocks/audio.html",
            {
                "title": context.title,
                "src": context.media_url(content["small"]) if content.get("small") else full,
                "full": full if content.get("small") else "",
                "transcript": markdown(content["transcript"], top_level=context.level),
            },
        )

    def samples(self) -> list[BlockSample]:
        """Return recordings, good and bad."""
        return [
            BlockSample({"media": MEDIA, "transcript": "**Диктор.** Мороз и солнце; день чудесный!"}),
            BlockSample({"media": MEDIA, "small": MEDIA, "transcript": "Мороз и солнце."}),
            BlockSample({"media": MEDIA, "transcript": "<script>alert(1)</script>", "explicit": True}),
            BlockSample({"media": MEDIA, "transcript": " "}, is_valid=False),
            BlockSample({"transcript": "Слова"}, is_valid=False),
        ]
