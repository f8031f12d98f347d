"""The wall is sent as it changes: by few threads, with every right looked at anew, and by none where the page has to ask."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.app import create_runtime, load_settings
from lms.core.actor import SYSTEM
from lms.core.web import streams
from lms.core.web.streams import WebServer, install_server
from lms.demo.cast import load_cast
from lms.people.models import Role
from lms.people.types import RoleKind
from lms.proctoring import service
from tests.fixtures.site import Site
from tests.integration.proctoring.conftest import World
from tests.integration.proctoring.test_pages import As, as_, token  # noqa: F401 - a fixture
from tests.integration.proctoring.test_wall import on_duty
from tests.integration.proctoring.test_worker import RealClock

STREAM = {"Accept": "text/event-stream"}
QUIET = ": nothing new\n\n"


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> WebServer:
    """Return a server of eight threads whose streams look without a pause."""
    made = WebServer(8, lambda: True)
    install_server(app, made)
    monkeypatch.setattr(streams, "LOOK_S", 0.0)
    monkeypatch.setattr(streams, "QUIET_S", 0.0)
    return made


def pieces(client: object, path: str) -> Iterator[str]:
    """Return what a stream sends, piece by piece, behind its first line."""
    reply = client.get(path, headers=STREAM)  # type: ignore[attr-defined]
    assert (reply.status_code, reply.mimetype) == (200, "text/event-stream")
    assert reply.headers["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in reply.headers

    def read() -> Iterator[str]:
        yield from (piece.decode() for piece in reply.iter_encoded())
        reply.close()

    sent = read()
    assert next(sent) == "retry: 3000\n\n"
    return sent


def rest(sent: Iterator[str]) -> list[str]:
    """Return what a stream still sends before it ends, but for its signs of life."""
    return [piece for piece in sent if piece != QUIET]


def test_what_changes_is_sent_once_and_between_two_looks_no_connection_is_held(
    world: World,
    app: Flask,
    as_: As,  # noqa: F811
    server: WebServer,
) -> None:
    entry = world.entry()
    attempt = world.start(entry)
    duty = on_duty(world, entry)
    sitting = world.sitting(attempt).id
    proctor = as_("gusev")
    pool = world.runtime.database.engine.pool
    one, all_ = pieces(proctor, f"/wall/{sitting}/stream"), pieces(proctor, "/wall/stream")
    assert server.held == 2
    assert next(one).startswith("event: state\ndata: ")
    assert next(one).startswith("event: lines\n")
    assert "Ветрова" in next(all_)
    assert [next(one), next(one), next(all_), next(all_)] == [QUIET] * 4
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_to_staff(uow, sitting, "Картинка\nне открылась")
    came = next(one) + next(one) + next(all_)
    assert re.findall("^event: (.*)$", came, re.M) == ["state", "lines", "rows"]
    assert "не открылась" in came
    assert "пишет" in came
    assert [next(one), next(one), next(all_), next(all_)] == [QUIET] * 4
    with world.runtime.unit_of_work(world.actor("gromova")) as uow:
        service.end_duty(uow, duty)
    assert rest(one) == [], "who is off duty is sent nothing more"
    assert "Ветрова" not in next(all_)
    with world.runtime.unit_of_work(SYSTEM) as uow:
        proctors = sa.and_(Role.person_id == world.id("gusev"), Role.kind == RoleKind.PROCTOR)
        uow.session.execute(sa.update(Role).where(proctors).values(valid_to=uow.now()))
    assert rest(all_) == [], "nor is whose role has ended"
    assert server.held == 0
    assert pool.checkedout() == 0  # type: ignore[attr-defined]


def test_who_signs_out_is_sent_nothing_more_and_a_stream_ends_with_its_time_and_the_server(
    world: World,
    app: Flask,
    as_: As,  # noqa: F811
    server: WebServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = world.entry()
    world.start(entry)
    on_duty(world, entry)
    proctor = as_("gusev")
    sent = pieces(proctor, "/wall/stream")
    assert "Ветрова" in next(sent)
    other = app.test_client()
    cookie = proctor.get_cookie("session")
    assert cookie is not None
    other.set_cookie("session", cookie.value)
    assert other.post("/logout", data={"csrf_token": token(other.get("/wall").text)}).status_code == 303
    assert rest(sent) == []
    proctor = as_("gusev")
    sent = pieces(proctor, "/wall/stream")
    next(sent)
    monkeypatch.setattr(streams, "LIFE_S", 0.0)
    next(sent)
    assert rest(sent) == []
    monkeypatch.setattr(streams, "LIFE_S", 300.0)
    sent = pieces(proctor, "/wall/stream")
    next(sent)
    server.is_going_on = lambda: False
    next(sent)
    assert rest(sent) == []
    assert server.held == 0
    assert proctor.get("/wall/stream", headers=STREAM).status_code == 204


@pytest.mark.parametrize(
    ("threads", "most", "there_are"), [(8, 2, 2), (7, 2, 1), (3, 2, 0), (16, 9, 4), (8, 0, 0)]
)
def test_streams_take_a_quarter_of_the_threads_at_most(threads: int, most: int, there_are: int) -> None:
    server = WebServer(threads, lambda: True)
    assert [server.take(most) for _ in range(5)] == [True] * there_are + [False] * (5 - there_are)
    server.give_back() if there_are else None
    assert server.take(most) is bool(there_are)


def test_the_page_asks_where_no_stream_is_wanted_or_the_threads_are_not_known(
    world: World,
    app: Flask,
    as_: As,  # noqa: F811
) -> None:
    proctor = as_("gusev")
    assert proctor.get("/wall/stream", headers=STREAM).status_code == 204, (
        "another server has no known threads"
    )
    install_server(app, made := WebServer(8, lambda: True))
    assert [
        proctor.get("/wall/stream").status_code,
        proctor.head("/wall/stream", headers=STREAM).status_code,
    ] == [204, 204]
    assert made.held == 0
    assert app.test_client().get("/wall/stream", headers=STREAM).status_code in {302, 303, 401}
    entry = world.entry()
    sitting = world.sitting(world.start(entry)).id
    for login in ("gusev", "noskova", "kim"):
        assert as_(login).get(f"/wall/{sitting}/stream", headers=STREAM).status_code in {403, 404}
    assert made.held == 0


class Reader:
    """A browser of its own that reads over the wire."""

    def __init__(self, site: Site) -> None:
        """Sign the proctor in."""
        self._host, self._cookie = urlsplit(site.url).netloc, ""
        _status, page = self.ask("GET", "/login")
        form = {"login": "gusev", "password": "marshrut-gusev", "csrf_token": token(page)}
        assert self.ask("POST", "/login", urlencode(form))[0] == 303

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """Send one request over a connection of its own; return status and text."""
        with closing(HTTPConnection(self._host, timeout=20)) as line:
            reply = self._send(line, method, path, body)
            return reply.status, reply.read().decode()

    def _send(self, line: HTTPConnection, method: str, path: str, body: str | None = None) -> HTTPResponse:
        accept = STREAM if path.endswith("stream") else {"Content-Type": "application/x-www-form-urlencoded"}
        line.request(method, path, body, {**accept, "Cookie": self._cookie})
        reply = line.getresponse()
        for sent in reply.headers.get_all("Set-Cookie") or ():
            if sent.startswith("session="):
                self._cookie = sent.split(";")[0]
        return reply

    @contextmanager
    def stream(self, path: str) -> Iterator[HTTPResponse]:
        """Open a stream, once there is a thread for it; go away at the end."""
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            with closing(HTTPConnection(self._host, timeout=20)) as line:
                reply = self._send(line, "GET", path)
                if reply.status == 200:
                    with closing(reply):
                        yield reply
                    return
            time.sleep(0.05)
        raise AssertionError("there is no thread for a stream")


def until(reply: HTTPResponse, words: str) -> float:
    """Read until a line has these words; return how many seconds that took."""
    began = time.monotonic()
    while line := reply.readline().decode():
        if words in line:
            return time.monotonic() - began
    raise AssertionError(f"the stream has ended without {words}")


@pytest.mark.slow
def test_a_real_server_sends_news_lets_a_thread_go_with_its_reader_and_stops_in_time(site: Site) -> None:
    settings = {k: v for k, v in site.environment.items() if k.startswith("LMS_")}
    runtime = create_runtime(load_settings(settings))
    world = World(runtime, RealClock(), load_cast(runtime))  # type: ignore[arg-type]
    try:
        entry = world.entry()
        sitting: UUID = world.sitting(world.start(entry)).id
        on_duty(world, entry)
        site.start(worker=False)
        reader = Reader(site)
        with reader.stream("/wall/stream") as all_:
            until(all_, "Ветрова")
            with reader.stream(f"/wall/{sitting}/stream") as one:
                until(one, "event: lines")
                with runtime.unit_of_work(world.actor("sonya")) as uow:
                    service.write_to_staff(uow, sitting, "Шторка заела")
                assert until(one, "Шторка заела") < 15
                assert reader.ask("GET", "/wall/stream")[0] == 204, "a quarter of eight threads is taken"
            with reader.stream("/wall/stream") as third:  # the thread of who has gone is free for it
                until(third, "Ветрова")
            assert site.web is not None
            began = time.monotonic()
            site.web.terminate()
            while all_.readline():
                pass
            site.web.wait(timeout=18)
            assert time.monotonic() - began < 18, "sooner than the server would end it by force"
    finally:
        site.kill_web()
        runtime.dispose()
