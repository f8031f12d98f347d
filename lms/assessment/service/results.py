"""Release results; annul and reinstate attempts after a review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.events import ResultCounts, ResultReleased
from lms.assessment.models import Attempt, Entry, Result
from lms.assessment.ports import ATTEMPT_GATES
from lms.assessment.service.journal import (
    ATTEMPT,
    RESULT,
    exact,
    grades_hash,
    grades_that_count,
    newest_seal,
    note_attempt,
)
from lms.assessment.service.lateness import has_undecided_late
from lms.assessment.service.locks import hold_attempts, locked_attempt, locked_result, locked_results
from lms.assessment.service.notices import RELEASED, tell_family
from lms.assessment.service.sealing import verify_attempt
from lms.assessment.service.sittings import count_places, released_of
from lms.assessment.types import AttemptState, ResultState
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput
from lms.core.uow import UnitOfWork

__all__ = [
    "ATTEMPT",
    "RESULT",
    "Released",
    "ResultDependents",
    "annul_attempt",
    "reinstate_attempt",
    "release",
    "release_result",
    "release_results",
    "require_nothing_against",
]


@dataclass(frozen=True, slots=True)
class Released:
    """A result that counts from now on."""

    id: UUID
    mark: str
    is_passed: bool


def release_result(uow: UnitOfWork, result_id: UUID) -> Released:
    """Let a proposed result count; releasing it again changes nothing.

    Raises Conflict ``assessment.release_blocked`` (a gate, with its sentence), ``assessment.result_superseded``,
    ``assessment.result_suspended``, ``assessment.late_undecided``, ``assessment.seal_broken``.
    """
    attempt, result = locked_result(uow.session, result_id)
    uow.require("assessment.release", result)
    if result.state is ResultState.RELEASED:
        return Released(result.id, result.mark, result.is_passed)
    _require_releasable(uow, result, attempt)
    released = release(uow, result, attempt)
    tell_family(uow, RELEASED, result.id, result.person_id)
    return released


def release_results(uow: UnitOfWork, result_ids: Sequence[UUID]) -> int:
    """Let several results count, all of them or none, as `release_result` does each; return how many there were."""
    hold_attempts(
        uow.session, uow.session.scalars(sa.select(Result.attempt_id).where(Result.id.in_(result_ids)))
    )
    return len([release_result(uow, result_id) for result_id in result_ids])


def release(uow: UnitOfWork, result: Result, attempt: Attempt, reason: str = "") -> Released:
    """Let a result count instead of the one that counted before; the caller holds both rows and has asked everything."""
    _supersede(uow, result, reason)
    result.state, result.released_at, result.released_by = (
        ResultState.RELEASED,
        uow.now(),
        uow.actor.person_id,
    )
    attempt.state = AttemptState.RELEASED
    attempt.revision += 1
    entry = uow.session.get_one(Entry, result.entry_id)
    _write_ledger(uow, "assessment.result_released", result)
    uow.record(
        ResultReleased(
            result.id,
            result.attempt_id,
            result.session_id,
            result.person_id,
            entry.reference,
            result.score,
            result.mark,
            result.is_passed,
        )
    )
    _settle_place(uow, result.entry_id, reason)
    return Released(result.id, result.mark, result.is_passed)


def _supersede(uow: UnitOfWork, result: Result, reason: str) -> None:
    """End what the result that counted so far has brought about; its successor brings about its own."""
    for earlier in locked_results(uow.session, result.attempt_id):
        if earlier.state is not ResultState.RELEASED or earlier.id == result.id:
            continue
        earlier.state = ResultState.SUPERSEDED
        _write_ledger(uow, "assessment.result_superseded", earlier, reason)
        uow.supersede_dependents(BasisRef(RESULT, earlier.id), reason)


def _settle_place(uow: UnitOfWork, entry_id: UUID, reason: str) -> None:
    """Let the sitting that counts by the plan's method stand for the place; what the others brought about ends."""
    uow.lock("assessment.place", entry_id)
    uow.session.flush()
    released = released_of(uow.session, entry_id)
    found = count_places(uow.session, released).get(entry_id)
    if found is None:
        return
    counts, _points = found
    for other in released:
        if other.attempt_id != counts.attempt_id:
            uow.supersede_dependents(BasisRef(RESULT, other.id), reason)
    one = next(result for result in released if result.attempt_id == counts.attempt_id)
    uow.record(
        ResultCounts(
            one.id,
            one.attempt_id,
            one.session_id,
            one.person_id,
            uow.session.get_one(Entry, entry_id).reference,
            counts.score,
            counts.mark,
            counts.is_passed,
        )
    )


def _require_releasable(uow: UnitOfWork, result: Result, attempt: Attempt) -> None:
    newest = uow.session.scalar(sa.select(sa.func.max(Result.number)).where(Result.attempt_id == attempt.id))
    if result.state is ResultState.SUSPENDED or attempt.state is AttemptState.ANNULLED:
        raise Conflict("assessment.result_suspended")
    if result.number != newest or attempt.state is not AttemptState.GRADED:
        raise Conflict("assessment.result_superseded")
    require_nothing_against(uow, attempt)


