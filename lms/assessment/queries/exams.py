"""Read examinations and results as their student, family and teachers see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.assessment.access_rules import may_read, reads_as_staff, sees_conditions
from lms.assessment.models import Attempt, AttestationSession, BlueprintVersion, Entry, Result
from lms.assessment.ports import AttemptGate
from lms.assessment.queries.views import EntryView, ExamView, ResultView
from lms.assessment.rules.blueprint import Plan
from lms.assessment.rules.timing import closing_time
from lms.assessment.service.attempts import stopped_by_staff
from lms.assessment.service.clock import (
    ACTIVITY,
    Granted,
    conditions_of,
    deadline_now,
    entry_timing,
    granted_to,
)
from lms.assessment.service.contents import plan_known_by
from lms.assessment.service.sittings import count_places, released_of
from lms.assessment.types import OPEN_STATES, AttemptState, GrantKind, ResultState, Standing
from lms.core.actor import Actor
from lms.core.db import PlainRows, bulk_in, day_of
from lms.core.errors import NotFound
from lms.people.queries import agreed_measures
from lms.people.types import EffectiveConditions

__all__ = [
    "SHOWN",
    "counting_results",
    "entry_view",
    "exam_state",
    "exams_for",
    "exams_of",
    "replaced_results",
    "result_standing",
    "result_view",
    "results_for",
    "results_of",
    "results_of_attempt",
    "results_where",
    "stop_of",
]

#: When a result is shown to its student: it counts, or it did before it was suspended.
SHOWN = sa.and_(
    Result.released_at.is_not(None), Result.state.in_((ResultState.RELEASED, ResultState.SUSPENDED))
)

_EntryRow = tuple[Entry, AttestationSession, BlueprintVersion]


_ENTRIES = (
    sa.select(Entry, AttestationSession, BlueprintVersion)
    .join(AttestationSession, AttestationSession.id == Entry.session_id)
    .join(BlueprintVersion, BlueprintVersion.id == AttestationSession.blueprint_version_id)
    .where(Entry.withdrawn_at.is_(None))
    .order_by(AttestationSession.opens_at, Entry.id)
)
#: The plan is `plan_known_by` its hash; the others say how it came about, which no page of a student asks.
_WITHOUT = (
    BlueprintVersion.plan,
    BlueprintVersion.frozen_at,
    BlueprintVersion.max_points,
    AttestationSession.venue_modes,
    AttestationSession.created_at,
    AttestationSession.created_by,
    Entry.admitted_at,
    Entry.admitted_by,
    Attempt.form_hash,
    Attempt.annulled_at,
)
_newer = aliased(Attempt)
_OF_PERSON = PlainRows(
    sa.select(Entry, AttestationSession, BlueprintVersion, Attempt)
    .select_from(Entry)
    .join(AttestationSession, AttestationSession.id == Entry.session_id)
    .join(BlueprintVersion, BlueprintVersion.id == AttestationSession.blueprint_version_id)
    .outerjoin(Attempt, Attempt.entry_id == Entry.id)
    .where(
        Entry.withdrawn_at.is_(None),
        Entry.person_id == sa.bindparam("person_id"),
        ~sa.exists().where(_newer.entry_id == Attempt.entry_id, _newer.number > Attempt.number),
    )
    .order_by(AttestationSession.opens_at, Entry.id),
    without=_WITHOUT,
)
_ENTRY = PlainRows(_ENTRIES.where(Entry.id == sa.bindparam("entry_id")), without=_WITHOUT)
_ATTEMPTS = PlainRows(
    sa.select(Attempt)
    .where(Attempt.entry_id.in_(sa.bindparam("entry_ids", expanding=True)))
    .order_by(Attempt.number)
)
_RESULTS = (
    sa.select(Result, AttestationSession, Entry.reference, BlueprintVersion.content_hash)
    .join(AttestationSession, AttestationSession.id == Result.session_id)
    .join(BlueprintVersion, BlueprintVersion.id == AttestationSession.blueprint_version_id)
    .join(Entry, Entry.id == Result.entry_id)
    .order_by(Result.number)
)
_SHOWN_OF_PERSON = PlainRows(_RESULTS.where(Result.person_id == sa.bindparam("person_id"), SHOWN))
_OF_ATTEMPT = _RESULTS.where(Result.attempt_id == sa.bindparam("attempt_id"))
_ALL_OF_ATTEMPT = PlainRows(_OF_ATTEMPT)
_SHOWN_OF_ATTEMPT = PlainRows(_OF_ATTEMPT.where(SHOWN))


def exams_of(session: Session, person_id: UUID, at: datetime) -> list[ExamView]:
    """Return all examinations of a person, earliest first, with the person's own time and window."""
    rows = _OF_PERSON.fetch(session, person_id=person_id)
    is_begun = any(attempt is not None for *_place, attempt in rows)
    results = _views(session, _SHOWN_OF_PERSON.fetch(session, person_id=person_id)) if is_begun else []
    by_attempt = {r.attempt_id: r for r in results if r.shows_score}
    granted = granted_to(session, [entry.id for entry, *_rest in rows])
    return [
        exam_view(session, (entry, occasion, version), attempt, by_attempt, at, granted[entry.id])
        for entry, occasion, version, attempt in rows
    ]


