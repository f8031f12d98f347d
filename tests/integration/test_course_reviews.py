"""Works read by classmates, pictures that are marked, signs of what was achieved: who sees what, and what decides nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.models import BlockCompletion, Enrolment, PeerReview, Work
from lms.courses.review_reading import reviews_to_give
from lms.courses.rules.drawing import draw
from lms.courses.service.notices import REVIEW_ASKED
from lms.courses.signs_reading import SignKind, signs_of
from lms.courses.types import EnrolmentGround, NewBlock, NewSection, WorkState
from lms.demo.cast import DemoSchool, load_cast
from lms.people.types import MeasureCode, MeasureValue
from tests.integration.test_course_beside import agree, send, told
from tests.integration.test_course_pages import signed_in
from tests.integration.test_course_steps import photo
from tests.integration.test_courses import blocks_of, publish, write

TASK = {"task": "Нарисуй схему", "criteria": "Есть чертёж\nЕсть подписи", "peers": "2", "peer_days": "4"}
GOOD = {"1": "yes", "2": "partly"}


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
    """Publish an assignment that two classmates read; Sonya and Lev of one class take it, and Timur of none."""
    made = write(
        runtime, school, NewSection("one", "Первый", (NewBlock("task", "assignment", TASK, "Схема"),))
    )
    publish(runtime, school, made)
    with runtime.unit_of_work(SYSTEM) as uow:
        for login in ("sonya", "lev", "timur"):
            service.enrol(uow, school.id(login), made, EnrolmentGround.CLASS)
    return made


def hand_in(runtime: Runtime, school: DemoSchool, course: UUID, login: str, text: str = "Готово") -> UUID:
    block = blocks_of(runtime, course)["task"]
    with runtime.unit_of_work(school.actor(login)) as uow:
        enrolment = uow.session.scalars(
            sa.select(Enrolment).where(Enrolment.course_id == course, Enrolment.person_id == school.id(login))
        ).one()
        return service.hand_in(uow, enrolment.id, block, text, [(photo(), "Соня Иванова.jpg")]).id


def duties(runtime: Runtime, school: DemoSchool, login: str) -> list[UUID]:
    with runtime.read() as session:
        return [each.id for each in reviews_to_give(session, school.id(login), runtime.clock.now())]


def give(
    runtime: Runtime,
    school: DemoSchool,
    login: str,
    review: UUID,
    comment: str = "Подпиши оси",
    **rubric: str,
) -> None:
    with runtime.unit_of_work(school.actor(login)) as uow:
        service.give_review(uow, review, rubric or GOOD, comment)


def test_readers_are_drawn_evenly_and_never_read_their_own() -> None:
    people = [uuid4() for _ in range(7)]
    works: dict[UUID, UUID] = {}
    readers: dict[UUID, set[UUID]] = {}
    for person in people:
        new = uuid4()
        for work, reader in draw((new, person), works, readers, 2):
            readers.setdefault(work, set()).add(reader)
        works[new] = person
        readers.setdefault(new, set())
    loads = [sum(person in drawn for drawn in readers.values()) for person in people]
    assert max(loads) <= 2 and all(works[work] not in drawn for work, drawn in readers.items())
    assert sorted(map(len, readers.values()))[2:] == [2] * 5, "all but the last few have both readers"
    assert draw((uuid4(), people[0]), {}, {}, 2) == [], "nobody there: the teacher reads alone"


def test_a_classmate_reads_by_the_points_without_a_name_and_decides_nothing(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    work = hand_in(runtime, school, course, "sonya")
    assert duties(runtime, school, "lev") == [], "who has handed in nothing reads nothing"
    hand_in(runtime, school, course, "timur", "Вне класса")
    hand_in(runtime, school, course, "lev")
    (review,) = duties(runtime, school, "lev")
    (other,) = duties(runtime, school, "sonya")
    assert duties(runtime, school, "timur") == [], "of another class, or of none"
    assert told(runtime, REVIEW_ASKED) == {school.id("sonya"), school.id("lev")}
    lev, sonya, kim = (signed_in(app, login) for login in ("lev", "sonya", "kim"))
    page = f"/courses/reviews/{review}"
    assert page in lev.get("/home").text
    shown = lev.get(page).text
    assert "Готово" in shown and "Есть подписи" in shown and "Сон" not in shown, "no name, not even of a file"
    picture = re.search(r'<img src="(/courses/reviews/[^"]+)"', shown)
    assert picture
    got = lev.get(picture.group(1))
    assert got.status_code == 200 and "filename" not in got.headers["Content-Disposition"]
    for stranger in (sonya, kim, signed_in(app, "timur")):
        assert stranger.get(page).status_code in {403, 404}
        assert stranger.get(picture.group(1)).status_code in {403, 404}
    assert send(lev, page, page, **{"point-1": "yes", "comment": "Хорошо"}).status_code == 422
    form = {"point-1": "yes", "point-2": "partly", "comment": "Подпиши <b>оси</b>"}
    assert send(lev, page, page, **form).status_code == 303
    assert page not in lev.get("/home").text
    step = f"/courses/{course}/steps/{blocks_of(runtime, course)['task']}"
    mine = sonya.get(step).text
    assert "Подпиши &lt;b&gt;оси" in mine and "Лев" not in mine, "the author reads it without a name"
    with runtime.read() as session:
        assert session.get_one(Work, work).state is WorkState.SENT
        assert session.scalars(sa.select(BlockCompletion)).all() == [], "an opinion completes nothing"
    judged = kim.get(f"/courses/{course}/work/{work}").text
    assert "Подпиши &lt;b&gt;оси" in judged and "Лев" in judged, "the teacher sees who wrote it"
    path = f"/courses/{course}/reviews/{review}/release"
    assert send(sonya, step, path).status_code in {403, 404}
    assert send(kim, f"/courses/{course}/work/{work}", path).status_code == 303
    assert "Подпиши" not in sonya.get(step).text
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.judge_work(uow, work, accept=True, comment="")
    with pytest.raises(Conflict):
        give(runtime, school, "lev", review)
    assert duties(runtime, school, "sonya") == [other]


def test_reviews_have_a_time_and_bounds_and_some_take_no_part(
    runtime: Runtime, clock: FixedClock, school: DemoSchool, course: UUID
) -> None:
    hand_in(runtime, school, course, "sonya")
    hand_in(runtime, school, course, "lev")
    (review,) = duties(runtime, school, "lev")
    for wrong in ({"1": "yes"}, {"1": "yes", "2": "10"}):
        with pytest.raises(InvalidInput):
            give(runtime, school, "lev", review, **wrong)
    with pytest.raises(InvalidInput):
        give(runtime, school, "lev", review, " ")
    with pytest.raises((Forbidden, NotFound)):
        give(runtime, school, "sonya", review)
    clock.advance(timedelta(days=5))
    assert duties(runtime, school, "lev") == []
    with pytest.raises(Conflict):
        give(runtime, school, "lev", review)
    with runtime.read() as session:
        states = session.scalars(sa.select(Work.state)).all()
    assert states == [WorkState.SENT] * 2, "the teacher reads them without"


def test_a_support_plan_keeps_a_work_with_the_teacher(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    agree(runtime, school, MeasureValue(MeasureCode.NO_PEER_REVIEW))
    hand_in(runtime, school, course, "lev")
    work = hand_in(runtime, school, course, "sonya")
    with runtime.read() as session:
        assert session.scalars(sa.select(PeerReview)).all() == []
    with runtime.unit_of_work(school.actor("kim")) as uow:
        assert service.judge_work(uow, work, accept=True, comment="").state is WorkState.ACCEPTED


def test_a_photograph_is_marked_and_read_once_the_work_is_judged(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    work = hand_in(runtime, school, course, "sonya")
    hand_in(runtime, school, course, "lev")
    sonya, lev, kim = (signed_in(app, login) for login in ("sonya", "lev", "kim"))
    page = f"/courses/{course}/work/{work}"
    found = re.search(rf"/courses/{course}/work-files/[0-9a-f-]+/marks", kim.get(page).text)
    assert found
    marks = found.group(0)
    assert "redpen" in kim.get(marks).text
    assert sonya.get(marks).status_code == 404, "not before it is judged"
    drawn = {"strokes": "[[[1, 2], [30, 40]]]", "x": "25", "y": "75", "text": "Знак <i>здесь</i>"}
    bad = send(kim, page, marks, **{**drawn, "x": "120"})
    assert bad.status_code == 422 and "120" in bad.text and "30" in bad.text
    assert send(lev, "/courses/notes", marks, **drawn).status_code in {403, 404}
    assert send(sonya, "/courses/notes", marks, **drawn).status_code in {403, 404}
    assert send(kim, page, marks, **drawn).status_code == 303
    assert "polyline" in kim.get(marks).text
    step = f"/courses/{course}/steps/{blocks_of(runtime, course)['task']}"
    assert marks not in sonya.get(step).text
    assert send(kim, page, page, verdict="return", comment="Смотри пометки").status_code == 303
    assert marks in sonya.get(step).text
    seen = sonya.get(marks).text
    assert "Знак &lt;i&gt;здесь" in seen and "polyline" in seen and "data-redpen-form" not in seen
    assert lev.get(marks).status_code in {403, 404}
    assert send(kim, page, marks, **drawn).status_code == 409


def test_signs_are_facts_and_can_be_switched_off_for_one_child(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    for accept, comment in ((False, "Ещё раз"), (True, "")):
        work = hand_in(runtime, school, course, "sonya")
        with runtime.unit_of_work(school.actor("kim")) as uow:
            service.judge_work(uow, work, accept=accept, comment=comment)
    with runtime.read() as session:
        found = signs_of(session, school.id("sonya"), runtime.clock.now())
    assert {sign.kind for sign in found.signs} == {SignKind.IMPROVED, SignKind.COURSE}
    assert found.weeks == 1 and not found.is_resting
    with runtime.read() as session:
        later = signs_of(session, school.id("sonya"), runtime.clock.now() + timedelta(days=21))
    assert later.weeks == 1 and later.is_resting, "a pause takes nothing away"
    page = f"/courses/signs/{school.id('sonya')}"
    sonya, anna = signed_in(app, "sonya"), signed_in(app, "anna")
    assert sonya.get("/courses/signs").headers["Location"].endswith(page)
    assert "Схема" in sonya.get(page).text and "Схема" in anna.get(page).text
    assert page in anna.get("/children/week").text
    for login in ("lev", "irina", "petrenko"):
        assert signed_in(app, login).get(page).status_code in {403, 404}
    assert send(anna, page, page, signs="off").status_code == 303
    assert "Схема" not in sonya.get(page).text and "Схема" not in anna.get(page).text
    assert send(sonya, page, page, signs="on").status_code == 303
    assert "Схема" in sonya.get(page).text
    kim = signed_in(app, "kim")
    assert "Схема" not in kim.get(page).text, "a teacher sees whether they are shown, not what they say"
    assert send(kim, page, page, signs="off").status_code == 422, "staff say why"
    assert send(kim, page, page, signs="off", why="Соревнуется сама с собой").status_code == 303
    for reader in (sonya, anna):
        said = reader.get(page).text
        assert "Схема" not in said and "Соревнуется сама с собой" in said and "Ким" in said
    assert send(anna, page, page, signs="on").status_code == 303
    assert "Схема" in sonya.get(page).text and "Соревнуется" not in sonya.get(page).text
    with pytest.raises((Forbidden, NotFound)), runtime.unit_of_work(school.actor("lev")) as uow:
        service.set_encouragement(uow, school.id("sonya"), school.id("school-14"), is_off=True)
