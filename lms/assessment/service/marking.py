"""Mark answers: by machine at the end of an attempt, by people where a machine cannot, again when asked to.

A mark is a pure function of item version, seed, response and marker version (domain: invariant 2); grades are rows that
are added, never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import HEADS
from lms.assessment.contracts import QUESTION_TYPES, QuestionType
from lms.assessment.events import AttemptGraded, AttemptSubmitted
from lms.assessment.marking_models import WaitingMark
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    AttestationSession,
    BlueprintVersion,
    Grade,
    LateDecision,
    MarkPolicy,
    Result,
)
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.conduct import PLAIN, Conduct, Tried, certainty_notes, fold_tries, mark_tries
from lms.assessment.rules.items import BEING_MARKED, mark_at_once
from lms.assessment.rules.responses import RecordedOperation
from lms.assessment.rules.scoring import Earned, Policy, Score, mark_for, score_of
from lms.assessment.service.contents import (
    AttemptQuestion,
    ItemContent,
    plan_known_by,
    plan_of_version,
    questions_of,
)
from lms.assessment.service.journal import grades_document, newest_seal, note_attempt
from lms.assessment.service.lateness import last_late_no
from lms.assessment.service.locks import hold_attempts, locked_attempt
from lms.assessment.service.sealing import FirstMark, events_of, seal_attempt
from lms.assessment.service.second_marks import Opinion, weigh
from lms.assessment.types import (
    OPEN_MARKS,
    OPEN_STATES,
    AttemptState,
    Fields,
    GradeSource,
    MarkResult,
    MarkStatus,
    ResultState,
)
from lms.core.db import fetch, insert_rows
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.events import Event
from lms.core.ids import new_id
from lms.core.registry import Registry
from lms.core.uow import UnitOfWork

__all__ = [
    "Graded",
    "RegradeDifference",
    "add_comment",
    "decide_late",
    "grade_attempt",
    "grade_manual",
    "grade_row",
    "grade_several",
    "mark_answers",
    "policy_of",
    "preview_regrade",
    "regrade",
    "settle_again",
    "what_stands",
]

#: How exactly a share is kept (`lms.core.db.Ratio`): what is sealed is what the database gives back.
_KEPT = Decimal("0.000001")
_JUST_ENDED = frozenset({AttemptState.SUBMITTED, AttemptState.EXPIRED})


class Markable(Protocol):
    """What of a question of a work a marker needs: its place, its variant and the version by whose key it is marked."""

    @property
    def slot(self) -> int:
        """The question's number."""

    @property
    def variant_seed(self) -> int:
        """From what its variant follows."""

    @property
    def key(self) -> ItemContent:
        """The version that marks it."""


Q = TypeVar("Q", bound=Markable)
MarkedRow = tuple[AttemptQuestion, MarkResult, str]


@dataclass(frozen=True, slots=True)
class Graded:
    """How far the marking of an attempt is; ``result_id`` is the proposed result when nothing is left to do."""

    attempt_id: UUID
    state: AttemptState
    result_id: UUID | None


@dataclass(frozen=True, slots=True)
class RegradeDifference:
    """One answer whose mark would change."""

    attempt_item_id: UUID
    slot: int
    before: Decimal | None
    after: Decimal | None


def grade_attempt(
    uow: UnitOfWork, attempt: Attempt, events: Iterable[RecordedOperation], submitted: AttemptSubmitted
) -> list[FirstMark]:
    """Mark every answer of an attempt that ends now, propose a result when no human is needed, and return the marks.

    Tells that it was handed in and, where nothing is left to do, that it is marked.
    """
    plan, ruling = _rules_of(uow.session, attempt.blueprint_version_id)
    marked = _mark_all(uow, attempt, events, plan, None)
    rows = [
        grade_row(uow, item.id, 1, None, found, GradeSource.AUTO, grader, key_version_id=item.key_version_id)
        for item, found, grader in marked
    ]
    score = _count(uow, attempt, plan, [_earned(item, found) for item, found, _grader in marked], submitted)
    if score is not None and not plan.is_practice:
        _write_result(uow, attempt, score, ruling, None)
    insert_rows(uow.session, Grade, rows)
    _ask_for_marks(uow, attempt, rows)
    told = ("status", "fraction", "notes", "grader", "source", "graded_at")
    return [(item.slot, *(row[name] for name in told)) for (item, *_), row in zip(marked, rows, strict=True)]


