"""The story of a plan and a credit, told over the API alone, and what it refuses on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.models import AccessLog
from lms.demo.credit import sonya_certificate
from lms.people import service as people
from lms.people.types import AdmissionGround, AssignmentKind
from lms.plans import queries
from tests.fixtures.api import Caller
from tests.fixtures.credit_world import World

Call = Callable[[str], Caller]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def brother(world: World) -> UUID:
    """Admit another child of Anna's, of whom Kim is a teacher and who has no plan yet."""
    org_id = world.school.id("school-14")
    with world.runtime.unit_of_work(SYSTEM) as uow:
        person_id = people.create_person(
            uow,
            family_name="Ветров",
            given_name="Глеб",
            patronymic="Андреевич",
            birth_date=date(2012, 4, 17),
        )
        people.admit_student(
            uow,
            person_id=person_id,
            org_id=org_id,
            ground=AdmissionGround.HOME,
            grade=8,
            valid_from=date(2026, 9, 1),
        )
        people.add_guardian(
            uow, child_id=person_id, adult_id=world.school.id("anna"), org_id=org_id, proof="запись"
        )
        people.assign_staff(
            uow,
            staff_id=world.school.id("kim"),
            student_id=person_id,
            org_id=org_id,
            kind=AssignmentKind.TEACHES,
            subject="informatics",
        )
    return person_id


def drafted(call: Call, person_id: UUID) -> dict[str, Any]:
    """Let the teacher begin a plan of one subject; return the receipt."""
    kim = call("kim")
    (template,) = kim.get("/plans/templates")
    return kim.post(
        "/plans",
        {
            "person_id": str(person_id),
            "template_id": template["id"],
            "basis": "Приказ № 62",
            "scope": "subjects",
            "subjects": ["informatics"],
        },
    )


