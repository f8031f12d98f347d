"""Results: released once, suspended with their attempt, and brought back to exactly the state before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service
from lms.assessment.models import Attempt, AttemptItem, ItemVersion, ResponseEvent, Result
from lms.assessment.ports import ATTEMPT_GATES, Companion, GateVerdict, PrepStep
from lms.assessment.queries.views import LateCard
from lms.assessment.queries.witness import AssessmentWitness
from lms.assessment.rules.review import ReviewMatrix
from lms.assessment.types import AttemptState, ResultState
from lms.core import ledger, outbox
from lms.core.actor import SYSTEM, Actor
from lms.core.clock import FixedClock
from lms.core.contracts import EXPLAINERS, BasisRef
from lms.core.errors import Conflict, Forbidden, NotFound
from lms.core.models import LedgerEntry, OutboxEvent
from lms.core.uow import UnitOfWork
from lms.profiles.models import OutcomeEvidence
from lms.profiles.types import EvidenceState
from tests.integration.assessment.conftest import Sitting


def graded(sitting: Sitting) -> UUID:
    """Hand in with everything right but the essay, which stays blank; return the proposed result."""
    for question in sitting.view().questions:
        if question.type == "choice":
            sitting.answer(question.slot, "a")
    sitting.submit()
    with sitting.runtime.read() as session:
        return session.scalars(sa.select(Result.id).where(Result.attempt_id == sitting.attempt_id)).one()


def release(sitting: Sitting, result_id: UUID) -> None:
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.release_result(uow, result_id)


def result_of(sitting: Sitting, result_id: UUID) -> Result:
    with sitting.runtime.read() as session:
        return session.get_one(Result, result_id)


def annul(sitting: Sitting, *, back: bool = False) -> list[BasisRef]:
    basis = BasisRef("assessment.attempt", sitting.attempt_id)
    with sitting.runtime.unit_of_work(sitting.ground.reviewer) as uow:
        if back:
            service.reinstate_attempt(uow, sitting.attempt_id, "Разобрались")
            return uow.reinstate_dependents(basis, "Разобрались")
        service.annul_attempt(uow, sitting.attempt_id, "Сидел другой человек")
        return uow.suspend_dependents(basis, "Сидел другой человек")


def test_a_released_result_is_seen_recorded_and_told(sitting: Sitting) -> None:
    result_id = graded(sitting)
    with sitting.runtime.read() as session:
        assert queries.results_of(session, sitting.student.person_id) == []
    release(sitting, result_id)
    release(sitting, result_id)
    with sitting.runtime.read() as session:
        (view,) = queries.results_of(session, sitting.student.person_id)
        assert (view.id, view.mark, view.reference) == (result_id, "2", f"test:{sitting.student.login}")
        kinds = session.scalars(
            sa.select(LedgerEntry.kind).where(LedgerEntry.subject == sitting.student.person_id)
        ).all()
        assert [kind for kind in kinds if kind.startswith("assessment.")] == ["assessment.result_released"]
        told = session.scalars(
            sa.select(OutboxEvent.payload).where(OutboxEvent.kind == "assessment.result_released")
        ).all()
    assert [(event["result_id"], event["mark"], event["is_passed"]) for event in told] == [
        (str(result_id), "2", False)
    ]


@pytest.mark.parametrize("is_released", [True, False])
def test_annulling_suspends_and_reinstating_brings_back_exactly(sitting: Sitting, is_released: bool) -> None:
    result_id = graded(sitting)
    if is_released:
        release(sitting, result_id)
    before = result_of(sitting, result_id)
    assert BasisRef("assessment.result", result_id) in annul(sitting)
    suspended = result_of(sitting, result_id)
    assert (suspended.state, suspended.state_before) == (ResultState.SUSPENDED, before.state)
    assert annul(sitting) == []
    annul(sitting, back=True)
    after = result_of(sitting, result_id)
    columns = [column.key for column in Result.__table__.columns]
    assert [getattr(after, name) for name in columns] == [getattr(before, name) for name in columns]
    with sitting.runtime.read() as session:
        attempt = session.get_one(Attempt, sitting.attempt_id)
        assert attempt.state is (AttemptState.RELEASED if is_released else AttemptState.GRADED)
        assert attempt.state_before is None
        assert list(ledger.verify(session, sitting.runtime.keys)) == []


def test_what_is_recorded_after_an_annulment_is_suspended_too_and_comes_back_with_it(
    sitting: Sitting,
) -> None:
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(ItemVersion).values(outcome_ids=[str(uuid4())]))
    result_id = graded(sitting)
    release(sitting, result_id)
    annul(sitting)
    outbox.drain(sitting.runtime)

    def states() -> set[EvidenceState]:
        with sitting.runtime.read() as session:
            rows = session.scalars(sa.select(OutcomeEvidence).where(OutcomeEvidence.basis_id == result_id))
            return {row.state for row in rows}

    assert states() == {EvidenceState.SUSPENDED}
    annul(sitting, back=True)
    assert states() == {EvidenceState.ACTIVE}


def test_a_suspended_result_is_not_released(sitting: Sitting) -> None:
    result_id = graded(sitting)
    annul(sitting)
    with pytest.raises(Conflict, match="result_suspended"):
        release(sitting, result_id)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_result_waits_until_somebody_has_decided_on_what_came_late(
    sitting: Sitting, clock: FixedClock, is_accepted: bool
) -> None:
    graded(sitting)
    sitting.save(sitting.operation(1, {"answer": ["x"]}))
    teacher = sitting.ground.teacher

    def card() -> queries.ReleaseCard:
        with sitting.runtime.read() as session:
            return queries.results_to_release(session, [], teacher, clock.now())[0]

    assert (card().waits_for_late, card().may_release) == (True, False)
    with pytest.raises(Conflict, match="late_undecided"):
        release(sitting, card().result.id)
    with sitting.runtime.unit_of_work(teacher) as uow:
        service.decide_late(uow, sitting.attempt_id, is_accepted=is_accepted, reason="Связь")
    if not is_accepted:
        release(sitting, card().result.id)


def test_nobody_annuls_without_a_reason_or_from_the_teachers_desk(sitting: Sitting) -> None:
    graded(sitting)
    with pytest.raises(Forbidden), sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.annul_attempt(uow, sitting.attempt_id, "Так хочу")
    with (
        pytest.raises(Exception, match="reason_missing"),
        sitting.runtime.unit_of_work(sitting.ground.reviewer) as uow,
    ):
        service.annul_attempt(uow, sitting.attempt_id, "  ")


def test_a_running_attempt_cannot_be_annulled(sitting: Sitting) -> None:
    with pytest.raises(Conflict, match="not_ended"):
        annul(sitting)


def test_a_tampered_answer_keeps_the_result_from_counting(sitting: Sitting) -> None:
    result_id = graded(sitting)
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.update(ResponseEvent).values(payload={"fields": {"answer": ["лучше"]}}))
    with pytest.raises(Conflict, match="seal_broken"):
        release(sitting, result_id)


class Gate:
    """A gate as an upper floor would register it."""

    name = "test"

    def __init__(self) -> None:
        self.is_open = True
        self.seen: list[tuple[str, UUID]] = []

    def _verdict(self) -> GateVerdict:
        return GateVerdict(self.is_open, "test.closed", "Сначала покажи документ", "/identity")

    def may_start(self, session: Any, entry_id: UUID, person_id: UUID, at: datetime) -> GateVerdict:
        return self._verdict()

    def may_release(self, session: Any, attempt_id: UUID, at: datetime) -> GateVerdict:
        return self._verdict()

    def attempt_started(self, uow: UnitOfWork, attempt_id: UUID, entry_id: UUID) -> None:
        self.seen.append(("started", attempt_id))

    def attempt_ended(self, uow: UnitOfWork, attempt_id: UUID) -> None:
        self.seen.append(("ended", attempt_id))

    def companion(self, session: Any, attempt_id: UUID) -> Companion | None:
        return Companion("test/companion.html", {"id": attempt_id})

    def prep_steps(self, session: Any, entry_id: UUID, person_id: UUID, at: datetime) -> list[PrepStep]:
        return [PrepStep("Показать документ", "todo", "/identity")]


def test_a_closed_gate_keeps_from_starting_and_from_releasing(make_sitting: Callable[..., Sitting]) -> None:
    sitting = make_sitting()
    gate = Gate()
    registry = sitting.runtime.registries.of(ATTEMPT_GATES)
    registry.add(gate, "test")
    result_id = graded(sitting)
    gate.is_open = False
    with pytest.raises(Conflict) as blocked:
        release(sitting, result_id)
    assert blocked.value.params["reason"] == "Сначала покажи документ"
    with pytest.raises(Forbidden, match="gate_closed"):
        make_sitting(1, sitting.session_id)
    gate.is_open = True
    other = make_sitting(1, sitting.session_id)
    assert gate.seen == [("ended", sitting.attempt_id), ("started", other.attempt_id)]
    with sitting.runtime.read() as session:
        view = queries.entry_view(session, [gate], other.view().entry_id, sitting.runtime.clock.now())
        (card,) = queries.results_to_release(
            session, [gate], sitting.ground.teacher, sitting.runtime.clock.now()
        )
    assert [step.title for step in view.steps] == ["Показать документ"]
    assert card.may_release


def test_the_review_matrix_opens_with_release_and_close(
    make_sitting: Callable[..., Sitting], clock: FixedClock
) -> None:
    matrix = ReviewMatrix(("responses",), ("responses", "correctness", "score"), ("key",))
    sitting = make_sitting(review=matrix)
    assert sitting.review().answers == ()
    result_id = graded(sitting)
    choice = next(a for a in sitting.review().answers if a.type == "choice")
    assert (choice.response, choice.status, choice.earned, choice.correct) == ("100 °C", None, None, None)
    assert (choice.notes, choice.explanation) == ((), "")
    release(sitting, result_id)
    choice = next(a for a in sitting.review().answers if a.type == "choice")
    assert (choice.status, choice.earned, choice.correct) == ("right", 1, None)
    assert (choice.notes, choice.explanation) == (("says:Так оно и есть.",), "")
    clock.advance(timedelta(hours=4))
    choice = next(a for a in sitting.review().answers if a.type == "choice")
    assert choice.correct == "100 °C"
    assert choice.explanation.startswith("Давление пара")


def test_why_leads_from_the_result_to_who_sat_there(sitting: Sitting, app: Any) -> None:
    result_id = graded(sitting)
    release(sitting, result_id)
    explainer = sitting.runtime.registries.of(EXPLAINERS).get("assessment")
    with app.test_request_context("/"), sitting.runtime.read() as session:
        first = explainer.explain(session, BasisRef("assessment.result", result_id))
        assert first is not None
        (attempt_ref,) = first.rests_on
        second = explainer.explain(session, attempt_ref)
        assert explainer.explain(session, BasisRef("assessment.result", sitting.attempt_id)) is None
    assert attempt_ref == BasisRef("assessment.attempt", sitting.attempt_id)
    assert second is not None
    assert second.rests_on == (BasisRef("proctoring.for_attempt", sitting.attempt_id),)
    assert second.state == "valid"


def test_a_result_out_of_reach_is_not_there(sitting: Sitting) -> None:
    from lms.testing.exams import make_ground

    result_id = graded(sitting)
    stranger = make_ground(sitting.runtime, students=0, code="another-school").teacher
    with pytest.raises(NotFound), sitting.runtime.unit_of_work(stranger) as uow:
        service.release_result(uow, result_id)


def test_answers_that_come_after_the_release_wait_for_a_decision_too(
    sitting: Sitting, clock: FixedClock
) -> None:
    """A device that finds the network days later: nothing is lost, and nothing changes by itself."""
    slot, teacher = sitting.slot_of("true_false"), sitting.ground.teacher
    head = sitting.ground.actor(sitting.ground.director_id)
    result_id = graded(sitting)
    release(sitting, result_id)
    clock.advance(timedelta(days=2))
    sitting.sign_in = sitting.ground.sign_in(sitting.student)
    assert sitting.answer(slot, True).receipts[0].is_late
    (card,) = late_cards(sitting, teacher)
    assert (card.is_released, card.slots) == (True, (slot,))
    with pytest.raises(Conflict, match="late_released"):
        decide(sitting, teacher, is_accepted=True)
    decide(sitting, teacher, is_accepted=False)
    assert late_cards(sitting, teacher) == []
    assert [row.state for row in all_results(sitting)] == [ResultState.RELEASED]
    sitting.answer(slot, True)
    decide(sitting, head, is_accepted=True)
    before, follows = all_results(sitting)
    assert (before.id, before.state) == (result_id, ResultState.RELEASED), (
        "it stands until its successor does"
    )
    assert follows.state is ResultState.PROPOSED and follows.score > before.score
    release(sitting, follows.id)
    assert [row.state for row in all_results(sitting)] == [ResultState.SUPERSEDED, ResultState.RELEASED]
    with sitting.runtime.read() as session:
        assert list(AssessmentWitness().faults(session, sitting.runtime.keys)) == []


def test_a_refusal_of_what_came_late_leaves_a_persons_mark_alone(sitting: Sitting) -> None:
    slot = sitting.slot_of("essay")
    sitting.answer(slot, "Вовремя.")
    sitting.submit()
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        found = sa.select(AttemptItem.id).where(
            AttemptItem.attempt_id == sitting.attempt_id, AttemptItem.slot == slot
        )
        service.grade_manual(uow, uow.session.scalars(found).one(), fraction=Decimal(1))
    waiting = late_marks(sitting)
    sitting.answer(slot, "Позже.")
    decide(sitting, sitting.ground.teacher, is_accepted=False)
    assert late_marks(sitting) == waiting, "the answer that counts is the one that was marked"
    sitting.answer(slot, "Ещё позже.")
    decide(sitting, sitting.ground.teacher, is_accepted=True)
    assert late_marks(sitting) == waiting + 1, "another answer counts: the person looks again"


def decide(sitting: Sitting, actor: Actor, *, is_accepted: bool) -> None:
    with sitting.runtime.unit_of_work(actor) as uow:
        service.decide_late(uow, sitting.attempt_id, is_accepted=is_accepted, reason="Связи не было")


def late_cards(sitting: Sitting, actor: Actor) -> list[LateCard]:
    with sitting.runtime.read() as session:
        return queries.late_queue(session, actor, sitting.runtime.clock.now())


def late_marks(sitting: Sitting) -> int:
    with sitting.runtime.read() as session:
        return len(queries.marking_queue(session, sitting.ground.teacher, sitting.runtime.clock.now()))


def all_results(sitting: Sitting) -> list[Result]:
    with sitting.runtime.read() as session:
        return list(session.scalars(sa.select(Result).order_by(Result.number)))