def _ask_for_marks(uow: UnitOfWork, attempt: Attempt, rows: Iterable[Mapping[str, Any]]) -> None:
    """Let a worker mark the answers whose grades say that it goes on; asking again takes the place of the first time."""
    asked = [
        {
            "attempt_item_id": row["attempt_item_id"],
            "attempt_id": attempt.id,
            "grade_id": row["id"],
            "tries": 0,
            "asked_at": uow.now(),
            "claimed_until": None,
        }
        for row in rows
        if BEING_MARKED in row["notes"]
    ]
    if not asked:
        return
    ids = [row["attempt_item_id"] for row in asked]
    uow.session.execute(sa.delete(WaitingMark).where(WaitingMark.attempt_item_id.in_(ids)))
    uow.session.execute(sa.insert(WaitingMark), asked)
    uow.enqueue("assessment.mark_later")


def _earned(item: AttemptQuestion, found: MarkResult | Grade) -> Earned:
    return Earned(found.status, found.fraction, item.points, found.notes, item.version.id)


def plan_of(session: Session, attempt: Attempt) -> Plan:
    """Return the plan of the version that an attempt is sat on."""
    return plan_of_version(session, attempt.blueprint_version_id)


def _mark_all(
    uow: UnitOfWork,
    attempt: Attempt,
    events: Iterable[RecordedOperation],
    plan: Plan,
    until: int | None,
) -> list[MarkedRow]:
    """Mark the response that stands for each question now; what came late counts up to the number ``until``."""
    questions = questions_of(uow.session, attempt.id)
    return mark_answers(uow.plugins(QUESTION_TYPES), questions, events, until, plan.conduct)


def mark_answers(
    kinds: Registry[QuestionType],
    questions: Iterable[Q],
    events: Iterable[RecordedOperation],
    accept_late_until: int | None,
    conduct: Conduct = PLAIN,
    mark: Callable[[QuestionType, Mapping[str, Any], int, Fields], MarkResult] = mark_at_once,
) -> list[tuple[Q, MarkResult, str]]:
    """Mark what an attempt's operations come to: the same questions and operations give the same marks, whenever.

    Nobody waits for a slow marker unless ``mark`` is `mark_fields_safely`: that is for outside of a transaction.
    """
    answers = fold_tries(conduct, events, accept_late_until=accept_late_until)
    marked: list[tuple[Q, MarkResult, str]] = []
    for item in questions:
        version = item.key
        kind = kinds.find(version.type)
        if kind is None:
            found = MarkResult(MarkStatus.ERROR, None, ("type_missing",))
            marked.append((item, found, version.type))
            continue
        found = mark_tries(
            conduct,
            answers.get(item.slot, Tried()),
            partial(mark, kind, version.content, item.variant_seed),
        )
        marked.append((item, found, f"{kind.name}/{kind.version}"))
    return marked


def grade_row(
    uow: UnitOfWork,
    attempt_item_id: UUID,
    number: int,
    supersedes: UUID | None,
    found: MarkResult,
    source: GradeSource,
    grader: str,
    *,
    comment: str = "",
    rubric: Mapping[str, Any] | None = None,
    key_version_id: UUID | None = None,
) -> dict[str, Any]:
    """Return the row of a grade; who gave it is kept where a person did, and which corrected key where there is one."""
    return {
        "id": new_id(),
        "attempt_item_id": attempt_item_id,
        "number": number,
        "supersedes": supersedes,
        "status": found.status,
        "fraction": None if found.fraction is None else found.fraction.quantize(_KEPT),
        "notes": list(found.notes),
        "comment": comment,
        "rubric": None if rubric is None else dict(rubric),
        "source": source,
        "grader": grader,
        "key_version_id": key_version_id,
        "graded_by": uow.actor.person_id if source in {GradeSource.HUMAN, GradeSource.APPEAL} else None,
        "graded_at": uow.now(),
    }


_DECISIONS = (
    sa.select(
        LateDecision.is_accepted,
        LateDecision.until,
        LateDecision.number,
        LateDecision.reason,
        LateDecision.decided_by,
    )
    .where(LateDecision.attempt_id == sa.bindparam("attempt_id"))
    .order_by(LateDecision.number.desc())
    .limit(1)
)


def late_accepted_until(session: Session, attempt_id: UUID) -> int | None:
    """Return up to which late number operations count, or None; the newest decision counts."""
    found = fetch(session, _DECISIONS, attempt_id=attempt_id)
    return found[0].until if found and found[0].is_accepted else None


