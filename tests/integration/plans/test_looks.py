"""Looks of staff and refused attempts stand in the list that the family reads, in words."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.core.models import AccessLog
from lms.profiles.pages.profile import action_words
from tests.integration.plans.conftest import Plans

Enter = Callable[[str], FlaskClient]


def looks(plans: Plans) -> list[tuple[str, str]]:
    with plans.runtime.read() as session:
        rows = session.scalars(
            sa.select(AccessLog)
            .where(AccessLog.subject_person_id == plans.school.id("sonya"))
            .order_by(AccessLog.id)
        )
        return [(row.action, row.outcome) for row in rows]


def test_looks_of_staff_at_plan_and_support_are_written_down(plans: Plans, sign_in: Enter) -> None:
    receipt, sonya = plans.active(), plans.school.id("sonya")
    pages = (f"/plans/{receipt.plan_id}", f"/support/{sonya}", f"/api/v1/plans?person_id={sonya}")
    for login in ("sonya", "anna"):
        assert {sign_in(login).get(page).status_code for page in pages} == {200}
    assert looks(plans) == []
    assert {sign_in("kim").get(page).status_code for page in pages} == {200}
    assert sorted(looks(plans)) == [
        ("people.support_read", "shown"),
        ("plans.read", "shown"),
        ("plans.read", "shown"),
    ]


def test_refused_attempts_are_shown_to_the_family_in_words(plans: Plans, sign_in: Enter) -> None:
    receipt, sonya = plans.active(), plans.school.id("sonya")
    stranger = sign_in("irina")
    for page in (f"/plans/{receipt.plan_id}", f"/support/{sonya}", f"/profile/{sonya}"):
        assert stranger.get(page).status_code in {403, 404}
    assert {outcome for _action, outcome in looks(plans)} == {"refused"}
    assert len(looks(plans)) == 3
    text = sign_in("anna").get(f"/profile/{sonya}/access").get_data(as_text=True)
    assert "Дорохова" in text
    assert "учебный план" in text and "специальные условия" in text
    assert "plans.read" not in text and "people.support_read" not in text


def test_every_act_that_can_be_logged_has_words(plans: Plans, app: Flask) -> None:
    with app.test_request_context("/"):
        assert [a.code for a in plans.runtime.policy if "." in action_words(a.code)] == []
