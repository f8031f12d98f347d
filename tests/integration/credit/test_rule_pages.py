"""The office's pages about rules, sources, policies and agreements: written without scripts, approved by somebody else."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest
import sqlalchemy as sa

from lms.curriculum import service as curriculum
from lms.curriculum.models import Crosswalk
from lms.plans import queries
from lms.plans.credit_models import (
    ConversionPolicy,
    EquivalenceRule,
    ExternalCourse,
    LearningSource,
    NetworkAgreement,
)
from lms.plans.rules.match_inputs import AtLeast, Passed
from lms.plans.rules.rule_conditions import condition_from_json
from lms.plans.types import RuleState
from tests.fixtures.credit_world import World


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Use one engine: nothing here depends on which."""
    return sqlite_url


def one(world: World, table: type, *where: object) -> object:
    with world.runtime.read() as session:
        return session.scalars(sa.select(table).where(*where).order_by(table.id.desc())).first()


def test_a_rule_is_written_row_by_row_read_in_both_languages_and_approved_by_a_head(
    world: World, sign_in
) -> None:
    office, head = sign_in("mironova"), sign_in("zimina")
    source = one(world, LearningSource, LearningSource.trust_tier == 2)
    page = f"/credit/sources/{source.id}/courses/new"
    typed = {"title": "Сети", "hours": "20", "scale": "percent", "o-0-title": "Объяснять", "o-0-hours": "20"}
    more = office.post(page, data={**typed, "act": "more"}).text
    assert 'name="o-1-title"' in more and 'value="Объяснять"' in more
    assert office.post(page, data={**typed, "act": "save"}).status_code == 303
    courses = [str(one(world, ExternalCourse, ExternalCourse.title == "Сети").id)]
    courses.append(str(one(world, ExternalCourse, ExternalCourse.title != "Сети").id))
    form = {
        "number": "21",
        "title": "Сети",
        "subject": "informatics",
        "valid_from": "2026-09-01",
        "g-0-mode": "any",
        "g-0-0-course": courses[0],
        "g-0-0-result": "62,5",
        "l-0-target": "",
    }
    more = office.post("/credit/rules/new", data={**form, "act": "addcourse-0"}).text
    assert 'name="g-0-1-course"' in more and 'value="62,5"' in more
    form |= {"g-0-0-level": "2"}
    form |= {"g-0-mode": "some", "g-0-count": "3", "g-0-1-course": courses[1], "g-0-1-result": "50"}
    wrong = office.post("/credit/rules/new", data=form)
    assert wrong.status_code == 422 and 'value="62,5"' in wrong.text
    with world.runtime.read() as session:
        target = session.scalars(sa.select(EquivalenceRule)).first().lines[0].target_outcome_id
    form |= {"g-0-count": "2", "l-0-target": f"outcome:{target}", "l-0-share": "50", "l-0-relation": "exact"}
    seen = unescape(office.post("/credit/rules/new", data={**form, "act": "look"}).text)
    assert "не менее 2 из: [" in seen and "at least 2 of: [" in seen and "62,5\u00a0%" in seen
    assert office.post("/credit/rules/new", data=form).status_code == 303
    rule = one(world, EquivalenceRule, EquivalenceRule.number == "21")
    condition = condition_from_json(rule.condition)
    assert isinstance(condition, AtLeast) and condition.count == 2
    parts = [part for part in condition.parts if isinstance(part, Passed)]
    assert {part.course_id: part.min_level for part in parts} == {courses[0]: 2, courses[1]: None}
    assert "каждый результат уровня «средний» или выше" in seen
    shown = f"/credit/rules/{rule.id}"
    same = office.get(f"{shown}/edit").text
    assert 'value="62,5"' in same and 'name="g-0-count"' in same and '"2" selected>средний' in same
    assert office.post(f"{shown}/edit", data={**form, "title": "Две сети"}).status_code == 303
    assert (
        head.post(f"{shown}/approve", data={"minutes_no": "", "minutes_on": "2026-11-01"}).status_code == 422
    )
    assert (
        head.post(f"{shown}/approve", data={"minutes_no": "4", "minutes_on": "2026-11-01"}).status_code == 303
    )
    assert office.get(f"{shown}/edit").status_code == 303
    listed = office.get("/credit/rules?q=две&state=approved&subject=informatics").text
    assert "№ 21, версия 1" in listed and "№ 14" not in listed
    assert office.post(f"{shown}/copy").status_code == 303
    assert head.post(f"{shown}/retire", data={"reason": "Курс изменился."}).status_code == 303
    states = {1: RuleState.RETIRED, 2: RuleState.DRAFT}
    with world.runtime.read() as session:
        rows = session.scalars(sa.select(EquivalenceRule).where(EquivalenceRule.number == "21"))
        assert {row.version: row.state for row in rows} == states


