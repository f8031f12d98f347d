"""Say what a pack for a flash drive is, and read the file of answers that comes back from it.

A pack is a ZIP file without compression (nothing in it can swell): ``index.html`` to be read in any browser, the pages of the
platform for a device that knows the school, ``manifest.json`` with the SHA-256 of every other file, and ``manifest.sig``, the
Ed25519 signature of the manifest. What comes back names its pack by a statement that the school has signed, and carries a code
over its operations under a key that only the pack and the school have: nobody without the pack can write or alter it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms.core.errors import InvalidInput
from lms.core.ids import parse_id

__all__ = [
    "ANSWERS_BYTES",
    "ANSWERS_FORMAT",
    "MOST_CARRIED",
    "PACK_FORMAT",
    "Carried",
    "PackStatement",
    "answers_key",
    "read_answers",
    "signed_manifest",
]

PACK_FORMAT, ANSWERS_FORMAT = "marshrut-pack/1", "marshrut-lessons/1"
#: A file of answers is text; it holds so much at most, and so many operations.
ANSWERS_BYTES, MOST_CARRIED = 2 * 1024 * 1024, 400
#: Each kind of thing is signed under a word of its own, so that one can never pass for another.
_STATEMENT, _KEY, _MANIFEST = (
    b"marshrut-pack-statement/1\n",
    b"marshrut-pack-answers/1\n",
    b"marshrut-pack/1\n",
)


@dataclass(frozen=True, slots=True)
class PackStatement:
    """Which pack, for whom and of which course: what the school signs."""

    pack: UUID
    course: UUID
    enrolment: UUID
    made_at: str

    @property
    def text(self) -> str:
        """Return the statement as it is signed."""
        rows = {
            "course": str(self.course),
            "enrolment": str(self.enrolment),
            "made_at": self.made_at,
            "pack": str(self.pack),
        }
        return json.dumps(rows, separators=(",", ":"), sort_keys=True)

    def signature(self, sign: Callable[[bytes], str]) -> str:
        """Return the school's signature of the statement."""
        return sign(_STATEMENT + self.text.encode())


@dataclass(frozen=True, slots=True)
class Carried:
    """What a file of answers says, once it is known to come from a pack of this school."""

    statement: PackStatement
    operations: list[Any]


def answers_key(pack: UUID, sign: Callable[[bytes], str]) -> str:
    """Return the key (hex) under which answers from a pack carry their code; made from the school's key, kept nowhere."""
    return hashlib.sha256(bytes.fromhex(sign(_KEY + pack.bytes))).hexdigest()


def signed_manifest(text: bytes, sign: Callable[[bytes], str]) -> str:
    """Return the signature (hex) of a manifest."""
    return sign(_MANIFEST + text)


def read_answers(data: bytes, verify: Callable[[bytes, str], bool], sign: Callable[[bytes], str]) -> Carried:
    """Return what a file of answers says.

    Raises InvalidInput ``course.answers_unreadable``, ``course.answers_forged`` where no pack of this school made it (or one
    that was signed with another key), ``course.answers_altered`` where its operations are not those that the pack wrote.
    """
    body = _object(data)
    text, signature = body.get("statement"), body.get("signature")
    operations, code = body.get("operations"), body.get("code")
    if body.get("format") != ANSWERS_FORMAT or not all(
        isinstance(each, str) for each in (text, signature, operations, code)
    ):
        raise InvalidInput("course.answers_unreadable")
    if not verify(_STATEMENT + str(text).encode(), str(signature)):
        raise InvalidInput("course.answers_forged")
    statement = _statement(json.loads(str(text)))
    key = bytes.fromhex(answers_key(statement.pack, sign))
    expected = hmac.new(key, str(operations).encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), str(code).encode()):
        raise InvalidInput("course.answers_altered")
    rows = _rows(str(operations))
    return Carried(statement, rows)


def _object(data: bytes) -> Mapping[str, Any]:
    if len(data) > ANSWERS_BYTES:
        raise InvalidInput("course.answers_unreadable")
    try:
        body = json.loads(data.decode("utf-8-sig"))
        if isinstance(body, dict):
            for each in body.values():
                str(each).encode()  # half a character cannot be written down
            return body
    except (ValueError, RecursionError):
        pass
    raise InvalidInput("course.answers_unreadable")


def _rows(text: str) -> list[Any]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("course.answers_unreadable") from None
    if not isinstance(rows, list) or len(rows) > MOST_CARRIED:
        raise InvalidInput("course.answers_unreadable")
    return rows


def _statement(row: Mapping[str, str]) -> PackStatement:
    """Return a statement that the school has signed; a statement of another shape was never signed by it."""
    ids = [parse_id(row.get(name, "")) for name in ("pack", "course", "enrolment")]
    pack, course, enrolment = ids
    if pack is None or course is None or enrolment is None:
        raise InvalidInput("course.answers_forged")
    return PackStatement(pack, course, enrolment, row.get("made_at", ""))
