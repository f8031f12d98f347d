"""Carry one use case through one transaction.

The unit of work gives a service its session, clock, actor, files and plug-ins. The service never commits: the entry
(page, API, job, handler, command) does, by leaving the ``with`` block. Ledger, access log and outbox rows are
written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core import audit, files, ledger
from lms.core.actor import Actor
from lms.core.contracts import BASIS_DEPENDENTS, BasisDependents, BasisRef
from lms.core.db import day_of, insert_apart, serialise
from lms.core.events import Event
from lms.core.ids import new_id
from lms.core.models import LedgerEntry, OutboxEvent, StoredFile
from lms.core.registry import Group, Registry

if TYPE_CHECKING:
    from lms.core.runtime import Runtime

__all__ = ["UnitOfWork"]

T = TypeVar("T")


@dataclass(slots=True)
class UnitOfWork:
    """One transaction and all that a use case may touch."""

    runtime: Runtime
    session: Session
    actor: Actor
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the server's present moment (UTC)."""
        return self.runtime.clock.now()

    def today(self) -> date:
        """Return the present day where the school is."""
        return day_of(self.session, self.now())

    def plugins(self, group: Group[T]) -> Registry[T]:
        """Return the registry of ``group``."""
        return self.runtime.registries.of(group)

    def require(self, action: str, obj: Any = None) -> None:
        """Raise unless the actor may do ``action`` with ``obj`` (see `lms.core.policy`)."""
        self.runtime.policy.require(self.session, self.actor, action, obj)

    def can(self, action: str, obj: Any = None) -> bool:
        """Tell whether the actor may do ``action`` with ``obj``."""
        return self.runtime.policy.can(self.session, self.actor, action, obj)

    def record(self, *events: Event) -> None:
        """Write ``events`` into the outbox, in their order; their subscribers hear of them after the commit."""
        now = self.now()
        rows = [
            {
                "id": new_id(),
                "kind": event.KIND,
                "payload": event.to_payload(),
                "created_at": now,
                "is_done": False,
                "tries": 0,
                "next_try_at": now,
                "last_error": None,
            }
            for event in events
        ]
        if rows:
            insert_apart(self.session, OutboxEvent, rows)

    def append_ledger(
        self,
        stream: str,
        kind: str,
        subject: UUID | None,
        payload: dict[str, Any],
        refs: Iterable[BasisRef] = (),
    ) -> LedgerEntry:
        """Append one entry to the audit chain ``stream`` (``org:<id>``); ``refs`` name what it rests on."""
        return ledger.append(
            self.session,
            self.runtime.keys,
            stream=stream,
            kind=kind,
            subject=subject,
            payload=payload,
            refs=[f"{ref.kind}:{ref.id}" for ref in refs],
            actor=self.actor.label,
            at=self.now(),
        )

    def log_access(
        self,
        action: str,
        subject: UUID | None,
        object_kind: str,
        object_id: UUID | None = None,
        outcome: str = "done",
    ) -> None:
        """Write one row into the access log."""
        audit.record_access(
            self.session,
            self.actor,
            self.now(),
            action,
            subject=subject,
            object_kind=object_kind,
            object_id=object_id,
            outcome=outcome,
        )

    def store_file(
        self,
        data: bytes,
        *,
        area: str,
        media_type: str,
        name: str,
        owner: UUID | None = None,
        encrypt_for: UUID | None = None,
        expires_at: datetime | None = None,
    ) -> StoredFile:
        """Store bytes in ``area`` and return their row (see `lms.core.files`)."""
        return files.store_file(
            self.session,
            self.runtime.files,
            self.runtime.keys,
            data,
            area=area,
            media_type=media_type,
            name=name,
            at=self.now(),
            owner=owner,
            encrypt_for=encrypt_for,
            expires_at=expires_at,
        )

    def open_file(self, file_id: UUID) -> tuple[StoredFile, bytes]:
        """Return a stored file's row and plain bytes."""
        return files.open_file(self.session, self.runtime.files, self.runtime.keys, file_id)

    def enqueue(self, job: str, **payload: Any) -> None:
        """Wake a worker for ``job`` after the commit. A wake-up can be lost; sweeps find what is undone."""
        self.after_commit.append(lambda: self.runtime.enqueue(job, payload))

    def suspend_dependents(self, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Suspend, in this transaction, everything that rests on ``basis``, floor by floor."""
        return self._walk_dependents(basis, lambda port, ref: port.suspend(self, ref, reason))

    def reinstate_dependents(self, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Bring back, in this transaction, everything that was suspended because of ``basis``."""
        return self._walk_dependents(basis, lambda port, ref: port.reinstate(self, ref, reason))

    def supersede_dependents(self, basis: BasisRef, reason: str) -> list[BasisRef]:
        """End, in this transaction, everything that rests on ``basis``: another fact counts in its place."""
        return self._walk_dependents(basis, lambda port, ref: port.supersede(self, ref, reason))

    def _walk_dependents(
        self, basis: BasisRef, act: Callable[[BasisDependents, BasisRef], list[BasisRef]]
    ) -> list[BasisRef]:
        touched: list[BasisRef] = []
        seen: set[BasisRef] = {basis}
        frontier = [basis]
        ports = sorted(self.plugins(BASIS_DEPENDENTS), key=lambda port: port.floor)
        while frontier:
            found: list[BasisRef] = []
            for port in ports:
                for ref in frontier:
                    found.extend(item for item in act(port, ref) if item not in seen)
            frontier = list(dict.fromkeys(found))
            seen.update(frontier)
            touched.extend(frontier)
        return touched

    def lock(self, table: str, key: UUID) -> None:
        """Serialise use cases on one object (PostgreSQL advisory lock; SQLite is exclusive already)."""
        serialise(self.session, f"{table}:{key}")

    def in_days(self, days: int) -> datetime:
        """Return the moment ``days`` calendar days from now."""
        return self.now() + timedelta(days=days)
