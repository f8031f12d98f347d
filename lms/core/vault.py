"""Encrypt what belongs to one person under that person's own key; destroy the key to destroy the data.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce per message; the person's key is itself encrypted under
the organisation's key, which stands outside the database.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from lms.core.errors import Gone
from lms.core.keys import KeyMissing, KeyRing
from lms.core.models import LedgerHead, PersonKey

__all__ = [
    "decrypt",
    "destroy_key",
    "encrypt",
    "keys_in_use",
    "missing_keys",
    "retire_unused",
    "wrap_again",
]


def _person_key(session: Session, keys: KeyRing, person_id: UUID, purpose: str, at: datetime) -> bytes:
    row = session.get(PersonKey, (person_id, purpose))
    if row is not None and row.wrapped is not None:
        return _unwrap(session, keys, row)
    _hold(session, may_share=True)
    if not keys.organisation_keys() and (missing := missing_keys(session, keys)):
        raise KeyMissing(missing[0])
    fresh = AESGCM.generate_key(256)
    name, wrapped = keys.wrap(fresh)
    if row is None:
        row = PersonKey(person_id=person_id, purpose=purpose, created_at=at)
        session.add(row)
    # one that was destroyed before: a new consent starts with a new key
    row.wrapped, row.wrapped_by, row.created_at, row.destroyed_at = wrapped, name, at, None
    session.flush()
    return fresh


def _unwrap(session: Session, keys: KeyRing, row: PersonKey) -> bytes:
    """Decrypt a person's key; a row that a rotation wrapped again meanwhile is read once more."""
    try:
        return keys.unwrap(row.wrapped_by, row.wrapped or b"")
    except KeyMissing:
        session.refresh(row)
        if row.wrapped is None:
            raise Gone("vault.destroyed") from None
        return keys.unwrap(row.wrapped_by, row.wrapped)


def _hold(session: Session, *, may_share: bool) -> None:
    """Keep the organisation's keys as they are until the transaction ends: who wraps may share, who retires may not.

    A key is retired while nobody wraps under it; SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = sa.func.pg_advisory_xact_lock_shared if may_share else sa.func.pg_advisory_xact_lock
        session.execute(sa.select(lock(sa.func.hashtext("organisation_key"))))


def encrypt(
    session: Session, keys: KeyRing, person_id: UUID, purpose: str, data: bytes, at: datetime
) -> bytes:
    """Return ``data`` encrypted for ``person_id`` and ``purpose`` (nonce in front)."""
    nonce = secrets.token_bytes(12)
    cipher = AESGCM(_person_key(session, keys, person_id, purpose, at))
    return nonce + cipher.encrypt(nonce, data, purpose.encode())


def decrypt(session: Session, keys: KeyRing, person_id: UUID, purpose: str, data: bytes) -> bytes:
    """Return the plain bytes; raise Gone ``vault.destroyed`` when the key is destroyed."""
    row = session.get(PersonKey, (person_id, purpose))
    if row is None or row.wrapped is None:
        raise Gone("vault.destroyed")
    return AESGCM(_unwrap(session, keys, row)).decrypt(data[:12], data[12:], purpose.encode())


def destroy_key(session: Session, person_id: UUID, purpose: str, at: datetime) -> bool:
    """Destroy the key, and with it all that was encrypted under it; tell whether there was one."""
    row = session.get(PersonKey, (person_id, purpose))
    if row is None or row.wrapped is None:
        return False
    row.wrapped, row.wrapped_by, row.destroyed_at = None, "", at
    session.flush()
    return True


def keys_in_use(session: Session) -> dict[str, int]:
    """Return how many people's keys are wrapped under each key of the organisation, by its name."""
    rows = session.execute(
        sa.select(PersonKey.wrapped_by, sa.func.count(PersonKey.person_id.distinct()))
        .where(PersonKey.wrapped.is_not(None))
        .group_by(PersonKey.wrapped_by)
    ).all()
    return {name: count for name, count in rows}


def missing_keys(session: Session, keys: KeyRing, *, is_renewing: bool = False) -> list[str]:
    """Return in words which keys something here depends on and the folder of the keys lacks.

    ``is_renewing``: another key is put in force right now, so that the one in force may be missing if nothing was wrapped under it.
    """
    there, used = set(keys.organisation_keys()), keys_in_use(session)
    faults = [
        f"{keys.folder / f'organisation-{name}.key'} is missing: the keys of {count} people are wrapped under it"
        for name, count in sorted(used.items())
        if name not in there
    ]
    in_force = keys.named_organisation_key()
    if in_force is not None and in_force not in {*there, *used} and not is_renewing:
        faults.append(
            f"{keys.folder / f'organisation-{in_force}.key'} is missing: it is the key in force."
            " Nothing is wrapped under it yet, so `lms keys rotate` may make another"
        )
    signing = keys.folder / "signing.key"
    if not signing.is_file() and session.scalar(sa.select(LedgerHead.stream).limit(1)):
        faults.append(f"{signing} is missing: the ledger is signed with it")
    return faults


def wrap_again(session: Session, keys: KeyRing, most: int) -> int:
    """Wrap up to ``most`` people's keys under the key in force; return how many. Nothing of the people changes."""
    _hold(session, may_share=True)
    rows = session.scalars(
        sa.select(PersonKey)
        .where(PersonKey.wrapped.is_not(None), PersonKey.wrapped_by != keys.organisation_key)
        .order_by(PersonKey.person_id, PersonKey.purpose)
        .limit(most)
        .with_for_update()
    ).all()
    for row in rows:
        if row.wrapped is not None:
            row.wrapped_by, row.wrapped = keys.wrap(keys.unwrap(row.wrapped_by, row.wrapped))
    session.flush()
    return len(rows)


def retire_unused(session: Session, keys: KeyRing) -> list[str]:
    """Delete the organisation's keys that nothing is wrapped under, except the one in force; return their names."""
    _hold(session, may_share=False)
    used = {*keys_in_use(session), keys.organisation_key}
    retired = [name for name in keys.organisation_keys() if name not in used]
    for name in retired:
        keys.retire_organisation_key(name)
    return retired
