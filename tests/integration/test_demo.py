"""`make demo`, without the installing: it comes up, everybody can sign in, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.fixtures.application import FAST_HASHES
from tests.fixtures.servers import die_with_parent
from tests.fixtures.setup import planned_by_make
from tests.fixtures.site import LMS, answers

pytestmark = pytest.mark.slow

READY_S = 60
STOPPED_S = 60


@pytest.fixture
def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def running(folder: Path, port: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Start `lms demo run` as a family would; leave nothing of it behind."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    process = subprocess.Popen(
        [str(LMS), "demo", "run", "--port", str(port), "--dir", str(folder), *more],
        env={**outside, **FAST_HASHES},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        yield process
    finally:
        for left_over in (process.pid, *session_of(process.pid)):
            try:
                os.kill(left_over, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def demo(tmp_path: Path, free_port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the demo and return it with its address."""
    with running(tmp_path / "demo", free_port) as process:
        yield process, f"http://127.0.0.1:{free_port}"


def wait_until_up(process: subprocess.Popen[str], address: str) -> None:
    """Wait until the demo answers."""
    deadline = time.monotonic() + READY_S
    while not answers(f"{address}/health/ready"):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "the demo was not up within a minute"
        time.sleep(0.2)


def session_of(leader: int) -> list[int]:
    """Return the processes that belong to the session of ``leader``, itself left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != leader:
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            if int(after_name[3]) == leader and after_name[0] != "Z":
                found.append(int(entry.name))
    return found


def sign_in(address: str, login: str, password: str) -> str:
    """Sign in as a browser would and return the address of the page that follows."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = browser.open(f"{address}/login", timeout=20).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token is not None
    filled = {"csrf_token": token[1], "login": login, "password": password}
    page = browser.open(f"{address}/login", urllib.parse.urlencode(filled).encode(), timeout=20)
    return urllib.parse.urlsplit(page.url).path


def test_the_demo_is_up_within_a_minute_lets_everybody_in_and_stops_at_control_c(
    demo: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = demo
    wait_until_up(process, address)
    rows = json.loads(
        subprocess.run([str(LMS), "demo", "logins", "--json"], capture_output=True, check=True).stdout
    )
    assert {"role", "name", "login", "password"} == set(rows[0])
    landed = {row["login"]: sign_in(address, row["login"], row["password"]) for row in rows}
    assert {login for login, path in landed.items() if path == "/login"} == set()
    assert session_of(process.pid)

    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)  # impatience leaves nothing behind either
    said, _ = process.communicate(timeout=STOPPED_S)
    assert process.returncode == 0, said
    assert address.replace("127.0.0.1", "localhost") in said
    assert session_of(process.pid) == []
    assert not answers(f"{address}/health/live")


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ((), "demo run --port 8000"),
        (("PORT=8123",), "demo run --port 8123"),
        (("RESET=1",), "demo run --port 8000 --reset"),
    ],
)
def test_make_hands_port_and_reset_on(given: tuple[str, ...], called: str) -> None:
    assert planned_by_make("demo", *given)[-1].strip().endswith(called)


def test_an_interrupted_preparation_is_begun_again_and_a_finished_one_is_kept_until_reset(
    tmp_path: Path, free_port: int
) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "lms.db").write_bytes(b"cut off in the middle")
    outside = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    command = [str(LMS), "demo", "build", "--dir", str(folder)]

    def build() -> str:
        environment = {**outside, **FAST_HASHES}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert "starting afresh" in build()
    with closing(sqlite3.connect(folder / "lms.db")) as database, database:
        database.execute("UPDATE organisation SET name = 'Renamed'")
    assert "starting afresh" not in build()
    assert names_of_schools(folder) == {"Renamed"}
    with running(folder, free_port, "--reset") as process:
        wait_until_up(process, f"http://127.0.0.1:{free_port}")
        afresh = names_of_schools(folder)
    assert len(afresh) > 1 and "Renamed" not in afresh


def names_of_schools(folder: Path) -> set[str]:
    """Return the names of the organisations of a demo."""
    with closing(sqlite3.connect(folder / "lms.db")) as database:
        return {name for (name,) in database.execute("SELECT name FROM organisation")}
