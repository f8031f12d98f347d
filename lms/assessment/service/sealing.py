"""Seal an attempt's operations, files and first marks, and check receipts and seals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import AnswerFile, Attempt, AttemptItem, AttemptSeal, Grade, ResponseEvent
from lms.assessment.rules.chain import chain, extend, moment, receipt_message, seal_message
from lms.assessment.rules.responses import RecordedOperation
from lms.assessment.service.journal import exact
from lms.assessment.types import GradeSource, MarkStatus, OperationKind, Receipt
from lms.core.db import canonical_json, fetch, insert_rows
from lms.core.errors import InvalidInput
from lms.core.keys import KeyRing
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork

__all__ = [
    "FirstMark",
    "ReceiptCheck",
    "events_of",
    "read_receipt",
    "receipt_for",
    "seal_attempt",
    "seal_ended",
    "sign_receipt",
    "verify_attempt",
    "verify_receipt",
]


#: The first mark of an answer as it is sealed: slot, status, share, notes, marker, source, moment.
FirstMark = tuple[int, MarkStatus, Decimal | None, Sequence[str], str, GradeSource, datetime]

_EVENTS = sa.select(
    ResponseEvent.op_id,
    ResponseEvent.kind,
    ResponseEvent.slot,
    ResponseEvent.payload,
    ResponseEvent.client_seq,
    ResponseEvent.t_server,
    ResponseEvent.is_late,
    ResponseEvent.late_no,
    ResponseEvent.check_no,
).where(ResponseEvent.attempt_id == sa.bindparam("attempt_id"))


def events_of(session: Session, attempt_id: UUID) -> Sequence[RecordedOperation]:
    """Return all operations of an attempt."""
    return cast(Sequence[RecordedOperation], fetch(session, _EVENTS, attempt_id=attempt_id))


def seal_attempt(uow: UnitOfWork, attempt: Attempt) -> Sequence[RecordedOperation]:
    """Sign the end of the hash chain over everything that an ended attempt consists of; return its operations.

    What comes later (late operations and files) gets another seal over everything; the earlier one stays.
    """
    events = events_of(uow.session, attempt.id)
    number = 1 + (fetch(uow.session, _NEWEST_NUMBER, attempt_id=attempt.id)[0][0] or 0)
    _seal(uow, attempt, number, events, _first_marks(uow.session, attempt.id))
    return events


def seal_ended(
    uow: UnitOfWork, attempt: Attempt, events: Sequence[RecordedOperation], marks: Sequence[FirstMark]
) -> None:
    """Sign the same over an attempt that ends now, for the first time; its operations and marks are at hand."""
    _seal(uow, attempt, 1, events, marks)


def _seal(
    uow: UnitOfWork,
    attempt: Attempt,
    number: int,
    events: Sequence[RecordedOperation],
    marks: Iterable[FirstMark],
) -> None:
    last = _whole_chain(uow.session, attempt.id, events, marks)
    signature = uow.runtime.keys.sign(seal_message(attempt.id, number, len(events), last))
    seal = {
        "attempt_id": attempt.id,
        "number": number,
        "event_count": len(events),
        "hash": last,
        "signature": signature,
        "sealed_at": uow.now(),
    }
    insert_rows(uow.session, AttemptSeal, [seal])


_NEWEST_NUMBER = sa.select(sa.func.max(AttemptSeal.number)).where(
    AttemptSeal.attempt_id == sa.bindparam("attempt_id")
)
_FILES = (
    sa.select(AnswerFile.id, AnswerFile.slot, StoredFile.sha256, AnswerFile.late_no)
    .join(StoredFile, StoredFile.id == AnswerFile.file_id)
    .where(AnswerFile.attempt_id == sa.bindparam("attempt_id"))
    .order_by(AnswerFile.id)
)
_FIRST_MARKS = (
    sa.select(
        AttemptItem.slot,
        Grade.status,
        Grade.fraction,
        Grade.notes,
        Grade.grader,
        Grade.source,
        Grade.graded_at,
    )
    .join(Grade, sa.and_(Grade.attempt_item_id == AttemptItem.id, Grade.number == 1))
    .where(AttemptItem.attempt_id == sa.bindparam("attempt_id"))
    .order_by(AttemptItem.slot)
)


def _first_marks(session: Session, attempt_id: UUID) -> Sequence[FirstMark]:
    return cast(Sequence[FirstMark], fetch(session, _FIRST_MARKS, attempt_id=attempt_id))


def _whole_chain(
    session: Session, attempt_id: UUID, events: Sequence[RecordedOperation], marks: Iterable[FirstMark]
) -> str:
    """Return the last hash over the operations, then the files by their bytes, then the first mark of each answer."""
    files = fetch(session, _FILES, attempt_id=attempt_id)
    last = extend(chain(events), (("file", str(key), *rest) for key, *rest in files))
    return extend(
        last,
        (
            (
                "mark",
                slot,
                status.value,
                exact(fraction),
                canonical_json(notes),
                grader,
                source.value,
                moment(at),
            )
            for slot, status, fraction, notes, grader, source, at in marks
        ),
    )


def verify_attempt(session: Session, keys: KeyRing, attempt_id: UUID) -> bool:
    """Tell whether an ended attempt is exactly what its newest seal was signed for."""
    seal = session.scalar(
        sa.select(AttemptSeal)
        .where(AttemptSeal.attempt_id == attempt_id)
        .order_by(AttemptSeal.number.desc())
        .limit(1)
    )
    if seal is None:
        return False
    events = events_of(session, attempt_id)
    message = seal_message(attempt_id, seal.number, seal.event_count, seal.hash)
    marks = _first_marks(session, attempt_id)
    is_whole = (
        len(events) == seal.event_count and _whole_chain(session, attempt_id, events, marks) == seal.hash
    )
    return is_whole and keys.verify(message, seal.signature)


def sign_receipt(keys: KeyRing, receipt: Receipt) -> Receipt:
    """Return the receipt with its signature; the same row always gives the same one."""
    return replace(receipt, signature=keys.sign(receipt_message(receipt)))


def receipt_for(keys: KeyRing, event: ResponseEvent) -> Receipt:
    """Return the receipt of a stored operation: the first one again, letter for letter."""
    return sign_receipt(
        keys,
        Receipt(
            event.attempt_id,
            event.op_id,
            event.slot,
            event.kind,
            event.payload_hash,
            event.t_server,
            event.is_late,
        ),
    )


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """What is true of a receipt: we signed it, and we still keep the operation that it names, unchanged."""

    is_genuine: bool
    is_kept: bool


def read_receipt(document: Mapping[str, Any]) -> Receipt:
    """Return the receipt written in JSON; raise InvalidInput ``assessment.receipt_unreadable``."""
    try:
        return Receipt(
            UUID(document["attempt_id"]),
            UUID(document["op_id"]),
            int(document["slot"]),
            OperationKind(document["kind"]),
            str(document["payload_hash"]),
            datetime.fromisoformat(document["t_server"]),
            bool(document["is_late"]),
            str(document["signature"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidInput("assessment.receipt_unreadable") from None


def verify_receipt(session: Session, keys: KeyRing, receipt: Receipt) -> ReceiptCheck:
    """Tell whether a receipt is genuine and its operation is kept unchanged."""
    is_genuine = receipt.t_server.tzinfo is not None and keys.verify(
        receipt_message(receipt), receipt.signature
    )
    event = session.get(ResponseEvent, (receipt.attempt_id, receipt.op_id))
    is_kept = (
        event is not None
        and event.payload_hash == receipt.payload_hash
        and event.t_server == receipt.t_server
        and event.is_late == receipt.is_late
    )
    return ReceiptCheck(is_genuine, is_genuine and is_kept)
