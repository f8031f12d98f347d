"""Letters that no database keeps, and scripts, in every word that staff of a course write: taken without them or refused."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.models import Enrolment
from lms.courses.place_reading import requests_in
from lms.courses.types import EnrolmentGround, EnrolmentMode, NewBlock, NewCourse, NewSection
from lms.demo.cast import DemoSchool, load_cast
from tests.integration.test_course_bad_input import HOSTILE, Look
from tests.integration.test_course_pages import csrf, signed_in

EVIL = f"а\x00б{HOSTILE}"


@pytest.fixture
def engine_url(postgres_url: str) -> str:
    """Return the engine that refuses what the other one keeps."""
    return postgres_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


@pytest.fixture
def course(runtime: Runtime, school: DemoSchool) -> UUID:
    """Publish a course with an assignment in which Sonya learns and has handed in a work, and for which Lev asks."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        new = NewCourse(school.id("school-14"), "Проба", "physics", mode=EnrolmentMode.REQUEST)
        course = service.create_course(uow, new)
        task = NewBlock("task", "assignment", {"task": "Реши"}, "Задача")
        talk = NewBlock("talk", "discussion", {"question": "Где тень?"}, "Разговор")
        service.add_section(uow, course, NewSection("one", "Первый", (task, talk)))
        service.publish_course(uow, course)
        enrolment = service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER).id
        blocks = queries.version_to_show(uow.session, course, None).sections[0].blocks
    with runtime.unit_of_work(school.actor("sonya")) as uow:
        service.hand_in(uow, enrolment, blocks[0].id, "Готово")
    with runtime.unit_of_work(school.actor("lev")) as uow:
        service.ask_for_place(uow, course)
    return course


def test_what_staff_write_holds_no_letter_that_breaks_and_no_script(
    runtime: Runtime, app: Flask, school: DemoSchool, course: UUID
) -> None:
    kim, base = signed_in(app, "kim"), f"/courses/{course}"
    with runtime.read() as session:
        enrolment = session.scalars(sa.select(Enrolment.id).where(Enrolment.course_id == course)).one()
        (work,) = queries.waiting_works(session, course)
        (wish,) = requests_in(session, course)
    token = csrf(kim, f"{base}/monitor")
    for text in (EVIL, HOSTILE):
        for path, form in written(school, base, enrolment, wish.id, work.url, text):
            answer = kim.post(path, data={"csrf_token": token, **form})
            assert answer.status_code < 500 and Look(answer.text).faults == [], path
            if text == HOSTILE and "\x00" not in "".join(form.values()):
                assert answer.status_code in {303, 409, 422}, path
    for path in PAGES:
        answer = kim.get(f"{base}{path}")
        assert answer.status_code < 500 and Look(answer.text).faults == [], path
    page = kim.get(f"{base}/places").text
    assert "alert(1)" in page, "what was written stands there, as words"
    for path in ("", "/asked"):
        assert Look(signed_in(app, "sonya").get(f"{base}{path}").text).faults == [], path


def written(
    school: DemoSchool, base: str, enrolment: UUID, wish: UUID, work: str, text: str
) -> list[tuple[str, dict[str, str]]]:
    """Return every form in which staff write words about a course, filled with a text."""
    line = text.replace("\n", " ").strip()[:100]
    return [
        (f"{base}/announcements", {"text": text}),
        (f"{base}/places/{wish}", {"act": "no", f"answer-{wish}": text}),
        (f"{base}/cohorts", {"title": line, "starts_on": "2027-01-20"}),
        (f"{base}/progress/{enrolment}/more-time", {"until": "2027-05-05", "why": text, "reason": text}),
        (work, {"verdict": "return", "comment": text}),
        (f"{base}/students", {"person_id": str(school.id("lev")), "ground": "network", "reference": text}),
        (f"{base}/progress/{enrolment}/complete", {"reason": text, "why": text}),
        (f"{base}/write/draft", {}),
        (f"{base}/write/section?key=one", {"title": line, "summary": text}),
        (f"{base}/write/remove", {"section": "\x00", "seen": "\x00"}),
        (f"{base}/write/move", {"section": "\x00", "to": "\x00"}),
        (f"{base}/write", {"title": line, "steps": f"## Шаг\n{text}"}),
        (f"{base}/write/about", {"title": line, "summary": text, "subject": "physics", "mode": "open"}),
        (f"{base}/write/publish", {"seen": "\x00", "learners": "\x00"}),
        (f"{base}/write/throw-away", {"seen": "\x00"}),
    ]


PAGES = (
    "/write/section?key=%00",
    "/write/new-step?section=%00",
    "/write/new-step?section=one&type=%00",
    "/write/remove?section=%00",
    "/work?q=%00",
    "/monitor?section=%00",
    "/monitor/step?key=%00",
    "/progress",
    "/places",
    "/monitor",
    "/write",
    "",
)
