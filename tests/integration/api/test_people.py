"""Looking after people over the API: register, invite, roles, close and open; refusals with their codes."""

from __future__ import annotations

import pytest
from flask import Flask

from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool, load_cast
from tests.fixtures.api import caller


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return one engine: what differs between them is told elsewhere."""
    return sqlite_url


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def test_a_program_registers_somebody_and_ends_what_it_gave(app: Flask, school: DemoSchool) -> None:
    office = caller(app, "mironova")
    new = {"family_name": "Котов", "given_name": "Илья", "login": "kotov", "roles": ["teacher"]}
    made = office.post("/persons", new)
    assert made["account"] == {
        "login": "kotov",
        "is_active": True,
        "has_password": False,
        "invited_until": None,
    }
    taken = office.post("/persons", new, expect=422)
    assert taken["code"] == "people.login_taken" and "login" in taken["errors"]
    link = office.post(f"/persons/{made['id']}/invitation")
    assert app.test_client().get(f"/invitation/{link['token']}").status_code == 200
    assert office.post(f"/persons/{made['id']}/deactivate", expect=200)["account"]["is_active"] is False
    assert office.post(f"/persons/{made['id']}/reactivate", expect=200)["account"]["is_active"] is True
    refused = office.post(f"/persons/{made['id']}/roles", {"kind": "director"}, expect=422)
    assert refused["code"] == "people.role_above"
    held = office.post(f"/persons/{made['id']}/roles", {"kind": "tutor"})["roles"]
    assert [role["kind"] for role in held] == ["teacher", "tutor"]
    left = office.post(f"/roles/{held[0]['id']}/end", expect=200)["roles"]
    assert [role["kind"] for role in left] == ["tutor"]
    found = office.get("/persons", q="котов", role="tutor")
    assert found["total"] == 1 and found["items"][0]["login"] == "kotov"


def test_another_school_and_another_role_find_nobody(app: Flask, school: DemoSchool) -> None:
    sonya = school.id("sonya")
    caller(app, "vlasova").get(f"/persons/{sonya}", expect=404)
    caller(app, "vlasova").post(f"/persons/{sonya}/invitation", expect=404)
    caller(app, "kim").get(f"/persons/{sonya}", expect=403)
