"""The minutes tell what the records tell; who is not impartial stays out, with the reason; precedents name nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from lms.core.actor import SYSTEM
from lms.core.errors import Forbidden, NotFound
from lms.people import service as people
from lms.people.types import AssignmentKind
from lms.plans import service
from lms.plans.credit_access import Interest
from lms.plans.queries.credit_minutes import minutes_of, precedents_of
from lms.plans.types import CreditVerdict, VoteChoice
from tests.fixtures.credit_world import World
from tests.fixtures.papers import paper_faults, paper_text

FOR, AGAINST = VoteChoice.FOR, VoteChoice.AGAINST


def taught_by(world: World, login: str, subject: str) -> None:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        people.assign_staff(
            uow,
            staff_id=world.school.id(login),
            student_id=world.school.id("sonya"),
            org_id=world.school.id("school-14"),
            kind=AssignmentKind.TEACHES,
            subject=subject,
        )


def test_the_minutes_are_a_tagged_pdf_of_what_the_records_say(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    case_id = world.referred()
    with world.runtime.read() as session, pytest.raises(NotFound, match="no_minutes"):
        minutes_of(session, case_id)
    taught_by(world, "dyatlov", "informatics")
    world.voted(case_id, ("sokolov", AGAINST), ("belova", AGAINST))
    with world.uow("belova") as uow:
        service.decide(
            uow, case_id, is_granted=False, reason="Мало практики.", remedy="Пройти аттестацию в декабре."
        )
    page = sign_in("belova").get(f"/credit/look/{case_id}/minutes")
    assert page.status_code == 200, page.text[:300]
    assert paper_faults(page.data) == []
    text = paper_text(page.data)
    for said in (
        "Мало практики.",
        "Пройти аттестацию в декабре.",
        "Против",
        "ведёт у ученика этот предмет",
        "2 из 3",
    ):
        assert said in text, said
    parent = sign_in("anna")
    assert parent.get(f"/credit/look/{case_id}/minutes").status_code == 404
    assert f"/credit/{case_id}/decision" in parent.get(f"/credit/{case_id}").text
    given = parent.get(f"/credit/{case_id}/decision")
    assert given.status_code == 200 and paper_faults(given.data) == []
    told = paper_text(given.data)
    for said in (
        "Мало практики.",
        "Пройти аттестацию в декабре.",
        "Ничего не зачтено",
        "десять рабочих дней",
    ):
        assert said in told, said
    assert "Против" not in told  # how each voted is for the school
    assert sign_in("irina").get(f"/credit/{case_id}/decision").status_code == 404
    with world.runtime.read() as session:
        view = minutes_of(session, case_id)
    assert [line.interest for line in view.members if line.choice is None] == [Interest.TEACHER]
    assert view.tally.cast == sum(line.choice is not None for line in view.members) == 2


def test_who_teaches_the_subject_neither_votes_nor_decides(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    case_id = world.referred()
    taught_by(world, "sokolov", "physics")
    world.voted(case_id, ("sokolov", FOR))
    taught_by(world, "dyatlov", "informatics")
    with pytest.raises(Forbidden, match="teaches"), world.uow("dyatlov") as uow:
        service.vote(uow, case_id, choice=FOR)
    assert "ведёт у ученика этот предмет" in sign_in("belova").get(f"/credit/commission/{case_id}").text
    world.voted(case_id, ("belova", FOR))
    taught_by(world, "belova", "informatics")
    with pytest.raises(Forbidden, match="teaches"), world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)


def test_an_earlier_decision_on_the_same_course_is_offered_without_a_name(
    world: World, sign_in: Callable[[str], FlaskClient]
) -> None:
    first = world.voted(world.referred(), ("sokolov", FOR), ("belova", FOR))
    with world.uow("belova") as uow:
        decided = service.decide(uow, first, is_granted=True)
    second = world.applied("lev", "irina", number="М-9000")
    with world.runtime.read() as session:
        (found,) = precedents_of(session, second)
        assert precedents_of(session, first) == []
    assert (found.protocol_no, found.verdict, found.hours) == (
        decided.protocol_no,
        CreditVerdict.PART,
        decided.hours,
    )
    page = sign_in("mironova").get(f"/credit/office/{second}").text
    assert "Тот же курс раньше" in page
    assert world.case(first).person.short_name not in page
