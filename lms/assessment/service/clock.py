"""Compute the deadline of an attempt from all that it depends on now (domain: invariant 4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import Attempt, AttemptPause, AttestationSession, BlueprintVersion, Grant
from lms.assessment.rules.timing import Timing, closing_time, deadline, part_length, paused_for
from lms.assessment.service.contents import kept_plan
from lms.assessment.types import GrantKind
from lms.core.db import bulk_in, day_of, fetch_once
from lms.core.uow import UnitOfWork
from lms.people.queries import conditions_among, conditions_for
from lms.people.service import note_measures_used
from lms.people.types import EffectiveConditions, MeasureCode

__all__ = [
    "ACTIVITY",
    "Granted",
    "conditions_of",
    "conditions_of_all",
    "current_deadline",
    "deadline_now",
    "deadlines_now",
    "entry_timing",
    "granted_to",
    "note_conditions_used",
    "part_end",
    "paused_since",
    "personal_window_end",
    "refresh_deadline",
]

ACTIVITY = "exam"


def conditions_of(
    session: Session, person_id: UUID, base_minutes: int | None, at: datetime
) -> EffectiveConditions:
    """Return what holds for a person in an examination after the support plan is compiled in."""
    day = day_of(session, at)
    return conditions_for(session, person_id, day, activity=ACTIVITY, base_minutes=base_minutes)


def conditions_of_all(
    session: Session, person_ids: Collection[UUID], base_minutes: int | None, at: datetime
) -> dict[UUID, EffectiveConditions]:
    """Return for each of many persons what `conditions_of` returns, with one statement for all of them."""
    day = day_of(session, at)
    return conditions_among(session, person_ids, day, activity=ACTIVITY, base_minutes=base_minutes)


def _conditions_in(
    session: Session, attempt: Attempt, base_minutes: int | None, at: datetime
) -> EffectiveConditions:
    """Return what holds in a work that has begun: a support plan may end at midnight, the time that it gave does not."""
    now = conditions_of(session, attempt.person_id, base_minutes, at)
    if day_of(session, at) == day_of(session, attempt.started_at):
        return now
    return _longer(now, conditions_of(session, attempt.person_id, base_minutes, attempt.started_at))


def _longer(now: EffectiveConditions, begun: EffectiveConditions) -> EffectiveConditions:
    return max(now, begun, key=lambda held: held.minutes or 0)


def note_conditions_used(
    uow: UnitOfWork,
    conditions: EffectiveConditions,
    attempt_id: UUID,
    title: str,
    taken: Iterable[MeasureCode] = (),
) -> None:
    """Write down that an examination carries out the measures of a support plan; without a plan nothing is written."""
    if conditions.support_plan_id is not None:
        note_measures_used(
            uow,
            support_plan_id=conditions.support_plan_id,
            activity=ACTIVITY,
            object_id=attempt_id,
            title=title,
            taken=taken,
        )


#: What was granted for one place on a roster, by kind: minutes, or how many more sittings.
Granted = Mapping[GrantKind, int]

_GRANTED = (
    sa.select(Grant.entry_id, Grant.kind, sa.func.sum(Grant.minutes), sa.func.count())
    .where(Grant.entry_id.in_(sa.bindparam("entry_ids", expanding=True)))
    .group_by(Grant.entry_id, Grant.kind)
)
_PAUSES = sa.select(
    AttemptPause.started_by, AttemptPause.started_at, AttemptPause.ended_at, AttemptPause.max_minutes
).where(AttemptPause.attempt_id == sa.bindparam("attempt_id"))
_PAUSES_AMONG = sa.select(
    AttemptPause.attempt_id, AttemptPause.started_at, AttemptPause.ended_at, AttemptPause.max_minutes
).where(AttemptPause.attempt_id.in_(sa.bindparam("attempt_ids", expanding=True)))


def pauses_of(session: Session, attempt_id: UUID) -> Sequence[Any]:
    """Return who stopped an attempt's clock, from when to when, and for how many minutes at most."""
    return fetch_once(session, _PAUSES, attempt_id=attempt_id)


def granted_to(session: Session, entry_ids: Iterable[UUID]) -> dict[UUID, Granted]:
    """Return what was granted for each place on a roster; a place without a grant has an empty one."""
    found: dict[UUID, dict[GrantKind, int]] = {entry_id: {} for entry_id in entry_ids}
    for batch in bulk_in(found):
        for entry_id, kind, minutes, times in fetch_once(session, _GRANTED, entry_ids=tuple(batch)):
            found[entry_id][kind] = times if kind is GrantKind.ATTEMPT else int(minutes)
    return dict(found)


def entry_timing(
    session: Session,
    entry_id: UUID,
    occasion: AttestationSession,
    base_minutes: int | None,
    conditions: EffectiveConditions,
    granted: Granted | None = None,
) -> Timing:
    """Return the timing of one place on a roster: window, own time, grants (pauses not yet).

    ``granted`` is what `granted_to` returns for it, where that was read for many places together.
    """
    if granted is None:
        granted = granted_to(session, [entry_id])[entry_id]
    return Timing(
        opens_at=occasion.opens_at,
        closes_at=occasion.closes_at,
        base_minutes=base_minutes,
        minutes=conditions.minutes,
        granted_minutes=granted.get(GrantKind.EXTRA_TIME, 0) + granted.get(GrantKind.PAUSE, 0),
        window_minutes=granted.get(GrantKind.WINDOW, 0) + conditions.window_extra_hours * 60,
    )


