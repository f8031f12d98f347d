"""Plan pages as a browser sees them: the story by forms, two tabs, strangers, and the same by the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from lms.plans import queries
from lms.plans.types import PlanState
from tests.integration.plans.conftest import Plans, csrf

Enter = Callable[[str], FlaskClient]


def post(client: FlaskClient, page: str, path: str = "", **values: Any) -> Any:
    """Send a form of ``page`` with its own token."""
    return client.post(path or page, data={"csrf_token": csrf(client, page), **values})


def form_values(html: str) -> dict[str, str]:
    """Return what a form page is filled with: inputs, chosen options and ticked radios."""
    values = {}
    for tag in re.findall(r"<input[^>]+>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        is_off = re.search('type="(?:radio|checkbox)"', tag) and " checked" not in tag
        if name and value and not is_off:
            values[name.group(1)] = value.group(1)
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        values[name] = chosen.group(1) if chosen else ""
    return values


def test_the_story_by_forms_from_template_to_force(plans: Plans, sign_in: Enter) -> None:
    kim = sign_in("kim")
    begun = post(
        kim,
        "/plans/new",
        person_id=plans.school.id("sonya"),
        template_id=plans.templates["school-14"],
        basis="Order No. 61",
        scope="whole",
    )
    build = begun.location
    version_id = build.split("/")[3]
    page = kim.get(build).text
    item = re.search(r'href="(/plans/versions/[^"]+/items/informatics-[^"]+)"', page)
    assert item
    values = form_values(kim.get(item.group(1)).text)
    saved = kim.post(
        item.group(1), data={**values, "delivery": "external", "external_course": "Python, Meridian"}
    )
    assert saved.status_code == 303
    revision = form_values(kim.get(build).text)["revision"]
    assert post(kim, build, f"/plans/versions/{version_id}/submit", revision=revision).status_code == 303

    anna = sign_in("anna")
    sign = f"/plans/versions/{version_id}/sign"
    values = form_values(anna.get(sign).text)
    assert anna.post(sign, data={**values, "agree": ""}).status_code == 422
    assert anna.post(sign, data={**values, "agree": "yes"}).status_code == 303

    gromova = sign_in("gromova")
    approve = f"/plans/versions/{version_id}/approve"
    values = form_values(gromova.get(approve).text)
    assert gromova.post(approve, data={**values, "order_no": ""}).status_code == 422
    assert gromova.post(approve, data={**values, "order_no": "84"}).status_code == 303

    own = sign_in("sonya").get("/plan").text
    assert "№ 84" in own or "84" in own
    assert "Python, Meridian" in own


def test_a_form_opened_before_another_tab_saved_keeps_what_was_typed(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.begun()
    key = plans.item(receipt, "Биология").stable_key
    kim = sign_in("kim")
    path = f"/plans/versions/{receipt.version_id}/items/{key}"
    values = form_values(kim.get(path).text)
    plans.edited(receipt, "Биология", note="The other tab was here.")
    answer = kim.post(path, data={**values, "title": "Biology, typed in the first tab"})
    assert answer.status_code == 409
    assert 'value="Biology, typed in the first tab"' in answer.text
    assert plans.item(receipt, "Биология").note == "The other tab was here."
    again = form_values(answer.text)
    assert kim.post(path, data={**values, **again}).status_code == 303


def test_hours_are_understood_with_a_comma_and_nonsense_is_kept_on_the_form(
    plans: Plans, sign_in: Enter
) -> None:
    receipt = plans.begun()
    key = plans.item(receipt, "Биология").stable_key
    kim = sign_in("kim")
    path = f"/plans/versions/{receipt.version_id}/items/{key}"
    values = form_values(kim.get(path).text)
    wrong = kim.post(path, data={**values, "hours": "many", "title": ""})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    assert kim.post(path, data={**values, "hours": "17,5"}).status_code == 303
    assert str(plans.item(receipt, "Биология").hours) == "17.50"


def test_a_plan_in_force_leads_its_author_to_the_exam_of_an_item(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.active()
    key = plans.item(receipt, "Биология").stable_key
    assert (
        f"/plans/{receipt.plan_id}/items/{key}/exam" in sign_in("kim").get(f"/plans/{receipt.plan_id}").text
    )
    assert f"/items/{key}/exam" not in sign_in("anna").get(f"/plans/{receipt.plan_id}").text


def test_the_builder_moves_removes_and_brings_back(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.begun()
    key = plans.item(receipt, "История").stable_key
    kim = sign_in("kim")
    base = f"/plans/versions/{receipt.version_id}"
    assert post(kim, f"{base}/edit", f"{base}/items/{key}/move", period=2).status_code == 303
    assert plans.item(receipt, "История").period == 2
    assert post(kim, f"{base}/edit", f"{base}/items/{key}/remove", revision=1).status_code == 409
    assert post(kim, f"{base}/edit", f"{base}/items/{key}/remove").status_code == 303
    assert post(kim, f"{base}/edit", f"{base}/submit").status_code == 422
    assert post(kim, f"{base}/edit", f"{base}/items/{key}/restore").status_code == 303
    assert plans.item(receipt, "История").period == 2


@pytest.mark.parametrize(
    "path", ["/plans/{plan}", "/plans/{plan}/versions", "/plans/versions/{version}/changes"]
)
def test_another_family_finds_nothing(plans: Plans, sign_in: Enter, path: str) -> None:
    receipt = plans.active()
    where = path.format(plan=receipt.plan_id, version=receipt.version_id)
    assert sign_in("irina").get(where).status_code == 404
    assert sign_in("vlasova").get(where).status_code == 404
    assert sign_in("anna").get(where).status_code == 200


def test_a_family_does_not_see_drafts(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.begun()
    anna = sign_in("anna")
    assert anna.get(f"/plans/versions/{receipt.version_id}").status_code == 404
    assert anna.get(f"/plans/{receipt.plan_id}").status_code == 404
    assert sign_in("sonya").get("/plan").status_code == 200


def test_the_office_attaches_a_paper_signed_by_the_parent(plans: Plans, sign_in: Enter) -> None:
    from io import BytesIO

    receipt = plans.submitted(plans.begun())
    mironova = sign_in("mironova")
    path = f"/plans/versions/{receipt.version_id}/paper"
    values = {"csrf_token": csrf(mironova, path), "signer": str(plans.school.id("anna"))}
    wrong = mironova.post(path, data={**values, "document": (BytesIO(b"not a scan"), "plan.exe")})
    assert wrong.status_code == 422
    scan = BytesIO(b"%PDF-1.4\n%%EOF")
    assert mironova.post(path, data={**values, "document": (scan, "plan.pdf")}).status_code == 303
    assert plans.ordered(receipt).state is PlanState.ACTIVE
    with plans.runtime.read() as session:
        kinds = {row.kind.value for row in queries.approvals_of(session, receipt.version_id)}
    assert kinds == {"paper_scan", "simple"}


def test_the_list_is_searched_filtered_and_never_shows_another_school(plans: Plans, sign_in: Enter) -> None:
    plans.begun()
    zimina = sign_in("zimina")
    assert "Ветрова" in zimina.get("/plans").text
    assert "Ветрова" in zimina.get("/plans?q=ветр&state=draft").text
    assert "Ветрова" not in zimina.get("/plans?state=active").text
    assert "Ветрова" not in sign_in("vlasova").get("/plans").text


def test_the_changes_are_sentences_in_both_languages(plans: Plans, sign_in: Enter) -> None:
    from decimal import Decimal

    from lms.plans import service

    first = plans.active()
    with plans.uow("kim") as uow:
        second = service.begin_version(uow, plan_id=first.plan_id, reason="More time.")
    plans.edited(second, "Биология", hours=Decimal(18))
    plans.submitted(second)
    anna = sign_in("anna")
    path = f"/plans/versions/{second.version_id}/changes"
    assert "теперь 18 часов, было 16 часов" in anna.get(path).text
    anna.set_cookie("locale", "en")
    assert "now 18 hours instead of 16 hours" in anna.get(path).text


def test_the_api_reads_a_plan_and_signs_it(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.submitted(plans.begun())
    anna = sign_in("anna")
    version = anna.get(f"/api/v1/plans/versions/{receipt.version_id}").json
    assert (version["version"]["state"], len(version["items"])) == ("submitted", 8)
    token = re.search(r'name="csrf-token" content="([^"]+)"', anna.get(f"/plans/{receipt.plan_id}").text)
    assert token
    stale = anna.post(
        f"/api/v1/plans/versions/{receipt.version_id}/approvals",
        json={"items_hash": "0" * 64},
        headers={"X-CSRFToken": token.group(1)},
    )
    assert (stale.status_code, stale.json["code"]) == (409, "plans.read_again")
    done = anna.post(
        f"/api/v1/plans/versions/{receipt.version_id}/approvals",
        json={"items_hash": version["version"]["items_hash"]},
        headers={"X-CSRFToken": token.group(1)},
    )
    assert done.status_code == 201
    plans.ordered(receipt)
    sonya = sign_in("sonya")
    active = sonya.get(f"/api/v1/plans?person_id={plans.school.id('sonya')}").json
    assert active["version"]["order_no"] == "84"
    assert active["items"][0]["state"] in {"planned", "in_progress"}
    assert sonya.get(f"/api/v1/plans/{receipt.plan_id}/versions").json[0]["no"] == 1
    assert sonya.get(f"/api/v1/plans/versions/{receipt.version_id}/changes").json == []
    assert sign_in("irina").get(f"/api/v1/plans?person_id={plans.school.id('sonya')}").status_code == 404


def test_every_plan_page_of_the_demonstration_opens(plans: Plans, sign_in: Enter) -> None:
    receipt = plans.active()
    key = plans.item(receipt, "Биология").stable_key
    staff = [
        "/plans",
        "/plans/new",
        f"/plans/{receipt.plan_id}",
        f"/plans/{receipt.plan_id}/versions/new",
        f"/plans/{receipt.plan_id}/items/{key}/mark",
        f"/plans/{receipt.plan_id}/items/{key}/exam",
        f"/support/{plans.school.id('sonya')}",
        "/curricula",
    ]
    kim = sign_in("kim")
    assert {path: kim.get(path).status_code for path in staff} == dict.fromkeys(staff, 200)
    heads = ["/plans/templates", f"/plans/{receipt.plan_id}/items/{key}/waive"]
    zimina = sign_in("zimina")
    assert {path: zimina.get(path).status_code for path in heads} == dict.fromkeys(heads, 200)
