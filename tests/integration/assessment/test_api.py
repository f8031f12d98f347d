"""The same over HTTP: the save path, the heartbeat and the public API, with problem documents for refusals."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.assessment import service
from lms.assessment.service.sealing import events_of
from lms.core.actor import SYSTEM
from lms.core.models import AccessLog
from lms.people import service as people
from lms.testing.exams import PASSWORD, Sitter
from tests.integration.assessment.conftest import Sitting


class Browser:
    """A signed-in client that sends the CSRF token with every write."""

    def __init__(self, app: Flask, login: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = self._token(self.client.get("/login").text)
        form = {"login": login, "password": PASSWORD, "csrf_token": self.token}
        assert self.client.post("/login", data=form).status_code == 303
        self.token = self._token(self.client.get("/accessibility").text, self.token)

    @staticmethod
    def _token(page: str, default: str = "") -> str:
        found = re.search(r'name="csrf[-_]token"[^>]*(?:value|content)="([^"]+)"', page)
        return found.group(1) if found else default

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(path, json=body, headers={"X-CSRFToken": self.token, **headers})

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(path, json=body, headers={"X-CSRFToken": self.token})


@pytest.fixture
def browser(app: Flask, sitting: Sitting) -> Browser:
    return Browser(app, sitting.student.login)


def operation(slot: int = 1, value: str = "x", **more: Any) -> dict[str, Any]:
    base = {"op_id": str(uuid4()), "kind": "answer", "slot": slot, "seq": 1, "tab": "t1"}
    return {
        **base,
        "payload": {"fields": {"answer": [value]}},
        "t_client": "2026-11-11T12:00:00+03:00",
        **more,
    }


def test_an_answer_is_saved_and_its_receipt_can_be_checked(browser: Browser, sitting: Sitting) -> None:
    answer = browser.post(f"/attempts/{sitting.attempt_id}/ops", {"ops": [operation()]})
    assert answer.status_code == 200
    (receipt,) = answer.json["receipts"]
    assert not receipt["is_late"]
    checked = browser.post("/api/v1/receipts/check", receipt)
    assert checked.json == {"is_genuine": True, "is_kept": True}
    assert browser.post("/api/v1/receipts/check", {**receipt, "slot": 2}).json["is_genuine"] is False


@pytest.mark.parametrize("address", ["/attempts/{}/ops", "/api/v1/attempts/{}/operations"])
def test_a_repeat_is_answered_with_the_first_receipt_and_a_conflict_with_409(
    browser: Browser, sitting: Sitting, address: str
) -> None:
    path, sent = address.format(sitting.attempt_id), operation()
    first = browser.post(path, {"ops": [sent]}).json["receipts"]
    assert browser.post(path, {"ops": [sent]}).json["receipts"] == first
    other = operation(2)
    refused = browser.post(path, {"ops": [{**sent, "payload": {"fields": {"answer": ["y"]}}}, other]})
    assert (refused.status_code, refused.json["code"]) == (409, "assessment.op_conflict")
    assert refused.content_type == "application/problem+json"
    assert refused.json["conflicts"] == [sent["op_id"]]
    assert [receipt["op_id"] for receipt in refused.json["receipts"]] == [other["op_id"]]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"ops": []},
        {"ops": [{}]},
        {"ops": ["x"]},
        {"ops": [operation(payload="x")]},
        {"ops": [operation(op_id="x")]},
        {"ops": [operation(kind="dance")]},
        {"ops": [operation(slot="x")]},
        {"ops": [operation()] * 2},
    ],
)
def test_what_cannot_be_read_is_a_422_and_never_a_500(browser: Browser, sitting: Sitting, body: Any) -> None:
    answer = browser.post(f"/attempts/{sitting.attempt_id}/ops", body)
    assert (answer.status_code, answer.json["code"]) == (422, "assessment.operations")


def test_a_clients_clock_is_evidence_only(browser: Browser, sitting: Sitting) -> None:
    for strange in ("yesterday", 5, None, "2026-11-11T12:00:00"):
        answer = browser.post(f"/attempts/{sitting.attempt_id}/ops", {"ops": [operation(t_client=strange)]})
        assert answer.status_code == 200


def test_without_a_csrf_token_nothing_is_saved(browser: Browser, sitting: Sitting) -> None:
    answer = browser.client.post(f"/attempts/{sitting.attempt_id}/ops", json={"ops": [operation()]})
    assert (answer.status_code, answer.json["code"]) == (409, "form.expired")


def test_a_guest_and_a_revoked_sign_in_get_401(app: Flask, browser: Browser, sitting: Sitting) -> None:
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        people.end_all_sessions(uow, sitting.sign_in.account_id)
    answer = browser.post(f"/attempts/{sitting.attempt_id}/ops", {"ops": [operation()]})
    assert (answer.status_code, answer.json["code"]) == (401, "auth.sign_in")
    beat = browser.client.get(
        f"/attempts/{sitting.attempt_id}/heartbeat", headers={"Accept": "application/json"}
    )
    assert (beat.status_code, beat.json["code"]) == (401, "auth.sign_in")


def test_somebody_elses_attempt_is_a_404_that_is_written_down(app: Flask, sitting: Sitting) -> None:
    other = Browser(app, sitting.ground.students[1].login)
    for answer in (
        other.post(f"/attempts/{sitting.attempt_id}/ops", {"ops": [operation()]}),
        other.client.get(f"/attempts/{sitting.attempt_id}/heartbeat", headers={"Accept": "application/json"}),
        other.client.get(f"/api/v1/attempts/{sitting.attempt_id}"),
    ):
        assert answer.status_code == 404
    with sitting.runtime.read() as session:
        refused = session.query(AccessLog).filter_by(outcome="refused").all()
    assert len(refused) == 3
    assert {row.actor_person_id for row in refused} == {sitting.ground.students[1].person_id}


def test_the_browser_is_told_which_account_is_signed_in(app: Flask, sitting: Sitting) -> None:
    """What the exam's worker keeps is shown to that account alone."""
    client = app.test_client()

    def named() -> str | None:
        cookie = client.get_cookie("marshrut-account")
        return cookie.value if cookie else None

    def post(path: str, **form: str) -> int:
        token = Browser._token(client.get("/accessibility").text)
        return client.post(path, data={"csrf_token": token, **form}).status_code

    for student in sitting.ground.students:
        assert named() is None
        assert post("/login", login=student.login, password=PASSWORD) == 303
        with client.session_transaction() as session:
            assert named() == session["account_id"]
        client.get(f"/attempts/{sitting.attempt_id}/q/1")
        assert named()
        assert post("/logout") == 303


