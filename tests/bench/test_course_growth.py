"""What the teacher's pages of a course cost when ten take it and when a hundred thousand do; over SQLite.

Rows are written in bulk, as the services write them. All times are CPU of this process, the database's share in them.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.ids import new_id
from lms.core.runtime import Runtime
from lms.courses.models import Block, Course, CourseVersion, Section
from lms.courses.types import EnrolmentMode, NewBlock, NewSection, VersionState
from lms.demo.cast import load_cast
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY
from tests.fixtures.figures import Figures
from tests.integration.test_course_monitor import crowd
from tests.integration.test_course_pages import signed_in
from tests.integration.test_courses import QUIZ, TEXT, enrol, publish, write

FEW, MANY, BATCH, ROUNDS = 10, 100_000, 10_000, 25
#: Courses of one school, and how many of them stand on a page of the catalogue.
COURSES, SHOWN = 2_000, 24


@pytest.fixture
def runtime(sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """Return the product over a database file of its own."""
    settings = {
        **FAST_HASHES,
        "LMS_DATA_DIR": str(tmp_path / "data"),
        "LMS_DATABASE_URL": sqlite_url,
        "LMS_JOBS_URL": "memory://",
        "LMS_SECURE_COOKIES": "no",
    }
    made = create_runtime(load_settings(settings), clock=FixedClock(SCHOOL_DAY))
    yield made
    made.dispose()


def cpu_of(client: FlaskClient, *paths: str) -> list[float]:
    """Return the CPU seconds of one request of each path, the medians of rounds that ask them in turn."""
    spent: list[list[float]] = [[] for _ in paths]
    gc.collect()
    for _ in range(ROUNDS):
        for path, seconds in zip(paths, spent, strict=True):
            before = time.process_time()
            assert client.get(path).status_code == 200
            seconds.append(time.process_time() - before)
    return [statistics.median(seconds) for seconds in spent]


def test_the_monitor_costs_the_same_when_a_hundred_thousand_take_the_course(
    runtime: Runtime, figures: Figures
) -> None:
    school, app = load_cast(runtime), create_app(runtime=runtime)
    blocks = [NewBlock(f"t{number}", "text", TEXT) for number in range(20)]
    section = NewSection("one", "Первый", (*blocks, NewBlock("quiz", "practice_quiz", QUIZ)))
    small, large = write(runtime, school, section), write(runtime, school, section)
    for course in (small, large):
        publish(runtime, school, course)
        enrol(runtime, school, course)
        crowd(runtime, course, FEW - 1)
    for _ in range(0, MANY - FEW, BATCH):
        crowd(runtime, large, BATCH)
    teacher, student = signed_in(app, "kim"), signed_in(app, "sonya")
    for name, client, path in (
        ("monitor", teacher, "/courses/{}/monitor"),
        ("course", student, "/courses/{}"),
    ):
        few, many = cpu_of(client, path.format(small), path.format(large))
        what = f"{name} page, CPU of one request: 100,000 take the course ÷ ten do"
        figures.at_most("courses", what, many / few, 1.2, "×")


def test_a_catalogue_of_two_thousand_courses_is_looked_through_quickly(
    runtime: Runtime, figures: Figures
) -> None:
    school = load_cast(runtime)
    shelve(runtime, school.id("school-14"), COURSES)
    client = signed_in(create_app(runtime=runtime), "sonya")
    first = time.process_time()
    page = client.get("/courses")
    cold = time.process_time() - first
    assert page.text.count("Курс номер") == SHOWN and "page=84" in page.text
    assert "Курс номер" in client.get("/courses?page=84&subject=").text
    found = client.get("/courses?q=квадратными уравнениями").text
    assert "Курс номер" in found
    whole, searched, narrowed = cpu_of(client, "/courses", "/courses?q=уравнения", "/courses?subject=physics")
    what = "catalogue of 2,000 courses, CPU of one request"
    for name, seconds, most in (
        ("its page", whole, 200),
        ("a search", searched, 200),
        ("one subject", narrowed, 200),
        ("its page, the first of a process", cold, 2_000),
    ):
        figures.at_most("courses", f"{what}: {name}", seconds * 1000, most, "ms")


def shelve(runtime: Runtime, org_id: UUID, count: int) -> None:
    """Write so many published courses of two steps, as the services write them."""
    words = ("квадратные уравнения", "тепловые явления", "правописание причастий", "клетка и ткани")
    subjects = ("algebra", "physics", "russian", "biology")
    at = runtime.clock.now()
    rows: dict[type[Any], list[dict[str, Any]]] = {Course: [], CourseVersion: [], Section: [], Block: []}
    for number in range(count):
        course, version, section = new_id(), new_id(), new_id()
        word, subject = words[number % 4], subjects[number % 4]
        rows[Course].append({
            "id": course, "org_id": org_id, "title": f"Курс номер {number}: {word}", "subject": subject,
            "grade": 5 + number % 6, "summary": f"Про {word} в примерах и задачах, часть {number}", "language": "ru",
            "mode": EnrolmentMode.OPEN, "created_at": at,
        })  # fmt: skip
        rows[CourseVersion].append({
            "id": version, "course_id": course, "number": 1, "state": VersionState.PUBLISHED,
            "content_hash": f"{number:064}", "created_at": at, "published_at": at,
        })  # fmt: skip
        rows[Section].append({
            "id": section, "version_id": version, "position": 1, "key": "one", "title": f"Первая встреча: {word}",
            "summary": "", "gate": [],
        })  # fmt: skip
        rows[Block] += [{
            "id": new_id(), "section_id": section, "position": place, "key": f"b{place}", "type": "text",
            "type_version": "1", "title": "", "content": TEXT, "outcomes": [], "est_minutes": 10, "size_bytes": 10,
            "offline_capable": True, "a11y": {}, "meta": {}, "alternatives": {}, "with_previous": False,
        } for place in (1, 2)]  # fmt: skip
    with runtime.unit_of_work(SYSTEM) as uow:
        for table, values in rows.items():
            uow.session.execute(sa.insert(table), values)
