"""What the chair puts to the vote: hours, a mark and the reason; every vote belongs to what it was given on."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.plans import service
from lms.plans.credit_models import CreditDecision
from lms.plans.types import CaseState, VoteChoice
from tests.fixtures.credit_world import World
from tests.fixtures.papers import paper_faults, paper_text
from tests.integration.credit.test_rights import form_of_others

Enter = Callable[[str], FlaskClient]
FOR, AGAINST = VoteChoice.FOR, VoteChoice.AGAINST


def put(world: World, case_id: UUID, *, less: int = 1, mark: int | None = None, login: str = "belova") -> int:
    """Put the report's hours less ``less`` of the first outcome to the vote; return how many votes that voids."""
    hours = {row.outcome_id: row.hours for row in world.case(case_id).outcomes}
    first = next(key for key, value in hours.items() if value)
    hours[first] -= less
    with world.uow(login) as uow:
        return service.propose_hours(
            uow, case_id, hours=hours, mark=mark, reason="One module was missing."
        ).voided


def test_a_vote_belongs_to_the_hours_and_the_mark_it_was_given_on(world: World) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    reported = world.case(case_id).hours
    assert put(world, case_id) == 2
    case = world.case(case_id)
    assert (case.tally.cast, case.votes) == (0, ())
    assert case.table is not None
    assert case.table.total == reported - 1
    with pytest.raises(Conflict, match="no_quorum"), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    with pytest.raises(Conflict, match="proposal_changed"), world.uow("sokolov") as uow:
        service.vote(uow, case_id, choice=FOR, seen_round=case.round - 1)
    world.voted(case_id, ("sokolov", FOR), ("dyatlov", FOR))
    with pytest.raises(Conflict, match="same_proposal"):
        put(world, case_id)
    assert world.case(case_id).tally.cast == 2, "what changed nothing costs no vote"
    with world.uow("belova") as uow:
        receipt = service.decide(uow, case_id, is_granted=True)
    assert receipt.hours == reported - 1
    with world.runtime.read() as session:
        decision = session.get_one(CreditDecision, receipt.decision_id)
    assert (decision.votes_for, decision.override_reason) == (2, "One module was missing.")
    with pytest.raises(Conflict, match="not_now"):
        put(world, case_id, less=2)


def test_after_an_appeal_votes_for_a_proposal_carry_no_other_hours(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    case_id = world.referred()
    world.voted(case_id, ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        reported = service.decide(uow, case_id, is_granted=True).hours
    with world.uow("anna") as uow:
        service.file_appeal(uow, case_id, "The network was taught in module 7.")
    with world.uow("gromova") as uow:
        service.resolve_appeal(uow, case_id, is_upheld=False, answer="The commission looks at module 7.")
    form_of_others(world, sign_in("gromova"))
    put(world, case_id, login="frolova")
    world.voted(case_id, ("frolova", FOR), ("yudin", FOR))
    whole = {row.outcome_id: row.hours for row in world.case(case_id).outcomes}
    with pytest.raises(InvalidInput, match="hours_voted"), world.uow("frolova") as uow:
        service.decide(uow, case_id, is_granted=True, hours=whole, override_reason="Module 7.")
    with world.uow("frolova") as uow:
        assert service.decide(uow, case_id, is_granted=True).hours == reported - 1


def test_a_mark_is_voted_on_where_the_school_gives_marks(world: World) -> None:
    case_id = world.referred()
    with pytest.raises(InvalidInput, match="no_marks"):
        put(world, case_id, mark=4)
    with world.uow("gromova") as uow:
        value = service.PolicyValue(Decimal("0.5"), with_mark=True, order_ref="Order 70")
        service.set_conversion_policy(uow, org_id=world.school.id("school-14"), value=value)
    with world.uow("mironova") as uow:
        service.build_match_report(uow, case_id)
    with pytest.raises(InvalidInput, match="mark_range"):
        put(world, case_id, mark=2)
    put(world, case_id, less=0, mark=3)
    world.voted(case_id, ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        receipt = service.decide(uow, case_id, is_granted=True)
    with world.runtime.read() as session:
        assert session.get_one(CreditDecision, receipt.decision_id).mark == 3


def test_only_the_chair_puts_something_to_the_vote_and_only_what_plan_and_document_give(world: World) -> None:
    case_id = world.referred()
    for login in ("sokolov", "mironova", "anna", "kim"):
        with pytest.raises((Forbidden, NotFound)):
            put(world, case_id, login=login)
    first = world.case(case_id).outcomes[0].outcome_id
    for hours, code in (({first: Decimal(500)}, "hours_outcome"), ({first: Decimal(0)}, "hours_none")):
        with pytest.raises(InvalidInput, match=code), world.uow("belova") as uow:
            service.propose_hours(uow, case_id, hours=hours, mark=None, reason="Because.")
    with pytest.raises(InvalidInput, match="proposal_reason"), world.uow("belova") as uow:
        service.propose_hours(uow, case_id, hours={first: Decimal(1)}, mark=None, reason=" ")
    assert world.case(case_id).state is CaseState.IN_COMMISSION


def test_the_pages_tell_members_that_their_votes_are_void(world: World, sign_in: Enter) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR))
    page = f"/credit/commission/{case_id}"
    dyatlov, belova = sign_in("dyatlov"), sign_in("belova")
    shown = re.search(r'name="round" value="(\d+)"', dyatlov.get(page).text)
    assert shown
    row = next(row for row in world.case(case_id).outcomes if row.hours)
    form = {f"put-{one.outcome_id}": "0" for one in world.case(case_id).outcomes}
    form[f"put-{row.outcome_id}"] = str(row.hours - 1)
    refused = belova.post(f"{page}/propose", data={**form, "why": ""})
    assert refused.status_code == 422
    made = belova.post(f"{page}/propose", data={**form, "why": "Часть модулей не пройдена."})
    assert made.status_code == 303
    late = dyatlov.post(f"{page}/vote", data={"choice": "for", "round": shown.group(1)})
    assert late.status_code == 422
    assert "Часть модулей не пройдена." in late.text
    assert "1 прежний голос" in sign_in("sokolov").get(page).text
    again = re.search(r'name="round" value="(\d+)"', late.text)
    assert again
    assert dyatlov.post(f"{page}/vote", data={"choice": "for", "round": again.group(1)}).status_code == 303


def test_a_program_proposes_as_the_chair_and_the_minutes_say_what_became_void(
    world: World, sign_in: Enter
) -> None:
    case_id = world.voted(world.referred(), ("sokolov", FOR), ("dyatlov", FOR))
    row = next(row for row in world.case(case_id).outcomes if row.hours)
    body = {"hours": [{"outcome_id": str(row.outcome_id), "hours": "1.00"}], "why": "Только первый модуль."}
    address = f"/api/v1/credit/cases/{case_id}/proposals"
    belova = sign_in("belova")
    assert sign_in("sokolov").post(address, json=body).status_code in {403, 404}
    assert belova.post(address, json={"why": "Ничего."}).status_code == 422
    made = belova.post(address, json=body)
    assert (made.status_code, made.json["voided"]) == (201, 2)
    assert belova.post(address, json=body).json["code"] == "credit.same_proposal"
    world.voted(case_id, ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    printed = belova.get(f"/credit/look/{case_id}/minutes").data
    assert paper_faults(printed) == []
    text = paper_text(printed)
    assert "Только первый модуль." in text
    assert "2 голоса" in text, text
