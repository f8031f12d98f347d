"""Encrypt what belongs to one person under that person's own key; destroy the key to destroy the data.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce per message; the person's key is itself encrypted under
the organisation's key, which stands outside the database.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from lms.core.errors import Gone
from lms.core.keys import KeyRing
from lms.core.models import PersonKey

__all__ = ["decrypt", "destroy_key", "encrypt"]


def _person_key(session: Session, keys: KeyRing, person_id: UUID, purpose: str, at: datetime) -> bytes:
    row = session.get(PersonKey, (person_id, purpose))
    if row is None:
        fresh = AESGCM.generate_key(256)
        session.add(PersonKey(person_id=person_id, purpose=purpose, wrapped=keys.wrap(fresh), created_at=at))
        session.flush()
        return fresh
    if row.wrapped is None:  # destroyed before; a new consent starts with a new key
        fresh = AESGCM.generate_key(256)
        row.wrapped, row.created_at, row.destroyed_at = keys.wrap(fresh), at, None
        session.flush()
        return fresh
    return keys.unwrap(row.wrapped)


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
    return AESGCM(keys.unwrap(row.wrapped)).decrypt(data[:12], data[12:], purpose.encode())


def destroy_key(session: Session, person_id: UUID, purpose: str, at: datetime) -> bool:
    """Destroy the key, and with it all that was encrypted under it; tell whether there was one."""
    row = session.get(PersonKey, (person_id, purpose))
    if row is None or row.wrapped is None:
        return False
    row.wrapped, row.destroyed_at = None, at
    session.flush()
    return True
