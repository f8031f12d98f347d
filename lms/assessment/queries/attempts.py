"""Read attempts: while they run, and after their end as far as the review matrix allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.access_rules import may_mark, reads_as_staff
from lms.assessment.contracts import QuestionType
from lms.assessment.models import (
    Attempt,
    AttemptItem,
    AttestationSession,
    BlueprintVersion,
    Entry,
    Grade,
    Grant,
    ItemVersion,
    ResponseEvent,
)
from lms.assessment.ports import AttemptGate
from lms.assessment.queries.answer_files import files_that_count
from lms.assessment.queries.exams import results_of_attempt
from lms.assessment.queries.views import (
    AnswerReview,
    AttemptView,
    PartView,
    QuestionView,
    ResultView,
    ReviewView,
)
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.conduct import Conduct, certainty_share, fold_tries
from lms.assessment.rules.items import asks_nothing
from lms.assessment.rules.responses import EMPTY, EVERYTHING, Answer, fold
from lms.assessment.rules.review import PARTS, visible_parts
from lms.assessment.service.clock import (
    conditions_of,
    current_deadline,
    deadline_now,
    part_end,
    pauses_of,
    personal_window_end,
)
from lms.assessment.service.contents import AttemptQuestion, ItemContent, plan_known_by, questions_of
from lms.assessment.service.marking import current_grades, late_accepted_until
from lms.assessment.types import OPEN_STATES, AttemptState, GrantKind, ResultState, SignIn
from lms.core.actor import Actor
from lms.core.db import PlainRows, fetch
from lms.core.errors import NotAuthenticated, NotFound
from lms.core.registry import Registry
from lms.people.queries import open_sign_in

__all__ = [
    "AttemptHead",
    "Pulse",
    "attempt_head",
    "attempt_view",
    "describe_answer",
    "describe_key",
    "explained",
    "outcome_shares",
    "pulse",
    "review_for",
    "review_view",
]

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class AttemptHead:
    """What an attempt is and whose."""

    id: UUID
    entry_id: UUID
    session_id: UUID
    person_id: UUID
    org_id: UUID
    title: str
    state: AttemptState
    started_at: datetime
    ended_at: datetime | None


def attempt_head(session: Session, attempt_id: UUID) -> AttemptHead:
    """Return an attempt's head; raise NotFound ``assessment.no_attempt``."""
    attempt, occasion, _version = _attempt(session, attempt_id)
    return AttemptHead(
        attempt.id,
        attempt.entry_id,
        attempt.session_id,
        attempt.person_id,
        occasion.org_id,
        occasion.title,
        attempt.state,
        attempt.started_at,
        attempt.ended_at,
    )


_ATTEMPT = PlainRows(
    sa.select(Attempt, AttestationSession, BlueprintVersion)
    .join(AttestationSession, AttestationSession.id == Attempt.session_id)
    .join(BlueprintVersion, BlueprintVersion.id == Attempt.blueprint_version_id)
    .where(Attempt.id == sa.bindparam("attempt_id")),
    without=(BlueprintVersion.plan,),  # `plan_known_by` its hash
)
_EVENTS = sa.select(
    ResponseEvent.op_id,
    ResponseEvent.kind,
    ResponseEvent.slot,
    ResponseEvent.payload,
    ResponseEvent.client_seq,
    ResponseEvent.t_server,
    ResponseEvent.is_late,
    ResponseEvent.late_no,
    ResponseEvent.check_no,
).where(ResponseEvent.attempt_id == sa.bindparam("attempt_id"))


_GRADES = (
    sa.select(
        Grade.attempt_item_id,
        Grade.status,
        Grade.fraction,
        Grade.notes,
        Grade.comment,
        Grade.graded_at,
        Grade.key_version_id,
    )
    .join(AttemptItem, AttemptItem.id == Grade.attempt_item_id)
    .where(AttemptItem.attempt_id == sa.bindparam("attempt_id"))
    .order_by(Grade.number)
)


def _attempt(session: Session, attempt_id: UUID) -> tuple[Attempt, AttestationSession, BlueprintVersion]:
    rows = _ATTEMPT.fetch_once(session, attempt_id=attempt_id)
    if not rows:
        raise NotFound("assessment.no_attempt")
    return rows[0]