def test_the_heartbeat_tells_the_servers_time(browser: Browser, sitting: Sitting) -> None:
    beat = browser.client.get(f"/attempts/{sitting.attempt_id}/heartbeat").json
    assert (beat["state"], beat["remaining_s"], beat["next_seq"]) == ("in_progress", 3600, 1)


def test_no_questions_are_handed_out_while_the_clock_stands_still(browser: Browser, sitting: Sitting) -> None:
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.pause_attempt(uow, sitting.attempt_id, "Пожарная тревога")
    refused = browser.client.get(f"/api/v1/attempts/{sitting.attempt_id}")
    assert (refused.status_code, refused.json["code"]) == (409, "assessment.paused")
    browser.post(f"/attempts/{sitting.attempt_id}/ops", {"ops": [operation()]})
    for page in ("q/1", "review", "submit"):
        shown = browser.client.get(f"/attempts/{sitting.attempt_id}/{page}")
        assert (shown.status_code, shown.location) == (303, f"/attempts/{sitting.attempt_id}/break")
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.resume_attempt(uow, sitting.attempt_id)
    assert "решит учитель" in browser.client.get(f"/attempts/{sitting.attempt_id}/q/1").text


def test_the_public_api_carries_an_exam_from_start_to_result(app: Flask, sitting: Sitting) -> None:
    student: Sitter = sitting.ground.students[1]
    mine = Browser(app, student.login)
    exams = mine.client.get(f"/api/v1/persons/{student.person_id}/exams").json
    assert [(exam["state"], exam["minutes"]) for exam in exams] == [("open", 60)]
    started = mine.post(f"/api/v1/entries/{exams[0]['entry_id']}/attempt", {}).json
    attempt = mine.client.get(f"/api/v1/attempts/{started['id']}").json
    assert attempt["questions"][0]["player"]["prompt"]
    essay = next(q["slot"] for q in attempt["questions"] if q["type"] == "essay")
    saved = mine.post(
        f"/api/v1/attempts/{started['id']}/operations", {"ops": [operation(essay, "Своими словами")]}
    )
    assert saved.status_code == 200, saved.json
    assert mine.post(f"/api/v1/attempts/{started['id']}/submit", {}).json["state"] == "grading"
    teacher = Browser(app, "test-school-teacher")
    (card,) = teacher.client.get("/api/v1/marking").json
    assert teacher.put(f"/api/v1/marking/{card['attempt_item_id']}", {"fraction": "1"}).status_code == 204
    review = teacher.client.get(f"/api/v1/attempts/{started['id']}/review").json
    released = teacher.post(f"/api/v1/results/{_result_id(sitting, started['id'])}/release", {}).json
    assert released["state"] == "released"
    assert review["answers"][0]["status"] == "wrong"
    (result,) = mine.client.get(f"/api/v1/persons/{student.person_id}/results").json
    assert (result["mark"], result["is_passed"]) == ("2", False)
    assert mine.client.get(f"/api/v1/persons/{sitting.student.person_id}/results").status_code == 404


