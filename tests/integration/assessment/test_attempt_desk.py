"""What staff does with one work: stop and continue its clock, take in the file of answers of a device that had no network."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment import queries, service
from lms.assessment.models import AttestationSession, ResponseEvent
from lms.assessment.rules.answers_file import UnreadableFile, read_answers_file
from lms.assessment.service.sealing import verify_attempt
from lms.core import ledger
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, NotFound
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Nothing here depends on the engine: the saves have their own tests on both."""
    return sqlite_url


@pytest.fixture
def staff(app: Flask, sitting: Sitting) -> Browser:
    return Browser(app, f"{sitting.ground.code}-director")


@pytest.fixture
def student(app: Flask, sitting: Sitting) -> Browser:
    return Browser(app, sitting.student.login)


def place(sitting: Sitting) -> str:
    return f"/sessions/entries/{sitting.view().entry_id}"


def post(browser: Browser, path: str, **fields: Any) -> Any:
    return browser.client.post(path, data={"csrf_token": browser.token, **fields})


def device_file(sitting: Sitting, operations: list[Any], **more: Any) -> bytes:
    """Return the file that the exam page saves (`frontend/src/exam/file.js`)."""
    rows = [
        {
            "op_id": str(op.op_id),
            "owner": "somebody",
            "attempt": str(sitting.attempt_id),
            "seq": op.client_seq,
            "kind": op.kind.value,
            "slot": op.slot,
            "payload": op.payload,
            "t_client": "2020-01-01T00:00:00.000Z",
            "tab": "t1",
            "isDraft": False,
            "receipt": None,
        }
        for op in operations
    ]
    document = {"format": "marshrut-answers/1", "attempt": str(sitting.attempt_id), "made_at": "x"}
    return json.dumps({**document, "operations": rows, **more}).encode()


def bring(browser: Browser, sitting: Sitting, data: bytes) -> Any:
    return post(browser, f"/sessions/{sitting.session_id}/answers", file=(io.BytesIO(data), "answers.json"))


def events(sitting: Sitting) -> dict[UUID, bool]:
    with sitting.runtime.read() as session:
        return {row.op_id: row.is_late for row in session.scalars(sa.select(ResponseEvent))}


def test_staff_stops_a_clock_and_the_student_cannot_let_it_go_on(
    sitting: Sitting, staff: Browser, student: Browser, clock: FixedClock
) -> None:
    before = sitting.view().deadline_at
    nameless = post(staff, f"{place(sitting)}/stop")
    assert (nameless.status_code, "Остановить время" in nameless.text) == (422, True)
    assert post(staff, f"{place(sitting)}/stop", stop_reason="Пожарная тревога").status_code == 303
    page = student.client.get(f"/attempts/{sitting.attempt_id}", follow_redirects=True).text
    assert "Пожарная тревога" in page
    assert "/resume" not in page, "nothing is offered that will be refused"
    refused = post(student, f"/attempts/{sitting.attempt_id}/resume")
    assert refused.status_code == 409
    clock.advance(timedelta(minutes=7))
    assert "Пустить время дальше" in staff.client.get(place(sitting)).text
    assert post(staff, f"{place(sitting)}/continue").status_code == 303
    assert sitting.view().paused_since is None
    assert sitting.view().deadline_at == before + timedelta(minutes=7)


def test_a_break_of_ones_own_is_still_ended_by_the_student_and_a_stop_only_by_the_impartial(
    sitting: Sitting,
) -> None:
    runtime, ground, attempt_id = sitting.runtime, sitting.ground, sitting.attempt_id
    with runtime.unit_of_work(ground.teacher) as uow:
        service.pause_attempt(uow, attempt_id, "Шум")
    own = ground.actor(sitting.student.person_id)
    with pytest.raises(Conflict, match="stopped_by_staff"), runtime.unit_of_work(own) as uow:
        service.resume_attempt(uow, attempt_id)
    other = ground.actor(ground.add_student().person_id)
    with pytest.raises(NotFound), runtime.unit_of_work(other) as uow:
        service.resume_attempt(uow, attempt_id)
    with runtime.read() as session:
        assert queries.stop_of(session, attempt_id) == "Шум"