def _events(session: Session, attempt_id: UUID) -> Sequence[Any]:
    return fetch(session, _EVENTS, attempt_id=attempt_id)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The clock of an attempt, for the heartbeat."""

    person_id: UUID
    state: AttemptState
    deadline_at: datetime
    next_seq: int


def pulse(session: Session, sign_in: SignIn, attempt_id: UUID, at: datetime) -> Pulse:
    """Return state and deadline of an attempt, computed now.

    Raises NotAuthenticated when the sign-in does not hold any more, NotFound ``assessment.no_attempt``.
    """
    holds = open_sign_in(
        account_id=sign_in.account_id,
        person_id=sign_in.person_id,
        session_id=sign_in.session_id,
        epoch=sign_in.epoch,
        at=at,
    )
    if session.scalar(holds) is None:
        raise NotAuthenticated("auth.sign_in")
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound("assessment.no_attempt")
    last = session.scalar(
        sa.select(sa.func.max(ResponseEvent.client_seq)).where(ResponseEvent.attempt_id == attempt_id)
    )
    deadline_at = attempt.deadline_at if attempt.ended_at else current_deadline(session, attempt, at)
    return Pulse(attempt.person_id, attempt.state, deadline_at, 1 + (last or 0))


def attempt_view(
    session: Session,
    types: Registry[QuestionType],
    gates: Iterable[AttemptGate],
    attempt_id: UUID,
    at: datetime,
) -> AttemptView:
    """Return a running attempt with all its questions and what was saved so far; never a key."""
    attempt, occasion, version = _attempt(session, attempt_id)
    plan = plan_known_by(session, version.id, version.content_hash)
    events = _events(session, attempt_id)
    answers = _answers(plan.conduct, events, EVERYTHING)
    titles = plan.section_titles()
    conditions = conditions_of(session, attempt.person_id, version.base_minutes, at)
    pauses = pauses_of(session, attempt_id)
    own_pauses = sum(pause.started_by == attempt.person_id for pause in pauses)
    breaks, break_minutes = conditions.rest_breaks or (0, 0)
    return AttemptView(
        id=attempt.id,
        entry_id=attempt.entry_id,
        session_id=attempt.session_id,
        person_id=attempt.person_id,
        title=occasion.title,
        subject=occasion.subject,
        state=attempt.state,
        instructions=plan.instructions,
        navigation=plan.navigation,
        started_at=attempt.started_at,
        deadline_at=attempt.deadline_at
        if attempt.ended_at
        else deadline_now(session, attempt, occasion, version.base_minutes, at),
        server_now=at,
        base_minutes=version.base_minutes,
        minutes=conditions.minutes,
        next_seq=1 + max((event.client_seq for event in events), default=0),
        questions=tuple(
            _question(types, item, titles[item.slot - 1], answers.get(item.slot, EMPTY))
            for item in questions_of(session, attempt_id)
        ),
        companions=tuple(c for gate in gates if (c := gate.companion(session, attempt_id)) is not None),
        breaks_left=max(0, breaks - own_pauses),
        break_minutes=break_minutes,
        paused_since=next((pause.started_at for pause in pauses if pause.ended_at is None), None),
        revision=attempt.revision,
        reached=attempt.reached,
        reached_to=attempt.reached_to,
        item_count=attempt.item_count,
        conduct=plan.conduct,
        is_adaptive=plan.adaptive is not None,
        part=_part(session, attempt, plan, at),
    )


def _answers(conduct: Conduct, events: Sequence[ResponseEvent], until: int | None) -> dict[int, Answer]:
    """Return what stands for each question; where answers can be checked, nothing after the last check."""
    if not conduct.checks:
        return fold(events, accept_late_until=until)
    tries = fold_tries(conduct, events, accept_late_until=until)
    return {slot: tried.now for slot, tried in tries.items()}


def _part(session: Session, attempt: Attempt, plan: Plan, at: datetime) -> PartView | None:
    """Return the part that is open, where parts have clocks of their own."""
    parts = plan.parts() if attempt.part_started_at is not None else []
    part = next((each for each in parts if each.first <= attempt.reached <= each.last), None)
    if part is None:
        return None
    ends_at = part_end(session, attempt, at)
    is_over = ends_at is not None and at >= ends_at
    return PartView(
        part.number, len(parts), part.title, part.first, part.last, part.minutes, ends_at, is_over
    )


class _Once:
    """Make a value when it is first asked for, and keep it."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make = make
        self._made: dict[str, Any] | None = None

    def __call__(self) -> dict[str, Any]:
        """Return the value."""
        if self._made is None:
            self._made = self._make()
        return self._made


