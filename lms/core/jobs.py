"""Run slow work outside requests.

huey is the alarm clock, the database is the truth: a lost wake-up or a killed worker loses nothing, because every job
looks up what is undone, is safe to repeat, and a sweep starts it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huey import Huey, MemoryHuey, PriorityRedisHuey, SqliteHuey
from redis import ConnectionPool

if TYPE_CHECKING:
    from lms.core.runtime import Runtime

__all__ = ["Job", "JobQueue", "Sweep", "make_huey"]


@dataclass(frozen=True, slots=True)
class Job:
    """Slow work by name: ``run(runtime, payload)`` opens its own transactions."""

    name: str
    run: Callable[[Runtime, dict[str, Any]], None]
    priority: int = 50


@dataclass(frozen=True, slots=True)
class Sweep:
    """Work that the worker's loop repeats every ``every_s`` seconds; it finds what is undone."""

    name: str
    every_s: float
    run: Callable[[Runtime], None]


def make_huey(url: str, default_file: Path) -> Huey:
    """Return the queue behind ``url``: SQLite file by default, ``redis://…``/``unix://…``, or ``memory://``.

    Each of them knows priorities: an identity check goes before the pictures of sittings.
    """
    if url.startswith(("redis://", "rediss://", "unix://")):
        return PriorityRedisHuey("lms", connection_pool=ConnectionPool.from_url(url))
    if url == "memory://":
        return MemoryHuey("lms", immediate=False)
    if url.startswith("sqlite:///"):
        default_file = Path(url.removeprefix("sqlite:///"))
    default_file.parent.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("lms", filename=str(default_file))


class JobQueue:
    """The queue of one process: one huey task that runs any registered job by name."""

    def __init__(self, huey: Huey, jobs: list[Job], runtime: Runtime) -> None:
        """Register ``jobs``; names must be unique."""
        self.huey = huey
        self.jobs = {job.name: job for job in jobs}
        if len(self.jobs) != len(jobs):
            raise ValueError("two jobs have one name")
        self._runtime = runtime
        self._task = huey.task(name="lms_job")(self._run)

    def _run(self, name: str, payload: dict[str, Any]) -> None:
        self.jobs[name].run(self._runtime, payload)

    def enqueue(self, name: str, payload: dict[str, Any]) -> None:
        """Put a wake-up for the job into the queue; payloads are ids, never content."""
        job = self.jobs[name]
        self.huey.enqueue(self._task.s(name, payload, priority=job.priority))

    def run_waiting(self, limit: int = 1000) -> int:
        """Run what is waiting in this process; for tests and demo data. Return how many ran."""
        for count in range(limit):
            task = self.huey.dequeue()
            if task is None:
                return count
            self.huey.execute(task)
        return limit
