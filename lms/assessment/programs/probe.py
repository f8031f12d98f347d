"""Find out, by trying, whether programs can be run here behind walls that hold."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from lms.assessment.programs.languages import LANGUAGES
from lms.assessment.programs.sandbox import Ending, Limits, Run, SandboxError, run_program

__all__ = ["REASONS", "Probe", "broken_walls", "shared_probe"]

log = structlog.get_logger(__name__)

#: A machine that could not run programs is asked again after so many seconds.
ASK_AGAIN_S = 60.0
#: One that was only busy is asked again so soon.
BUSY_S = 5.0
#: Why programs cannot be run: a command is missing, the interpreter, the numbers of this machine's system calls, a free turn,
#: the system refuses to put up the walls, or a wall does not hold.
REASONS = ("missing", "language", "machine", "busy", "start", "walls")

_LIMITS = Limits(cpu_s=2, wall_s=10.0)
#: It tries what must fail, a little of each: at most sixty processes, each gone after a second.
_PROGRAM = """
import json, os, resource, socket, sys, time
given = json.loads(sys.stdin.read())
held = []
def wall(name, act):
    try:
        act()
    except (OSError, MemoryError):
        held.append(name)
def fork_many():
    for _ in range(60):
        if os.fork() == 0:
            time.sleep(1)
            os._exit(0)
def connect():
    socket.create_connection(("127.0.0.1", given["port"]), 1)
def write_much():
    for number in range(20):
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(2**21))
def write_long():
    with open("/tmp/long", "wb") as file:
        for _ in range(given["file_bytes"] // 2**20 + 1):
            file.write(bytes(2**20))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
wall("file", write_long)
os.remove("/tmp/long") if os.path.exists("/tmp/long") else None
wall("folder", write_much)
wall("network", connect)
wall("hidden memory", lambda: os.memfd_create("x"))
wall("memory", lambda: bytearray(given["memory_bytes"]))
wall("secret", lambda: open(given["secret"]))
wall("accounts", lambda: open("/etc/passwd"))
wall("system", lambda: open("/usr/bin/x", "w"))
wall("root", lambda: open("/x", "w"))
wall("other processes", lambda: os.listdir("/proc"))
for handle in range(3, 200):
    wall(f"handle {handle}", lambda: os.fstat(handle))
if resource.getrlimit(resource.RLIMIT_CPU)[0] == given["cpu_s"]:
    held.append("time")
if os.getuid() != 0:
    held.append("user")
wall("processes", fork_many)
print(json.dumps(held))
"""
_WALLS = {
    *("file", "folder", "network", "hidden memory", "memory", "secret", "accounts", "system", "root"),
    *("other processes", "time", "user", "processes", *(f"handle {number}" for number in range(3, 200))),
}


def broken_walls(limits: Limits = _LIMITS) -> list[str]:
    """Try the walls from inside and return those that do not hold. Raises SandboxError where nothing can be run."""
    with tempfile.NamedTemporaryFile() as secret, socket.create_server(("127.0.0.1", 0)) as listener:
        Path(secret.name).chmod(0o644)
        given = {
            "port": listener.getsockname()[1],
            "secret": secret.name,
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
        }
        run = run_program(LANGUAGES["python3"], _PROGRAM, json.dumps(given), limits)
    return [*sorted(_WALLS - _held(run)), *_clock()]


def _held(run: Run) -> set[str]:
    if run.ending is Ending.STALLED:
        raise SandboxError("busy", "the trial waited for its turn until its time was over")
    if run.ending is not Ending.DONE:
        raise SandboxError("start", f"{run.ending.value} {run.complaint}")
    return set(json.loads(run.output))


def _clock() -> list[str]:
    """Return what is wrong with the end of a program that only waits."""
    begun = time.monotonic()
    run = run_program(LANGUAGES["python3"], "import time; time.sleep(20)", "", Limits(wall_s=0.3))
    return [] if run.ending is Ending.STALLED and time.monotonic() - begun < 10 else ["clock"]


@dataclass(slots=True)
class Probe:
    """What was found out in this process. That all is well stays known; anything else is asked again after a while."""

    reason: str | None = None
    asked_at: float = -ASK_AGAIN_S

    def refusal(self) -> str:
        """Return why programs cannot be run here (one of `REASONS`), or nothing when they can."""
        with _lock:
            again_after = BUSY_S if self.reason == "busy" else ASK_AGAIN_S
            if self.reason != "" and time.monotonic() - self.asked_at >= again_after:
                self.reason = self._ask()
                self.asked_at = time.monotonic()
            return self.reason or ""

    @staticmethod
    def _ask() -> str:
        try:
            broken = broken_walls()
        except SandboxError as failure:
            log.warning("programs_cannot_be_run", reason=failure.reason, detail=str(failure))
            return failure.reason
        if broken:
            log.error("programs_are_not_walled_in", broken=broken)
        return "walls" if broken else ""


_lock = threading.Lock()
_shared = Probe()


def shared_probe() -> Probe:
    """Return the probe of this process."""
    return _shared
