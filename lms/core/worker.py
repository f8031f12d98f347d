"""Run the worker: one loop for events, sweeps and the heartbeat, and processes that take jobs from the queue.

Faces and other heavy work run in child processes (one a core), so a crash in a native library costs one job's
time and nothing else: the parent starts the child again and a sweep finds what is undone.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType

import structlog

from lms.core import outbox
from lms.core.actor import SYSTEM
from lms.core.jobs import Sweep
from lms.core.models import WorkerBeat
from lms.core.runtime import Runtime

__all__ = ["run_consumer", "run_worker"]

log = structlog.get_logger(__name__)
BEAT_EVERY_S = 5.0
IDLE_S = 0.25


class _Stop:
    """Remember that somebody asked us to end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def _beat(runtime: Runtime) -> None:
    name = f"{socket.gethostname()}:{os.getpid()}"
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.merge(WorkerBeat(name=name, at=uow.now(), detail={"pid": os.getpid()}))


def _guarded(name: str, act: Callable[[], object]) -> object:
    """Run one part of the loop; a failure is logged and tried again in the next round."""
    try:
        return act()
    except Exception:  # the loop must outlive a lost database or a faulty sweep
        log.exception("worker_part_failed", part=name)
        return None


#: There is a process for each core: a product of matrices that takes more than one takes it from another process.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _spawn() -> subprocess.Popen[bytes]:
    environment = {**ONE_THREAD, **os.environ}
    return subprocess.Popen([sys.executable, "-m", "lms", "worker", "--consumer"], env=environment)


def run_worker(runtime: Runtime, processes: int) -> None:
    """Run until SIGTERM or SIGINT, with ``processes`` children that take jobs."""
    stop = _Stop()
    children = [_spawn() for _ in range(processes)]
    sweeps = [sweep for feature in runtime.features for sweep in feature.sweeps]
    due: dict[str, float] = {sweep.name: 0.0 for sweep in sweeps}
    next_beat = 0.0
    log.info("worker_started", processes=processes)
    try:
        while not stop.asked:
            now = time.monotonic()
            if now >= next_beat:
                _guarded("heartbeat", lambda: _beat(runtime))
                next_beat = now + BEAT_EVERY_S
            children = [_revive(child) for child in children]
            _run_due(runtime, sweeps, due, now)
            if not _guarded("outbox", lambda: outbox.dispatch_waiting(runtime)):
                time.sleep(IDLE_S)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
        runtime.dispose()


def _run_due(runtime: Runtime, sweeps: list[Sweep], due: dict[str, float], now: float) -> None:
    for sweep in sweeps:
        if now >= due[sweep.name]:
            due[sweep.name] = now + sweep.every_s
            _guarded(sweep.name, lambda chosen=sweep: chosen.run(runtime))  # type: ignore[misc]


def _revive(child: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    if child.poll() is None:
        return child
    log.warning("job_process_ended", code=child.returncode)
    time.sleep(0.5)
    return _spawn()


def run_consumer(runtime: Runtime) -> None:
    """Take jobs from the queue one by one until SIGTERM; heavy models are loaded here, never in the parent."""
    stop = _Stop()
    parent = os.getppid()
    while not stop.asked and os.getppid() == parent:
        if not _guarded("job", lambda: _take_one(runtime)):
            time.sleep(0.05)


def _take_one(runtime: Runtime) -> bool:
    task = runtime.jobs.huey.dequeue()
    if task is None:
        return False
    runtime.jobs.huey.execute(task)
    return True
