"""Files as answers: stored while the attempt runs, seen by the student and by who marks, by nobody else."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfWriter
from sqlalchemy.orm import Session

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import AnswerFile, Attempt, AttemptSeal, ResponseEvent
from lms.assessment.rules.blueprint import LINEAR
from lms.assessment.types import AttemptState
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Gone, InvalidInput, LmsError
from lms.core.markups import read_comments, read_strokes
from lms.core.models import StoredFile
from lms.testing.exams import PASSWORD, Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_api import Browser, operation


def photograph(colour: str = "white") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def photo_questions() -> list[Question]:
    from lms.assessment.question_types.file_answers import NotebookPhoto
    from lms.assessment.question_types.true_false import TrueFalse

    photo, statement = NotebookPhoto().samples()[0], TrueFalse().samples()[0]
    return [
        Question("notebook_photo", photo.content, tuple(photo.tests)),
        Question("true_false", statement.content, tuple(statement.tests)),
    ]


@pytest.fixture
def photo_sitting(make_sitting: Callable[..., Sitting]) -> Sitting:
    return make_sitting(questions=photo_questions())


def attach(sitting: Sitting, data: bytes, slot: int = 1, who: UUID | None = None) -> service.AttachedFile:
    actor = sitting.ground.actor(who or sitting.student.person_id)
    with sitting.runtime.unit_of_work(actor) as uow:
        return service.attach_file(uow, sitting.attempt_id, slot, data=data, name="../стр 1.jpg")


def test_a_photograph_is_kept_named_by_the_answer_and_waits_for_a_person(photo_sitting: Sitting) -> None:
    found = attach(photo_sitting, photograph())
    assert (found.name, found.media_type) == ("стр 1.jpg", "image/jpeg")
    photo_sitting.save(photo_sitting.operation(1, {"file": [str(found.id)]}))
    photo_sitting.answer(2, True)
    photo_sitting.submit()
    review = photo_sitting.review(as_staff=True)
    assert review.answers[0].status is not None
    assert review.answers[0].status.value == "needs_marking"
    with photo_sitting.runtime.unit_of_work(photo_sitting.ground.teacher) as uow:
        opened = service.open_answer_file(uow, found.id)
    assert opened.data.startswith(b"\xff\xd8")
    assert opened.name == "1.jpg", "the name from the device may name its author, and marking is blind"
    with photo_sitting.runtime.read() as session:
        assert queries.answer_picture(session, found.id).card.name == "1.jpg"


def test_a_document_tells_whoever_marks_nothing_of_its_author(make_sitting: Callable[..., Sitting]) -> None:
    """The student gets back what was sent; the marker gets it without its properties, damaged ones as they are."""
    from lms.assessment.question_types.file_answers import FileUpload

    written, sample = io.BytesIO(), FileUpload().samples()[0]
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": "Vetrova"})
    writer.write(written)
    sent, damaged = written.getvalue(), b"%PDF-1.4 Vetrova %%EOF"
    sitting = make_sitting(questions=[Question("file_upload", sample.content, tuple(sample.tests))])
    files = [attach(sitting, data).id for data in (sent, damaged)]
    sitting.save(sitting.operation(1, {"file": [str(each) for each in files]}))
    sitting.submit()
    opened = {}
    for actor in (sitting.ground.actor(sitting.student.person_id), sitting.ground.teacher):
        with sitting.runtime.unit_of_work(actor) as uow:
            opened[actor.person_id] = [service.open_answer_file(uow, each).data for each in files]
    own, marked = opened.values()
    assert own == [sent, damaged]
    assert b"Vetrova" in sent and b"Vetrova" not in marked[0] and marked[0].startswith(b"%PDF-")
    assert marked[1] == damaged, "what no reader understands has to be looked at all the same"


def test_nobody_else_sees_or_adds_a_file(photo_sitting: Sitting) -> None:
    found = attach(photo_sitting, photograph())
    other = photo_sitting.ground.students[1].person_id
    with (
        pytest.raises(LmsError),
        photo_sitting.runtime.unit_of_work(photo_sitting.ground.actor(other)) as uow,
    ):
        service.open_answer_file(uow, found.id)
    with pytest.raises(LmsError):
        attach(photo_sitting, photograph(), who=other)


def test_a_marker_opens_no_file_while_the_attempt_runs(photo_sitting: Sitting) -> None:
    found = attach(photo_sitting, photograph())
    teacher = photo_sitting.ground.teacher
    with pytest.raises(Conflict, match="not_ended"), photo_sitting.runtime.unit_of_work(teacher) as uow:
        service.open_answer_file(uow, found.id)
    photo_sitting.submit()
    with photo_sitting.runtime.unit_of_work(teacher) as uow:
        assert service.open_answer_file(uow, found.id).data


@pytest.mark.parametrize(
    ("data", "slot", "code"),
    [
        (b"%PDF-1.4 no picture %%EOF", 1, "upload.not_a_picture"),
        (b"", 1, "upload.empty"),
        (b"x", 2, "assessment.no_files_here"),
        (b"x", 9, "assessment.no_files_here"),
    ],
)
def test_what_is_no_answer_is_refused(photo_sitting: Sitting, data: bytes, slot: int, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        attach(photo_sitting, data, slot)
    assert refused.value.code == code


def test_files_are_not_taken_without_bound(photo_sitting: Sitting) -> None:
    for _ in range(20):
        attach(photo_sitting, photograph())
    with pytest.raises(Conflict, match="too_many_files"):
        attach(photo_sitting, photograph())


def test_a_file_that_comes_after_the_end_is_kept_until_the_result_counts(photo_sitting: Sitting) -> None:
    photo_sitting.submit()
    assert attach(photo_sitting, photograph())
    with photo_sitting.runtime.unit_of_work(SYSTEM) as uow:
        attempt = uow.session.get_one(Attempt, photo_sitting.attempt_id)
        attempt.state = AttemptState.RELEASED
    with pytest.raises(Conflict, match="not_running"):
        attach(photo_sitting, photograph())


def test_the_seal_covers_the_bytes_of_every_file_also_of_one_that_came_after_the_end(
    photo_sitting: Sitting,
) -> None:
    first = attach(photo_sitting, photograph())
    photo_sitting.save(photo_sitting.operation(1, {"file": [str(first.id)]}))
    photo_sitting.submit()
    attach(photo_sitting, photograph())
    runtime = photo_sitting.runtime
    with runtime.read() as session:
        assert service.verify_attempt(session, runtime.keys, photo_sitting.attempt_id)
        seals = session.scalars(sa.select(AttemptSeal.number)).all()
    assert sorted(seals) == [1, 2]
    for statement in (
        sa.update(StoredFile).values(sha256="0" * 64),
        sa.update(AnswerFile).values(slot=2),
        sa.delete(AnswerFile).where(AnswerFile.id == first.id),
    ):
        with runtime.database.write_engine.connect() as connection:
            connection.execute(statement)
            with Session(connection) as session:
                assert not service.verify_attempt(session, runtime.keys, photo_sitting.attempt_id)
            connection.rollback()


def test_bytes_exchanged_in_the_store_are_not_shown_as_the_answer(photo_sitting: Sitting) -> None:
    found = attach(photo_sitting, photograph())
    student = photo_sitting.ground.actor(photo_sitting.student.person_id)
    with photo_sitting.runtime.unit_of_work(student) as uow:
        stored = uow.session.scalars(sa.select(StoredFile)).one()
        uow.runtime.files.delete(stored.key)
        uow.runtime.files.put(stored.key, photograph() + b"another one's work")
    with pytest.raises(Gone, match=r"file\.changed"), photo_sitting.runtime.unit_of_work(student) as uow:
        service.open_answer_file(uow, found.id)


def sign_in(client: FlaskClient, sitting: Sitting) -> str:
    page = client.get("/login").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/login", data={"csrf_token": token, "login": sitting.student.login, "password": PASSWORD})
    page = client.get(f"/attempts/{sitting.attempt_id}/q/1").text
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_a_page_without_scripts_adds_shows_and_takes_out(photo_sitting: Sitting, client: FlaskClient) -> None:
    token = sign_in(client, photo_sitting)
    address = f"/attempts/{photo_sitting.attempt_id}/q/1"

    def send(**more: Any) -> Any:
        return client.post(f"{address}/file", data={"csrf_token": token, **more})

    assert send(file_act="add", upload=(io.BytesIO(photograph()), "1.jpg")).status_code == 303
    (name,) = photo_sitting.view().questions[0].fields["file"]
    assert f"/attempts/files/{name}" in client.get(address).text
    shown = client.get(f"/attempts/files/{name}")
    assert shown.mimetype == "image/jpeg"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    refused = send(file_act="add", upload=(io.BytesIO(b"no"), "x.jpg"), **{"q1.file": name})
    assert refused.status_code == 422
    assert name in refused.text
    assert send(file_act=f"drop:{name}", **{"q1.file": name}).status_code == 303
    assert photo_sitting.view().questions[0].fields["file"] == []


def test_an_older_page_takes_no_file_out_of_the_answer(photo_sitting: Sitting, client: FlaskClient) -> None:
    token = sign_in(client, photo_sitting)
    address = f"/attempts/{photo_sitting.attempt_id}/q/1/file"

    def add() -> list[str]:  # each time from the page as it was before the first file
        form = {"csrf_token": token, "file_act": "add", "upload": (io.BytesIO(photograph()), "1.jpg")}
        assert client.post(address, data=form).status_code == 303
        return list(photo_sitting.view().questions[0].fields["file"])

    first, both = add(), add()
    assert both[:1] == first
    assert len(set(both)) == 2
    dropped = {"csrf_token": token, "file_act": f"drop:{both[0]}"}
    assert client.post(address, data=dropped).status_code == 303
    assert photo_sitting.view().questions[0].fields["file"] == both[1:]


def test_recordings_are_told_by_their_bytes(photo_sitting: Sitting) -> None:
    from lms.core.uploads import accept_audio

    for data, media_type in (
        (b"OggS" + bytes(20), "audio/ogg"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
    ):
        assert accept_audio(data, "a.bin", max_bytes=100).media_type == media_type
    with pytest.raises(InvalidInput):
        accept_audio(b"<html>", "a.mp3", max_bytes=100)


def test_the_installed_file_types_say_what_they_take(photo_sitting: Sitting) -> None:
    kinds = photo_sitting.runtime.registries.of(QUESTION_TYPES)
    taking = {kind.name for kind in kinds if hasattr(kind, "takes_files")}
    assert {"notebook_photo", "file_upload", "oral_answer"} <= taking


def token_of(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]


def test_what_is_drawn_and_written_stays_and_every_version_is_kept(photo_sitting: Sitting) -> None:
    found = attach(photo_sitting, photograph())
    photo_sitting.save(photo_sitting.operation(1, {"file": [str(found.id)]}))
    with pytest.raises(Conflict, match="not_ended"):
        draw(photo_sitting, found.id, [])
    photo_sitting.submit()
    draw(photo_sitting, found.id, [[[10.0, 20.0], [30.5, 40.0]]])
    assert draw(photo_sitting, found.id, [], {"x": 5.0, "y": 5.0, "text": "Знак!"}) == 2
    with photo_sitting.runtime.read() as session:
        shown = queries.answer_picture(session, found.id)
        (card,) = queries.files_of_answer(session, photo_sitting.attempt_id, 1, [str(found.id), "x"], None)
    assert shown.comments == [{"x": 5.0, "y": 5.0, "text": "Знак!"}]
    assert shown.strokes == []
    assert card.is_picture
    with pytest.raises(LmsError):
        draw(photo_sitting, found.id, [], who=photo_sitting.student.person_id)


def draw(
    sitting: Sitting, file_id: UUID, strokes: list[Any], *comments: dict[str, Any], who: UUID | None = None
) -> int:
    actor = sitting.ground.actor(who) if who else sitting.ground.teacher
    with sitting.runtime.unit_of_work(actor) as uow:
        return service.mark_picture(uow, file_id, strokes=strokes, comments=list(comments))


@pytest.mark.parametrize(
    ("text", "is_drawing"),
    [
        ("", True),
        ("[[[1, 2], [3.456, 100]]]", True),
        ("[[[1, 2], [3, 101]]]", False),
        ("[[1, 2]]", False),
        ('[[["<b>", 1]]]', False),
        ("[" * 5000, False),
        ("{}", False),
        ("[[[NaN, 1]]]", False),
    ],
)
def test_only_lines_within_the_picture_are_a_drawing(text: str, is_drawing: bool) -> None:
    assert (read_strokes(text) is not None) is is_drawing


def test_comments_need_a_place_on_the_picture() -> None:
    assert read_comments([("1,5", "2", " а "), ("", "", "")]) == [{"x": 1.5, "y": 2.0, "text": "а"}]
    assert read_comments([("", "", "без места")]) == [{"x": 0.0, "y": 0.0, "text": "без места"}]
    assert read_comments([("200", "2", "а")]) is None
    assert read_comments([("1", "2", "а" * 1001)]) is None


def test_the_marker_sees_and_marks_a_picture_without_scripts(
    photo_sitting: Sitting, client: FlaskClient
) -> None:
    found = attach(photo_sitting, photograph())
    photo_sitting.save(photo_sitting.operation(1, {"file": [str(found.id)]}))
    photo_sitting.submit()
    login = f"{photo_sitting.ground.code}-teacher"
    staff_page = client.get("/login").text
    client.post("/login", data={"csrf_token": token_of(staff_page), "login": login, "password": PASSWORD})
    address = f"/attempts/files/{found.id}/marks"
    with photo_sitting.runtime.read() as session:
        item_id = queries.answer_picture(session, found.id).attempt_item_id
    assert address in client.get(f"/marking/{item_id}").text
    page = client.get(address).text
    fields = {
        "csrf_token": token_of(page),
        "x": "10",
        "y": "20",
        "text": "Проверь знак",
        "strokes": "[[[1,1],[2,2]]]",
    }
    refused = client.post(address, data={**fields, "x": "300"})
    assert refused.status_code == 422
    assert "Проверь знак" in refused.text
    assert client.post(address, data=fields).status_code == 303
    page = client.get(address).text
    assert "Проверь знак" in page
    assert "<polyline" in page


class Bringer(Browser):
    """A student's page that sends a photograph together with its operation."""

    def __init__(self, app: Flask, sitting: Sitting, student: int = 0) -> None:
        super().__init__(app, sitting.ground.students[student].login)
        self.path = f"/attempts/{sitting.attempt_id}/ops"

    def name(self, file_id: str, seq: int = 0) -> Any:
        """Save an answer that names a file, without the file."""
        named = {"payload": {"fields": {"file": [file_id]}}, "seq": seq}
        return self.post(self.path, {"ops": [operation(1) | named]})

    def bring(self, op_id: str, slot: int = 1, data: bytes = photograph(), **more: Any) -> Any:
        sent = operation(slot, op_id=op_id) | {"payload": {"fields": {"file": [op_id]}}} | more
        form = {"operation": json.dumps(sent), "upload": (io.BytesIO(data), "стр 1.jpg")}
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        return self.client.post(f"{self.path}/file", data=form, headers=headers)


