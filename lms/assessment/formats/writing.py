"""Write questions in a format, and prove for each that reading it back gives the same question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lms.assessment.contracts import QuestionType
from lms.assessment.formats.gift import write_gift
from lms.assessment.formats.mapping import Taken, take
from lms.assessment.formats.moodle_writer import write_moodle
from lms.assessment.formats.qti3_writer import write_qti3
from lms.assessment.formats.reading import read_file
from lms.assessment.formats.values import Found, Reason, Refusal
from lms.core.registry import Registry

__all__ = ["FORMATS", "Format", "Written", "write_file"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format to write: its name, the ending and media type of its files, its writer."""

    name: str
    suffix: str
    media_type: str
    write: Callable[[Iterable[Found]], bytes]


FORMATS: dict[str, Format] = {
    "moodle": Format("moodle", "xml", "application/xml", lambda found: write_moodle(found).encode()),
    "gift": Format("gift", "gift", "text/plain", lambda found: write_gift(found).encode()),
    "qti3": Format("qti3", "zip", "application/zip", write_qti3),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A file, how many questions are in it, and those that the format cannot say, each with the reason."""

    data: bytes
    count: int
    refused: tuple[tuple[Found, Reason], ...]


def write_file(questions: Sequence[Found], style: Format, types: Registry[QuestionType]) -> Written:
    """Return a file of the questions that come back unchanged when it is read; the others are named."""
    kept: list[Found] = []
    refused: list[tuple[Found, Reason]] = []
    for question in questions:
        try:
            _prove(question, style, types)
        except Refusal as refusal:
            refused.append((question, refusal.reason))
        else:
            kept.append(question)
    return Written(style.write(kept), len(kept), tuple(refused))


def _prove(question: Found, style: Format, types: Registry[QuestionType]) -> None:
    """Raise Refusal unless the question survives being written and read."""
    again = read_file(style.write([question])).questions
    if len(again) != 1:
        raise Refusal("export.not_the_same")
    if again[0].reason is not None:
        raise Refusal("export.not_the_same", again[0].reason.code)
    before, after = take(question, types), take(again[0], types)
    if _said(after) != _said(before):
        parts = {
            key
            for key in {**before.content, **after.content}
            if before.content.get(key) != after.content.get(key)
        }
        raise Refusal("export.not_the_same", " ".join(sorted(parts)))


def _said(taken: Taken) -> tuple[object, ...]:
    """Return all that must come back: type, content, title, tags, the pictures' bytes."""
    found = replace(taken.found, ref="", kind="", place="", changes=())
    data = {url: picture.data for url, picture in taken.pictures.items()}
    return taken.type, taken.content, found.title, tuple(sorted(found.tags)), data
