"""Compare results, marks, grants and late decisions with what the audit chain says, ended attempts with their seals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import (
    Attempt,
    AttemptSeal,
    AttestationSession,
    Grade,
    Grant,
    LateDecision,
    Result,
)
from lms.assessment.service.journal import exact, grades_hash
from lms.assessment.service.sealing import verify_attempt
from lms.assessment.types import GradeSource
from lms.core.db import bulk_in
from lms.core.keys import KeyRing
from lms.core.ledger import LedgerFault
from lms.core.models import LedgerEntry

__all__ = ["AssessmentWitness"]

#: The state that the newest entry about a result leaves it in (a reinstated one has the state before).
_STATES = {
    "assessment.result_released": {"released"},
    "assessment.result_suspended": {"suspended"},
    "assessment.result_superseded": {"superseded"},
}
_REINSTATED = "assessment.result_reinstated"
_BY_PEOPLE = (GradeSource.HUMAN, GradeSource.APPEAL, GradeSource.REGRADE)


class AssessmentWitness:
    """Find rows of assessment that the audit chain does not know so (`lms.core.contracts.LedgerWitness`)."""

    name = "assessment"

    def faults(self, session: Session, keys: KeyRing) -> Iterator[LedgerFault]:
        """Yield each attempt, released result, mark, grant and decision that was changed, taken away or slipped in."""
        yield from self._seals(session, keys)
        yield from self._results(session)
        yield from self._rows(session)
        yield from self._grades(session)

    @staticmethod
    def _seals(session: Session, keys: KeyRing) -> Iterator[LedgerFault]:
        """Yield ended attempts whose operations, files or first marks are not those that were sealed."""
        ended = session.execute(
            sa.select(Attempt.id, AttestationSession.org_id)
            .join(AttestationSession, AttestationSession.id == Attempt.session_id)
            .where(Attempt.ended_at.is_not(None))
            .order_by(Attempt.id)
        ).all()
        for attempt_id, org_id in ended:
            if not verify_attempt(session, keys, attempt_id):
                yield LedgerFault(f"org:{org_id}", 0, None, f"seal_broken {attempt_id}")

    def _results(self, session: Session) -> Iterator[LedgerFault]:
        newest = {
            UUID(entry.payload["result_id"]): entry for entry in _entries(session, *_STATES, _REINSTATED)
        }
        released = {
            UUID(entry.payload["result_id"]): entry
            for entry in _entries(session, "assessment.result_released")
        }
        rows = _by_id(session, Result, newest)
        for result_id, entry in newest.items():
            row = rows.get(result_id)
            if row is None:
                yield _fault(entry, "row_missing")
            elif row.state.value not in _STATES.get(entry.kind, {"proposed", "released"}):
                yield _fault(entry, "row_changed")
        for result_id, entry in released.items():
            row = rows.get(result_id)
            if row is not None and not _is_as_released(session, row, entry.payload):
                yield _fault(entry, "row_changed")
        unknown = sa.select(Result.id, AttestationSession.org_id).join(
            AttestationSession, AttestationSession.id == Result.session_id
        )
        for result_id, org_id in session.execute(unknown.where(Result.released_at.is_not(None))):
            if result_id not in released:
                yield LedgerFault(f"org:{org_id}", 0, None, "row_unrecorded")

    @staticmethod
    def _rows(session: Session) -> Iterator[LedgerFault]:
        kept: tuple[
            tuple[str, str, type[Grant | LateDecision], Callable[[Any], tuple[Any, ...]], tuple[str, ...]],
            ...,
        ] = (
            (
                "assessment.granted",
                "grant_id",
                Grant,
                lambda row: (row.kind.value, row.minutes),
                ("kind", "minutes"),
            ),
            (
                "assessment.late_decided",
                "decision_id",
                LateDecision,
                lambda row: (row.number, row.is_accepted, row.until),
                ("number", "is_accepted", "until"),
            ),
        )
        for kind, key, model, told, names in kept:
            entries = {UUID(entry.payload[key]): entry for entry in _entries(session, kind)}
            rows = _by_id(session, model, entries)
            for row_id, entry in entries.items():
                row = rows.get(row_id)
                if row is None:
                    yield _fault(entry, "row_missing")
                elif told(row) != tuple(entry.payload[name] for name in names):
                    yield _fault(entry, "row_changed")
            if any(row_id not in entries for row_id in session.scalars(sa.select(model.id))):
                yield LedgerFault("*", 0, None, "row_unrecorded")

    @staticmethod
    def _grades(session: Session) -> Iterator[LedgerFault]:
        """Yield marks that differ from their entries; the machine marks an answer of its own accord once, as the first."""
        known: set[UUID] = set()
        for entry in _entries(session, "assessment.answer_marked", "assessment.answers_regraded"):
            told = {UUID(key): value for key, value in entry.payload["grades"].items()}
            rows = _by_id(session, Grade, told)
            known |= set(told)
            for grade_id, value in told.items():
                row = rows.get(grade_id)
                if row is None:
                    yield _fault(entry, "row_missing")
                elif [row.status.value, exact(row.fraction)] != value:
                    yield _fault(entry, "row_changed")
        given = session.scalars(sa.select(Grade.id).where(Grade.source.in_(_BY_PEOPLE)))
        again = session.scalar(
            sa.select(Grade.id).where(Grade.source == GradeSource.AUTO, Grade.number > 1).limit(1)
        )
        if again is not None or any(grade_id not in known for grade_id in given):
            yield LedgerFault("*", 0, None, "row_unrecorded")


def _is_as_released(session: Session, row: Result, told: dict[str, Any]) -> bool:
    """Tell whether a result, its grades and its seal are those that were released."""
    seal = told["seal"]
    kept = session.get(AttemptSeal, (row.attempt_id, seal["number"]))
    attempt = session.get_one(Attempt, row.attempt_id)
    return (
        (exact(row.score), row.mark, str(row.mark_policy_id))
        == (told["score"], told["mark"], told["policy_id"])
        and attempt.form_hash == told["form_hash"]
        and kept is not None
        and (kept.event_count, kept.hash) == (seal["count"], seal["hash"])
        and row.released_at is not None
        and grades_hash(session, row.attempt_id, told["grade_numbers"]) == told["grades_hash"]
    )


def _entries(session: Session, *kinds: str) -> Iterable[LedgerEntry]:
    return session.scalars(
        sa.select(LedgerEntry)
        .where(LedgerEntry.kind.in_(kinds))
        .order_by(LedgerEntry.stream, LedgerEntry.seq)
    ).all()


def _by_id(session: Session, model: type[Any], ids: Iterable[UUID]) -> dict[UUID, Any]:
    found: dict[UUID, Any] = {}
    for batch in bulk_in(ids):
        for row in session.scalars(sa.select(model).where(model.id.in_(batch))):
            found[row.id] = row
    return found


def _fault(entry: LedgerEntry, reason: str) -> LedgerFault:
    return LedgerFault(entry.stream, entry.seq, entry.id, reason)
