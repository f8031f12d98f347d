"""Discussions of a step: who reads what, how a teacher judges, and what a school that closes them leaves."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.runtime import Runtime
from lms.courses import service
from lms.courses.discussion_reading import Reading, class_of, posts_of, posts_to_judge
from lms.courses.offline_reading import offline_parts
from lms.courses.queries import enrolment_of
from lms.courses.types import EnrolmentGround, NewBlock, NewSection, PostState
from lms.demo.cast import DemoSchool, load_cast
from lms.people import service as people
from lms.people.types import AdmissionGround
from tests.integration.test_course_pages import signed_in
from tests.integration.test_courses import blocks_of, publish, write

OPEN = {"question": "Где дома уходит тепло?"}
CHECKED = {"question": "Что вас удивило?", "checked_first": True}


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Publish a course with an open discussion and one that a teacher reads first; two of a class take it, one of another."""
    blocks = (
        NewBlock("open", "discussion", OPEN, "Тепло"),
        NewBlock("checked", "discussion", CHECKED, "Итог"),
    )
    made = write(runtime, school, NewSection("one", "Первый", blocks))
    publish(runtime, school, made)
    with runtime.unit_of_work(SYSTEM) as uow:
        org, timur = school.id("school-14"), school.id("timur")
        other = people.create_class(uow, org_id=org, grade=8, label="8 другой")
        people.admit_student(
            uow,
            person_id=timur,
            org_id=org,
            ground=AdmissionGround.CLASS,
            grade=8,
            class_id=other,
            valid_from=uow.today(),
        )
        for login in ("sonya", "lev", "timur"):
            service.enrol(uow, school.id(login), made, EnrolmentGround.CLASS)
    return made


def seen(runtime: Runtime, school: DemoSchool, course: UUID, login: str, key: str = "open") -> list[str]:
    with runtime.unit_of_work(school.actor(login)) as uow:
        person = school.id(login)
        reading = Reading(person, class_of(uow.session, person, uow.today()), login == "kim")
        return [post.text for post in posts_of(uow.session, course, key, reading)]


def say(runtime: Runtime, school: DemoSchool, course: UUID, login: str, text: str, key: str = "open") -> UUID:
    with runtime.unit_of_work(school.actor(login)) as uow:
        return service.write_post(uow, course, blocks_of(runtime, course)[key], text).id


