"""Keep the audit chain: append entries, sign the heads, verify everything.

Each stream (one per organisation) is a chain of SHA-256 hashes over the canonical JSON of every column. The head
(length and last hash) is signed with a key outside the database. `verify` finds any change, deletion, reorder or
truncation and names the first bad entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from lms.core.db import canonical_json
from lms.core.events import encode_value
from lms.core.ids import new_id
from lms.core.keys import KeyRing
from lms.core.models import LedgerEntry, LedgerHead

__all__ = ["LedgerFault", "append", "compare", "entry_hash", "export_heads", "is_head", "verify"]

GENESIS = "0" * 64


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def entry_hash(entry: LedgerEntry) -> str:
    """Return the SHA-256 (hex) over all columns of ``entry`` but the hash itself."""
    body = {
        "id": str(entry.id),
        "stream": entry.stream,
        "seq": entry.seq,
        "kind": entry.kind,
        "subject": str(entry.subject) if entry.subject else None,
        "payload": entry.payload,
        "refs": entry.refs,
        "actor": entry.actor,
        "at": _moment(entry.at),
        "prev_hash": entry.prev_hash,
    }
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def _head_message(stream: str, seq: int, last_hash: str) -> bytes:
    return canonical_json({"stream": stream, "seq": seq, "hash": last_hash}).encode()


def append(
    session: Session,
    keys: KeyRing,
    *,
    stream: str,
    kind: str,
    subject: UUID | None,
    payload: dict[str, Any],
    refs: Iterable[str] = (),
    actor: str,
    at: datetime,
) -> LedgerEntry:
    """Append one entry to ``stream`` in the caller's transaction and sign the new head.

    The head row is locked (PostgreSQL) or the transaction is already exclusive (SQLite), so a stream never forks.
    """
    head = session.get(LedgerHead, stream, with_for_update=True)
    if head is None:
        head = _create_head(session, stream)
    entry = LedgerEntry(
        id=new_id(),
        stream=stream,
        seq=head.seq + 1,
        kind=kind,
        subject=subject,
        payload={key: encode_value(value) for key, value in payload.items()},
        refs=list(refs),
        actor=actor,
        at=at,
        prev_hash=head.hash,
    )
    entry.hash = entry_hash(entry)
    session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash
    head.signature = keys.sign(_head_message(stream, head.seq, head.hash))
    session.flush()
    return entry


def _create_head(session: Session, stream: str) -> LedgerHead:
    """Make the head of a new stream; when another transaction is first, wait for it and use its row."""
    values = {"stream": stream, "seq": 0, "hash": GENESIS, "signature": ""}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(pg_insert(LedgerHead).values(values).on_conflict_do_nothing())
    else:
        session.execute(sa.insert(LedgerHead).values(values))
    head = session.get(LedgerHead, stream, with_for_update=True)
    assert head is not None
    return head


@dataclass(frozen=True, slots=True)
class LedgerFault:
    """The first thing that is wrong in a stream.

    ``reason``: changed, missing, unreadable, truncated, head_forged; against heads seen before also removed,
    rolled_back, anchor_forged; of rows that the chain tells of also row_changed, row_missing, row_unrecorded, and seal_broken with the id of what was sealed.
    """

    stream: str
    seq: int
    entry_id: UUID | None
    reason: str


def verify(session: Session, keys: KeyRing) -> Iterator[LedgerFault]:
    """Yield the first fault of every stream that has one; nothing when all chains are whole."""
    heads = {head.stream: head for head in session.scalars(sa.select(LedgerHead))}
    streams = set(session.scalars(sa.select(LedgerEntry.stream).distinct())) | set(heads)
    for stream in sorted(streams):
        fault = _verify_stream(session, keys, stream, heads.get(stream))
        if fault is not None:
            yield fault


def _verify_stream(
    session: Session, keys: KeyRing, stream: str, head: LedgerHead | None
) -> LedgerFault | None:
    previous, expected_seq = GENESIS, 1
    for seq, entry in _entries(session, stream):
        if entry is None:
            return LedgerFault(stream, seq, None, "unreadable")
        if entry.seq != expected_seq:
            return LedgerFault(stream, expected_seq, entry.id, "missing")
        if entry.prev_hash != previous or entry.hash != entry_hash(entry):
            return LedgerFault(stream, entry.seq, entry.id, "changed")
        previous, expected_seq = entry.hash, expected_seq + 1
    last = expected_seq - 1
    if head is None:
        return LedgerFault(stream, last, None, "head_forged")
    if not keys.verify(_head_message(stream, head.seq, head.hash), head.signature):
        return LedgerFault(stream, head.seq, None, "head_forged")
    if (head.seq, head.hash) != (last, previous):
        return LedgerFault(stream, last + 1, None, "truncated")
    return None


def compare(session: Session, known: Iterable[Mapping[str, Any]] | None) -> Iterator[LedgerFault]:
    """Yield every chain that is gone, shorter or another than ``known``, heads that were kept outside the database.

    None stands for a list that is not ours: it says nothing and is a fault itself.
    """
    if known is None:
        yield LedgerFault("*", 0, None, "anchor_forged")
        return
    for head in known:
        stream, seq = str(head["stream"]), int(head["seq"])
        found = session.scalar(
            sa.select(LedgerEntry.hash).where(LedgerEntry.stream == stream, LedgerEntry.seq == seq)
        )
        if found == head["hash"] or seq == 0:
            continue
        length = session.scalar(sa.select(sa.func.max(LedgerEntry.seq)).where(LedgerEntry.stream == stream))
        reason = "removed" if length is None else "rolled_back" if length < seq else "changed"
        yield LedgerFault(stream, seq, None, reason)


def is_head(keys: KeyRing, head: Mapping[str, Any]) -> bool:
    """Tell whether an exported head carries our signature."""
    message = _head_message(str(head["stream"]), int(head["seq"]), str(head["hash"]))
    return keys.verify(message, str(head["signature"]))


def _entries(session: Session, stream: str) -> Iterator[tuple[int, LedgerEntry | None]]:
    """Walk a stream in order; an entry whose columns cannot even be read comes as None."""
    numbers = session.scalars(
        sa.select(LedgerEntry.seq).where(LedgerEntry.stream == stream).order_by(LedgerEntry.seq)
    ).all()
    for seq in numbers:
        try:
            entry = session.get(LedgerEntry, (stream, seq), populate_existing=True)
        except (ValueError, TypeError, sa.exc.SQLAlchemyError):
            entry = None
        yield seq, entry


def export_heads(session: Session) -> list[dict[str, Any]]:
    """Return all signed heads, to be anchored outside (printed, mailed, put on paper)."""
    heads = session.scalars(sa.select(LedgerHead).order_by(LedgerHead.stream))
    return [{"stream": h.stream, "seq": h.seq, "hash": h.hash, "signature": h.signature} for h in heads]
