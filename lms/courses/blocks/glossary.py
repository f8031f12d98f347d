"""List words with what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from lms.courses.blocks.base import ShownBlock, has_texts, read_pairs, unknown_keys, write_pairs
from lms.courses.contracts import (
    AuthorField,
    BlockContext,
    BlockSample,
    ContentProblem,
    FieldKind,
    Rendered,
)

__all__ = ["GlossaryBlock"]

MAX_TERMS = 60


class GlossaryBlock(ShownBlock):
    """Words of the lesson. Content: ``terms`` [{term, meaning}]."""

    name = "glossary"
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Glossary"))

    def icon(self) -> str:
        """Return the icon."""
        return "list"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the words, line by line."""
        return (
            AuthorField(
                "terms", _("Words"), FieldKind.TEXT, _("One on each line: word — what it means."), rows=8
            ),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the words line by line."""
        form = super().form_from(content)
        return {**form, "terms": write_pairs(content["terms"], "term", "meaning")}

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the words as rows."""
        content = super().content_from(form, before)
        return {**content, "terms": read_pairs(content.get("terms", ""), "term", "meaning")}

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for words that all have a meaning."""
        rows = content.get("terms")
        good = isinstance(rows, list) and 0 < len(rows) <= MAX_TERMS
        if not good or not all(has_texts(row, "term", "meaning") for row in rows or ()):
            return [ContentProblem("terms", "course.terms_bad"), *unknown_keys(content, {"terms"})]
        return unknown_keys(content, {"terms"})

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the words in their order."""
        rows = [(row["term"], row["meaning"]) for row in content["terms"]]
        return Rendered("courses/blocks/glossary.html", {"rows": rows})

    def samples(self) -> list[BlockSample]:
        """Return lists, good and bad."""
        return [
            BlockSample({"terms": [{"term": "Теплоёмкость", "meaning": "сколько тепла берёт градус"}]}),
            BlockSample({"terms": [{"term": "<b>", "meaning": '"><script>alert(1)</script>'}]}),
            BlockSample({"terms": [{"term": "Без значения", "meaning": ""}]}, is_valid=False),
            BlockSample({"terms": []}, is_valid=False),
            BlockSample({"terms": "слово"}, is_valid=False),
        ]
