"""Saves, grants, the end and the marking as a state machine: whatever happens, each acknowledged operation is one event."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lms.app import create_runtime, load_settings
from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import Attempt, AttemptItem, Grade, ResponseEvent
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.types import (
    OPEN_STATES,
    AttemptState,
    GrantKind,
    Operation,
    OperationKind,
    Receipt,
    Savings,
)
from lms.core.actor import SYSTEM
from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.testing.exams import ExamGround, make_ground
from tests.fixtures.application import FAST_HASHES, SCHOOL_DAY

VALUES = st.sampled_from(["a", "b", "", "ответ"])


def another_payload(op: Operation) -> Operation:
    """Say something else under the same id, in words that its kind can say."""
    if op.kind is OperationKind.FLAG:
        return replace(op, payload={"on": not op.payload["on"]})
    if op.kind is OperationKind.ANSWER:
        return replace(op, payload={"fields": {"answer": ["another"]}})
    return replace(op, payload={"again": True})


class Network(RuleBasedStateMachine):
    """A browser with an outbox, a network that loses, repeats and reorders, and the server."""

    ground: ExamGround
    clock: FixedClock
    session_id: UUID

    @initialize()
    def begin(self) -> None:
        self.clock.move_to(SCHOOL_DAY)
        student = self.ground.add_student()
        self.attempt_id = self.ground.start(self.session_id, student)
        self.sign_in = self.ground.sign_in(student)
        self.outbox: list[Operation] = []
        self.receipts: dict[UUID, Receipt] = {}
        self.sent: dict[UUID, Operation] = {}
        self.seq = 0

    def _put(self, kind: OperationKind, slot: int, payload: dict[str, Any]) -> None:
        self.seq += 1
        self.outbox.append(Operation(uuid4(), kind, slot, payload, self.seq))

    @rule(slot=st.integers(1, 8), value=VALUES)
    def answer(self, slot: int, value: str) -> None:
        self._put(OperationKind.ANSWER, slot, {"fields": {"answer": [value]}})

    @rule(slot=st.integers(1, 8), is_on=st.booleans())
    def flag(self, slot: int, is_on: bool) -> None:
        self._put(OperationKind.FLAG, slot, {"on": is_on})

    @rule(seconds=st.sampled_from([1, 60, 1800, 7200]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @precondition(lambda self: self.outbox)
    @rule(data=st.data(), reply_arrives=st.booleans())
    def send(self, data: st.DataObject, reply_arrives: bool) -> None:
        batch = data.draw(
            st.lists(st.sampled_from(self.outbox), min_size=1, max_size=4, unique_by=lambda op: op.op_id)
        )
        savings = self._save(batch)
        if reply_arrives:
            self._take(savings)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        self._take(self._save([data.draw(st.sampled_from(list(self.sent.values())))]))

    @precondition(lambda self: self.receipts)
    @rule(data=st.data())
    def send_other_payload_under_a_known_id(self, data: st.DataObject) -> None:
        known = self.sent[data.draw(st.sampled_from(sorted(self.receipts)))]
        with pytest.raises(service.OperationConflict) as refused:
            self._save([another_payload(known)], remember=False)
        assert refused.value.savings.conflicts == (known.op_id,)

    @rule(stands_still=st.booleans())
    def the_clock_is_stopped_or_let_go_on(self, stands_still: bool) -> None:
        with self.ground.runtime.unit_of_work(self.ground.teacher) as uow:
            attempt = uow.session.get_one(Attempt, self.attempt_id)
            if attempt.state in OPEN_STATES and self.clock.now() < attempt.deadline_at:
                verb = service.pause_attempt if stands_still else service.resume_attempt
                verb(uow, self.attempt_id)

    @rule(minutes=st.sampled_from([1, 30]))
    def the_teacher_grants_time(self, minutes: int) -> None:
        before = self._attempt()
        with self.ground.runtime.unit_of_work(self.ground.teacher) as uow:
            service.grant(uow, before.entry_id, GrantKind.EXTRA_TIME, minutes, "Отключали свет")
        after = self._attempt()
        assert after.deadline_at >= before.deadline_at, "what is granted shortens nothing"
        assert (after.state, after.ended_at) == (before.state, before.ended_at)

    @rule()
    def the_time_is_looked_at(self) -> None:
        before = self._attempt()
        with self.ground.runtime.unit_of_work(SYSTEM) as uow:
            service.expire_attempt(uow, self.attempt_id)
        after = self._attempt()
        if after.state is not before.state:
            assert before.state in OPEN_STATES
            assert self.clock.now() > after.deadline_at, "nobody loses time that is left"

    @precondition(lambda self: self._is_marked())
    @rule(is_accepted=st.booleans())
    def the_teacher_decides_on_what_came_late(self, is_accepted: bool) -> None:
        with self.ground.runtime.unit_of_work(self.ground.teacher) as uow:
            service.decide_late(uow, self.attempt_id, is_accepted=is_accepted, reason="Связь пропадала")

    @precondition(lambda self: self._is_marked())
    @rule()
    def the_marking_is_replayed_and_changes_nothing(self) -> None:
        before = self._grades()
        with self.ground.runtime.unit_of_work(self.ground.teacher) as uow:
            assert service.preview_regrade(uow, self.attempt_id) == []
            service.regrade(uow, self.attempt_id)
        assert self._grades() == before

    def _attempt(self) -> Attempt:
        with self.ground.runtime.read() as session:
            return session.get_one(Attempt, self.attempt_id)

    def _is_marked(self) -> bool:
        return hasattr(self, "sent") and self._attempt().state in {AttemptState.GRADING, AttemptState.GRADED}

    def _grades(self) -> list[UUID]:
        mine = sa.select(AttemptItem.id).where(AttemptItem.attempt_id == self.attempt_id)
        with self.ground.runtime.read() as session:
            return list(
                session.scalars(sa.select(Grade.id).where(Grade.attempt_item_id.in_(mine)).order_by(Grade.id))
            )

    @rule()
    def hand_in(self) -> None:
        self._put(OperationKind.SUBMIT, 0, {})
        self._take(self._save([self.outbox[-1]]))

    def _save(self, batch: list[Operation], *, remember: bool = True) -> Savings:
        if remember:
            self.sent |= {op.op_id: op for op in batch}
        runtime = self.ground.runtime
        return service.save_operations(runtime, self.sign_in, self.attempt_id, batch, self.clock.now())

    def _take(self, savings: Savings) -> None:
        for receipt in savings.receipts:
            assert self.receipts.setdefault(receipt.op_id, receipt) == receipt, "a receipt changed"
            self.outbox = [op for op in self.outbox if op.op_id != receipt.op_id]

    def _events(self) -> dict[UUID, ResponseEvent]:
        with self.ground.runtime.read() as session:
            rows = session.scalars(
                sa.select(ResponseEvent).where(ResponseEvent.attempt_id == self.attempt_id)
            ).all()
        assert len(rows) == len({row.op_id for row in rows})
        return {row.op_id: row for row in rows}

    @invariant()
    def what_was_sent_is_kept_once_and_unchanged(self) -> None:
        if not hasattr(self, "sent"):
            return
        events = self._events()
        assert set(events) == set(self.sent)
        for op_id, event in events.items():
            assert (event.slot, event.payload) == (self.sent[op_id].slot, self.sent[op_id].payload)

    @invariant()
    def the_newest_timely_answer_is_what_the_page_shows(self) -> None:
        if not hasattr(self, "sent"):
            return
        events = self._events().values()
        runtime = self.ground.runtime
        with runtime.read() as session:
            types = runtime.registries.of(QUESTION_TYPES)
            view = queries.attempt_view(session, types, [], self.attempt_id, self.clock.now())
            attempt = session.get_one(Attempt, self.attempt_id)
        for question in view.questions:
            mine = [e for e in events if e.slot == question.slot and e.kind is OperationKind.ANSWER]
            newest = max(mine, key=lambda e: e.client_seq, default=None)
            assert question.fields == ({} if newest is None else newest.payload["fields"])
        if attempt.state not in OPEN_STATES:
            self._ended(attempt, len(view.questions))

    def _ended(self, attempt: Attempt, questions: int) -> None:
        runtime = self.ground.runtime
        with runtime.read() as session:
            assert service.verify_attempt(session, runtime.keys, attempt.id)
            grades = session.scalar(
                sa.select(sa.func.count())
                .select_from(Grade)
                .where(Grade.number == 1, Grade.graded_at >= attempt.ended_at)
            )
            for receipt in self.receipts.values():
                assert service.verify_receipt(session, runtime.keys, receipt).is_kept
        assert (grades or 0) >= questions


@pytest.mark.slow
def test_the_save_protocol_survives_any_network(tmp_path: Path, sqlite_template: Path) -> None:
    for source in sqlite_template.parent.glob("lms.db*"):
        shutil.copyfile(source, tmp_path / source.name)
    clock = FixedClock(SCHOOL_DAY)
    environment = {**FAST_HASHES, "LMS_DATA_DIR": str(tmp_path), "LMS_JOBS_URL": "memory://"}
    runtime: Runtime = create_runtime(load_settings(environment), clock=clock)
    runtime.registries.of(ATTEMPT_GATES)._members.clear()
    ground = make_ground(runtime, students=0)
    version = ground.write_plan(ground.sample_questions())
    Network.ground, Network.clock = ground, clock
    Network.session_id = ground.open_session(version, hours=72, starts_in_minutes=-5)
    limits = settings(
        max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    try:
        run_state_machine_as_test(Network, settings=limits)
    finally:
        runtime.dispose()
