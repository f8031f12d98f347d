"""A full disk under the database: no receipt, the student is told, and nothing is lost once there is room again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment.models import ResponseEvent
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
    assert "отправьте снова" in page.text
    assert LONG.strip() in page.text
    assert stored(sitting) == []
    fill_disk(False)
    assert browser.client.post(path, data=form, headers=here).status_code == 303
    assert stored(sitting) == [slot]
