"""Look at sittings: opinions of people, the student's statement, annulling by two, reinstating. No machine decides."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa

from lms.assessment import service as assessment
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Gone, InvalidInput, NotFound
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.proctoring import queries
from lms.proctoring.access_rules import Reach, SittingReach, watched_among
from lms.proctoring.blurring import blurred
from lms.proctoring.events import SittingAnnulled, SittingReinstated, SittingReviewed
from lms.proctoring.models import (
    Evidence,
    IdentityCheck,
    LearnerStatement,
    ProctoringSession,
    ReviewDecision,
    SittingAppeal,
)
from lms.proctoring.rules.sitting import can_move, have_heard, may_annul, newest_opinions, review_result
from lms.proctoring.service.erasure import keep_until
from lms.proctoring.service.notices import ANNULLED, ANSWERED, ASKED, tell_family
from lms.proctoring.settings import ProctoringSettings
from lms.proctoring.types import ReviewStep, SessionOutcome, SessionState, Verdict

__all__ = [
    "annul_sitting",
    "blur_evidence",
    "give_opinion",
    "open_evidence",
    "reinstate_sitting",
    "write_statement",
]

MIN_REASON = 10
#: So many closed pictures of one page are shown as patches; the tiles of the others are empty.
MOST_BLURRED = 60


def give_opinion(
    uow: UnitOfWork, session_id: UUID, verdict: Verdict, *, reason: str, seen: str | None = None
) -> str:
    """Record one reviewer's opinion; return where the review stands (see `rules.sitting.review_result`).

    The first opinion is given blind: index, score and reasons, what others said and the student's words are hidden until then.
    Asking the student and seeing a violation both ask for the student's statement with a deadline. An opinion that raises questions
    about a closed sitting opens a new round, never silently; a result released before stays until two people decide. A violation that
    the student was not asked about opens one, too, and so does another question of somebody who has read the answer. ``seen`` says what
    the reviewer knew (see `rules.sitting.seen_token`): what is sent twice, or from a page that was opened before the answer came, is no
    opinion with the words at hand. Raises Conflict ``proctoring.opinion_stale``, InvalidInput ``proctoring.reason_missing``, Conflict ``proctoring.session_state``, or
    ``proctoring.overruled`` for whoever judged a sitting before an annulment of it was taken back.
    """
    row = _session(uow, session_id)
    uow.require("proctoring.review", _reach(uow, row))
    if uow.actor.person_id is None:
        raise Conflict("proctoring.session_state")
    if seen is not None and seen != queries.seen_by(uow.session, row.id, uow.actor.person_id):
        raise Conflict("proctoring.opinion_stale")
    _ensure_open(uow, row, verdict)
    if verdict is not Verdict.NO_QUESTIONS and len(reason.strip()) < MIN_REASON:
        raise InvalidInput("proctoring.reason_missing", fields={"reason": ["proctoring.reason_missing"]})
    if _is_new_accusation(uow, row, verdict) or _is_new_question(uow, row, verdict):
        _open_round(uow, row)
    decision = ReviewDecision(
        session_id=row.id,
        reviewer_id=uow.actor.person_id,
        round=row.review_round,
        verdict=verdict,
        reason=reason.strip(),
        is_blind=uow.actor.person_id not in queries.reviewers_of(uow.session, row.id),
        at=uow.now(),
    )
    uow.session.add(decision)
    uow.session.flush()
    if verdict in {Verdict.ASK_STUDENT, Verdict.VIOLATION}:
        _ask_student(uow, row, reason.strip())
    result = review_result(newest_opinions(queries.counted_opinions(uow.session, row, uow.now())))
    uow.append_ledger(
        f"org:{row.org_id}",
        "proctoring.review_opinion",
        row.person_id,
        {
            "session": row.id,
            "verdict": verdict.value,
            "reviewer": uow.actor.person_id,
            "result": result,
            "has_watched": bool(watched_among(uow.session, uow.actor.person_id, [row.id])),
        },
        [BasisRef("assessment.attempt", row.attempt_id)],
    )
    if result == "no_questions":
        _close(uow, row)
    else:
        _set_term(uow, row)
    return result


def _own_opinions(uow: UnitOfWork, row: ProctoringSession) -> int:
    """Return how many opinions the actor gave in the present round."""
    own = sa.select(sa.func.count()).where(
        ReviewDecision.session_id == row.id,
        ReviewDecision.round == row.review_round,
        ReviewDecision.reviewer_id == uow.actor.person_id,
    )
    return int(uow.session.scalar(own) or 0)


def _is_new_question(uow: UnitOfWork, row: ProctoringSession, verdict: Verdict) -> bool:
    """Tell whether somebody asks who knows what the student answered, or that there was no answer in time.

    Whoever has said nothing in this round yet does not: the answer is shown after that opinion, and may be one to this question, too.
    """
    asked = _statement(uow, row)
    if verdict is not Verdict.ASK_STUDENT or asked is None:
        return False
    is_over = asked.answered_at is not None or asked.due_at <= uow.now()
    return is_over and _own_opinions(uow, row) > 0


def _is_new_accusation(uow: UnitOfWork, row: ProctoringSession, verdict: Verdict) -> bool:
    """Tell whether it is a violation, and the student was asked about something in this round, but not about one."""
    if verdict is not Verdict.VIOLATION:
        return False
    seen = sa.select(ReviewDecision.id).where(
        ReviewDecision.session_id == row.id,
        ReviewDecision.round == row.review_round,
        ReviewDecision.verdict == Verdict.VIOLATION,
    )
    return _statement(uow, row) is not None and uow.session.scalar(seen.limit(1)) is None


def _open_round(uow: UnitOfWork, row: ProctoringSession) -> None:
    """Begin anew: opinions and words of earlier rounds stay in the records and count no more."""
    row.review_round += 1
    uow.session.flush()
    payload = {"session": row.id, "round": row.review_round}
    uow.append_ledger(f"org:{row.org_id}", "proctoring.review_reopened", row.person_id, payload)


def _set_term(uow: UnitOfWork, row: ProctoringSession) -> None:
    """Set until when the reviewers are to do what is next; the student's own time comes before it."""
    settings = uow.runtime.settings.of(ProctoringSettings)
    given = queries.counted_opinions(uow.session, row, uow.now())
    step, since = queries.step_of(row, given, _statement(uow, row), uow.now())
    days = settings.review_days if step is ReviewStep.FIRST else settings.second_review_days
    row.review_due_at = queries.term_end(uow.session, since, days)


