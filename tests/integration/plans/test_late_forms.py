"""A form that comes too late loses nothing: it is shown again to its owner and to nobody else."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.people import service
from tests.integration.plans.conftest import Plans, csrf
from tests.integration.plans.test_plan_pages import form_values

Enter = Callable[[str], FlaskClient]

NOTE = "Соня учится дома: врач рекомендует.\nОпыты — в школьной лаборатории, по средам. " * 5
HERE = {"Origin": "http://localhost"}


def late(client: FlaskClient, plans: Plans) -> tuple[str, dict[str, str]]:
    """Open the form of a plan item, write a long note and return where it goes and what it says."""
    receipt = plans.begun()
    key = plans.item(receipt, "Биология").stable_key
    path = f"/plans/versions/{receipt.version_id}/items/{key}"
    return path, {**form_values(client.get(path).text), "note": NOTE}


def shown(page: str) -> dict[str, str]:
    """Return what a page would send: hidden fields and texts."""
    values = form_values(page)
    for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL):
        values[name] = html.unescape(text)
    return {name: html.unescape(value) for name, value in values.items()}


def end_sign_ins(runtime: Runtime, plans: Plans, login: str) -> None:
    """End every sign-in of one person, as the office does."""
    with runtime.unit_of_work(SYSTEM) as uow:
        service.end_all_sessions(uow, plans.school.actor(login).account_id)


def enter_with(client: FlaskClient, page: str, login: str) -> Any:
    """Sign in with the form that a page shows."""
    values = {k: v for k, v in shown(page).items() if k in {"csrf_token", "next", "kept"}}
    return client.post("/login", data={**values, "login": login, "password": f"marshrut-{login}"})


def test_a_form_with_an_old_token_is_shown_again_and_sent(plans: Plans, sign_in: Enter, app: Flask) -> None:
    kim = sign_in("kim")
    path, values = late(kim, plans)
    app.config["WTF_CSRF_TIME_LIMIT"] = -1  # the form was open longer than a token lives
    answer = kim.post(path, data=values, headers=HERE)
    app.config["WTF_CSRF_TIME_LIMIT"] = 3600
    assert answer.status_code == 409
    again = shown(answer.text)
    assert again["note"] == NOTE
    assert again["csrf_token"] != values["csrf_token"]
    assert kim.post(path, data=again, headers=HERE).status_code == 303
    assert shown(kim.get(path).text)["note"] == NOTE.strip()


@pytest.mark.parametrize("how", ["the cookie is gone", "the sign-in was ended"])
def test_a_form_of_an_ended_sign_in_is_shown_again_after_signing_in(
    runtime: Runtime, plans: Plans, sign_in: Enter, how: str
) -> None:
    kim = sign_in("kim")
    path, values = late(kim, plans)
    if how == "the cookie is gone":
        kim.delete_cookie("session")
    else:
        end_sign_ins(runtime, plans, "kim")
    asked = kim.post(path, data=values, headers=HERE)
    assert asked.status_code == 401
    wrong = {**shown(asked.text), "login": "kim", "password": "not this one"}
    asked = kim.post("/login", data=wrong)
    assert asked.status_code == 422, "a wrong password does not lose it either"
    page = enter_with(kim, asked.text, "kim")
    assert page.status_code == 200
    again = shown(page.text)
    assert again["note"] == NOTE
    assert kim.post(path, data=again, headers=HERE).status_code == 303


def test_another_account_never_sees_what_was_typed(runtime: Runtime, plans: Plans, sign_in: Enter) -> None:
    kim = sign_in("kim")
    path, values = late(kim, plans)
    kim.delete_cookie("session")
    asked = kim.post(path, data=values, headers=HERE)
    answer = enter_with(kim, asked.text, "gromova")
    assert answer.status_code == 303
    home = kim.get(answer.location, follow_redirects=True).text
    assert "принадлежит другому человеку" in home
    assert "врач рекомендует" not in home


def test_the_form_of_one_account_is_not_shown_to_the_next_one_in_the_same_browser(
    plans: Plans, sign_in: Enter
) -> None:
    kim = sign_in("kim")
    path, values = late(kim, plans)
    form = {"login": "gromova", "password": "marshrut-gromova"}
    kim.post("/logout", data={"csrf_token": csrf(kim, "/reading")})
    kim.post("/login", data={**form, "csrf_token": csrf(kim, "/login")})
    answer = kim.post(path, data=values, headers=HERE)
    assert answer.status_code == 409
    assert "врач рекомендует" not in answer.text


def as_made_for(token: str, account_id: UUID) -> str:
    """Write another account into a form's token, as somebody would who knows how it is built."""
    both = base64.urlsafe_b64decode(token)
    mask, masked = both[: len(both) // 2], both[len(both) // 2 :]
    plain = account_id.bytes + bytes(a ^ b for a, b in zip(mask, masked, strict=True))[16:]
    return base64.urlsafe_b64encode(mask + bytes(a ^ b for a, b in zip(mask, plain, strict=True))).decode()


@pytest.mark.parametrize("how", ["the cookie is gone", "somebody else is signed in"])
def test_a_form_cannot_be_passed_off_as_another_accounts(plans: Plans, sign_in: Enter, how: str) -> None:
    """Kim's words under Gromova's name: neither now nor after Gromova has signed in does Gromova see them as hers."""
    kim = sign_in("kim")
    path, values = late(kim, plans)
    victim = plans.school.actor("gromova").account_id
    assert victim is not None
    forged = {**values, "csrf_token": as_made_for(values["csrf_token"], victim)}
    if how == "the cookie is gone":
        kim.delete_cookie("session")
    else:
        kim.post("/logout", data={"csrf_token": csrf(kim, "/reading")})
        form = {"login": "gromova", "password": "marshrut-gromova", "csrf_token": csrf(kim, "/login")}
        assert kim.post("/login", data=form).status_code == 303
    answer = kim.post(path, data=forged, headers=HERE)
    assert answer.status_code == 409
    assert "врач рекомендует" not in answer.text
    assert "kept" not in shown(answer.text)


def test_a_foreign_page_cannot_put_words_into_a_form(plans: Plans, sign_in: Enter) -> None:
    kim = sign_in("kim")
    path, values = late(kim, plans)
    kim.delete_cookie("session")
    for elsewhere in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        answer = kim.post(path, data=values, headers=elsewhere)
        assert answer.status_code == 409
        assert "врач рекомендует" not in answer.text
    signed = enter_with(kim, kim.get("/login").text + '<input name="kept" value="e30.made.up">', "kim")
    assert signed.status_code == 303


def test_a_form_with_a_password_is_never_shown_again(sign_in: Enter) -> None:
    kim = sign_in("kim")
    values = {**form_values(kim.get("/account").text), "old": "my secret words", "new": "my other words"}
    kim.delete_cookie("session")
    answer = kim.post("/account/password", data=values, headers=HERE)
    assert answer.status_code == 409
    assert "my secret words" not in answer.text


def test_a_file_is_asked_for_again_and_never_carried(plans: Plans, sign_in: Enter) -> None:
    kim = sign_in("kim")
    path, values = late(kim, plans)
    kim.delete_cookie("session")
    scan = (io.BytesIO(b"%PDF-1.4 a secret scan"), "scan.pdf")
    asked = kim.post(path, data={**values, "scan": scan}, headers=HERE)
    page = enter_with(kim, asked.text, "kim").text
    assert 'enctype="multipart/form-data"' in page
    assert re.search(r'<input[^>]* name="scan" type="file"', page)
    assert "secret scan" not in asked.text + page
    assert shown(page)["note"] == NOTE
