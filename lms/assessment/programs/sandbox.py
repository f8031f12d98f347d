"""Run one program by bubblewrap: in namespaces of its own, without network, under limits, and never as root.

Inside there are a read-only /usr, an empty /tmp of a few megabytes, the program and what it reads; no /proc, no /etc, no file of
the school. A server that is root gives every run a user of its own, because the kernel does not count root's processes.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from lms.assessment.programs.languages import SYSTEM_PATH, Language
from lms.assessment.programs.seccomp import filter_for_this_machine

__all__ = ["Ending", "Limits", "Run", "SandboxError", "run_program"]

#: The commands that a run is made of; the last two are util-linux's.
COMMANDS = ("bwrap", "prlimit", "choom")
#: Runs at once in one process; others wait their turn.
AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
TURN_S = 20.0
#: How much longer than twice its processor time a run may take on the clock.
CLOCK_MORE_S = 6.0
#: Users of runs under a root server: from here on, one for each process and turn. Nobody else has such numbers.
FIRST_USER = 0x70000000
#: The only folder in which a program can write; it is made anew for every run.
FOLDER = "/tmp"  # noqa: S108 - not this machine's
#: The user that a program thinks it is.
USER_INSIDE = 1000
#: After its end everything of a run is gone at once; what is not gone by then is a fault of the sandbox.
GONE_S = 5.0


#: How the shell's way of counting tells that the kernel ended a program for its use of the processor.
USED_UP = frozenset({128 + signal.SIGXCPU, 128 + signal.SIGKILL})


class Ending(StrEnum):
    """How a run ended. ``too_long``: it used up its processor time; ``stalled``: it waited, or the machine was busy."""

    DONE = "done"
    FAILED = "failed"
    TOO_LONG = "too_long"
    STALLED = "stalled"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. Time on the clock is twice the processor's and some seconds, for a busy machine."""

    cpu_s: int = 2
    memory_bytes: int = 256 * 2**20
    file_bytes: int = 4 * 2**20
    folder_bytes: int = 16 * 2**20
    output_bytes: int = 64 * 2**10
    processes: int = 8
    open_files: int = 32
    wall_s: float = 0.0

    @property
    def clock_s(self) -> float:
        """Return the seconds on the clock."""
        return self.wall_s or 2 * self.cpu_s + CLOCK_MORE_S


@dataclass(frozen=True, slots=True)
class Run:
    """What a program did: how it ended, what it wrote (cut at the limit), the last line of its complaints."""

    ending: Ending
    output: str
    complaint: str = ""


class SandboxError(Exception):
    """No program can be run; ``reason`` is a code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Say why; the detail is for the log."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


_turns = threading.BoundedSemaphore(AT_ONCE)
_lock = threading.Lock()
_taken: set[int] = set()


def run_program(language: Language, source: str, stdin: str = "", limits: Limits | None = None) -> Run:
    """Run a program to its end or to the end of its limits.

    Raises:
        SandboxError: nothing was run: ``missing``, ``language``, ``machine``, ``busy``, ``start``.
    """
    allowed = limits or Limits()
    command = _command(language)
    seccomp = filter_for_this_machine()
    if seccomp is None:
        raise SandboxError("machine")
    if not _turns.acquire(timeout=TURN_S):
        raise SandboxError("busy")
    try:
        with ExitStack() as held:
            given = [held.enter_context(_sealed(data)) for data in (_bytes(source), seccomp, _bytes(stdin))]
            return _run(command, language, given, allowed)
    finally:
        _turns.release()


def _bytes(text: str) -> bytes:
    """Return a text as a file holds it; half characters, which no file can hold, become question marks."""
    return text.encode("utf-8", "replace")


def _command(language: Language) -> list[str]:
    """Return the interpreter with its arguments, or raise SandboxError."""
    if not all(shutil.which(name, path=SYSTEM_PATH) for name in COMMANDS):
        raise SandboxError("missing")
    path = language.path()
    if path is None:
        raise SandboxError("language")
    return [path, *language.arguments]


@contextmanager
def _sealed(data: bytes) -> Iterator[int]:
    """Open a file without a name that holds ``data`` and that nobody can change."""
    handle = os.memfd_create("given", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(data)
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)


def _run(command: Sequence[str], language: Language, given: Sequence[int], limits: Limits) -> Run:
    source, seccomp, stdin = given
    with ExitStack() as held:
        told, tell = os.pipe()
        held.callback(os.close, told)
        try:
            process = subprocess.Popen(
                _arguments(command, language, (source, seccomp, tell), limits),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(source, seccomp, tell),
                cwd="/",
                env={"PATH": SYSTEM_PATH},
                start_new_session=True,
                **held.enter_context(_another_user()),
            )
        except (OSError, ValueError) as failure:
            raise SandboxError("start", str(failure)) from failure
        finally:
            os.close(tell)
        watched = _Watched(held.enter_context(process), told)
        begun = time.monotonic()
        try:
            stopped = watched.read(limits, begun + limits.clock_s)
        finally:
            watched.end()
        return watched.judge(stopped, time.monotonic() - begun, limits)


def _arguments(
    command: Sequence[str], language: Language, handles: tuple[int, int, int], limits: Limits
) -> list[str]:
    """Return the whole command: bubblewrap's walls, and inside of them the limits and the program.

    The limit on processes has to be set inside: only there it counts the run's own (Linux 5.14).
    """
    source, seccomp, report = handles
    file = f"/program/{language.file_name}"
    return [
        *("choom", "-n", "1000", "--", "bwrap"),
        *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
        *("--uid", str(USER_INSIDE), "--gid", str(USER_INSIDE), "--hostname", "sandbox", "--clearenv"),
        *("--setenv", "PATH", SYSTEM_PATH, "--setenv", "LANG", "C.UTF-8", "--setenv", "HOME", FOLDER),
        *_system(),
        *("--dev-bind", "/dev/null", "/dev/null", "--dev-bind", "/dev/urandom", "/dev/urandom"),
        *("--size", str(limits.folder_bytes), "--tmpfs", FOLDER, "--chdir", FOLDER),
        *("--perms", "0444", "--ro-bind-data", str(source), file, "--remount-ro", "/"),
        *("--seccomp", str(seccomp), "--json-status-fd", str(report), "--"),
        *("prlimit", f"--nproc={limits.processes}", f"--as={limits.memory_bytes}"),
        *(f"--cpu={limits.cpu_s}:{limits.cpu_s + 1}", f"--fsize={limits.file_bytes}"),
        *(f"--nofile={limits.open_files}", "--core=0", "--memlock=0", "--msgqueue=0", "--rtprio=0", "--"),
        *command,
        file,
    ]


def _system() -> Iterator[str]:
    """Show /usr, its names in the root as they are on this machine, and where shared libraries are."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache")


