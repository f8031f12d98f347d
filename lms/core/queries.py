"""Read the state of the machinery: workers, events that wait, files, plug-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.models import LedgerEntry, OutboxEvent, StoredFile, WorkerBeat

__all__ = ["StuckEvent", "SystemHealth", "system_health"]


@dataclass(frozen=True, slots=True)
class StuckEvent:
    """An event that a subscriber has failed to handle at least once."""

    id: UUID
    kind: str
    tries: int
    next_try_at: datetime
    last_error: str


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """The machinery at one moment; sizes in bytes."""

    workers_alive: int
    last_beat_at: datetime | None
    events_waiting: int
    stuck: tuple[StuckEvent, ...]
    ledger_entries: int
    files: int
    files_bytes: int


def system_health(session: Session, at: datetime, heartbeat_s: int) -> SystemHealth:
    """Return the state of workers, events, ledger and files at ``at``; nothing about any person."""
    alive_since = at - timedelta(seconds=heartbeat_s)
    stuck = session.scalars(
        sa.select(OutboxEvent)
        .where(OutboxEvent.is_done.is_(False), OutboxEvent.tries > 0)
        .order_by(OutboxEvent.tries.desc())
        .limit(20)
    )
    waiting = sa.select(sa.func.count()).select_from(OutboxEvent).where(OutboxEvent.is_done.is_(False))
    files = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(StoredFile.size_bytes), 0)).where(
            StoredFile.deleted_at.is_(None)
        )
    ).one()
    return SystemHealth(
        workers_alive=session.scalar(sa.select(sa.func.count()).where(WorkerBeat.at >= alive_since)) or 0,
        last_beat_at=session.scalar(sa.select(sa.func.max(WorkerBeat.at))),
        events_waiting=session.scalar(waiting) or 0,
        stuck=tuple(StuckEvent(e.id, e.kind, e.tries, e.next_try_at, e.last_error or "") for e in stuck),
        ledger_entries=session.scalar(sa.select(sa.func.count()).select_from(LedgerEntry)) or 0,
        files=files[0],
        files_bytes=int(files[1]),
    )
