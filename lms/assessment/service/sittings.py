"""Say what several sittings of one place on a roster come to, by the plan's method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import AttestationSession, BlueprintVersion, Result
from lms.assessment.rules.blueprint import GradeMethod
from lms.assessment.rules.scoring import counted, mark_for
from lms.assessment.service.marking import policy_of
from lms.assessment.types import ResultState

__all__ = ["Counted", "count_sittings", "counted_after"]


class OfSitting(Protocol):
    """A result of one sitting."""

    @property
    def attempt_id(self) -> UUID:
        """The sitting; ids of later ones are greater."""

    @property
    def score(self) -> Decimal:
        """Its score, 0..1."""

    @property
    def mark(self) -> str:
        """Its mark."""

    @property
    def is_passed(self) -> bool:
        """Whether it is a pass."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts: the score with its mark, and the sitting that gave it (the last one for an average)."""

    attempt_id: UUID
    score: Decimal
    mark: str
    is_passed: bool


def count_sittings(
    session: Session, version: BlueprintVersion, results: Sequence[OfSitting]
) -> Counted | None:
    """Return what released results of one place on a roster come to, or None without one."""
    ordered = sorted(results, key=lambda result: result.attempt_id)
    method = GradeMethod(version.plan.get("grade_method", GradeMethod.HIGHEST))
    score = counted(method, [result.score for result in ordered])
    if score is None:
        return None
    if method is not GradeMethod.AVERAGE:
        one = next(result for result in ordered if result.score == score)
        one = ordered[-1] if method is GradeMethod.LAST else one
        return Counted(one.attempt_id, one.score, one.mark, one.is_passed)
    _policy_id, policy = policy_of(session, version.id)
    mark, is_passed = mark_for(policy, score)
    return Counted(ordered[-1].attempt_id, score, mark, is_passed)


def counted_after(session: Session, result: Result) -> Counted:
    """Return what counts once a result has been released: itself, where there is one sitting alone."""
    version = session.scalars(
        sa.select(BlueprintVersion)
        .join(AttestationSession, AttestationSession.blueprint_version_id == BlueprintVersion.id)
        .where(AttestationSession.id == result.session_id)
    ).one()
    alone = Counted(result.attempt_id, result.score, result.mark, result.is_passed)
    if version.plan.get("sittings", 1) == 1:
        return alone
    rows = session.scalars(
        sa.select(Result)
        .where(
            Result.entry_id == result.entry_id,
            Result.attempt_id != result.attempt_id,
            Result.state == ResultState.RELEASED,
        )
        .order_by(Result.number)
    )
    newest = {row.attempt_id: row for row in rows}
    return count_sittings(session, version, [*newest.values(), result]) or alone
