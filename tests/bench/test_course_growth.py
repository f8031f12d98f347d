"""What the teacher's pages of a course cost when ten take it and when a hundred thousand do; over SQLite.

Rows are written in bulk, as the services write them. All times are CPU of this process, the database's share in them.
"""

from __future__ import annotations

import gc
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

FEW, MANY, BATCH, ROUNDS = 10, 100_000, 10_000, 25


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
