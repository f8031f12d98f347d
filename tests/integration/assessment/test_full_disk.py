"""A full disk under the database: no receipt, the student is told, and nothing is lost once there is room again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from lms.assessment.models import Attempt, Entry, ResponseEvent
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser, operation

LONG = "Лёд легче воды. " * 2000
PLENTY = 2**30


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite alone: it can be told to grow no further, as on a full disk."""
    return sqlite_url


@pytest.fixture
def fill_disk(sitting: Sitting) -> Callable[[bool], None]:
    """Return a switch: from now on the database can grow no further, or it can again."""
    engine, most = sitting.runtime.database.write_engine, [PLENTY]

    @sa.event.listens_for(engine, "checkout")
    def limit(connection: object, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count={most[0]}")  # type: ignore[attr-defined]

    def switch(is_full: bool) -> None:
        most[0] = 1 if is_full else PLENTY  # never fewer than there are

    return switch


def stored(sitting: Sitting) -> list[int]:
    with sitting.runtime.read() as session:
        return list(session.scalars(sa.select(ResponseEvent.slot).order_by(ResponseEvent.slot)))


def test_a_full_disk_gives_no_receipt_and_the_same_answer_is_kept_when_there_is_room(
    sitting: Sitting, app: Flask, fill_disk: Callable[[bool], None]
) -> None:
    browser, path = Browser(app, sitting.student.login), f"/api/v1/attempts/{sitting.attempt_id}/operations"
    sent = {"ops": [operation(sitting.slot_of("essay"), LONG)]}
    fill_disk(True)
    refused = browser.post(path, sent)
    assert (refused.status_code, "receipts" in refused.json) == (503, False)
    assert refused.json["code"] == "http.503"
    assert "ничего не может сохранить" in str(refused.json.values())
    assert stored(sitting) == []
    fill_disk(False)
    kept = browser.post(path, sent)
    assert (kept.status_code, len(kept.json["receipts"])) == (200, 1)
    assert browser.post(path, sent).json["receipts"] == kept.json["receipts"]
    assert stored(sitting) == [sitting.slot_of("essay")]


def test_without_scripts_the_page_shows_again_what_was_typed_and_sends_it(
    sitting: Sitting, app: Flask, fill_disk: Callable[[bool], None]
) -> None:
    browser, slot = Browser(app, sitting.student.login), sitting.slot_of("essay")
    path = f"/attempts/{sitting.attempt_id}/q/{slot}"
    form = {
        "csrf_token": browser.token,
        "op_id": operation()["op_id"],
        "client_seq": "1",
        **{f"q{slot}.{name}": values for name, values in sitting.fields_for(slot, LONG).items()},
        "go": "next",
    }
    here = {"Origin": "http://localhost"}
    fill_disk(True)
    page = browser.client.post(path, data=form, headers=here)
    assert page.status_code == 503
    assert "отправить снова" in page.text
    assert LONG.strip() in page.text
    assert stored(sitting) == []
    fill_disk(False)
    assert browser.client.post(path, data=form, headers=here).status_code == 303
    assert stored(sitting) == [slot]


def test_a_start_that_the_server_cannot_do_waits_and_is_done_again_by_itself(
    ground: ExamGround, app: Flask
) -> None:
    """The page says that nothing has begun, carries the start in a form of its own, and goes back by itself without scripts."""

    def give_way(table: str, other: str) -> None:
        """Let the database refuse a statement, as one does that is away or at its end."""
        with ground.runtime.database.write_engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {other}")

    session_id = ground.open_session(ground.write_plan(ground.sample_questions()))
    student = ground.students[0]
    browser = Browser(app, student.login)
    with ground.runtime.read() as session:
        where = (Entry.session_id == session_id, Entry.person_id == student.person_id)
        address = f"/exams/{session.scalars(sa.select(Entry.id).where(*where)).one()}"
    button = browser.client.get(f"{address}/ready").text.partition(f'action="{address}/start"')[2]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button.partition("</form>")[0]))
    here = {"Origin": "http://localhost", "Referer": f"http://localhost{address}/ready"}
    give_way("attempt_item", "away")
    page = browser.client.post(f"{address}/start", data=sent, headers=here)
    assert page.status_code == 503
    assert 8 <= int(page.headers["Retry-After"]) < 16
    assert "Время экзамена пойдёт, только когда сервер его начнёт" in page.text
    assert f'content="{page.headers["Retry-After"]};url={address}/ready"' in page.text
    again = page.text.partition("data-again")[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', again))
    with ground.runtime.read() as session:
        assert session.scalars(sa.select(Attempt.id)).all() == []
    give_way("away", "attempt_item")
    started = [browser.client.post(f"{address}/start", data=fields, headers=here).location for _ in range(2)]
    with ground.runtime.read() as session:
        (attempt_id,) = session.scalars(sa.select(Attempt.id)).all()
    assert started == [f"/attempts/{attempt_id}"] * 2, "begun once, however often it is asked for"


def test_a_server_without_a_free_connection_says_that_it_is_busy(app: Flask) -> None:
    for path, text in (("/exams", "страница повторит сама"), ("/api/v1/me", "http.503")):
        with app.test_request_context(path):
            reply = app.make_response(app.handle_user_exception(NoConnectionLeft("no connection left")))
        assert (reply.status_code, text in reply.get_data(as_text=True)) == (503, True)
    with app.test_request_context("/%2Fexample.org/exams"):
        reply = app.make_response(app.handle_user_exception(NoConnectionLeft("no connection left")))
    assert ";url=/example.org/exams" in reply.get_data(as_text=True), "it never leads to another host"