def _question(
    types: Registry[QuestionType], item: AttemptQuestion, section: str, answer: Answer
) -> QuestionView:
    """Return one question; one whose plug-in is gone is shown as text and cannot be answered."""
    version = item.version
    kind = types.find(version.type)
    return QuestionView(
        slot=item.slot,
        section=section,
        points=item.points,
        type=version.type,
        template="assessment/questions/unavailable.html" if kind is None else kind.template,
        show=_Once(
            partial(dict, prompt=prompt_of(version))
            if kind is None
            else partial(kind.player, version.content, item.variant_seed)
        ),
        fields=answer.fields,
        is_answered=answer.is_answered,
        parts=answer.parts,
        is_flagged=answer.is_flagged,
        saved_at=answer.saved_at,
        is_available=kind is not None,
        asks_nothing=asks_nothing(kind),
        is_late=answer.is_late,
        certainty=answer.certainty,
        reads=partial(_reads, kind, version.content, answer.fields),
    )


def _reads(
    kind: QuestionType | None, content: Mapping[str, Any], fields: Mapping[str, Sequence[str]]
) -> bool:
    """Tell whether an answer can be read, as far as its type knows answers that cannot."""
    is_unread = getattr(kind, "is_unread", None)
    return kind is None or is_unread is None or not is_unread(content, kind.parse(fields))


def prompt_of(version: ItemContent | ItemVersion) -> str:
    """Return what a question asks, whatever its type."""
    return str(version.content.get("prompt", ""))


def asked(types: Registry[QuestionType], version: ItemContent | ItemVersion, seed: int) -> str:
    """Return what a question asks in the variant of a seed; one with variables also what is given in it."""
    kind = types.find(version.type)
    if kind is None or not getattr(kind, "has_variables", False):
        return prompt_of(version)
    shown = kind.player(version.content, seed)
    return "\n".join(part for part in (shown["prompt"], shown.get("given", "")) if part)


def describe_answer(
    types: Registry[QuestionType],
    version: ItemContent | ItemVersion,
    seed: int,
    fields: Mapping[str, Sequence[str]],
) -> str:
    """Return a response in words, also when its plug-in is gone."""
    kind = types.find(version.type)
    if kind is None:
        return "; ".join(value for values in fields.values() for value in values)
    return kind.describe(version.content, seed, kind.parse(fields))


def describe_key(types: Registry[QuestionType], version: ItemContent | ItemVersion, seed: int) -> str | None:
    """Return the right answer in words, or None where there is none."""
    kind = types.find(version.type)
    answer = None if kind is None else kind.correct_answer(version.content)
    if kind is None or answer is None:
        return None
    return kind.describe(version.content, seed, kind.parse(kind.fields_for(version.content, seed, answer)))


def explained(kind: QuestionType | None, content: Mapping[str, Any], seed: int) -> str:
    """Return why the right answer is right, or nothing; a type that keeps it elsewhere has a method ``explanation``."""
    own = getattr(kind, "explanation", None)
    return str(own(content, seed) if own is not None else content.get("explanation", ""))


#: While the answers are being marked, their marker does not see whose they are.
BEING_MARKED = frozenset({AttemptState.SUBMITTED, AttemptState.EXPIRED, AttemptState.GRADING})


def review_for(
    session: Session, types: Registry[QuestionType], actor: Actor, head: AttemptHead, at: datetime
) -> ReviewView:
    """Return an attempt as one reader may see it now.

    Staff see everything, others what the review matrix allows; whoever still has to mark the answers blind does not see
    them under the student's name.
    """
    reader = (session, actor, head.person_id, head.org_id, at)
    as_staff = reads_as_staff(*reader)
    view = review_view(session, types, head.id, at, as_staff=as_staff)
    is_blind = as_staff and head.state in BEING_MARKED and may_mark(*reader)
    return replace(view, answers=(), result=None) if is_blind else view


