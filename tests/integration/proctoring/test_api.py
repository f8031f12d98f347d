"""Identity and review over the API: a way is chosen, somebody decides, a review is answered, annulled, reinstated."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from lms.assessment import service as assessment
from lms.core.models import AccessLog
from tests.fixtures.api import Caller, caller
from tests.integration.proctoring.conftest import World

Call = Callable[[str], Caller]


@pytest.fixture
def call(app: Flask, world: World) -> Call:
    """Return a function that signs a program in; each person signs in once."""
    known: dict[str, Caller] = {}

    def sign_in(login: str) -> Caller:
        if login not in known:
            known[login] = caller(app, login)
        return known[login]

    return sign_in


def test_a_known_teacher_confirms_after_a_talk(call: Call, world: World) -> None:
    entry, sonya, kim = world.entry(), call("sonya"), call("kim")
    offered = sonya.get(f"/identity/entries/{entry}")
    assert {"known_teacher", "document_video", "in_person"} <= set(offered["methods"])
    assert (offered["is_open"], offered["check"]) == (False, None)
    check = sonya.post(f"/identity/entries/{entry}/checks", {"method": "known_teacher"})
    again = sonya.post(f"/identity/entries/{entry}/checks", {"method": "known_teacher"})
    assert again["id"] == check["id"], "the same choice again is the same check"
    (waits,) = kim.get("/identity/checks")
    assert (waits["id"], waits["person_id"]) == (check["id"], str(world.id("sonya")))
    path = f"/identity/checks/{check['id']}"
    assert kim.put(f"{path}/meeting", {"meeting_url": "javascript:alert(1)"}, 422)["errors"]
    kim.put(f"{path}/meeting", {"meeting_url": "https://meet.example/1"}, 204)
    assert kim.post(f"{path}/decision", {"decision": "confirm"}, 422)["errors"] == {
        "note": ["proctoring.question_missing"]
    }
    kim.post(f"{path}/decision", {"decision": "confirm", "note": "Как зовут кота?"})
    assert sonya.get(path)["state"] == "verified"
    assert sonya.get(f"/identity/entries/{entry}")["is_open"]


def test_a_code_passes_through_an_adult_and_a_wrong_one_is_counted(call: Call, world: World) -> None:
    entry, sonya = world.entry(), call("sonya")
    check = sonya.post(f"/identity/entries/{entry}/checks", {"method": "code_and_adult"})
    path = f"/identity/checks/{check['id']}"
    issued = call("anna").post(f"{path}/code/new", {"note": "Что было на завтрак?"})
    wrong = "000000" if issued["code"] != "000000" else "000001"
    assert sonya.post(f"{path}/code", {"code": wrong}, 422)["code"] == "proctoring.code_wrong"
    assert world.check(UUID(check["id"])).code_tries == 1
    assert sonya.post(f"{path}/code", {"code": issued["code"]}, 200)["state"] == "verified"


def test_strangers_find_nothing_and_it_is_written_down(call: Call, world: World) -> None:
    entry = world.entry()
    check = call("sonya").post(f"/identity/entries/{entry}/checks", {"method": "known_teacher"})
    path = f"/identity/checks/{check['id']}"
    call("lev").get(f"/identity/entries/{entry}", 404)
    call("lev").post(f"/identity/entries/{entry}/checks", {"method": "in_person"}, 404)
    call("lev").get(path, 404)
    decision = {"decision": "confirm", "note": "Как зовут кота?"}
    call("petrenko").post(f"{path}/decision", decision, 404)
    call("irina").post(f"{path}/code/new", {"note": "Что было на завтрак?"}, 404)
    with world.runtime.read() as session:
        refused = session.scalars(sa.select(AccessLog.action).where(AccessLog.outcome == "refused")).all()
    assert sorted(refused) == [
        "proctoring.decide_identity",
        *["proctoring.own_identity"] * 3,
        "proctoring.vouch",
    ]


def sitting(world: World) -> UUID:
    """Return a supervised sitting that was handed in and waits for a reviewer."""
    attempt = world.start(world.entry())
    with world.runtime.unit_of_work(world.actor("sonya")) as uow:
        assessment.submit_attempt(uow, attempt)
    return world.sitting(attempt).id


def test_a_sitting_is_annulled_by_two_after_the_students_word_and_reinstated(
    call: Call, world: World
) -> None:
    session_id, violation = sitting(world), {"verdict": "violation", "reason": "Другой человек в 12:03."}
    review = f"/review/{session_id}"
    assert call("frolova").post(f"{review}/opinions", violation)["seen"] == "1:1"
    call("frolova").post(f"{review}/annulment", {"reason": "Второго мнения ещё нет."}, 409)
    call("yudin").post(f"{review}/opinions", violation)
    call("lev").put(f"/sittings/{session_id}/statement", {"text": "Не моё."}, 404)
    call("sonya").put(f"/sittings/{session_id}/statement", {"text": "Это был брат."}, 204)
    call("sonya").put(f"/sittings/{session_id}/statement", {"text": "И ещё."}, 409)
    call("yudin").post(f"{review}/annulment", {"reason": "Слова прочитал один."}, 409)
    call("frolova").post(f"{review}/opinions", violation, 409)
    call("frolova").post(f"{review}/opinions", {**violation, "seen": "1:2"})
    call("komarov").post(f"{review}/annulment", {"reason": "Из другой школы."}, 404)
    suspended = call("yudin").post(f"{review}/annulment", {"reason": "Два мнения совпали."})
    assert suspended and all(row["kind"] and row["id"] for row in suspended)
    back = call("gromova").post(f"{review}/reinstatement", {"reason": "Снимок был от другого дня."})
    assert {row["id"] for row in back} == {row["id"] for row in suspended}


def test_a_policy_is_set_by_the_head_and_level_three_needs_an_equal_way(call: Call, world: World) -> None:
    head, path = call("gromova"), f"/supervision/{world.id('school-14')}"
    before = head.get(path)["version"]
    strict = {"level": 3, "monitoring": "camera", "cadence_s": 5}
    assert head.put(path, {**strict, "methods": ["face"]}, 422)["code"] == "proctoring.policy_no_equal"
    assert head.put(path, {**strict, "methods": ["face", "known_teacher"]}, 422)["errors"] == {
        "methods": ["proctoring.policy_no_open"]
    }
    assert head.get(path)["version"] == before
    ways = ["face", "in_person"]
    found = head.put(path, {**strict, "methods": ways}, 200)
    assert (found["version"], found["level"], found["methods"]) == (before + 1, 3, ways)
    call("kim").get(path, 403)
    call("mironova").put(path, {**strict, "methods": ways}, 403)
    errors = head.get(f"{path}/errors")
    assert errors["fmr"] == {"share": None, "interval": None, "count": 0}
    call("kim").get(f"{path}/errors", 403)
