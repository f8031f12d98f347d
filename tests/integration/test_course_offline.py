"""What is learnt without a network: what may be taken along, and its delivery, whatever the network does to it."""

from __future__ import annotations

import hashlib
import hmac
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.models import Block, BlockAnswer, BlockCompletion, CourseOperation, Enrolment
from lms.courses.rules.packing import OfflinePart, week_of
from lms.courses.structure import field_prefix
from lms.courses.types import (
    EnrolmentState,
    GateCondition,
    LearningOp,
    LearningOpKind,
    NewBlock,
    NewSection,
    SyncReceipt,
)
from lms.demo.cast import DemoSchool, load_cast
from tests.integration.test_course_pages import csrf, signed_in
from tests.integration.test_courses import QUIZ, TEXT, blocks_of, enrol, publish, write


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Publish two open sections, and one behind the first of them."""
    made = write(
        runtime,
        school,
        NewSection(
            "one", "Первый", (NewBlock("text", "text", TEXT), NewBlock("quiz", "practice_quiz", QUIZ))
        ),
        NewSection("two", "Второй", (NewBlock("a", "text", TEXT), NewBlock("b", "text", TEXT))),
        NewSection("late", "Третий", (NewBlock("end", "text", TEXT),), gate=(GateCondition("one"),)),
    )
    publish(runtime, school, made)
    return made


def operation(block: UUID, truths: str = "", try_no: int = 1) -> LearningOp:
    """Return a page that was gone through, or answers to both statements of the quiz ("tf": true, false)."""
    if not truths:
        return LearningOp(uuid4(), LearningOpKind.DONE, block)
    words = {"t": "true", "f": "false"}
    fields = {
        f"{field_prefix(block)}.{number}.answer": [words[letter]] for number, letter in enumerate(truths, 1)
    }
    return LearningOp(uuid4(), LearningOpKind.ANSWER, block, fields=fields, try_no=try_no)


def deliver(runtime: Runtime, school: DemoSchool, enrolment: UUID, *operations: LearningOp) -> SyncReceipt:
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        return service.sync_learning(uow, enrolment, operations)


def rows(runtime: Runtime, kind: Any, enrolment: UUID) -> list[Any]:
    with runtime.read() as session:
        return list(session.scalars(sa.select(kind).where(kind.enrolment_id == enrolment)))


@pytest.fixture
def afresh(runtime: Runtime, school: DemoSchool, course: UUID) -> Iterator[Any]:
    """Return a function that begins the course from nothing."""

    def begin() -> UUID:
        with runtime.unit_of_work(school.actor("kim")) as uow:
            before = queries.enrolment_of(uow.session, school.id("sonya"), course)
            if before is not None and before.state is EnrolmentState.ACTIVE:
                service.withdraw_enrolment(uow, before.id)
            elif before is not None:
                uow.session.get_one(Enrolment, before.id).state = EnrolmentState.WITHDRAWN
        return enrol(runtime, school, course)

    return begin


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(st.data())
def test_nothing_is_lost_and_nothing_doubled_however_often_and_in_whatever_order_it_comes(
    runtime: Runtime, school: DemoSchool, course: UUID, afresh: Any, data: st.DataObject
) -> None:
    blocks, enrolment = blocks_of(runtime, course), afresh()
    pages = data.draw(st.lists(st.sampled_from(["text", "a", "b"]), max_size=5))
    answers = data.draw(st.lists(st.sampled_from(["tt", "tf", "ft", "ff"]), max_size=4))
    done = [operation(blocks[key]) for key in pages] + [operation(blocks["quiz"], each) for each in answers]
    again = data.draw(st.lists(st.sampled_from(done), max_size=6)) if done else []
    line = data.draw(st.permutations(done + again))
    cuts = data.draw(st.lists(st.integers(0, len(line)), max_size=3))
    edges = [0, *sorted(cuts), len(line)]
    receipts: dict[UUID, set[Any]] = {each.op_id: set() for each in done}
    blind: set[UUID] = set()  # answers of the first delivery that has any: no key was shown yet
    for start, end in pairwise(edges):
        blind = blind or {each.op_id for each in line[start:end] if each.fields}
        came = deliver(runtime, school, enrolment, *line[start:end])
        assert not came.conflicts
        for receipt in came.receipts:
            receipts[receipt.op_id].add(receipt)
    assert all(len(found) == 1 for found in receipts.values()), "the same again gets the first receipt again"
    assert {row.op_id for row in rows(runtime, CourseOperation, enrolment)} == set(receipts)
    kept = rows(runtime, BlockAnswer, enrolment)
    assert len(kept) == len(answers)
    sent = sorted(json.dumps(each.fields) for each in done if each.fields)
    assert sorted(json.dumps(row.payload) for row in kept) == sent
    counted = [word for word, each in zip(answers, done[len(pages) :], strict=True) if each.op_id in blind]
    right = any(word[0] == "t" or word[1] == "f" for word in counted)  # half of it is enough
    finished = {blocks[key] for key in pages} | ({blocks["quiz"]} if right else set())
    completions = [row.block_id for row in rows(runtime, BlockCompletion, enrolment)]
    assert sorted(completions) == sorted(finished)


def test_an_answer_to_a_variant_whose_key_was_shown_is_kept_and_earns_nothing(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    blocks, enrolment = blocks_of(runtime, course), enrol(runtime, school, course)
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        online = operation(blocks["quiz"], "ft")
        service.answer_block(uow, enrolment, blocks["quiz"], online.fields, try_no=1)
    came = deliver(runtime, school, enrolment, operation(blocks["quiz"], "tf", try_no=1))
    assert [(receipt.score, receipt.is_completed) for receipt in came.receipts] == [(None, False)]
    first, second = sorted(rows(runtime, BlockAnswer, enrolment), key=lambda row: row.try_no)
    assert (first.try_no, second.try_no) == (1, 2)
    assert first.details["seed"] == second.details["seed"]
    ahead = deliver(runtime, school, enrolment, operation(blocks["quiz"], "tf", try_no=4))
    assert [receipt.refused for receipt in ahead.receipts] == ["course.answered_elsewhere"]
    fair = deliver(
        runtime, school, enrolment, operation(blocks["quiz"], "ft", 3), operation(blocks["quiz"], "tf", 3)
    )
    assert [receipt.score is None for receipt in fair.receipts] == [False, False]
    assert any(receipt.is_completed for receipt in fair.receipts), (
        "both were written before either was marked"
    )


def test_what_cannot_be_used_is_kept_with_its_reason_and_holds_nothing_up(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    blocks, enrolment = blocks_of(runtime, course), enrol(runtime, school, course)
    early, strange, good = operation(blocks["end"]), operation(uuid4()), operation(blocks["text"])
    forged = LearningOp(good.op_id, LearningOpKind.DONE, blocks["a"])
    page = LearningOp(uuid4(), LearningOpKind.ANSWER, blocks["text"], fields={"x": ["1"]})
    came = deliver(runtime, school, enrolment, early, strange, page, good)
    refused = {receipt.op_id: receipt.refused for receipt in came.receipts}
    assert refused == {
        early.op_id: "course.gate_closed",
        strange.op_id: "course.no_block",
        page.op_id: "course.no_answer",
        good.op_id: "",
    }
    assert deliver(runtime, school, enrolment, forged).conflicts == (good.op_id,)
    again = deliver(runtime, school, enrolment, page)
    assert (again.receipts[0].refused, again.conflicts) == ("course.no_answer", ())
    assert [row.payload for row in rows(runtime, CourseOperation, enrolment) if row.refused] == [{}] * 3
    assert [row.block_id for row in rows(runtime, BlockCompletion, enrolment)] == [blocks["text"]]


def test_work_counts_that_was_done_while_the_teacher_paused_the_course_or_moved_it_to_a_new_version(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    before, enrolment = blocks_of(runtime, course), enrol(runtime, school, course)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.open_draft(uow, course)
        service.publish_course(uow, course, moves_learners=True)
        service.pause_enrolment(uow, enrolment)
    earlier, later = (runtime.clock.now() + timedelta(minutes=sign) for sign in (-1, 1))
    came = deliver(
        runtime,
        school,
        enrolment,
        replace(operation(before["quiz"], "tf"), done_at=earlier),
        replace(operation(before["text"]), done_at=earlier),
        replace(operation(before["a"]), done_at=later),
        operation(before["b"]),
    )
    assert sorted(receipt.refused for receipt in came.receipts) == ["", "", "course.paused", "course.paused"]
    now = blocks_of(runtime, course)
    assert now["quiz"] != before["quiz"]
    completed = {row.block_id for row in rows(runtime, BlockCompletion, enrolment)}
    assert completed == {now["quiz"], now["text"]}


def test_the_pack_names_its_size_first_and_holds_nothing_of_a_closed_section(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID, clock: FixedClock
) -> None:
    enrol(runtime, school, course)
    sonya = signed_in(app, "sonya")
    path = f"/courses/{course}"
    assert f"{path}/offline" in sonya.get(path).text
    page = sonya.get(f"{path}/offline")
    assert page.headers["Marshrut-Account"]
    assert "Размер: около" in page.text
    with runtime.read() as session:
        closed = session.scalars(sa.select(Block.id).where(Block.key == "end")).all()
    addresses = set(re.findall(r"/courses/[0-9a-f-]+/steps/([0-9a-f-]+)", page.text))
    assert addresses == {str(block) for key, block in blocks_of(runtime, course).items() if key != "end"}
    assert not addresses & {str(each) for each in closed}
    along = {"Marshrut-Take": "along"}
    assert sonya.get(f"{path}/steps/{min(addresses)}", headers=along).status_code == 200
    with runtime.read() as session:
        enrolment = queries.enrolment_of(session, school.id("sonya"), course)
        assert enrolment is not None
        assert enrolment.last_block_id is None, "what is taken along is not read yet"
    csrf = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert csrf
    key = {"X-CSRFToken": csrf.group(1), "Accept": "application/json"}
    done = {"op_id": str(uuid4()), "kind": "done", "block_id": addresses.pop(), "seq": 1}
    done["done_at"] = (clock.now() - timedelta(hours=2)).isoformat()
    answers = [sonya.post(f"{path}/ops", json={"ops": [done]}, headers=key).json for _ in range(2)]
    assert answers[0]["receipts"] == answers[1]["receipts"]
    strange = [
        {**done, "done_at": "0001-01-01T00:00:00+14:00"},
        {**done, "kind": "answer", "fields": {"a": ["\ud800"]}},
    ]
    for nonsense in (
        {},
        {"ops": [{"op_id": "x"}]},
        [1],
        {"ops": [done] * 41},
        *({"ops": [each]} for each in strange),
    ):
        assert sonya.post(f"{path}/ops", json=nonsense, headers=key).status_code == 422
    assert signed_in(app, "lev").get(f"{path}/offline").status_code == 404


@given(st.lists(st.tuples(st.integers(1, 200), st.booleans()), max_size=8), st.integers(1, 400))
def test_a_week_is_whole_parts_in_order_and_never_empty_while_something_is_left(
    rows: list[tuple[int, bool]], minutes: int
) -> None:
    parts = [
        OfflinePart(str(i), str(i), length, is_done, (), (), (), 0, 0)
        for i, (length, is_done) in enumerate(rows)
    ]
    left = [part for part in parts if not part.is_done]
    week = week_of(parts, minutes)
    assert list(week) == left[: len(week)]
    assert bool(week) == bool(left)
    assert len(week) <= 1 or sum(part.minutes for part in week) <= minutes


def test_a_slow_server_answers_with_the_receipts_so_far_and_the_rest_comes_again(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks, enrolment = blocks_of(runtime, course), enrol(runtime, school, course)
    monkeypatch.setattr("lms.courses.pages.offline.PATIENCE_S", -1.0)
    sonya = signed_in(app, "sonya")
    path = f"/courses/{course}"
    token = re.search(r'name="csrf-token" content="([^"]+)"', sonya.get(f"{path}/offline").text)
    assert token
    waiting = [
        {"op_id": str(uuid4()), "kind": "done", "block_id": str(blocks[key]), "seq": number}
        for number, key in enumerate(("text", "a", "b"))
    ]
    waiting.append({"op_id": str(uuid4()), "kind": "done", "block_id": str(blocks["end"]), "seq": 9})
    while waiting:
        came = sonya.post(f"{path}/ops", json={"ops": waiting}, headers={"X-CSRFToken": token[1]}).json
        (receipt,) = came["receipts"]
        assert receipt["op_id"] == waiting.pop(0)["op_id"]
    assert receipt["refused"] == "course.gate_closed"
    assert "%" not in receipt["refused_text"], "said in words, though not of which section"
    assert len(receipt["refused_text"]) > 20
    assert len(rows(runtime, CourseOperation, enrolment)) == 4


def _pack(client: Any, course: UUID) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the signed list and the files of a pack for a flash drive."""
    reply = client.get(f"/courses/{course}/offline/pack")
    assert reply.status_code == 200, reply.get_data(as_text=True)
    with zipfile.ZipFile(io.BytesIO(reply.get_data())) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        files = {name: archive.read(name) for name in archive.namelist()}
    reply.close()
    return json.loads(files["manifest.json"]), files


