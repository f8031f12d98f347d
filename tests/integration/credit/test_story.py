"""The story of one credit: 22 of 30 hours, exactly as the family reads it."""

from __future__ import annotations

from decimal import Decimal

from lms.core import ledger
from lms.plans import queries, service
from lms.plans.types import CaseState, CreditVerdict, MatchVerdict, RemainderWay, VoteChoice
from tests.fixtures.credit_world import World

FOR = VoteChoice.FOR


def test_a_licensed_course_is_credited_in_part_and_the_plan_says_what_remains(world: World) -> None:
    case_id = world.referred()
    report = world.case(case_id).report
    assert report is not None
    assert [(r.verdict, r.hours, r.hours_total) for r in report.rows] == [
        (MatchVerdict.COVERED, 12, 12),
        (MatchVerdict.COVERED, 8, 8),
        (MatchVerdict.PARTIAL, 2, 4),
        (MatchVerdict.GAP, 0, 6),
    ]
    assert report.rows[2].score == Decimal("0.7")

    world.voted(case_id, ("sokolov", FOR), ("dyatlov", FOR))
    with world.uow("belova") as uow:
        receipt = service.decide(uow, case_id, is_granted=True)
    assert (receipt.verdict, receipt.hours, receipt.hours_total) == (CreditVerdict.PART, 22, 30)

    with world.runtime.read() as session:
        plan = queries.active_plan(session, world.school.id("sonya"))
        assert plan is not None
        status = plan.items[0].status
        assert status.state.value == "partially_credited"
        assert (status.credited_hours, status.remaining_hours) == (22, 8)
        assert list(ledger.verify(session, world.runtime.keys)) == []

    with world.uow("anna") as uow:
        step = service.choose_way(uow, case_id, RemainderWay.ATTESTATION)
    assert step.state is CaseState.CLOSED
