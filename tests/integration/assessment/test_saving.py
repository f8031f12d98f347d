"""Nothing acknowledged is lost, nothing counts twice: the save path in one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from lms.assessment import queries, service, tasks
from lms.assessment.models import Attempt, ResponseEvent
from lms.assessment.rules.chain import receipt_message
from lms.assessment.types import AttemptState, OperationKind
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.errors import InvalidInput, NotAuthenticated, NotFound
from lms.core.uow import UnitOfWork
from lms.people import service as people
from tests.integration.assessment.conftest import Sitting


def events(sitting: Sitting) -> list[ResponseEvent]:
    with sitting.runtime.read() as session:
        return list(
            session.scalars(sa.select(ResponseEvent).where(ResponseEvent.attempt_id == sitting.attempt_id))
        )


def test_a_saved_answer_is_one_event_with_a_signed_receipt(sitting: Sitting) -> None:
    operation = sitting.operation(1, {"answer": ["x"]})
    savings = sitting.save(operation)
    (receipt,) = savings.receipts
    assert (receipt.op_id, receipt.slot, receipt.is_late) == (operation.op_id, 1, False)
    assert sitting.runtime.keys.verify(receipt_message(receipt), receipt.signature)
    (event,) = events(sitting)
    assert event.payload == {"fields": {"answer": ["x"]}}
    assert event.t_server == receipt.t_server


def test_a_save_in_time_is_one_statement_on_either_engine(sitting: Sitting) -> None:
    batch = [sitting.operation(slot, {"answer": ["x"]}) for slot in (1, 2, 3)]
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    sa.event.listen(sitting.runtime.database.engine, "before_cursor_execute", listen)
    savings = sitting.save(*batch)
    assert [text.split()[:3] for text in said] == [["INSERT", "INTO", "response_event"]]
    assert [receipt.op_id for receipt in savings.receipts] == [op.op_id for op in batch]


def test_the_same_operation_again_gets_the_first_receipt_again(sitting: Sitting, clock: FixedClock) -> None:
    operation = sitting.operation(1, {"answer": ["x"]})
    first = sitting.save(operation)
    clock.advance(timedelta(seconds=7))
    assert sitting.save(operation).receipts == first.receipts
    assert len(events(sitting)) == 1


def test_another_payload_under_the_same_id_is_a_conflict_and_keeps_the_rest(sitting: Sitting) -> None:
    operation = sitting.operation(1, {"answer": ["x"]})
    sitting.save(operation)
    changed = replace(operation, payload={"fields": {"answer": ["y"]}})
    other = sitting.operation(2, {"answer": ["z"]})
    with pytest.raises(service.OperationConflict) as refused:
        sitting.save(changed, other)
    assert refused.value.code == "assessment.op_conflict"
    assert refused.value.savings.conflicts == (operation.op_id,)
    assert [receipt.op_id for receipt in refused.value.savings.receipts] == [other.op_id]
    kept = {event.op_id: event.payload["fields"]["answer"] for event in events(sitting)}
    assert kept == {operation.op_id: ["x"], other.op_id: ["z"]}


def test_a_batch_keeps_its_order_and_the_highest_number_wins(sitting: Sitting) -> None:
    first, second = sitting.operation(1, {"answer": ["a"]}), sitting.operation(1, {"answer": ["b"]})
    savings = sitting.save(second, first)
    assert [receipt.op_id for receipt in savings.receipts] == [second.op_id, first.op_id]
    question = sitting.view().question(1)
    assert question is not None
    assert question.fields == {"answer": ["b"]}
    assert sitting.view().next_seq == 3


def test_a_flag_marks_a_question_and_keeps_its_answer(sitting: Sitting) -> None:
    sitting.save(sitting.operation(2, {"answer": ["a"]}))
    sitting.save(sitting.operation(2, {}, kind=OperationKind.FLAG, payload={"on": True}))
    question = sitting.view().question(2)
    assert question is not None
    assert (question.is_flagged, question.fields) == (True, {"answer": ["a"]})


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"fields": "x"},
        {"fields": None},
        {"fields": ["x"]},
        {"fields": {"answer": "x"}},
        {"fields": {"answer": [1]}},
        {"fields": {"answer": ["\ud800"]}},
    ],
)
def test_an_answer_of_another_shape_is_refused_and_harms_nobody(
    sitting: Sitting, payload: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        sitting.save(sitting.operation(1, {}, payload=payload))
    assert events(sitting) == []
    sitting.submit()


def test_an_attempt_that_cannot_be_ended_does_not_keep_the_others_from_ending(
    sitting: Sitting, make_sitting: Callable[..., Sitting], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_sitting(1, sitting.session_id)
    real = tasks.expire_attempt

    def fragile(uow: UnitOfWork, attempt_id: UUID) -> object:
        if attempt_id == sitting.attempt_id:
            raise RuntimeError("a fault in this attempt only")
        return real(uow, attempt_id)

    monkeypatch.setattr(tasks, "expire_attempt", fragile)
    clock.advance(timedelta(days=2))
    tasks.expire_attempts(sitting.runtime)
    with sitting.runtime.read() as session:
        states = {a.id: a.state for a in session.scalars(sa.select(Attempt))}
    assert states[sitting.attempt_id] is AttemptState.IN_PROGRESS
    assert states[other.attempt_id] is not AttemptState.IN_PROGRESS


def test_somebody_else_cannot_save_into_the_attempt(
    sitting: Sitting, make_sitting: Callable[..., Sitting]
) -> None:
    other = make_sitting(1, sitting.session_id)
    intruder = replace(other, attempt_id=sitting.attempt_id)
    with pytest.raises(NotFound) as refused:
        intruder.save(intruder.operation(1, {"answer": ["x"]}))
    assert refused.value.audit is not None
    assert events(sitting) == []


@pytest.mark.parametrize("how", ["signed out", "signed out everywhere", "account closed", "session over"])
def test_a_sign_in_that_has_ended_saves_nothing(sitting: Sitting, clock: FixedClock, how: str) -> None:
    from lms.people.models import AccountSession

    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        if how == "signed out":
            people.end_session(uow, sitting.sign_in.session_id)
        elif how == "signed out everywhere":
            people.end_all_sessions(uow, sitting.sign_in.account_id)
        elif how == "account closed":
            people.close_account(uow, sitting.student.login)
        else:
            uow.session.get_one(AccountSession, sitting.sign_in.session_id).expires_at = clock.now()
    with pytest.raises(NotAuthenticated):
        sitting.save(sitting.operation(1, {"answer": ["x"]}))
    assert events(sitting) == []


def test_an_answer_within_the_tolerance_is_in_time(sitting: Sitting) -> None:
    deadline = sitting.view().deadline_at
    savings = sitting.save(sitting.operation(1, {"answer": ["x"]}), at=deadline + timedelta(seconds=5))
    assert not savings.receipts[0].is_late


def test_an_answer_after_the_tolerance_is_kept_flagged_and_not_counted(
    sitting: Sitting, clock: FixedClock
) -> None:
    clock.move_to(sitting.view().deadline_at + timedelta(seconds=6))
    savings = sitting.save(sitting.operation(1, {"answer": ["x"]}))
    assert savings.receipts[0].is_late
    assert [event.is_late for event in events(sitting)] == [True]
    sitting.submit()
    assert sitting.review(as_staff=True).late_count == 1
    assert not sitting.review(as_staff=True).answers[0].response


def test_an_answer_to_an_ended_attempt_is_kept_flagged(sitting: Sitting) -> None:
    sitting.submit()
    savings = sitting.save(sitting.operation(1, {"answer": ["x"]}))
    assert savings.receipts[0].is_late
    assert savings.is_submitted
    with sitting.runtime.read() as session:
        assert service.verify_attempt(session, sitting.runtime.keys, sitting.attempt_id)


def test_time_granted_in_between_makes_a_late_answer_timely(sitting: Sitting, clock: FixedClock) -> None:
    from lms.assessment.types import GrantKind

    entry_id, deadline = sitting.view().entry_id, sitting.view().deadline_at
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.grant(uow, entry_id, GrantKind.EXTRA_TIME, 10, "Отключали свет")
    clock.move_to(deadline + timedelta(minutes=9))
    assert not sitting.save(sitting.operation(1, {"answer": ["x"]})).receipts[0].is_late
    clock.move_to(deadline + timedelta(minutes=11))
    assert sitting.save(sitting.operation(1, {"answer": ["y"]})).receipts[0].is_late


def test_handing_in_by_operation_keeps_the_answers_of_the_same_batch(sitting: Sitting) -> None:
    slot = sitting.slot_of("choice")
    answer, submit = sitting.operation(slot, sitting.fields_for(slot, "a")), sitting.submit_operation()
    savings = sitting.save(answer, submit)
    assert savings.is_submitted
    assert [receipt.op_id for receipt in savings.receipts] == [answer.op_id, submit.op_id]
    assert sitting.save(answer, submit).receipts == savings.receipts
    with sitting.runtime.read() as session:
        attempt = session.get_one(Attempt, sitting.attempt_id)
        assert attempt.state in {AttemptState.GRADING, AttemptState.GRADED}


@pytest.mark.parametrize(
    "broken",
    [
        {"slot": 99},
        {"slot": -1},
        {"slot": 0},
        {"client_seq": -1},
        {"client_seq": 2**60},
        {"tab": "x" * 41},
        {"payload": {"fields": {"answer": ["x" * 100_001]}}},
    ],
)
def test_an_operation_out_of_bounds_is_refused_whole(sitting: Sitting, broken: dict[str, object]) -> None:
    operation = replace(sitting.operation(1, {"answer": ["x"]}), **broken)
    with pytest.raises(InvalidInput):
        sitting.save(operation)
    assert events(sitting) == []


def test_an_empty_batch_and_one_id_twice_are_refused(sitting: Sitting) -> None:
    operation = sitting.operation(1, {"answer": ["x"]})
    for batch in ((), (operation, replace(operation, op_id=operation.op_id))):
        with pytest.raises(InvalidInput):
            sitting.save(*batch)


def test_an_attempt_that_is_not_there_is_not_found(sitting: Sitting) -> None:
    with pytest.raises(NotFound):
        replace(sitting, attempt_id=uuid4()).save(sitting.operation(1, {"answer": ["x"]}))


def test_a_receipt_can_be_checked_later_and_a_forged_one_is_told(sitting: Sitting) -> None:
    (receipt,) = sitting.save(sitting.operation(1, {"answer": ["x"]})).receipts
    with sitting.runtime.read() as session:
        keys = sitting.runtime.keys
        assert service.verify_receipt(session, keys, receipt) == service.ReceiptCheck(True, True)
        forged = replace(receipt, payload_hash="0" * 64)
        assert service.verify_receipt(session, keys, forged) == service.ReceiptCheck(False, False)
    with sitting.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(sa.delete(ResponseEvent))
    with sitting.runtime.read() as session:
        assert service.verify_receipt(session, keys, receipt) == service.ReceiptCheck(True, False)


def test_what_is_written_while_the_clock_stands_still_is_kept_and_a_teacher_decides(
    sitting: Sitting, clock: FixedClock
) -> None:
    sitting.save(sitting.operation(1, {"answer": ["in time"]}))
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.pause_attempt(uow, sitting.attempt_id, "Пожарная тревога")
    paused_at = clock.now()
    on_its_way = sitting.save(sitting.operation(2, {"answer": ["x"]}), at=paused_at + timedelta(seconds=5))
    clock.advance(timedelta(minutes=3))
    in_break = sitting.save(sitting.operation(1, {"answer": ["in the break"]}))
    with sitting.runtime.unit_of_work(sitting.ground.teacher) as uow:
        service.resume_attempt(uow, sitting.attempt_id)
    after = sitting.save(sitting.operation(3, {"answer": ["z"]}))
    assert [s.receipts[0].is_late for s in (on_its_way, in_break, after)] == [False, True, False]
    sitting.submit()
    with sitting.runtime.read() as session:
        assert service.verify_attempt(session, sitting.runtime.keys, sitting.attempt_id)
        (card,) = queries.late_queue(session, sitting.ground.teacher, clock.now())
    assert (card.slots, card.in_break) == ((1,), True)
    assert len(events(sitting)) == 4