def review_view(
    session: Session, types: Registry[QuestionType], attempt_id: UUID, at: datetime, *, as_staff: bool = False
) -> ReviewView:
    """Return an ended attempt: everything for staff, for others what the review matrix allows now."""
    attempt, occasion, version = _attempt(session, attempt_id)
    plan = plan_known_by(session, version.id, version.content_hash)
    is_closed = at >= occasion.closes_at and at >= personal_window_end(
        session, attempt.entry_id, attempt.person_id, occasion, version.base_minutes, at
    )
    if is_closed and plan.review.shows_key:
        is_closed = not _may_still_be_sat(session, version, plan, at)
    results = results_of_attempt(session, attempt_id, as_staff=as_staff)
    stands = _stands_meanwhile(attempt, results)
    state = attempt.state if stands is None else AttemptState.RELEASED
    allowed = visible_parts(plan.review, state, is_window_closed=is_closed, is_practice=plan.is_practice)
    parts = frozenset(PARTS) if as_staff and attempt.ended_at is not None else allowed
    events = _events(session, attempt_id)
    late_count = sum(event.is_late for event in events)
    answers = _answers(plan.conduct, events, late_accepted_until(session, attempt_id) if late_count else None)
    files = _counting_files(session, attempt_id) if _name_files(answers) else frozenset()
    grades = {
        grade.attempt_item_id: grade
        for grade in fetch(session, _GRADES, attempt_id=attempt_id)
        if stands is None or grade.graded_at <= stands
    }
    titles = plan.section_titles()
    return ReviewView(
        attempt_id=attempt.id,
        entry_id=attempt.entry_id,
        session_id=attempt.session_id,
        person_id=attempt.person_id,
        title=occasion.title,
        state=state,
        ended_at=attempt.ended_at,
        ended_by=attempt.ended_by,
        answers=tuple(
            _answer(
                types,
                item if stands is None else _as_released(item, grades.get(item.id)),
                titles[item.slot - 1],
                answers.get(item.slot, EMPTY),
                grades.get(item.id),
                parts,
                files,
            )
            for item in (questions_of(session, attempt_id) if parts else ())
        ),
        result=next((r for r in results if as_staff or "score" in plan.review.after_release), None),
        late_count=late_count,
        receipts_count=len(events),
        is_practice=plan.is_practice,
    )


def _stands_meanwhile(attempt: Attempt, results: Sequence[ResultView]) -> datetime | None:
    """Return when the result was released that stands while the work is marked again; None when it is not."""
    if attempt.state not in {AttemptState.GRADING, AttemptState.GRADED}:
        return None
    return next((r.released_at for r in results if r.state is ResultState.RELEASED), None)


def _as_released(item: AttemptQuestion, grade: sa.Row[*tuple[Any, ...]] | None) -> AttemptQuestion:
    """Return a question without a corrected key that no released grade rests on yet."""
    rests_on = None if grade is None else grade.key_version_id
    return item if rests_on == item.key_version_id else replace(item, key=item.version)


def _may_still_be_sat(session: Session, version: BlueprintVersion, plan: Plan, at: datetime) -> bool:
    """Tell whether anybody sits this form now or still may: on another day, with more time, with another try."""
    occasions = sa.select(AttestationSession.id).where(
        AttestationSession.blueprint_version_id == version.id, AttestationSession.cancelled_at.is_(None)
    )
    to_come = occasions.where(AttestationSession.closes_at > at).exists()
    running = sa.exists().where(Attempt.blueprint_version_id == version.id, Attempt.state.in_(OPEN_STATES))
    if session.scalar(sa.select(sa.or_(to_come, running))):
        return True
    if plan.sittings == 0:
        return bool(session.scalar(sa.select(occasions.exists())))
    tries = sa.select(sa.func.count()).where(Attempt.entry_id == Entry.id).scalar_subquery()
    granted = sa.select(sa.func.count()).where(Grant.entry_id == Entry.id, Grant.kind == GrantKind.ATTEMPT)
    with_a_try_left = session.execute(
        sa.select(Entry, AttestationSession)
        .join(AttestationSession, AttestationSession.id == Entry.session_id)
        .where(
            Entry.session_id.in_(occasions),
            Entry.withdrawn_at.is_(None),
            tries < granted.scalar_subquery() + plan.sittings,
        )
    )
    return any(
        at < personal_window_end(session, entry.id, entry.person_id, occasion, version.base_minutes, at)
        for entry, occasion in with_a_try_left
    )


