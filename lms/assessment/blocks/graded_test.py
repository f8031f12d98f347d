"""A graded test: an examination of the school stands in a course, and its result completes the step.

The examination has its own rules: who is admitted, when, under which conditions, how it is marked. The step shows the way
to it; once a result counts, the course is told (`lms.assessment.handlers`). Nothing that a browser says reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext, pgettext

from lms.core.ids import parse_id
from lms.core.markup import markdown
from lms.courses.contracts import (
    CONTRACT_VERSION,
    AuthorField,
    BlockAccess,
    BlockContext,
    BlockOutcome,
    BlockSample,
    CompletionRule,
    ContentProblem,
    FieldKind,
    Rendered,
)
from lms.courses.types import Need

__all__ = ["GradedTest"]

#: Who names the examinations that an author may choose from: `lms.assessment.course_exams`.
EXAMS = "exams"
EXAM = "0190a0a0-0000-7000-8000-00000000000e"


class GradedTest:
    """Content: ``exam`` (the id of an examination), ``words`` (Markdown: what it is about and how to prepare)."""

    name = "graded_test"
    contract = CONTRACT_VERSION
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(gettext("Graded test"))

    def icon(self) -> str:
        """Return the icon."""
        return "exam"

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for an examination and for words about it."""
        found = []
        if not isinstance(content.get("exam"), str) or parse_id(content["exam"]) is None:
            found.append(ContentProblem("exam", "assessment.test_exam"))
        words = content.get("words")
        if not isinstance(words, str) or not words.strip():
            found.append(ContentProblem("words", "assessment.test_words"))
        unknown = set(content) - {"exam", "words"}
        return found + [ContentProblem(str(key), "course.key_unknown") for key in sorted(unknown)]

    def author_form(self) -> tuple[AuthorField, ...]:
        """Return the examination and the words about it."""
        hint = gettext(
            "What is planned under Attestation stands here. Those who take the course are admitted to it there."
        )
        words = gettext("What it is about and how to prepare, in Markdown.")
        return (
            AuthorField("exam", pgettext("step", "Exam"), FieldKind.CHOICE, hint, source=EXAMS),
            AuthorField("words", gettext("Before the test"), FieldKind.TEXT, words, rows=5),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts."""
        return {name: str(content[name]) for name in ("exam", "words")}

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the examination that was chosen, and the words."""
        texts = {name: form.get(name, "").strip() for name in ("exam", "words")}
        return {name: text for name, text in texts.items() if text}

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return no media."""
        return []

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return no links."""
        return []

    def remarks(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Remark nothing: the questions are checked where they are written."""
        return []

    def needs(self, content: Mapping[str, Any]) -> frozenset[Need]:
        """Need nothing here: what the examination needs is agreed with each student there."""
        return frozenset()

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be read."""
        return BlockAccess()

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete with a result that counts."""
        return CompletionRule.RESULT

    def pass_score(self, content: Mapping[str, Any]) -> Decimal:
        """Ask for no score: whether it is passed is for the examination's own rule to say."""
        return Decimal(0)

    def exam(self, content: Mapping[str, Any]) -> UUID:
        """Return the examination whose result completes the block."""
        return UUID(str(content["exam"]))

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the words, the way to the examination, and the result that counts."""
        last = context.before
        values = {
            "words": markdown(content["words"], top_level=context.level),
            "exam": self.exam(content),
            "score": None if last is None else last.score,
            "is_passed": context.is_completed,
        }
        return Rendered("assessment/blocks/graded_test.html", values)

    def respond(
        self, content: Mapping[str, Any], payload: Mapping[str, Sequence[str]], context: BlockContext
    ) -> BlockOutcome:
        """Refuse answers: they are given in the examination."""
        return BlockOutcome(errors={"_form": ["course.no_answer"]})

    def samples(self) -> list[BlockSample]:
        """Return tests, good and bad."""
        good = {"exam": EXAM, "words": "Пять задач о **тепле**. Повтори раздел и возьми линейку."}
        return [
            BlockSample(good),
            BlockSample({**good, "exam": "завтра"}, is_valid=False),
            BlockSample({**good, "words": " "}, is_valid=False),
            BlockSample({**good, "pass_score": "0.5"}, is_valid=False),
        ]