def test_what_is_no_rule_is_refused_and_kept(world: World, sign_in) -> None:
    office = sign_in("mironova")
    for broken in (
        {"g-0-0-course": "x"},
        {"l-0-target": "outcome:x"},
        {"valid_from": "soon"},
        {"g-0-0-age": "²"},
    ):
        form = {"number": "22", "valid_from": "2026-09-01", "g-0-mode": "all", "l-0-target": "", **broken}
        answer = office.post("/credit/rules/new", data=form)
        assert answer.status_code == 422 and 'value="22"' in answer.text, broken
        if "valid_from" in broken:
            assert '<a href="#f-valid_from">Действует с: ' in answer.text, "the summary names the field"
    assert one(world, EquivalenceRule, EquivalenceRule.number == "22") is None


def test_a_source_is_trusted_with_a_reason_and_one_without_a_licence_leads_to_attestation(
    world: World, sign_in
) -> None:
    office = sign_in("mironova")
    form = {"name": "Школа «Орбита»", "licence_state": "licensed", "licence_no": "Л-1", "trust_tier": "1"}
    refused = office.post("/credit/sources/new", data=form)
    assert refused.status_code == 422 and "Орбита" in refused.text
    made = {
        office.post("/credit/sources/new", data={**form, "tier_reason": "Общие курсы."}).headers["Location"]
        for _sent_twice in range(2)
    }
    assert len(made) == 1
    source = one(world, LearningSource, LearningSource.name == "Школа «Орбита»")
    assert source.tier_reason == "Общие курсы."
    check = {"licence_state": "unlicensed", "trust_tier": "3"}
    assert office.post(f"/credit/sources/{source.id}/check", data=check).status_code == 303
    assert "ведут к аттестации" in office.get(f"/credit/sources/{source.id}").text
    assert "Орбита" in office.get("/credit/sources?q=орбит").text


def test_a_policy_and_an_agreement_are_put_into_force_by_a_head_only(world: World, sign_in) -> None:
    office, head = sign_in("mironova"), sign_in("gromova")
    marks = {
        f"{table}-{mark}": share for table in ("five", "marks") for mark, share in ((5, 90), (4, 70), (3, 50))
    }
    form = {"min_share": "55", "rounding": "down", "is_automatic": "yes", **marks}
    assert office.post("/credit/policy", data=form).status_code in {403, 404}
    assert head.post("/credit/policy", data=form).status_code == 422  # no act of the school
    assert head.post("/credit/policy", data={**form, "order_ref": "№ 70"}).status_code == 303
    assert head.post("/credit/policy", data={**form, "order_ref": "№ 70"}).status_code == 303  # sent twice
    policy = one(world, ConversionPolicy)
    assert (policy.version, policy.is_automatic, policy.five["5"]) == (1, True, "0.9")
    wrong = {**form, "order_ref": "№ 71", "five-4": "95"}
    assert head.post("/credit/policy", data=wrong).status_code == 422
    partner = one(world, LearningSource, LearningSource.trust_tier == 1)
    page = f"/credit/agreements/new?source={partner.id}"
    assert "Python" in head.get(page).text
    data = {"source": partner.id, "number": "С-9", "signed_on": "2026-09-01", "valid_from": "2026-09-01"}
    data |= {"subjects": ["informatics"], "grades": ["8", "9"], "is_automatic": "yes"}
    assert head.post("/credit/agreements/new", data={**data, "valid_to": "2026-08-01"}).status_code == 422
    assert head.post("/credit/agreements/new", data=data).status_code == 303
    row = one(world, NetworkAgreement)
    assert (row.subjects, row.grades, row.is_automatic) == (["informatics"], [8, 9], True)
    assert head.post(f"/credit/agreements/{row.id}/revoke", data={"reason": ""}).status_code == 422
    assert head.post(f"/credit/agreements/{row.id}/revoke", data={"reason": "Конец."}).status_code == 303
    assert "Отозван" in office.get("/credit/agreements").text