def current_grades(session: Session, attempt_id: UUID) -> dict[UUID, Grade]:
    """Return the grade that counts for each answer of an attempt, by attempt item."""
    rows = session.scalars(
        sa.select(Grade)
        .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(Grade.number)
    )
    return {grade.attempt_item_id: grade for grade in rows}


def what_stands(grade: Grade | None, late_until: int | None) -> str:
    """Return a sign that changes when an answer gets another grade, or when what came late begins to count."""
    return f"{0 if grade is None else grade.number}.{late_until or 0}"


def _settle(uow: UnitOfWork, attempt: Attempt, plan: Plan, grades: Iterable[Earned]) -> Graded:
    """Propose a result when every answer is settled; practice has none."""
    score = _count(uow, attempt, plan, grades)
    result_id = None if score is None or plan.is_practice else _propose(uow, attempt, score)
    return Graded(attempt.id, attempt.state, result_id)


def _count(
    uow: UnitOfWork, attempt: Attempt, plan: Plan, grades: Iterable[Earned], *news: Event
) -> Score | None:
    """Return what grades come to; None where an answer still waits for a person: then the attempt stays in grading.

    What is to be told of the attempt by now, ``news``, is told together with that it is marked.
    """
    score = score_of(plan.adaptive, grades)
    if score is None:
        if attempt.state in _JUST_ENDED:
            attempt.state = AttemptState.GRADING
        uow.record(*news)
        return None
    if attempt.state in _JUST_ENDED or attempt.state is AttemptState.GRADING:
        attempt.state = AttemptState.GRADED
        attempt.revision += 1
        news = (*news, AttemptGraded(attempt.id, attempt.person_id))
    uow.record(*news)
    return score


_NEWEST_RESULT = (
    sa.select(Result.id, Result.number, Result.score, Result.points, Result.mark, Result.state)
    .where(Result.attempt_id == sa.bindparam("attempt_id"))
    .order_by(Result.number.desc())
    .limit(1)
)


def _propose(uow: UnitOfWork, attempt: Attempt, score: Score) -> UUID:
    """Write the result that follows from a score and return its id; the same score under the same policy is the same result.

    Where that one counts already, nothing is left to release.
    """
    newest = next(iter(fetch(uow.session, _NEWEST_RESULT, attempt_id=attempt.id)), None)
    ruling = policy_of(uow.session, attempt.blueprint_version_id)
    mark, _is_passed = mark_for(ruling[1], score.score)
    if newest is not None and (newest.score, newest.points, newest.mark) == (score.score, score.points, mark):
        if attempt.state is AttemptState.GRADED and newest.state == ResultState.RELEASED:
            attempt.state = AttemptState.RELEASED
        return cast(UUID, newest.id)
    return _write_result(uow, attempt, score, ruling, newest)


def _write_result(
    uow: UnitOfWork, attempt: Attempt, score: Score, ruling: tuple[UUID, Policy], newest: Any
) -> UUID:
    """Write the result that follows from a score by a policy, after the ``newest`` one, and return its id."""
    result_id, (policy_id, policy) = new_id(), ruling
    mark, is_passed = mark_for(policy, score.score)
    result = {
        "id": result_id,
        "attempt_id": attempt.id,
        "number": 1 if newest is None else newest.number + 1,
        "supersedes": None if newest is None else newest.id,
        "entry_id": attempt.entry_id,
        "session_id": attempt.session_id,
        "person_id": attempt.person_id,
        "points": score.points,
        "max_points": score.max_points,
        "score": score.score,
        "mark": mark,
        "is_passed": is_passed,
        "mark_policy_id": policy_id,
        "state": ResultState.PROPOSED,
        "proposed_at": uow.now(),
    }
    insert_rows(uow.session, Result, [result])
    return result_id


_POLICY = (
    sa.select(MarkPolicy.id, MarkPolicy.thresholds, MarkPolicy.pass_score)
    .join(BlueprintVersion, BlueprintVersion.mark_policy_id == MarkPolicy.id)
    .where(BlueprintVersion.id == sa.bindparam("version_id"))
)


_RULES = _POLICY.add_columns(BlueprintVersion.content_hash)


def _rules_of(session: Session, blueprint_version_id: UUID) -> tuple[Plan, tuple[UUID, Policy]]:
    """Return what `plan_of_version` and `policy_of` do, in one question to the database."""
    [row] = fetch(session, _RULES, version_id=blueprint_version_id)
    return plan_known_by(session, blueprint_version_id, row.content_hash), _ruling(row)