def exams_for(session: Session, actor: Actor, person_id: UUID, at: datetime) -> list[ExamView]:
    """Return a person's examinations as a reader may see them.

    Those of organisations in whose matters the reader stands to the person; own time and window only for those who
    may know of a support plan.
    """
    exams = exams_of(session, person_id, at)
    orgs = {exam.org_id for exam in exams}
    known = {org for org in orgs if may_read(session, actor, person_id, org, at)}
    whole = {org for org in known if sees_conditions(session, actor, person_id, org, at)}
    return [exam if exam.org_id in whole else exam.as_common() for exam in exams if exam.org_id in known]


def newest_attempts(session: Session, entry_ids: Iterable[UUID]) -> dict[UUID, Attempt]:
    """Return the newest attempt of each place on a roster that has one."""
    found: dict[UUID, Attempt] = {}
    for batch in bulk_in(entry_ids):
        for (attempt,) in _ATTEMPTS.fetch(session, entry_ids=batch):
            found[attempt.entry_id] = attempt
    return found


def exam_view(
    session: Session,
    row: _EntryRow,
    attempt: Attempt | None,
    results: dict[UUID, ResultView],
    at: datetime,
    granted: Granted | None = None,
) -> ExamView:
    """Put one place on a roster together."""
    entry, occasion, version = row
    if granted is None:
        granted = granted_to(session, [entry.id])[entry.id]
    conditions = conditions_of(session, entry.person_id, version.base_minutes, at)
    timing = entry_timing(session, entry.id, occasion, version.base_minutes, conditions, granted)
    closes_at = closing_time(timing)
    is_running = attempt is not None and attempt.state in OPEN_STATES
    plan = plan_known_by(session, version.id, version.content_hash)
    return ExamView(
        entry_id=entry.id,
        session_id=occasion.id,
        person_id=entry.person_id,
        org_id=occasion.org_id,
        title=occasion.title,
        subject=occasion.subject,
        kind=occasion.kind,
        resit_no=occasion.resit_no,
        venue=occasion.venue,
        venue_mode=entry.venue_mode,
        reference=entry.reference,
        opens_at=occasion.opens_at,
        closes_at=closes_at,
        base_minutes=version.base_minutes,
        minutes=conditions.minutes,
        item_count=version.item_count,
        state=_state(occasion, plan, attempt, closes_at, at, results),
        attempt_id=None if attempt is None else attempt.id,
        deadline_at=deadline_now(session, attempt, occasion, version.base_minutes, at, granted)
        if attempt is not None and is_running
        else None,
        ended_at=None if attempt is None else attempt.ended_at,
        result=None if attempt is None else _counting_result(session, attempt, results),
        common_closes_at=occasion.closes_at,
        sitting=0 if attempt is None else attempt.number,
        may_sit_again=_may_sit_again(granted, attempt, occasion, plan, closes_at, at),
        blueprint_id=version.blueprint_id,
        supervision=version.supervision,
    )


def _state(
    occasion: AttestationSession,
    plan: Plan,
    attempt: Attempt | None,
    closes_at: datetime,
    at: datetime,
    results: dict[UUID, ResultView],
) -> str:
    """Return the state for the student: practice waits for nobody, and what is released stays so while it is marked again."""
    state = exam_state(occasion, attempt, closes_at, at)
    one = None if attempt is None else results.get(attempt.id)
    if state == "checking" and one is not None and one.state is ResultState.RELEASED:
        return "released"
    return "done" if state == "checking" and plan.is_practice else state