def test_a_family_adds_the_certificate_of_a_second_course_and_everybody_sees_what_supports_what(
    world: World, sign_in
) -> None:
    case_id, course = world.applied(), one(world, ExternalCourse)
    family, office = sign_in("anna"), sign_in("mironova")
    page = f"/credit/{case_id}/documents/more"
    assert family.get(page).status_code == 303  # nothing is open for changes after sending
    assert office.post(f"/credit/office/{case_id}/ask", data={"question": "Ещё?"}).status_code == 303
    assert "Курс не найден" in family.get(f"{page}?q=кулинария").text
    data = {
        "course_id": course.id,
        "issued_on": "2026-09-01",
        "hours": "10",
        "raw_result": "90",
        "number": "К-2",
    }
    refused = family.post(page, data={**data, "q": "python"})
    assert refused.status_code == 422 and 'value="К-2"' in refused.text
    sent = family.post(page, data={**data, "file": (BytesIO(b"%PDF-1.4 %%EOF"), "k.pdf")})
    assert sent.status_code == 303
    assert f"{course.title} · k.pdf" in unescape(family.get(f"/credit/{case_id}/documents").text)
    assert family.post(f"/credit/{case_id}/check", data={"confirmed": "yes"}).status_code == 303
    world.verified(case_id)
    assert office.post(f"/credit/office/{case_id}/match").status_code == 303
    desk = unescape(office.get(f"/credit/office/{case_id}").text)
    assert "подтверждает:" in desk and desk.count("<article") == 2


def test_a_reviewers_correction_is_a_draft_until_somebody_else_approves_it(world: World, sign_in) -> None:
    case_id = world.verified(world.applied())
    office, head = sign_in("mironova"), sign_in("zimina")
    assert office.post(f"/credit/office/{case_id}/match").status_code == 303
    before = world.case(case_id).outcomes
    row = before[3]
    assert row.verdict.value == "gap"
    page = f"/credit/rules/proposals/{case_id}"
    assert page in office.get(f"/credit/office/{case_id}").text
    hinted = re.findall(r'href="([^"]+target=[^"]+)"', office.get(page).text)
    assert hinted, "the words of the course are like those of the outcome"
    opened = office.get(unescape(hinted[0])).text
    assert len(re.findall(r"<option [^>]*selected", opened)) >= 2 and world.case(case_id).outcomes == before
    basis = f"{one(world, ExternalCourse).id}:"
    form = {
        "target": row.outcome_id,
        "basis": basis,
        "relation": "exact",
        "share": "100",
        "note": "Модуль 7.",
    }
    assert office.post(page, data={**form, "basis": "x"}).status_code == 422
    assert office.post(page, data=form).status_code == 303
    draft = one(world, EquivalenceRule)
    assert (draft.state, draft.proposed_in, draft.version) == (RuleState.DRAFT, case_id, 3)
    assert len(draft.lines) == 4 and world.case(case_id).outcomes == before
    assert office.post(f"/credit/rules/{draft.id}/approve", data={}).status_code in {403, 404}
    minutes = {"minutes_no": "5", "minutes_on": "2026-11-01"}
    assert head.post(f"/credit/rules/{draft.id}/approve", data=minutes).status_code == 303
    assert office.post(f"/credit/office/{case_id}/match").status_code == 303
    assert world.case(case_id).outcomes[3].verdict.value == "covered"


