"""The pages after the marking, at a browser without scripts: what is typed stays, what is done is seen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Entry, Grade, LateDecision, Result
from lms.assessment.types import GradeSource, ResultState
from lms.people.models import Guardianship
from lms.testing.exams import PASSWORD, ExamGround, Question
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_regrades import correct, sat

__all__ = ["sat"]

SHARED = "Кровь разносит по телу кислород и питательные вещества, а забирает углекислый газ."


@dataclass
class Visitor:
    """Somebody signed in."""

    client: FlaskClient

    def get(self, path: str, status: int = 200) -> str:
        reply = self.client.get(path)
        assert reply.status_code == status, (path, reply.text[-1500:])
        return reply.text

    def post(self, path: str, data: dict[str, Any], status: int = 303) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/reading"))
        assert found
        reply = self.client.post(path, data={**data, "csrf_token": found[1]})
        assert reply.status_code == status, (path, reply.text[-3000:])
        return reply.headers["Location"] if status == 303 else reply.text


@pytest.fixture
def enter(app: Flask) -> Callable[[str], Visitor]:
    """Return a function that signs somebody in."""

    def signed_in(login: str) -> Visitor:
        client = app.test_client()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
        assert found
        form = {"login": login, "password": PASSWORD, "csrf_token": found[1]}
        assert client.post("/login", data=form).status_code == 303
        return Visitor(client)

    return signed_in


@pytest.fixture
def teacher(enter: Callable[[str], Visitor]) -> Visitor:
    return enter("test-school-teacher")


@pytest.fixture
def director(enter: Callable[[str], Visitor]) -> Visitor:
    return enter("test-school-director")


@pytest.fixture
def two(make_sitting: Callable[..., Sitting], ground: ExamGround) -> tuple[Sitting, Sitting]:
    """Return two works of a choice and an essay; their essays share a passage."""
    kinds = ground.runtime.registries.of(QUESTION_TYPES)
    samples = [(name, kinds.get(name).samples()[0]) for name in ("choice", "essay")]
    first = make_sitting(questions=[Question(n, s.content, tuple(s.tests)) for n, s in samples])
    second = make_sitting(1, session_id=first.session_id)
    for sitting, more in ((first, "Я так думаю."), (second, "Так написано в книге.")):
        sitting.answer(sitting.slot_of("choice"), "d")
        sitting.answer(sitting.slot_of("essay"), f"{SHARED} {more}")
        sitting.submit()
    return first, second


def waiting(ground: ExamGround) -> list[UUID]:
    with ground.runtime.read() as session:
        cards = queries.marking_queue(session, ground.teacher, ground.runtime.clock.now())
    return [card.attempt_item_id for card in cards]


def test_a_session_is_marked_again_from_its_page(
    two: tuple[Sitting, Sitting], teacher: Visitor, director: Visitor
) -> None:
    base = f"/sessions/{two[0].session_id}"
    assert f"{base}/marking" in teacher.get(base)
    teacher.post(f"{base}/marking/markers", {"markers": "2", "tolerance": "много"}, 422)
    teacher.post(f"{base}/marking/markers", {"markers": "2", "tolerance": "12,5"})
    assert 'value="12,5"' in teacher.get(f"{base}/marking")
    assert 'name="reason"' in teacher.post(f"{base}/marking/replay", {"reason": ""}, 422)
    batch = teacher.post(f"{base}/marking/replay", {"reason": "Проверка ключа"})
    assert "Проверка ключа" in teacher.get(batch)
    assert "Проверка ключа" in teacher.get(f"{base}/marking")
    teacher.post(batch, {"decision": "approve"}, 403)
    director.post(batch, {"decision": "drop"})
    director.post(batch, {"decision": "approve"}, 422)


def test_texts_are_compared_side_by_side_under_aliases(
    two: tuple[Sitting, Sitting], teacher: Visitor, enter: Callable[[str], Visitor]
) -> None:
    page = teacher.get(f"/sessions/{two[0].session_id}/similar")
    found = re.search(r'href="(/marking/[^"]+/beside/[^"]+)"', page)
    assert found and "Ученикова" not in page
    beside = teacher.get(found[1])
    assert "<mark>Кровь разносит" in beside and "Ученикова" not in beside
    left, right = re.findall(r"[0-9a-f-]{36}", found[1])
    teacher.get(f"/marking/{left}/beside/{left}", 404)
    enter("test-school-s1").get(found[1], 403)
    enter("test-school-reviewer").get(f"/marking/{right}/beside/{left}", 403)


def test_several_answers_get_the_same_points_and_words(
    two: tuple[Sitting, Sitting], teacher: Visitor, ground: ExamGround
) -> None:
    ids = waiting(ground)
    path = f"/marking/several/{ids[0]}"
    assert path in teacher.get("/marking")
    assert "Общее" in teacher.post(path, {"comment": "Общее"}, 422)  # nothing chosen, nothing lost
    teacher.post(path, {"chosen": [str(i) for i in ids], "points": "999"}, 422)
    teacher.post(path, {"chosen": [str(i) for i in ids], "points": "1", "comment": "Верно по сути"})
    assert waiting(ground) == []
    for sitting in two:
        answer = next(a for a in sitting.review(as_staff=True).answers if a.type == "essay")
        assert answer.comment == "Верно по сути"
    again = teacher.get("/marking")
    assert path in again and f"/marking/{ids[0]}" in again, "there is a way back until the release"
    assert "проверена" in teacher.get(path)
    for _click in range(2):  # the same words twice are the same words
        teacher.post(path, {"chosen": [str(i) for i in ids], "comment": "Прочитай ещё раз §12."})
    for sitting in two:
        answer = next(a for a in sitting.review(as_staff=True).answers if a.type == "essay")
        assert answer.comment == "Верно по сути\n\nПрочитай ещё раз §12."
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        for result_id in uow.session.scalars(sa.select(Result.id)).all():
            service.release_result(uow, result_id)
    assert f"/marking/{ids[0]}" not in teacher.get("/marking")
    teacher.get(path, 404)


def test_a_mark_from_an_old_page_overwrites_nobody_elses(
    two: tuple[Sitting, Sitting], teacher: Visitor, director: Visitor, ground: ExamGround
) -> None:
    path = f"/marking/{waiting(ground)[0]}"

    def typed(page: str, points: str, **more: str) -> dict[str, str]:
        seen = re.search(r'name="seen" value="([^"]+)"', page)
        lines = re.findall(r'name="(line-[^"]+|points)"', page)
        assert seen and lines
        return {**dict.fromkeys(lines, points), "seen": seen[1], **more}

    old = teacher.get(path)
    theirs = typed(director.get(path), "1", comment="Полный ответ.")
    for _click in range(2):  # the same form sent twice is one mark
        director.post(path, theirs)
    kept = teacher.post(path, typed(old, "0", comment="Пусто."), 422)
    assert "Пусто." in kept
    with ground.runtime.read() as session:
        grades = session.scalars(sa.select(Grade.fraction).where(Grade.source == GradeSource.HUMAN)).all()
    assert len(grades) == 1
    teacher.post(path, typed(kept, "0", comment="Пусто."))  # now it is meant


def test_marking_several_from_an_old_page_overwrites_nobody_elses(
    two: tuple[Sitting, Sitting], teacher: Visitor, director: Visitor, ground: ExamGround
) -> None:
    first, second = waiting(ground)
    path = f"/marking/several/{first}"

    def typed(page: str, points: str, comment: str) -> dict[str, Any]:
        signs = dict(re.findall(r'name="(seen-[^"]+)" value="([^"]+)"', page))
        assert set(signs) == {f"seen-{first}", f"seen-{second}"}
        return {**signs, "chosen": [str(first), str(second)], "points": points, "comment": comment}

    def given() -> list[Grade]:
        with ground.runtime.read() as session:
            human = sa.select(Grade).where(Grade.source == GradeSource.HUMAN)
            return list(session.scalars(human.order_by(Grade.graded_at, Grade.number)))

    old = typed(teacher.get(path), "0", "Пусто.")
    seen = re.search(r'name="seen" value="([^"]+)"', director.get(f"/marking/{second}"))
    line = re.findall(r'name="(line-[^"]+|points)"', director.get(f"/marking/{second}"))
    assert seen
    director.post(f"/marking/{second}", {**dict.fromkeys(line, "1"), "seen": seen[1], "comment": "Полно."})
    kept = teacher.post(path, old, 422)
    assert [grade.attempt_item_id for grade in given()] == [second], "all of them or none"
    assert "Пусто." in kept and kept.count(" checked") == 2, "what was typed is kept"
    assert kept.count("Кто-то изменил") == 1 and "балл" in kept, "what stands now is shown, too"
    words = typed(kept, "", "Смотри §12.")
    director.post(path, {**typed(director.get(path), "1", "Верно."), "chosen": [str(second)]})
    assert "Смотри §12." in teacher.post(path, words, 422), "words stand beside the mark that was seen"
    meant = typed(teacher.get(path), "0", "Пусто.")
    for _click in range(2):  # the same form sent twice is one mark each
        teacher.post(path, meant)
    assert sorted(grade.comment for grade in given()) == ["Верно.", "Полно.", "Пусто.", "Пусто."]
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        found = sa.select(Result.id).where(Result.attempt_id == two[0].attempt_id)
        service.release_result(uow, uow.session.scalars(found.order_by(Result.number.desc())).first())
    refused = teacher.post(path, {**meant, "points": "1"}, 422)
    assert "больше нельзя" in refused and len(given()) == 4, "what is released is not left out unsaid"


def test_a_decision_on_what_came_late_covers_what_was_shown(
    two: tuple[Sitting, Sitting], teacher: Visitor, director: Visitor, ground: ExamGround
) -> None:
    slot, path = two[0].slot_of("essay"), f"/marking/late/{two[0].attempt_id}"
    two[0].answer(slot, "Позже.")
    old = re.search(r'name="until" value="(\d+)"', teacher.get(path))
    assert old
    two[0].answer(slot, "Ещё позже.")
    decision = {"decision": "accept", "reason": "Связь пропала."}
    kept = teacher.post(path, {**decision, "until": old[1]}, 422)
    assert "Связь пропала." in kept
    now = re.search(r'name="until" value="(\d+)"', kept)
    assert now and now[1] != old[1]
    for _click in range(2):  # the same form sent twice is one decision
        teacher.post(path, {**decision, "until": now[1]})
    director.post(path, {"decision": "refuse", "reason": "Поздно.", "until": now[1]})
    assert "уже принял решение" in director.get("/marking"), (
        "nobody overrides unseen what another has decided"
    )
    with ground.runtime.read() as session:
        (made,) = session.scalars(sa.select(LateDecision)).all()
    assert (made.is_accepted, made.reason) == (True, "Связь пропала.")


def test_what_is_released_is_what_was_shown(
    two: tuple[Sitting, Sitting], teacher: Visitor, director: Visitor, ground: ExamGround
) -> None:
    first, second = waiting(ground)
    base = f"/sessions/{two[0].session_id}"
    teacher.post(f"/marking/several/{first}", {"chosen": [str(first), str(second)], "points": "0"})
    old = re.findall(r'name="result_id" value="([^"]+)"', teacher.get(base))
    assert len(old) == 4 and len(set(old)) == 2, "all of them together, or each by itself"
    director.post(f"/marking/several/{first}", {"chosen": [str(first)], "points": "1"})
    refused = teacher.post(f"{base}/release", {"result_id": old[:2]}, 422)
    now = re.findall(r'name="result_id" value="([^"]+)"', refused)
    assert "изменились" in refused and len(set(now) & set(old)) == 1
    teacher.post(f"{base}/release", {"result_id": "all"}, 422)
    teacher.post(f"{base}/release", {"result_id": now[:2]})
    with ground.runtime.read() as session:
        states = session.scalars(sa.select(Result.state).order_by(Result.proposed_at, Result.number)).all()
    assert sorted(states) == [ResultState.PROPOSED, ResultState.RELEASED, ResultState.RELEASED]


def test_an_appeal_goes_from_the_student_to_the_head_and_back(
    two: tuple[Sitting, Sitting],
    teacher: Visitor,
    director: Visitor,
    enter: Callable[[str], Visitor],
    ground: ExamGround,
) -> None:
    ids = waiting(ground)
    teacher.post(f"/marking/several/{ids[0]}", {"chosen": [str(i) for i in ids], "points": "0,5"})
    with ground.runtime.unit_of_work(ground.teacher) as uow:
        found = sa.select(Result.id).where(Result.attempt_id == two[0].attempt_id)
        service.release_result(uow, uow.session.scalars(found).one())
    student = enter("test-school-s1")
    work = f"/attempts/{two[0].attempt_id}"
    assert f'href="{work}/appeal"' in student.get(f"{work}/status")
    form = student.get(f"{work}/appeal")
    names = re.findall(r'name="(item-[^"]+)"', form)
    assert len(names) == 2
    student.post(f"{work}/appeal", {names[0]: " "}, 422)
    kept = student.post(
        f"{work}/appeal", {names[0]: "Слово", "file": (io.BytesIO(b"no picture"), "a.jpg")}, 422
    )
    assert "Слово" in kept
    appeal = student.post(f"{work}/appeal", {names[0]: "В учебнике иначе."})
    assert appeal in student.get(f"{work}/status")
    assert appeal in director.get("/appeals")
    shown = director.get(appeal)
    assert "Ученикова" not in shown
    item = names[0].removeprefix("item-")
    assert 'value="0,' in shown or 'value="0"' in shown
    answer = {f"points-{item}": "1", f"reply-{item}": "Принято.", "reasons": ""}
    assert "Принято." in director.post(appeal, answer, 422)
    director.post(appeal, {**answer, "reasons": "Довод верен."})
    assert "Довод верен." in student.get(appeal)
    student.post(f"{appeal}/withdraw", {}, 422)
    enter("test-school-s2").get(appeal, 404)


def test_a_gradebook_is_set_up_filled_and_given_away(
    two: tuple[Sitting, Sitting], teacher: Visitor, director: Visitor
) -> None:
    policy = re.search(r'<option value="([0-9a-f-]{36})"', teacher.get("/gradebooks"))
    assert policy
    assert "Физика" in teacher.post("/gradebooks", {"title": "Физика", "policy": "x"}, 422)
    page = teacher.post("/gradebooks", {"title": "", "policy": policy[1]}, 422)
    form = {
        "title": "=Физика",
        "policy": policy[1],
        "form_id": re.findall(r'"form_id" value="([^"]+)"', page)[0],
    }
    setup = teacher.post("/gradebooks", form)
    assert teacher.post("/gradebooks", form) == setup, "a second click opens no second gradebook"
    assert teacher.post("/gradebooks", {**form, "title": "Другая"}) != setup
    book = setup.removesuffix("/setup")
    category = re.search(r'name="category_id" value="([^"]+)"', teacher.get(setup))
    assert category
    teacher.post(f"{book}/categories", {"title": "Тесты", "weight": "-1"}, 422)
    teacher.post(f"{book}/categories", {"title": "Тесты", "weight": "2", "drop_lowest": "1"})
    teacher.post(f"{book}/categories", {"category_id": category[1], "title": "Всё", "weight": "1,5"})
    teacher.post(f"{book}/columns", {"category": category[1]}, 422)
    teacher.post(f"{book}/columns", {"category": category[1], "column_title": "-1+1", "max_points": "5"})
    teacher.post(f"{book}/columns", {"category": category[1], "session": str(two[0].session_id)})
    teacher.post(f"{book}/students", {})
    column = teacher.get(f"{book}/columns/1")
    names = re.findall(r'name="(cell-[^"]+)"', column)
    assert len(names) == 2
    assert "пять" in teacher.post(f"{book}/columns/1", {names[0]: "пять"}, 422)
    teacher.post(f"{book}/columns/1", {names[0]: "4,5", names[1]: "осв"})
    teacher.post(f"{book}/columns/1", {names[0]: "5"}, 422)  # a correction needs its reason
    teacher.post(f"{book}/columns/1", {names[0]: "5", "reason": "Пересчитано"})
    stale = {names[0]: "4,5", names[1]: "осв", names[0].replace("cell", "seen"): "4,5", "reason": "Опечатка"}
    teacher.post(f"{book}/columns/1", {**stale, names[1].replace("cell", "seen"): "осв"})
    assert 'value="5"' in teacher.get(f"{book}/columns/1"), (
        "what was left alone on an old page changes nothing"
    )
    kept = teacher.post(f"{book}/columns/1", {**stale, names[0]: "3"}, 422)
    assert 'value="3"' in kept and "5" in kept
    page = teacher.get(book)
    assert "<td>5</td>" in page and "100" in page
    assert "Пересчитано" in teacher.get(f"{book}/lines/1")
    teacher.post(f"{book}/lines/1", {"mark": "4"}, 422)
    for _click in range(2):  # the same form sent twice is one decision
        teacher.post(f"{book}/lines/1", {"mark": "5", "seen": "0"})
    kept = director.post(f"{book}/lines/1", {"mark": "3", "reason": "Не был", "seen": "0"}, 422)
    assert "кто-то решил: «5" in kept and "Не был" in kept
    assert 'value="3" selected' in kept and 'name="seen" value="1"' in kept
    assert "Не был" not in teacher.get(f"{book}/lines/1"), "nobody replaces unseen what another has decided"
    director.post(f"{book}/lines/1", {"mark": "4", "reason": "Доклад", "seen": "1"})
    kept = teacher.post(f"{book}/lines/1", {"mark": "5", "reason": "Олимпиада", "seen": "1"}, 422)
    assert "кто-то решил: «4" in kept and "Доклад" in kept and "Олимпиада" in kept
    teacher.post(f"{book}/lines/1", {"mark": "5", "reason": "Олимпиада", "seen": "2"})
    table = openpyxl.load_workbook(io.BytesIO(teacher.client.get(f"{book}/file/xlsx").data)).active
    assert table is not None and table["B2"].value == 5 and table["B1"].value == "'-1+1"
    assert "'-1+1" in teacher.client.get(f"{book}/file/csv").data.decode("utf-8-sig")
    assert "Физика" in director.get(book)
    teacher.get(f"{book}/lines/9", 404)
    teacher.post(f"{book}/columns/1/change", {"title": "Доклад", "weight": "3"})
    teacher.post(f"{book}/columns/1/change", {"title": "Другое", "weight": "0"})
    assert "Доклад" in teacher.get(setup) and "Другое" not in teacher.get(setup)
    teacher.post(f"{book}/columns/1/change", {"do": "remove"})
    assert "Доклад" in teacher.get(setup), "what holds values stays"
    teacher.post(f"{book}/columns", {"category": category[1], "column_title": "Лишнее", "max_points": "5"})
    number = teacher.get(book).count('<th scope="col"')
    teacher.post(f"{book}/columns/3/change", {"do": "remove"})
    assert teacher.get(book).count('<th scope="col"') == number - 1
    teacher.post(f"{book}/lines/1/remove", {})
    assert "Пересчитано" in teacher.get(f"{book}/lines/1"), "a line with values stays"


def test_a_head_writes_scales_and_a_teacher_reads_them(
    two: tuple[Sitting, Sitting], teacher: Visitor, director: Visitor
) -> None:
    teacher.get("/mark-policies/new", 403)
    own = {"title": "Буквы", "mark-1": "A", "least-1": "80", "mark-2": "B", "least-2": "0", "pass": "50"}
    assert 'value="Буквы"' in director.post("/mark-policies/new", own, 422)
    made = director.post("/mark-policies/new", {**own, "pass": "80"})
    assert "A от 80" in teacher.get(made) or "A from 80" in teacher.get(made)
    usual = re.search(
        r'href="(/mark-policies/[0-9a-f-]{36})"[^>]*>(?:Отметки|Marks)', director.get("/mark-policies")
    )
    assert usual
    shares = {"least-1": "90", "least-2": "70", "least-3": "50", "least-4": "0", "pass": "50"}
    again = director.post(usual[1], shares)
    assert again != usual[1] and "90" in teacher.get(again)
    director.post(usual[1], {**shares, "least-2": "95"}, 422)


def test_a_head_puts_a_wrong_key_right_on_the_pages(
    sat: Sitting, teacher: Visitor, director: Visitor
) -> None:
    base = f"/sessions/{sat.session_id}/marking"
    assert 'name="key-' not in teacher.get(base)
    ((asked_id, key_id),) = correct(sat).items()
    name, others = f"key-{asked_id}", teacher.get(base)
    assert f'name="{name}"' in others and str(key_id) in others
    refused = teacher.post(f"{base}/replay", {"reason": "Ключ", name: str(asked_id)}, 422)
    assert "По этой версии проверить вопрос нельзя" in refused
    kept = teacher.post(f"{base}/replay", {"reason": "", name: str(key_id)}, 422)
    assert f'value="{key_id}" selected' in kept
    batch = teacher.post(f"{base}/replay", {"reason": "Ключ", name: str(key_id)})
    page = director.get(batch)
    assert "версия 1" in page and "версия 2" in page
    director.post(batch, {"decision": "approve"})
    assert str(asked_id) in teacher.get(base)  # the way back


def test_an_exam_page_speaks_to_a_parent_about_the_child(
    sitting: Sitting, enter: Callable[[str], Visitor]
) -> None:
    adult = sitting.ground.add_student()
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        rights = {"may_view": True, "may_sign": False, "may_consent": False, "may_receive": True}
        pair = {"adult_id": adult.person_id, "child_id": sitting.student.person_id}
        uow.session.add(Guardianship(**pair, **rights, valid_from=uow.now(), proof="Свидетельство"))
    with sitting.runtime.read() as session:
        entry = session.scalars(sa.select(Entry.id).where(Entry.session_id == sitting.session_id)).first()
    child, parent = (enter(login).get(f"/exams/{entry}") for login in (sitting.student.login, adult.login))
    assert "Его видишь ты, твоя семья" in child
    assert "Ученик пишет работу" in parent and "Его видят ученик, семья" in parent
    assert not re.search(r"\b(ты|тебя|твоя|твою|твои)\b", parent), "a parent is spoken to as the child"
