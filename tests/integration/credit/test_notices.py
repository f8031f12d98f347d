"""Letters about an application: the family hears of a question and of the decision, the school of a day that is near. One engine."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.people.models import Notice
from lms.plans import service
from lms.plans.types import VoteChoice
from tests.fixtures.credit_world import World


@pytest.fixture
def engine_url(sqlite_url: str) -> str:
    """Return SQLite: nothing here depends on the engine."""
    return sqlite_url


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """Let the installation send letters; the job that sends them is not run here."""
    return environment | {"LMS_MAIL_HOST": "127.0.0.1", "LMS_MAIL_SENDER": "school@example.org"}


def letters(world: World) -> list[tuple[str, UUID, str]]:
    """Return what has been told about credit: kind, reader, place; oldest first."""
    with world.runtime.read() as session:
        rows = session.scalars(sa.select(Notice).where(Notice.kind.startswith("credit.")).order_by(Notice.id))
        return [(row.kind, row.person_id, row.path) for row in rows]


def remind(world: World) -> int:
    with world.runtime.unit_of_work(SYSTEM) as uow:
        return service.remind_of_cases(uow)


def test_each_question_day_and_decision_is_told_once_to_those_who_have_the_next_move(
    world: World, clock: FixedClock
) -> None:
    case_id = world.applied()
    anna, office = world.school.id("anna"), world.school.id("mironova")
    with world.uow("mironova") as uow:
        service.ask_family(uow, case_id, "Which day did the course end?")
    assert letters(world) == [("credit.asked", anna, f"/credit/{case_id}")]
    clock.advance(timedelta(days=3))
    assert remind(world) == 0
    clock.advance(timedelta(days=11))  # the school's own clock stands: only the family is reminded
    assert (remind(world), remind(world)) == (1, 0)
    assert letters(world)[-1] == ("credit.asked_again", anna, f"/credit/{case_id}")
    with world.uow("anna") as uow:
        service.submit_case(uow, case_id)
    assert remind(world) == 0
    due = world.case(case_id).review_due_on
    assert due is not None
    clock.move_to(clock.now() + (due - clock.now().date()) - timedelta(days=1))
    assert (remind(world), remind(world)) == (1, 0)
    assert letters(world)[-1] == ("credit.due", office, f"/credit/office/{case_id}")
    world.referred(world.verified(case_id))
    members = remind(world)
    assert members == 3
    assert {place for _kind, _who, place in letters(world)[-members:]} == {f"/credit/commission/{case_id}"}
    world.voted(case_id, ("sokolov", VoteChoice.FOR), ("dyatlov", VoteChoice.FOR))
    with world.uow("belova") as uow:
        service.decide(uow, case_id, is_granted=True)
    assert letters(world)[-1] == ("credit.decided", anna, f"/credit/{case_id}")
    assert remind(world) == 0