def _ensure_open(uow: UnitOfWork, row: ProctoringSession, verdict: Verdict) -> None:
    """Open a new round for a closed sitting when the opinion raises questions; refuse in any other state.

    It alone gets another day by which an opinion is expected: one that waits keeps its day, or everybody would read that somebody looked.
    """
    is_queued = row.state is SessionState.QUEUED
    is_reopening = row.state is SessionState.CLOSED and row.outcome is not SessionOutcome.ANNULLED
    if not is_queued and (not is_reopening or verdict is Verdict.NO_QUESTIONS):
        raise Conflict("proctoring.session_state")
    if row.events_gone_at is not None:
        raise Conflict("proctoring.events_gone")
    if _was_overruled(uow, row):
        raise Conflict("proctoring.overruled")
    if is_queued:
        return
    _move(row, SessionState.QUEUED)
    days = uow.runtime.settings.of(ProctoringSettings).review_days
    row.opinion_due_at = queries.term_end(uow.session, uow.now(), days)
    _open_round(uow, row)


def _was_overruled(uow: UnitOfWork, row: ProctoringSession) -> bool:
    """Tell whether an annulment was taken back after the actor had judged the sitting: others look then, if anybody."""
    before = sa.select(ReviewDecision.id).where(
        ReviewDecision.session_id == row.id, ReviewDecision.reviewer_id == uow.actor.person_id
    )
    return (
        row.reinstated_at is not None
        and uow.session.scalar(before.where(ReviewDecision.at <= row.reinstated_at).limit(1)) is not None
    )


