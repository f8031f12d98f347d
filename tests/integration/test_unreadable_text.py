"""A NUL in a text is refused at its field, in forms, addresses and JSON, on both engines; nothing breaks."""

from __future__ import annotations

import re

from flask import Flask

from lms.core.runtime import Runtime
from lms.core.web.forms import unreadable_fields
from lms.demo.cast import load_cast
from tests.fixtures.api import caller


def test_a_nul_is_found_wherever_it_hides() -> None:
    values = {
        "a": "ok",
        "b": "\x00",
        "c": ["x", "y\x00"],
        "d": [{"e": "\x00"}, {"e": ""}],
        "f": {"g": "\x00"},
        "h": 7,
    }
    assert unreadable_fields(values) == ["b", "c", "d.0.e", "f.g"]
    assert unreadable_fields("\x00") == [""]


def test_a_nul_is_refused_in_words_and_not_by_the_database(app: Flask, runtime: Runtime) -> None:
    load_cast(runtime)
    client = app.test_client()
    page = client.get("/login").text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    form = {"login": "zimina", "password": "marshrut-zimina", "csrf_token": found.group(1)}
    assert client.post("/login", data=form).status_code == 303
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/frameworks/new").text)
    assert token
    spoiled = {"csrf_token": token.group(1), "code": "a\x00b", "title": "Физика"}
    answer = client.post("/frameworks/new", data=spoiled)
    assert answer.status_code == 422 and 'id="f-code-error"' in answer.text
    assert 'value="ab"' in answer.text and 'value="Физика"' in answer.text
    for address in ("/frameworks?q=%00", "/crosswalks/compare?a=%00", "/login?next=%00", "/%00"):
        assert client.get(address).status_code in {404, 422}
    office = caller(app, "mironova")
    refused = office.post("/persons", {"family_name": "a\x00", "given_name": "b"}, expect=422)
    assert "family_name" in refused["errors"]
