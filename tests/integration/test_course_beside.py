"""Beside a lesson: questions to the teacher, notes, time at the screen, where a film was left; and who may see them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.asking_reading import fresh_answers, questions_in
from lms.courses.models import BlockCompletion, Enrolment, Note, Playback, Question, StudyDay
from lms.courses.presence_reading import study_time
from lms.courses.queries import block_facts
from lms.courses.rules.screen_time import away_seconds
from lms.courses.service.notices import ANSWERED, ASKED
from lms.courses.types import (
    EnrolmentGround,
    EnrolmentState,
    LearningOp,
    LearningOpKind,
    NewBlock,
    NewSection,
)
from lms.demo.cast import DemoSchool, load_cast
from lms.people import service as people
from lms.people.models import Notice
from lms.people.types import MeasureCode, MeasureValue
from tests.integration.test_course_pages import signed_in
from tests.integration.test_courses import blocks_of, enrol, publish, write

TEXT = {"markdown": "Тепло уходит через окно."}


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "LMS_MAIL_HOST": "127.0.0.1", "LMS_MAIL_SENDER": "school@example.org"}


@pytest.fixture
def school(runtime: Runtime) -> DemoSchool:
    return load_cast(runtime)


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Publish a course of two steps, the first with two blocks; Sonya and Lev take it."""
    blocks = (
        NewBlock("heat", "text", TEXT, "Тепло", est_minutes=5),
        NewBlock("more", "text", TEXT, "Ещё о тепле", with_previous=True),
        NewBlock("end", "text", TEXT, "Итог"),
    )
    made = write(runtime, school, NewSection("one", "Первый", blocks))
    publish(runtime, school, made)
    return made


@pytest.fixture
def taken(runtime: Runtime, school: DemoSchool, course: UUID) -> UUID:
    enrol(runtime, school, course, "lev")
    return enrol(runtime, school, course)


def send(client: FlaskClient, page: str, path: str, **form: Any) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
    assert token
    return client.post(path, data={"csrf_token": token.group(1), **form})


def told(runtime: Runtime, kind: str) -> set[UUID]:
    with runtime.read() as session:
        return set(session.scalars(sa.select(Notice.person_id).where(Notice.kind == kind)))


