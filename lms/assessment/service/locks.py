"""Lock rows before they change, always in one order: the place on a roster, the attempt, its results.

Whoever decides about an attempt or its results holds the attempt's row first, so that two decisions wait for one another
and the second one sees what the first one did. The head of the audit chain comes after all of them: who decides about several
works in one transaction holds all of them (`hold_attempts`) before the first decision is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import Attempt, Result
from lms.core.db import bulk_in
from lms.core.errors import NotFound

__all__ = ["hold_attempts", "locked_attempt", "locked_result", "locked_results"]


_LOCKED = (
    sa.select(Attempt)
    .where(Attempt.id == sa.bindparam("attempt_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def locked_attempt(session: Session, attempt_id: UUID) -> Attempt:
    """Return the attempt as it is now, its row locked: no operation is stored while its state changes."""
    attempt = session.scalar(_LOCKED, {"attempt_id": attempt_id})
    if attempt is None:
        raise NotFound("assessment.no_attempt")
    return attempt


def hold_attempts(session: Session, attempt_ids: Iterable[UUID]) -> None:
    """Lock the rows of several attempts, in the one order in which everybody does."""
    for batch in bulk_in(sorted(set(attempt_ids))):
        held = sa.select(Attempt.id).where(Attempt.id.in_(batch)).order_by(Attempt.id).with_for_update()
        session.execute(held).all()


def locked_result(session: Session, result_id: UUID) -> tuple[Attempt, Result]:
    """Return a result with its attempt as they are now, both rows locked."""
    attempt_id = session.scalar(sa.select(Result.attempt_id).where(Result.id == result_id))
    if attempt_id is None:
        raise NotFound("assessment.no_result")
    attempt = locked_attempt(session, attempt_id)
    return attempt, session.get_one(Result, result_id, with_for_update=True, populate_existing=True)


def locked_results(session: Session, attempt_id: UUID) -> Sequence[Result]:
    """Return all results of an attempt as they are now, oldest first, the attempt's row and theirs locked."""
    locked_attempt(session, attempt_id)
    return session.scalars(
        sa.select(Result)
        .where(Result.attempt_id == attempt_id)
        .order_by(Result.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