def _ask_student(uow: UnitOfWork, row: ProctoringSession, question: str) -> None:
    """Ask for the student's words once a round: a new accusation is never decided on words about an old one."""
    keep_until(uow, row, _longest(uow))
    if _statement(uow, row) is not None:
        return
    days = uow.runtime.settings.of(ProctoringSettings).statement_days
    asked = LearnerStatement(
        session_id=row.id,
        round=row.review_round,
        question=question,
        asked_by=uow.actor.person_id,
        asked_at=uow.now(),
        due_at=queries.term_end(uow.session, uow.now(), days),
    )
    uow.session.add(asked)
    uow.session.flush()
    tell_family(uow, ASKED, asked.id, row)


def _shortest(uow: UnitOfWork) -> datetime:
    """Return until when evidence is kept of what is decided."""
    return uow.in_days(uow.runtime.settings.of(ProctoringSettings).evidence_days)


def _longest(uow: UnitOfWork) -> datetime:
    """Return until when evidence is kept of what is not decided for good."""
    return uow.in_days(uow.runtime.settings.of(ProctoringSettings).evidence_waiting_days)


def _statement(uow: UnitOfWork, row: ProctoringSession) -> LearnerStatement | None:
    """Return the question of the present round with its answer, or None when nobody asked in it."""
    return uow.session.scalar(
        sa.select(LearnerStatement).where(
            LearnerStatement.session_id == row.id, LearnerStatement.round == row.review_round
        )
    )


def _close(uow: UnitOfWork, row: ProctoringSession) -> None:
    """Close the review in the student's favour; the result may be released."""
    row.outcome = SessionOutcome.NO_QUESTIONS
    _move(row, SessionState.REVIEWED)
    _move(row, SessionState.CLOSED)
    row.closed_at, row.review_due_at = uow.now(), None
    keep_until(uow, row, _shortest(uow), is_least=False, is_most=True)
    uow.record(SittingReviewed(row.id, row.attempt_id, SessionOutcome.NO_QUESTIONS.value))


def write_statement(uow: UnitOfWork, session_id: UUID, text: str) -> None:
    """Record what the student says, once a round and while people still decide, also after the deadline.

    Raises Conflict ``proctoring.not_asked``, InvalidInput ``proctoring.statement_empty``.
    """
    row = _session(uow, session_id)
    uow.require("proctoring.answer", Reach(row.person_id, uow.now()))
    statement = _statement(uow, row)
    if row.state is not SessionState.QUEUED or statement is None or statement.answered_at is not None:
        raise Conflict(
            "proctoring.not_asked"
        )  # after a decision the way is an appeal: nothing reads as if said before
    if not text.strip():
        raise InvalidInput("proctoring.statement_empty", fields={"text": ["proctoring.statement_empty"]})
    statement.text, statement.answered_at = text.strip()[:4000], uow.now()
    statement.answered_by = uow.actor.person_id
    uow.session.flush()
    _set_term(uow, row)