def kept(sitting: Sitting) -> tuple[set[str], int]:
    """Return the files that are kept, and how many operations."""
    with sitting.runtime.read() as session:
        files = {str(found) for found in session.scalars(sa.select(AnswerFile.id))}
        return files, session.scalar(sa.select(sa.func.count()).select_from(ResponseEvent)) or 0


def seen_by_staff(sitting: Sitting) -> tuple[str, ...]:
    """Return the photographs that count, which the review and the page of the marker name alike."""
    answer = sitting.review(as_staff=True).answers[0]
    kinds, now = sitting.runtime.registries.of(QUESTION_TYPES), sitting.runtime.clock.now()
    with sitting.runtime.read() as session:
        view = queries.marking_view(session, kinds, sitting.ground.teacher, answer.attempt_item_id, now)
    assert answer.files == tuple(str(card.id) for card in view.files)
    return answer.files


def test_a_file_that_comes_with_its_operation_is_kept_once_late_or_not_and_its_id_is_nobody_elses(
    photo_sitting: Sitting, app: Flask
) -> None:
    page, first, late = Bringer(app, photo_sitting), str(uuid4()), str(uuid4())
    answers = [page.bring(first) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json["receipts"] == answers[1].json["receipts"]
    assert not answers[0].json["receipts"][0]["is_late"]
    assert page.bring(first, slot=2).json["code"] == "assessment.op_conflict"
    assert page.bring(str(uuid4()), data=b"x").json["code"] == "upload.not_a_picture"
    empty = page.client.post(
        f"{page.path}/file", data={"operation": "[]"}, headers={"X-CSRFToken": page.token}
    )
    assert empty.status_code == 422
    photo_sitting.submit()
    assert page.bring(late).json["receipts"][0]["is_late"]
    assert kept(photo_sitting) == ({first, late}, 2)
    assert Bringer(app, photo_sitting, student=1).bring(str(uuid4())).status_code == 404


def test_other_bytes_under_the_same_id_are_a_conflict(photo_sitting: Sitting, app: Flask) -> None:
    page, op_id = Bringer(app, photo_sitting), str(uuid4())
    assert page.bring(op_id).status_code == 200
    for data in (photograph("black"), b"no picture"):
        refused = page.bring(op_id, data=data)
        assert (refused.status_code, refused.json["conflicts"]) == (409, [op_id])
    assert page.bring(op_id).status_code == 200
    assert kept(photo_sitting) == ({op_id}, 1)


def test_a_refused_operation_keeps_no_file_so_that_the_next_one_has_room(
    photo_sitting: Sitting, app: Flask
) -> None:
    page, honest = Bringer(app, photo_sitting), str(uuid4())
    bad: list[dict[str, Any]] = [
        {"seq": -5},
        {"slot": 99},
        {"slot": 2**70},
        {"slot": 0, "kind": "submit", "payload": {}},
        {"kind": "flag", "payload": {"on": True}},
        {"kind": "check"},
        {"payload": {"fields": {"file": [honest]}}},
        {"payload": {"fields": {"file": "x"}}},
    ]
    refused = [page.bring(str(uuid4()), **more) for more in bad * 3]
    assert {answer.status_code for answer in refused} == {422}
    assert kept(photo_sitting) == (set(), 0)
    assert page.bring(honest).status_code == 200
    assert kept(photo_sitting) == ({honest}, 1)


def test_an_answer_in_time_that_names_a_file_to_come_brings_no_late_file_in_time(
    photo_sitting: Sitting, app: Flask, clock: FixedClock
) -> None:
    page, early, late, bare = Bringer(app, photo_sitting), *(str(uuid4()) for _ in range(3))
    assert page.bring(early).status_code == 200
    both = {"payload": {"fields": {"file": [early, late]}}, "seq": 50}
    named = operation(1, op_id=bare) | {"payload": {"fields": {"file": [bare]}}}
    assert page.post(page.path, {"ops": [operation(1) | both, named]}).status_code == 200
    photo_sitting.submit()
    clock.advance(timedelta(minutes=5))
    assert page.bring(late, seq=-5).status_code == 422
    refused = page.client.post(
        f"{page.path}/file",
        data={"operation": json.dumps(named), "upload": (io.BytesIO(photograph()), "1.jpg")},
        headers={"X-CSRFToken": page.token, "Accept": "application/json"},
    )
    assert refused.json["code"] == "assessment.op_conflict"
    assert kept(photo_sitting)[0] == {early}
    assert page.bring(late, data=photograph("black")).json["receipts"][0]["is_late"]
    assert seen_by_staff(photo_sitting) == (early,)
    with photo_sitting.runtime.unit_of_work(photo_sitting.ground.teacher) as uow:
        service.decide_late(uow, photo_sitting.attempt_id, is_accepted=True, reason="Связь пропала")
    assert seen_by_staff(photo_sitting) == (early, late)


def test_a_file_counts_where_an_answer_that_names_it_overtook_it_on_the_way(
    photo_sitting: Sitting, app: Flask
) -> None:
    page, op_id = Bringer(app, photo_sitting), str(uuid4())
    assert page.name(op_id, seq=50).status_code == 200
    assert page.bring(op_id).status_code == 200
    photo_sitting.submit()
    assert seen_by_staff(photo_sitting) == (op_id,)


def test_no_file_comes_to_a_question_that_was_left(make_sitting: Callable[..., Sitting], app: Flask) -> None:
    sitting = make_sitting(questions=photo_questions(), navigation=LINEAR)
    page, op_id = Bringer(app, sitting), str(uuid4())
    assert page.name(op_id, seq=50).status_code == 200
    with sitting.runtime.unit_of_work(sitting.ground.actor(sitting.student.person_id)) as uow:
        assert service.go_on(uow, sitting.attempt_id, 2) == 2
    assert page.bring(op_id, seq=-5).status_code == 422
    assert page.bring(op_id).json["receipts"][0]["is_late"]
    sitting.submit()
    assert seen_by_staff(sitting) == ()


def device_file(
    sitting: Sitting, *files: tuple[str, bytes], fields: dict[str, Any] | None = None, seq: int = 90
) -> bytes:
    """Return the file that the exam page saves where photographs wait (`frontend/src/exam/file.js`)."""
    rows = [
        operation(1, op_id=op_id)
        | {"payload": {"fields": fields or {"file": [op_id]}}, "seq": seq + number}
        | {"file": {"name": "стр 1.jpg", "size_bytes": len(data)}}
        for number, (op_id, data) in enumerate(files)
    ]
    body = {"format": "marshrut-answers/1", "attempt": str(sitting.attempt_id), "operations": rows}
    return json.dumps(body).encode() + b"\0" + b"".join(data for _op_id, data in files)


def test_staff_takes_in_the_photographs_that_a_device_could_not_send(
    photo_sitting: Sitting, app: Flask, clock: FixedClock
) -> None:
    """They are late like the answers beside them, kept once, and every later one waits for a decision of its own."""
    sent, new, other, torn = (str(uuid4()) for _ in range(4))
    assert Bringer(app, photo_sitting).bring(sent).status_code == 200
    photo_sitting.submit()
    staff = Browser(app, f"{photo_sitting.ground.code}-director")
    address = f"/sessions/{photo_sitting.session_id}/answers"

    def bring(data: bytes) -> str:
        form = {"csrf_token": staff.token, "file": (io.BytesIO(data), "a.answers")}
        reply = staff.client.post(address, data=form)
        return str(reply.text if reply.status_code == 422 else staff.client.get(reply.location).text)

    def accepted() -> tuple[str, ...]:
        with photo_sitting.runtime.unit_of_work(photo_sitting.ground.teacher) as uow:
            service.decide_late(uow, photo_sitting.attempt_id, is_accepted=True, reason="Связь пропала")
        return seen_by_staff(photo_sitting)

    whole = device_file(
        photo_sitting, (torn, b"no picture"), (sent, photograph()), (new, photograph("black"))
    )
    assert "Ничего не принято" in bring(whole[:-3])
    assert kept(photo_sitting) == ({sent}, 1)
    told = bring(whole)
    assert "Принято 2 шага. С 1 записью или фотографией." in told
    assert "которые не удалось принять: 1" in told
    assert "Уже есть на сервере: 1" in told
    assert kept(photo_sitting) == ({sent, new}, 3)
    bring(device_file(photo_sitting, (new, photograph("black"))))
    bring(device_file(photo_sitting, (new, photograph("red"))))
    assert kept(photo_sitting) == ({sent, new}, 3), "brought again, or with other bytes, it stays what it is"
    assert seen_by_staff(photo_sitting) == (sent,)
    assert accepted() == (new,), "the last answer names the last photograph"
    naming = {"file": [sent, new, other]}
    bring(device_file(photo_sitting, (other, photograph()), fields=naming, seq=200))
    assert seen_by_staff(photo_sitting) == (new,)
    assert accepted() == (sent, new, other)
    borrowed = device_file(photo_sitting, (str(uuid4()), photograph()), fields={"file": [sent]})
    assert "не удалось принять: 1" in bring(borrowed), (
        "bytes come with the answer that names them by its own id"
    )
    with photo_sitting.runtime.read() as session:
        assert service.verify_attempt(session, photo_sitting.runtime.keys, photo_sitting.attempt_id)


def test_a_photograph_that_follows_its_late_answer_waits_for_a_decision_of_its_own(
    photo_sitting: Sitting, app: Flask
) -> None:
    """The answer alone was brought and accepted; what is sent under its name afterwards is not accepted with it."""
    op_id, teacher = str(uuid4()), photo_sitting.ground.teacher
    photo_sitting.submit()
    page, runtime = Bringer(app, photo_sitting), photo_sitting.runtime
    alone = operation(1, op_id=op_id) | {"payload": {"fields": {"file": [op_id]}}}
    assert page.post(page.path, {"ops": [alone]}).json["receipts"][0]["is_late"]

    def decide() -> None:
        with runtime.unit_of_work(teacher) as uow:
            service.decide_late(uow, photo_sitting.attempt_id, is_accepted=True, reason="Связь пропала")

    decide()
    sent = {"operation": json.dumps(alone), "upload": (io.BytesIO(photograph()), "1.jpg")}
    headers = {"X-CSRFToken": page.token, "Accept": "application/json"}
    assert page.client.post(f"{page.path}/file", data=sent, headers=headers).status_code == 200
    assert seen_by_staff(photo_sitting) == ()
    with runtime.read() as session:
        (waiting,) = queries.late_queue(session, teacher, runtime.clock.now())
    assert (waiting.attempt_id, waiting.slots) == (photo_sitting.attempt_id, (1,))
    decide()
    assert seen_by_staff(photo_sitting) == (op_id,)
