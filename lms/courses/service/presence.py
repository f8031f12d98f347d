"""Note that a learner is at a lesson: her place, her time, where a film was left. Nothing closes when a day's time is spent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import day_of
from lms.core.errors import InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses.access_rules import Look
from lms.courses.contracts import COURSE_BLOCKS, TimedBlock
from lms.courses.models import (
    Block,
    CourseOperation,
    Encouragement,
    Enrolment,
    Playback,
    StudyBudget,
    StudyDay,
)
from lms.courses.queries import enrolled_shape
from lms.courses.rules.screen_time import (
    GRADES,
    LEAST_MINUTES,
    MOST_MINUTES,
    away_seconds,
    counted,
    counts_for,
    is_away,
)
from lms.courses.service.asking import note_answers_read
from lms.courses.service.holding import hold
from lms.courses.service.learning import note_position
from lms.courses.types import LearningOpKind
from lms.people.queries import relations_in
from lms.people.types import Relation

__all__ = [
    "count_away",
    "is_own_family",
    "keep_place",
    "note_beat",
    "note_visit",
    "set_budgets",
    "set_encouragement",
]

#: No film of a lesson is longer.
LONGEST_FILM_S = 12 * 3600


def note_visit(
    uow: UnitOfWork,
    enrolment_id: UUID,
    block_id: UUID,
    minutes: int,
    *,
    is_new_place: bool,
    answers: Sequence[UUID] = (),
) -> None:
    """Note that a learner has opened a step of ``minutes``: her place if it is another one, her time, answers she reads."""
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    if is_new_place:
        note_position(uow, enrolment_id, block_id)
    if answers:
        note_answers_read(uow, enrolment_id, list(answers))
    _count(uow, enrolment.person_id, counts_for(minutes))


def note_beat(uow: UnitOfWork, enrolment_id: UUID) -> None:
    """Note that a learner is at work on a page that is open already."""
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    _count(uow, enrolment.person_id, counts_for(0))


def _count(uow: UnitOfWork, person_id: UUID, rest: timedelta) -> None:
    """Add the time since somebody was seen last, as far as it counts."""
    now, day = uow.now(), uow.today()
    uow.lock("study_day", person_id)
    row = _study_day(uow.session, person_id, day)
    if row is None:
        uow.session.add(
            StudyDay(person_id=person_id, day=day, seconds=0, seen_at=now, counts_until=now + rest)
        )
    else:
        row.seconds = counted(row.seconds, row.seen_at, row.counts_until, now)
        row.seen_at, row.counts_until = now, now + rest
    uow.session.flush()


def _study_day(session: Session, person_id: UUID, day: date) -> StudyDay | None:
    return session.scalar(sa.select(StudyDay).where(StudyDay.person_id == person_id, StudyDay.day == day))


def count_away(uow: UnitOfWork, person_id: UUID, row: CourseOperation) -> None:
    """Count the day on which something was done without a network anew, from all that devices have brought of it."""
    if row.done_at is None or not is_away(row.done_at, row.at):
        return
    session, day = uow.session, day_of(uow.session, row.done_at)
    near = timedelta(hours=36)
    found = session.execute(
        sa.select(CourseOperation.done_at, CourseOperation.at, Block.est_minutes)
        .join(Enrolment, Enrolment.id == CourseOperation.enrolment_id)
        .join(Block, Block.id == CourseOperation.block_id)
        .where(
            Enrolment.person_id == person_id,
            CourseOperation.kind.in_((LearningOpKind.DONE, LearningOpKind.ANSWER)),
            CourseOperation.refused == "",
            CourseOperation.done_at.between(row.done_at - near, row.done_at + near),
        )
    )
    done = [
        (at, minutes)
        for at, came, minutes in found
        if at is not None and is_away(at, came) and day_of(session, at) == day
    ]
    uow.lock("study_day", person_id)
    kept = _study_day(session, person_id, day)
    if kept is None:
        kept = StudyDay(person_id=person_id, day=day, seen_at=row.done_at, counts_until=row.done_at)
        session.add(kept)
    kept.offline_seconds = away_seconds(done)
    session.flush()


def keep_place(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, position_s: int) -> None:
    """Keep where a film or a recording was left; raise NotFound ``course.no_block`` where nothing is played."""
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    uow.require("courses.study", enrolment)
    hold(uow, enrolment)
    is_there = enrolled_shape(uow.session, enrolment).section_of(block_id) is not None
    block = uow.session.get(Block, block_id) if is_there else None
    plugin: object = None if block is None else uow.plugins(COURSE_BLOCKS).find(block.type)
    if not isinstance(plugin, TimedBlock):
        raise NotFound("course.no_block")
    place = min(max(0, position_s), LONGEST_FILM_S)
    row = uow.session.scalar(
        sa.select(Playback).where(Playback.enrolment_id == enrolment_id, Playback.block_id == block_id)
    )
    if row is None:
        row = Playback(enrolment_id=enrolment_id, block_id=block_id, position_s=place, at=uow.now())
        uow.session.add(row)
    row.position_s, row.at = place, uow.now()
    uow.session.flush()


def set_budgets(uow: UnitOfWork, org_id: UUID, minutes: Mapping[int, int]) -> None:
    """Say how many minutes a day lessons at the screen should take in each grade.

    Raises InvalidInput ``course.budget_minutes`` for a number outside of 60 to 120.
    """
    uow.require("courses.set_time", org_id)
    wrong = [g for g, m in minutes.items() if g not in GRADES or not LEAST_MINUTES <= m <= MOST_MINUTES]
    if wrong:
        raise InvalidInput(
            "course.budget_minutes", fields={f"grade-{grade}": ["course.budget_minutes"] for grade in wrong}
        )
    rows = sa.select(StudyBudget).where(StudyBudget.org_id == org_id)
    known = {row.grade: row for row in uow.session.scalars(rows)}
    for grade, chosen in minutes.items():
        row = known.get(grade)
        if row is None:
            row = StudyBudget(org_id=org_id, grade=grade, minutes=chosen, at=uow.now())
            uow.session.add(row)
        if row.minutes != chosen or row.set_by is None:
            row.minutes, row.set_by, row.at = chosen, uow.actor.person_id, uow.now()
    uow.session.flush()


def set_encouragement(uow: UnitOfWork, person_id: UUID, org_id: UUID, *, is_off: bool, why: str = "") -> None:
    """Switch signs of what was achieved on or off, for oneself, one's own child or one's own student.

    Staff say why, and the family reads it. Raises InvalidInput ``course.reason_missing``.
    """
    uow.require("courses.encourage", Look(person_id, org_id, uow.now()))
    is_family = is_own_family(relations_in(uow.session, uow.actor, person_id, org_id, uow.now()))
    if not is_family and not why.strip():
        raise InvalidInput("course.reason_missing", fields={"why": ["course.reason_missing"]})
    row = uow.session.scalar(sa.select(Encouragement).where(Encouragement.person_id == person_id))
    if row is None:
        row = Encouragement(person_id=person_id, at=uow.now())
        uow.session.add(row)
    row.is_off, row.changed_by, row.at = is_off, uow.actor.person_id, uow.now()
    row.why = "" if is_family else why.strip()[:300]
    uow.session.flush()
    if not is_family:
        uow.log_access("courses.encourage", person_id, "Encouragement", row.id)


def is_own_family(relations: Collection[Relation]) -> bool:
    """Tell whether somebody is the student or the family, who need no reason for anything here."""
    return bool({Relation.SELF, Relation.GUARDIAN_VIEW} & set(relations))
