"""Measure a film of two gigabytes: sent in parts to a real server that is killed on the way; what it takes of time and memory."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lms.app import create_runtime, load_settings
from lms.core.ids import new_id
from lms.courses import service
from lms.courses.types import NewCourse
from lms.demo.cast import load_cast
from tests.fixtures.site import Site

SIZE = 2_000_000_000
PART = 4 * 1024 * 1024
MB = 1024 * 1024
#: What web or worker may grow while such a film goes through them: what they import for it, and a few parts.
MOST_GROWN = 128 * MB


class Teacher:
    """A browser that keeps its cookie and sends parts; a lost connection is tried again."""

    def __init__(self, site: Site, login: str, password: str) -> None:
        self.place = urllib.parse.urlsplit(site.url).netloc
        self.cookie = ""
        page = self.ask("GET", "/login")[1].decode()
        form = {"login": login, "password": password, "csrf_token": self._token(page)}
        sent = urllib.parse.urlencode(form).encode()
        status, _ = self.ask("POST", "/login", sent, {"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 303
        said = re.search(r'name="csrf-token" content="([^"]+)"', self.ask("GET", "/account")[1].decode())
        assert said
        self.headers = {"X-CSRFToken": said.group(1), "Accept": "application/json"}

    def _token(self, page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return found.group(1)

    def ask(
        self, method: str, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Ask once; raise OSError or HTTPException when nobody answers."""
        connection = http.client.HTTPConnection(self.place, timeout=60)
        try:
            connection.request(method, path, data, {**(headers or {}), "Cookie": self.cookie})
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name == "Set-Cookie" and value.startswith("session="):
                    self.cookie = value.partition(";")[0]
            return answer.status, answer.read()
        finally:
            connection.close()

    def say(self, method: str, path: str, data: bytes | None = None, media: str = "application/json") -> Any:
        """Ask until somebody answers, and return what is said."""
        for _ in range(600):
            try:
                status, told = self.ask(method, path, data, {**self.headers, "Content-Type": media})
                if status < 500:
                    return json.loads(told)
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        raise AssertionError("nobody answers")


class Watch:
    """Notes the most memory of a process and its children that is no file's."""

    def __init__(self, pids: Callable[[], list[int]]) -> None:
        self.pids, self.most, self.is_on = pids, 0, True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while self.is_on:
            self.most = max(self.most, sum(map(_own_bytes, self.pids())))
            time.sleep(0.1)


def _own_bytes(pid: int) -> int:
    """Return the memory of a process and its children that is not a file's."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    found = re.search(r"RssAnon:\s+(\d+)", status)
    return (int(found.group(1)) * 1024 if found else 0) + sum(_own_bytes(int(child)) for child in children)


def _parts_left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("uploads/*/*") if path.is_file()]


def test_a_film_of_two_gigabytes_arrives_though_the_server_is_killed(
    make_site: Callable[..., Site], demo_folder: Path, demo_logins: dict[str, str]
) -> None:
    site = make_site(copy_of=demo_folder)
    runtime = create_runtime(load_settings({"LMS_DATA_DIR": str(site.folder), "LMS_JOBS_URL": "memory://"}))
    try:
        school = load_cast(runtime)
        with runtime.unit_of_work(school.actor("kim")) as uow:
            course = service.create_course(uow, NewCourse(school.id("school-14"), "Фильм", "physics"))
    finally:
        runtime.dispose()
    site.start()
    try:
        kim, base = Teacher(site, "kim", demo_logins["kim"]), f"/courses/{course}/write/uploads"

        def begin(size: int) -> Any:
            said = {"name": "film.mp4", "size": size, "mark": "m"}
            return kim.say("POST", base, json.dumps(said).encode())

        refused = begin(SIZE + 1)
        assert "2000" in refused["title"], "the bound is told before anything is sent"
        upload = begin(SIZE)
        idle = [_own_bytes(each.pid) for each in (site.web, site.worker) if each]
        begun, killed_for = time.monotonic(), 0.0
        web = Watch(lambda: [site.web.pid] if site.web else [])
        worker = Watch(lambda: [site.worker.pid] if site.worker else [])
        head, noise = b"\x00\x00\x00\x18ftypmp42", new_id().bytes * (PART // 16)
        offset, is_killed = 0, False
        while offset < SIZE:
            if offset > SIZE // 2 and not is_killed:
                is_killed, down = True, time.monotonic()
                site.kill_web()
                site.kill_worker()
                site.start()
                killed_for = time.monotonic() - down
                assert begin(SIZE)["offset"] == offset, "the same file goes on where it was broken off"
            part = noise[: min(PART, SIZE - offset)]
            if not offset:
                part = head + part[len(head) :]
            said = kim.say("POST", f"{base}/{upload['id']}?offset={offset}", part, "application/octet-stream")
            offset = said["offset"]
        sent_s = time.monotonic() - begun - killed_for
        while (said := kim.say("GET", f"{base}/{upload['id']}"))["state"] == "checking":
            time.sleep(0.5)
        whole_s = time.monotonic() - begun - killed_for
        web.is_on = worker.is_on = False
        assert said["state"] == "done", said
        print(
            f"2 GB in {-(-SIZE // PART)} parts: sent in {sent_s:.0f} s ({SIZE / sent_s / 1e6:.0f} MB/s), kept after "
            f"{whole_s - sent_s:.0f} s more; killed at half, ready again after {killed_for:.0f} s; memory of their own, idle and "
            f"most: web {idle[0] / MB:.0f} and {web.most / MB:.0f} MB, worker {idle[1] / MB:.0f} and {worker.most / MB:.0f} MB"
        )
        status, piece = kim.ask(
            "GET", f"/courses/{course}/media/{said['media']}", None, {"Range": "bytes=1999999990-1999999999"}
        )
        assert (status, len(piece)) == (206, 10)
        ends = time.monotonic() + 60
        while (left := _parts_left(site.folder)) and time.monotonic() < ends:
            time.sleep(0.5)
        assert not left, "no part stays behind"
        assert web.most < idle[0] + MOST_GROWN and worker.most < idle[1] + MOST_GROWN
    finally:
        site.stop()
