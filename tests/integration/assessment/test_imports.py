"""Bring questions into a bank and give them away: on both engines, over the worker, the pages and the command line."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from PIL import Image

from lms.assessment import service, tasks
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Item, ItemImport, ItemVersion
from lms.assessment.queries.imports import import_card, import_rows
from lms.assessment.types import ImportState, ImportStatus
from lms.core.actor import SYSTEM
from lms.core.models import StoredFile
from lms.core.runtime import Runtime
from lms.testing.exams import ExamGround, make_ground

GIFT = """::Capital::What is the capital of France?{=Paris ~Lyon ~Nice}

::Broken::Nobody closed this {=a ~b

::Sum::2 + 2 = {#4:0}
"""


@pytest.fixture
def ground(runtime: Runtime) -> ExamGround:
    return make_ground(runtime)


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


def picture_package() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    item = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="red" title="Red">
      <qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
        <qti-correct-response><qti-value>r</qti-value></qti-correct-response></qti-response-declaration>
      <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
      <qti-item-body><p>Which colour?<img src="../pictures/red.png" alt="A square"/></p>
        <qti-choice-interaction response-identifier="RESPONSE" max-choices="1">
          <qti-simple-choice identifier="r">red</qti-simple-choice>
          <qti-simple-choice identifier="b">blue</qti-simple-choice></qti-choice-interaction></qti-item-body>
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
