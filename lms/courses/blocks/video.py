"""Show a video in the browser's own player, with captions and a transcript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.core.markup import markdown
from lms.courses.blocks.base import ShownBlock, has_texts, require_text, unknown_keys
from lms.courses.contracts import (
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)

__all__ = ["VideoBlock"]

MEDIA = "0190a0a0-0000-7000-8000-000000000002"
KINDS = {"video/webm", "video/mp4"}


class VideoBlock(ShownBlock):
    """A video.

    Content: ``sources`` [{media, type}], small first; ``captions`` [{media, language, label}]; ``transcript``
    (Markdown); ``poster``; ``chapters``; ``audio`` (the sound alone); ``duration_s``. Captions serve those who do not hear, the transcript those who
    neither see nor hear; both are a must.
    Source: WCAG 2.2, 1.2.2, 1.2.3, 1.2.5.
    """

    name = "video"
    version = "1"
    markdown_fields = ("transcript",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Video"))

    def icon(self) -> str:
        """Return the icon."""
        return "video"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the film, a small rendition, captions, chapters, transcript and poster."""
        film = "video/mp4,video/webm"
        small = _("Kept for slow lines: it is offered first.")
        sound = _("For who has little data, or listens on the way.")
        captions = _("WebVTT (.vtt): what is said and what is heard, with times.")
        chapters = _("WebVTT (.vtt) with the names of the parts.")
        words = _("Everything that is said and shown, in Markdown: for those who neither see nor hear.")
        return (
            AuthorField("film", _("Film"), FieldKind.FILE, _("MP4 or WebM."), accept=film),
            AuthorField("small", _("Small rendition"), FieldKind.FILE, small, is_optional=True, accept=film),
            AuthorField(
                "audio", _("Only the sound"), FieldKind.FILE, sound, is_optional=True, accept="audio/*"
            ),
            AuthorField("captions", _("Captions"), FieldKind.FILE, captions, accept=".vtt"),
            AuthorField("chapters", _("Chapters"), FieldKind.FILE, chapters, is_optional=True, accept=".vtt"),
            AuthorField("transcript", _("Transcript"), FieldKind.TEXT, words, rows=8),
            AuthorField("poster", _("First picture"), FieldKind.FILE, is_optional=True, accept="image/*"),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the largest rendition as the film, the first as the small one."""
        form = {
            name: str(content[name])
            for name in ("transcript", "poster", "chapters", "audio")
            if content.get(name)
        }
        sources = content["sources"]
        for name, row in (("film", sources[-1]), *((("small", sources[0]),) if len(sources) > 1 else ())):
            form |= {name: row["media"], f"{name}.type": row["type"]}
        form["captions"] = content["captions"][0]["media"]
        return {**form, **({"explicit": "yes"} if content.get("explicit") is True else {})}

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return sources and captions as rows; captions in further languages and the length are kept."""
        sent = super().content_from(form, before)
        content: dict[str, Any] = {
            key: sent[key] for key in ("transcript", "poster", "chapters", "audio", "explicit") if key in sent
        }
        content["sources"] = [
            {"media": sent[name], "type": form.get(f"{name}.type", "")}
            for name in ("small", "film")
            if name in sent
        ]
        kept = list(before.get("captions", ()))
        if "captions" in sent:
            first = kept[0] if kept else {"language": "ru", "label": "Русский"}
            content["captions"] = [{**first, "media": sent["captions"]}, *kept[1:]]
        is_same = content["sources"] == before.get("sources")
        if is_same and before.get("duration_s") is not None:
            content["duration_s"] = before["duration_s"]
        return content

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a source, captions and a transcript."""
        problems = require_text(content, "transcript", "course.transcript_missing")
        sources = content.get("sources")
        if not isinstance(sources, list) or not sources:
            problems.append(ContentProblem("film", "course.media_missing"))
        elif any(not has_texts(row, "media") or row.get("type") not in KINDS for row in sources):
            problems.append(ContentProblem("film", "course.video_kind"))
        captions = content.get("captions")
        if (
            not isinstance(captions, list)
            or not captions
            or any(not has_texts(row, "media", "language", "label") for row in captions)
        ):
            problems.append(ContentProblem("captions", "course.captions_missing"))
        known = {"sources", "captions", "chapters", "transcript", "poster", "audio", "duration_s"}
        return problems + unknown_keys(content, known)

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return the files of all sources, captions, the chapters and the poster."""
        rows = [*content.get("sources", ()), *content.get("captions", ())]
        single = [str(content[name]) for name in ("poster", "chapters", "audio") if content.get(name)]
        return [str(row["media"]) for row in rows] + single

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be seen and heard, with captions, or read as a transcript."""
        return BlockAccess(
            frozenset({"visual", "auditory", "textual"}), frozenset({"captions", "transcript"})
        )

    def is_timed(self, content: Mapping[str, Any]) -> bool:
        """Have a place at which one stops and goes on."""
        return True

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
                "chapters": context.media_url(content["chapters"]) if content.get("chapters") else "",
                "audio": context.media_url(content["audio"]) if content.get("audio") else "",
                "poster": context.media_url(content["poster"]) if content.get("poster") else "",
                "transcript": markdown(content["transcript"], top_level=context.level),
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
            BlockSample({**good, "poster": MEDIA, "chapters": MEDIA, "audio": MEDIA}),
            BlockSample({**good, "sources": [source, {"media": MEDIA, "type": "video/mp4"}]}),
            BlockSample({**good, "captions": []}, is_valid=False),
            BlockSample({**good, "transcript": ""}, is_valid=False),
            BlockSample({**good, "sources": [{"media": MEDIA, "type": "text/html"}]}, is_valid=False),
            BlockSample({}, is_valid=False),
        ]
