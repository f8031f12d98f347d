"""Send parts of a page as they change (server-sent events), for the few who watch something that runs.

A stream asks on behalf of the page: each look is a whole request of its own for the address of a part, with the reader's cookie and the
mark of what the page has. So every look checks sign-in, role and reach anew, opens and closes its own session of the database,
and shows what the page would be shown if it asked. Between two looks a stream holds a thread and nothing else.

Threads are what answers are saved with. Therefore only the server that says how many it has (`lms serve`) sends streams, they take a quarter
of them at most, and whoever gets none asks as before: the answer is 204, after which a browser does not try again.
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import io
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

__all__ = ["WebServer", "install_server", "stream_parts"]

#: Seconds between two looks, between two signs of life (proxies wait 60), and until a stream ends and the browser opens the next.
LOOK_S, QUIET_S, LIFE_S = 2.0, 15.0, 300.0
#: Of so many threads one may hold a stream.
THREADS_FOR_ONE = 4
AGAIN_MS = 3000
EXTENSION = "lms_server"
#: What of the request for a stream is not said again when a part is asked for.
OWN = ("CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_LAST_EVENT_ID")


@dataclass(slots=True)
class WebServer:
    """What the server tells of this process: how many threads it has, whether it goes on; and how many of them hold a stream."""

    threads: int
    is_going_on: Callable[[], bool]
    held: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, most: int) -> bool:
        """Take a thread for a stream, of ``most`` and of a quarter; tell whether there was one."""
        with self._lock:
            if not self.is_going_on() or self.held >= min(most, self.threads // THREADS_FOR_ONE):
                return False
            self.held += 1
            return True

    def give_back(self) -> None:
        """Let the thread of a stream that has ended go."""
        with self._lock:
            self.held -= 1


def install_server(app: Flask, server: WebServer) -> None:
    """Let the pages of a process send streams."""
    app.extensions[EXTENSION] = server


def stream_parts(parts: Mapping[str, str], most: int) -> Response:
    """Return a stream of the parts of a page, {name: address}; 204 where the page has to ask. ``most`` is the limit of a process."""
    server: WebServer | None = current_app.extensions.get(EXTENSION)
    is_wanted = request.method == "GET" and "text/event-stream" in request.headers.get("Accept", "")
    if server is None or not is_wanted or not server.take(most):
        return Response(status=204)
    app = cast(Any, current_app)._get_current_object()
    stream = _Stream(app, dict(request.environ), dict(parts), server)
    response = Response(stream.events(), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "private, no-store, no-transform"
    response.headers["X-Accel-Buffering"] = "no"  # nginx sends on at once
    response.call_on_close(server.give_back)
    return response


@dataclass(slots=True)
class _Stream:
    app: Flask
    environ: dict[str, Any]
    parts: dict[str, str]
    server: WebServer

    def events(self) -> Iterator[bytes]:
        """Send what is new until rights, life or server end, or the reader has gone."""
        marks = dict.fromkeys(self.parts, "")
        spoken = began = time.monotonic()
        yield b"retry: %d\n\n" % AGAIN_MS
        while self.server.is_going_on() and time.monotonic() - began < LIFE_S:
            for name, address in self.parts.items():
                reply = self._look(address, marks[name])
                if reply.status_code == 304:
                    continue
                if reply.status_code != 200:
                    return  # the browser comes again, and is told why
                marks[name] = reply.headers.get("ETag", "")
                spoken = time.monotonic()
                yield _event(name, reply.get_data(as_text=True))
            if time.monotonic() - spoken >= QUIET_S:
                spoken = time.monotonic()
                yield b": nothing new\n\n"
            if self._is_gone_after(LOOK_S):
                return

    def _look(self, address: str, mark: str) -> Response:
        """Ask for a part as the page would."""
        asked = {name: value for name, value in self.environ.items() if name not in OWN}
        asked |= {
            "PATH_INFO": address.removeprefix(self.environ.get("SCRIPT_NAME", "")),
            "QUERY_STRING": "",
            "HTTP_IF_NONE_MATCH": mark,
            "wsgi.input": io.BytesIO(),
        }
        return Response.from_app(self.app, asked, buffered=True)

    def _is_gone_after(self, seconds: float) -> bool:
        """Wait; tell at once when the reader has closed the connection, so that its thread is free for another."""
        connection: socket.socket | None = self.environ.get("gunicorn.socket")
        if connection is None:
            time.sleep(seconds)
            return False
        try:
            door = select.poll()
            door.register(connection, select.POLLIN)
            if not door.poll(seconds * 1000):
                return False
            is_gone = not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            is_gone = False
        except OSError:
            return True
        if not is_gone:  # the browser has sent its next request already: it waits its turn
            time.sleep(seconds)
        return is_gone


def _event(name: str, text: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in text.replace("\r", "").split("\n"))
    return f"event: {name}\n{lines}\n".encode()
