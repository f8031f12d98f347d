"""Say a course in words that no format owns: what readers yield and what an import writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lms.core.packages import Reason, UnreadableFile
from lms.courses.types import EnrolmentMode, GateTerm, NewBlock

__all__ = ["Finding", "FoundCourse", "FoundFile", "FoundItem", "FoundSection", "Reason", "UnreadableFile"]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a block shows or offers: what it is called, and its bytes when they are needed."""

    name: str
    read: Callable[[], bytes] = field(compare=False)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a part of an item (a question of a quiz): refused when ``is_refused``, else only changed."""

    ref: str
    kind: str
    place: str
    reasons: tuple[Reason, ...] = ()
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One thing of a course: what it is called, its kind in the format's words, its place, and the blocks that it becomes.

    Without blocks it is refused for ``reasons``; with them these say what could not be kept. In the content of a block a text
    that is a key of `FoundCourse.files` stands for that file. ``parts`` are reported by themselves.
    """

    ref: str
    kind: str
    place: str
    blocks: tuple[NewBlock, ...] = ()
    reasons: tuple[Reason, ...] = ()
    parts: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundSection:
    """A part of a course; one without items that can be taken over is left out and reported."""

    key: str
    title: str
    place: str
    items: tuple[FoundItem, ...] = ()
    summary: str = ""
    gate: tuple[GateTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundCourse:
    """A course as a file says it; what the file does not say is None."""

    title: str
    sections: tuple[FoundSection, ...]
    files: Mapping[str, FoundFile] = field(default_factory=dict)
    summary: str = ""
    subject: str | None = None
    grade: int | None = None
    language: str | None = None
    mode: EnrolmentMode | None = None
