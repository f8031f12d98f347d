"""Take in what a device has kept while there was no network: each operation once, in any order, however often it comes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.db import day_of
from lms.core.errors import Conflict, InvalidInput, LmsError, NotFound
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.contracts import CompletionRule
from lms.courses.models import CourseOperation, Enrolment
from lms.courses.queries import block_facts, enrolled_shape, shown_seeds, step_path
from lms.courses.rules.steps import block_seed, next_open_step
from lms.courses.service.asking import ask_teacher, keep_note
from lms.courses.service.holding import hold
from lms.courses.service.learning import (
    MAX_ANSWER_CHARS,
    complete_companions,
    following_try,
    keep_answer,
    open_place,
    settle,
)
from lms.courses.service.presence import count_away
from lms.courses.service.publishing import block_now
from lms.courses.term_reading import Term, term_of
from lms.courses.types import (
    EnrolmentState,
    LearningOp,
    LearningOpKind,
    OpReceipt,
    StepReceipt,
    SyncReceipt,
)

__all__ = ["MOST_OPERATIONS", "sync_learning"]

#: So many operations are delivered at once; a device sends no more.
MOST_OPERATIONS = 40
#: What was done in time may come so many days after a group's last day.
LATE_DAYS = 14


def sync_learning(
    uow: UnitOfWork,
    enrolment_id: UUID,
    operations: Iterable[LearningOp],
    *,
    shown: Collection[int] | None = None,
) -> SyncReceipt:
    """Do what the operations say, each once, and return a receipt for each: the same again gets the first one again.

    One that can change nothing is noted with the reason and never holds up the others. ``shown`` are the variants whose key
    was shown before the delivery (by default: before this call): an answer to one is kept, but earns nothing. Raises
    NotFound ``course.no_enrolment``, InvalidInput ``course.operations``.
    """
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    hold(uow, enrolment)
    wanted = sorted(operations, key=lambda operation: (operation.seq, operation.op_id))
    if len(wanted) > MOST_OPERATIONS or any(_is_too_long(operation) for operation in wanted):
        raise InvalidInput("course.operations")
    was_completed = enrolment.state is EnrolmentState.COMPLETED
    known = _known(uow, enrolment.id, [operation.op_id for operation in wanted])
    before = shown_seeds(uow.session, enrolment.id) if shown is None else shown
    receipts: dict[UUID, OpReceipt] = {}
    conflicts: list[UUID] = []
    for operation in wanted:
        row = known.get(operation.op_id)
        if row is None:
            row = known[operation.op_id] = _take_in(uow, enrolment, operation, before)
        if not _is_same(row, operation):
            conflicts.append(operation.op_id)
        else:
            receipts[row.op_id] = OpReceipt(row.op_id, row.at, row.is_completed, row.score, row.refused)
    return SyncReceipt(
        tuple(receipts.values()),
        tuple(conflicts),
        _next_url(uow, enrolment),
        enrolment.state is EnrolmentState.COMPLETED and not was_completed,
    )


def _is_same(row: CourseOperation, operation: LearningOp) -> bool:
    """Tell whether an operation is the one that was noted; of one that was refused its content is not kept."""
    is_same = (row.kind, row.block_id) == (operation.kind, operation.block_id)
    return is_same and (bool(row.refused) or row.payload == operation.payload)


def _is_too_long(operation: LearningOp) -> bool:
    return sum(len(value) for values in operation.fields.values() for value in values) > MAX_ANSWER_CHARS


def _known(uow: UnitOfWork, enrolment_id: UUID, ids: list[UUID]) -> dict[UUID, CourseOperation]:
    rows = sa.select(CourseOperation).where(
        CourseOperation.enrolment_id == enrolment_id, CourseOperation.op_id.in_(ids)
    )
    return {row.op_id: row for row in uow.session.scalars(rows)}


def _take_in(
    uow: UnitOfWork, enrolment: Enrolment, operation: LearningOp, shown: Collection[int]
) -> CourseOperation:
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
            came = _do(uow, enrolment, operation, shown)
            row.is_completed, row.score = came.is_completed, came.score
    except LmsError as refusal:
        row.refused, row.payload = refusal.code, {}
    uow.session.add(row)
    uow.session.flush()
    if not row.refused:
        count_away(uow, enrolment.person_id, row)
    return row


def _do(uow: UnitOfWork, enrolment: Enrolment, operation: LearningOp, shown: Collection[int]) -> StepReceipt:
    if enrolment.state is EnrolmentState.PAUSED and not _was_before(operation, enrolment.changed_at):
        raise Conflict("course.paused")
    term = term_of(uow.session, enrolment, uow.today())
    if term is not None and term.is_over and not _was_in_time(uow, operation, term):
        raise Conflict("course.over", day=f"{term.day:%d.%m.%Y}")
    block_id = block_now(uow, enrolment, operation.block_id)
    if operation.kind in {LearningOpKind.NOTE, LearningOpKind.QUESTION}:
        return _write(uow, enrolment, block_id, operation)
    place = open_place(uow, enrolment.id, block_id, while_paused=True)
    if operation.kind is LearningOpKind.DONE:
        complete_companions(uow, place)
        return settle(uow, place, CompletionRule.VIEWED, None, is_completed=False)
    before, now = structure.field_prefix(operation.block_id), structure.field_prefix(block_id)
    fields = {
        now + name.removeprefix(before) if name.startswith(before) else name: values
        for name, values in operation.fields.items()
    }
    if operation.try_no > following_try(uow, place):
        raise Conflict("course.answered_elsewhere")
    seed = block_seed(enrolment.id, operation.block_id, max(1, operation.try_no))
    return keep_answer(uow, place, fields, seed, earns=seed not in shown)


def _write(uow: UnitOfWork, enrolment: Enrolment, block_id: UUID, operation: LearningOp) -> StepReceipt:
    """Keep a note, or ask a teacher; neither completes anything."""
    text = "".join(operation.fields.get(operation.kind.value, ()))
    if operation.kind is LearningOpKind.NOTE:
        keep_note(uow, enrolment.id, block_id, text)
    else:
        ask_teacher(uow, enrolment.id, block_id, text)
    return StepReceipt(block_id, False, None, 0, 0, (), False, None)


def _was_before(operation: LearningOp, moment: datetime) -> bool:
    """Tell whether a device says that something was done before a moment."""
    return operation.done_at is not None and operation.done_at <= moment


def _was_in_time(uow: UnitOfWork, operation: LearningOp, term: Term) -> bool:
    """Tell whether a device says that something was done before the last day was over, and has brought it soon after."""
    is_soon = uow.today() <= term.day + timedelta(days=LATE_DAYS)
    return is_soon and operation.done_at is not None and day_of(uow.session, operation.done_at) <= term.day


def _next_url(uow: UnitOfWork, enrolment: Enrolment) -> str | None:
    """Return where the learner goes on now."""
    version = enrolled_shape(uow.session, enrolment)
    facts = block_facts(uow.session, enrolment.id)
    step = next_open_step(
        structure.steps_of(version, facts.reader), facts.open_keys(version), facts.completed
    )
    return step_path(enrolment.course_id, step.id) if step else None
