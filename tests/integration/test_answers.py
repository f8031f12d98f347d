"""What every answer carries: strict headers, a masked token, compression of pages; no writing without a token."""

from __future__ import annotations

import gzip
import re
from difflib import SequenceMatcher
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.runtime import Runtime
from lms.core.web.access import access
from lms.core.web.headers import CSP
from lms.demo.cast import DemoSchool, load_cast

WRITING = ("POST", "PUT", "PATCH", "DELETE")
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def token(client: FlaskClient, path: str = "/login") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found.group(1)


@pytest.fixture
def sonya(client: FlaskClient, school: DemoSchool) -> FlaskClient:
    form = {"login": "sonya", "password": "marshrut-sonya", "csrf_token": token(client)}
    assert client.post("/login", data=form).status_code == 303
    return client


def filled(rule: str) -> str:
    """Return an address of a rule."""
    path = re.sub(r"<uuid:[^>]+>", "01900000-0000-7000-8000-000000000000", rule)
    return re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", path))


def writing_rules(app: Flask) -> list[tuple[str, str]]:
    """Return every method and address that changes something."""
    return [
        (method, filled(rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted(set(WRITING) & (rule.methods or set()))
    ]


@pytest.mark.parametrize("sent", ["a form", "JSON", "a form with a made-up token", "JSON with an old token"])
def test_nothing_is_written_without_a_token_of_the_present_sign_in(
    app: Flask, sonya: FlaskClient, sent: str
) -> None:
    rules = writing_rules(app)
    assert len(rules) > 100
    old = token(app.test_client())
    bodies: dict[str, dict[str, Any]] = {
        "a form": {"data": {"text": "words"}},
        "JSON": {"json": {"text": "words"}},
        "a form with a made-up token": {"data": {"csrf_token": "IjAwIg.aaaaaa.bbbb"}},
        "JSON with an old token": {"json": {}, "headers": {"X-CSRFToken": old}},
    }
    answers = {rule: sonya.open(rule[1], method=rule[0], **bodies[sent]) for rule in rules}
    assert {rule: a.status_code for rule, a in answers.items() if a.status_code != 409} == {}
    if "JSON" in sent:
        assert {a.get_json()["code"] for a in answers.values()} == {"form.expired"}


ADDRESSES = {
    "a page": ("/reading", 200),
    "a redirect": ("/", 302),
    "a page that is not there": ("/nowhere", 404),
    "a page of another role": ("/marking", 403),
    "JSON": ("/health/live", 200),
    "a problem of the API": ("/api/v1/nowhere", 404),
    "the description of the API": ("/api/v1/openapi.json", 200),
    "the worker of the exam": ("/attempts/offline.js", 200),
}


@pytest.mark.parametrize("kind", ADDRESSES)
def test_every_kind_of_answer_carries_the_strict_headers(sonya: FlaskClient, kind: str) -> None:
    path, status = ADDRESSES[kind]
    answer = sonya.get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == CSP
    assert "unsafe" not in CSP and "http" not in CSP
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_form_refused_and_a_page_that_breaks_carry_them_too(app: Flask, sonya: FlaskClient) -> None:
    @access("core.public")
    def broken() -> str:
        raise RuntimeError("broken for the test")

    assert sonya.post("/locale").headers["Content-Security-Policy"] == CSP
    app.view_functions["core.accessibility"] = broken
    answer = sonya.get("/accessibility")
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == CSP


def test_pages_are_compressed_for_browsers_that_take_it(sonya: FlaskClient) -> None:
    plain, small = sonya.get("/reading"), sonya.get("/reading", headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert gzip.decompress(small.data).decode().startswith("<!doctype html>")
    assert len(small.data) == small.content_length
    assert len(small.data) < len(plain.data) / 2


def test_small_answers_for_programs_stay_as_they_are(sonya: FlaskClient) -> None:
    for path in ("/health/live", "/api/v1/openapi.json", "/nowhere.json"):
        answer = sonya.get(path, headers={**GZIP, "Accept": "application/json"})
        assert "Content-Encoding" not in answer.headers


def test_the_length_of_a_compressed_page_tells_little(sonya: FlaskClient) -> None:
    lengths = {len(sonya.get("/accessibility", headers=GZIP).data) for _ in range(12)}
    assert len(lengths) > 3


def test_no_two_answers_repeat_the_secret_of_a_form(sonya: FlaskClient) -> None:
    first, second = token(sonya, "/reading"), token(sonya, "/reading")
    same = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
    assert same.size < 8
    for one in (first, second):
        answer = sonya.post("/locale", data={"csrf_token": one, "locale": "en"})
        assert answer.status_code == 303


def test_every_page_leads_to_the_reference_of_the_api(sonya: FlaskClient) -> None:
    assert 'href="/api"' in sonya.get("/reading").text
    assert sonya.get("/api").status_code == 200