def _counting_result(
    session: Session, attempt: Attempt, results: dict[UUID, ResultView]
) -> ResultView | None:
    """Return the result that counts for a place on a roster: of the one sitting, or of several by the plan's method."""
    mine = [result for result in results.values() if result.entry_id == attempt.entry_id]
    return counting_results(session, mine).get(attempt.entry_id) or results.get(attempt.id)


def counting_results(session: Session, results: Iterable[ResultView]) -> dict[UUID, ResultView]:
    """Return what the released ones of results come to, by place on a roster; see `service.sittings.count_places`."""
    released = {result.attempt_id: result for result in results if result.state is ResultState.RELEASED}
    return {
        entry_id: replace(
            released[found.attempt_id],
            score=found.score,
            points=points,
            mark=found.mark,
            is_passed=found.is_passed,
        )
        for entry_id, (found, points) in count_places(session, released.values()).items()
    }


def _may_sit_again(
    granted: Granted,
    attempt: Attempt | None,
    occasion: AttestationSession,
    plan: Plan,
    closes_at: datetime,
    at: datetime,
) -> bool:
    """Tell whether the last sitting is over and another one is left, by the plan or granted."""
    is_open = occasion.cancelled_at is None and occasion.opens_at <= at < closes_at
    if attempt is None or attempt.ended_at is None or not is_open:
        return False
    if plan.sittings == 0 or attempt.number < plan.sittings:
        return True
    return attempt.number < plan.sittings + granted.get(GrantKind.ATTEMPT, 0)


def exam_state(
    occasion: AttestationSession, attempt: Attempt | None, closes_at: datetime, at: datetime
) -> str:
    """Return where a place on a roster stands in one word (see `ExamView`)."""
    if attempt is not None:
        return {
            AttemptState.CREATED: "in_progress",
            AttemptState.IN_PROGRESS: "in_progress",
            AttemptState.PAUSED: "paused",
            AttemptState.RELEASED: "released",
            AttemptState.ANNULLED: "annulled",
        }.get(attempt.state, "checking")
    if occasion.cancelled_at is not None:
        return "cancelled"
    if at < occasion.opens_at:
        return "planned"
    return "open" if at < closes_at else "missed"


def entry_view(session: Session, gates: Iterable[AttemptGate], entry_id: UUID, at: datetime) -> EntryView:
    """Return the page before an examination; raise NotFound ``assessment.no_entry``."""
    rows = _ENTRY.fetch(session, entry_id=entry_id)
    if not rows:
        raise NotFound("assessment.no_entry")
    entry, _occasion, version = rows[0]
    attempt = newest_attempts(session, [entry_id]).get(entry_id)
    found = results_where(session, Result.entry_id == entry_id, SHOWN)
    results = {r.attempt_id: r for r in found if r.shows_score}
    conditions: EffectiveConditions = conditions_of(session, entry.person_id, version.base_minutes, at)
    gates, plan = list(gates), plan_known_by(session, version.id, version.content_hash)
    return EntryView(
        exam=exam_view(session, rows[0], attempt, results, at),
        gates=tuple(gate.may_start(session, entry_id, entry.person_id, at) for gate in gates),
        steps=tuple(
            step for gate in gates for step in gate.prep_steps(session, entry_id, entry.person_id, at)
        ),
        instructions=plan.instructions,
        rest_breaks=conditions.rest_breaks,
        text_size=conditions.text_size,
        is_one_way=plan.is_stepwise,
        plan=plan,
        agreed=agreed_measures(session, entry.person_id, day_of(session, at), ACTIVITY)
        if conditions.support_plan_id is not None
        else (),
    )


def results_where(session: Session, *where: sa.ColumnElement[bool]) -> list[ResultView]:
    """Return results that fulfil ``where``, the newest of each attempt, oldest release first."""
    rows = session.execute(_RESULTS.where(*where))
    return _views(
        session, [(result, occasion, reference, said) for result, occasion, reference, said in rows]
    )