@contextmanager
def _another_user() -> Iterator[dict[str, Any]]:
    """Return what makes a child of root somebody else, different from every other run; nothing for other servers."""
    if os.geteuid() != 0:
        yield {}
        return
    with _lock:
        turn = next(number for number in range(AT_ONCE) if number not in _taken)
        _taken.add(turn)
    try:
        user = FIRST_USER + os.getpid() * AT_ONCE + turn
        yield {"user": user, "group": user, "extra_groups": []}
    finally:
        with _lock:
            _taken.discard(turn)


class _Watched:
    """A run that has begun: what it writes, what bubblewrap tells of it, and a hold on the first process inside."""

    def __init__(self, process: subprocess.Popen[bytes], told: int) -> None:
        """Watch ``process``; bubblewrap tells through the handle ``told``."""
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._streams = {
            process.stdout.fileno(): "output",
            process.stderr.fileno(): "complaint",
            told: "told",
        }
        self._written = dict.fromkeys(self._streams.values(), b"")
        self._first: int | None = None

    def read(self, limits: Limits, ends_at: float) -> Ending | None:
        """Read to the end of everything; return why it was stopped, if it was."""
        with selectors.DefaultSelector() as streams:
            for handle in self._streams:
                streams.register(handle, selectors.EVENT_READ)
            while streams.get_map():
                ready = streams.select(max(0.0, ends_at - time.monotonic()))
                if not ready:
                    return Ending.STALLED
                for key, _events in ready:
                    data = os.read(key.fd, 65536)
                    if not data:
                        streams.unregister(key.fd)
                    self._written[self._streams[key.fd]] += data
                self._take_hold()
                if max(map(len, self._written.values())) > limits.output_bytes:
                    return Ending.TOO_MUCH
        return None

    def _take_hold(self) -> None:
        """Hold the first process inside as soon as it is known; one that is gone by then needs no hold."""
        if self._first is None and b"\n" in self._written["told"]:
            with suppress(ProcessLookupError):
                self._first = os.pidfd_open(self._told()["child-pid"])

    def _told(self) -> dict[str, Any]:
        """Return what bubblewrap told: ``child-pid`` once the walls stood, ``exit-code`` once the program ended by itself."""
        told: dict[str, Any] = {}
        for line in self._written["told"].rpartition(b"\n")[0].splitlines():
            told |= json.loads(line)
        return told

    def end(self) -> None:
        """End everything: all inside dies with bubblewrap, and the first process inside is the last to go."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._first is None:
            return
        try:
            with selectors.DefaultSelector() as gone:
                gone.register(self._first, selectors.EVENT_READ)
                if not gone.select(GONE_S):
                    raise SandboxError("start", "something of a run is left")
        finally:
            os.close(self._first)

    def judge(self, stopped: Ending | None, took_s: float, limits: Limits) -> Run:
        """Return what the program did, or raise SandboxError where it was never started."""
        told = self._told()
        output = self._written["output"][: limits.output_bytes].decode("utf-8", "replace")
        complaint = self._written["complaint"].decode("utf-8", "replace").strip()
        if "child-pid" not in told or (stopped is None and "exit-code" not in told):
            raise SandboxError("start", complaint[:200])
        if stopped is not None:
            return Run(stopped, output)
        code = told["exit-code"]
        if code in USED_UP and took_s >= limits.cpu_s * 0.9:
            return Run(Ending.TOO_LONG, output)
        last_line = complaint.rpartition("\n")[2]
        return Run(Ending.DONE if code == 0 else Ending.FAILED, output, last_line[:500])
