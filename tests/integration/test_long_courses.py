"""A course of 2,000 blocks is shown in windows: what a page costs depends on what stands on it."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask

from lms.core.ids import new_id
from lms.core.runtime import Runtime
from lms.courses import queries, service
from lms.courses.models import Block, CourseVersion, Section
from lms.courses.types import EnrolmentGround, NewBlock, NewCourse, NewSection, VersionState
from lms.demo.cast import DemoSchool, load_cast
from tests.integration.test_course_writing import signed_in

#: So many blocks stand in a section.
EACH = 20


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: nothing here depends on the engine."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def write(runtime: Runtime, school: DemoSchool, count: int, *, enrols: bool) -> UUID:
    """Write a course of ``count`` blocks of text, as a draft or published with Sonya in it."""
    with runtime.unit_of_work(school.actor("kim")) as uow:
        course = service.create_course(uow, NewCourse(school.id("school-14"), f"{count}", "physics"))
        first = NewBlock("first", "text", {"markdown": "Текст"}, "Шаг 1")
        service.add_section(uow, course, NewSection("s0", "Раздел 1", (first,)))
        (draft,) = uow.session.query(CourseVersion).filter_by(course_id=course).all()
        for number in range(1, count // EACH):
            part = Section(
                id=new_id(),
                version_id=draft.id,
                position=number + 1,
                key=f"s{number}",
                title=f"Раздел {number + 1}",
                gate=[],
            )
            part.blocks = [
                Block(
                    position=place,
                    key=f"b{number}-{place}",
                    type="text",
                    type_version="1",
                    title=f"Шаг {place}",
                    content={"markdown": "Вода кипит при ста градусах. " * 20},
                    outcomes=[],
                    est_minutes=3,
                    a11y={"needs": []},
                    meta={},
                    alternatives={},
                )
                for place in range(1, EACH + 1)
            ]
            uow.session.add(part)
        if enrols:
            draft.state, draft.published_at, draft.content_hash = (
                VersionState.PUBLISHED,
                uow.now(),
                new_id().hex,
            )
            uow.session.flush()
            service.enrol(uow, school.id("sonya"), course, EnrolmentGround.TEACHER)
    return course


def test_every_part_of_a_long_course_is_reached_by_links_and_by_name(
    runtime: Runtime, app: Flask, school: DemoSchool
) -> None:
    course = write(runtime, school, 400, enrols=True)
    sonya = signed_in(app, "sonya")
    first = sonya.get(f"/courses/{course}").text
    assert "Курс длинный: это часть 1 из" in first and "1. Раздел 1" in first
    assert "19. Раздел 19" not in re.sub(r"<option.*?</option>", "", first)
    jump = sonya.get(f"/courses/{course}?section=s18").text
    assert "19. Раздел 19" in re.sub(r"<option.*?</option>", "", jump)
    with runtime.read() as session:
        steps = queries.outline(session, course, None).steps
    pages = "".join(sonya.get(f"/courses/{course}?page={number}").text for number in range(1, 8))
    assert all(step.url in pages for step in steps)


def test_a_long_draft_is_written_in_windows_and_a_step_is_moved_by_number(
    runtime: Runtime, app: Flask, school: DemoSchool
) -> None:
    course = write(runtime, school, 400, enrols=False)
    kim = signed_in(app, "kim")
    page = kim.get(f"/courses/{course}/write?section=s18").text
    assert "19. Раздел 19" in page and "Проверить весь курс" in page
    assert (
        "Ничего не найдено" not in page and "Весь курс:" in kim.get(f"/courses/{course}/write?check=1").text
    )
    block = re.findall(r"/write/steps/([0-9a-f-]{36})", page)[-1]
    form = kim.get(f"/courses/{course}/write/steps/{block}").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token and 'name="to"' in form
    moved = {"csrf_token": token.group(1), "section": "s0", "to": "1"}
    assert kim.post(f"/courses/{course}/write/steps/{block}/move", data=moved).status_code == 303
    with runtime.read() as session:
        draft = queries.draft_version(session, course)
        assert draft is not None
        shape = queries.shape_of(session, draft)
        assert str(shape.sections[0].blocks[0].id) == block