def results_of_attempt(session: Session, attempt_id: UUID, *, as_staff: bool) -> list[ResultView]:
    """Return the newest result of an attempt, for others than staff when it is shown to its student."""
    rows = _ALL_OF_ATTEMPT if as_staff else _SHOWN_OF_ATTEMPT
    return _views(session, rows.fetch(session, attempt_id=attempt_id))


def _views(
    session: Session, found: Sequence[tuple[Result, AttestationSession, str, str]]
) -> list[ResultView]:
    """Return the newest of each attempt's results, oldest release first."""
    newest = {
        result.attempt_id: _result(
            result, occasion, reference, shows_score=_shows_score(session, occasion, content_hash)
        )
        for result, occasion, reference, content_hash in found
    }
    return sorted(newest.values(), key=lambda view: (view.released_at or view.proposed_at, view.id))


def _shows_score(session: Session, occasion: AttestationSession, content_hash: str) -> bool:
    """Tell whether the review matrix of a session's plan ever shows points and mark to the student."""
    plan = plan_known_by(session, occasion.blueprint_version_id, content_hash)
    return "score" in plan.review.after_release


def _result(result: Result, occasion: AttestationSession, reference: str, *, shows_score: bool) -> ResultView:
    return ResultView(
        id=result.id,
        attempt_id=result.attempt_id,
        session_id=result.session_id,
        entry_id=result.entry_id,
        person_id=result.person_id,
        org_id=occasion.org_id,
        title=occasion.title,
        subject=occasion.subject,
        kind=occasion.kind,
        resit_no=occasion.resit_no,
        reference=reference,
        points=result.points,
        max_points=result.max_points,
        score=result.score,
        mark=result.mark,
        is_passed=result.is_passed,
        state=result.state,
        proposed_at=result.proposed_at,
        released_at=result.released_at,
        suspended_reason=result.suspended_reason,
        shows_score=shows_score,
    )


def results_of(session: Session, person_id: UUID) -> list[ResultView]:
    """Return the results of a person that count, or counted before they were suspended."""
    return _views(session, _SHOWN_OF_PERSON.fetch(session, person_id=person_id))


def results_for(session: Session, actor: Actor, person_id: UUID, at: datetime) -> list[ResultView]:
    """Return the results of a person that a reader may see: of which organisations, and by the review matrix."""
    results = results_of(session, person_id)
    orgs = {result.org_id for result in results}
    known = {org for org in orgs if may_read(session, actor, person_id, org, at)}
    staff = {org for org in known if reads_as_staff(session, actor, person_id, org, at)}
    return [r for r in results if r.org_id in known and (r.shows_score or r.org_id in staff)]


def result_standing(session: Session, result_id: UUID) -> Standing:
    """Tell whether a result stands for its place now, and keep its row from changing until the transaction ends.

    For those who record what rests on a result after the fact: an annulment in between must reach them too.
    """
    state = session.scalar(sa.select(Result.state).where(Result.id == result_id).with_for_update())
    if state in {ResultState.SUSPENDED, ResultState.SUPERSEDED}:
        return Standing(state)
    result = session.get(Result, result_id)
    if result is None:
        return Standing.COUNTS
    found = count_places(session, released_of(session, result.entry_id)).get(result.entry_id)
    is_other = found is not None and found[0].attempt_id != result.attempt_id
    return Standing.SUPERSEDED if is_other else Standing.COUNTS


def replaced_results(session: Session, result_id: UUID) -> list[UUID]:
    """Return the results of the same place in whose stead a result counts, in their order.

    Suspended ones are not among them: they come back with what suspended them.
    """
    place = sa.select(Result.entry_id).where(Result.id == result_id).scalar_subquery()
    states = (ResultState.RELEASED, ResultState.SUPERSEDED)
    statement = sa.select(Result.id).where(
        Result.entry_id == place, Result.id != result_id, Result.state.in_(states)
    )
    return list(session.scalars(statement.order_by(Result.id)))


def stop_of(session: Session, attempt_id: UUID) -> str | None:
    """Return why staff has stopped the clock of an attempt, or None where nobody has."""
    attempt = session.get(Attempt, attempt_id)
    return None if attempt is None else stopped_by_staff(session, attempt)


def result_view(session: Session, result_id: UUID) -> ResultView:
    """Return one result; raise NotFound ``assessment.no_result``."""
    found = results_where(session, Result.id == result_id)
    if not found:
        raise NotFound("assessment.no_result")
    return found[0]
