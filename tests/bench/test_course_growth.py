"""What the teacher's pages of a course cost when ten take it and when a hundred thousand do; over SQLite.

Rows are written in bulk, as the services write them. All times are CPU of this process, the database's share in them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.courses.types import NewBlock, NewSection
from lms.demo.cast import load_cast
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY
from tests.fixtures.figures import Figures
from tests.integration.test_course_monitor import crowd
from tests.integration.test_course_pages import signed_in
from tests.integration.test_courses import QUIZ, TEXT, enrol, publish, write

FEW, MANY, BATCH, ROUNDS = 10, 100_000, 10_000, 15


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


def cpu_of(client: FlaskClient, path: str) -> float:
    """Return the CPU seconds of one request, the median of several."""
    spent = []
    for _ in range(ROUNDS):
        before = time.process_time()
        assert client.get(path).status_code == 200
        spent.append(time.process_time() - before)
    return statistics.median(spent)


def test_the_monitor_costs_the_same_when_a_hundred_thousand_take_the_course(
    runtime: Runtime, figures: Figures
) -> None:
    school, app = load_cast(runtime), create_app(runtime=runtime)
    blocks = [NewBlock(f"t{number}", "text", TEXT) for number in range(20)]
    course = write(
        runtime, school, NewSection("one", "Первый", (*blocks, NewBlock("quiz", "practice_quiz", QUIZ)))
    )
    publish(runtime, school, course)
    enrol(runtime, school, course)
    crowd(runtime, course, FEW - 1)
    teacher, student = signed_in(app, "kim"), signed_in(app, "sonya")
    pages = {"monitor": (teacher, f"/courses/{course}/monitor"), "course": (student, f"/courses/{course}")}
    before = {name: cpu_of(*page) for name, page in pages.items()}
    for _ in range(0, MANY - FEW, BATCH):
        crowd(runtime, course, BATCH)
    for name, page in pages.items():
        ratio = cpu_of(*page) / before[name]
        what = f"{name} page, CPU of one request: 100,000 take the course ÷ ten do"
        figures.at_most("courses", what, ratio, 1.2, "×")