def test_a_class_reads_its_own_and_what_staff_write(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    first = say(runtime, school, course, "sonya", "Через окно")
    say(runtime, school, course, "timur", "Через дверь")
    say(runtime, school, course, "kim", "А через крышу?")
    waits = say(runtime, school, course, "lev", "Всё", "checked")
    assert seen(runtime, school, course, "lev") == ["Через окно", "А через крышу?"]
    assert seen(runtime, school, course, "timur") == ["Через дверь", "А через крышу?"]
    assert seen(runtime, school, course, "kim") == ["Через окно", "Через дверь", "А через крышу?"]
    assert seen(runtime, school, course, "sonya", "checked") == []
    assert seen(runtime, school, course, "lev", "checked") == ["Всё"]

    def judge(login: str, post: UUID, *, is_shown: bool, why: str = "") -> PostState:
        with runtime.unit_of_work(school.actor(login)) as uow:
            return service.judge_post(uow, course, post, is_shown=is_shown, why=why).state

    def waiting() -> list[str]:
        with runtime.unit_of_work(school.actor("kim")) as uow:
            return [
                p.text for p in posts_to_judge(uow.session, course, Reading(school.id("kim"), is_staff=True))
            ]

    assert waiting() == ["Всё"]
    with pytest.raises(Forbidden):
        judge("sonya", first, is_shown=True)
    with pytest.raises(NotFound):
        judge("timur", first, is_shown=False)
    with pytest.raises(NotFound):
        judge("sonya", waits, is_shown=False)
    assert judge("kim", waits, is_shown=True) is PostState.SHOWN and waiting() == []
    for _ in range(2):
        with runtime.unit_of_work(school.actor("lev")) as uow:
            service.report_post(uow, course, first, "Обидно")
    assert waiting() == ["Через окно"], "it is shown until a teacher has looked"
    assert seen(runtime, school, course, "lev")[0] == "Через окно"
    with pytest.raises(InvalidInput):
        judge("kim", first, is_shown=False)
    assert judge("kim", first, is_shown=False, why="Без имён") is PostState.HIDDEN and waiting() == []
    assert seen(runtime, school, course, "lev") == ["А через крышу?"]
    assert seen(runtime, school, course, "sonya")[0] == "Через окно", "its author reads it with the reason"
    own = say(runtime, school, course, "lev", "Передумала")
    assert judge("lev", own, is_shown=False) is PostState.HIDDEN
    with pytest.raises(Forbidden):
        judge("lev", own, is_shown=True)


def test_a_discussion_has_bounds_and_is_closed_by_the_school(
    runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    for text, code in ((" \n", "course.post_empty"), ("ж" * 2001, "course.post_long")):
        with pytest.raises(InvalidInput) as refused:
            say(runtime, school, course, "sonya", text)
        assert refused.value.code == code
    for number in range(20):
        say(runtime, school, course, "sonya", str(number))
    with pytest.raises(Conflict) as enough:
        say(runtime, school, course, "sonya", "20")
    assert enough.value.code == "course.posts_enough"
    with runtime.read() as session:
        found = enrolment_of(session, school.id("sonya"), course)
        assert found is not None
        (part,) = offline_parts(session, found, runtime.registries)
    assert (part.away, part.talks) == ((), ("Тепло", "Итог"))


def test_a_pack_carries_the_text_of_a_discussion_and_says_what_needs_a_network(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    say(runtime, school, course, "lev", "Через окно")
    sonya = signed_in(app, "sonya")
    before = sonya.get(f"/courses/{course}/offline").text
    assert "Тексты берутся с собой, а для обсуждения нужна сеть: Тепло, Итог" in before
    with zipfile.ZipFile(
        io.BytesIO(sonya.get(f"/courses/{course}/offline/pack", buffered=True).get_data())
    ) as archive:
        pages = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".html")]
    told = [page for page in pages if "Для обсуждения нужна сеть" in page]
    assert len(told) == 3, "the page to be read, and the platform's own page of each step"
    assert all("Где дома уходит тепло" in page or "Что вас удивило" in page for page in told)
    assert not any("Через окно" in page for page in pages), "nothing that others wrote"


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_it_is_written_on_the_page_of_the_step(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID, environment: dict[str, str]
) -> None:
    block = blocks_of(runtime, course)["open"]
    step, queue = f"/courses/{course}/steps/{block}", f"/courses/{course}/posts"
    sonya, lev, kim = (signed_in(app, login) for login in ("sonya", "lev", "kim"))

    def send(client: FlaskClient, path: str, **form: str) -> Any:
        return client.post(path, data={"csrf_token": field(client.get(step).text, "csrf_token"), **form})

    assert "Пока никто не написал" in sonya.get(step).text
    assert send(sonya, f"{step}/posts", text="<script>alert(1)</script>").status_code == 303
    page = lev.get(step).text
    assert "&lt;script&gt;alert(1)" in page and "Здесь что-то не так" in page
    long = send(lev, f"{step}/posts", text="ж" * 2001)
    assert long.status_code == 422 and "ж" * 2001 in long.text
    post = re.search(r"/posts/([0-9a-f-]{36})/report", page)
    assert post
    assert (
        send(lev, f"{queue}/{post[1]}/report", block=str(block), **{f"why-{post[1]}": "Код"}).status_code
        == 303
    )
    waiting = kim.get(queue).text
    assert "Код" in waiting and queue in kim.get(f"/courses/{course}").text
    silent = send(kim, f"{queue}/{post[1]}/judge", verdict="hide")
    assert silent.status_code == 422 and "govuk-error-message" in silent.text
    hidden = send(kim, f"{queue}/{post[1]}/judge", verdict="hide", **{f"why-{post[1]}": "Не по теме"})
    assert hidden.status_code == 303
    assert "alert(1)" not in lev.get(step).text and "Не по теме" in sonya.get(step).text
    assert sonya.get(queue).status_code == 403


def test_a_school_that_closes_discussions_leaves_them_to_read(
    runtime: Runtime, school: DemoSchool, course: UUID, environment: dict[str, str]
) -> None:
    from lms.app import create_runtime, load_settings

    say(runtime, school, course, "sonya", "Через окно")
    closed = create_runtime(
        load_settings({**environment, "LMS_COURSES_DISCUSSIONS": "no"}), clock=runtime.clock
    )
    try:
        with pytest.raises(Conflict) as refused:
            say(closed, school, course, "sonya", "Ещё")
        assert refused.value.code == "course.discussion_closed"
        assert seen(closed, school, course, "lev") == ["Через окно"]
        assert say(closed, school, course, "kim", "Закрыто")
    finally:
        closed.dispose()
