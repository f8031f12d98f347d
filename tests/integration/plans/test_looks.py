"""Looks of staff and refused attempts stand in the list that the family reads, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from lms.core.actor import RoleGrant
from lms.core.errors import NotFound
from lms.core.models import AccessLog
from lms.courses.access_rules import Candidacy, Look
from lms.courses.models import Course
from lms.people.service.consents import ConsentReach
from lms.people.support_access import SupportReach
from lms.plans.credit_access import CaseInHand
from lms.plans.credit_models import CreditCase
from lms.plans.plan_access import PlanReach
from lms.plans.types import CaseState
from lms.proctoring.access_rules import Reach
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


def test_whatever_is_refused_about_a_person_names_the_person(plans: Plans) -> None:
    """The access log is asked by person: a refusal that names none would never be shown to the family."""
    sonya, org = plans.school.id("sonya"), plans.school.id("school-14")
    at, stranger = plans.runtime.clock.now(), plans.school.actor("vlasova")
    case = CreditCase(id=uuid4(), person_id=sonya, org_id=org, state=CaseState.DRAFT)
    course = Course(id=uuid4(), org_id=org)
    asked = {
        "people.support_read": SupportReach(sonya, org, at),
        "people.manage_consents": ConsentReach(sonya, org, at),
        "plans.read": PlanReach(uuid4(), sonya, org, at),
        "credit.office": CaseInHand(case.id, case, at),
        "courses.enrol": Candidacy(sonya, course, at),
        "courses.see_progress": Look(sonya, org, at),
        "proctoring.see_sample": Reach(sonya, at, org_id=org),
        "profiles.view": sonya,
    }
    roles = frozenset(RoleGrant(kind, uuid4()) for kind in ("director", "registrar", "proctor"))
    with plans.runtime.read() as session:
        for action, reach in asked.items():
            with pytest.raises(NotFound) as refused:
                plans.runtime.policy.require(session, replace(stranger, roles=roles), action, reach)
            assert refused.value.audit is not None
            assert refused.value.audit.person_id == sonya, action
