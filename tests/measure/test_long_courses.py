"""Measure what a page of a course of 2,000 blocks costs beside one of 200: CPU of a request, in one run."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast
from tests.integration.test_course_writing import signed_in
from tests.integration.test_long_courses import write


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: the ratio is that of the pages."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime) -> DemoSchool:
    return load_cast(runtime)


def cost(client: FlaskClient, path: str) -> float:
    """Return the least CPU seconds of a few requests."""
    found = []
    for _ in range(12):
        begun = time.process_time()
        assert client.get(path).status_code == 200
        found.append(time.process_time() - begun)
    return min(found)


@pytest.mark.parametrize(("login", "tail"), [("sonya", ""), ("kim", "/write")])
def test_a_long_course_costs_what_stands_on_the_screen(
    runtime: Runtime, app: Flask, school: DemoSchool, login: str, tail: str
) -> None:
    client = signed_in(app, login)
    small, large = (
        cost(client, f"/courses/{write(runtime, school, count, enrols=not tail)}{tail}")
        for count in (200, 2_000)
    )
    print(
        f"{login}{tail}: 200 blocks {small * 1000:.0f} ms, 2,000 blocks {large * 1000:.0f} ms, {large / small:.2f} x"
    )
    assert large <= 2 * small