def annul_sitting(uow: UnitOfWork, session_id: UUID, *, reason: str) -> list[BasisRef]:
    """Annul a sitting that two reviewers see as a violation, as one of them; return what was suspended with it.

    Both know the student's words, which count only when they were asked for in this round. An opinion of somebody who has come too
    near to the student since counts no more. The attempt, its result and everything that rests on it are suspended in this
    transaction. Raises Conflict ``proctoring.annul_own``, ``proctoring.annul_two_people``, ``proctoring.annul_not_asked``,
    ``proctoring.annul_statement`` or ``proctoring.annul_unheard``.
    """
    row = _session(uow, session_id)
    uow.require("proctoring.review", _reach(uow, row))
    if row.outcome is SessionOutcome.ANNULLED or row.state is not SessionState.QUEUED:
        raise Conflict("proctoring.session_state")
    if len(reason.strip()) < MIN_REASON:
        raise InvalidInput("proctoring.reason_missing", fields={"reason": ["proctoring.reason_missing"]})
    given = queries.counted_opinions(uow.session, row, uow.now())
    latest = newest_opinions(given)
    if latest.get(uow.actor.person_id or row.person_id) is not Verdict.VIOLATION:
        # Who annuls stands for it, and does not decide the appeal; and nobody learns from a refusal what others said.
        raise Conflict("proctoring.annul_own")
    statement = _statement(uow, row)
    hindrance = may_annul(
        latest,
        statement_at=statement.answered_at if statement else None,
        due_at=statement.due_at if statement else None,
        at=uow.now(),
        is_heard=have_heard(given, statement.answered_at if statement else None, uow.actor.person_id),
    )
    if hindrance:
        raise Conflict(f"proctoring.annul_{hindrance}")
    row.state_before, row.outcome_before = row.state.value, row.outcome.value
    row.outcome = SessionOutcome.ANNULLED
    _move(row, SessionState.REVIEWED)
    _move(row, SessionState.CLOSED)
    row.closed_at, row.review_due_at, row.annul_reason = uow.now(), None, reason.strip()
    keep_until(uow, row, _longest(uow))
    basis = BasisRef("assessment.attempt", row.attempt_id)
    assessment.annul_attempt(uow, row.attempt_id, reason.strip())
    suspended = uow.suspend_dependents(basis, reason.strip())
    reviewers = sorted(str(person) for person, verdict in latest.items() if verdict is Verdict.VIOLATION)
    uow.append_ledger(
        f"org:{row.org_id}",
        "proctoring.sitting_annulled",
        row.person_id,
        {
            "session": row.id,
            "reviewers": reviewers,
            "has_statement": bool(statement and statement.answered_at),
            "suspended": [f"{ref.kind}:{ref.id}" for ref in suspended],
        },
        [basis],
    )
    uow.record(SittingAnnulled(row.id, row.attempt_id))
    tell_family(uow, ANNULLED, _decision_ref(row), row)
    return suspended


def reinstate_sitting(uow: UnitOfWork, session_id: UUID, *, reason: str) -> list[BasisRef]:
    """Make an annulled sitting count again: exactly the state before comes back; return what came back."""
    row = _session(uow, session_id)
    uow.require("proctoring.reinstate", _reach(uow, row))
    if row.outcome is not SessionOutcome.ANNULLED or row.outcome_before is None or row.state_before is None:
        raise Conflict("proctoring.session_state")
    if len(reason.strip()) < MIN_REASON:
        raise InvalidInput("proctoring.reason_missing", fields={"reason": ["proctoring.reason_missing"]})
    basis = BasisRef("assessment.attempt", row.attempt_id)
    assessment.reinstate_attempt(uow, row.attempt_id, reason.strip())
    returned = uow.reinstate_dependents(basis, reason.strip())
    row.outcome = (
        SessionOutcome.NO_QUESTIONS
    )  # the appeal ended in the student's favour; nothing is queued again
    row.state_before = row.outcome_before = None
    row.reinstated_at, row.annul_reason = uow.now(), ""
    keep_until(uow, row, _shortest(uow), is_most=True)
    _uphold_appeal(uow, row, reason.strip())
    uow.append_ledger(
        f"org:{row.org_id}",
        "proctoring.sitting_reinstated",
        row.person_id,
        {"session": row.id, "reinstated": [f"{ref.kind}:{ref.id}" for ref in returned]},
        [basis],
    )
    uow.record(SittingReinstated(row.id, row.attempt_id))
    tell_family(uow, ANSWERED, _decision_ref(row), row)
    return returned


def _decision_ref(row: ProctoringSession) -> UUID:
    """Return the same id for the same decision: the next round's is another one."""
    return uuid5(NAMESPACE_URL, f"lms:sitting:{row.id}:{row.review_round}")