def _result_id(sitting: Sitting, attempt_id: str) -> str:
    from uuid import UUID

    from lms.assessment.models import Result

    with sitting.runtime.read() as session:
        return str(session.query(Result.id).filter_by(attempt_id=UUID(attempt_id)).scalar())


def test_a_receipt_can_be_checked_on_the_command_line(
    sitting: Sitting, tmp_path: Any, environment: Any
) -> None:
    import json

    from click.testing import CliRunner

    from lms.assessment.api.hot import receipt_document
    from lms.cli import main

    (receipt,) = sitting.save(sitting.operation(1, {"answer": ["x"]})).receipts
    document = receipt_document(receipt)
    for change, code, words in (
        ({}, 0, "kept unchanged"),
        ({"is_late": True}, 1, "NOT genuine"),
        ({"slot": []}, 2, "not a receipt"),
    ):
        path = tmp_path / "receipt.json"
        path.write_text(json.dumps({**document, **change}))
        ran = CliRunner().invoke(main, ["exams", "check-receipt", str(path)], env=environment)
        assert (ran.exit_code, words in ran.output) == (code, True), ran.output
    sitting.submit()
    ran = CliRunner().invoke(main, ["exams", "check-seal", str(sitting.attempt_id)], env=environment)
    assert (ran.exit_code, ran.output.strip()) == (0, "the seal holds")


#: Parts of a payload beside its fields.
ODD = ("NaN", "1e999", "[" * 900 + "]" * 900, "9" * 5000, '"\\ud800"', '"\\u0000"', '{"fields": [1]}')


#: Parts of an operation, and whole bodies.
ODDER = ('"slot": 1e999', '"seq": -1e999', '"slot": NaN', '"seq": ' + "9" * 5000, '"tab": "\\ud800"')
BODIES = ("[" * 100_000, '{"ops": ' + "[" * 100_000 + "]" * 100_000 + "}", '{"ops": {"a": 1}}', "9" * 5000)


def test_what_no_page_of_ours_sends_is_kept_letter_for_letter_or_refused(
    browser: Browser, sitting: Sitting
) -> None:
    headers = {"X-CSRFToken": browser.token, "Content-Type": "application/json"}
    address, kept = f"/attempts/{sitting.attempt_id}/ops", 0
    for odd in ODD:
        sent = json.dumps({"ops": [operation()]}).replace('"fields"', f'"x": {odd}, "fields"')
        answers = [browser.client.post(address, data=sent, headers=headers) for _ in range(2)]
        assert {answer.status_code for answer in answers} in ({200}, {400}, {422}), odd[:20]
        if answers[0].status_code == 200:
            kept += 1
            assert answers[0].json["receipts"] == answers[1].json["receipts"]
    spoiled = [json.dumps({"ops": [operation()]})[:-3] + f", {part}}}]}}" for part in ODDER]
    for body in (*spoiled, *BODIES):
        for program in (address, f"/api/v1/attempts/{sitting.attempt_id}/operations"):
            answer = browser.client.post(program, data=body, headers=headers)
            assert answer.status_code in {400, 422}, (program, body[:20], body[-40:], answer.status_code)
    sitting.submit()
    with sitting.runtime.read() as session:
        assert len(events_of(session, sitting.attempt_id)) == kept
        assert service.verify_attempt(session, sitting.runtime.keys, sitting.attempt_id)