def _answers(page: str, operations: list[dict[str, Any]]) -> dict[str, str]:
    """Return a file of answers as the page on a flash drive writes it."""
    found = re.search(r'data-carried="(.*?)"', page)
    assert found is not None
    said = json.loads(html.unescape(found[1]))
    text = json.dumps(operations)
    code = hmac.new(bytes.fromhex(said["key"]), text.encode(), hashlib.sha256).hexdigest()
    rows = {name: said[name] for name in ("statement", "signature")}
    return {"format": "marshrut-lessons/1", **rows, "operations": text, "code": code}


def _bring(client: Any, course: UUID, body: Any) -> str:
    """Bring a file of answers in; return what the page says."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    token = csrf(client, f"/courses/{course}/offline")
    sent = {"answers": (io.BytesIO(data), "answers.json"), "csrf_token": token}
    reply = client.post(f"/courses/{course}/offline/answers", data=sent, follow_redirects=True)
    return str(reply.get_data(as_text=True))


def test_a_pack_for_a_flash_drive_is_signed_and_holds_nothing_that_others_wrote(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    blocks, enrolment = blocks_of(runtime, course), enrol(runtime, school, course)
    client = signed_in(app, "sonya")
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.keep_note(uow, enrolment, blocks["text"], "моё")
    manifest, files = _pack(client, course)
    assert set(files) == {row["path"] for row in manifest["files"]} | {"manifest.json", "manifest.sig"}
    for row in manifest["files"]:
        assert (len(files[row["path"]]), hashlib.sha256(files[row["path"]]).hexdigest()) == (
            row["size"],
            row["sha256"],
        )
    signature = files["manifest.sig"].decode()
    assert runtime.keys.verify(b"marshrut-pack/1\n" + files["manifest.json"], signature)
    assert not runtime.keys.verify(b"marshrut-pack/1\n" + files["manifest.json"][:-1] + b" ", signature)
    addresses = {row.get("address", "") for row in manifest["files"]}
    assert f"/courses/{course}/steps/{blocks['quiz']}" in addresses
    assert not any(str(blocks["end"]) in address for address in addresses), "a closed section is not carried"
    everything = b"".join(files.values()).decode(errors="ignore")
    assert "моё" not in everything
    assert f'name="account" content="{manifest["account"]}"' in everything
    teacher = signed_in(app, "kim")
    other = teacher.get(f"/courses/{course}/progress/{enrolment}/pack")
    with zipfile.ZipFile(io.BytesIO(other.get_data())) as archive:
        theirs = json.loads(archive.read("manifest.json"))
    other.close()
    assert theirs["account"] == manifest["account"], "made for the student, not for who makes it"
    assert signed_in(app, "lev").get(f"/courses/{course}/offline/pack").status_code == 404


def test_answers_from_a_flash_drive_come_in_once_and_what_is_forged_changes_nothing(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    blocks, enrolment = blocks_of(runtime, course), enrol(runtime, school, course)
    client = signed_in(app, "sonya")
    page = _pack(client, course)[1]["index.html"].decode()
    prefix = field_prefix(blocks["quiz"])
    assert f'name="{prefix}.1.answer"' in page
    operations = [
        {"op_id": str(uuid4()), "kind": "done", "block_id": str(blocks["text"]), "seq": 1},
        {
            "op_id": str(uuid4()),
            "kind": "answer",
            "block_id": str(blocks["quiz"]),
            "seq": 2,
            "try_no": 1,
            "fields": {f"{prefix}.1.answer": ["true"], f"{prefix}.2.answer": ["false"]},
        },
        {"op_id": str(uuid4()), "kind": "done", "block_id": str(blocks["end"]), "seq": 0},
    ]
    good = _answers(page, operations)
    for spoilt, why in (
        ({**good, "operations": good["operations"].replace("true", "false")}, "был изменён"),
        ({**good, "statement": good["statement"].replace("20", "21", 1)}, "не из набора этой школы"),
        ({**good, "signature": "00" * 64}, "не из набора этой школы"),
        (b"\xff\xfe", "не файл ответов"),
        ([], "не файл ответов"),
        ({**good, "code": None}, "не файл ответов"),
        (b"[" * 100_000, "не файл ответов"),
    ):
        assert why in _bring(client, course, spoilt)
    assert rows(runtime, CourseOperation, enrolment) == []
    said = _bring(client, course, good)
    assert "Принято 2 записи из файла." in said
    assert "Не удалось использовать 1" in said
    assert "Уже было здесь: 3" in _bring(client, course, good)
    assert len(rows(runtime, BlockAnswer, enrolment)) == 1
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.enrol(uow, school.id("lev"), course, "teacher")
    lev = signed_in(app, "lev")
    assert "для другого ученика" in _bring(lev, course, good)
