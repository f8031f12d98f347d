"""Writing a course in the browser: begin, add sections of text steps, take one out, publish, write the next version."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.runtime import Runtime
from lms.courses.rules.writing import read_steps
from lms.demo.cast import DemoSchool, load_cast


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"login": login, "password": f"marshrut-{login}", "csrf_token": found.group(1)}
    assert client.post("/login", data=form).status_code == 303
    return client


STEPS = """## Что такое тепло
Вода греется **дольше** ложки.

## Формула
$Q = cm\\Delta t$ — количество теплоты.
"""


def test_a_course_is_written_published_and_written_again(app: Flask, school: DemoSchool) -> None:
    kim = signed_in(app, "kim")
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', kim.get("/courses/new").text)
    assert found
    key = {"csrf_token": found.group(1)}
    assert kim.post("/courses/new", data={**key, "title": "Тепло"}).status_code == 422, (
        "the subject is missing"
    )
    made = kim.post("/courses/new", data={**key, "title": "Тепло", "subject": "physics", "mode": "open"})
    assert made.status_code == 303
    page = made.headers["Location"]
    assert kim.post(f"{page}/publish", data=key).status_code == 422, "nothing is in it"
    empty = kim.post(page, data={**key, "title": "Урок", "steps": "## Пусто\n"})
    assert empty.status_code == 422 and "## Пусто" in empty.text
    for title in ("Урок 1", "Урок 2"):
        assert kim.post(page, data={**key, "title": title, "steps": STEPS}).status_code == 303
    text = kim.get(page).text
    assert "Что такое тепло" in text and "Урок 2" in text
    sections = list(dict.fromkeys(re.findall(r'name="section" value="([^"]+)"', text)))
    steps = list(dict.fromkeys(re.findall(r"/write/steps/([0-9a-f-]{36})", text)))
    assert kim.post(f"{page}/move", data={**key, "section": sections[1], "to": 1}).status_code == 303
    way = {"place": f"{sections[0]}.2"}
    assert kim.post(f"{page}/steps/{steps[0]}/move", data={**key, **way}).status_code == 303
    moved = kim.get(page).text
    assert (
        moved.index("Урок 2")
        < moved.index("Урок 1")
        < moved.rindex("Формула")
        < moved.rindex("Что такое тепло")
    )
    assert kim.post(f"{page}/move", data={**key, "section": sections[1], "to": 99}).status_code == 303
    assert kim.post(f"{page}/move", data={**key, "section": "never-was", "to": 1}).status_code == 404
    assert kim.post(f"{page}/remove", data={**key, "section": sections[1]}).status_code == 303
    assert "Урок 2" not in kim.get(page).text
    assert kim.post(f"{page}/publish", data=key).status_code == 303
    course = page.removesuffix("/write")
    seen = signed_in(app, "sonya").get(course).text
    assert "Урок 1" in seen and "/write" not in seen
    assert kim.post(page, data={**key, "title": "Урок 3", "steps": STEPS}).status_code == 422, (
        "there is no draft"
    )
    assert kim.post(f"{page}/draft", data=key).status_code == 303
    assert "Урок 1" in kim.get(page).text
    assert signed_in(app, "petrenko").get(page).status_code == 404


def test_a_text_is_cut_into_steps_at_its_headings() -> None:
    steps = read_steps(
        "Вступление\n## Первый\nТекст\n### Мелкий заголовок\nещё\n##Второй\r\n" + "слово " * 250
    )
    assert [(step.title, step.minutes) for step in steps] == [("", 1), ("Первый", 1), ("Второй", 3)]
    assert "### Мелкий заголовок" in steps[1].text
    assert read_steps(" \n ") == []