def _answer(
    types: Registry[QuestionType],
    item: AttemptQuestion,
    section: str,
    answer: Answer,
    grade: sa.Row[*tuple[Any, ...]] | None,
    parts: frozenset[str],
    files: frozenset[tuple[int, str]],
) -> AnswerReview:
    version, seed = item.version, item.variant_seed
    fraction = None if grade is None else grade.fraction
    share = None if grade is None or fraction is None else certainty_share(fraction, grade.notes)
    earned = None if share is None else (share * item.points).quantize(HUNDREDTH, ROUND_HALF_UP)
    shows_marks = grade is not None and "correctness" in parts
    return AnswerReview(
        slot=item.slot,
        section=section,
        prompt=asked(types, version, seed),
        type=version.type,
        points=item.points,
        response=describe_answer(types, version, seed, answer.fields) if "responses" in parts else None,
        status=grade.status if grade is not None and shows_marks else None,
        earned=earned if "score" in parts else None,
        notes=tuple(grade.notes) if grade is not None and shows_marks else (),
        comment=grade.comment if grade is not None and "comments" in parts else "",
        correct=describe_key(types, item.key, seed) if "key" in parts else None,
        explanation=explained(types.find(item.key.type), item.key.content, seed) if "key" in parts else "",
        is_late=answer.is_late,
        attempt_item_id=item.id,
        files=_files(types, item, answer, files) if "responses" in parts else (),
        pictures=_pictures(types, item, answer) if "responses" in parts else (),
    )


def _counting_files(session: Session, attempt_id: UUID) -> frozenset[tuple[int, str]]:
    """Return the files of an ended attempt that count, by slot and name."""
    return frozenset(files_that_count(session, attempt_id, late_accepted_until(session, attempt_id)))


def _name_files(answers: Mapping[int, Answer]) -> bool:
    """Tell whether any answer names a file, so that it pays to look for them."""
    return any(answer.fields.get("file") for answer in answers.values())


def _files(
    types: Registry[QuestionType], item: AttemptQuestion, answer: Answer, files: frozenset[tuple[int, str]]
) -> tuple[str, ...]:
    """Return the ids of the files of an answer that count, where its type takes files."""
    takes_files = hasattr(types.find(item.version.type), "takes_files")
    return tuple(name for name in answer.fields.get("file", ()) if takes_files and (item.slot, name) in files)


def _pictures(
    types: Registry[QuestionType], item: AttemptQuestion, answer: Answer
) -> tuple[Mapping[str, str], ...]:
    """Return the pictures {url, alt} that were chosen, where the type can say which."""
    kind = types.find(item.version.type)
    depict = getattr(kind, "depict", None)
    if kind is None or depict is None:
        return ()
    return tuple(depict(item.version.content, item.variant_seed, kind.parse(answer.fields)))


def outcome_shares(session: Session, attempt_id: UUID) -> dict[UUID, Decimal]:
    """Return what an attempt shows of each outcome: points earned of points possible over the items that name it."""
    earned: dict[UUID, Decimal] = {}
    possible: dict[UUID, Decimal] = {}
    grades = current_grades(session, attempt_id)
    rows = session.execute(
        sa.select(AttemptItem.id, AttemptItem.points, ItemVersion.outcome_ids)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(AttemptItem.attempt_id == attempt_id)
    )
    for item_id, points, outcome_ids in rows:
        grade = grades.get(item_id)
        if grade is None or grade.fraction is None:
            continue
        for outcome_id in (UUID(text) for text in outcome_ids):
            earned[outcome_id] = earned.get(outcome_id, Decimal(0)) + grade.fraction * points
            possible[outcome_id] = possible.get(outcome_id, Decimal(0)) + points
    return {
        outcome: (earned[outcome] / possible[outcome]).quantize(Decimal("0.000001")) for outcome in possible
    }
