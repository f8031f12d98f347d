"""Read what somebody has achieved: facts with their days. Nobody is compared with anybody, and nothing is lost by a pause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lms.core.db import day_of
from lms.courses.models import (
    Block,
    BlockAnswer,
    BlockCompletion,
    CompletionFact,
    Course,
    Enrolment,
    PeerReview,
    Section,
    Work,
)
from lms.courses.types import EnrolmentState, ReviewState, WorkState
from lms.curriculum.queries import outcome_views

__all__ = ["Mastery", "Sign", "SignKind", "Signs", "signs_of"]

#: So far back weeks with lessons are counted.
WEEKS_BACK = 26
#: After so many tries a step that was solved counts as one that was not given up.
MANY_TRIES = 3
MOST_SIGNS = 60


class SignKind(StrEnum):
    """What was achieved."""

    COURSE = "course"  # a course was completed
    IMPROVED = "improved"  # work that had come back was accepted
    NOT_GIVEN_UP = "not_given_up"  # a step was solved after many tries
    HELPED = "helped"  # a classmate's work was read and answered


@dataclass(frozen=True, slots=True)
class Sign:
    """One achievement: what, in which course or at which step, on what day."""

    kind: SignKind
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mastery:
    """One outcome of one's courses: how many of the steps that lead to it are done."""

    subject: str
    statement: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Signs:
    """What somebody has achieved; ``weeks`` with lessons of the last half-year, and whether this week has one already."""

    signs: tuple[Sign, ...]
    weeks: int
    is_resting: bool
    mastery: tuple[Mastery, ...]


def signs_of(session: Session, person_id: UUID, at: datetime) -> Signs:
    """Return what somebody has achieved, the newest first."""
    found = [
        *_completed(session, person_id),
        *_improved(session, person_id),
        *_not_given_up(session, person_id),
        *_helped(session, person_id),
    ]
    found.sort(key=lambda sign: sign.at, reverse=True)
    weeks = _weeks(session, person_id, at)
    today = day_of(session, at)
    this_week = today - timedelta(days=today.weekday())
    return Signs(
        tuple(found[:MOST_SIGNS]),
        len(weeks),
        bool(weeks) and this_week not in weeks,
        tuple(_mastery(session, person_id)),
    )


def _completed(session: Session, person_id: UUID) -> list[Sign]:
    rows = session.execute(
        sa.select(Course.title, CompletionFact.at)
        .join(Course, Course.id == CompletionFact.course_id)
        .where(CompletionFact.person_id == person_id)
    )
    return [Sign(SignKind.COURSE, title, at) for title, at in rows]


def _improved(session: Session, person_id: UUID) -> list[Sign]:
    before = aliased(Work)
    rows = session.execute(
        sa.select(Block.title, Section.title, Work.decided_at)
        .select_from(Work)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Block, Block.id == Work.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(
            Enrolment.person_id == person_id,
            Work.state == WorkState.ACCEPTED,
            sa.exists().where(
                before.enrolment_id == Work.enrolment_id,
                before.block_id == Work.block_id,
                before.state == WorkState.RETURNED,
            ),
        )
    )
    return [Sign(SignKind.IMPROVED, title or section, at) for title, section, at in rows if at is not None]


def _not_given_up(session: Session, person_id: UUID) -> list[Sign]:
    tries = (
        sa.select(BlockAnswer.enrolment_id, BlockAnswer.block_id, sa.func.count().label("tries"))
        .join(Enrolment, Enrolment.id == BlockAnswer.enrolment_id)
        .where(Enrolment.person_id == person_id)
        .group_by(BlockAnswer.enrolment_id, BlockAnswer.block_id)
        .having(sa.func.count() >= MANY_TRIES)
        .subquery()
    )
    first = sa.func.count(BlockAnswer.id)
    rows = session.execute(
        sa.select(Block.title, Section.title, BlockCompletion.at, first)
        .select_from(BlockCompletion)
        .join(
            tries,
            sa.and_(
                tries.c.enrolment_id == BlockCompletion.enrolment_id,
                tries.c.block_id == BlockCompletion.block_id,
            ),
        )
        .join(Block, Block.id == BlockCompletion.block_id)
        .join(Section, Section.id == Block.section_id)
        .join(
            BlockAnswer,
            sa.and_(
                BlockAnswer.enrolment_id == BlockCompletion.enrolment_id,
                BlockAnswer.block_id == BlockCompletion.block_id,
                BlockAnswer.at <= BlockCompletion.at,
            ),
        )
        .group_by(BlockCompletion.id, Block.title, Section.title, BlockCompletion.at)
        .having(first >= MANY_TRIES)
    )
    return [Sign(SignKind.NOT_GIVEN_UP, title or section, at) for title, section, at, _tries in rows]


def _helped(session: Session, person_id: UUID) -> list[Sign]:
    rows = session.execute(
        sa.select(Block.title, Section.title, PeerReview.given_at)
        .select_from(PeerReview)
        .join(Enrolment, Enrolment.id == PeerReview.enrolment_id)
        .join(Work, Work.id == PeerReview.work_id)
        .join(Block, Block.id == Work.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(Enrolment.person_id == person_id, PeerReview.state == ReviewState.GIVEN)
    )
    return [Sign(SignKind.HELPED, title or section, at) for title, section, at in rows if at is not None]


def _weeks(session: Session, person_id: UUID, at: datetime) -> set[date]:
    """Return the Mondays of the weeks in which a step was completed; a pause takes none of them away."""
    rows = session.scalars(
        sa.select(BlockCompletion.at)
        .join(Enrolment, Enrolment.id == BlockCompletion.enrolment_id)
        .where(Enrolment.person_id == person_id, BlockCompletion.at > at - timedelta(weeks=WEEKS_BACK))
    )
    days = {day_of(session, moment) for moment in rows}
    return {day - timedelta(days=day.weekday()) for day in days}


def _mastery(session: Session, person_id: UUID) -> list[Mastery]:
    """Return the outcomes of one's courses with the steps that lead to them, those under way first."""
    rows = session.execute(
        sa.select(Course.subject, Block.outcomes, BlockCompletion.id)
        .select_from(Enrolment)
        .join(Course, Course.id == Enrolment.course_id)
        .join(Section, Section.version_id == Enrolment.version_id)
        .join(Block, Block.section_id == Section.id)
        .outerjoin(
            BlockCompletion,
            sa.and_(BlockCompletion.enrolment_id == Enrolment.id, BlockCompletion.block_id == Block.id),
        )
        .where(Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.WITHDRAWN)
        .order_by(Course.subject, Enrolment.created_at, Section.position, Block.position)
    )
    counts: dict[tuple[str, UUID], list[int]] = {}
    for subject, outcomes, completion in rows:
        for text in outcomes:
            count = counts.setdefault((subject, UUID(text)), [0, 0])
            count[0] += completion is not None
            count[1] += 1
    views = outcome_views(session, {outcome for _subject, outcome in counts})
    return _sorted(counts, {outcome: view.statement for outcome, view in views.items()})


def _sorted(counts: Mapping[tuple[str, UUID], list[int]], words: Mapping[UUID, str]) -> list[Mastery]:
    found = [
        Mastery(subject, words[outcome], done, total)
        for (subject, outcome), (done, total) in counts.items()
        if outcome in words
    ]
    return sorted(found, key=lambda row: (row.subject, row.done in {0, row.total}, row.done == 0))
