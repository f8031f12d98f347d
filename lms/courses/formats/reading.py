"""Recognise a course file by what is in it and read the course."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lms.core.packages import Package
from lms.core.registry import Registries
from lms.courses.formats.building import Builder
from lms.courses.formats.cartridge import MANIFEST, read_cartridge
from lms.courses.formats.moodle import BACKUP, read_moodle_backup
from lms.courses.formats.own import OWN, read_own
from lms.courses.formats.values import FoundCourse, Reason, UnreadableFile
from lms.courses.ports import QUESTION_READERS

__all__ = ["ReadCourse", "read_course"]

MAX_FILE = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadCourse:
    """The course of a file, or the reason (and place) why nothing could be read."""

    course: FoundCourse | None = None
    reason: Reason | None = None
    place: str = ""


def read_course(data: bytes, registries: Registries, is_known: Callable[[str], bool]) -> ReadCourse:
    """Return the course of a file of any format that is understood. Total: whatever the bytes, there is an answer.

    Links stay where ``is_known`` lets them lead.
    """
    try:
        if len(data) > MAX_FILE:
            raise UnreadableFile("file.too_large")
        if not data.startswith((b"PK", b"\x1f\x8b")):
            raise UnreadableFile("file.no_course")
        package = Package(data)
        reader = next(iter(registries.of(QUESTION_READERS)), None)
        return ReadCourse(_read(package, Builder(registries, is_known, reader)))
    except UnreadableFile as error:
        return ReadCourse(None, error.reason, error.place)


def _read(package: Package, builder: Builder) -> FoundCourse:
    if package.find(OWN) is not None:
        return read_own(package)
    if package.find(BACKUP) is not None:
        return read_moodle_backup(package, builder)
    if package.find(MANIFEST) is not None:
        return read_cartridge(package, builder)
    raise UnreadableFile("file.no_course")
