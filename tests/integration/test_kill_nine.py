"""Two hundred real `kill -9` of web and worker in the middle of saving: nothing acknowledged is lost, nothing doubled.

Browsers of sorts keep sending operations, and send each again until they hold its receipt. Meanwhile web workers, the web's
master and the job worker's processes are killed at random moments. In the end every receipt must be genuine, every
operation must stand in the database exactly once, and every attempt must be handed in and marked exactly once.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lms.app import create_runtime, load_settings
from lms.assessment import service
from lms.assessment.models import Attempt, AttemptItem, Grade, ResponseEvent
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.types import OPEN_STATES
from lms.core import ledger
from lms.core.models import OutboxEvent
from lms.core.runtime import Runtime
from lms.testing.exams import PASSWORD, ExamGround, make_ground
from tests.fixtures.application import FAST_HASHES
from tests.fixtures.site import Site

KILLS = 200
BROWSERS = 4
WEB_WORKERS = 3
#: Of twenty kills: one takes the web's master with all its workers, one takes a process of the job worker.
EVERY = 20
#: A student thinks for a moment between two answers (seconds, at most).
THINK_S = 0.02
TIMEOUT_S = 30
PATIENCE_S = 420


@dataclass
class Browser:
    """A student's browser: an outbox, a cookie, and the patience to send again until a receipt comes."""

    address: str
    login: str
    attempt_id: UUID
    cookie: str = ""
    token: str = ""
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    again: int = 0
    faults: list[str] = field(default_factory=list)
    connection: http.client.HTTPConnection | None = None

    def request(self, method: str, path: str, body: str | None = None, kind: str = "") -> tuple[int, str]:
        """Send one request over a connection that is kept; raise OSError or HTTPException when it breaks."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT_S)
        headers = {"Cookie": self.cookie, "X-CSRFToken": self.token, "Content-Type": kind}
        try:
            self.connection.request(method, path, body, headers)
            reply = self.connection.getresponse()
            text = reply.read().decode()
        except BaseException:
            self.close()
            raise
        for line in reply.headers.get_all("Set-Cookie", []):
            if line.startswith("session="):
                self.cookie = line.split(";")[0]
        return reply.status, text

    def close(self) -> None:
        """Let the connection go."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def sign_in(self) -> None:
        """Sign in through the page."""
        self.token = self._token(self.request("GET", "/login")[1])
        form = urlencode({"login": self.login, "password": PASSWORD, "csrf_token": self.token})
        status, text = self.request("POST", "/login", form, "application/x-www-form-urlencoded")
        assert status == 303, text
        self.token = self._token(self.request("GET", "/accessibility")[1])

    @staticmethod
    def _token(page: str) -> str:
        found = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page)
        assert found, "no CSRF token on the page"
        return found.group(1)

    def operation(self, kind: str = "answer", slot: int = 1) -> dict[str, Any]:
        """Make one more operation and remember it."""
        number = len(self.sent) + 1
        payload = {"fields": {"answer": [f"{self.login} {number}"]}} if kind == "answer" else {}
        made = {"op_id": str(uuid4()), "kind": kind, "slot": slot, "seq": number, "payload": payload}
        self.sent[made["op_id"]] = made
        return made

    def deliver(self, batch: list[dict[str, Any]], give_up: float) -> None:
        """Send a batch again and again until each operation has its receipt."""
        body = json.dumps({"ops": batch})
        while time.monotonic() < give_up:
            try:
                status, text = self.request(
                    "POST", f"/attempts/{self.attempt_id}/ops", body, "application/json"
                )
            except (OSError, http.client.HTTPException):
                self.again += 1
                time.sleep(0.02)
                continue
            if status != 200:
                self.faults.append(f"{status}: {text[:300]}")
                return
            for receipt in json.loads(text)["receipts"]:
                if self.receipts.setdefault(receipt["op_id"], receipt) != receipt:
                    self.faults.append(f"another receipt for {receipt['op_id']}")
            return
        self.faults.append("no answer for a long time")

    def write(self, stop: threading.Event, slots: int, give_up: float) -> None:
        """Answer questions until told to stop, sometimes sending an acknowledged operation once more; then hand in."""
        dice = random.Random(self.login)
        while not stop.is_set() and not self.faults:
            batch = [self.operation(slot=dice.randint(1, slots)) for _ in range(dice.choice((1, 1, 1, 3)))]
            if dice.random() < 0.2:
                batch.append(dice.choice(list(self.sent.values())))
            self.deliver(list({made["op_id"]: made for made in batch}.values()), give_up)
            time.sleep(dice.uniform(0, THINK_S))
        self.deliver([self.operation("submit", 0)], give_up)
        self.close()


