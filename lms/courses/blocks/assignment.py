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

USUAL_DAYS, MOST_DAYS = 3, 14


class AssignmentBlock(ShownBlock):
    """Work to hand in. Content: ``task`` (Markdown), ``criteria`` (one on each line, what the teacher looks at).

    ``peers`` is how many fellow learners read it by the criteria ("1" to "3"), ``peer_days`` how many days they have.

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
        peers = _("They are drawn, neither knows the other, and they go by your points. You decide alone.")
        days = _("From 1 to 14; after that you read the work without them. Three when left empty.")
        return (
            AuthorField("task", _("Task"), FieldKind.TEXT, how, rows=8),
            AuthorField(
                "criteria", _("What you will look at"), FieldKind.TEXT, lines, is_optional=True, rows=4
            ),
            AuthorField(
                "peers",
                _("Classmates read it, too"),
                FieldKind.CHOICE,
                peers,
                is_optional=True,
                options=(("1", _("one")), ("2", _("two")), ("3", _("three"))),
            ),
            AuthorField(
                "peer_days", _("Days that they have for it"), FieldKind.NUMBER, days, is_optional=True
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
        peers, days = content.get("peers", ""), content.get("peer_days", "")
        if peers not in ("", "1", "2", "3"):
            problems.append(ContentProblem("peers", "course.peers_number"))
        if peers and not self.criteria(content):
            problems.append(ContentProblem("criteria", "course.criteria_missing"))
        if days and not (isinstance(days, str) and days.isdecimal() and 1 <= int(days[:3]) <= MOST_DAYS):
            problems.append(ContentProblem("peer_days", "course.peer_days"))
        return problems + unknown_keys(content, {"task", "criteria", "peers", "peer_days"})

    def criteria(self, content: Mapping[str, Any]) -> list[str]:
        """Return the lines of the criteria."""
        said = content.get("criteria", "")
        return [line.strip() for line in said.splitlines() if line.strip()] if isinstance(said, str) else []

    def peers(self, content: Mapping[str, Any]) -> int:
        """Return how many fellow learners read a work."""
        return int(content.get("peers") or 0)

    def review_days(self, content: Mapping[str, Any]) -> int:
        """Return how many days they have."""
        return int(content.get("peer_days") or USUAL_DAYS)

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete when a teacher accepts the work."""
        return CompletionRule.ACCEPTED

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the task and what is looked at; the host adds the work and its state."""
        values = {
            "task": markdown(content["task"], top_level=context.level),
            "criteria": self.criteria(content),
            "peers": self.peers(content),
            "level": context.level,
        }
        return Rendered("courses/blocks/assignment.html", values)

    def samples(self) -> list[BlockSample]:
        """Return assignments, good and bad."""
        return [
            BlockSample({"task": "Реши **три** задачи.", "criteria": "Есть чертёж\nЕсть проверка"}),
            BlockSample({"task": "<script>alert(1)</script>"}),
            BlockSample({"task": "Реши", "criteria": "Есть чертёж", "peers": "2", "peer_days": "5"}),
            BlockSample({"task": "Реши", "peers": "2"}, is_valid=False),
            BlockSample({"task": "Реши", "criteria": "Да", "peers": "9"}, is_valid=False),
            BlockSample({"task": "Реши", "criteria": "Да", "peers": "1", "peer_days": "0"}, is_valid=False),
            BlockSample({"task": " "}, is_valid=False),
            BlockSample({"task": "Реши", "criteria": 3}, is_valid=False),
            BlockSample({"criteria": "Есть чертёж"}, is_valid=False),
        ]
