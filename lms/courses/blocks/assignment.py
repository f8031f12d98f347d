"""Ask for work that a teacher looks at: a text, photographs of a notebook, a recording, a document."""

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
    CompletionRule,
    ContentProblem,
    FieldKind,
    Rendered,
)

__all__ = ["AssignmentBlock"]


class AssignmentBlock(ShownBlock):
    """Work to hand in. Content: ``task`` (Markdown), ``criteria`` (one on each line, what the teacher looks at).

    Every learner chooses how to answer — written, photographed or spoken — so no ability is asked for.
    """

    name = "assignment"
    version = "1"
    markdown_fields = ("task",)

    def label(self) -> str:
        """Return what this kind is called."""
        return str(_("Assignment"))

    def icon(self) -> str:
        """Return the icon."""
        return "upload"

    def fields(self) -> tuple[AuthorField, ...]:
        """Return the task and what is looked at."""
        how = _(
            "Students answer in writing, with photographs, a recording or a document, as suits them. Markdown."
        )
        lines = _("One on each line: students see them before they begin.")
        return (
            AuthorField("task", _("Task"), FieldKind.TEXT, how, rows=8),
            AuthorField(
                "criteria", _("What you will look at"), FieldKind.TEXT, lines, is_optional=True, rows=4
            ),
        )

    def author_form(self) -> tuple[AuthorField, ...]:
        """Return the task only: a teacher says when it is done."""
        return self.fields()

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for a task."""
        problems = require_text(content, "task", "course.task_missing")
        if not isinstance(content.get("criteria", ""), str):
            problems.append(ContentProblem("criteria", "course.text_missing"))
        return problems + unknown_keys(content, {"task", "criteria"})

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete when a teacher accepts the work."""
        return CompletionRule.ACCEPTED

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the task and what is looked at; the host adds the work and its state."""
        lines = [line.strip() for line in content.get("criteria", "").splitlines() if line.strip()]
        values = {
            "task": markdown(content["task"], top_level=context.level),
            "criteria": lines,
            "level": context.level,
        }
        return Rendered("courses/blocks/assignment.html", values)

    def samples(self) -> list[BlockSample]:
        """Return assignments, good and bad."""
        return [
            BlockSample({"task": "Реши **три** задачи.", "criteria": "Есть чертёж\nЕсть проверка"}),
            BlockSample({"task": "<script>alert(1)</script>"}),
            BlockSample({"task": " "}, is_valid=False),
            BlockSample({"task": "Реши", "criteria": 3}, is_valid=False),
            BlockSample({"criteria": "Есть чертёж"}, is_valid=False),
        ]
