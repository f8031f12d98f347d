"""Show a video in the browser's own player, with captions and a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, require_text, unknown_keys
from lms.courses.contracts import BlockContext, BlockSample, ContentProblem, Rendered

__all__ = ["VideoBlock"]

MEDIA = "0190a0a0-0000-7000-8000-000000000002"
KINDS = {"video/webm", "video/mp4"}


class VideoBlock(ShownBlock):
    """A video.

    Content: ``sources`` [{media, type}], small first; ``captions`` [{media, language, label}]; ``transcript``
    (Markdown); ``poster``; ``duration_s``. Captions serve those who do not hear, the transcript those who neither see nor hear; both are a must.
    Source: WCAG 2.2, 1.2.2, 1.2.3, 1.2.5.
    """

    name = "video"
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Video"))

    def icon(self) -> str:
        """Return the icon."""
        return "video"

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a source, captions and a transcript."""
        problems = require_text(content, "transcript", "course.transcript_missing")
        sources = content.get("sources")
        if not isinstance(sources, list) or not sources:
            problems.append(ContentProblem("sources", "course.media_missing"))
        elif any(not _has(row, "media") or row.get("type") not in KINDS for row in sources):
            problems.append(ContentProblem("sources", "course.video_kind"))
        captions = content.get("captions")
        if (
            not isinstance(captions, list)
            or not captions
            or any(not _has(row, "media", "language", "label") for row in captions)
        ):
            problems.append(ContentProblem("captions", "course.captions_missing"))
        known = {"sources", "captions", "transcript", "poster", "duration_s"}
        return problems + unknown_keys(content, known)

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the files of all sources, captions and the poster."""
        rows = [*content.get("sources", ()), *content.get("captions", ())]
        poster = [str(content["poster"])] if content.get("poster") else []
        return [str(row["media"]) for row in rows] + poster

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the addresses for the player and the transcript."""
        return Rendered(
            "courses/blocks/video.html",
            {
                "id": context.prefix,
                "title": context.title,
                "sources": [
                    {"src": context.media_url(r["media"]), "type": r["type"]} for r in content["sources"]
                ],
                "captions": [{**row, "src": context.media_url(row["media"])} for row in content["captions"]],
                "poster": context.media_url(content["poster"]) if content.get("poster") else "",
                "transcript": markdown(content["transcript"], top_level=3),
                "duration_s": content.get("duration_s"),
            },
        )

    def samples(self) -> list[BlockSample]:
        """Return videos, good and bad."""
        source = {"media": MEDIA, "type": "video/webm"}
        captions = {"media": MEDIA, "language": "ru", "label": "Русский"}
        good = {
            "sources": [source],
            "captions": [captions],
            "transcript": "Столбик **растёт**.",
            "duration_s": 20,
        }
        return [
            BlockSample(good),
            BlockSample({**good, "poster": MEDIA}),
            BlockSample({**good, "captions": []}, is_valid=False),
            BlockSample({**good, "transcript": ""}, is_valid=False),
            BlockSample({**good, "sources": [{"media": MEDIA, "type": "text/html"}]}, is_valid=False),
            BlockSample({}, is_valid=False),
        ]


def _has(row: Any, *names: str) -> bool:
    return isinstance(row, Mapping) and all(isinstance(row.get(name), str) and row[name] for name in names)
