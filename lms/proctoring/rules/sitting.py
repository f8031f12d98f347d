"""State how a sitting's watching and its review move on, and when an adverse decision is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lms.proctoring.types import ReviewStep, SessionState, Verdict

__all__ = [
    "TRANSITIONS",
    "Opinion",
    "can_move",
    "has_heard",
    "have_heard",
    "is_unheard",
    "may_annul",
    "newest_opinions",
    "review_result",
    "seen_token",
    "waits_for",
]

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


@dataclass(frozen=True, slots=True)
class Opinion:
    """One reviewer's opinion in the present round, and when it was given."""

    reviewer_id: UUID
    verdict: Verdict
    at: datetime


def newest_opinions(given: Iterable[Opinion]) -> dict[UUID, Verdict]:
    """Return each reviewer's newest verdict of opinions in their order."""
    return {opinion.reviewer_id: opinion.verdict for opinion in given}


def waits_for(
    given: Sequence[Opinion],
    *,
    ended_at: datetime,
    statement_at: datetime | None,
    due_at: datetime | None,
    at: datetime,
) -> tuple[ReviewStep, datetime]:
    """Return what a review waits for, and since when: the student's own time is nobody's delay.

    While the student may answer, it is the end of that time.
    """
    if not given:
        return ReviewStep.FIRST, ended_at
    if due_at is not None and statement_at is None and at < due_at:
        return ReviewStep.STUDENT, due_at
    if review_result(newest_opinions(given)) == "violation":
        step, since = ReviewStep.DECISION, max(opinion.at for opinion in given)
    else:
        step, since = ReviewStep.SECOND, min(opinion.at for opinion in given)
    return step, max(since, statement_at or due_at or since)


def have_heard(given: Sequence[Opinion], statement_at: datetime | None, decider_id: UUID | None) -> bool:
    """Tell whether two who see a violation know the student's words: who decides now, and who spoke after reading them.

    A first opinion is given before the words are shown: it is one's own, and says nothing about them.
    """
    if statement_at is None:
        return True
    agreed = {one for one, verdict in newest_opinions(given).items() if verdict is Verdict.VIOLATION}
    heard = {one for one in agreed if one == decider_id or has_heard(given, statement_at, one)}
    return len(heard) >= 2


def has_heard(given: Iterable[Opinion], statement_at: datetime, reviewer_id: UUID) -> bool:
    """Tell whether a reviewer's newest opinion was given with the student's words before them: not the first one."""
    own = [opinion.at for opinion in given if opinion.reviewer_id == reviewer_id]
    return len(own) > 1 and own[-1] >= statement_at


def is_unheard(given: Iterable[Opinion], statement_at: datetime | None, reviewer_id: UUID | None) -> bool:
    """Tell whether somebody gave an opinion in this round, the student has answered, and it was not said again after that."""
    opinions = list(given)
    has_own = any(opinion.reviewer_id == reviewer_id for opinion in opinions)
    if statement_at is None or reviewer_id is None or not has_own:
        return False
    return not has_heard(opinions, statement_at, reviewer_id)


def seen_token(own_rounds: Sequence[int], round_: int, answered_at: datetime | None) -> str:
    """Return what a page shows a reviewer: the newest round of an own opinion, and how much is known of the present one.

    That is the number of own opinions in it and, after one, the student's answer. It repeats in no later round after an own opinion,
    and says nothing of a round in which there is none: that it was opened is not to be seen yet.
    """
    own = list(own_rounds).count(round_)
    return f"{max(own_rounds, default=0)}:{own + bool(own and answered_at)}"


def may_annul(
    latest: Mapping[UUID, Verdict],
    *,
    statement_at: datetime | None,
    due_at: datetime | None,
    at: datetime,
    is_heard: bool = True,
) -> str:
    """Return the empty text when a sitting may be annulled, else what is missing.

    Two different people must see a violation, the student must have answered or the deadline be over, and both must know what
    the student said (``is_heard``).
    """
    if review_result(latest) != "violation":
        return "two_people"
    if due_at is None:
        return "not_asked"
    if statement_at is None and at < due_at:
        return "statement"
    return "" if is_heard else "unheard"
