"""Hash operations: what a receipt signs, and the chain that seals an attempt.

The chain runs over all operations in the order of their arrival (server time, then id), then over the files of the answers
(SHA-256 of their bytes) and the machine's first marks, so it can be computed again from the rows alone; a change, a loss or
an insertion shows at the seal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from lms.assessment.rules.responses import RecordedOperation
from lms.assessment.types import OperationKind, Receipt
from lms.core.db import canonical_json

__all__ = ["GENESIS", "chain", "extend", "moment", "payload_hash", "receipt_message", "seal_message"]

GENESIS = "0" * 64


def moment(at: datetime) -> str:
    """Return the one spelling of a moment that hashes and signatures are taken over."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def payload_hash(kind: OperationKind, slot: int, payload_text: str) -> str:
    """Return the SHA-256 (hex) of what an operation says; the same id with another one is a conflict.

    ``payload_text`` is the payload's canonical JSON.
    """
    return hashlib.sha256(f'["{kind.value}",{slot},{payload_text}]'.encode()).hexdigest()


def receipt_message(receipt: Receipt) -> bytes:
    """Return the bytes that a receipt's signature covers."""
    body = {
        "attempt_id": str(receipt.attempt_id),
        "op_id": str(receipt.op_id),
        "slot": receipt.slot,
        "kind": receipt.kind.value,
        "payload_hash": receipt.payload_hash,
        "t_server": moment(receipt.t_server),
        "is_late": receipt.is_late,
    }
    return canonical_json(body).encode()


def _link(previous: str, event: RecordedOperation) -> str:
    body = [
        previous,
        str(event.op_id),
        event.kind.value,
        event.slot,
        event.payload,
        event.client_seq,
        moment(event.t_server),
        event.is_late,
        event.late_no,
        event.check_no,
    ]
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def chain(events: Iterable[RecordedOperation]) -> str:
    """Return the last hash of the chain over ``events``."""
    last = GENESIS
    for event in sorted(events, key=lambda e: (e.t_server, e.op_id)):
        last = _link(last, event)
    return last


def extend(last: str, rows: Iterable[Sequence[str | int | None]]) -> str:
    """Return the last hash of a chain that goes on from ``last`` over ``rows``, in their order."""
    for row in rows:
        last = hashlib.sha256(canonical_json([last, *row]).encode()).hexdigest()
    return last


def seal_message(attempt_id: UUID, number: int, event_count: int, last_hash: str) -> bytes:
    """Return the bytes that a seal's signature covers."""
    body = {"attempt_id": str(attempt_id), "number": number, "count": event_count, "hash": last_hash}
    return canonical_json(body).encode()