def require_nothing_against(uow: UnitOfWork, attempt: Attempt) -> None:
    """Raise Conflict where something keeps every result of an attempt from counting: a gate, late answers, a broken seal."""
    for gate in uow.plugins(ATTEMPT_GATES):
        verdict = gate.may_release(uow.session, attempt.id, uow.now())
        if not verdict.is_open:
            raise Conflict("assessment.release_blocked", gate=verdict.code, reason=verdict.title)
    if has_undecided_late(uow.session, attempt.id):
        raise Conflict("assessment.late_undecided")
    if not verify_attempt(uow.session, uow.runtime.keys, attempt.id):
        raise Conflict("assessment.seal_broken")


def _write_ledger(uow: UnitOfWork, kind: str, result: Result, reason: str = "") -> None:
    attempt = uow.session.get_one(Attempt, result.attempt_id)
    numbers = grades_that_count(uow.session, attempt.id)
    payload = {
        "result_id": result.id,
        "score": exact(result.score),
        "mark": result.mark,
        "policy_id": result.mark_policy_id,
        "form_hash": attempt.form_hash,
        "seal": newest_seal(uow.session, attempt.id),
        "grade_numbers": numbers,
        "grades_hash": grades_hash(uow.session, attempt.id, numbers),
        "reason": reason,
    }
    note_attempt(uow, attempt, kind, payload, (BasisRef(RESULT, result.id),))


def annul_attempt(uow: UnitOfWork, attempt_id: UUID, reason: str) -> None:
    """Annul an ended attempt by a human decision, keeping the state before; doing it again changes nothing.

    The caller suspends what rests on it in the same transaction: ``uow.suspend_dependents``.
    """
    attempt = _reviewed_attempt(uow, attempt_id, reason)
    if attempt.state is AttemptState.ANNULLED:
        return
    if attempt.ended_at is None:
        raise Conflict("assessment.not_ended")
    attempt.state_before, attempt.state = attempt.state, AttemptState.ANNULLED
    attempt.annulled_reason, attempt.annulled_at = reason, uow.now()
    attempt.revision += 1
    note_attempt(uow, attempt, "assessment.attempt_annulled", {"reason": reason})


def reinstate_attempt(uow: UnitOfWork, attempt_id: UUID, reason: str) -> None:
    """Bring an annulled attempt back to exactly the state before; doing it again changes nothing.

    The caller brings back what rested on it: ``uow.reinstate_dependents``.
    """
    attempt = _reviewed_attempt(uow, attempt_id, reason)
    if attempt.state is not AttemptState.ANNULLED or attempt.state_before is None:
        return
    attempt.state, attempt.state_before = attempt.state_before, None
    attempt.annulled_reason = attempt.annulled_at = None
    attempt.revision += 1
    note_attempt(uow, attempt, "assessment.attempt_reinstated", {"reason": reason})


def _reviewed_attempt(uow: UnitOfWork, attempt_id: UUID, reason: str) -> Attempt:
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.annul", attempt)
    if not reason.strip():
        raise InvalidInput("assessment.reason_missing", fields={"reason": ["assessment.reason_missing"]})
    return attempt


def _settle_others(uow: UnitOfWork, result: Result, reason: str) -> None:
    """Ask anew what counts for the place, where another sitting of it is released."""
    uow.session.flush()
    if any(other.attempt_id != result.attempt_id for other in released_of(uow.session, result.entry_id)):
        _settle_place(uow, result.entry_id, reason)


class ResultDependents:
    """Results rest on attempts: suspend and reinstate them with their basis (`lms.core.contracts.BasisDependents`)."""

    name = "assessment"
    floor = 1

    def suspend(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Suspend the results of an attempt, keeping the state before."""
        touched = []
        for result in self._results(uow, basis):
            if result.state in {ResultState.SUSPENDED, ResultState.SUPERSEDED}:
                continue
            result.state_before, result.state = result.state, ResultState.SUSPENDED
            result.suspended_reason = reason[:500]
            _write_ledger(uow, "assessment.result_suspended", result, reason)
            touched.append(BasisRef(RESULT, result.id))
            _settle_others(uow, result, reason)
        return touched

    def reinstate(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """Bring the results of an attempt back to exactly the state before."""
        touched = []
        for result in self._results(uow, basis):
            if result.state is not ResultState.SUSPENDED or result.state_before is None:
                continue
            result.state, result.state_before = result.state_before, None
            result.suspended_reason = None
            _write_ledger(uow, "assessment.result_reinstated", result, reason)
            touched.append(BasisRef(RESULT, result.id))
            _settle_others(uow, result, reason)
        return touched

    def supersede(self, uow: UnitOfWork, basis: BasisRef, reason: str) -> list[BasisRef]:
        """End nothing: what an attempt came to is superseded by releasing its successor alone."""
        return []

    @staticmethod
    def _results(uow: UnitOfWork, basis: BasisRef) -> Sequence[Result]:
        return locked_results(uow.session, basis.id) if basis.kind == ATTEMPT else ()
