"""Drive a server over loopback from one thread and count the CPU time that it and its database take.

A request counts only when its reply is what it must be. CPU is user + system time of whole process trees, children that
ended included; wall time is never a result here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Client", "Reply", "cpu_seconds", "drive", "pss_mib", "run_apart"]

T = TypeVar("T")

TICKS = os.sysconf("SC_CLK_TCK")


def _tree(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        try:
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def cpu_seconds(*roots: int) -> float:
    """Return the CPU seconds of the process trees below ``roots`` so far."""
    ticks = 0
    for pid in [pid for root in roots for pid in _tree(root)]:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(int(fields[number]) for number in (11, 12, 13, 14))
    return ticks / TICKS


def pss_mib(root: int) -> float:
    """Return the proportional memory of a process tree in MiB."""
    total = 0
    for pid in _tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(slots=True)
class Client:
    """One virtual student: a connection that is kept, a session cookie, and whatever an operation remembers."""

    port: int
    name: str
    cookie: str = ""
    memory: dict[str, str] = field(default_factory=dict)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(
        self,
        method: str,
        path: str,
        body: str = "",
        kind: str = "application/json",
        expect: int = 200,
        **headers: str,
    ) -> Reply:
        """Send one request; raise AssertionError when the status is another than ``expect``."""
        data = body.encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(data)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Cookie: {self.cookie}"] if self.cookie else []
        lines += [f"Content-Type: {kind}"] if data else []
        raw = "\r\n".join(lines).encode() + b"\r\n\r\n" + data
        try:
            reply = await self._exchange(raw)
        except (ConnectionError, asyncio.IncompleteReadError):
            await self.close()  # the server closed an idle connection
            reply = await self._exchange(raw)
        assert reply.status == expect, f"{method} {path}: {reply.status} {reply.text[:300]}"
        return reply

    async def _exchange(self, raw: bytes) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(raw)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie" and value.startswith("session="):
                self.cookie = value.split(";")[0]
            headers[name.lower()] = value
        text = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return Reply(int(head[0].split()[1]), headers, text)

    async def close(self) -> None:
        """End the connection within the loop that opened it; the next request opens another."""
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end in a thread of its own: in this one the event loop of a test's browser may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def drive(
    clients: Sequence[Client],
    operation: Callable[[Client, int], Awaitable[None]],
    *,
    count: int,
    at_once: int,
    roots: Sequence[int],
) -> float:
    """Run ``operation(client, number)`` ``count`` times, ``at_once`` at a time; return CPU-ms for each."""

    async def run() -> float:
        free: asyncio.Queue[Client] = asyncio.Queue()
        for client in clients:
            free.put_nowait(client)
        numbers = iter(range(count))

        async def worker() -> None:
            for number in numbers:
                client = await free.get()
                await operation(client, number)
                free.put_nowait(client)

        before = cpu_seconds(*roots)
        await asyncio.gather(*(worker() for _ in range(at_once)))
        await asyncio.sleep(0.05)
        spent = cpu_seconds(*roots) - before
        for client in clients:
            await client.close()
        return spent

    return 1000 * run_apart(run()) / count
