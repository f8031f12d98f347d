"""Store files by content: one area each for course media, documents and evidence.

Bytes go through fsspec (a folder by default, S3 at scale) under a key made from their SHA-256; a row in
`StoredFile` says whose they are, what they are and when they must go. Evidence is encrypted under the person's key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

import fsspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core import vault
from lms.core.db import serialise
from lms.core.errors import Gone, NotFound
from lms.core.ids import new_id
from lms.core.keys import KeyRing
from lms.core.models import StoredFile

__all__ = ["FileStore", "hold_bytes", "open_file", "purge_expired", "store_file"]


class FileStore:
    """Bytes under keys, below one fsspec address."""

    def __init__(self, url: str) -> None:
        """Use ``url`` (a path, ``file://…`` or any fsspec address) as the root."""
        self.filesystem, self.root = fsspec.core.url_to_fs(url)

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def put(self, key: str, data: bytes) -> None:
        """Write ``data`` under ``key``; writing the same content again is harmless."""
        path = self._path(key)
        if self.filesystem.exists(path):
            return
        self.filesystem.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        draft = f"{path}.{new_id().hex}"
        try:
            with self.filesystem.open(draft, "wb") as handle:
                handle.write(data)
            self.filesystem.mv(draft, path)
        finally:
            if self.filesystem.exists(draft):  # the disk is full: nothing stays of which no row knows
                self.filesystem.rm(draft)

    def put_stream(self, area: str, parts: Iterable[bytes]) -> tuple[str, str, int]:
        """Write what comes in parts, never whole in memory; return its key, SHA-256 and size."""
        draft = self._path(f"{area}/drafts/{new_id().hex}")
        self.filesystem.makedirs(draft.rsplit("/", 1)[0], exist_ok=True)
        digest, size = hashlib.sha256(), 0
        try:
            with self.filesystem.open(draft, "wb") as handle:
                for part in parts:
                    digest.update(part)
                    size += len(part)
                    handle.write(part)
            key = _key_of(area, digest.hexdigest())
            if self.filesystem.exists(self._path(key)):
                return key, digest.hexdigest(), size
            self.filesystem.makedirs(self._path(key).rsplit("/", 1)[0], exist_ok=True)
            self.filesystem.mv(draft, self._path(key))
        finally:
            if self.filesystem.exists(draft):
                self.filesystem.rm(draft)
        return key, digest.hexdigest(), size

    def get(self, key: str) -> bytes:
        """Return the bytes under ``key``; raise NotFound ``file.missing``."""
        try:
            with self.filesystem.open(self._path(key), "rb") as handle:
                content: bytes = handle.read()
        except FileNotFoundError:
            raise NotFound("file.missing") from None
        return content

    def open(self, key: str) -> BinaryIO:
        """Return the bytes under ``key`` as a file that can be read in parts; raise NotFound ``file.missing``."""
        try:
            return cast(BinaryIO, self.filesystem.open(self._path(key), "rb"))
        except FileNotFoundError:
            raise NotFound("file.missing") from None

    def exists(self, key: str) -> bool:
        """Tell whether there are bytes under ``key``."""
        return bool(self.filesystem.exists(self._path(key)))

    def delete(self, key: str) -> None:
        """Remove the bytes under ``key`` if they are there."""
        if self.filesystem.exists(self._path(key)):
            self.filesystem.rm(self._path(key))


def _key_of(area: str, name: str) -> str:
    return f"{area}/{name[-4:-2]}/{name[-2:]}/{name}"


def hold_bytes(session: Session, key: str) -> None:
    """Let nobody else begin to share the bytes under ``key``, or delete them, until this transaction ends.

    Rows of the same content share their bytes: without this, one row could take up what is being deleted for another.
    """
    serialise(session, f"file:{key}")


def store_file(
    session: Session,
    store: FileStore,
    keys: KeyRing,
    data: bytes,
    *,
    area: str,
    media_type: str,
    name: str,
    at: datetime,
    owner: UUID | None = None,
    encrypt_for: UUID | None = None,
    expires_at: datetime | None = None,
) -> StoredFile:
    """Store ``data`` and return its row; ``encrypt_for`` encrypts it under that person's key for ``area``."""
    digest = hashlib.sha256(data).hexdigest()
    payload = vault.encrypt(session, keys, encrypt_for, area, data, at) if encrypt_for else data
    key_name = new_id().hex if encrypt_for else digest  # cipher texts differ, so they cannot share a key
    row = StoredFile(
        id=new_id(),
        area=area,
        key=_key_of(area, key_name),
        sha256=digest,
        size_bytes=len(data),
        media_type=media_type,
        name=name[:200],
        owner_person_id=owner,
        encrypted_for=encrypt_for,
        created_at=at,
        expires_at=expires_at,
    )
    if not encrypt_for:
        hold_bytes(session, row.key)
    store.put(row.key, payload)
    session.add(row)
    session.flush()
    return row


def open_file(session: Session, store: FileStore, keys: KeyRing, file_id: UUID) -> tuple[StoredFile, bytes]:
    """Return the row and plain bytes of a file, which are those that were stored.

    Raises NotFound ``file.missing``, Gone ``file.expired`` and, when the bytes were exchanged, ``file.changed``.
    """
    row = session.get(StoredFile, file_id)
    if row is None:
        raise NotFound("file.missing")
    if row.deleted_at is not None:
        raise Gone("file.expired", at=row.deleted_at)
    data = store.get(row.key)
    if row.encrypted_for is not None:
        data = vault.decrypt(session, keys, row.encrypted_for, row.area, data)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise Gone("file.changed")
    return row, data


def purge_expired(session: Session, store: FileStore, at: datetime, limit: int = 500) -> list[Any]:
    """Delete the bytes of files whose time is over (kept: row and hash); return their ids."""
    rows = session.scalars(
        sa.select(StoredFile)
        .where(StoredFile.expires_at <= at, StoredFile.deleted_at.is_(None))
        .order_by(StoredFile.key)
        .limit(limit)
    ).all()
    for row in rows:
        delete_file(session, store, row, at)
    return [row.id for row in rows]


def delete_file(session: Session, store: FileStore, row: StoredFile, at: datetime) -> None:
    """Delete the bytes of one file unless another living row shares them; the row and hash stay."""
    if row.encrypted_for is None:
        hold_bytes(session, row.key)
    row.deleted_at = at
    session.flush()
    shared = session.scalar(
        sa.select(sa.func.count()).where(StoredFile.key == row.key, StoredFile.deleted_at.is_(None))
    )
    if not shared:
        store.delete(row.key)
