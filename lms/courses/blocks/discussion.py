"""Ask those who take a course something that they discuss with each other, in their own class."""

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

__all__ = ["DiscussionBlock"]


class DiscussionBlock(ShownBlock):
    """A discussion. Content: ``question`` (Markdown), ``checked_first``. Nobody has to write: reading on completes it."""

    name = "discussion"
    version = "1"
    markdown_fields = ("question",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Discussion"))

    def icon(self) -> str:
        """Return the icon."""
        return "message"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the question, and whether a teacher reads first."""
        question = _("A question that has more than one good answer, in Markdown.")
        first = _("Else a contribution is read by the class at once, and you can hide it.")
        return (
            AuthorField("question", _("What is to be discussed"), FieldKind.TEXT, question, rows=6),
            AuthorField(
                "checked_first",
                _("A teacher reads contributions before the class does"),
                FieldKind.TICK,
                first,
                is_optional=True,
            ),
        )

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a question."""
        problems = require_text(content, "question", "course.question_missing")
        return problems + unknown_keys(content, {"question", "checked_first"})

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return where the links of the question lead."""
        return [link.address for link in read_text(str(content.get("question", ""))).links]

    def is_checked_first(self, content: Mapping[str, Any]) -> bool:
        """Tell whether a teacher reads a contribution before the others do."""
        return content.get("checked_first") is True

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the question; the host adds what was written."""
        text = markdown(content["question"], top_level=context.level)
        return Rendered("courses/blocks/discussion.html", {"question": text})

    def samples(self) -> list[BlockSample]:
        """Return discussions, good and bad."""
        return [
            BlockSample({"question": "Где дома уходит **тепло**? Как это проверить?"}),
            BlockSample({"question": "Что вас удивило?", "checked_first": True, "explicit": True}),
            BlockSample({"question": " "}, is_valid=False),
            BlockSample({"question": "?", "posts": []}, is_valid=False),
        ]