def as_sent(item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an item as it was read, ready to be sent back with changes."""
    names = ("subject", "title", "hours", "period", "delivery", "attestation_form")
    outcomes = [{"outcome_id": row["outcome_id"], "hours": row["hours"]} for row in item["outcomes"]]
    return {**{name: item[name] for name in names}, "outcomes": outcomes, **changes}


def in_force(call: Call, person_id: UUID) -> dict[str, Any]:
    """Carry a plan from its template to the order; return it as the family reads it."""
    kim, anna = call("kim"), call("anna")
    receipt = drafted(call, person_id)
    version = f"/plans/versions/{receipt['version_id']}"
    item = kim.get(version)["items"][0]
    changed = as_sent(item, delivery="external", external_course="Python", revision=receipt["revision"])
    receipt = kim.put(f"{version}/items/{item['stable_key']}", changed)
    assert not [row for row in kim.get(f"{version}/checks") if row["is_blocking"]]
    assert kim.post(f"{version}/submit", {"revision": receipt["revision"]}, 200)["state"] == "submitted"
    read = anna.get(version)["version"]
    anna.post(f"{version}/approvals", {"items_hash": read["items_hash"]})
    order = {"order_no": "62", "order_date": "2026-11-11", "items_hash": read["items_hash"]}
    assert call("gromova").post(f"{version}/order", order)["state"] == "active"
    return anna.get("/plans", person_id=str(person_id))


def applied(call: Call, person_id: UUID) -> str:
    """Let the mother apply for the course that the school knows; return the address of the case."""
    anna = call("anna")
    (item,) = anna.get("/credit/items", person_id=str(person_id))
    wanted = {"person_id": str(person_id), "plan_id": item["plan_id"], "stable_key": item["stable_key"]}
    case = f"/credit/cases/{anna.post('/credit/cases', wanted)['id']}"
    (source,) = anna.get(f"{case}/sources", q="меридиан")["items"]
    anna.put(f"{case}/source", {"source_id": source["id"]})
    (course,) = anna.get(f"{case}/courses")
    anna.put(f"{case}/course", {"course_id": course["id"]})
    shown = {"issued_on": "2026-08-30", "hours": "24", "raw_result": "86", "number": "М-9"}
    anna.put(f"{case}/certificate", shown)
    assert anna.post(f"{case}/submit", expect=422)["code"] == "credit.file_first"
    anna.upload(f"{case}/documents", "file", sonya_certificate(date(2026, 8, 30)), kind="certificate")
    assert [row["verdict"] for row in anna.get(f"{case}/preview")].count("covered") == 2
    assert anna.post(f"{case}/submit", expect=200)["state"] == "submitted"
    return case


def decided(call: Call, case: str) -> dict[str, Any]:
    """Carry a case through the office and the commission; return the decision's receipt."""
    office = call("mironova")
    office.post(f"{case}/verification", expect=200)
    (document,) = office.get(case)["documents"]
    checked = {"verdict": "verified", "note": "Центр подтвердил по телефону."}
    office.put(f"{case}/documents/{document['id']}/verification", checked)
    report = office.post(f"{case}/report")
    assert office.post(f"{case}/report") == report, "the same input, the same report"
    assert office.get(f"{case}/report")["input_hash"] == report["input_hash"]
    assert office.post(f"{case}/referral", expect=200)["state"] == "in_commission"
    for member in ("sokolov", "dyatlov", "belova"):
        vote = {"choice": "for", "reason": "Как в отчёте.", "round": call(member).get(case)["round"]}
        call(member).post(f"{case}/votes", vote)
    call("belova").post(f"{case}/votes", {**vote, "choice": "against"}, expect=409)
    return call("belova").post(f"{case}/decision", {"outcome": "report"})


def test_a_plan_a_credit_and_its_decision_over_the_api_alone(call: Call, world: World, brother: UUID) -> None:
    plan = in_force(call, brother)
    assert plan["items"][0]["delivery"] == "external"
    case = applied(call, brother)
    receipt = decided(call, case)
    assert (receipt["verdict"], receipt["hours"]) == ("part", "22.00")
    anna = call("anna")
    read = anna.get(case)
    assert (read["state"], read["protocol_no"]) == ("effected", receipt["protocol_no"])
    item = anna.get("/plans", person_id=str(brother))["items"][0]
    assert (item["state"], item["remaining_hours"]) == ("partially_credited", "8.00")
    steps = anna.get(f"/profiles/{brother}/why/plans.credit_case/{read['id']}")
    assert [step["kind"] for step in steps][:2] == ["plans.credit_case", "plans.match_report"]
    assert anna.put(f"{case}/way", {"way": "class"})["state"] == "closed"
    with world.runtime.read() as session:
        view = queries.active_plan(session, brother)
        assert view is not None and view.items[0].status.credited_hours == 22


def test_the_family_sees_in_the_access_log_that_the_office_looked(call: Call, world: World) -> None:
    case_id = world.applied()
    call("mironova").get(f"/credit/cases/{case_id}")
    call("anna").get(f"/credit/cases/{case_id}")
    rows = call("anna").get(f"/profiles/{world.school.id('sonya')}/access")["items"]
    assert [(row["action"], row["outcome"]) for row in rows] == [("credit.view", "shown")]
    assert "Миронова" in rows[0]["who"]


def test_a_suspended_credit_is_confirmed_and_a_question_comes_back(
    call: Call, world: World, brother: UUID
) -> None:
    in_force(call, brother)
    case = applied(call, brother)
    office = call("mironova")
    office.post(f"{case}/verification", expect=200)
    assert office.post(f"{case}/questions", {"question": "Пришлите программу."})["state"] == "need_info"
    anna = call("anna")
    assert anna.get(case)["question"] == "Пришлите программу."
    extra = anna.upload(f"{case}/documents", "file", PDF, kind="programme")
    programme = next(row for row in extra["documents"] if row["kind"] == "programme")
    answer = call("mironova").send("GET", f"{case}/documents/{programme['id']}")
    assert answer.data == PDF and "sandbox" in answer.headers["Content-Security-Policy"]
    anna.ask("DELETE", f"{case}/documents/{programme['id']}")
    anna.post(f"{case}/submit", expect=200)
    decided(call, case)
    head = call("gromova")
    assert head.post(f"{case}/suspension", {"reason": "Сомнение."})["state"] == "suspended"
    ended = head.put(f"{case}/suspension/end", {"end": "confirm", "reason": "Проверили."})
    assert ended["state"] == "effected"


def test_two_tabs_over_the_api_never_overwrite_each_other(call: Call, brother: UUID) -> None:
    receipt = drafted(call, brother)
    kim, version = call("kim"), f"/plans/versions/{receipt['version_id']}"
    item = kim.get(version)["items"][0]
    path = f"{version}/items/{item['stable_key']}"
    newer = kim.put(path, as_sent(item, title="Первая вкладка", revision=receipt["revision"]))
    stale = kim.put(path, as_sent(item, title="Вторая", revision=receipt["revision"]), expect=409)
    assert stale["code"] == "plans.changed_meanwhile"
    assert kim.get(version)["items"][0]["title"] == "Первая вкладка"
    added = kim.post(f"{version}/items", as_sent(item, title="Ещё", revision=newer["revision"]))
    removed = kim.ask("DELETE", f"{version}/items/{added['stable_key']}?revision={added['revision']}")
    back = kim.post(f"{version}/items/{added['stable_key']}/restore", {"revision": removed["revision"]}, 200)
    assert len(kim.get(version)["items"]) == 2
    assert kim.ask("DELETE", version)["state"] == "cancelled"
    assert back["no"] == 1


def test_a_plan_is_returned_and_signed_on_paper(call: Call, world: World, brother: UUID) -> None:
    kim, receipt = call("kim"), drafted(call, brother)
    version = f"/plans/versions/{receipt['version_id']}"
    assert kim.post(f"{version}/submit", {}, expect=422)["errors"], "nobody submits what they have not read"
    kim.post(f"{version}/submit", {"revision": receipt["revision"]}, 200)
    assert call("anna").post(f"{version}/return", {"reason": "Слишком много."}, 200)["state"] == "returned"
    call("anna").post(f"{version}/return", {"reason": "Ещё раз."}, expect=409)
    second = kim.post(f"/plans/{receipt['plan_id']}/versions", {"reason": "Меньше часов"})
    version = f"/plans/versions/{second['version_id']}"
    item = kim.get(version)["items"][0]
    path, changed = f"{version}/items/{item['stable_key']}", as_sent(item, title="Информатика")
    kim.put(path, changed, expect=422)
    changed = kim.put(path, {**changed, "revision": second["revision"]})
    kim.post(f"{version}/submit", {"revision": changed["revision"]}, 200)
    signer = str(world.school.id("anna"))
    broken = call("mironova").upload(f"{version}/paper", "document", b"not a paper", 422, signer=signer)
    assert broken["code"] == "upload.not_pdf_or_picture"
    call("mironova").upload(f"{version}/paper", "document", PDF, signer=signer)
    order = {"order_no": "63", "order_date": "2026-11-11"}
    call("gromova").post(f"{version}/order", order)
    marked = {"mark": "зачёт", "passed": "yes"}
    fact = kim.post(f"/plans/{receipt['plan_id']}/items/{item['stable_key']}/mark", marked)
    assert fact["kind"].startswith("plans.")
    (after,) = call("anna").get("/plans", person_id=str(brother))["items"]
    assert after["state"] == "achieved"


def test_another_family_finds_nothing_and_the_attempt_is_written_down(
    call: Call, world: World, brother: UUID
) -> None:
    receipt = drafted(call, brother)
    version = f"/plans/versions/{receipt['version_id']}"
    case = f"/credit/cases/{world.applied()}"
    call("petrenko").post(f"{version}/submit", {"revision": 1}, expect=404)
    call("ruslan").get(f"{version}", expect=404)
    call("irina").get(case, expect=404)
    call("irina").put(f"{case}/certificate", _certificate(), expect=404)
    call("irina").upload(f"{case}/documents", "file", PDF, 404, kind="other")
    call("noskova").post(f"{case}/verification", expect=404)
    call("vlasova").post(f"{case}/suspension", {"reason": "Чужое."}, expect=404)
    call("irina").get(f"/profiles/{world.school.id('sonya')}/access", expect=404)
    call("anna").post(f"{case}/report", expect=403)
    with world.runtime.read() as session:
        refused = session.scalars(sa.select(AccessLog.action).where(AccessLog.outcome == "refused")).all()
    assert sorted(refused) == sorted(
        [
            "plans.edit",
            "plans.read",
            "credit.view",
            "credit.edit",
            "credit.edit",
            "credit.office",
            "credit.suspend",
            "profiles.access_log",
            "credit.office",
        ]
    )


def _certificate() -> dict[str, str]:
    return {"issued_on": "2026-08-30", "hours": "24", "raw_result": "86"}


def test_a_write_without_its_key_changes_nothing(call: Call, world: World) -> None:
    anna = call("anna")
    answer = anna.client.post("/api/v1/credit/cases", json={})
    assert (answer.status_code, answer.json["code"]) == (409, "form.expired")


def test_messages_stand_by_field_and_in_the_readers_language(call: Call) -> None:
    problem = call("anna").post("/credit/cases", {"person_id": "nobody"}, expect=422)
    assert set(problem["errors"]) == {"person_id", "plan_id", "stable_key"}
    assert all(isinstance(text, str) for texts in problem["errors"].values() for text in texts)


def test_a_draft_is_hidden_from_the_family_whose_plan_it_will_be(call: Call, brother: UUID) -> None:
    receipt = drafted(call, brother)
    problem = call("anna").get(f"/plans/versions/{receipt['version_id']}", expect=404)
    assert problem["code"] == "plans.no_version"


def test_an_item_takes_no_exam_or_course_of_another_school(call: Call, brother: UUID) -> None:
    receipt = drafted(call, brother)
    kim, version = call("kim"), f"/plans/versions/{receipt['version_id']}"
    item = kim.get(version)["items"][0]
    nowhere = "01900000-0000-7000-8000-000000000000"
    foreign = as_sent(
        item, delivery="own_course", course_id=nowhere, session_id=nowhere, revision=receipt["revision"]
    )
    problem = kim.put(f"{version}/items/{item['stable_key']}", foreign, expect=422)
    assert problem["errors"] == {"course_id": ["plans.no_such_course"], "session_id": ["plans.no_such_exam"]}
