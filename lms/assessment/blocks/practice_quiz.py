"""A practice quiz: questions of any installed type, marked at once, with the reason after each answer.

It is practice: nothing is sealed, nobody waits for it, the key is shown after the answer. Every question must be one that
a machine can mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask_babel import format_decimal, gettext

from lms.assessment.blocks.quiz_text import read_questions, write_questions
from lms.assessment.contracts import QUESTION_TYPES, ContentError, QuestionType, derive_seed
from lms.assessment.rules.items import mark_safely, marks_later
from lms.assessment.types import Fields, MarkStatus
from lms.core.registry import Registries, Registry
from lms.courses.contracts import (
    CONTRACT_VERSION,
    SAMPLE_PREFIX,
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

__all__ = ["PracticeQuiz"]

Question = tuple[int, QuestionType, dict[str, Any], str]
SIX_PLACES = Decimal("0.000001")
#: Less than one percent is a slip: somebody has typed a share where percent are asked for.
LEAST = Decimal("0.01")


class PracticeQuiz:
    """Content: ``questions`` [{type, content, why}], ``pass_score`` (0..1, default 0.6), ``intro``."""

    name = "practice_quiz"
    contract = CONTRACT_VERSION
    version = "1"

    def label(self) -> str:
        """Return what this kind is called."""
        return str(gettext("Practice quiz"))

    def icon(self) -> str:
        """Return the icon."""
        return "question"

    @cached_property
    def _installed(self) -> Registry[QuestionType]:
        """Return the installed question types, for checking content outside of any request."""
        registries = Registries([QUESTION_TYPES])
        registries.load_entry_points()
        return registries.of(QUESTION_TYPES)

    def validate(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Ask for at least one usable question that a machine can mark, and a pass score of 0..1."""
        found: list[ContentProblem] = []
        rows = content.get("questions")
        if not isinstance(rows, list) or not rows:
            return [ContentProblem("questions", "assessment.quiz_empty")]
        for number, row in enumerate(rows):
            found.extend(self._question_problems(f"questions.{number}", row))
        try:
            is_share = LEAST <= Decimal(str(content.get("pass_score", "0.6"))) <= 1
        except (ArithmeticError, ValueError):
            is_share = False
        if not is_share:
            found.append(ContentProblem("pass_score", "assessment.quiz_pass_score"))
        unknown = set(content) - {"questions", "pass_score", "intro"}
        return found + [ContentProblem(str(key), "course.key_unknown") for key in sorted(unknown)]

    def _question_problems(self, path: str, row: Any) -> Iterator[ContentProblem]:
        kind = self._installed.find(str(row.get("type"))) if isinstance(row, Mapping) else None
        if kind is None:
            yield ContentProblem(f"{path}.type", "assessment.quiz_type_unknown")
            return
        try:
            checked = kind.validate_content(row.get("content") or {})
        except ContentError as error:
            for name, codes in error.problems.items():
                yield ContentProblem(f"{path}.content.{name}", codes[0])
            return
        if kind.correct_answer(checked) is None:
            yield ContentProblem(f"{path}.type", "assessment.quiz_needs_a_person")
        elif marks_later(kind, checked):
            yield ContentProblem(f"{path}.type", "assessment.quiz_marks_later")

    def author_form(self) -> tuple[AuthorField, ...]:
        """Return the questions as one text, what stands before them and the share that is enough."""
        hint = gettext(
            "? begins a question, + a right option, - a wrong one, = a number or a word, ! the reason shown afterwards."
        )
        share = gettext("From 1 to 100: 60 means six questions of ten. Empty: 60.")
        return (
            AuthorField("questions", gettext("Questions"), FieldKind.TEXT, hint, rows=16),
            AuthorField("intro", gettext("Before the questions"), FieldKind.TEXT, is_optional=True, rows=2),
            AuthorField(
                "pass_score",
                gettext("How much is enough, in percent"),
                FieldKind.NUMBER,
                share,
                is_optional=True,
            ),
        )

    def form_from(self, content: Mapping[str, Any]) -> dict[str, str]:
        """Return the questions in the notation of `quiz_text`."""
        texts = {"questions": write_questions(content["questions"])}
        if content.get("intro"):
            texts["intro"] = str(content["intro"])
        if content.get("pass_score"):
            texts["pass_score"] = _percent(str(content["pass_score"]))
        return texts

    def content_from(self, form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the questions; those that the notation cannot say stay as they were."""
        content: dict[str, Any] = {}
        if form.get("intro", "").strip():
            content["intro"] = form["intro"].strip()
        if form.get("pass_score", "").strip():
            content["pass_score"] = _share(form["pass_score"])
        return {
            **content,
            "questions": read_questions(form.get("questions", ""), before.get("questions", ())),
        }

    def links(self, content: Mapping[str, Any]) -> list[str]:
        """Return no links."""
        return []

    def remarks(self, content: Mapping[str, Any]) -> list[ContentProblem]:
        """Remark nothing: questions are checked with their types."""
        return []

    def media(self, content: Mapping[str, Any]) -> list[str]:
        """Return no media: questions name their pictures by address."""
        return []

    def needs(self, content: Mapping[str, Any]) -> frozenset[Need]:
        """Need what its questions need (a dictation: hearing); all work by keyboard, and pictures have words."""
        rows = content.get("questions")
        names = (
            [str(row.get("type")) for row in rows if isinstance(row, Mapping)]
            if isinstance(rows, list)
            else []
        )
        kinds = (self._installed.find(name) for name in names)
        return frozenset(need for kind in kinds for need in getattr(kind, "needs", ()))

    def access(self, content: Mapping[str, Any]) -> BlockAccess:
        """Be read, or heard where a question dictates."""
        return BlockAccess(
            frozenset({"auditory"}) if Need.HEARING in self.needs(content) else frozenset({"textual"})
        )

    def completion(self, content: Mapping[str, Any]) -> CompletionRule:
        """Complete with a score."""
        return CompletionRule.SCORE

    def pass_score(self, content: Mapping[str, Any]) -> Decimal:
        """Return the score that is enough."""
        return Decimal(str(content.get("pass_score", "0.6")))

    def _questions(self, content: Mapping[str, Any], registry: Registry[QuestionType]) -> Iterator[Question]:
        for number, row in enumerate(content["questions"], start=1):
            kind = registry.find(row["type"])
            if kind is not None:
                yield number, kind, kind.validate_content(row["content"]), str(row.get("why", ""))

    def render(self, content: Mapping[str, Any], context: BlockContext) -> Rendered:
        """Return the questions; after an answer, each with what was right and why."""
        registry = context.registries.of(QUESTION_TYPES)
        last = context.last
        seed = context.seed if last is None else int(last.details.get("seed", context.seed))
        sent = context.draft if last is None else last.payload
        verdicts = {} if last is None else last.details.get("verdicts", {})
        shown = []
        for number, kind, checked, why in self._questions(content, registry):
            fields = _fields(sent or {}, context.prefix, number)
            question: dict[str, Any] = {
                "number": number,
                "prefix": f"{context.prefix}.{number}.",
                "template": kind.template,
                "player": kind.player(checked, derive_seed(seed, number)),
                "fields": fields,
            }
            if last is not None:
                question["feedback"] = {
                    "status": verdicts.get(str(number), "wrong"),
                    "answer": kind.describe(checked, derive_seed(seed, number), kind.parse(fields)),
                    "correct": _key(kind, checked, derive_seed(seed, number)),
                    "why": why,
                }
            shown.append(question)
        values = {
            "intro": content.get("intro", ""),
            "questions": shown,
            "score": None if last is None else last.score,
            "enough": format_decimal(self.pass_score(content) * 100),
            "right": sum(verdict == MarkStatus.RIGHT for verdict in verdicts.values()),
        }
        return Rendered("assessment/blocks/practice_quiz.html", values)

    def respond(
        self, content: Mapping[str, Any], payload: Mapping[str, Sequence[str]], context: BlockContext
    ) -> BlockOutcome:
        """Mark all questions; the score is the mean of their fractions. What cannot be read is asked for again.

        An answer that could not be marked earns nothing: nobody looks at practice, so it must not leave the mean.
        """
        fractions: list[Decimal] = []
        verdicts: dict[str, str] = {}
        errors: dict[str, list[str]] = {}
        for number, kind, checked, _why in self._questions(content, context.registries.of(QUESTION_TYPES)):
            response = kind.parse(_fields(payload, context.prefix, number))
            found = mark_safely(kind, checked, derive_seed(context.seed, number), response)
            verdicts[str(number)] = found.status.value
            if found.status is MarkStatus.INVALID:
                errors[f"{context.prefix}.{number}.answer"] = ["assessment.quiz_unreadable"]
            fractions.append(found.fraction or Decimal(0))
        score = (sum(fractions, Decimal(0)) / len(fractions)).quantize(SIX_PLACES) if fractions else None
        return BlockOutcome(score, {"verdicts": verdicts, "seed": str(context.seed)}, errors)

    def samples(self) -> list[BlockSample]:
        """Return a good quiz of two questions, and bad ones."""
        statement = {
            "type": "true_false",
            "content": {"prompt": "Тепло само переходит от горячего к холодному.", "is_true": True},
            "why": "Так устроена природа: температуры выравниваются.",
        }
        number = {"type": "numeric", "content": {"prompt": "Сколько будет 2 · 21?", "answer": "42"}}
        essay = {
            "type": "essay",
            "content": {"prompt": "Почему?", "rubric": [{"title": "есть причина", "points": 1}]},
        }
        program = {
            "type": "code",
            "content": {"prompt": "?", "checks": [{"expected": "1"}], "model_answer": "print(1)"},
        }
        good = {"questions": [statement, number], "pass_score": "0.5"}
        return [
            BlockSample(
                good,
                answers=(
                    (_sent("true", "42"), Decimal(1)),
                    (_sent("true", "41"), Decimal("0.5")),
                    ({}, Decimal(0)),
                ),
            ),
            BlockSample({"questions": []}, is_valid=False),
            BlockSample({"questions": [{"type": "no_such_type", "content": {}}]}, is_valid=False),
            BlockSample({"questions": [{"type": "choice", "content": {"prompt": "?"}}]}, is_valid=False),
            BlockSample({"questions": [essay]}, is_valid=False),
            BlockSample({"questions": [program]}, is_valid=False),
            BlockSample({**good, "pass_score": "2"}, is_valid=False),
        ]


def _percent(share: str) -> str:
    """Return a share (0..1) as an author reads it: "0.6" as "60"; what is no number stays."""
    try:
        return f"{(Decimal(share) * 100).normalize():f}"
    except ArithmeticError:
        return share


def _share(percent: str) -> str:
    """Return percent that somebody typed as a share; what is no number stays, for `validate` to refuse."""
    typed = percent.strip().removesuffix("%").strip().replace(",", ".")[:10]
    try:
        return f"{(Decimal(typed) / 100).normalize():f}"
    except ArithmeticError:
        return typed


def _sent(*answers: str) -> dict[str, list[str]]:
    """Return what a form of the sample sends."""
    return {f"{SAMPLE_PREFIX}.{number}.answer": [text] for number, text in enumerate(answers, start=1)}


def _fields(payload: Mapping[str, Sequence[str]], prefix: str, number: int) -> Fields:
    start = f"{prefix}.{number}."
    return {
        name.removeprefix(start): list(values) for name, values in payload.items() if name.startswith(start)
    }


def _key(kind: QuestionType, content: Mapping[str, Any], seed: int) -> str:
    fields = kind.fields_for(content, seed, kind.correct_answer(content))
    return kind.describe(content, seed, kind.parse(fields))
