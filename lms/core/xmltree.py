"""Read XML from strangers: no entities of their own, nothing fetched, bounded depth, size and count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from lms.core.packages import UnreadableFile

__all__ = ["MAX_BYTES", "Node", "parse_xml", "stream_xml"]

MAX_BYTES = 16 * 1024 * 1024
#: A tag or a comment; text is no token. It is fed in pieces, so that a longer one is noticed before it is built.
MAX_TOKEN = 4 * 1024 * 1024
PIECE = 64 * 1024
MAX_DEPTH = 120
MAX_NODES = 300_000
MAX_ATTRIBUTES, MAX_ALL_ATTRIBUTES = 1_000, 500_000
#: A file declares so many attributes; what they are unless it is said is a word. Each element has its own copy of it.
MAX_DECLARED, MAX_DEFAULT = 100, 100


@dataclass(slots=True)
class Node:
    """An element: name and attributes without their prefixes, what is in it, and its line in the file."""

    tag: str
    attrs: dict[str, str]
    line: int
    parts: list[Node | str] = field(default_factory=list)

    def children(self, *tags: str) -> Iterator[Node]:
        """Yield the elements directly inside, all or those of the given names."""
        for part in self.parts:
            if isinstance(part, Node) and (not tags or part.tag in tags):
                yield part

    def first(self, *path: str) -> Node | None:
        """Return the first element along a path of names, or None."""
        node: Node | None = self
        for tag in path:
            node = next(node.children(tag), None) if node is not None else None
        return node

    def walk(self) -> Iterator[Node]:
        """Yield this element and all below, in the order of the file."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(list(node.children())))

    def every(self, *tags: str) -> list[Node]:
        """Return all elements below (and this one) of the given names, in the order of the file."""
        return [node for node in self.walk() if node.tag in tags]

    def text(self) -> str:
        """Return all text inside, stripped."""
        return "".join(self._texts()).strip()

    def _texts(self) -> Iterator[str]:
        waiting: list[Node | str] = [self]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                yield part
            else:
                waiting.extend(reversed(part.parts))

    def text_at(self, *path: str) -> str:
        """Return the text of the element along a path, '' when there is none."""
        node = self.first(*path)
        return "" if node is None else node.text()


class _Builder:
    """Build the tree while expat reads; stop at the first thing that may not be."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = self.attributes = self.letters = self.declared = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.AttlistDeclHandler = self.declare
        self.parser.EntityDeclHandler = self.refuse_entity
        self.parser.ExternalEntityRefHandler = self.refuse_entity

    def read(self, data: bytes) -> None:
        """Feed the file piece by piece."""
        for end in range(PIECE, len(data), PIECE):
            self.parser.Parse(data[end - PIECE : end], False)
            if end - self.parser.CurrentByteIndex > MAX_TOKEN:
                raise UnreadableFile("file.too_complex", place=f"line {self.parser.CurrentLineNumber}")
        self.parser.Parse(data[(len(data) - 1) // PIECE * PIECE :], True)

    def stream(self, data: bytes) -> Iterator[Node]:
        """Feed the file piece by piece and yield, and forget, each element directly in the root once it is whole."""
        for begin in range(0, len(data), PIECE):
            end = begin + PIECE
            self.parser.Parse(data[begin:end], end >= len(data))
            if end < len(data) and end - self.parser.CurrentByteIndex > MAX_TOKEN:
                raise UnreadableFile("file.too_complex", place=f"line {self.parser.CurrentLineNumber}")
            if self.root is None:
                continue
            still_open = self.open[1] if len(self.open) > 1 else None
            whole = [part for part in self.root.children() if part is not still_open]
            self.root.parts = [] if still_open is None else [still_open]
            if still_open is None:
                self.count = self.attributes = self.letters = 0
            yield from whole

    def start(self, name: str, attrs: dict[str, str]) -> None:
        self.count += 1
        self.attributes += len(attrs)
        self.letters += sum(map(len, attrs.values()))
        line = self.parser.CurrentLineNumber
        if self.count > MAX_NODES or len(self.open) >= MAX_DEPTH:
            raise UnreadableFile("file.too_complex", place=f"line {line}")
        if len(attrs) > MAX_ATTRIBUTES or self.attributes > MAX_ALL_ATTRIBUTES:
            raise UnreadableFile("file.too_complex", place=f"line {line}")
        if self.letters > MAX_BYTES:
            raise UnreadableFile("file.too_complex", place=f"line {line}")
        local = {key.rpartition(":")[2]: value for key, value in attrs.items()}
        node = Node(name.rpartition(":")[2], local, line)
        if self.open:
            self.open[-1].parts.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _name: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        self.open[-1].parts.append(text)

    def declare(self, _tag: str, _name: str, _type: str, default: str | None, _is_required: bool) -> None:
        self.declared += 1
        if self.declared > MAX_DECLARED or len(default or "") > MAX_DEFAULT:
            self.refuse_entity()

    def refuse_entity(self, *_args: object) -> int:
        raise UnreadableFile("file.entities", place=f"line {self.parser.CurrentLineNumber}")


def stream_xml(data: bytes) -> Iterator[Node]:
    """Yield the root, still empty, then each element directly in it, one at a time: memory stays that of the largest.

    Bounds hold for each of these elements; how large the whole may be is the caller's to say. Raises as `parse_xml` does.
    """
    builder = _Builder()
    try:
        elements = builder.stream(data)
        first = next(elements, None)
        assert builder.root is not None  # expat refuses a document without an element
        yield builder.root
        if first is not None:
            yield first
        yield from elements
    except expat.ExpatError as error:
        raise _malformed(error) from None
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise UnreadableFile("file.malformed", str(error), "line 1") from None


def _malformed(error: expat.ExpatError) -> UnreadableFile:
    return UnreadableFile("file.malformed", expat.ErrorString(error.code), f"line {error.lineno}")


def parse_xml(data: bytes) -> Node:
    """Return the root element.

    Raises UnreadableFile ``file.too_large``, ``file.too_complex``, ``file.entities`` (any own or external entity, and
    declared attributes that could multiply like one) and ``file.malformed``, each with its line.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile("file.too_large")
    builder = _Builder()
    try:
        builder.read(data)
    except expat.ExpatError as error:
        raise _malformed(error) from None
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise UnreadableFile("file.malformed", str(error), "line 1") from None
    assert builder.root is not None  # expat refuses a document without an element
    return builder.root
