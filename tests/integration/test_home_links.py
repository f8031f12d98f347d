"""Who finds what from the first page: the family the timetable, the specialist the measures, the director the basis."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert token is not None
    form = {"login": login, "password": f"marshrut-{login}", "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code == 303
    return client


def test_an_extern_and_the_family_find_the_timetable_and_no_daily_journal(
    app: Flask, school: DemoSchool
) -> None:
    address = f"/sessions/timetable/{school.id('timur')}"
    for login, page, words in (
        ("timur", "/exams", "Ты учишься в семье"),
        ("ruslan", "/children", "Ребёнок учится в семье"),
    ):
        client = signed_in(app, login)
        assert address in client.get(page).text
        text = client.get(address).text
        assert "Ежедневного журнала нет" in text and words in text
        assert 'href="/sessions"' not in text, "the list of sessions is for staff"
    assert signed_in(app, "anna").get(address).status_code == 404


def test_who_sits_no_exams_is_led_to_the_childs_or_home(app: Flask, school: DemoSchool) -> None:
    parent = signed_in(app, "anna").get("/exams")
    assert parent.location == f"/exams?person={school.id('sonya')}"
    assert signed_in(app, "kim").get("/exams").location == "/home"
    assert signed_in(app, "sonya").get("/exams").status_code == 200


def test_a_student_of_the_school_reads_the_timetable_without_that_sentence(
    app: Flask, school: DemoSchool
) -> None:
    text = signed_in(app, "sonya").get(f"/sessions/timetable/{school.id('sonya')}").text
    assert "Ежедневного журнала нет" not in text


def test_a_specialist_is_led_to_the_support_measures_of_each_student(app: Flask, school: DemoSchool) -> None:
    address = f"/support/{school.id('sonya')}"
    client = signed_in(app, "orlova")
    assert address in client.get("/work").text
    assert client.get(address).status_code == 200
    assert address not in signed_in(app, "kim").get("/work").text


def test_a_director_is_led_to_the_basis_of_biometrics(app: Flask, school: DemoSchool) -> None:
    assert "/admin/biometrics" in signed_in(app, "gromova").get("/admin/people").text
    assert "/admin/biometrics" not in signed_in(app, "mironova").get("/admin/people").text


def test_an_empty_desk_says_what_comes_there_and_every_line_of_it_opens(
    app: Flask, school: DemoSchool
) -> None:
    for login in ("gromova", "mironova", "kim", "belova", "gusev", "frolova"):
        client = signed_in(app, login)
        page = client.get("/work").text
        assert "Что сюда приходит" in page, login
        for address in re.findall(r'class="card-link" href="([^"]+)"', page):
            assert client.get(address).status_code == 200, (login, address)
