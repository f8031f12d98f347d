"""Bring questions into a bank and give them away: on both engines, over the worker, the pages and the command line."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from PIL import Image

from lms.assessment import service, tasks
from lms.assessment.contracts import QUESTION_TYPES, ItemTest, MarkStatus
from lms.assessment.formats import read_file
from lms.assessment.models import Item, ItemImport, ItemVersion
from lms.assessment.queries.imports import import_card, import_rows
from lms.assessment.question_types.hotspot import Hotspot
from lms.assessment.service import items
from lms.assessment.types import ImportState, ImportStatus, ItemState
from lms.core.actor import SYSTEM
from lms.core.models import StoredFile
from lms.core.runtime import Runtime
from lms.testing.exams import PASSWORD, ExamGround, make_ground

GIFT = """::Capital::What is the capital of France?{=Paris ~Lyon ~Nice}

::Broken::Nobody closed this {=a ~b

::Sum::2 + 2 = {#4:0}
"""


@pytest.fixture
def ground(prepared_ground: ExamGround) -> ExamGround:
    return prepared_ground


@pytest.fixture
def bank_id(ground: ExamGround):
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        return service.create_bank(uow, org_id=ground.org_id, title="Bank", subject="maths")


def bring(runtime: Runtime, bank_id, data: bytes, **more):
    with runtime.unit_of_work(SYSTEM) as uow:
        import_id = service.begin_import(uow, bank_id, data, "file", wake=False, **more)
    tasks.run_import(runtime, {"import_id": str(import_id)})
    with runtime.read() as session:
        return import_card(session, import_id), import_rows(session, import_id)


def count(runtime: Runtime, model) -> int:
    with runtime.read() as session:
        return session.query(model).count()


def picture_package(right: str = "red", wrong: str = "blue") -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    item = f"""<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="red" title="Red">
      <qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
        <qti-correct-response><qti-value>r</qti-value></qti-correct-response></qti-response-declaration>
      <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
      <qti-item-body><p>Which colour?<img src="../pictures/red.png" alt="A square"/></p>
        <qti-choice-interaction response-identifier="RESPONSE" max-choices="1">
          <qti-simple-choice identifier="r">{right}</qti-simple-choice>
          <qti-simple-choice identifier="b">{wrong}</qti-simple-choice></qti-choice-interaction></qti-item-body>
      <qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
    </qti-assessment-item>"""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("items/red.xml", item)
        package.writestr("pictures/red.png", picture.getvalue())
    return buffer.getvalue()


def test_each_question_is_taken_over_for_itself(ground: ExamGround, bank_id):
    card, rows = bring(ground.runtime, bank_id, GIFT.encode())
    assert (card.state, card.done, card.total) == (ImportState.DONE, 3, 3)
    assert [(row.status, row.place) for row in rows] == [
        (ImportStatus.IMPORTED, "line 1"),
        (ImportStatus.REFUSED, "line 3"),
        (ImportStatus.IMPORTED, "line 5"),
    ]
    assert rows[1].reasons[0].code == "gift.brace_open"
    assert count(ground.runtime, Item) == 2


def test_the_same_file_twice_adds_nothing(ground: ExamGround, bank_id):
    bring(ground.runtime, bank_id, GIFT.encode())
    _, rows = bring(ground.runtime, bank_id, GIFT.encode())
    assert count(ground.runtime, Item) == 2
    assert [reason.code for reason in rows[0].reasons] == ["changed.already_there"]
    assert rows[0].item_id is not None


def test_a_picture_is_stored_once_and_its_question_recognised(ground: ExamGround, bank_id):
    for _ in range(2):
        _, rows = bring(ground.runtime, bank_id, picture_package())
        assert [row.status for row in rows] == [ImportStatus.IMPORTED], rows
    with ground.runtime.read() as session:
        assert session.query(StoredFile).filter_by(area="items").count() == 1
        content = session.query(ItemVersion).one().content
    assert content["picture"]["alt"] == "A square"


def test_pictures_of_options_are_stored_and_go_away_again(ground: ExamGround, bank_id):
    picture = '<img src="../pictures/red.png" alt="{}"/>'
    data = picture_package("red" + picture.format("A red square"), picture.format("The same square"))
    (row,) = bring(ground.runtime, bank_id, data)[1]
    assert row.status is ImportStatus.IMPORTED
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        content = uow.session.query(ItemVersion).one().content
        written = {style: service.export_bank(uow, bank_id, style) for style in ("moodle", "qti3", "gift")}
    assert [(each["text"], each["picture"]["alt"]) for each in content["options"]] == [
        ("red", "A red square"),
        ("", "The same square"),
    ]
    assert len({each["picture"]["url"] for each in content["options"]}) == 1
    assert {style: found.count for style, found in written.items()} == {"moodle": 1, "qti3": 1, "gift": 0}
    assert bring(ground.runtime, bank_id, written["qti3"].data)[1][0].reasons[0][0] == "changed.already_there"


def test_a_trial_writes_no_question(ground: ExamGround, bank_id):
    card, rows = bring(ground.runtime, bank_id, GIFT.encode(), is_trial=True)
    assert (card.done, count(ground.runtime, Item)) == (3, 0)
    assert [row.status.value for row in rows] == ["imported", "refused", "imported"]


def test_an_unreadable_file_says_why(ground: ExamGround, bank_id):
    card, rows = bring(ground.runtime, bank_id, b"<quiz><question></quiz>")
    assert (card.state, rows) == (ImportState.FAILED, [])
    assert (card.reason.code, card.place) == ("file.malformed", "line 1")


def test_an_import_whose_worker_died_goes_on_where_it_stopped(ground: ExamGround, bank_id, clock):
    runtime = ground.runtime
    with runtime.unit_of_work(SYSTEM) as uow:
        import_id = service.begin_import(uow, bank_id, GIFT.encode(), "file", wake=False)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.claim_import(uow, import_id)
    with runtime.unit_of_work(SYSTEM) as uow:
        found = service.preview_import(GIFT.encode(), runtime.registries.of(QUESTION_TYPES))[0].questions[0]
        service.start_reading(uow, import_id, 3)
        service.import_question(uow, import_id, 1, found)
    tasks.run_import(runtime, {"import_id": str(import_id)})  # another worker has it
    with runtime.read() as session:
        assert session.get_one(ItemImport, import_id).done == 1
    clock.advance(timedelta(minutes=2))
    tasks.resume_imports(runtime)
    runtime.jobs.run_waiting()
    with runtime.read() as session:
        assert session.get_one(ItemImport, import_id).state is ImportState.DONE
    assert count(runtime, Item) == 2


def test_an_import_that_three_workers_could_not_go_on_with_has_failed(
    ground: ExamGround, bank_id, clock, monkeypatch
):
    runtime, begun = ground.runtime, []
    honest = tasks.import_question

    def dies(uow, import_id, number, found):
        if number == 2:
            begun.append(number)
            raise MemoryError
        return honest(uow, import_id, number, found)

    monkeypatch.setattr(tasks, "import_question", dies)
    with runtime.unit_of_work(SYSTEM) as uow:
        import_id = service.begin_import(uow, bank_id, GIFT.encode(), "file", wake=False)
    for _ in range(6):
        with contextlib.suppress(MemoryError):
            tasks.run_import(runtime, {"import_id": str(import_id)})
        clock.advance(timedelta(minutes=2))
    with runtime.read() as session:
        card = import_card(session, import_id)
    assert (card.state, card.done, card.reason.code) == (ImportState.FAILED, 1, "file.gave_up")
    assert len(begun) == 4  # one that had gone through a question before it died, three that had not


def test_a_title_with_a_sign_that_no_database_keeps_costs_nobody_anything(ground: ExamGround, bank_id):
    runtime = ground.runtime
    found = read_file(GIFT.encode()).questions
    hostile = replace(found[0], title="one\0two")
    with runtime.unit_of_work(SYSTEM) as uow:
        import_id = service.begin_import(uow, bank_id, b"x", "file", wake=False)
        service.claim_import(uow, import_id)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.start_reading(uow, import_id, 2)
        outcome = service.import_question(uow, import_id, 1, hostile)
    assert (outcome.status, outcome.reasons) == (ImportStatus.IMPORTED, ())
    with runtime.unit_of_work(SYSTEM) as uow:
        outcome = service.import_question(uow, import_id, 2, found[2])
    assert outcome.status is ImportStatus.IMPORTED


def test_an_imported_question_passes_its_own_tests(ground: ExamGround, bank_id):
    bring(ground.runtime, bank_id, GIFT.encode())
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        for version in uow.session.query(ItemVersion):
            service.approve_item(uow, version.id)


def test_what_is_given_away_comes_back(ground: ExamGround, bank_id):
    runtime = ground.runtime
    bring(runtime, bank_id, GIFT.encode())
    bring(runtime, bank_id, picture_package())
    for style, written in (("moodle", 3), ("qti3", 3), ("gift", 2)):
        with runtime.unit_of_work(SYSTEM) as uow:
            found = service.export_bank(uow, bank_id, style)
        assert found.count == written
        _, rows = bring(runtime, bank_id, found.data)
        assert {reason.code for row in rows for reason in row.reasons} == {"changed.already_there"}
    assert count(runtime, Item) == 3


def test_the_picture_of_a_built_in_example_goes_with_it(ground: ExamGround, bank_id):
    runtime = ground.runtime
    sample = Hotspot().samples()[0]
    with runtime.unit_of_work(SYSTEM) as uow:
        service.create_item(uow, bank_id, title=sample.title, type="hotspot", content=sample.content)
    with runtime.unit_of_work(SYSTEM) as uow:
        found = service.export_bank(uow, bank_id, "qti3")
    assert (found.count, found.refused) == (1, ())
    _, rows = bring(runtime, bank_id, found.data)
    assert [(row.status, row.reasons) for row in rows] == [(ImportStatus.IMPORTED, ())]
    with runtime.unit_of_work(SYSTEM) as uow:
        again = service.export_bank(uow, bank_id, "qti3")
    assert again.count == 2


def test_no_other_file_leaves_by_way_of_a_question(ground: ExamGround, bank_id):
    runtime = ground.runtime
    with runtime.unit_of_work(SYSTEM) as uow:
        secret = uow.store_file(b"secret", area="evidence", media_type="image/png", name="x")
        service.create_item(
            uow,
            bank_id,
            title="Thief",
            type="true_false",
            content={
                "prompt": "?",
                "is_true": True,
                "picture": {"url": f"/item-media/{secret.id}", "alt": "x"},
            },
        )
    with runtime.unit_of_work(SYSTEM) as uow:
        found = service.export_bank(uow, bank_id, "qti3")
    assert (found.count, found.refused[0][1].code) == (0, "export.picture_missing")
    assert b"secret" not in found.data


class Browser:
    """The ground's teacher at a browser without scripts."""

    def __init__(self, app: Flask, ground: ExamGround) -> None:
        self.client = app.test_client()
        self.token = self._token("/login")
        form = {"login": f"{ground.code}-teacher", "password": PASSWORD, "csrf_token": self.token}
        assert self.client.post("/login", data=form).status_code == 303
        self.token = self._token("/banks")

    def _token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, **fields: object):
        return self.client.post(path, data={**fields, "csrf_token": self.token})


@pytest.fixture
def teacher(app: Flask, ground: ExamGround) -> Browser:
    return Browser(app, ground)


def test_a_teacher_brings_a_file_and_sees_what_became_of_each(ground: ExamGround, bank_id, teacher: Browser):
    assert "/import" in teacher.client.get(f"/banks/{bank_id}").text
    sent = teacher.post(f"/banks/{bank_id}/import", file=(io.BytesIO(GIFT.encode()), "week.gift"))
    assert sent.status_code == 303
    address = sent.headers["Location"]
    waiting = teacher.client.get(address)
    assert "Waiting" in waiting.text or "Ждёт" in waiting.text
    assert 'data-follow="yes"' in waiting.text
    ground.runtime.jobs.run_waiting()
    shown = teacher.client.get(address).text
    assert "week.gift" in shown
    assert 'data-follow="no"' in shown
    assert "строка 3" in shown
    assert "выбор ответов" in shown
    assert "multichoice" not in shown
    assert shown.count("/items/") == 2
    only = teacher.client.get(f"{address}?status=refused").text
    assert ("строка 3" in only, "строка 1" in only) == (True, False)
    assert teacher.client.get(f"/banks/{bank_id}/import").status_code == 200


def test_what_was_checked_is_taken_over_and_its_drafts_become_ready_together(
    ground: ExamGround, bank_id, teacher: Browser
):
    tried, rows = bring(ground.runtime, bank_id, GIFT.encode(), is_trial=True)
    assert [row.title for row in rows] == ["Capital", "Broken", "Sum"]
    assert "Принять задания" in teacher.client.get(f"/imports/{tried.id}").text
    begun = teacher.post(f"/imports/{tried.id}/accept").headers["Location"]
    taken = import_id_of(begun)
    assert teacher.post(f"/imports/{taken}/accept").status_code == 422, "it was no trial"
    tasks.run_import(ground.runtime, {"import_id": str(taken)})
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        capital, total = uow.session.scalars(
            sa.select(ItemVersion).order_by(ItemVersion.created_at, ItemVersion.id)
        )
        service.set_item_tests(
            uow, total.id, [ItemTest("5", MarkStatus.RIGHT), ItemTest(None, MarkStatus.WRONG)]
        )
    drafts = f"/banks/{bank_id}/drafts"
    shown = teacher.client.get(f"{drafts}?of={taken}").text
    assert f'value="{capital.id}" checked' in shown
    assert "не проходит собственные проверки" in shown
    assert str(total.id) not in shown
    assert count_ready(ground.runtime) == 0, "looking changes nothing"
    assert teacher.post(drafts).status_code == 422
    teacher.post(drafts, chosen=[str(capital.id), str(total.id)])
    assert count_ready(ground.runtime) == 1, "one that fails keeps none of the others back"


def test_tests_of_drafts_are_run_before_the_database_waits_and_only_for_so_long(
    ground: ExamGround, bank_id, teacher: Browser, monkeypatch: pytest.MonkeyPatch
):
    bring(ground.runtime, bank_id, GIFT.encode())
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        tests = [ItemTest("4", MarkStatus.RIGHT), ItemTest(None, MarkStatus.WRONG)]
        chosen = list(uow.session.scalars(sa.select(ItemVersion.id).order_by(ItemVersion.created_at)))
        service.set_item_tests(uow, chosen[1], tests)
    monkeypatch.setattr(items, "why_not_ready", lambda *_: pytest.fail("a test was run in the transaction"))
    monkeypatch.setattr(import_module("lms.assessment.pages.drafts"), "TESTS_S", -1.0)
    for ready in (1, 2):
        teacher.post(f"/banks/{bank_id}/drafts", chosen=[str(version_id) for version_id in chosen])
        assert count_ready(ground.runtime) == ready


def test_a_draft_whose_question_is_its_own_answer_is_shown_and_not_ticked(
    ground: ExamGround, bank_id, teacher: Browser
):
    content = {"prompt": "x + 1 = 3", "answers": [{"text": "x = 2"}]}
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        tests = [ItemTest("x = 2", MarkStatus.RIGHT), ItemTest(None, MarkStatus.WRONG)]
        version_id = service.create_item(
            uow, bank_id, title="Copied", type="maths", content=content, tests=tests
        )
    page = teacher.client.get(f"/banks/{bank_id}/drafts").text
    assert "Посмотрите эти задания" in page and "x + 1 = 3" in page
    assert f'value="{version_id}"' in page and f'value="{version_id}" checked' not in page


def import_id_of(address: str) -> UUID:
    return UUID(address.rsplit("/", 1)[1])


def count_ready(runtime: Runtime) -> int:
    with runtime.read() as session:
        return session.query(ItemVersion).filter_by(state=ItemState.READY).count()


def test_no_file_is_refused_at_its_field(bank_id, teacher: Browser):
    reply = teacher.post(f"/banks/{bank_id}/import")
    assert reply.status_code == 422
    assert "govuk-error" in reply.text


def test_a_teacher_gives_questions_away_and_sees_which_stay(ground: ExamGround, bank_id, teacher: Browser):
    bring(ground.runtime, bank_id, GIFT.encode())
    sent = teacher.post(f"/banks/{bank_id}/export", format="moodle")
    assert (sent.status_code, sent.mimetype) == (200, "application/xml")
    assert "attachment" in sent.headers["Content-Disposition"]
    report = teacher.post(f"/banks/{bank_id}/export", format="gift", only_report="yes")
    assert (report.status_code, report.mimetype) == (200, "text/html")
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        service.create_item(uow, bank_id, title="По порядку", type="ordering",
                            content={"prompt": "По порядку?", "options": [{"id": n, "text": n} for n in "ab"]})  # fmt: skip
    asked = teacher.post(f"/banks/{bank_id}/export", format="gift")
    assert (asked.mimetype, "По порядку" in asked.text) == ("text/html", True)
    sent = teacher.post(f"/banks/{bank_id}/export", format="gift", anyway="1")
    assert (sent.mimetype, "По порядку" in sent.text) == ("text/plain", False)
    assert teacher.post(f"/banks/{bank_id}/export", format="docx").status_code == 422


def test_a_picture_of_a_question_is_shown_and_no_other_file(ground: ExamGround, bank_id, teacher: Browser):
    bring(ground.runtime, bank_id, picture_package())
    with ground.runtime.unit_of_work(SYSTEM) as uow:
        address = uow.session.query(ItemVersion).one().content["picture"]["url"]
        secret = uow.store_file(b"secret", area="evidence", media_type="image/png", name="x").id
    shown = teacher.client.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert teacher.client.get(f"/item-media/{secret}").status_code == 404


def test_another_school_sees_nothing_of_an_import(ground: ExamGround, bank_id, app: Flask):
    card, _ = bring(ground.runtime, bank_id, GIFT.encode())
    stranger = Browser(app, make_ground(ground.runtime, code="other-school"))
    assert stranger.client.get(f"/imports/{card.id}").status_code in (403, 404)
    assert stranger.client.get(f"/banks/{bank_id}/import").status_code in (403, 404)
    assert stranger.post(f"/banks/{bank_id}/export", format="moodle").status_code in (403, 404)


def run(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    from lms.cli import main

    ran = CliRunner().invoke(main, list(arguments), env=environment)
    return ran.exit_code, ran.output


def test_the_command_reports_every_question(ground: ExamGround, environment, tmp_path: Path):
    file = tmp_path / "week.gift"
    file.write_text(GIFT, encoding="utf-8")
    code, said = run(environment, "items", "import", str(file), "--dry-run", "--json")
    report = json.loads(said)
    assert (code, set(report), report["reason"]) == (0, {"questions", "reason"}, "")
    assert [set(row) for row in report["questions"]] == [{"ref", "type", "status", "reason", "place"}] * 3
    assert count(ground.runtime, Item) == 0
    for _ in range(2):
        code, said = run(environment, "items", "import", str(file), "--json")
        assert [row["status"] for row in json.loads(said)["questions"]] == ["imported", "refused", "imported"]
    assert count(ground.runtime, Item) == 2
    file.write_bytes(b"\0\1")
    for strange in (file, tmp_path, tmp_path / "nowhere.xml", tmp_path / "\udcff.gift"):
        for more in ((), ("--dry-run",)):
            code, said = run(environment, "items", "import", str(strange), "--json", *more)
            report = json.loads(said)
            assert (code, report["questions"], set(report)) == (1, [], {"questions", "reason"})
            assert report["reason"].partition(":")[0].startswith("file.")


def test_the_command_writes_a_bank_into_a_file(ground: ExamGround, bank_id, environment, tmp_path: Path):
    bring(ground.runtime, bank_id, GIFT.encode())
    target = tmp_path / "bank.zip"
    code, said = run(environment, "items", "export", str(bank_id), str(target), "--json")
    assert (code, json.loads(said)) == (0, {"written": 2, "left_out": []})
    assert len(read_file(target.read_bytes()).questions) == 2
