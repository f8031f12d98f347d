"""Hundreds of examinations under faults in virtual time: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from lms.assessment import service
from lms.assessment.models import ResponseEvent
from lms.assessment.types import Operation, Savings, SignIn
from lms.core.actor import SYSTEM
from lms.core.runtime import Runtime
from lms.core.uow import UnitOfWork
from tests.integration.assessment.fault_simulator import Save, World, play_many, world_in

SCHEDULES = 300
#: Each broken server must be noticed within so many schedules.
ENOUGH = 15


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    with world_in(tmp_path) as made:
        yield made


def test_three_hundred_schedules_of_faults_lose_and_double_nothing(world: World) -> None:
    counts, faults = play_many(world, range(SCHEDULES))
    assert faults == []
    assert (counts["lost"], counts["doubled"], counts["double mark"]) == (0, 0, 0)
    rare = {
        name: counts[name]
        for name in ("kill", "request repeated", "answer lost", "late", "clock jump", "file")
    }
    assert min(rare.values()) > SCHEDULES // 10, f"the faults hardly ever hit the protocol: {rare}"


def answers_before_the_commit(
    runtime: Runtime, sign_in: SignIn, attempt_id: UUID, ops: Sequence[Operation], at: datetime
) -> Savings:
    """Acknowledge an answer of which the database then keeps nothing, one time in eight."""
    savings = service.save_operations(runtime, sign_in, attempt_id, ops, at)
    forgotten = [op.op_id for op in ops if op.op_id.int % 8 == 0 and op.slot]
    with runtime.unit_of_work(SYSTEM) as uow:
        for op_id in forgotten:
            row = uow.session.get(ResponseEvent, (attempt_id, op_id))
            if row is not None:
                uow.session.delete(row)
    return savings


def knows_no_operation_again(
    runtime: Runtime, sign_in: SignIn, attempt_id: UUID, ops: Sequence[Operation], at: datetime
) -> Savings:
    """Store what is sent again once more, under an id of the moment."""
    fresh = [replace(op, op_id=uuid5(op.op_id, at.isoformat())) for op in ops]
    savings = service.save_operations(runtime, sign_in, attempt_id, fresh, at)
    receipts = [replace(r, op_id=op.op_id) for r, op in zip(savings.receipts, ops, strict=True)]
    return replace(savings, receipts=tuple(receipts))


def stamps_an_answer_with_the_time_of_the_last_try(
    runtime: Runtime, sign_in: SignIn, attempt_id: UUID, ops: Sequence[Operation], at: datetime
) -> Savings:
    """Sign a new receipt for a repeated operation instead of giving the first one again."""
    savings = service.save_operations(runtime, sign_in, attempt_id, ops, at)
    return replace(savings, receipts=tuple(replace(r, t_server=at) for r in savings.receipts))


@pytest.mark.parametrize(
    "broken",
    [answers_before_the_commit, knows_no_operation_again, stamps_an_answer_with_the_time_of_the_last_try],
)
def test_a_server_that_breaks_the_protocol_is_noticed(world: World, broken: Save) -> None:
    _counts, faults = play_many(world, range(ENOUGH), broken)
    assert faults


def keeps_a_file_under_an_id_of_its_own(
    uow: UnitOfWork,
    sign_in: SignIn,
    attempt_id: UUID,
    operation: Operation,
    sent: service.SentFile,
    t_server: datetime,
) -> Savings:
    """Keep the file of an operation that is sent again once more."""
    file = service.attach_file(uow, attempt_id, operation.slot, data=sent.data, name=sent.name)
    savings = service.save_with_file(uow, sign_in, attempt_id, operation, sent, t_server)
    assert file.id != operation.op_id
    return savings


def test_a_server_that_keeps_files_twice_is_noticed(world: World) -> None:
    _counts, faults = play_many(world, range(ENOUGH), save_with_file=keeps_a_file_under_an_id_of_its_own)
    assert faults
