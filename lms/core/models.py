"""Tables of the ground floor: outbox, ledger, access log, stored files, person keys, worker heartbeat."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, JsonText
from lms.core.ids import new_id

__all__ = [
    "AccessLog",
    "HandledEvent",
    "LedgerEntry",
    "LedgerHead",
    "OutboxEvent",
    "PersonKey",
    "StoredFile",
    "WorkerBeat",
]


class OutboxEvent(Base):
    """An event, written in the transaction that made it true, waiting for its subscribers."""

    __tablename__ = "outbox_event"
    __table_args__ = (sa.Index("ix_outbox_event_waiting", "is_done", "next_try_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(sa.String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText)
    created_at: Mapped[datetime]
    is_done: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(sa.Text)


class HandledEvent(Base):
    """The proof that one subscriber has handled one event, written in the subscriber's own transaction."""

    __tablename__ = "handled_event"

    subscriber: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    handled_at: Mapped[datetime]


class LedgerEntry(Base):
    """One link of an append-only hash chain; see `lms.core.ledger`."""

    __tablename__ = "ledger_entry"

    stream: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    kind: Mapped[str] = mapped_column(sa.String(80))
    subject: Mapped[UUID | None] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText)
    refs: Mapped[list[str]] = mapped_column(JsonText)
    actor: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[datetime]
    prev_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class LedgerHead(Base):
    """The signed end of one stream: shows truncation, because the signing key is not in the database."""

    __tablename__ = "ledger_head"

    stream: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))


class AccessLog(Base):
    """Who looked at what of whom, or was refused; the subject can read it."""

    __tablename__ = "access_log"
    __table_args__ = (sa.Index("ix_access_log_subject", "subject_person_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    actor_person_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(sa.String(80))
    action: Mapped[str] = mapped_column(sa.String(80))
    outcome: Mapped[str] = mapped_column(sa.String(16))
    subject_person_id: Mapped[UUID | None]
    object_kind: Mapped[str] = mapped_column(sa.String(80))
    object_id: Mapped[UUID | None]


class StoredFile(Base):
    """A file of known content in one area of the file store."""

    __tablename__ = "stored_file"
    __table_args__ = (sa.Index("ix_stored_file_expires", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area: Mapped[str] = mapped_column(sa.String(32))
    key: Mapped[str] = mapped_column(sa.String(160))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(sa.String(80))
    name: Mapped[str] = mapped_column(sa.String(200))
    owner_person_id: Mapped[UUID | None] = mapped_column(index=True)
    encrypted_for: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class PersonKey(Base):
    """A person's own data key, wrapped by the organisation's; destroying it destroys the person's blobs."""

    __tablename__ = "person_key"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    wrapped: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    wrapped_by: Mapped[str] = mapped_column(sa.String(16), default="", index=True)
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


class WorkerBeat(Base):
    """The last sign of life of a worker."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(JsonText)
