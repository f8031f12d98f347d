"""Stop a computation that takes too long, in whatever thread it runs.

One watching thread sleeps until the next limit; what exceeds its limit gets an exception at its next step of Python. Only a
single call into C that never comes back cannot be stopped so: built-in markers make none.

A hundred thousand limits are set when a session is marked again, so that one of them costs a microsecond or two: the watcher is
woken only for a limit that ends before it would look anyway.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from types import TracebackType

__all__ = ["TimeLimitExceeded", "time_limit"]


_NEVER = float("inf")


class TimeLimitExceeded(BaseException):
    """A computation took too long. No ``except Exception`` inside of it can hold it up."""


class _Watch:
    """A limit on the thread that enters it; ``ends_at`` counts from there."""

    __slots__ = ("ends_at", "is_fired", "seconds", "thread_id")

    def __init__(self, seconds: float) -> None:
        self.seconds, self.is_fired = seconds, False

    def __enter__(self) -> None:
        self.thread_id = threading.get_ident()
        self.ends_at = time.monotonic() + self.seconds
        with _lock:
            _running[self] = None
            if self.ends_at < _watcher.looks_at:
                _watcher.look_before(self.ends_at)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _lock:
            _running.pop(self, None)
        if self.is_fired:
            _settle(self.thread_id)


class _Watcher:
    """The thread that fires limits; ``looks_at`` is when it will look next, whatever happens."""

    def __init__(self) -> None:
        self.looks_at = _NEVER
        self._is_started = False
        self._woken = threading.Condition(_lock)

    def look_before(self, moment: float) -> None:
        """Look at ``moment`` or earlier; the caller holds the lock."""
        self.looks_at = moment
        if self._is_started:
            self._woken.notify()
        else:
            self._is_started = True
            threading.Thread(target=self._watch, name="time-limits", daemon=True).start()

    def _watch(self) -> None:
        """Fire what is due and wait for the next limit, for ever."""
        with _lock:
            while True:
                now = time.monotonic()
                for due in [watch for watch in _running if watch.ends_at <= now]:
                    del _running[due]
                    due.is_fired = True
                    _raise_in(due.thread_id, TimeLimitExceeded)
                asked = (
                    self.looks_at if self.looks_at > now else _NEVER
                )  # also by a limit that is over already
                self.looks_at = min((watch.ends_at for watch in _running), default=asked)
                self._woken.wait(None if self.looks_at == _NEVER else self.looks_at - now)


class _Settled(BaseException):
    """Takes the place of what was fired too late, and is caught where it is raised."""


def _settle(thread_id: int) -> None:
    """Let what was fired and not yet raised in this very thread be raised no more.

    Taking it back would leave Python's mark that something is due, which only raising takes away: a thread that is traced
    (by a debugger, a measure of coverage) never gets past it. So something else is raised in its place, here.
    """
    try:
        _raise_in(thread_id, _Settled)
        while True:
            pass
    except _Settled:
        pass


def _raise_in(thread_id: int, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(error))


def _begin_anew() -> None:
    """Forget the limits and the watcher of the process that this one was forked from."""
    global _lock, _running, _watcher  # noqa: PLW0603 - one of each for the process
    _lock, _running = threading.Lock(), {}
    _watcher = _Watcher()


_lock: threading.Lock
_running: dict[_Watch, None]
_watcher: _Watcher
_begin_anew()
os.register_at_fork(after_in_child=_begin_anew)


def time_limit(seconds: float) -> _Watch:
    """Raise TimeLimitExceeded in the body of ``with`` when it takes longer; never after it."""
    return _Watch(seconds)