def policy_of(session: Session, blueprint_version_id: UUID) -> tuple[UUID, Policy]:
    """Return the version of the policy by which the scores of an exam plan become marks."""
    [row] = fetch(session, _POLICY, version_id=blueprint_version_id)
    return _ruling(row)


def _ruling(row: Any) -> tuple[UUID, Policy]:
    return row.id, Policy([(Decimal(least), mark) for least, mark in row.thresholds], row.pass_score)


def grade_manual(
    uow: UnitOfWork,
    attempt_item_id: UUID,
    *,
    fraction: Decimal,
    comment: str = "",
    rubric: Mapping[str, Any] | None = None,
    seen: str | None = None,
) -> Graded:
    """Give one answer a mark by a person (0..1), superseding what stood there; where two mark, it may be an opinion only.

    ``seen`` is what stood when the marker looked (`what_stands`): nobody supersedes unseen what another has decided, and the
    same form sent twice is one mark. Raises Conflict ``assessment.marked_meanwhile`` where something else stands now,
    ``assessment.not_ended`` while the attempt runs, ``assessment.result_released`` after the release, and what
    `second_marks.weigh` raises.
    """
    item, attempt = _to_mark(uow, attempt_item_id)
    if not 0 <= fraction <= 1:
        raise InvalidInput("assessment.fraction", fields={"fraction": ["assessment.fraction"]})
    opinion = Opinion(fraction, comment.strip(), rubric)
    if seen is not None and _is_given(uow, attempt, item.id, opinion, seen):
        return Graded(attempt.id, attempt.state, None)
    given = weigh(uow, attempt, item.id, opinion)
    uow.log_access("assessment.mark", attempt.person_id, "assessment.answer", item.id)
    if given is None:
        return Graded(attempt.id, attempt.state, None)
    return _give_mark(uow, attempt, item.id, given)


def _is_given(uow: UnitOfWork, attempt: Attempt, attempt_item_id: UUID, opinion: Opinion, seen: str) -> bool:
    """Tell whether the actor's very mark stands already; raise Conflict where anything else than what was seen does."""
    grade = current_grades(uow.session, attempt.id).get(attempt_item_id)
    if seen == what_stands(grade, late_accepted_until(uow.session, attempt.id)):
        return False
    if grade is None or grade.source is not GradeSource.HUMAN or grade.graded_by != uow.actor.person_id:
        raise Conflict("assessment.marked_meanwhile")
    if (grade.fraction, grade.comment) != (opinion.fraction, opinion.comment):
        raise Conflict("assessment.marked_meanwhile")
    return True


def grade_several(
    uow: UnitOfWork,
    attempt_item_ids: Sequence[UUID],
    *,
    fraction: Decimal | None,
    comment: str,
    seen: Mapping[UUID, str] | None = None,
) -> None:
    """Give several answers the same mark and words, or (without a ``fraction``) the words alone: all of them or none.

    ``seen`` is by answer what stood when the marker looked, as in `grade_manual`.
    """
    works = sa.select(AttemptItem.attempt_id).where(AttemptItem.id.in_(attempt_item_ids))
    hold_attempts(uow.session, uow.session.scalars(works))
    for item_id in attempt_item_ids:
        sign = (seen or {}).get(item_id)
        if fraction is None:
            add_comment(uow, item_id, comment, seen=sign)
        else:
            grade_manual(uow, item_id, fraction=fraction, comment=comment, seen=sign)


def add_comment(uow: UnitOfWork, attempt_item_id: UUID, comment: str, *, seen: str | None = None) -> None:
    """Add words for the student to an answer that has its mark; the mark stays as it is, the same words are added once.

    Raises Conflict ``assessment.not_marked`` while nothing can be said about the answer yet, Conflict
    ``assessment.marked_meanwhile`` where they would stand beside another mark than the one ``seen``.
    """
    item, attempt = _to_mark(uow, attempt_item_id)
    grade = current_grades(uow.session, attempt.id).get(item.id)
    if grade is None or grade.status in OPEN_MARKS or grade.fraction is None:
        raise Conflict("assessment.not_marked")
    words = "\n\n".join(text for text in (grade.comment, comment.strip()) if text)
    if comment.strip() and not f"\n\n{grade.comment}".endswith(f"\n\n{comment.strip()}"):
        if seen not in {None, what_stands(grade, late_accepted_until(uow.session, attempt.id))}:
            raise Conflict("assessment.marked_meanwhile")
        _give_mark(uow, attempt, item.id, Opinion(grade.fraction, words, grade.rubric, grade.grader))
    uow.log_access("assessment.mark", attempt.person_id, "assessment.answer", item.id)


