"""Read the devices that a student bound."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.proctoring.models import Passkey

__all__ = ["PASSKEYS", "PASSKEY_COUNTS_AFTER", "PasskeyView", "counting_passkeys", "passkeys_of", "text_of"]

#: A passkey counts for exams so long after it was registered: who borrowed a password cannot bind a device on the day.
PASSKEY_COUNTS_AFTER = timedelta(days=1)

#: The passkeys of ``person_id`` that are in use, the oldest first.
PASSKEYS = (
    sa.select(Passkey)
    .where(
        Passkey.person_id == sa.bindparam("person_id"),
        Passkey.registered_at.is_not(None),
        Passkey.removed_at.is_(None),
    )
    .order_by(Passkey.registered_at, Passkey.id)
)


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """One bound device as its owner sees it."""

    id: UUID
    label: str
    registered_at: datetime
    counts_from: datetime
    last_used_at: datetime | None


def passkeys_of(session: Session, person_id: UUID) -> list[PasskeyView]:
    """Return the devices that a person bound and did not remove, the oldest first."""
    found = []
    for row in session.scalars(PASSKEYS, {"person_id": person_id}):
        assert row.registered_at is not None
        counts_from = row.registered_at + PASSKEY_COUNTS_AFTER
        found.append(PasskeyView(row.id, row.label, row.registered_at, counts_from, row.last_used_at))
    return found


def counting_passkeys(session: Session, person_id: UUID, at: datetime) -> frozenset[UUID]:
    """Return the passkeys of a person that count for an exam now."""
    return frozenset(one.id for one in passkeys_of(session, person_id) if one.counts_from <= at)


def text_of(credential: bytes) -> str:
    """Return a credential's id as browsers write it (base64url without padding)."""
    return base64.urlsafe_b64encode(credential).rstrip(b"=").decode("ascii")
