"""Say what several sittings of one place on a roster come to, by the plan's method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import Attempt, AttestationSession, BlueprintVersion, Result
from lms.assessment.rules.blueprint import GradeMethod
from lms.assessment.rules.scoring import counted, mark_for
from lms.assessment.service.marking import policy_of
from lms.assessment.types import ResultState

__all__ = ["Counted", "count_places", "count_sittings", "released_of"]


class OfSitting(Protocol):
    """A result of one sitting."""

    @property
    def attempt_id(self) -> UUID:
        """The sitting."""

    @property
    def score(self) -> Decimal:
        """Its score, 0..1."""

    @property
    def mark(self) -> str:
        """Its mark."""

    @property
    def is_passed(self) -> bool:
        """Whether it is a pass."""


class OfPlace(OfSitting, Protocol):
    """A released result of one sitting of one place on a roster."""

    @property
    def entry_id(self) -> UUID:
        """The place on the roster."""

    @property
    def session_id(self) -> UUID:
        """The session, whose plan has the method."""

    @property
    def points(self) -> Decimal:
        """Its points."""

    @property
    def max_points(self) -> Decimal:
        """The most possible points."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts: the score with its mark, and the sitting that stands for it (the last one for an average)."""

    attempt_id: UUID
    score: Decimal
    mark: str
    is_passed: bool


def count_sittings(
    session: Session, version: BlueprintVersion, results: Sequence[OfSitting]
) -> Counted | None:
    """Return what released results of one place on a roster come to, or None without one.

    Where the plan has one sitting, another one was granted, and the last counts.
    """
    numbers = _numbers(session, [result.attempt_id for result in results])
    ordered = sorted(results, key=lambda result: numbers[result.attempt_id])
    method = GradeMethod(version.plan.get("grade_method", GradeMethod.HIGHEST))
    if version.plan.get("sittings", 1) == 1:
        method = GradeMethod.LAST
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


def _numbers(session: Session, attempt_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return which sitting of its place each attempt is; no clock and no id says it."""
    rows = session.execute(sa.select(Attempt.id, Attempt.number).where(Attempt.id.in_(attempt_ids)))
    return {attempt_id: number for attempt_id, number in rows}


def count_places(session: Session, released: Iterable[OfPlace]) -> dict[UUID, tuple[Counted, Decimal]]:
    """Return what counts for each place on a roster, with its points; ``released`` holds all its released results."""
    places: dict[UUID, list[OfPlace]] = defaultdict(list)
    for result in released:
        places[result.entry_id].append(result)
    several = {results[0].session_id for results in places.values() if len(results) > 1}
    versions = _versions(session, several)
    found = {}
    for entry_id, results in places.items():
        one = results[0]
        if len(results) == 1:
            found[entry_id] = Counted(one.attempt_id, one.score, one.mark, one.is_passed), one.points
        elif counts := count_sittings(session, versions[one.session_id], results):
            points = (counts.score * one.max_points).quantize(Decimal("0.01"), ROUND_HALF_UP)
            found[entry_id] = counts, points
    return found


def _versions(session: Session, session_ids: Collection[UUID]) -> dict[UUID, BlueprintVersion]:
    """Return the version of the plan of each session."""
    if not session_ids:
        return {}
    rows = session.execute(
        sa.select(AttestationSession.id, BlueprintVersion)
        .join(BlueprintVersion, AttestationSession.blueprint_version_id == BlueprintVersion.id)
        .where(AttestationSession.id.in_(list(session_ids)))
    )
    return {session_id: version for session_id, version in rows}


def released_of(session: Session, entry_id: UUID) -> Sequence[Result]:
    """Return the released results of a place on a roster, one a sitting, in the order of the sittings."""
    return session.scalars(
        sa.select(Result)
        .join(Attempt, Attempt.id == Result.attempt_id)
        .where(Result.entry_id == entry_id, Result.state == ResultState.RELEASED)
        .order_by(Attempt.number)
    ).all()
