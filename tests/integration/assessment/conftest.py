"""An examination to sit: a small school, one student, one question of every installed type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from lms.assessment import queries, service
from lms.assessment.contracts import QUESTION_TYPES
from lms.assessment.models import AttemptItem, ItemVersion
from lms.assessment.types import Operation, OperationKind, Savings, SignIn
from lms.core.clock import FixedClock
from lms.core.runtime import Runtime
from lms.testing.exams import ExamGround, Sitter


@dataclass
class Sitting:
    """One student's running attempt, and what the student's browser would do."""

    ground: ExamGround
    student: Sitter
    session_id: UUID
    attempt_id: UUID
    sign_in: SignIn
    seq: int = 0

    @property
    def runtime(self) -> Runtime:
        return self.ground.runtime

    def operation(self, slot: int, fields: Mapping[str, list[str]], **more: Any) -> Operation:
        self.seq += 1
        kind = more.pop("kind", OperationKind.ANSWER)
        values = {"op_id": uuid4(), "client_seq": self.seq, "payload": {"fields": dict(fields)}} | more
        return Operation(kind=kind, slot=slot, **values)

    def submit_operation(self) -> Operation:
        return self.operation(0, {}, kind=OperationKind.SUBMIT, payload={})

    def save(self, *operations: Operation, at: datetime | None = None) -> Savings:
        arrived = at or self.runtime.clock.now()
        return service.save_operations(self.runtime, self.sign_in, self.attempt_id, operations, arrived)

    def slot_of(self, kind: str) -> int:
        """Return the place of the first question of a type."""
        return next(question.slot for question in self.view().questions if question.type == kind)

    def fields_for(self, slot: int, answer: Any) -> dict[str, list[str]]:
        """Return what a browser sends for an answer in the author's words."""
        with self.runtime.read() as session:
            item = session.query(AttemptItem).filter_by(attempt_id=self.attempt_id, slot=slot).one()
            version = session.get_one(ItemVersion, item.item_version_id)
        kind = self.runtime.registries.of(QUESTION_TYPES).get(version.type)
        return kind.fields_for(version.content, item.variant_seed, answer)

    def answer(self, slot: int, answer: Any) -> Savings:
        return self.save(self.operation(slot, self.fields_for(slot, answer)))

    def answer_all_right(self) -> None:
        for question in self.view().questions:
            with self.runtime.read() as session:
                item = (
                    session.query(AttemptItem).filter_by(attempt_id=self.attempt_id, slot=question.slot).one()
                )
                version = session.get_one(ItemVersion, item.item_version_id)
            kind = self.runtime.registries.of(QUESTION_TYPES).get(version.type)
            answer = kind.correct_answer(version.content)
            self.answer(question.slot, "Потому что так." if answer is None else answer)

    def submit(self) -> service.AttemptEnded:
        with self.runtime.unit_of_work(self.ground.actor(self.student.person_id)) as uow:
            return service.submit_attempt(uow, self.attempt_id)

    def view(self) -> queries.AttemptView:
        with self.runtime.read() as session:
            types = self.runtime.registries.of(QUESTION_TYPES)
            return queries.attempt_view(session, types, [], self.attempt_id, self.runtime.clock.now())

    def review(self, *, as_staff: bool = False) -> queries.ReviewView:
        with self.runtime.read() as session:
            types = self.runtime.registries.of(QUESTION_TYPES)
            return queries.review_view(
                session, types, self.attempt_id, self.runtime.clock.now(), as_staff=as_staff
            )


@pytest.fixture
def without_gates(runtime: Runtime) -> None:
    """Let nothing stand in the way of starting and releasing: gates have tests of their own."""
    from lms.assessment.ports import ATTEMPT_GATES

    runtime.registries.of(ATTEMPT_GATES)._members.clear()


@pytest.fixture
def ground(prepared_ground: ExamGround, without_gates: None) -> ExamGround:
    return prepared_ground


@pytest.fixture
def make_sitting(ground: ExamGround, clock: FixedClock) -> Callable[..., Sitting]:
    """Return a maker of running attempts; examinations have 60 minutes unless said otherwise."""

    def make(student: int = 0, session_id: UUID | None = None, hours: float = 3, **plan: Any) -> Sitting:
        if session_id is None:
            version = ground.write_plan(plan.pop("questions", None) or ground.sample_questions(), **plan)
            session_id = ground.open_session(version, hours=hours)
        sitter = ground.students[student]
        return Sitting(ground, sitter, session_id, ground.start(session_id, sitter), ground.sign_in(sitter))

    return make


@pytest.fixture
def sitting(make_sitting: Callable[..., Sitting], ground: ExamGround, prepared_sitting: UUID) -> Sitting:
    return make_sitting(session_id=ground.open_session(prepared_sitting, hours=3))