def test_a_file_of_answers_is_taken_in_late_once_and_counts_when_a_person_says_so(
    sitting: Sitting, staff: Browser
) -> None:
    known, new, other = (sitting.operation(slot, {"answer": ["a"]}) for slot in (1, 2, 3))
    sitting.save(known)
    sitting.submit()
    contradicting = device_file(sitting, [known])
    contradicting = contradicting.replace(b'"a"', b'"b"')
    done = bring(staff, sitting, device_file(sitting, [known, new, other]))
    assert done.status_code == 303
    told = staff.client.get(done.location).text
    assert "Принято 2 шага." in told
    assert "Уже есть на сервере: 1." in told
    found = events(sitting)
    assert (found[known.op_id], found[new.op_id], found[other.op_id]) == (False, True, True)
    bring(staff, sitting, device_file(sitting, [known, new, other]))
    bring(staff, sitting, contradicting)
    assert events(sitting) == found, "brought twice, it is there once, and what is known never changes"
    with sitting.runtime.read() as session:
        assert verify_attempt(session, sitting.runtime.keys, sitting.attempt_id)
        assert list(ledger.verify(session, sitting.runtime.keys)) == []
        kept = session.scalars(sa.select(ResponseEvent).where(ResponseEvent.op_id == new.op_id)).one()
        assert kept.t_server == sitting.runtime.clock.now(), "the device's own clock decides nothing"
    assert staff.client.get(f"/marking/late/{sitting.attempt_id}").status_code == 200


def test_what_is_no_file_of_this_work_changes_nothing(sitting: Sitting, staff: Browser, app: Flask) -> None:
    op = sitting.operation(1, {"answer": ["a"]})
    good = device_file(sitting, [op])
    for data in (
        b"",
        good[:-20],
        good.replace(str(sitting.attempt_id).encode(), str(uuid4()).encode()),
        good.replace(b'"slot": 1', b'"slot": 99'),
    ):
        reply = bring(staff, sitting, data)
        assert (reply.status_code, "Ничего не принято" in reply.text) == (422, True)
    stranger = Browser(app, sitting.student.login)
    assert bring(stranger, sitting, good).status_code in {403, 404}
    assert events(sitting) == {}


def test_the_file_of_a_device_may_be_anything_and_is_read_or_refused(sitting: Sitting) -> None:
    good = device_file(sitting, [sitting.operation(1, {"answer": ["a"]})])

    @given(st.integers(0, len(good) - 1), st.integers(0, 255))
    def any_byte_changed(place: int, value: int) -> None:
        data = good[:place] + bytes([value]) + good[place + 1 :]
        with contextlib.suppress(UnreadableFile):
            read_answers_file(data)

    any_byte_changed()
    assert len(read_answers_file(good).operations) == 1


def test_the_desk_of_another_school_is_not_found(sitting: Sitting, staff: Browser) -> None:
    with sitting.runtime.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AttestationSession)) == 1
    for path in ("entries/{}/stop", "entries/{}/continue", "{}/answers"):
        assert post(staff, "/sessions/" + path.format(uuid4())).status_code == 404


def test_the_number_read_out_on_the_telephone_is_short_and_the_school_has_the_same(
    sitting: Sitting, student: Browser, staff: Browser
) -> None:
    page = student.client.get(f"/attempts/{sitting.attempt_id}/help").text
    signs = sitting.attempt_id.hex[-8:].upper()
    assert f"{signs[:4]} {signs[4:]}" in page and str(sitting.attempt_id) not in page.partition("<main")[
        2
    ].replace(f"/attempts/{sitting.attempt_id}", "")
    assert f"{signs[:4]} {signs[4:]}" in staff.client.get(place(sitting)).text
