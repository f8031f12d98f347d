"""A portfolio: the student's own word until a teacher confirms it by name, and evidence that counts for what it is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.plans import service
from lms.plans.credit_models import CreditCase, CreditDocument, CreditEffect
from lms.plans.models import BasisFact
from lms.plans.service.credit import known_results
from lms.plans.service.credit.known_results import within_hours
from lms.plans.service.credit.plan_link import ItemTarget
from lms.plans.types import CaseState, EvidenceKind, Verification, VerificationMethod
from lms.profiles import queries as profile_queries
from lms.profiles import service as profiles
from lms.profiles.rules.portfolio import state_after
from lms.profiles.types import WorkAct, WorkState
from tests.fixtures.credit_world import World
from tests.integration.credit.test_evidence import filled, granted

Enter = Callable[[str], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def added(world: World, hours: int = 40, files: int = 2) -> UUID:
    outcomes = tuple(_claimable(world))
    with world.uow("sonya") as uow:
        text = profiles.WorkText(
            "Школьный чат-бот", "Писала сама.", uow.now().date(), Decimal(hours), outcomes=outcomes
        )
        sent = [(f"{n}.pdf", PDF + b"%" + bytes([65 + n])) for n in range(files)]
        return profiles.add_work(uow, person_id=world.school.id("sonya"), text=text, files=sent)


def _claimable(world: World) -> dict[UUID, str]:
    with world.runtime.read() as session:
        return profile_queries.claimable_outcomes(session, world.school.id("sonya"))


def confirmed(world: World, work_id: UUID, reason: str = "I saw her write it.") -> None:
    with world.uow("kim") as uow:
        profiles.confirm_work(uow, work_id=work_id, revision=1, reason=reason)


def documents(world: World, case_id: UUID) -> list[CreditDocument]:
    with world.runtime.read() as session:
        rows = session.scalars(
            sa.select(CreditDocument)
            .where(CreditDocument.case_id == case_id, CreditDocument.removed_at.is_(None))
            .order_by(CreditDocument.id)
        )
        return list(rows)


def standing(world: World) -> list[object]:
    """Return everything of credits that may be suspended, as it stands."""
    with world.runtime.read() as session:
        return [
            session.execute(
                sa.select(CreditCase.state, CreditCase.suspended_by, CreditCase.suspended_reason)
            ).all(),
            session.execute(sa.select(CreditEffect.__table__).order_by(CreditEffect.id)).all(),
            session.execute(sa.select(BasisFact.id, BasisFact.state, BasisFact.state_before)).all(),
            session.execute(sa.select(CreditDocument.id, CreditDocument.verification)).all(),
        ]


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_work_counts_with_the_assurance_it_has_and_never_by_itself(
    world: World, is_confirmed: bool
) -> None:
    work_id = added(world)
    if is_confirmed:
        confirmed(world, work_id)
    case_id = filled(world)
    with world.uow("anna") as uow:
        known_results.use_known_result(uow, case_id, f"portfolio:{work_id}")
        known_results.use_known_result(
            uow, case_id, f"portfolio:{work_id}"
        )  # chosen again: nothing stands twice
        assert service.submit_case(uow, case_id).state is CaseState.SUBMITTED
    proof, paper = documents(world, case_id)
    assert (proof.evidence, paper.evidence) == (EvidenceKind.PORTFOLIO, None)
    assert proof.hours == 30, "no more than the plan gives what it shows"
    expected = (
        (Verification.VERIFIED, VerificationMethod.TEACHER, world.school.id("kim"), "I saw her write it.")
        if is_confirmed
        else (Verification.UNVERIFIED, None, None, "")
    )
    for row in (proof, paper):
        assert (row.verification, row.method, row.verified_by, row.verification_note) == expected
        assert row.file_id is not None
    with world.uow("mironova") as uow:
        service.start_verification(uow, case_id)
        assert service.open_evidence(uow, case_id, paper.id)[1].startswith(b"%PDF")


def test_a_credit_is_suspended_with_the_word_it_rests_on_and_comes_back_with_it(
    world: World, sign_in: Enter
) -> None:
    work_id, other = added(world, files=1), added(world)
    confirmed(world, work_id)
    confirmed(world, other)
    case_id = filled(world)
    with world.uow("anna") as uow:
        known_results.use_known_result(uow, case_id, f"portfolio:{other}")
        known_results.use_known_result(uow, case_id, f"portfolio:{work_id}")
        service.submit_case(uow, case_id)
    with world.uow("mironova") as uow:
        service.start_verification(uow, case_id)
    granted(world, case_id)
    before = standing(world)
    with world.uow("kim") as uow:
        profiles.take_back_work(uow, work_id=other, reason="Another's, and not chosen in the end.")
    assert standing(world) == before
    with world.uow("kim") as uow:
        profiles.take_back_work(uow, work_id=work_id, reason="It was her brother's.")
    assert world.case(case_id).state is CaseState.SUSPENDED
    confirmed(world, work_id, "Cleared up: it was hers.")
    assert standing(world) == before
    with world.uow("sonya") as uow:
        profiles.withdraw_work(uow, work_id=work_id, reason="I like it no more.")
    assert standing(world) == before, "what was decided stays"
    kim = sign_in("kim")
    shelf = f"/profile/{world.school.id('sonya')}/portfolio"
    assert str(work_id) in kim.get(shelf).text
    assert str(work_id) not in sign_in("anna").get(shelf).text
    assert f"/profile/works/{work_id}/take-back" in kim.get(f"/profile/works/{work_id}").text
    back = kim.post(f"/profile/works/{work_id}/take-back", data={"reason": "It was copied."})
    assert back.status_code == 303
    assert world.case(case_id).state is CaseState.SUSPENDED, "no work is taken out of reach"
    assert f"/profile/works/{work_id}/take-back" not in kim.get(f"/profile/works/{work_id}").text
    with pytest.raises(Conflict), world.uow("kim") as uow:
        profiles.take_back_work(uow, work_id=work_id, reason="Twice.")
    with world.runtime.read() as session:
        shown = profile_queries.works_of(session, world.school.id("sonya"))
        assert [view.id for view in shown] == [other]


def test_another_revision_brings_no_credit_back(world: World) -> None:
    work_id = added(world, files=1)
    confirmed(world, work_id)
    case_id = filled(world)
    with world.uow("anna") as uow:
        known_results.use_known_result(uow, case_id, f"portfolio:{work_id}")
        service.submit_case(uow, case_id)
    with world.uow("mironova") as uow:
        service.start_verification(uow, case_id)
    granted(world, case_id)
    with world.uow("kim") as uow:
        profiles.take_back_work(uow, work_id=work_id, reason="It was her brother's.")
    with world.uow("sonya") as uow:
        text = profiles.WorkText("Другое", "Сама.", uow.now().date(), Decimal(1))
        profiles.edit_work(uow, work_id=work_id, revision=1, text=text)
    for _time in range(2):
        with world.uow("kim") as uow:
            profiles.confirm_work(uow, work_id=work_id, revision=2, reason="This one is hers.")
        assert world.case(case_id).state is CaseState.SUSPENDED
        with world.uow("kim") as uow:
            profiles.take_back_work(uow, work_id=work_id, reason="Once more.")


def test_only_the_family_writes_and_only_an_impartial_teacher_confirms(world: World) -> None:
    work_id = added(world)
    for login in ("irina", "lev", "petrenko", "sokolov"):
        with pytest.raises((Forbidden, NotFound)), world.uow(login) as uow:
            profiles.withdraw_work(uow, work_id=work_id, reason="Mine.")
        with pytest.raises((Forbidden, NotFound)), world.uow(login) as uow:
            profiles.confirm_work(uow, work_id=work_id, revision=1, reason="Sure.")
        with world.runtime.read() as session:
            file_id = profile_queries.work_view(session, work_id).files[0].id
        with pytest.raises((Forbidden, NotFound)), world.uow(login) as uow:
            profiles.open_work_file(uow, work_file_id=file_id)
    for login in ("sonya", "anna"):
        with pytest.raises((Forbidden, NotFound)), world.uow(login) as uow:
            profiles.confirm_work(uow, work_id=work_id, revision=1, reason="Sure.")
    with pytest.raises(InvalidInput), world.uow("kim") as uow:
        profiles.confirm_work(uow, work_id=work_id, revision=1, reason=" ")
    with pytest.raises(InvalidInput) as refused, world.uow("sonya") as uow:
        text = profiles.WorkText("Other", "Other.", uow.now().date(), Decimal("0.001"))
        profiles.edit_work(uow, work_id=work_id, revision=1, text=text)
    assert refused.value.fields == {"hours": ["profiles.hours_range"]}
    with pytest.raises(Conflict, match="changed_meanwhile"), world.uow("kim") as uow:
        profiles.confirm_work(uow, work_id=work_id, revision=2, reason="Sure.")
    confirmed(world, work_id)
    with world.uow("sonya") as uow:
        text = profiles.WorkText("Other", "Other.", uow.now().date(), Decimal(1))
    with pytest.raises(Conflict, match="work_confirmed"), world.uow("sonya") as uow:
        profiles.edit_work(uow, work_id=work_id, revision=1, text=text)


def test_a_work_that_is_sent_twice_is_one_work_and_another_file_is_another(world: World) -> None:
    first = added(world)
    assert added(world) == first
    assert added(world, files=1) != first


def test_the_work_of_one_student_proves_nothing_for_another(world: World) -> None:
    work_id = added(world)
    confirmed(world, work_id)
    case_id = filled(world, "lev", "irina")
    with pytest.raises(NotFound, match="no_result"), world.uow("irina") as uow:
        known_results.use_known_result(uow, case_id, f"portfolio:{work_id}")


def test_the_pages_lead_from_a_work_to_the_application(world: World, sign_in: Enter) -> None:
    sonya, kim = sign_in("sonya"), sign_in("kim")
    shelf = f"/profile/{world.school.id('sonya')}/portfolio"
    assert shelf in sonya.get(f"/profile/{world.school.id('sonya')}").text
    outcome = next(iter(_claimable(world)))
    form = {
        "title": "Чат-бот",
        "description": "Писала сама.",
        "made_on": "2026-10-01",
        "hours": "6",
        "outcomes": str(outcome),
    }
    refused = sonya.post(f"{shelf}/new", data={**form, "link": "https://rutube.ru.evil.example/x"})
    assert refused.status_code == 422
    assert "Писала сама." in refused.text
    assert sonya.post(f"{shelf}/new", data=form).status_code == 422, "nothing to look at"
    sent = {**form, "link": "https://rutube.ru/video/1", "files": (io.BytesIO(PDF), "bot.pdf")}
    made = sonya.post(f"{shelf}/new", data=sent, content_type="multipart/form-data")
    assert made.status_code == 303
    assert made.location in kim.get("/work?kind=plans").text, "it waits for the teacher"
    assert "Писала сама." in kim.get(made.location).text
    file = re.search(r'href="(/profile/works/files/[^"]+)"', kim.get(made.location).text)
    assert file
    assert kim.get(file.group(1)).data.startswith(b"%PDF")
    data = {**form, "title": "Чат-бот 2", "revision": "1", "link": "https://rutube.ru/video/1"}
    assert sonya.post(f"{made.location}/edit", data=data).status_code == 303
    late = kim.post(f"{made.location}/confirm", data={"reason": "Seen.", "revision": "1"})
    assert late.status_code == 422, "it says something else than what was read"
    assert kim.post(f"{made.location}/confirm", data={"reason": "Seen.", "revision": "2"}).status_code == 303
    assert "Seen." in sonya.get(made.location).text
    case_id = filled(world)
    anna = sign_in("anna")
    offered = re.search(r'value="(portfolio:[^"]+)"', anna.get(f"/credit/{case_id}/known").text)
    assert offered
    used = anna.post(f"/credit/{case_id}/known", data={"result": offered.group(1)})
    assert used.status_code == 303
    assert documents(world, case_id)[0].hours == 6
    assert anna.post(f"/credit/{case_id}/check").status_code == 303
    assert "https://rutube.ru/video/1" in sign_in("mironova").get(f"/credit/office/{case_id}").text
    assert sign_in("lev").get(made.location).status_code == 404


@given(
    hours=st.lists(st.decimals("0.01", "200", places=2), min_size=1, max_size=6),
    spent=st.decimals("0.01", "500", places=2),
)
def test_a_work_never_shows_more_hours_than_it_took_or_the_plan_gives(
    hours: list[Decimal], spent: Decimal
) -> None:
    targets = [ItemTarget(UUID(int=n), "", "t", 1, value) for n, value in enumerate(hours)]
    shown = within_hours(targets, spent)
    assert sum((one.hours for one in shown), Decimal(0)) <= min(spent, sum(hours, Decimal(0)))
    by_id = {one.outcome_id: one for one in targets}
    assert all(0 < one.hours <= by_id[one.outcome_id].hours for one in shown)


@given(acts=st.lists(st.sampled_from(WorkAct), max_size=12))
def test_what_was_taken_out_stays_out_and_a_confirmation_stands_until_it_is_taken_back(
    acts: list[WorkAct],
) -> None:
    state, is_confirmed = WorkState.CLAIMED, False
    for act in acts:
        after = state_after(state, act, is_confirmed=is_confirmed)
        assert (after is not None) or act is not WorkAct.TAKE_BACK or not is_confirmed
        if after is None:
            continue
        assert state is not WorkState.WITHDRAWN or (after, act) == (WorkState.WITHDRAWN, WorkAct.TAKE_BACK)
        state = after
        if act is not WorkAct.WITHDRAW:
            is_confirmed = act is WorkAct.CONFIRM
        assert state is WorkState.WITHDRAWN or (state is WorkState.VERIFIED) == is_confirmed


def test_a_program_shows_a_work_and_a_teachers_program_answers_for_it(world: World, sign_in: Enter) -> None:
    sonya = world.school.id("sonya")
    mine, address = sign_in("sonya"), f"/api/v1/profiles/{sonya}/portfolio"
    form = {
        "title": "Школьный чат-бот",
        "description": "Писала сама.",
        "made_on": "2026-09-01",
        "hours": "12.5",
    }
    assert mine.post(address, data={**form, "hours": "many"}).status_code == 422
    assert mine.post(address, data=form).status_code == 422, "neither a file nor a link"
    made = mine.post(address, data={**form, "files": (io.BytesIO(PDF), "bot.pdf")})
    assert made.status_code == 201, made.json
    work = f"/api/v1/profiles/works/{made.json['id']}"
    assert (made.json["state"], made.json["files"][0]["name"]) == ("claimed", "bot.pdf")
    said = {"reason": "Видела, как она писала.", "revision": made.json["revision"]}
    for login in ("sonya", "anna", "irina"):
        assert sign_in(login).put(f"{work}/confirmation", json=said).status_code in {403, 404}, login
    assert sign_in("irina").get(work).status_code in {403, 404}
    kim = sign_in("kim")
    assert kim.put(f"{work}/confirmation", json={**said, "revision": 0}).status_code == 409
    assert kim.put(f"{work}/confirmation", json=said).json["state"] == "verified"
    assert mine.get(address).json[0]["statements"][0]["reason"] == said["reason"]
    assert kim.put(f"{work}/confirmation/end", json={"reason": "Ошиблась."}).json["state"] == "claimed"
    assert mine.put(f"{work}/withdrawal", json={"reason": "Новая версия."}).json["state"] == "withdrawn"
    assert mine.get(address).json == []
