"""Write what people decide about attempts and results into the audit chain of the exam's organisation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import Attempt, AttemptItem, AttemptSeal, AttestationSession, Entry, Grade
from lms.core.contracts import BasisRef
from lms.core.db import canonical_json
from lms.core.uow import UnitOfWork

__all__ = [
    "ATTEMPT",
    "ENTRY",
    "RESULT",
    "exact",
    "grades_document",
    "grades_hash",
    "grades_that_count",
    "newest_seal",
    "note_attempt",
    "note_entry",
]

#: Kinds of facts that others rest on.
ATTEMPT, RESULT, ENTRY = "assessment.attempt", "assessment.result", "assessment.entry"


def note_attempt(
    uow: UnitOfWork, attempt: Attempt, kind: str, payload: Mapping[str, Any], refs: Iterable[BasisRef] = ()
) -> None:
    """Append an entry about an attempt: who, for whom, what; ``payload`` holds codes and numbers, never an answer."""
    whole = {"attempt_id": attempt.id, **payload, "on_behalf_of": uow.actor.on_behalf_of}
    _append(uow, attempt.session_id, kind, attempt.person_id, whole, (BasisRef(ATTEMPT, attempt.id), *refs))


def note_entry(uow: UnitOfWork, entry: Entry, kind: str, payload: Mapping[str, Any]) -> None:
    """Append an entry about a place on a roster."""
    whole = {"entry_id": entry.id, **payload, "on_behalf_of": uow.actor.on_behalf_of}
    _append(uow, entry.session_id, kind, entry.person_id, whole, (BasisRef(ENTRY, entry.id),))


def _append(
    uow: UnitOfWork,
    session_id: UUID,
    kind: str,
    person_id: UUID,
    payload: dict[str, Any],
    refs: tuple[BasisRef, ...],
) -> None:
    org_id = uow.session.get_one(AttestationSession, session_id).org_id
    uow.append_ledger(f"org:{org_id}", kind, person_id, payload, refs)


def exact(value: Decimal | None) -> str | None:
    """Return the one spelling of a share: what both engines keep of it, without trailing zeros."""
    return None if value is None else f"{value.quantize(Decimal('0.000001')).normalize():f}"


def grades_document(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str | None]]:
    """Return grade rows as the chain keeps them: id to status and share."""
    return {str(row["id"]): [str(row["status"]), exact(row["fraction"])] for row in rows}


def newest_seal(session: Session, attempt_id: UUID) -> dict[str, Any] | None:
    """Return the number, count and hash of the newest seal of an attempt."""
    seal = session.scalar(
        sa.select(AttemptSeal)
        .where(AttemptSeal.attempt_id == attempt_id)
        .order_by(AttemptSeal.number.desc())
        .limit(1)
    )
    return None if seal is None else {"number": seal.number, "count": seal.event_count, "hash": seal.hash}


def grades_that_count(session: Session, attempt_id: UUID) -> list[list[int]]:
    """Return which grades of an attempt count now: question and number of the grade, question by question."""
    rows = session.execute(
        sa.select(AttemptItem.slot, sa.func.max(Grade.number))
        .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .group_by(AttemptItem.slot)
        .order_by(AttemptItem.slot)
    )
    return [list(row) for row in rows]


def grades_hash(session: Session, attempt_id: UUID, numbers: Iterable[Iterable[int]]) -> str:
    """Return the SHA-256 (hex) over the grades that ``numbers`` of `grades_that_count` name, whatever was added since.

    A grade is named by its number and never by its moment: a clock can be set back.
    """
    rows = session.execute(
        sa.select(AttemptItem.slot, Grade.number, Grade.status, Grade.fraction)
        .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(AttemptItem.slot, Grade.number)
    )
    asked = {tuple(pair) for pair in numbers}
    told = [
        [slot, number, status.value, exact(fraction)]
        for slot, number, status, fraction in rows
        if (slot, number) in asked
    ]
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()