def personal_window_end(
    session: Session,
    entry_id: UUID,
    person_id: UUID,
    occasion: AttestationSession,
    base_minutes: int | None,
    at: datetime,
) -> datetime:
    """Return when the window closes for one person."""
    conditions = conditions_of(session, person_id, base_minutes, at)
    return closing_time(entry_timing(session, entry_id, occasion, base_minutes, conditions))


def current_deadline(session: Session, attempt: Attempt, at: datetime) -> datetime:
    """Return the deadline as it follows from start, limit, window, grants, pauses and conditions at ``at``.

    Never earlier than a deadline that was announced before: what is given is not taken back in mid-examination.
    """
    occasion = session.get_one(AttestationSession, attempt.session_id)
    base = session.get_one(BlueprintVersion, attempt.blueprint_version_id).base_minutes
    return deadline_now(session, attempt, occasion, base, at)


def deadline_now(
    session: Session,
    attempt: Attempt,
    occasion: AttestationSession,
    base_minutes: int | None,
    at: datetime,
    granted: Granted | None = None,
) -> datetime:
    """Return what `current_deadline` returns, where the session and the plan's minutes were read already (and grants)."""
    conditions = _conditions_in(session, attempt, base_minutes, at)
    timing = entry_timing(session, attempt.entry_id, occasion, base_minutes, conditions, granted)
    return _deadline(attempt, timing, pauses_of(session, attempt.id), at)


def _deadline(attempt: Attempt, timing: Timing, pauses: Iterable[Any], at: datetime) -> datetime:
    stood = paused_for([(one.started_at, one.ended_at, one.max_minutes) for one in pauses], at)
    return max(attempt.deadline_at, deadline(replace(timing, paused=stood), attempt.started_at))


def deadlines_now(
    session: Session,
    attempts: Collection[Attempt],
    occasion: AttestationSession,
    base_minutes: int | None,
    at: datetime,
) -> dict[UUID, datetime]:
    """Return for each of many attempts of one session what `deadline_now` returns, with a few statements for all of them."""
    begun_on: dict[date, list[Attempt]] = {}
    for attempt in attempts:
        begun_on.setdefault(day_of(session, attempt.started_at), []).append(attempt)
    held = conditions_of_all(session, {one.person_id for one in attempts}, base_minutes, at)
    for day, group in begun_on.items():
        if day != day_of(session, at):
            then = conditions_of_all(
                session, {one.person_id for one in group}, base_minutes, group[0].started_at
            )
            held |= {person: _longer(held[person], conditions) for person, conditions in then.items()}
    granted = granted_to(session, [attempt.entry_id for attempt in attempts])
    pauses: dict[UUID, list[Any]] = {attempt.id: [] for attempt in attempts}
    for batch in bulk_in(pauses):
        for row in fetch_once(session, _PAUSES_AMONG, attempt_ids=tuple(batch)):
            pauses[row.attempt_id].append(row)
    found = {}
    for attempt in attempts:
        timing = entry_timing(
            session,
            attempt.entry_id,
            occasion,
            base_minutes,
            held[attempt.person_id],
            granted[attempt.entry_id],
        )
        found[attempt.id] = _deadline(attempt, timing, pauses[attempt.id], at)
    return found


def refresh_deadline(session: Session, attempt: Attempt, at: datetime) -> datetime:
    """Compute the deadline again, keep it with the attempt and return it; the same for the part that is open."""
    attempt.deadline_at = current_deadline(session, attempt, at)
    if attempt.part_ends_at is not None:
        attempt.part_ends_at = part_end(session, attempt, at)
    return attempt.deadline_at


def part_end(session: Session, attempt: Attempt, at: datetime) -> datetime | None:
    """Return until when answers to the part that is open count, or None when it has no limit of its own."""
    if attempt.part_started_at is None:
        return None
    version = session.get_one(BlueprintVersion, attempt.blueprint_version_id)
    parts = kept_plan(version).parts()
    part = next((each for each in parts if each.first <= attempt.reached <= each.last), None)
    if part is None or part.minutes is None:
        return None
    occasion = session.get_one(AttestationSession, attempt.session_id)
    conditions = _conditions_in(session, attempt, version.base_minutes, at)
    timing = entry_timing(session, attempt.entry_id, occasion, version.base_minutes, conditions)
    pauses = session.execute(
        sa.select(AttemptPause.started_at, AttemptPause.ended_at, AttemptPause.max_minutes).where(
            AttemptPause.attempt_id == attempt.id, AttemptPause.started_at >= attempt.part_started_at
        )
    )
    stood = paused_for([(start, end, most) for start, end, most in pauses], at)
    ends_at = attempt.part_started_at + part_length(timing, part.minutes) + stood
    return ends_at if attempt.part_ends_at is None else max(attempt.part_ends_at, ends_at)


def paused_since(session: Session, attempt_id: UUID) -> datetime | None:
    """Return since when the clock of an attempt stands still, or None while it runs."""
    return session.scalar(
        sa.select(sa.func.min(AttemptPause.started_at)).where(
            AttemptPause.attempt_id == attempt_id, AttemptPause.ended_at.is_(None)
        )
    )