def _uphold_appeal(uow: UnitOfWork, row: ProctoringSession, reason: str) -> None:
    """Decide the appeal against the present annulment for the student, where one is open."""
    uow.session.execute(
        sa.update(SittingAppeal)
        .where(
            SittingAppeal.session_id == row.id,
            SittingAppeal.round == row.review_round,
            SittingAppeal.decided_at.is_(None),
        )
        .values(is_upheld=True, reason=reason, decided_by=uow.actor.person_id, decided_at=uow.now())
    )


def open_evidence(uow: UnitOfWork, evidence_id: UUID) -> tuple[StoredFile, bytes]:
    """Return one picture for looking at; every viewing by somebody else is written into the access log.

    A reviewer opens pictures of a sitting, whoever answers appeals those of an annulled one, staff who decide identity those of the check,
    the student and parents their own.
    Raises Gone ``file.expired`` from the minute on until which it was to be kept, whether the sweep has come by or not.
    """
    row = uow.session.get(Evidence, evidence_id)
    if row is None:
        raise NotFound("file.missing")
    _may_look(uow, row)
    if row.expires_at <= uow.now():
        raise Gone("file.expired", at=row.expires_at)
    stored, data = uow.open_file(row.file_id)
    kind = "recording" if stored.media_type.startswith("audio/") else "evidence"
    uow.log_access("proctoring.evidence", row.person_id, kind, row.id, outcome="shown")
    return stored, data


def blur_evidence(uow: UnitOfWork, evidence_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return pictures that are still closed as a few patches of colour, for those who may open them sharp.

    Nobody can be recognised, so it is no look at a picture: the page that lists them writes its one line for all. They are made
    of what is stored, encrypted, at that moment: nothing of them is kept, and with the picture's end they end.
    """
    rows = uow.session.scalars(
        sa.select(Evidence)
        .where(Evidence.id.in_(evidence_ids), Evidence.deleted_at.is_(None), Evidence.expires_at > uow.now())
        .order_by(Evidence.captured_at, Evidence.id)
        .limit(MOST_BLURRED)
    ).all()
    for row in {(row.check_id, row.session_id): row for row in rows}.values():
        _may_look(uow, row)
    found = {}
    for row in rows:
        stored, data = uow.open_file(row.file_id)
        if stored.media_type.startswith("image/") and (patches := blurred(data)):
            found[row.id] = patches
    return found


def _may_look(uow: UnitOfWork, row: Evidence) -> None:
    """Raise unless the actor may see this picture: as its person or family, as who decides the check, reviews, or answers an appeal."""
    own = Reach(row.person_id, uow.now())
    if uow.can("proctoring.own_sitting", own):
        return
    if row.check_id is not None:
        check = uow.session.get_one(IdentityCheck, row.check_id)
        if uow.can("proctoring.decide_identity", queries.check_reach(check, uow.now())):
            return
        sitting = uow.session.scalar(
            sa.select(ProctoringSession).where(ProctoringSession.check_id == row.check_id)
        )
    else:
        sitting = uow.session.get(ProctoringSession, row.session_id)
    if sitting is None:
        raise NotFound("file.missing")
    is_annulled = sitting.outcome is SessionOutcome.ANNULLED
    uow.require("proctoring.reinstate" if is_annulled else "proctoring.review", _reach(uow, sitting))


def _reach(uow: UnitOfWork, row: ProctoringSession) -> SittingReach:
    return queries.reach_of(row, uow.now())


def _move(row: ProctoringSession, state: SessionState) -> None:
    if not can_move(row.state, state):
        raise Conflict("proctoring.session_state")
    row.state = state


def _session(uow: UnitOfWork, session_id: UUID) -> ProctoringSession:
    """Return a sitting, locked: two opinions given at once follow each other."""
    row = uow.session.get(ProctoringSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("proctoring.no_session")
    return row
