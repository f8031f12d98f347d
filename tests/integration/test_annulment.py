"""Annulling a sitting: all that rests on it in one transaction or nothing of it, and back exactly as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lms.assessment import service as assessment
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, ItemVersion, Result
from lms.assessment.types import AttemptState, Operation, OperationKind, ResultState, SignIn
from lms.core import ledger, outbox
from lms.core.actor import ANONYMOUS, SYSTEM
from lms.core.clock import FixedClock
from lms.core.contracts import BasisRef
from lms.core.db import Base
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from lms.demo.cast import load_cast
from lms.people.service import sign_in
from lms.plans.models import BasisFact
from lms.plans.types import PlanReceipt
from lms.plans.types.plans import plan_item_reference
from lms.proctoring import service
from lms.proctoring.models import ProctoringSession
from lms.proctoring.types import Verdict
from lms.profiles.dependents import ProfileDependents
from lms.profiles.models import OutcomeEvidence, OutcomeLevel
from tests.integration.plans.conftest import Plans
from tests.integration.proctoring.conftest import World

REASON = "На снимках 12:03–12:09 лицо не похоже на образец."
APPEAL = "Апелляция № 3 удовлетворена."
#: What an annulment touches, besides the sitting itself.
DEPENDANTS: tuple[type[Base], ...] = (Attempt, Result, BasisFact, OutcomeEvidence, OutcomeLevel)


@dataclass
class Case:
    """A released exam that a plan item and a profile row rest on, and that two people now see as a violation."""

    world: World
    plans: Plans
    plan: PlanReceipt
    attempt: UUID

    @property
    def item_state(self) -> str:
        return str(self.plans.item(self.plan, "Биология").state.value)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return every row of every dependant, as a reader beside any open transaction sees it."""
        with self.world.runtime.read() as session:
            return {
                kind.__tablename__: [dict(row._mapping) for row in session.execute(sa.select(kind.__table__))]
                for kind in DEPENDANTS
            }

    def sitting(self) -> tuple[str, str]:
        with self.world.runtime.read() as session:
            row = session.scalars(sa.select(ProctoringSession)).one()
            return row.state.value, row.outcome.value

    def annul(self, uow: UnitOfWork) -> list[BasisRef]:
        return service.annul_sitting(uow, self.world.sitting(self.attempt).id, reason=REASON)

    def opine(self, login: str, verdict: Verdict) -> None:
        with self.world.runtime.unit_of_work(self.world.actor(login)) as uow:
            service.give_opinion(uow, self.world.sitting(self.attempt).id, verdict, reason=REASON)


@pytest.fixture
def case(runtime: Runtime, clock: FixedClock, prepared_plans: dict[str, UUID]) -> Case:
    school = load_cast(runtime)
    plans = Plans(runtime, school, prepared_plans)
    world = World(runtime, clock, school)
    plan = plans.active()
    item = plans.item(plan, "Биология")
    entry = world.entry(reference=plan_item_reference(plan.plan_id, item.stable_key))
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(ItemVersion).values(outcome_ids=[str(uuid4())]))
    made = Case(world, plans, plan, world.start(entry))
    answer_right(world, made.attempt)
    world.submit(made.attempt)
    made.opine("frolova", Verdict.NO_QUESTIONS)
    with runtime.read() as session:
        result_id = session.scalars(sa.select(Result.id)).one()
    with runtime.unit_of_work(world.actor("kim")) as uow:
        assessment.release_result(uow, result_id)
    outbox.drain(runtime)
    for login in ("frolova", "yudin"):
        made.opine(login, Verdict.VIOLATION)
    with runtime.unit_of_work(world.actor("sonya")) as uow:
        service.write_statement(uow, world.sitting(made.attempt).id, "Заходил брат.")
    made.opine("frolova", Verdict.VIOLATION)
    return made


