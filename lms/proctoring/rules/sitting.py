"""State how a sitting's watching and its review move on, and when an adverse decision is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from lms.proctoring.types import SessionState, Verdict

__all__ = ["TRANSITIONS", "can_move", "may_annul", "review_result"]

S = SessionState
TRANSITIONS: dict[SessionState, frozenset[SessionState]] = {
    S.SETUP: frozenset({S.READY, S.ENDED}),
    S.READY: frozenset({S.MONITORING, S.ENDED}),
    S.MONITORING: frozenset({S.ENDED}),
    S.ENDED: frozenset({S.QUEUED, S.CLOSED}),
    S.QUEUED: frozenset({S.REVIEWED}),
    S.REVIEWED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset({S.QUEUED}),  # a closed sitting can be looked at again, never silently
}


def can_move(before: SessionState, after: SessionState) -> bool:
    """Tell whether a sitting may go from one state to another."""
    return after in TRANSITIONS[before]


def review_result(latest: Mapping[UUID, Verdict]) -> str:
    """Say where a review stands after each reviewer's newest opinion.

    ``open`` nobody yet · ``no_questions`` may be closed · ``waiting`` a second person or the student is needed ·
    ``violation`` two people see a violation. When people disagree, the student's side counts.
    """
    verdicts = list(latest.values())
    if not verdicts:
        return "open"
    if verdicts.count(Verdict.VIOLATION) >= 2:
        return "violation"
    settled = [v for v in verdicts if v in {Verdict.NO_QUESTIONS, Verdict.VIOLATION}]
    called_for_more = any(v in {Verdict.SECOND_REVIEWER, Verdict.VIOLATION} for v in verdicts)
    if Verdict.NO_QUESTIONS in verdicts and (len(settled) >= 2 or not called_for_more or len(verdicts) >= 2):
        return "no_questions"
    return "waiting"


def may_annul(
    latest: Mapping[UUID, Verdict], *, statement_at: datetime | None, due_at: datetime | None, at: datetime
) -> str:
    """Return the empty text when a sitting may be annulled, else what is missing.

    Two different people must see a violation, and the student must have answered or the deadline be over.
    """
    if review_result(latest) != "violation":
        return "two_people"
    if due_at is None:
        return "not_asked"
    if statement_at is None and at < due_at:
        return "statement"
    return ""
