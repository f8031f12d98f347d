"""Read the quizzes of other systems' courses: what a machine marks becomes practice, the rest work for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lms.assessment.blocks.practice_quiz import PracticeQuiz
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.formats.mapping import take
from lms.assessment.formats.moodle_backup import read_backup
from lms.assessment.formats.reading import read_file
from lms.assessment.formats.values import Essay, Found, Info, Refusal, Upload
from lms.assessment.formats.words import REASON_TEXTS, kind_words, reason_words
from lms.core.packages import Reason, UnreadableFile
from lms.core.registry import Registries
from lms.core.xmltree import parse_xml
from lms.courses.ports import ReadQuestion

__all__ = ["PracticeReader"]


class PracticeReader:
    """Takes questions over as practice: `lms.courses.ports.QuestionReader`."""

    name = "assessment"

    def read(self, data: bytes, place: str, registries: Registries) -> list[ReadQuestion]:
        """Return the questions of a file in their order; a file that cannot be read is one refused question."""
        read = read_file(data)
        if read.reason is not None:
            return [ReadQuestion(place, "file", read.place or place, reasons=(read.reason,))]
        return [self._taken(found, f"{place}: {found.place}", registries) for found in read.questions]

    def read_backup(
        self, data: bytes, place: str, registries: Registries
    ) -> Mapping[str, list[ReadQuestion]]:
        """Return the questions of a Moodle backup by ``question:ID``, ``entry:ID`` and ``category:ID``."""
        found: dict[str, list[ReadQuestion]] = {}
        try:
            rows: Iterable[tuple[tuple[str, ...], Found]] = list(read_backup(parse_xml(data)))
        except UnreadableFile as error:
            return {"": [ReadQuestion(place, "file", error.place or place, reasons=(error.reason,))]}
        for keys, question in rows:
            taken = self._taken(question, f"{place}: {question.place}", registries)
            for key in keys:
                found.setdefault(key, []).append(taken)
        return found

    def block(self, rows: Sequence[Mapping[str, Any]], intro: str) -> tuple[str, dict[str, Any]]:
        """Return the practice quiz and its content."""
        content: dict[str, Any] = {"questions": [dict(row) for row in rows]}
        return PracticeQuiz.name, {**content, "intro": intro} if intro else content

    def words(self, reason: Reason) -> str:
        """Return one of the formats' reasons in a sentence."""
        return reason_words(reason) if reason.code in REASON_TEXTS else ""

    def kind_words(self, kind: str) -> str:
        """Return what a file calls a kind of question in the reader's words."""
        return kind_words(kind)

    def _taken(self, found: Found, place: str, registries: Registries) -> ReadQuestion:
        if isinstance(found.body, Info):
            return ReadQuestion(found.ref, found.kind, place, note=found.prompt.text, reasons=found.changes)
        if isinstance(found.body, Essay | Upload):
            return ReadQuestion(found.ref, found.kind, place, task=found.prompt.text, reasons=found.changes)
        try:
            taken = take(found, registries.of(QUESTION_TYPES))
        except Refusal as refusal:
            return ReadQuestion(found.ref, found.kind, place, reasons=(refusal.reason,))
        row = {"type": taken.type, "content": taken.content}
        problem = _why_not(row) if not taken.pictures else Reason("practice.picture")
        if problem is not None:
            return ReadQuestion(found.ref, found.kind, place, reasons=(problem,))
        return ReadQuestion(found.ref, found.kind, place, row, reasons=taken.changes)


def _why_not(row: Mapping[str, Any]) -> Reason | None:
    """Return why a question cannot be practised."""
    problems = PracticeQuiz().validate({"questions": [row]})
    return Reason("practice.person", problems[0].message) if problems else None
