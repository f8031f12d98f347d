"""Several sittings of one exam: the plan's method says which one stands, for the journal, the sheet, the plan and the profile."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.models import Attempt, Entry, ItemVersion, Result
from lms.assessment.queries.debts import debt_in
from lms.assessment.queries.gradebook import values_of
from lms.assessment.queries.sheets import session_sheet
from lms.assessment.rules.blueprint import GradeMethod
from lms.assessment.service import attempts
from lms.assessment.types import SessionKind
from lms.core import ledger, outbox
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict
from lms.core.ids import new_id
from lms.plans.models import BasisFact, Plan
from lms.plans.types.plans import BasisState, PlanScope, plan_item_reference
from lms.profiles.models import OutcomeEvidence, OutcomeLevel
from lms.profiles.types import EvidenceState
from lms.testing.exams import ExamGround
from tests.integration.assessment.conftest import Sitting
from tests.integration.assessment.test_delivery import bank_of, fixed, right, sit

__all__ = ["sit"]

ITEM = "physics-8"
#: What the clock of ids says when the second sitting begins.
LONG_AGO_MS = 1_700_000_000_000
#: How long the random walk is.
STEPS = 10
#: What the three sittings answer (r: right, w: wrong) and what each is worth.
ANSWERS, SHARES = ("ww", "rr", "rw"), (Decimal(0), Decimal(1), Decimal("0.5"))
#: By method, after each release, after the one that counts is annulled, and after it is back: which sitting, which mark, its score.
STORY: dict[GradeMethod, list[tuple[int, str, str]]] = {
    GradeMethod.HIGHEST: [(0, "2", "0"), (1, "5", "1"), (1, "5", "1"), (2, "3", "0.5"), (1, "5", "1")],
    GradeMethod.LAST: [(0, "2", "0"), (1, "5", "1"), (2, "3", "0.5"), (1, "5", "1"), (2, "3", "0.5")],
    GradeMethod.FIRST: [(0, "2", "0"), (0, "2", "0"), (0, "2", "0"), (1, "5", "1"), (0, "2", "0")],
    GradeMethod.AVERAGE: [(0, "2", "0"), (1, "3", "0.5"), (2, "3", "0.5"), (1, "3", "0.5"), (2, "3", "0.5")],
}


def under_a_plan(sitting: Sitting) -> UUID:
    """Let the sitting's place on the roster stand for an item of a study plan; return the plan."""
    person, ground = sitting.student.person_id, sitting.ground
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        plan = Plan(
            person_id=person,
            org_id=ground.org_id,
            curriculum_id=uuid4(),
            basis="Заявление",
            scope=PlanScope.WHOLE,
            subjects=[],
            created_at=uow.now(),
        )
        uow.session.add(plan)
        uow.session.flush()
        entry = uow.session.get_one(Entry, sitting.view().entry_id)
        entry.reference = plan_item_reference(plan.id, ITEM)
        uow.session.execute(sa.update(ItemVersion).values(outcome_ids=[str(uuid4())]))
        return plan.id


def sit_three_times(sitting: Sitting, clock: FixedClock) -> list[UUID]:
    """Hand in all three sittings on a server whose clock goes back; return their results in order. A fourth one is refused."""
    entry_id, actor = sitting.view().entry_id, sitting.ground.actor(sitting.student.person_id)
    for turn, answers in enumerate(ANSWERS):
        if turn:
            with pytest.MonkeyPatch.context() as patch, sitting.runtime.unit_of_work(actor) as uow:
                patch.setattr(attempts, "new_id", partial(new_id, LONG_AGO_MS - turn))
                sitting.attempt_id = service.start_attempt(uow, entry_id).id
        for slot, answer in enumerate(answers, start=1):
            sitting.save(right(sitting, slot, answer))
        sitting.submit()
        clock.advance(timedelta(minutes=1))
    with pytest.raises(Conflict), sitting.runtime.unit_of_work(actor) as uow:
        service.start_attempt(uow, entry_id)
    with sitting.runtime.read() as session:
        in_order = (
            sa.select(Result.id).join(Attempt, Attempt.id == Result.attempt_id).order_by(Attempt.number)
        )
        return list(session.scalars(in_order))


def annul(sitting: Sitting, result_id: UUID, *, back: bool = False) -> None:
    """Annul the work behind a result after a review, or bring it back."""
    with sitting.runtime.unit_of_work(sitting.ground.reviewer) as uow:
        attempt_id = uow.session.get_one(Result, result_id).attempt_id
        basis = BasisRef("assessment.attempt", attempt_id)
        if back:
            service.reinstate_attempt(uow, attempt_id, "Разобрались")
            uow.reinstate_dependents(basis, "Разобрались")
        else:
            service.annul_attempt(uow, attempt_id, "Сидел другой человек")
            uow.suspend_dependents(basis, "Сидел другой человек")