def children(pid: int) -> list[int]:
    """Return the living child processes of a process."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def strike(pid: int) -> bool:
    """Kill one process at once; tell whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Killer:
    """Kill processes of a site at random moments and bring up again what nobody else brings up."""

    def __init__(self, site: Site, browsers: list[Browser]) -> None:
        self.site, self.browsers = site, browsers
        self.dice = random.Random(9)
        self.kills: Counter[str] = Counter()

    def run(self, count: int, give_up: float) -> None:
        """Kill ``count`` times, each time only after somebody was answered since the last one."""
        for number in range(1, count + 1):
            self._wait_for_an_answer(give_up)
            time.sleep(self.dice.uniform(0, 0.03))
            if number % EVERY == 0:
                self._kill_master()
            elif number % EVERY == EVERY // 2:
                self._kill_job_process()
            else:
                self._kill_web_worker(give_up)

    def _answered(self) -> int:
        return sum(len(browser.receipts) for browser in self.browsers)

    def _wait_for_an_answer(self, give_up: float) -> None:
        before = self._answered()
        while self._answered() == before and not any(browser.faults for browser in self.browsers):
            assert time.monotonic() < give_up, f"no answer any more\n{self.site.logs()}"
            time.sleep(0.002)

    def _kill_web_worker(self, give_up: float) -> None:
        while time.monotonic() < give_up:
            assert self.site.web is not None
            assert self.site.web.poll() is None, self.site.logs()
            workers = children(self.site.web.pid)
            if workers and strike(self.dice.choice(workers)):
                self.kills["web worker"] += 1
                return
            time.sleep(0.01)

    def _kill_master(self) -> None:
        self.site.kill_web()
        self.site.start_web(WEB_WORKERS)
        self.kills["web master"] += 1

    def _kill_job_process(self) -> None:
        """Kill the consumer (its parent starts another) or, every fourth time, the whole worker."""
        assert self.site.worker is not None
        consumers = children(self.site.worker.pid)
        if consumers and self.kills["job process"] % 4 and strike(self.dice.choice(consumers)):
            self.kills["job process"] += 1
            return
        self.site.kill_worker()
        self.site.start_worker()
        self.kills["job process"] += 1


@pytest.fixture
def kill_site(make_site: Callable[..., Site], sqlite_template: Path, redis_url: str) -> Iterator[Site]:
    site = make_site(LMS_RATELIMIT_URL=f"redis+{redis_url}")
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, site.folder / source.name)
    yield site
    site.stop()


@pytest.fixture
def ground(kill_site: Site) -> Iterator[ExamGround]:
    environment = {**FAST_HASHES, "LMS_DATA_DIR": str(kill_site.folder), "LMS_JOBS_URL": "memory://"}
    runtime = create_runtime(load_settings(environment))
    runtime.registries.of(ATTEMPT_GATES)._members.clear()
    yield make_ground(runtime, students=BROWSERS)
    runtime.dispose()


@pytest.mark.slow
def test_two_hundred_kills_lose_and_double_nothing(kill_site: Site, ground: ExamGround) -> None:
    questions = ground.sample_questions()
    session_id = ground.open_session(ground.write_plan(questions, minutes=600), hours=12)
    host = urlsplit(kill_site.url).netloc
    browsers = [Browser(host, s.login, ground.start(session_id, s)) for s in ground.students]
    kill_site.start_web(WEB_WORKERS)
    kill_site.start_worker()
    kill_site.wait_ready()
    for browser in browsers:
        browser.sign_in()
    stop, give_up = threading.Event(), time.monotonic() + PATIENCE_S
    threads = [
        threading.Thread(target=browser.write, args=(stop, len(questions), give_up), daemon=True)
        for browser in browsers
    ]
    for thread in threads:
        thread.start()
    killer = Killer(kill_site, browsers)
    try:
        killer.run(KILLS, give_up)
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)
    assert [fault for browser in browsers for fault in browser.faults] == [], kill_site.logs()
    assert sum(killer.kills.values()) == KILLS
    kill_site.stop()
    lost, doubled = count_lost_and_doubled(ground.runtime, browsers)
    again = sum(browser.again for browser in browsers)
    sent = sum(len(browser.sent) for browser in browsers)
    print(
        f"kills {dict(killer.kills)}, operations {sent}, sent again {again}, lost {lost}, doubled {doubled}"
    )
    assert (lost, doubled) == (0, 0)
    assert again > KILLS // 20, "the kills hardly ever hit the protocol"
    check_the_rest(ground.runtime, browsers, len(questions))


def count_lost_and_doubled(runtime: Runtime, browsers: list[Browser]) -> tuple[int, int]:
    """Return how many acknowledged operations are not kept as their receipt says, and how many count twice."""
    lost = doubled = 0
    with runtime.read() as session:
        for browser in browsers:
            kept = Counter(
                session.scalars(
                    sa.select(ResponseEvent.op_id).where(ResponseEvent.attempt_id == browser.attempt_id)
                )
            )
            doubled += sum(number - 1 for number in kept.values()) + len(
                set(kept) - {UUID(i) for i in browser.sent}
            )
            for document in browser.receipts.values():
                check = service.verify_receipt(session, runtime.keys, service.read_receipt(document))
                lost += not (check.is_genuine and check.is_kept)
            lost += len(set(browser.sent) - set(browser.receipts))
    return lost, doubled


def check_the_rest(runtime: Runtime, browsers: list[Browser], questions: int) -> None:
    """Check that every attempt ended once, is sealed and marked once, and that the database is whole."""
    with runtime.read() as session:
        for browser in browsers:
            attempt = session.get_one(Attempt, browser.attempt_id)
            assert attempt.state not in OPEN_STATES
            assert service.verify_attempt(session, runtime.keys, attempt.id)
            mine = sa.select(AttemptItem.id).where(AttemptItem.attempt_id == attempt.id)
            assert (
                len(session.scalars(sa.select(Grade.id).where(Grade.attempt_item_id.in_(mine))).all())
                == questions
            )
        told = session.scalars(
            sa.select(OutboxEvent.payload).where(OutboxEvent.kind == "assessment.attempt_submitted")
        ).all()
        assert sorted(event["attempt_id"] for event in told) == sorted(str(b.attempt_id) for b in browsers)
        assert list(ledger.verify(session, runtime.keys)) == []
    with sqlite3.connect(runtime.database.url.removeprefix("sqlite:///")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
