"""Whom a teacher should look after and why; kind words; announcements: what is said, to whom, and how often."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import Forbidden, NotFound
from lms.core.ids import new_id
from lms.core.models import AccessLog
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.models import BlockCompletion, Enrolment
from lms.courses.monitor_reading import watched
from lms.courses.rules.attention import HardStep, LearnerFacts, Limits, ReturnedWork, concerns_of
from lms.courses.types import (
    ConcernKind,
    EnrolmentGround,
    EnrolmentState,
    MessageKind,
    NewBlock,
    NewSection,
)
from lms.demo.cast import DemoSchool, load_cast
from lms.people.models import Person
from tests.fixtures.application import SCHOOL_DAY
from tests.integration.assessment.test_hot_reads import statements
from tests.integration.test_course_offline import operation
from tests.integration.test_course_pages import csrf, signed_in
from tests.integration.test_courses import blocks_of, course, enrol, publish, write

__all__ = ["course"]

LIMITS = Limits(silent_days=7, hard_tries=3)
DAYS = st.integers(0, 30).map(lambda days: SCHOOL_DAY - timedelta(days=days))


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


@given(
    st.builds(
        LearnerFacts,
        is_going=st.booleans(),
        enrolled_at=DAYS,
        last_at=st.none() | DAYS,
        hard=st.lists(st.builds(HardStep, st.just("Шаг"), st.integers(1, 6), DAYS), max_size=2).map(tuple),
        returned=st.lists(st.builds(ReturnedWork, st.just("Работа"), DAYS), max_size=2).map(tuple),
        waits_since=st.none() | DAYS,
    )
)
def test_a_concern_names_a_fact_that_stands_there_and_every_fact_beyond_a_limit_is_named(
    facts: LearnerFacts,
) -> None:
    quiet = SCHOOL_DAY - timedelta(days=LIMITS.silent_days)
    wanted = [(ConcernKind.WAITS_FOR_TEACHER, facts.waits_since)] if facts.waits_since else []
    if facts.is_going:
        wanted += [(ConcernKind.HARD_STEP, step.at) for step in facts.hard if step.tries >= 3]
        wanted += [(ConcernKind.WORK_RETURNED, work.since) for work in facts.returned if work.since <= quiet]
        if facts.last_at is None and facts.enrolled_at <= quiet:
            wanted.append((ConcernKind.NOT_BEGUN, facts.enrolled_at))
        if facts.last_at is not None and facts.last_at <= quiet:
            wanted.append((ConcernKind.SILENT, facts.last_at))
    assert [(found.kind, found.since) for found in concerns_of(facts, SCHOOL_DAY, LIMITS)] == wanted


def answers(runtime: Runtime, school: DemoSchool, enrolment: UUID, block: UUID, count: int) -> None:
    for _ in range(count):
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            service.answer_block(uow, enrolment, block, operation(block, "ft").fields)


def test_the_page_says_who_needs_somebody_and_why_and_the_kind_word_arrives_once_a_day(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID, clock: FixedClock
) -> None:
    mine = enrol(runtime, school, course)
    blocks = blocks_of(runtime, course)
    answers(runtime, school, mine, blocks["quiz"], 3)
    kim = signed_in(app, "kim")
    path = f"/courses/{course}/monitor"
    assert path in kim.get(f"/courses/{course}").text
    page = kim.get(path).text
    assert "не получается: 3 попытки" in page
    clock.move_to(clock.now() + timedelta(days=9))
    kim = signed_in(app, "kim")
    assert "Ни одного шага с" in kim.get(path).text
    form = {"csrf_token": csrf(kim, path), "reason": "hard_step"}
    assert kim.post(f"{path}/{mine}/nudge", data=form).status_code == 303
    assert "Доброе слово сегодня отправлено" in kim.get(path).text
    assert kim.post(f"{path}/{mine}/nudge", data=form).status_code == 409
    sonya = signed_in(app, "sonya")
    assert "Это трудное место" in sonya.get(f"/courses/{course}").text
    assert "Для тебя есть доброе слово" in sonya.get("/home").text
    with runtime.read() as session:
        logged = session.scalars(sa.select(AccessLog).where(AccessLog.action == "courses.nudge")).all()
        assert [row.subject_person_id for row in logged if row.outcome == "done"] == [school.id("sonya")]
    clock.move_to(clock.now() + timedelta(days=1))
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.nudge(uow, mine, ConcernKind.SILENT)
        service.pause_enrolment(uow, mine)
    kim = signed_in(app, "kim")
    assert "Нужна помощь" not in kim.get(path).text.split("<article")[1]


def test_announcements_reach_the_course_or_the_class_and_only_staff_of_the_school_writes_them(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    enrol(runtime, school, course)
    kim = signed_in(app, "kim")
    path = f"/courses/{course}"
    form = {"csrf_token": csrf(kim, f"{path}/monitor"), "text": "Завтра <b>опыт</b> с водой."}
    assert kim.post(f"{path}/announcements", data={**form, "text": " "}).status_code == 422
    for _twice in range(2):
        assert kim.post(f"{path}/announcements", data=form).status_code == 303
    sonya = signed_in(app, "sonya")
    for address in (path, "/home"):
        assert "Завтра &lt;b&gt;опыт&lt;/b&gt; с водой." in sonya.get(address).text
    with runtime.unit_of_work(school.actor("kim")) as uow, pytest.raises(NotFound):
        service.announce(uow, course, "Нет такого класса", school.id("kim"))
    with runtime.read() as session:
        (found,) = queries.messages_to(session, school.id("sonya"), runtime.clock.now())
        assert found.kind is MessageKind.ANNOUNCEMENT
        assert queries.messages_to(session, school.id("lev"), runtime.clock.now()) == []
    with runtime.unit_of_work(school.actor("sonya")) as uow, pytest.raises(Forbidden):
        service.announce(uow, course, "Уроков не будет")
    shown = kim.get(f"{path}/monitor").text
    back = re.search(rf'action="({path}/announcements/[0-9a-f-]+/take-back)"', shown)
    assert back and "Завтра &lt;b&gt;опыт&lt;/b&gt;" in shown
    gromova = signed_in(app, "gromova")
    assert back[1] not in gromova.get(f"{path}/monitor").text, "a colleague's words are the colleague's"
    token = {"csrf_token": csrf(gromova, f"{path}/monitor")}
    assert gromova.post(back[1], data=token).status_code == 404
    assert kim.post(back[1], data=form).status_code == 303
    assert kim.post(back[1], data=form).status_code == 404
    for address in (path, "/home"):
        assert "опыт" not in sonya.get(address).text


def test_who_left_and_comes_back_is_silent_only_from_that_day_on(
    runtime: Runtime, school: DemoSchool, clock: FixedClock
) -> None:
    text = NewBlock("text", "text", {"markdown": "Текст"})
    parts = (NewSection("one", "Раз", (text,)), NewSection("two", "Два", (replace(text, key="more"),)))
    course, sonya = write(runtime, school, *parts, mode="open"), school.id("sonya")
    publish(runtime, school, course)
    began = clock.now()

    def come() -> UUID:
        with runtime.unit_of_work(school.actor("sonya")) as uow:
            return service.enrol(uow, sonya, course, EnrolmentGround.SELF).id

    def seen() -> tuple[datetime | None, list[tuple[ConcernKind, datetime]]]:
        with runtime.read() as session:
            (found,) = watched(session, course, [sonya], clock.now(), LIMITS)
        return found.last_at, [(one.kind, one.since) for one in found.concerns]

    mine, block = come(), blocks_of(runtime, course)["text"]
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.complete_step(uow, mine, block)
        service.leave_course(uow, course, sonya)
    clock.move_to(began + timedelta(days=30))
    back = clock.now()
    assert come() == mine and seen() == (began, []), "what was done is told as it was, and nobody is alarmed"
    clock.move_to(back + timedelta(days=8))
    assert seen() == (began, [(ConcernKind.SILENT, back)])


def crowd(runtime: Runtime, course: UUID, count: int) -> None:
    """Let many others take the course, written in bulk as the services write them."""
    now = runtime.clock.now()
    with runtime.unit_of_work(SYSTEM) as uow:
        version = queries.version_to_show(uow.session, course, None)
        people = [
            {"id": new_id(), "code": f"C-{new_id().hex[-18:]}", "created_at": now} for _ in range(count)
        ]
        same = {
            "course_id": course,
            "version_id": version.id,
            "ground": EnrolmentGround.CLASS,
            "reference": "",
        }
        same |= {"state": EnrolmentState.ACTIVE, "created_at": now, "changed_at": now}
        uow.session.execute(sa.insert(Person), people)
        taken = [{"id": new_id(), "person_id": row["id"], **same} for row in people]
        uow.session.execute(sa.insert(Enrolment), taken)
        block = version.sections[0].blocks[0]
        done = {"block_id": block.id, "rule": "viewed", "actor": "system", "at": now}
        uow.session.execute(
            sa.insert(BlockCompletion), [{"id": new_id(), "enrolment_id": row["id"], **done} for row in taken]
        )


def test_the_page_asks_the_same_whether_ten_take_the_course_or_thousands(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    answers(runtime, school, enrol(runtime, school, course), blocks_of(runtime, course)["quiz"], 1)
    kim = signed_in(app, "kim")
    asked = []
    for more in (9, 2_000):
        crowd(runtime, course, more)
        kim.get(f"/courses/{course}/monitor")
        with statements(runtime) as sent:
            assert kim.get(f"/courses/{course}/monitor").status_code == 200
        asked.append(len(sent))
    assert asked[0] == asked[1]


def test_hard_steps_of_the_whole_course_are_found_with_who_is_stuck_at_them_in_any_version(
    app: Flask, runtime: Runtime, school: DemoSchool, course: UUID
) -> None:
    mine = enrol(runtime, school, course)
    answers(runtime, school, mine, blocks_of(runtime, course)["quiz"], 2)
    with runtime.unit_of_work(school.actor("kim")) as uow:
        service.open_draft(uow, course)
        service.publish_course(uow, course)
    path, kim = f"/courses/{course}/monitor", signed_in(app, "kim")
    for address in (path, f"{path}?section=*"):
        page = kim.get(address).text
        row = page[page.index('href="/courses/' + str(course) + '/monitor/step?key=quiz"') :]
        told = re.sub(r"<[^>]+>", " ", row[: row.index("</tr>")]).split()
        assert [word for word in told if word.isdigit()] == ["0", "1", "0", "2"], address
    with statements(runtime) as sent:
        kim.get(f"{path}?section=*")
    whole = len(sent)
    with statements(runtime) as sent:
        kim.get(path)
    assert len(sent) == whole
    step = kim.get(f"{path}/step?key=quiz").text
    assert "пробует, пока не вышло" in step and "Ветрова" in step
    assert kim.get(f"{path}/step?key=none").status_code == 404
    assert signed_in(app, "sonya").get(f"{path}/step?key=quiz").status_code in {403, 404}
