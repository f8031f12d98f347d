"""Run the web application under gunicorn (gthread)."""

from __future__ import annotations

import gc
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.util import import_app

__all__ = ["serve"]


def _introduce(worker: Any) -> None:
    """Tell the application of a process how many threads it has and whether they go on: streams hold some of them."""
    from lms.core.web.streams import WebServer, install_server  # in the worker, after the fork

    install_server(worker.wsgi, WebServer(worker.cfg.threads, lambda: bool(worker.alive)))


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our application instead of a command line."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options given."""
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        """Build the application in each worker, after the fork; by name, because core never imports upward."""
        return import_app("lms.wsgi:app")


def serve(*, host: str, port: int, workers: int, threads: int, access_log: bool = False) -> None:
    """Listen on ``host:port`` until SIGTERM, with ``workers`` processes of ``threads`` threads.

    What was read so far (every module of every feature) is hidden from the garbage collector before the fork: it would write
    into each object's head, and so give every worker a copy of its own of what all can share.
    """
    gc.collect()
    gc.freeze()
    _Server(
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 30,
            "post_worker_init": _introduce,
            "accesslog": "-" if access_log else None,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
    ).run()
