"""Recognise a file by what is in it and read its questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from lms.assessment.formats.aiken import is_aiken, read_aiken
from lms.assessment.formats.gift import read_gift
from lms.assessment.formats.moodle_reader import read_moodle
from lms.assessment.formats.qti12_reader import read_qti12
from lms.assessment.formats.qti_reader import ITEM_TAGS, read_qti_item
from lms.assessment.formats.values import Found, Reason, Refusal, UnreadableFile
from lms.core.packages import Package
from lms.core.xmltree import MAX_BYTES, Node, parse_xml, stream_xml

__all__ = ["ReadFile", "read_file"]

MAX_FILE = 128 * 1024 * 1024
MAX_TEXT = 16 * 1024 * 1024
MAX_QUESTIONS = 20_000
#: All pictures of a package together, unpacked: they are kept until its questions are written.
MAX_PICTURES = 192 * 1024 * 1024
Resolve = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file held: its questions, or the reason (and place) why nothing could be read."""

    questions: tuple[Found, ...] = ()
    reason: Reason | None = None
    place: str = ""


def read_file(data: bytes) -> ReadFile:
    """Return the questions of a file of any format that is understood. Total: whatever the bytes, there is an answer."""
    try:
        questions: list[Found] = []
        for found in _read(data):
            if len(questions) >= MAX_QUESTIONS:
                raise UnreadableFile("file.too_many_questions", str(MAX_QUESTIONS))
            questions.append(found)
    except UnreadableFile as error:
        return ReadFile((), error.reason, error.place)
    return ReadFile(tuple(questions), None if questions else Reason("file.no_questions"))


def _read(data: bytes) -> Iterator[Found]:
    if len(data) > MAX_FILE:
        raise UnreadableFile("file.too_large")
    if data.startswith(b"PK"):
        return _read_package(Package(data))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" or data.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
        return _read_large(data) if len(data) > MAX_BYTES else _read_xml(parse_xml(data), "line ", _nowhere)
    return _read_text(data)


def _read_large(data: bytes) -> Iterator[Found]:
    """Yield the questions of a large Moodle quiz, one after the other; other large files are packages, or too large."""
    elements = stream_xml(data)
    root = next(elements)
    if root.tag != "quiz":
        raise UnreadableFile("file.too_large", place=f"line {root.line}")
    yield from read_moodle(node for node in elements if node.tag == "question")


def _nowhere(_source: str) -> bytes | None:
    return None


def _read_text(data: bytes) -> Iterator[Found]:
    if len(data) > MAX_TEXT:
        raise UnreadableFile("file.too_large")
    text = _decoded(data)
    if is_aiken(text):
        return read_aiken(text)
    is_code = re.match(r'\s*[\[{]\s*["\[{\]}]', text) is not None
    if is_code or ("{" not in text and "::" not in text):
        raise UnreadableFile("file.unknown_format")
    return read_gift(text)


def _decoded(data: bytes) -> str:
    """Return a file's text; one with a NUL in it, which no database keeps, is not text."""
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableFile("file.unknown_format")


def _read_xml(root: Node, place: str, resolve: Resolve) -> Iterator[Found]:
    """Yield the questions of an XML file; raise UnreadableFile for a root that is none of ours."""
    if root.tag in ("quiz", "question"):
        questions = read_moodle([root] if root.tag == "question" else root.children("question"))
        return (replace(found, place=place + found.place.removeprefix("line ")) for found in questions)
    if root.tag == "questestinterop":
        return read_qti12(root, place, resolve)
    if root.tag in ITEM_TAGS:
        return iter([read_qti_item(root, place, resolve)])
    raise UnreadableFile("file.unknown_format", root.tag, f"{place}{root.line}")


def _read_package(package: Package) -> Iterator[Found]:
    """Yield the questions of all files of a package, those that the manifest names first and in its order."""
    order, keywords = _in_order(package)
    pictures = _Pictures(package)
    for name in order:
        if not name.casefold().endswith((".xml", ".qti")):
            continue
        try:
            root = parse_xml(package.read(name))
            if _holds_questions(root):
                for found in _read_xml(root, f"{name}:", partial(pictures.resolve, name)):
                    yield replace(found, tags=(*found.tags, *keywords.get(name, ())))
        except UnreadableFile as error:
            place = f"{name}: {error.place}" if error.place not in ("", name) else name
            yield Found(name, "file", place, reason=error.reason)


def _holds_questions(root: Node) -> bool:
    return root.tag in ("quiz", "questestinterop", *ITEM_TAGS)


def _in_order(package: Package) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Return all names, those that the manifest lists first, and the keywords that it gives for files."""
    names = package.names()
    manifest = next((name for name in names if name.rpartition("/")[2] == "imsmanifest.xml"), None)
    try:
        root = parse_xml(package.read(manifest)) if manifest is not None else None
    except UnreadableFile:
        root = None
    if manifest is None or root is None:
        return names, {}
    named, keywords = list[str](), dict[str, tuple[str, ...]]()
    for resource in root.every("resource"):
        hrefs = [node.attrs["href"] for node in resource.every("resource", "file") if "href" in node.attrs]
        files = [found for href in hrefs if (found := package.find(href, manifest))]
        named += files
        words = tuple(dict.fromkeys(node.text() for node in resource.every("keyword") if node.text()))
        keywords |= dict.fromkeys(files, words)
    return list(dict.fromkeys([*named, *names])), keywords


class _Pictures:
    """The pictures of a package: each unpacked once however many questions show it, all together within bounds."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.kept: dict[str, bytes] = {}
        self.size = 0

    def resolve(self, base: str, source: str) -> bytes | None:
        """Return the bytes of the picture that the file ``base`` means by ``source``; raise Refusal when they cannot be had."""
        plain = (
            source.replace("$IMS-CC-FILEBASE$", "").lstrip("/") if "$IMS-CC-FILEBASE$" in source else source
        )
        name = self.package.find(plain, base) or self.package.find(plain)
        if name is None:
            return None
        if name not in self.kept:
            try:
                self._unpack(name)
            except UnreadableFile as error:
                raise Refusal(*error.reason) from None
        return self.kept[name]

    def _unpack(self, name: str) -> None:
        if self.size + self.package.size_of(name) > MAX_PICTURES:
            raise UnreadableFile("package.too_large")
        self.kept[name] = self.package.read(name)
        self.size += len(self.kept[name])
