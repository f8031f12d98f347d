"""Nobody gets anywhere without a rule: the URL map × roles, sign-in, CSRF, other people's ids."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.app import create_app, create_runtime, load_settings
from lms.core.clock import FixedClock
from lms.core.models import AccessLog
from lms.core.runtime import Runtime
from lms.core.web.access import declared_action
from lms.demo.cast import CAST, DemoSchool, load_cast


@pytest.fixture
def school(runtime: Runtime, prepared_cast: None) -> DemoSchool:
    return load_cast(runtime)


def csrf(client: FlaskClient, path: str = "/login") -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found
    return found.group(1)


def sign_in(client: FlaskClient, login: str) -> None:
    form = {"login": login, "password": f"marshrut-{login}", "csrf_token": csrf(client)}
    assert client.post("/login", data=form).status_code == 303


def test_every_route_declares_an_action_that_exists(app: Flask, runtime: Runtime) -> None:
    undeclared = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            action = declared_action(app, rule.endpoint, method)
            if rule.endpoint != "static" and action is None:
                undeclared.append(f"{method} {rule.rule}")
            elif action is not None:
                runtime.policy.action(action)
    assert not undeclared, undeclared


def _path(rule: str) -> str:
    filled = re.sub(r"<uuid:[^>]+>", "01900000-0000-7000-8000-000000000000", rule)
    filled = re.sub(r"<int:[^>]+>", "1", filled)
    return re.sub(r"<[^>]+>", "x", filled)


def test_a_guest_reaches_public_pages_only(app: Flask, runtime: Runtime, client: FlaskClient) -> None:
    open_doors = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or "GET" not in (rule.methods or ()):
            continue
        action = declared_action(app, rule.endpoint)
        if action is not None and runtime.policy.action(action).roles == frozenset({"*"}):
            continue
        answer = client.get(_path(rule.rule))
        if answer.status_code not in {303, 401, 404}:
            open_doors.append((rule.rule, answer.status_code))
    assert not open_doors


@pytest.mark.parametrize("login", ["sonya", "anna", "kim", "belova", "gusev", "admin"])
def test_a_role_is_kept_out_of_what_its_actions_do_not_name(
    app: Flask, runtime: Runtime, client: FlaskClient, school: DemoSchool, login: str
) -> None:
    sign_in(client, login)
    actor = school.actor(login)
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or "GET" not in (rule.methods or ()):
            continue
        action = declared_action(app, rule.endpoint)
        assert action is not None
        answer = client.get(_path(rule.rule))
        if not runtime.policy.allows_role(actor, action):
            assert answer.status_code in {403, 404}, rule.rule
        assert answer.status_code < 500 or rule.endpoint == "core.ready", rule.rule


def test_every_person_of_the_cast_can_sign_in_and_has_a_home(client: FlaskClient, school: DemoSchool) -> None:
    for person in CAST:
        sign_in(client, person.login)
        assert client.get("/home", follow_redirects=True).status_code == 200, person.login
        client.post("/logout", data={"csrf_token": csrf(client, "/reading")})


def test_a_wrong_password_and_a_wrong_login_look_the_same(client: FlaskClient, school: DemoSchool) -> None:
    token = csrf(client)
    answers = [
        client.post("/login", data={"login": login, "password": "not this one", "csrf_token": token})
        for login in ("sonya", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    bodies = [re.sub(r"sonya|nobody", "", re.sub(r'value="[^"]*"', "", answer.text)) for answer in answers]
    assert bodies[0] == bodies[1]
    assert 'value="sonya"' in answers[0].text, "the login is kept"


def test_many_wrong_passwords_are_slowed_down(client: FlaskClient, school: DemoSchool) -> None:
    token = csrf(client)
    codes = [
        client.post(
            "/login", data={"login": "sonya", "password": "wrong wrong", "csrf_token": token}
        ).status_code
        for _ in range(12)
    ]
    assert codes[0] == 422 and codes[-1] == 429


def test_a_form_without_its_token_changes_nothing(client: FlaskClient, school: DemoSchool) -> None:
    answer = client.post("/login", data={"login": "sonya", "password": "marshrut-sonya"})
    assert answer.status_code == 409
    assert client.get("/home").status_code == 303


def test_signing_out_everywhere_ends_every_session(app: Flask, school: DemoSchool) -> None:
    phone, desk = app.test_client(), app.test_client()
    sign_in(phone, "sonya")
    sign_in(desk, "sonya")
    desk.post("/account/sessions/end", data={"csrf_token": csrf(desk, "/account")})
    assert phone.get("/home").status_code == 303


def test_another_familys_child_is_not_found_and_the_attempt_is_written_down(
    client: FlaskClient, school: DemoSchool, runtime: Runtime
) -> None:
    sign_in(client, "ruslan")
    assert client.get(f"/profile/{school.id('sonya')}").status_code == 404
    with runtime.read() as session:
        row = session.scalars(sa.select(AccessLog).where(AccessLog.outcome == "refused")).one()
    assert (row.action, row.object_id) == ("profiles.view", school.id("sonya"))


def test_a_look_at_a_child_is_in_the_log_that_the_family_sees(
    client: FlaskClient, school: DemoSchool
) -> None:
    sign_in(client, "lebedeva")
    assert client.get(f"/profile/{school.id('sonya')}").status_code == 200
    client.post("/logout", data={"csrf_token": csrf(client, "/reading")})
    sign_in(client, "anna")
    assert "Лебедева" in client.get(f"/profile/{school.id('sonya')}/access").text


def test_the_log_that_the_family_sees_tells_a_look_from_a_copy(
    client: FlaskClient, school: DemoSchool, runtime: Runtime
) -> None:
    with runtime.unit_of_work(school.actor("kim")) as uow:
        uow.log_access("plans.read", school.id("sonya"), "plan", outcome="exported")
    sign_in(client, "anna")
    assert "копия" in client.get(f"/profile/{school.id('sonya')}/access").text


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_way_back_never_leaves_the_site(client: FlaskClient, school: DemoSchool, target: str) -> None:
    form = {"login": "sonya", "password": "marshrut-sonya", "csrf_token": csrf(client), "next": target}
    assert client.post("/login", data=form).location == "/home"


def test_signing_in_again_ends_the_session_that_the_browser_had(
    app: Flask, client: FlaskClient, school: DemoSchool
) -> None:
    sign_in(client, "sonya")
    copied = client.get_cookie("session")
    assert copied is not None
    stranger = app.test_client()
    stranger.set_cookie("session", copied.value)
    assert stranger.get("/account").status_code == 200
    token = csrf(client, "/account")
    form = {"login": "sonya", "password": "marshrut-sonya", "csrf_token": token}
    assert client.post("/login", data=form).status_code == 303
    assert client.get("/account").status_code == 200
    assert stranger.get("/account").status_code in {302, 303, 401}


def test_guessing_at_many_logins_from_one_address_is_stopped(
    environment: dict[str, str], clock: FixedClock
) -> None:
    environment["LMS_LOGIN_FAILURES_PER_MINUTE"] = "3"
    runtime = create_runtime(load_settings(environment), clock=clock)
    load_cast(runtime)
    client = create_app(runtime=runtime).test_client()
    token = csrf(client)

    def attempt(login: str, password: str = "not this one") -> int:
        form = {"login": login, "password": password, "csrf_token": token}
        return client.post("/login", data=form).status_code

    assert [attempt(login) for login in ("sonya", "anna", "kim", "lev")] == [422, 422, 422, 429]
    assert attempt("irina", "marshrut-irina") == 429
    runtime.dispose()