def check(sitting: Sitting, plan_id: UUID, results: list[UUID], step: tuple[int, str, str]) -> None:
    """Check that plan, profile, journal, sheet and debts all say what counts, and nothing else counts anywhere."""
    outbox.drain(sitting.runtime)
    place, mark, score = step[0], step[1], Decimal(step[2])
    person = sitting.student.person_id
    with sitting.runtime.read() as session:
        session_id = session.get_one(Attempt, sitting.attempt_id).session_id
        facts = session.scalars(sa.select(BasisFact).where(BasisFact.plan_id == plan_id)).all()
        active = [fact for fact in facts if fact.state is BasisState.ACTIVE]
        assert [(results.index(fact.ref_id), fact.mark, fact.is_passed) for fact in active] == [
            (place, mark, mark != "2")
        ]
        evidence = session.scalars(sa.select(OutcomeEvidence)).all()
        counting = [row for row in evidence if row.state is EvidenceState.ACTIVE]
        assert [(row.basis_id, row.share) for row in counting] == [(results[place], SHARES[place])]
        assert session.scalars(sa.select(OutcomeLevel.share)).all() == [SHARES[place]]
        column: Any = SimpleNamespace(id=uuid4(), session_id=session_id, max_points=Decimal(2))
        cell = values_of(session, [column], [person])[person][column.id]
        assert (cell.share, cell.points) == (score, score * 2)
        row = next(
            each for each in session_sheet(session, session_id, sitting.runtime.clock.now()).rows if each.mark
        )
        assert (row.mark, row.score, row.is_passed) == (mark, score, mark != "2")
        roster = queries.session_view(session, session_id, sitting.runtime.clock.now()).roster
        shown = [place.result for place in roster if place.person_id == person]
        assert [(each.mark, each.score) for each in shown if each] == [(mark, score)]
        debt = debt_in(session, session_id, person, sitting.runtime.clock.now())
        assert (debt is not None) == (mark == "2")


@pytest.mark.parametrize("method", list(GradeMethod))
def test_what_counts_of_several_sittings_counts_everywhere_and_alone(
    ground: ExamGround, sit: Any, clock: FixedClock, method: GradeMethod
) -> None:
    """A later sitting takes the earlier one's place in plan and profile; an annulled one gives it back."""
    _bank, versions = bank_of(ground, 2)
    sitting = sit(fixed(versions, sittings=3, grade_method=method), SessionKind.INTERIM)
    plan_id = under_a_plan(sitting)
    results = sit_three_times(sitting, clock)
    for number, result_id in enumerate(results):
        with ground.runtime.unit_of_work(ground.teacher) as uow:
            service.release_result(uow, result_id)
        check(sitting, plan_id, results, STORY[method][number])
    with ground.runtime.read() as session:
        (exam,) = queries.exams_of(session, sitting.student.person_id, clock.now())
    assert exam.result is not None
    assert (exam.result.mark, exam.result.score) == (STORY[method][2][1], Decimal(STORY[method][2][2]))
    assert not exam.may_sit_again
    counting = results[STORY[method][2][0]]
    annul(sitting, counting)
    check(sitting, plan_id, results, STORY[method][3])
    annul(sitting, counting, back=True)
    check(sitting, plan_id, results, STORY[method][4])


def expected(method: GradeMethod, released: list[int]) -> tuple[int, str, str]:
    """Return which sitting stands, its mark and its score, from the released ones (in order)."""
    scores = [SHARES[place] for place in released]
    place = {
        GradeMethod.HIGHEST: released[scores.index(max(scores))],
        GradeMethod.FIRST: released[0],
        GradeMethod.LAST: released[-1],
        GradeMethod.AVERAGE: released[-1],
    }[method]
    score = sum(scores) / len(scores) if method is GradeMethod.AVERAGE else SHARES[place]
    mark = next(
        mark
        for least, mark in (("0.85", "5"), ("0.7", "4"), ("0.5", "3"), ("0", "2"))
        if score >= Decimal(least)
    )
    return place, mark, str(score.quantize(Decimal("0.000001")))


@pytest.mark.parametrize("method", list(GradeMethod))
def test_in_any_order_of_releases_annulments_and_returns_one_sitting_stands_everywhere(
    ground: ExamGround, sit: Any, clock: FixedClock, method: GradeMethod
) -> None:
    """A walk of releases, annulments and reinstatements in random order, checked against a model after each step."""
    _bank, versions = bank_of(ground, 2)
    sitting = sit(fixed(versions, sittings=3, grade_method=method), SessionKind.INTERIM)
    plan_id, chance = under_a_plan(sitting), random.Random(20261122)
    results = sit_three_times(sitting, clock)
    released, annulled = set[int](), set[int]()
    for _ in range(STEPS):
        place = chance.randrange(3)
        if place in annulled:
            annul(sitting, results[place], back=True)
            annulled.remove(place)
        elif place not in released:
            with ground.runtime.unit_of_work(ground.teacher) as uow:
                service.release_result(uow, results[place])
            released.add(place)
        else:
            annul(sitting, results[place])
            annulled.add(place)
        standing = sorted(released - annulled)
        if standing:
            check(sitting, plan_id, results, expected(method, standing))
            continue
        outbox.drain(sitting.runtime)
        with ground.runtime.read() as session:
            facts = session.scalars(sa.select(BasisFact.state).where(BasisFact.plan_id == plan_id)).all()
        assert BasisState.ACTIVE not in facts
    with ground.runtime.read() as session:
        assert list(ledger.verify(session, ground.runtime.keys)) == []