def answer_right(world: World, attempt: UUID) -> None:
    """Answer the one question as its author would."""
    with world.runtime.unit_of_work(ANONYMOUS) as uow:
        found = sign_in(uow, "sonya", "marshrut-sonya")
    with world.runtime.read() as session:
        item = session.scalars(sa.select(AttemptItem)).one()
        version = session.get_one(ItemVersion, item.item_version_id)
    kind = world.runtime.registries.of(QUESTION_TYPES).get(version.type)
    fields = kind.fields_for(version.content, item.variant_seed, kind.correct_answer(version.content))
    operation = Operation(
        op_id=uuid4(), kind=OperationKind.ANSWER, slot=item.slot, client_seq=1, payload={"fields": fields}
    )
    who = SignIn(found.person_id, found.account_id, found.session_id, found.epoch)
    assessment.save_operations(world.runtime, who, attempt, [operation], world.clock.now())


def test_an_annulment_suspends_result_plan_item_and_profile_row_in_its_own_transaction(case: Case) -> None:
    assert case.item_state == "achieved"
    before = case.rows()
    assert before["outcome_level"]
    with case.world.runtime.unit_of_work(case.world.actor("yudin")) as uow:
        suspended = case.annul(uow)
        assert case.rows() == before, "nobody sees half of it"
    assert {ref.kind for ref in suspended} == {"assessment.result", "plans.basis", "profiles.evidence"}
    after = case.rows()  # no outbox was drained since the annulment
    assert [row["state"] for row in after["attempt"]] == [AttemptState.ANNULLED]
    assert [row["state"] for row in after["result"]] == [ResultState.SUSPENDED]
    assert [row["state"].value for row in after["plan_basis_fact"]] == ["suspended"]
    assert {row["state"].value for row in after["outcome_evidence"]} == {"suspended"}
    assert all(row["is_suspended"] and row["share"] is None for row in after["outcome_level"])
    assert case.item_state != "achieved"


def test_a_fault_in_the_last_dependant_leaves_everything_as_it_was(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, sitting = case.rows(), case.sitting()
    suspend = ProfileDependents.suspend
    reached = []

    def suspend_and_fail(self: ProfileDependents, uow: UnitOfWork, basis: BasisRef, reason: str) -> Any:
        done = suspend(self, uow, basis, reason)
        if done:
            uow.session.flush()
            reached.append(uow.session.scalar(sa.select(Result.state)))
            raise RuntimeError("the last dependant fails")
        return done

    monkeypatch.setattr(ProfileDependents, "suspend", suspend_and_fail)
    with (
        pytest.raises(RuntimeError, match="the last dependant"),
        case.world.runtime.unit_of_work(case.world.actor("yudin")) as uow,
    ):
        case.annul(uow)
    assert reached == [ResultState.SUSPENDED], "all floors below were done when the last one failed"
    assert (case.rows(), case.sitting()) == (before, sitting)
    assert case.item_state == "achieved"
    with case.world.runtime.read() as session:
        assert not list(ledger.verify(session, case.world.runtime.keys))


def test_reinstating_gives_back_exactly_what_was(case: Case) -> None:
    before = case.rows()
    with case.world.runtime.unit_of_work(case.world.actor("yudin")) as uow:
        suspended = case.annul(uow)
    with case.world.runtime.unit_of_work(case.world.actor("gromova")) as uow:
        returned = service.reinstate_sitting(uow, case.world.sitting(case.attempt).id, reason=APPEAL)
    assert set(returned) == set(suspended)
    after = case.rows()
    moments = {
        "changed_at",
        "updated_at",
        "reason",
        "revision",
    }  # when and why it changed is not what it says
    for table, rows in before.items():
        assert [{k: v for k, v in row.items() if k not in moments} for row in after[table]] == [
            {k: v for k, v in row.items() if k not in moments} for row in rows
        ], table
    assert case.item_state == "achieved"
    assert case.sitting() == ("closed", "no_questions")