def test_a_source_keeps_its_former_names_and_the_desk_asks_why_it_is_trusted(world: World, sign_in) -> None:
    office = sign_in("mironova")
    case_id = world.applied()
    office.post(f"/credit/office/{case_id}/take")
    check = {"licence_state": "licensed", "licence_no": "Л-2", "trust_tier": "2"}
    refused = office.post(f"/credit/office/{case_id}/source", data=check)
    assert refused.status_code == 422 and "Л-2" in refused.text
    told = {**check, "tier_reason": "Общие курсы."}
    assert office.post(f"/credit/office/{case_id}/source", data=told).status_code == 303
    source = one(world, LearningSource, LearningSource.tier_reason == "Общие курсы.")
    assert "Общие курсы." in office.get(f"/credit/office/{case_id}").text
    page = f"/credit/sources/{source.id}/name"
    assert page in office.get(f"/credit/sources/{source.id}").text
    assert office.post(page, data={"name": " ", "website": ""}).status_code == 422
    assert office.post(page, data={"name": "Центр «Север»", "website": ""}).status_code == 303
    renamed = one(world, LearningSource, LearningSource.id == source.id)
    assert (renamed.name, [row["name"] for row in renamed.former]) == ("Центр «Север»", [source.name])
    assert source.name in unescape(office.get(f"/credit/sources/{source.id}").text)
    found = office.get("/credit/sources", query_string={"q": source.name}).text
    assert "Центр «Север»" in found


def test_the_numbers_of_the_comparison_are_a_part_of_the_policy(world: World, sign_in) -> None:
    head = sign_in("gromova")
    marks = {
        f"{table}-{mark}": share for table in ("five", "marks") for mark, share in ((5, 90), (4, 70), (3, 50))
    }
    form = {"min_share": "55", "rounding": "none", "min_assurance": "unverified", **marks}
    changed = {**form, "trust-1": "100", "trust-2": "90", "trust-3": "40", "fresh_years": "5"}
    changed |= {"covered_from": "90", "partial_from": "45"}
    for wrong in ({"trust-3": "95"}, {"fresh_years": "-1"}, {"unverified": "101"}, {"partial_from": "91"}):
        refused = head.post("/credit/policy", data={**changed, **wrong})
        assert refused.status_code == 422, wrong
    assert head.post("/credit/policy", data=changed).status_code == 303
    policy = one(world, ConversionPolicy)
    thresholds = {"covered_from": "0.9", "partial_from": "0.45"}
    assert policy.factors == {"fresh_years": 5, "trust": ["1", "0.9", "0.4"], **thresholds}
    assert policy.min_assurance.value == "unverified"
    assert 'value="90"' in head.get("/credit/policy").text


def test_a_correction_may_become_a_comparison_of_frameworks(world: World, sign_in) -> None:
    case_id = world.verified(world.applied())
    head = sign_in("zimina")
    assert sign_in("mironova").post(f"/credit/office/{case_id}/match").status_code == 303
    row = world.case(case_id).outcomes[3]
    course = one(world, ExternalCourse)
    with world.uow("gromova") as uow:
        made = curriculum.create_framework(
            uow, org_id=world.school.id("school-14"), code="out", title="Курсы"
        )
        known = curriculum.add_outcome(uow, framework_id=made.id, code="1", statement="Сети", level=2)
        curriculum.publish_framework(uow, framework_id=made.id)
        learned = queries.course_outcomes(uow.session, course.id)
        learned[0].outcome_id, learned[1].outcome_id = known.id, None
        ids = [one.id for one in learned]
    page = f"/credit/rules/proposals/{case_id}"
    form = {
        "target": row.outcome_id,
        "relation": "exact",
        "share": "100",
        "note": "Модуль 7.",
        "becomes": "edge",
    }
    assert 'name="becomes"' in head.get(page).text
    assert 'name="becomes"' not in sign_in("mironova").get(page).text
    refused = head.post(page, data={**form, "basis": f"{course.id}:{ids[1]}"})
    assert refused.status_code == 422 and "не стоит ни в одном" in refused.text
    assert head.post(page, data={**form, "basis": f"{course.id}:{ids[0]}"}).status_code == 303
    again = head.post(page, data={**form, "basis": f"{course.id}:{ids[0]}"})
    assert again.status_code == 422 and "Модуль 7." in again.text
    edge = one(world, Crosswalk)
    assert (edge.source_id, edge.target_id, edge.state.value) == (known.id, row.outcome_id, "proposed")
