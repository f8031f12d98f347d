"""Mark in a worker what takes too long for a transaction: claim, mark outside, keep.

Safe to repeat: a claim runs out, and a mark is kept only while the grade that asked for it stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.marking_models import WaitingMark
from lms.assessment.models import Attempt, Grade
from lms.assessment.rules.conduct import Conduct
from lms.assessment.service.contents import AttemptQuestion, questions_of
from lms.assessment.service.journal import grades_document, note_attempt
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.marking import (
    Graded,
    MarkedRow,
    current_grades,
    grade_row,
    late_accepted_until,
    plan_of,
    settle_again,
)
from lms.assessment.service.sealing import events_of
from lms.assessment.types import AttemptState, GradeSource
from lms.core.uow import UnitOfWork

__all__ = ["LATER_STATES", "WaitingWork", "claim_marks", "keep_marks"]

#: Works whose answers are still being marked; an annulled one waits until it is reinstated.
LATER_STATES = (AttemptState.GRADING, AttemptState.GRADED)
#: A worker that has not come back by then has died.
CLAIM_S = 900.0
#: A busy machine is tried again after so many seconds, so many times in all; then the answer goes to a person.
AGAIN_S, MOST_TRIES = 60.0, 3
#: What a marker says when the machine may have been the reason.
_TRY_AGAIN = frozenset({"program_stalled", "programs:busy"})


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """One work with the answers that are to be marked, and all that their marks follow from."""

    attempt_id: UUID
    questions: tuple[AttemptQuestion, ...]
    operations: tuple[Any, ...]
    accept_late_until: Any
    conduct: Conduct
    asked_by: dict[UUID, UUID]


def claim_marks(uow: UnitOfWork) -> WaitingWork | None:
    """Take over the work that has waited longest; None when nothing waits or others are at it."""
    attempt_id = uow.session.scalar(
        sa.select(WaitingMark.attempt_id)
        .join(Attempt, Attempt.id == WaitingMark.attempt_id)
        .where(_is_free(uow), Attempt.state.in_(LATER_STATES))
        .order_by(WaitingMark.asked_at, WaitingMark.attempt_id)
        .limit(1)
    )
    if attempt_id is None:
        return None
    attempt = locked_attempt(uow.session, attempt_id)
    rows = uow.session.scalars(
        sa.select(WaitingMark).where(WaitingMark.attempt_id == attempt_id, _is_free(uow)).with_for_update()
    ).all()
    for row in rows:
        row.tries += 1
        row.claimed_until = uow.now() + timedelta(seconds=CLAIM_S)
    asked_by = {row.attempt_item_id: row.grade_id for row in rows}
    names = (
        "op_id",
        "kind",
        "slot",
        "payload",
        "client_seq",
        "t_server",
        "is_late",
        "late_no",
        "check_no",
    )
    return WaitingWork(
        attempt_id,
        tuple(item for item in questions_of(uow.session, attempt_id) if item.id in asked_by),
        tuple(
            SimpleNamespace(**{name: getattr(event, name) for name in names})
            for event in events_of(uow.session, attempt_id)
        ),
        late_accepted_until(uow.session, attempt_id),
        plan_of(uow.session, attempt).conduct,
        asked_by,
    )


def _is_free(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    return sa.or_(WaitingMark.claimed_until.is_(None), WaitingMark.claimed_until <= uow.now())


def keep_marks(uow: UnitOfWork, work: WaitingWork, marked: Iterable[MarkedRow]) -> Graded | None:
    """Add the marks that a worker found; None when a person, a late decision or another worker came first."""
    attempt = locked_attempt(uow.session, work.attempt_id)
    if attempt.state not in LATER_STATES:
        return None
    grades = current_grades(uow.session, attempt.id)
    rows = []
    for item, found, grader in marked:
        waiting = uow.session.get(WaitingMark, item.id, populate_existing=True)
        if waiting is None or waiting.grade_id != work.asked_by[item.id]:
            continue
        if _TRY_AGAIN & set(found.notes) and waiting.tries < MOST_TRIES:
            waiting.claimed_until = uow.now() + timedelta(seconds=AGAIN_S)
            continue
        before = grades[item.id]
        if before.id == waiting.grade_id:
            rows.append(
                grade_row(
                    uow,
                    item.id,
                    before.number + 1,
                    before.id,
                    found,
                    GradeSource.REGRADE,
                    grader,
                    key_version_id=item.key_version_id,
                )
            )
        uow.session.delete(waiting)
    if not rows:
        return None
    uow.session.execute(sa.insert(Grade), rows)
    note_attempt(uow, attempt, "assessment.answers_regraded", {"grades": grades_document(rows)})
    return settle_again(uow, attempt)