def test_a_question_goes_to_the_teacher_and_its_answer_is_read_at_the_step(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    blocks = blocks_of(runtime, course)
    step, queue = f"/courses/{course}/steps/{blocks['heat']}", f"/courses/{course}/questions"
    sonya, lev, kim = (signed_in(app, login) for login in ("sonya", "lev", "kim"))
    asked = f"{step}/questions"
    assert send(sonya, step, asked, block=blocks["more"], question=" ").status_code == 422
    long = send(sonya, step, asked, question="ж" * 2001)
    assert long.status_code == 422 and "ж" * 2001 in long.text, "the words stay as typed"
    for _twice in range(2):
        done = send(sonya, step, asked, block=blocks["more"], question="Почему через <b>окно</b>?")
        assert done.status_code == 303
    with runtime.read() as session:
        (question,) = questions_in(session, course, is_answered=False)
    assert question.title == "Ещё о тепле" and question.block_id == blocks["more"]
    assert told(runtime, ASKED) == {school.id("kim")}
    assert "Почему через &lt;b&gt;окно" in sonya.get(step).text
    assert "Почему" not in lev.get(step).text and "Почему" not in lev.get(f"/courses/{course}/asked").text

    assert "Почему" in kim.get(queue).text and "Почему" in kim.get("/courses/questions").text
    assert "вопрос" in kim.get("/home", follow_redirects=True).text
    stranger = signed_in(app, "petrenko")
    assert "Почему" not in stranger.get("/courses/questions").text
    answer = f"{queue}/{question.id}"
    assert lev.get(queue).status_code in {403, 404}
    assert send(kim, queue, answer, **{f"answer-{question.id}": " "}).status_code == 422
    assert send(kim, queue, answer, **{f"answer-{question.id}": "Стекло тонкое."}).status_code == 303
    assert told(runtime, ANSWERED) == {school.id("sonya")}
    assert "Почему" not in kim.get(queue).text and "Стекло тонкое." in kim.get(f"{queue}?answered=1").text
    with runtime.read() as session:
        assert [each.block_id for each in fresh_answers(session, school.id("sonya"))] == [blocks["more"]]
    assert "Ещё о тепле" in sonya.get("/home").text, "the first page leads to the answer"
    assert "Стекло тонкое." in sonya.get(step).text
    with runtime.read() as session:
        assert fresh_answers(session, school.id("sonya")) == []
    assert send(kim, queue, answer, **{f"answer-{question.id}": "Нет."}).status_code == 409
    assert "Стекло тонкое." in sonya.get(f"/courses/{course}/asked").text


def test_rights_and_bounds_of_questions(
    runtime: Runtime, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    block = blocks_of(runtime, course)["heat"]

    def ask(login: str, text: str) -> UUID:
        with runtime.unit_of_work(school.actor(login)) as uow:
            return service.ask_teacher(uow, taken, block, text).id

    with pytest.raises((Forbidden, NotFound)):
        ask("lev", "Не моя запись")
    first = ask("sonya", "0")
    for number in range(1, 10):
        ask("sonya", str(number))
    with pytest.raises(Conflict):
        ask("sonya", "10")
    for login in ("lev", "petrenko", "anna"):
        with pytest.raises((Forbidden, NotFound)), runtime.unit_of_work(school.actor(login)) as uow:
            service.answer_question(uow, course, first, "Да")
    with pytest.raises(NotFound), runtime.unit_of_work(school.actor("kim")) as uow:
        service.answer_question(uow, uuid4(), first, "Да")
    with pytest.raises(NotFound), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.ask_teacher(uow, taken, uuid4(), "Где?")


def test_notes_are_ones_own_found_on_one_page_and_taken_as_a_file(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    blocks = blocks_of(runtime, course)
    step = f"/courses/{course}/steps/{blocks['heat']}"
    sonya, lev = signed_in(app, "sonya"), signed_in(app, "lev")
    assert send(sonya, step, f"{step}/note", note="Окно <i>и</i> дверь").status_code == 303
    assert send(sonya, step, f"{step}/note", note="Окно <i>и</i> дверь, крыша").status_code == 303
    long = send(sonya, step, f"{step}/note", note="ж" * 5001)
    assert long.status_code == 422 and "ж" * 5001 in long.text
    assert "крыша</textarea>" in sonya.get(step).text
    assert "крыша" not in lev.get(step).text and "крыша" not in lev.get("/courses/notes").text
    everything = sonya.get("/courses/notes").text
    assert "Окно &lt;i&gt;и&lt;/i&gt; дверь, крыша" in everything and step in everything
    assert "крыша" in sonya.get("/courses/notes?q=КРЫША+тепло").text
    assert step not in sonya.get("/courses/notes?q=подвал").text
    file = sonya.get("/courses/notes?form=text")
    assert file.mimetype == "text/plain" and "Проба. Тепло\nОкно <i>и</i> дверь, крыша" in file.text
    assert signed_in(app, "kim").get("/courses/notes").status_code in {403, 404}, "nobody else's"
    assert send(sonya, step, f"{step}/note", note=" ").status_code == 303
    with runtime.read() as session:
        assert session.scalars(sa.select(Note)).all() == []


def test_what_was_written_without_a_network_arrives_once(
    runtime: Runtime, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    block = blocks_of(runtime, course)["heat"]
    ops = [
        LearningOp(uuid4(), kind, block, seq, {kind.value: [text]})
        for seq, (kind, text) in enumerate(
            [
                (LearningOpKind.NOTE, "Раз"),
                (LearningOpKind.NOTE, "Два"),
                (LearningOpKind.QUESTION, "Почему?"),
                (LearningOpKind.QUESTION, " "),
            ]
        )
    ]
    for sent in (ops, ops[::-1]):
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            receipt = service.sync_learning(uow, taken, sent)
    refused = {row.op_id: row.refused for row in receipt.receipts}
    assert [refused[op.op_id] for op in ops] == ["", "", "", "course.question_empty"]
    with runtime.read() as session:
        assert session.scalars(sa.select(Note.text)).all() == ["Два"]
        assert session.scalars(sa.select(Question.text)).all() == ["Почему?"]


def minutes(runtime: Runtime, school: DemoSchool, login: str = "sonya") -> tuple[int, int | None]:
    with runtime.read() as session:
        spent = study_time(session, school.id(login), runtime.clock.now())
        return spent.minutes, spent.budget


def test_time_counts_while_somebody_is_at_work_and_closes_nothing(
    runtime: Runtime, app: Flask, clock: FixedClock, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    blocks = blocks_of(runtime, course)
    step, end = (f"/courses/{course}/steps/{blocks[key]}" for key in ("heat", "end"))
    sonya = signed_in(app, "sonya")
    assert minutes(runtime, school) == (0, 90)
    sonya.get(step)
    clock.advance(timedelta(minutes=4))
    sonya.get(end)
    assert minutes(runtime, school)[0] == 4
    clock.advance(timedelta(hours=3))
    assert minutes(runtime, school)[0] == 7, "a page that is left open counts three minutes"
    sonya.get(end)
    for _ in range(50):
        clock.advance(timedelta(minutes=2))
        assert send(sonya, "/courses/notes?q=", f"/courses/{course}/beat").status_code == 204
    assert minutes(runtime, school)[0] == 107
    shown = sonya.get(end)
    assert shown.status_code == 200 and "107 минут" in shown.text and "отдых" in shown.text
    assert "107" in sonya.get("/home").text
    assert "107" in signed_in(app, "anna").get("/children/week").text
    other = signed_in(app, "lev").get(end).text
    assert "107" not in other
    clock.advance(timedelta(days=1))
    assert minutes(runtime, school)[0] == 0, "a new day begins"


def test_time_without_a_network_counts_within_what_is_likely(
    runtime: Runtime, clock: FixedClock, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    blocks, now = blocks_of(runtime, course), clock.now()

    def done(key: str, ago: timedelta) -> LearningOp:
        return LearningOp(uuid4(), LearningOpKind.DONE, blocks[key], done_at=now - ago)

    ops = [done("heat", timedelta(minutes=20)), done("end", timedelta(minutes=19))]
    never = [
        done("heat", timedelta(seconds=5)),
        done("heat", -timedelta(hours=5)),
        done("end", timedelta(days=40)),
    ]
    for _ in range(2):  # the same again counts once
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            service.sync_learning(uow, taken, [*ops, *never])
    length = away_seconds([(op.done_at, 1) for op in ops if op.done_at])
    assert 60 < length <= 2 * 15 * 60
    with runtime.read() as session:
        rows = session.scalars(sa.select(StudyDay).where(StudyDay.person_id == school.id("sonya"))).all()
    assert len(rows) == 1 and 0 < rows[0].offline_seconds <= 16 * 60
    assert minutes(runtime, school)[0] == rows[0].offline_seconds // 60
    day = [(now - timedelta(minutes=15 * number), 90) for number in range(96)]
    assert away_seconds(day) == 4 * 3600, "no day has more, whatever a device says"


def test_a_school_sets_the_minutes_and_a_support_plan_has_its_own(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    head = signed_in(app, "gromova")
    page = head.get("/courses/time")
    assert page.status_code == 200 and 'value="60"' in page.text and 'value="120"' in page.text
    form = {f"grade-{grade}": "60" for grade in range(1, 12)}
    bad = send(head, "/courses/time", "/courses/time", **{**form, "grade-8": "30", "grade-9": "сто"})
    assert bad.status_code == 422 and "сто" in bad.text
    assert send(head, "/courses/time", "/courses/time", **{**form, "grade-8": "75"}).status_code == 303
    assert minutes(runtime, school)[1] == 75
    assert signed_in(app, "sonya").get("/courses/time").status_code in {403, 404}
    assert signed_in(app, "kim").get("/courses/time").status_code in {403, 404}
    with pytest.raises(InvalidInput), runtime.unit_of_work(school.actor("gromova")) as uow:
        service.set_budgets(uow, school.id("school-14"), {8: 121})
    with pytest.raises((Forbidden, NotFound)), runtime.unit_of_work(school.actor("gromova")) as uow:
        service.set_budgets(uow, school.id("sonya"), {8: 60})
    agree(runtime, school, MeasureValue(MeasureCode.SCREEN_TIME, {"minutes": 40}))
    assert minutes(runtime, school)[1] == 40


def agree(runtime: Runtime, school: DemoSchool, *measures: MeasureValue) -> None:
    """Put measures of support into force for Sonya."""
    with runtime.unit_of_work(school.actor("orlova")) as uow:
        plan = people.create_support_plan(
            uow,
            person_id=school.id("sonya"),
            measures=list(measures),
            source_ref="Рекомендации, лист 1",
            valid_from=uow.today(),
        )
    with runtime.unit_of_work(school.actor("anna")) as uow:
        assert people.approve_support_plan(uow, support_plan_id=plan.id).is_active


def test_a_film_goes_on_where_it_was_left(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    text = blocks_of(runtime, course)["heat"]
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.open_draft(uow, course)
        media = service.add_media(uow, course, b"ID3\x03 sound", "a.mp3").id
        said = {"media": str(media), "transcript": "Слова"}
        service.add_block(uow, course, "one", NewBlock("say", "audio", said, "Запись"))
        service.publish_course(uow, course)
    heard = blocks_of(runtime, course)["say"]
    with runtime.unit_of_work(SYSTEM) as uow:
        enrolment = service.enrol(uow, school.id("timur"), course, EnrolmentGround.CLASS).id
    timur, lev = signed_in(app, "timur"), signed_in(app, "lev")
    step = f"/courses/{course}/steps/{heard}"
    assert 'data-at="0"' in timur.get(step).text
    for position, kept in (("41", "41"), ("-3", "0"), ("17", "17")):
        assert send(timur, step, f"{step}/place", position=position).status_code == 204
        assert f'data-at="{kept}"' in timur.get(step).text
    assert send(timur, step, f"{step}/place", position="x").status_code == 422
    assert send(lev, "/courses/notes", f"{step}/place", position="5").status_code == 404, (
        "not in this version"
    )
    with runtime.read() as session:
        assert session.scalars(sa.select(Playback.position_s)).all() == [17]
    with pytest.raises(NotFound), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.keep_place(uow, taken, text, 7)
    with pytest.raises((Forbidden, NotFound)), runtime.unit_of_work(school.actor("sonya")) as uow:
        service.keep_place(uow, enrolment, heard, 7)


def test_the_same_content_is_completed_once_in_all_courses(
    runtime: Runtime, school: DemoSchool, course: UUID, taken: UUID
) -> None:
    same = NewBlock("heat", "text", TEXT, "Тепло")
    other = {"markdown": "Другое"}
    twin = write(runtime, school, NewSection("a", "А", (same, NewBlock("own", "text", other, "Своё"))))
    publish(runtime, school, twin)
    copy = write(runtime, school, NewSection("a", "А", (NewBlock("x", "text", TEXT, "Тепло"),)))
    publish(runtime, school, copy)
    second = enrol(runtime, school, twin)

    def done(enrolment: UUID) -> set[UUID]:
        with runtime.read() as session:
            return set(block_facts(session, enrolment).completed)

    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_block(uow, taken, blocks_of(runtime, course)["heat"])
    assert done(second) == {blocks_of(runtime, twin)["heat"]}
    third = enrol(runtime, school, copy)
    with runtime.read() as session:
        assert session.get_one(Enrolment, third).state is EnrolmentState.COMPLETED, "nothing is left to do"
        facts = session.scalars(sa.select(BlockCompletion).order_by(BlockCompletion.id)).all()
        assert [fact.same_as for fact in facts] == [None, facts[0].id, facts[0].id]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_block(uow, second, blocks_of(runtime, twin)["heat"])
        assert service.complete_block(uow, second, blocks_of(runtime, twin)["own"]).course_completed
    assert done(taken) == {blocks_of(runtime, course)["heat"]}, "what differs counts where it was done"
    with runtime.read() as session:
        assert len(session.scalars(sa.select(BlockCompletion)).all()) == 4
