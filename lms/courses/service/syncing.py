"""Take in what a device has kept while there was no network: each operation once, in any order, however often it comes."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import InvalidInput, LmsError, NotFound
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.contracts import CompletionRule
from lms.courses.models import Block, CourseOperation, CourseVersion, Enrolment, Section
from lms.courses.queries import block_facts, enrolled_shape, step_path
from lms.courses.rules.steps import block_seed, next_open_step
from lms.courses.service.learning import (
    MAX_ANSWER_CHARS,
    complete_companions,
    keep_answer,
    open_place,
    settle,
)
from lms.courses.service.publishing import same_blocks
from lms.courses.types import (
    EnrolmentState,
    LearningOp,
    LearningOpKind,
    OpReceipt,
    StepReceipt,
    SyncReceipt,
)

__all__ = ["MOST_OPERATIONS", "sync_learning"]

#: So many operations are delivered at once.
MOST_OPERATIONS = 200


def sync_learning(uow: UnitOfWork, enrolment_id: UUID, operations: Iterable[LearningOp]) -> SyncReceipt:
    """Do what the operations say, each once, and return a receipt for each: the same again gets the first one again.

    One that can change nothing is kept with the reason and never holds up the others. Raises NotFound
    ``course.no_enrolment``, InvalidInput ``course.operations``.
    """
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    uow.lock("enrolment", enrolment.id)
    wanted = sorted(operations, key=lambda operation: (operation.seq, operation.op_id))
    if len(wanted) > MOST_OPERATIONS or any(_is_too_long(operation) for operation in wanted):
        raise InvalidInput("course.operations")
    was_completed = enrolment.state is EnrolmentState.COMPLETED
    known = _known(uow, enrolment.id, [operation.op_id for operation in wanted])
    receipts: dict[UUID, OpReceipt] = {}
    conflicts: list[UUID] = []
    for operation in wanted:
        row = known.get(operation.op_id)
        if row is None:
            row = known[operation.op_id] = _take_in(uow, enrolment, operation)
        if (row.kind, row.block_id, row.payload) != (operation.kind, operation.block_id, operation.payload):
            conflicts.append(operation.op_id)
        else:
            receipts[row.op_id] = OpReceipt(row.op_id, row.at, row.is_completed, row.score, row.refused)
    return SyncReceipt(
        tuple(receipts.values()),
        tuple(conflicts),
        _next_url(uow, enrolment),
        enrolment.state is EnrolmentState.COMPLETED and not was_completed,
    )


def _is_too_long(operation: LearningOp) -> bool:
    return sum(len(value) for values in operation.fields.values() for value in values) > MAX_ANSWER_CHARS


def _known(uow: UnitOfWork, enrolment_id: UUID, ids: list[UUID]) -> dict[UUID, CourseOperation]:
    rows = sa.select(CourseOperation).where(
        CourseOperation.enrolment_id == enrolment_id, CourseOperation.op_id.in_(ids)
    )
    return {row.op_id: row for row in uow.session.scalars(rows)}


def _take_in(uow: UnitOfWork, enrolment: Enrolment, operation: LearningOp) -> CourseOperation:
    """Do one operation and write down what came of it; a refusal undoes it and is written down, too."""
    row = CourseOperation(
        enrolment_id=enrolment.id,
        op_id=operation.op_id,
        kind=operation.kind,
        block_id=operation.block_id,
        payload=operation.payload,
        done_at=operation.done_at,
        at=uow.now(),
    )
    try:
        with uow.session.begin_nested():
            came = _do(uow, enrolment, operation)
            row.is_completed, row.score = came.is_completed, came.score
    except LmsError as refusal:
        row.refused = refusal.code
    uow.session.add(row)
    uow.session.flush()
    return row


def _do(uow: UnitOfWork, enrolment: Enrolment, operation: LearningOp) -> StepReceipt:
    block_id = _block_now(uow, enrolment, operation.block_id)
    place = open_place(uow, enrolment.id, block_id, while_paused=True)
    if operation.kind is LearningOpKind.DONE:
        complete_companions(uow, place)
        return settle(uow, place, CompletionRule.VIEWED, None, is_completed=False)
    before, now = structure.field_prefix(operation.block_id), structure.field_prefix(block_id)
    fields = {
        now + name.removeprefix(before) if name.startswith(before) else name: values
        for name, values in operation.fields.items()
    }
    return keep_answer(
        uow, place, fields, block_seed(enrolment.id, operation.block_id, max(1, operation.try_no))
    )


def _block_now(uow: UnitOfWork, enrolment: Enrolment, block_id: UUID) -> UUID:
    """Return the block itself, or the same one in the version that the learner was moved to meanwhile."""
    version_id = uow.session.scalar(
        sa.select(Section.version_id).join(Block, Block.section_id == Section.id).where(Block.id == block_id)
    )
    if version_id is None or version_id == enrolment.version_id:
        return block_id
    before, now = (uow.session.get_one(CourseVersion, each) for each in (version_id, enrolment.version_id))
    if before.course_id != enrolment.course_id:
        return block_id
    return same_blocks(before, now).get(block_id, block_id)


def _next_url(uow: UnitOfWork, enrolment: Enrolment) -> str | None:
    """Return where the learner goes on now."""
    version = enrolled_shape(uow.session, enrolment)
    facts = block_facts(uow.session, enrolment.id)
    step = next_open_step(
        structure.steps_of(version, facts.reader), facts.open_keys(version), facts.completed
    )
    return step_path(enrolment.course_id, step.id) if step else None
