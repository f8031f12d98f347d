"""Keep the process that computes STACK questions' values: one job at a time, ended when it takes too long."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
from typing import Any

from lms.assessment.formats.values import Refusal

__all__ = ["compute"]

#: The child stops a job after its CPU seconds by itself; this is for one that cannot be stopped so.
WALL_S = 90

_lock = threading.Lock()
_children: dict[int, subprocess.Popen[bytes]] = {}


def compute(job: dict[str, Any]) -> dict[str, Any]:
    """Return what the child answers; raise Refusal ``stack.time`` when it takes too long or dies."""
    with _lock:
        child = _running()
        answer = b""
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()
            if select.select([child.stdout], [], [], WALL_S)[0]:
                answer = child.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            _end()
            raise Refusal("stack.time")
    found: dict[str, Any] = json.loads(answer)
    if found.get("error") == "time":
        raise Refusal("stack.time")
    return found


def _running() -> subprocess.Popen[bytes]:
    """Return this process's child, started when it is not there (a forked process does not use its parent's)."""
    child = _children.get(os.getpid())
    if child is None or child.poll() is not None:
        if not _children:
            atexit.register(_end)
        paths = os.pathsep.join(filter(None, sys.path))
        child = subprocess.Popen(
            [sys.executable, "-m", "lms.assessment.formats.stack_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
        )
        _children[os.getpid()] = child
    return child


def _end() -> None:
    child = _children.pop(os.getpid(), None)
    if child is not None:
        child.kill()
        child.communicate()
