"""Stop a computation that takes too long, in whatever thread it runs.

One watching thread sleeps until the next limit; what exceeds its limit gets an exception at its next step of Python. Only a
single call into C that never comes back cannot be stopped so: built-in markers make none.
"""

from __future__ import annotations

import ctypes
import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

__all__ = ["TimeLimitExceeded", "time_limit"]


class TimeLimitExceeded(BaseException):
    """A computation took too long. No ``except Exception`` inside of it can hold it up."""


@dataclass(order=True, slots=True)
class _Watch:
    ends_at: float
    number: int
    thread_id: int = field(compare=False)
    is_over: bool = field(default=False, compare=False)
    is_fired: bool = field(default=False, compare=False)


_changed = threading.Condition()
_watches: list[_Watch] = []
_numbers = count()
_watcher: threading.Thread | None = None


def _raise_in(thread_id: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread_id), None if error is None else ctypes.py_object(error)
    )


def _watch() -> None:
    """Wait for the next limit, for ever; watches that are over are dropped when their time comes."""
    with _changed:
        while True:
            now = time.monotonic()
            while _watches and (_watches[0].is_over or _watches[0].ends_at <= now):
                due = heapq.heappop(_watches)
                if not due.is_over:
                    due.is_fired = True
                    _raise_in(due.thread_id, TimeLimitExceeded)
            _changed.wait(_watches[0].ends_at - now if _watches else None)


def _begin(seconds: float) -> _Watch:
    global _watcher  # noqa: PLW0603 - one for the process, started when the first limit is set
    watch = _Watch(time.monotonic() + seconds, next(_numbers), threading.get_ident())
    with _changed:
        if _watcher is None or not _watcher.is_alive():
            _watcher = threading.Thread(target=_watch, name="time-limits", daemon=True)
            _watcher.start()
        heapq.heappush(_watches, watch)
        if _watches[0] is watch:
            _changed.notify()
    return watch


def _end(watch: _Watch) -> None:
    with _changed:
        watch.is_over = True
        if watch.is_fired:
            _raise_in(watch.thread_id, None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeLimitExceeded in the body when it takes longer; never after it."""
    watch = _begin(seconds)
    try:
        yield
    finally:
        _end(watch)
