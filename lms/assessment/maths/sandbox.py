"""Run comparisons in a child process that lives on between them and is ended when one of them does not come back."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

from lms.assessment.maths.verdicts import INVALID, Verdict

__all__ = ["Budget", "Sandbox", "shared_sandbox"]

#: The child stops a comparison after two seconds of CPU by itself, and ends a little later where it cannot be stopped so. This is
#: for a child that gets no CPU at all: so late that the verdict does not depend on what else the server does.
WALL_LIMIT_S = 40.0
START_LIMIT_S = 60.0
#: Texts longer than this are refused before they are sent.
MAX_TEXT = 20_000


@dataclass(slots=True)
class Budget:
    """How many seconds of CPU several comparisons have together; each takes what it used."""

    left_s: float


class Sandbox:
    """One child process and the lock round it. Threads wait for each other; each process has a child of its own."""

    def __init__(self) -> None:
        """Start nothing yet: the child comes with the first comparison."""
        self._lock = threading.Lock()
        self._asked = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def compare(
        self,
        test: str,
        student: str,
        teacher: str,
        option: str = "",
        *,
        notation: str = "maxima",
        teacher_notation: str = "maxima",
        words: Sequence[str] = (),
        within_s: float = WALL_LIMIT_S,
        budget: Budget | None = None,
    ) -> Verdict:
        """Return the verdict of one answer test; None with ``time_limit`` when it took too long. Never hangs.

        The notations are names of `notation.NOTATIONS`; ``words`` are names of several letters in both texts. ``within_s``
        bounds everything but the start of a child: the wait for other threads' comparisons, too; ``budget`` the CPU.
        """
        ends_at = time.monotonic() + within_s
        if max(map(len, (test, student, teacher, option))) > MAX_TEXT:
            return INVALID("too_long")
        if budget is not None and budget.left_s <= 0:
            return INVALID("time_limit")
        row = {
            "test": test,
            "student": student,
            "teacher": teacher,
            "options": option,
            "notation": notation,
            "teacher_notation": teacher_notation,
            "words": list(words),
            "cpu_s": None if budget is None else budget.left_s,
        }
        try:
            answer = self._ask_in_turn(row, ends_at)
        except OSError:
            return INVALID("unable to start")
        if budget is not None:
            budget.left_s -= answer["cpu_s"] if answer else budget.left_s
        if not answer:
            return INVALID("time_limit" if answer is None else "unable to go on")
        return Verdict(answer["verdict"], answer["note"])

    def _ask_in_turn(self, row: dict[str, Any], ends_at: float) -> dict[str, Any] | None:
        if not self._lock.acquire(timeout=max(0.0, ends_at - time.monotonic())):
            return None
        try:
            return self._ask(row, ends_at)
        finally:
            self._lock.release()

    def _ask(self, row: dict[str, Any], ends_at: float) -> dict[str, Any] | None:
        """Return what the child answers; None when it did not come in time, {} when the child has ended instead.

        Questions are numbered and the child repeats the number: an answer to another question is never taken for this one.
        A child whose answer was not fetched, for whatever reason, is not asked again.
        """
        begun = time.monotonic()
        child = self._running()
        ends_at += time.monotonic() - begun
        assert child.stdin is not None
        assert child.stdout is not None
        self._asked += 1
        answer: dict[str, Any] | None = {}
        try:
            child.stdin.write(json.dumps({**row, "number": self._asked}).encode() + b"\n")
            child.stdin.flush()
            line = _line(child.stdout, max(0.0, ends_at - time.monotonic()))
            if (
                line == b""
            ):  # the child has ended; by its own CPU limit, where it could not be stopped otherwise
                line = None if child.wait() == -signal.SIGXCPU else b""
            answer = json.loads(line) if line else None if line is None else {}
            if answer and answer["number"] != self._asked:
                answer = {}
            is_settled = bool(answer)
        except BrokenPipeError:
            is_settled = False
        except BaseException:
            self._end()
            raise
        if not is_settled:
            self._end()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._owner != os.getpid() or self._child.poll() is not None):
            self._forget()
        if self._child is None:
            self._child = self._start()
            self._owner = os.getpid()
        return self._child

    def _forget(self) -> None:
        """Let go of a child that has ended, or that belongs to the process we were forked from."""
        child, self._child = self._child, None
        for stream in (child.stdin, child.stdout) if child is not None else ():
            if stream is not None:
                stream.close()

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        """Start a child that inherits the paths of Python and nothing else of the environment."""
        child = subprocess.Popen(
            [sys.executable, "-m", "lms.assessment.maths.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PYTHONHASHSEED": "0",
                "LC_ALL": "C.UTF-8",
            },
        )
        assert child.stdout is not None
        if not _line(child.stdout, START_LIMIT_S):
            child.kill()
            child.wait()
        return child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and self._owner == os.getpid():
            child.kill()
            child.communicate()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()


def _line(stream: IO[bytes], limit_s: float) -> bytes | None:
    """Return the next line, None when it does not come within the limit, empty when the stream has ended."""
    ready, _, _ = select.select([stream], [], [], limit_s)
    return stream.readline() if ready else None


@cache
def shared_sandbox() -> Sandbox:
    """Return the sandbox of this process; its child ends with the process."""
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox
