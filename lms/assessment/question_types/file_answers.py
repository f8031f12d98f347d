"""Answers that are files: photographs of a notebook, documents, recordings. A person marks them by a rubric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext, ngettext

from lms.assessment.contracts import (
    STEM_FIELDS,
    AuthorField,
    ContentError,
    FieldKind,
    Fields,
    FileRule,
    ItemTest,
    MarkResult,
    MarkStatus,
    PlainForm,
    Sample,
)
from lms.assessment.question_types.essay import MODEL_ANSWER_FIELD, RUBRIC_FIELD, read_rubric
from lms.assessment.question_types.reading import ContentReader, stem

__all__ = ["FileAnswer", "FileUpload", "NotebookPhoto", "OralAnswer"]

MOST_FILES = 20
#: How many seconds a recording may last that is made in the browser.
USUAL_SECONDS, LEAST_SECONDS, MOST_SECONDS = 300, 5, 1800
SAMPLE_ID = "0190a000-0000-7000-8000-000000000001"


class FileAnswer(PlainForm):
    """What all answers by file have in common: the response is a list of ids of stored files."""

    name = "file_upload"
    version = "1"
    title: Any = lazy_gettext("A file")
    summary: Any = lazy_gettext("Students bring a picture, a PDF or a recording; you mark it by criteria.")
    template = "assessment/questions/file_answer.html"
    kinds: tuple[str, ...] = ("picture", "pdf", "audio")
    usual_most = 3
    sample_title = "Схема опыта"
    sample_prompt = "Начерти схему опыта и приложи файл."
    form_fields = (
        *STEM_FIELDS,
        AuthorField("most", FieldKind.WHOLE, lazy_gettext("How many files may be added"), is_optional=True),
        RUBRIC_FIELD,
        MODEL_ANSWER_FIELD,
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, most, rubric: [{id, title, points}], model_answer}."""
        reader = ContentReader(content)
        most = reader.whole("most", self.usual_most)
        if most is not None and not 1 <= most <= MOST_FILES:
            reader.fail("most", "content.not_a_number")
        rubric, model_answer = read_rubric(reader), reader.text("model_answer")
        return reader.done(
            lambda: {"most": most or self.usual_most, "rubric": rubric, "model_answer": model_answer}
        )

    def takes_files(self, content: Mapping[str, Any]) -> FileRule:
        """Return which files the host may store for an answer, and how many."""
        return FileRule(self.kinds, content["most"])

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return the stem, which files are taken, how many, and what the work is judged by."""
        rubric = [{"title": row["title"], "points": row["points"]} for row in content["rubric"]]
        return {**stem(content), "kinds": list(self.kinds), "most": content["most"], "rubric": rubric}

    def parse(self, fields: Mapping[str, Sequence[str]]) -> list[str] | None:
        """Return the ids of the files in the order in which they were added."""
        given = [value.strip() for value in fields.get("file", ()) if value.strip()]
        return list(dict.fromkeys(given)) or None

    def fields_for(self, content: Mapping[str, Any], seed: int, answer: Any) -> Fields:
        """Take a list of ids of files as the answer."""
        return {"file": [str(name) for name in answer]} if answer else {}

    def mark(self, content: Mapping[str, Any], seed: int, response: Any) -> MarkResult:
        """Leave everything but an empty answer to a person."""
        if not response:
            return MarkResult.of(Decimal(0), "no_answer")
        if len(response) > content["most"] or not all(_is_id(name) for name in response):
            return MarkResult.invalid("file_unknown")
        return MarkResult(MarkStatus.NEEDS_MARKING)

    def correct_answer(self, content: Mapping[str, Any]) -> None:
        """Return None: there is no key."""

    def describe(self, content: Mapping[str, Any], seed: int, response: Any) -> str:
        """Return how many files there are; the host shows them."""
        count = len(response or ())
        return str(ngettext("%(num)d file", "%(num)d files", count)) if count else ""

    def samples(self) -> list[Sample]:
        """Return a task with a rubric of two lines."""
        content = {
            "prompt": self.sample_prompt,
            "rubric": [{"title": "Выполнено задание", "points": 3}, {"title": "Всё подписано", "points": 1}],
        }
        tests = (
            ItemTest([SAMPLE_ID], MarkStatus.NEEDS_MARKING),
            ItemTest(["../etc/passwd"], MarkStatus.INVALID),
            ItemTest(None, MarkStatus.WRONG),
        )
        return [Sample(self.sample_title, content, tests)]


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


class FileUpload(FileAnswer):
    """Any file that the school takes: a picture, a PDF document, a recording."""


class NotebookPhoto(FileAnswer):
    """Photographs of pages of a notebook; the teacher marks them with a red pen on the picture."""

    name = "notebook_photo"
    title = lazy_gettext("A photograph of the notebook")
    summary = lazy_gettext("Students solve on paper and photograph it; you mark the picture with a red pen.")
    kinds = ("picture",)
    usual_most = 5
    sample_title = "Решение в тетради"
    sample_prompt = "Реши уравнение x² − 5x + 6 = 0 в тетради и сфотографируй решение."


class OralAnswer(FileAnswer):
    """A recording of what the student says."""

    name = "oral_answer"
    title = lazy_gettext("An oral answer")
    summary = lazy_gettext("Students speak into the microphone; you listen and mark by criteria.")
    kinds = ("audio",)
    usual_most = 1
    sample_title = "Стихотворение"
    sample_prompt = "Прочитай стихотворение наизусть и запиши себя."
    form_fields = (
        *STEM_FIELDS,
        AuthorField(
            "seconds",
            FieldKind.WHOLE,
            lazy_gettext("How many seconds a recording may last"),
            lazy_gettext("Recording in the browser ends by itself then. Without a number: five minutes."),
            is_optional=True,
        ),
        *FileAnswer.form_fields[len(STEM_FIELDS) :],
    )

    def validate_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return {…, most, rubric, model_answer, seconds}; that long a browser records, whatever a file may last."""
        checked, seconds = super().validate_content(content), content.get("seconds", USUAL_SECONDS)
        is_whole = isinstance(seconds, int) and not isinstance(seconds, bool)
        if not is_whole or not LEAST_SECONDS <= seconds <= MOST_SECONDS:
            raise ContentError({"seconds": ["content.not_a_number"]})
        return {**checked, "seconds": seconds}

    def player(self, content: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Return what all answers by file show, and how many seconds a recording may last."""
        return {**super().player(content, seed), "seconds": content.get("seconds", USUAL_SECONDS)}
