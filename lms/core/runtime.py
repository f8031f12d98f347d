"""Hold what one process works with: settings, database, keys, files, plug-ins, jobs, policy.

Web, worker and command line build the same runtime; only the web adds Flask on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from lms.core import contracts
from lms.core.actor import Actor
from lms.core.clock import Clock, SystemClock
from lms.core.db import Database
from lms.core.events import Subscription
from lms.core.files import FileStore
from lms.core.jobs import JobQueue, make_huey
from lms.core.keys import KeyRing
from lms.core.policy import Policy
from lms.core.registry import Group, Registries
from lms.core.settings import Settings
from lms.core.uow import UnitOfWork

if TYPE_CHECKING:
    from lms.core.feature import Feature

__all__ = ["Runtime"]

log = structlog.get_logger(__name__)


class Runtime:
    """One process's view of the installation; made by `lms.app`."""

    def __init__(
        self, settings: Settings, features: Iterable[Feature], *, clock: Clock | None = None
    ) -> None:
        """Put the parts together; nothing is opened or started yet."""
        self.settings = settings
        self.features = tuple(features)
        self.clock = clock or SystemClock()
        core = settings.core
        self.database = Database(core.effective_database_url, self.clock, ZoneInfo(core.timezone))
        self.keys = KeyRing(core.effective_keys_dir)
        self.files = FileStore(core.files_url or str((core.data_dir / "files").resolve()))
        self.registries = self._make_registries()
        self.policy = Policy(action for feature in self.features for action in feature.actions)
        self._subscriptions = self._collect_subscriptions()
        self.jobs = JobQueue(
            make_huey(core.jobs_url, core.data_dir / "jobs.db"),
            [job for feature in self.features for job in feature.jobs],
            self,
        )

    def _make_registries(self) -> Registries:
        groups: list[Group[Any]] = [
            contracts.BASIS_DEPENDENTS,
            contracts.EXPLAINERS,
            contracts.LEDGER_WITNESSES,
        ]
        groups += [group for feature in self.features for group in feature.groups]
        registries = Registries(groups)
        registries.load_entry_points()
        for feature in self.features:
            registries.provide(feature.provides, feature.name)
        return registries

    def _collect_subscriptions(self) -> dict[str, list[Subscription]]:
        by_kind: dict[str, list[Subscription]] = {}
        names: set[str] = set()
        for feature in self.features:
            for subscription in feature.subscriptions:
                if subscription.name in names:
                    raise ValueError(f"two subscriptions are called {subscription.name}")
                names.add(subscription.name)
                by_kind.setdefault(subscription.event.KIND, []).append(subscription)
        return by_kind

    def subscriptions_for(self, kind: str) -> list[Subscription]:
        """Return who listens to events of ``kind``."""
        return self._subscriptions.get(kind, [])

    @contextmanager
    def unit_of_work(self, actor: Actor) -> Iterator[UnitOfWork]:
        """Open a transaction for ``actor``; commit at the end of the block, roll back on any exception."""
        session = self.database.write_session()
        uow = UnitOfWork(self, session, actor)
        try:
            yield uow
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()
        for action in uow.after_commit:
            self._run_after_commit(action)

    def _run_after_commit(self, action: Any) -> None:
        """Run a wake-up; when it fails the work is not lost, the next sweep finds it."""
        try:
            action()
        except Exception:  # the commit stands; a lost wake-up must not turn it into an error
            log.exception("wake_up_failed")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading."""
        session = self.database.read_session()
        try:
            yield session
        finally:
            session.close()

    def enqueue(self, job: str, payload: dict[str, Any]) -> None:
        """Wake a worker for ``job``."""
        self.jobs.enqueue(job, payload)

    def dispose(self) -> None:
        """Close database connections."""
        self.database.dispose()
