"""The session's cookie: sent when it says something new or has grown older, and never held longer than its life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import cast

import pytest
from flask import Flask, session
from itsdangerous import TimestampSigner

from lms.core.web.sessions import SlidingSessions

LIFE = timedelta(hours=24)


@pytest.fixture
def small() -> Flask:
    """Return an application whose pages keep a number in the session."""
    app = Flask("small")
    app.config.update(SECRET_KEY="long enough", PERMANENT_SESSION_LIFETIME=LIFE)
    app.session_interface = SlidingSessions(app)

    @app.get("/keep/<int:number>")
    def keep(number: int) -> str:
        session.permanent = True
        session["number"] = number
        return "kept"

    @app.get("/read")
    def read() -> str:
        return str(session.get("number"))

    return app


@pytest.mark.parametrize(
    ("age", "kept", "is_sent"),
    [
        (timedelta(minutes=5), "7", False),
        (timedelta(minutes=55), "7", False),
        (timedelta(minutes=65), "7", True),
        (timedelta(hours=23), "7", True),
        (timedelta(hours=25), "None", False),
    ],
)
def test_a_cookie_is_sent_again_when_it_has_grown_older(
    small: Flask, monkeypatch: pytest.MonkeyPatch, age: timedelta, kept: str, is_sent: bool
) -> None:
    client = small.test_client()
    signed = int((datetime.now(UTC) - age).timestamp())
    with monkeypatch.context() as then:
        then.setattr(TimestampSigner, "get_timestamp", lambda _self: signed)
        assert "session=" in client.get("/keep/7").headers["Set-Cookie"]
    reply = client.get("/read")
    assert (reply.text, "Set-Cookie" in reply.headers) == (kept, is_sent)
    if is_sent:
        assert "Set-Cookie" not in client.get("/read").headers


def test_a_cookie_that_was_changed_is_no_session(small: Flask) -> None:
    client = small.test_client()
    client.get("/keep/7")
    cookie = client.get_cookie("session")
    assert cookie is not None
    client.set_cookie("session", cast(str, cookie.value)[:-2] + "xx")
    assert client.get("/read").text == "None"


def test_a_cookie_whose_signature_was_checked_before_ends_all_the_same(
    small: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + LIFE + timedelta(minutes=1)

    client = small.test_client()
    client.get("/keep/7")
    assert [client.get("/read").text for _ in range(2)] == ["7", "7"]
    monkeypatch.setattr("lms.core.web.sessions.datetime", Tomorrow)
    assert client.get("/read").text == "None"
