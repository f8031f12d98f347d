"""A school's own parts of the year: wherever a plan names one, it is called as the school calls it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.curriculum.models import Curriculum
from lms.curriculum.types import PeriodKind
from lms.plans import service
from tests.integration.plans.conftest import Plans, csrf

Enter = Callable[[str], FlaskClient]


@pytest.mark.parametrize("kind", [PeriodKind.TRIMESTER, PeriodKind.SEMESTER])
def test_no_page_of_a_plan_says_quarter_to_a_school_without_quarters(
    plans: Plans, sign_in: Enter, kind: PeriodKind
) -> None:
    with plans.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(Curriculum).values(period_kind=kind))
    active = plans.active()
    with plans.uow("sonya") as uow:
        service.propose_item(
            uow,
            plan_id=active.plan_id,
            title="Robots",
            subject="technology",
            hours=Decimal(200),
            period=3,
            external_course="Robots",
        )
    with plans.uow("kim") as uow:
        draft = service.begin_version(uow, plan_id=active.plan_id, reason="More")
    plans.edited(draft, "Биология", period=3, hours=Decimal(900))
    template = plans.templates["school-14"]
    pages = {
        "sonya": ["/plan", f"/plans/{active.plan_id}/propose", f"/plans/{active.plan_id}/calendar"],
        "kim": [
            f"/plans/versions/{draft.version_id}/{page}" for page in ("edit", "changes", "add", "document")
        ],
        "gromova": [f"/plans/templates/{template}", f"/plans/templates/{template}/bulk"],
    }
    word = {PeriodKind.TRIMESTER: "триместр", PeriodKind.SEMESTER: "семестр"}[kind]
    said = 0
    for login, paths in pages.items():
        client = sign_in(login)
        for path in paths:
            shown = client.get(path)
            if shown.mimetype != "text/html":
                continue
            assert "четверт" not in shown.text.lower(), path
            said += word in shown.text.lower()
    assert said >= 5


def test_a_curriculum_of_trimesters_is_begun_by_a_form(plans: Plans, sign_in: Enter) -> None:
    zimina, page = sign_in("zimina"), "/curricula/new"
    form = {
        "csrf_token": csrf(zimina, page),
        "title": "По триместрам",
        "programme": "ООО-3",
        "grade": "8",
        "year": "2026/27",
        "weekly_hours_max": "33",
        "period_kind": "trimester",
        "starts_1": "2026-09-01",
        "ends_1": "2026-11-22",
        "starts_2": "2026-12-01",
        "ends_2": "2027-02-22",
    }
    half = zimina.post(page, data={**form, "starts_4": "2027-03-01", "ends_4": "2027-05-25"})
    assert half.status_code == 422
    made = zimina.post(page, data={**form, "starts_3": "2027-03-01", "ends_3": "2027-05-25"})
    assert made.status_code == 303
    shown = zimina.get(made.location).text
    assert "3-й триместр" in shown
    assert "четверть" not in shown