def _to_mark(uow: UnitOfWork, attempt_item_id: UUID) -> tuple[AttemptItem, Attempt]:
    """Return an answer that the actor may mark now, with its attempt, locked."""
    item = uow.session.get(AttemptItem, attempt_item_id)
    if item is None:
        raise NotFound("assessment.no_answer")
    attempt = _ended_attempt(uow, item.attempt_id)
    uow.require("assessment.mark", attempt)
    _require_unreleased(attempt)
    return item, attempt


def _give_mark(uow: UnitOfWork, attempt: Attempt, attempt_item_id: UUID, given: Opinion) -> Graded:
    """Write a person's mark as the grade that counts."""
    before = current_grades(uow.session, attempt.id).get(attempt_item_id)
    row = grade_row(
        uow,
        attempt_item_id,
        1 if before is None else before.number + 1,
        None if before is None else before.id,
        MarkResult.of(given.fraction, *certainty_notes(before.notes if before else ())),
        GradeSource.HUMAN,
        given.grader,
        comment=given.comment,
        rubric=given.rubric,
    )
    uow.session.execute(sa.insert(Grade), [row])
    marked = {"attempt_item_id": attempt_item_id, "grades": grades_document([row])}
    note_attempt(uow, attempt, "assessment.answer_marked", marked)
    return settle_again(uow, attempt)


def _ended_attempt(uow: UnitOfWork, attempt_id: UUID) -> Attempt:
    attempt = locked_attempt(uow.session, attempt_id)
    if attempt.state in OPEN_STATES:
        raise Conflict("assessment.not_ended")
    return attempt


def settle_again(uow: UnitOfWork, attempt: Attempt) -> Graded:
    """Count an attempt again from the grades that stand now."""
    uow.session.flush()
    grades = current_grades(uow.session, attempt.id)
    rows = [_earned(item, grades[item.id]) for item in questions_of(uow.session, attempt.id)]
    if any(row.status in OPEN_MARKS for row in rows) and attempt.state is AttemptState.GRADED:
        attempt.state = AttemptState.GRADING
    return _settle(uow, attempt, plan_of(uow.session, attempt), rows)


def preview_regrade(uow: UnitOfWork, attempt_id: UUID) -> list[RegradeDifference]:
    """Replay the marking of an attempt and return what would change; nothing is written."""
    attempt = _ended_attempt(uow, attempt_id)
    uow.require("assessment.mark", attempt)
    return [
        RegradeDifference(item.id, item.slot, before.fraction, found.fraction)
        for item, before, found, _grader in _differences(uow, attempt, frozenset())
    ]


def regrade(uow: UnitOfWork, attempt_id: UUID) -> Graded:
    """Replay the marking and add a grade wherever the machine's mark changed; without a change nothing is added.

    What a person marked stays: a machine never overrides a person.
    """
    attempt = _ended_attempt(uow, attempt_id)
    uow.require("assessment.mark", attempt)
    _require_unreleased(attempt)
    return _regrade(uow, attempt, frozenset())


def _require_unreleased(attempt: Attempt) -> None:
    if attempt.state not in {AttemptState.GRADING, AttemptState.GRADED}:
        raise Conflict("assessment.result_released")


def _regrade(uow: UnitOfWork, attempt: Attempt, reopened: frozenset[int]) -> Graded:
    """Add what changed; ``reopened`` are the slots whose response changed, so that a person's mark no longer fits."""
    rows = [
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
        for item, before, found, grader in _differences(uow, attempt, reopened)
    ]
    if rows:
        uow.session.execute(sa.insert(Grade), rows)
        _ask_for_marks(uow, attempt, rows)
        note_attempt(uow, attempt, "assessment.answers_regraded", {"grades": grades_document(rows)})
    return settle_again(uow, attempt)


def _differences(
    uow: UnitOfWork, attempt: Attempt, reopened: frozenset[int]
) -> list[tuple[AttemptQuestion, Grade, MarkResult, str]]:
    grades = current_grades(uow.session, attempt.id)
    events = events_of(uow.session, attempt.id)
    found = []
    plan, until = plan_of(uow.session, attempt), late_accepted_until(uow.session, attempt.id)
    for item, mark, grader in _mark_all(uow, attempt, events, plan, until):
        before = grades[item.id]
        if before.source in {GradeSource.HUMAN, GradeSource.APPEAL} and item.slot not in reopened:
            continue
        if BEING_MARKED in mark.notes:
            differs = _is_asked_anew(before, grader, item.slot in reopened)
        else:
            differs = _told(before) != _told(mark)
        if differs:
            found.append((item, before, mark, grader))
    return found


