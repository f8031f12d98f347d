"""Read the file of answers that a student's device saves as a last resort (``marshrut-answers/1``): bytes to operations and files.

The file is JSON; where the device held recordings or photographs, a zero byte and their bytes follow, in the order of the
operations that bring them (each says its name and size). It comes from outside: nothing in it is believed but what was
answered, and a reader decides whether it counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from lms.assessment.types import Operation, OperationKind
from lms.core.ids import parse_id

__all__ = ["FORMAT", "MOST_BYTES", "MOST_OPERATIONS", "AnswersFile", "UnreadableFile", "read_answers_file"]

FORMAT = "marshrut-answers/1"
MOST_BYTES, MOST_OPERATIONS = 21 * 1024 * 1024, 20_000


class UnreadableFile(ValueError):
    """The bytes are not a file of answers."""


@dataclass(frozen=True, slots=True)
class AnswersFile:
    """What a device holds of one attempt, in the order in which it was written; handing in is left out.

    ``files`` are (name, bytes) by the operation that brings them.
    """

    attempt_id: UUID
    operations: tuple[Operation, ...]
    files: Mapping[UUID, tuple[str, bytes]] = field(default_factory=dict)


def read_answers_file(data: bytes) -> AnswersFile:
    """Return what the file says; raise UnreadableFile when it is none, too large, or only a part of one."""
    if len(data) > MOST_BYTES:
        raise UnreadableFile("too large")
    try:
        head, _zero, tail = data.partition(b"\0")
        document = json.loads(head.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("no JSON") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UnreadableFile("another format")
    attempt_id, rows = parse_id(str(document.get("attempt", ""))), document.get("operations")
    if attempt_id is None or not isinstance(rows, list) or len(rows) > MOST_OPERATIONS:
        raise UnreadableFile("no operations")
    operations = {op.op_id: op for op in map(_operation, rows) if op.kind is not OperationKind.SUBMIT}
    in_order = tuple(sorted(operations.values(), key=lambda op: op.client_seq))
    return AnswersFile(attempt_id, in_order, _files(rows, tail))


def _files(rows: Iterable[Mapping[str, Any]], tail: bytes) -> dict[UUID, tuple[str, bytes]]:
    """Return the files behind the JSON by their operations; raise UnreadableFile when some of the bytes are missing or left."""
    files, start = dict[UUID, tuple[str, bytes]](), 0
    for row in rows:
        told = row.get("file")
        if told is None:
            continue
        size = told.get("size_bytes") if isinstance(told, Mapping) else None
        if type(size) is not int or not 0 <= size <= len(tail) - start:
            raise UnreadableFile("a file is missing")
        files[_operation(row).op_id] = (str(told.get("name", ""))[:200], tail[start : start + size])
        start += size
    if start != len(tail):
        raise UnreadableFile("bytes of no operation")
    return files


def _operation(row: Any) -> Operation:
    """Return one operation; raise UnreadableFile when a part of it is missing or of another type."""
    if not isinstance(row, dict):
        raise UnreadableFile("no operation")
    op_id, seq, slot = parse_id(str(row.get("op_id", ""))), row.get("seq", 0), row.get("slot", 0)
    payload, kind = row.get("payload", {}), row.get("kind")
    if op_id is None or type(seq) is not int or type(slot) is not int or not isinstance(payload, Mapping):
        raise UnreadableFile("no operation")
    if kind not in set(OperationKind):
        raise UnreadableFile("an unknown operation")
    tab = str(row.get("tab", ""))[:40]
    return Operation(op_id, OperationKind(kind), slot, dict(payload), seq, tab, _moment(row.get("t_client")))


def _moment(text: Any) -> datetime | None:
    """Return a moment of the device's own clock; one that cannot be read says nothing."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
