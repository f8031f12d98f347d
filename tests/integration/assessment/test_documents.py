"""The attestation sheet and the protocol: from records, as PDF that a screen reader can walk, and as XLSX."""

from __future__ import annotations

import io
import re

import openpyxl
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.assessment import service
from lms.assessment.models import Result
from lms.assessment.pages.words import ground_word
from lms.assessment.queries.sheets import session_sheet
from lms.people.types import AdmissionGround
from lms.testing.exams import PASSWORD
from tests.fixtures.papers import paper_faults, paper_text
from tests.integration.assessment.conftest import Sitting


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"login": login, "password": PASSWORD, "csrf_token": found[1]}
    assert client.post("/login", data=form).status_code == 303
    return client


def test_nobody_reads_on_a_roster_or_a_sheet_who_is_taught_at_home(app: Flask) -> None:
    with app.test_request_context():
        said = {ground: ground_word(ground) for ground in AdmissionGround}
    assert said[AdmissionGround.HOME] == said[AdmissionGround.CLASS]
    assert len(set(said.values())) == len(said) - 1


def test_sheet_and_protocol_are_tagged_and_say_what_the_records_say(app: Flask, sitting: Sitting) -> None:
    sitting.submit()
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.release_result(uow, uow.session.scalars(sa.select(Result.id)).one())
    director = signed_in(app, "test-school-director")
    base = f"/sessions/{sitting.session_id}"
    assert f"{base}/documents/sheet-pdf" in director.get(base).text
    for style, word in (("sheet-pdf", "Ученикова"), ("protocol-pdf", "Did not come")):
        reply = director.get(f"{base}/documents/{style}", headers={"Accept-Language": "en"})
        assert reply.status_code == 200, reply.text
        assert paper_faults(reply.data) == []  # paper is in the language of the school
        text = paper_text(reply.data)
        assert "Ученикова" in text and (word in text or style == "protocol-pdf")
    table = openpyxl.load_workbook(io.BytesIO(director.get(f"{base}/documents/sheet-xlsx").data)).active
    assert table is not None
    values = [[cell.value for cell in row] for row in table.iter_rows()]
    lines = [row for row in values if str(row[1]).startswith("Ученикова")]
    assert len(lines) == 2 and [row[7] for row in lines].count("2") == 1  # the other one did not come
    assert lines[0][0] == 1 and any(row[3:6] == ["с классом", "онлайн", 0] for row in lines)


def test_nobody_is_absent_while_the_session_is_open(sitting: Sitting) -> None:
    with sitting.runtime.read() as session:
        now = sitting.runtime.clock.now()
        sheet = session_sheet(session, sitting.session_id, now)
        later = session_sheet(session, sitting.session_id, sheet.closes_at)
    assert sheet.closes_at > now
    assert (sheet.ahead, sheet.absent) == (1, 0)
    assert (later.ahead, later.absent) == (0, 1)


def test_documents_are_for_heads_and_the_office(app: Flask, sitting: Sitting) -> None:
    address = f"/sessions/{sitting.session_id}/documents/sheet-xlsx"
    assert signed_in(app, "test-school-teacher").get(address).status_code == 403
    assert signed_in(app, "test-school-director").get(address.replace("xlsx", "odt")).status_code == 404