def _told(mark: Grade | MarkResult) -> tuple[MarkStatus, Decimal | None, tuple[str, ...]]:
    """Return what of a mark counts: its status, its share, and how sure the student was."""
    return mark.status, mark.fraction, certainty_notes(mark.notes)


def _is_asked_anew(before: Grade, grader: str, is_reopened: bool) -> bool:
    """Tell whether a slow marker is to mark again: another response, another marker, or no mark the last time."""
    is_open = before.status in OPEN_MARKS and BEING_MARKED not in before.notes
    return is_reopened or is_open or before.grader != grader


def decide_late(
    uow: UnitOfWork, attempt_id: UUID, *, is_accepted: bool, reason: str, seen_until: int | None = None
) -> Graded:
    """Decide whether what has come late so far counts; an acceptance marks the answers anew.

    An answer that a person had marked goes back to that person where the decision changes it. After the release a head alone
    lets late answers count; the result that was released stands until its successor is. ``seen_until`` is the last late
    number that was shown: raises Conflict ``assessment.late_more`` where more has come since, ``assessment.late_decided`` where
    somebody else has decided on it since (the same form sent twice is one decision), ``assessment.late_released``.
    """
    attempt = _ended_attempt(uow, attempt_id)
    uow.require("assessment.mark", attempt)
    if not reason.strip():
        raise InvalidInput("assessment.reason_missing", fields={"reason": ["assessment.reason_missing"]})
    is_released = attempt.state is AttemptState.RELEASED
    if not is_released:
        _require_unreleased(attempt)
    elif is_accepted and not _is_head(uow, attempt):
        raise Conflict("assessment.late_released")
    earlier = fetch(uow.session, _DECISIONS, attempt_id=attempt_id)
    until = last_late_no(uow.session, attempt_id)
    if seen_until is not None and until > seen_until:
        raise Conflict("assessment.late_more")
    if seen_until is not None and earlier and earlier[0].until >= until:
        there = (earlier[0].is_accepted, earlier[0].reason, earlier[0].decided_by)
        if there != (is_accepted, reason.strip(), uow.actor.person_id):
            raise Conflict("assessment.late_decided")
        return Graded(attempt.id, attempt.state, None)
    decision = LateDecision(
        id=new_id(),
        attempt_id=attempt_id,
        number=1 + (earlier[0].number if earlier else 0),
        is_accepted=is_accepted,
        until=until,
        reason=reason.strip(),
        decided_by=uow.actor.person_id,
        decided_at=uow.now(),
    )
    uow.session.add(decision)
    events = seal_attempt(uow, attempt)
    decided = {
        "decision_id": decision.id,
        "number": decision.number,
        "is_accepted": is_accepted,
        "until": decision.until,
        "reason": decision.reason,
        "seal": newest_seal(uow.session, attempt_id),
    }
    note_attempt(uow, attempt, "assessment.late_decided", decided)
    uow.log_access("assessment.mark", attempt.person_id, "assessment.late", attempt_id)
    if is_released:
        attempt.state = AttemptState.GRADED  # until what follows is released, or turns out to be what counts
    before = next((row.until for row in earlier if row.is_accepted), None)
    return _regrade(uow, attempt, _changed(uow, attempt, events, before, until if is_accepted else None))


def _is_head(uow: UnitOfWork, attempt: Attempt) -> bool:
    org_id = uow.session.get_one(AttestationSession, attempt.session_id).org_id
    return uow.actor.has_role(*HEADS, org_id=org_id)


def _changed(
    uow: UnitOfWork,
    attempt: Attempt,
    events: Sequence[RecordedOperation],
    before: int | None,
    now: int | None,
) -> frozenset[int]:
    """Return the questions whose response is another one by what counts now than by what counted before (late numbers)."""
    conduct = plan_of(uow.session, attempt).conduct
    was, follows = (fold_tries(conduct, events, accept_late_until=until) for until in (before, now))

    def said(tried: Tried) -> list[Fields]:
        return [answer.fields for answer in (*tried.checked, tried.now)]

    slots = {*was, *follows}
    return frozenset(s for s in slots if said(was.get(s, Tried())) != said(follows.get(s, Tried())))
