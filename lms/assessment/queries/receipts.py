"""Read what was acknowledged of an attempt: the operations with their receipts' numbers, and the seal over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import AttemptSeal, ResponseEvent
from lms.assessment.types import OperationKind
from lms.core.db import fetch

__all__ = ["ReceiptRow", "SealView", "receipts_of", "seal_of"]


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One acknowledged operation: what it was about, never what was answered."""

    op_id: UUID
    kind: OperationKind
    slot: int
    t_server: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class SealView:
    """The newest seal of an ended attempt: the hash over all its operations."""

    hash: str
    event_count: int
    sealed_at: datetime


def receipts_of(session: Session, attempt_id: UUID) -> list[ReceiptRow]:
    """Return the acknowledged operations of an attempt in the order in which they arrived."""
    rows = session.execute(
        sa.select(
            ResponseEvent.op_id,
            ResponseEvent.kind,
            ResponseEvent.slot,
            ResponseEvent.t_server,
            ResponseEvent.is_late,
        )
        .where(ResponseEvent.attempt_id == attempt_id)
        .order_by(ResponseEvent.t_server, ResponseEvent.client_seq)
    )
    return [ReceiptRow(*row) for row in rows]


_SEAL = (
    sa.select(AttemptSeal.hash, AttemptSeal.event_count, AttemptSeal.sealed_at)
    .where(AttemptSeal.attempt_id == sa.bindparam("attempt_id"))
    .order_by(AttemptSeal.number.desc())
    .limit(1)
)


def seal_of(session: Session, attempt_id: UUID) -> SealView | None:
    """Return the newest seal of an attempt, or None while it runs."""
    found = fetch(session, _SEAL, attempt_id=attempt_id)
    return SealView(*found[0]) if found else None
