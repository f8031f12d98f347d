"""Read what somebody learnt in a span of time, what of theirs waits for whom, and which cards want to be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import fetch
from lms.courses.blocks.flashcards import FlashcardsBlock, due_cards
from lms.courses.models import Block, BlockAnswer, BlockCompletion, Course, Enrolment, Section, Work
from lms.courses.types import EnrolmentState, WorkState

__all__ = [
    "CardsDue",
    "LearntCourse",
    "StandingWork",
    "cards_due",
    "learners",
    "learnt_between",
    "works_standing",
]


def _living(person_id: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class LearntCourse:
    """What was done in one course: titles of steps in the order in which they were done, and about how many minutes."""

    course_id: UUID
    title: str
    steps: tuple[str, ...]
    minutes: int


def learnt_between(session: Session, person_id: UUID, start: datetime, end: datetime) -> list[LearntCourse]:
    """Return what somebody completed from ``start`` until before ``end``, course by course."""
    rows = session.execute(
        sa.select(Course.id, Course.title, Block.title, Section.title, Block.est_minutes, Block.with_previous)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .join(BlockCompletion, BlockCompletion.enrolment_id == Enrolment.id)
        .join(Block, Block.id == BlockCompletion.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(*_living(person_id), BlockCompletion.at >= start, BlockCompletion.at < end)
        .order_by(Course.title, BlockCompletion.at, BlockCompletion.id)
    )
    found: dict[UUID, LearntCourse] = {}
    for course_id, course, title, section, minutes, with_previous in rows:
        before = found.get(course_id, LearntCourse(course_id, course, (), 0))
        steps = before.steps if with_previous else tuple(dict.fromkeys((*before.steps, title or section)))
        found[course_id] = LearntCourse(course_id, course, steps, before.minutes + minutes)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class StandingWork:
    """Work that waits: for a teacher since it was sent, or for the learner since it came back."""

    course_id: UUID
    block_id: UUID
    subject: str
    course_title: str
    title: str
    state: WorkState
    since: datetime


def works_standing(session: Session, person_id: UUID) -> list[StandingWork]:
    """Return the newest work of each assignment that is not accepted, the longest waiting first."""
    newest = (
        sa.select(Work.enrolment_id, Work.block_id, sa.func.max(Work.number).label("number"))
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .where(*_living(person_id), Work.state != WorkState.TAKEN_BACK)
        .group_by(Work.enrolment_id, Work.block_id)
        .subquery()
    )
    same = (
        newest.c.enrolment_id == Work.enrolment_id,
        newest.c.block_id == Work.block_id,
        newest.c.number == Work.number,
    )
    rows = session.execute(
        sa.select(Course, Block.id, Block.title, Section.title, Work.state, Work.at, Work.decided_at)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .join(Work, Work.enrolment_id == Enrolment.id)
        .join(newest, sa.and_(*same))
        .join(Block, Block.id == Work.block_id)
        .join(Section, Section.id == Block.section_id)
        .where(*_living(person_id), Work.state != WorkState.ACCEPTED)
    )
    found = [
        StandingWork(
            course.id,
            block_id,
            course.subject,
            course.title,
            title or section,
            state,
            decided_at if decided_at and state is WorkState.RETURNED else at,
        )
        for course, block_id, title, section, state, at, decided_at in rows
    ]
    return sorted(found, key=lambda work: work.since)


@dataclass(frozen=True, slots=True)
class CardsDue:
    """Flashcards of one step that are about to be forgotten."""

    course_id: UUID
    block_id: UUID
    course_title: str
    title: str
    subject: str
    count: int


def _cards_with_states() -> sa.Select[Any]:
    """Build the statement that finds the flashcards of a learner's courses with the last answer to each."""
    last = (
        sa.select(
            BlockAnswer.enrolment_id, BlockAnswer.block_id, sa.func.max(BlockAnswer.try_no).label("try_no")
        )
        .join(Enrolment, Enrolment.id == BlockAnswer.enrolment_id)
        .join(Block, Block.id == BlockAnswer.block_id)
        .where(*_living(sa.bindparam("person_id")), Block.type == FlashcardsBlock.name)
        .group_by(BlockAnswer.enrolment_id, BlockAnswer.block_id)
        .subquery()
    )
    same = (
        last.c.enrolment_id == BlockAnswer.enrolment_id,
        last.c.block_id == BlockAnswer.block_id,
        last.c.try_no == BlockAnswer.try_no,
    )
    return (
        sa.select(
            Course.id.label("course_id"),
            Course.title.label("course_title"),
            Course.subject,
            Block.id.label("block_id"),
            Block.title,
            Block.content,
            Section.title.label("section_title"),
            BlockAnswer.details,
            (Section.version_id == Enrolment.version_id).label("is_current"),
        )
        .join(Enrolment, Enrolment.course_id == Course.id)
        .join(BlockAnswer, BlockAnswer.enrolment_id == Enrolment.id)
        .join(last, sa.and_(*same))
        .join(Block, Block.id == BlockAnswer.block_id)
        .join(Section, Section.id == Block.section_id)
        .order_by(Course.title, Block.position)
    )


_CARDS = _cards_with_states()


def cards_due(session: Session, person_id: UUID, at: datetime) -> list[CardsDue]:
    """Return the steps whose cards want to be repeated by ``at``, as the last answer to each has scheduled them."""
    found = []
    for row in fetch(session, _CARDS, person_id=person_id):
        count = due_cards(row.content, _states(row.details), at) if row.is_current else 0
        if count:
            title = row.title or row.section_title
            found.append(CardsDue(row.course_id, row.block_id, row.course_title, title, row.subject, count))
    return found


def _states(details: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    states = details.get("cards", {})
    return states if isinstance(states, dict) else {}


def learners(session: Session) -> list[UUID]:
    """Return everybody who takes a course now."""
    rows = sa.select(Enrolment.person_id).where(Enrolment.state == EnrolmentState.ACTIVE).distinct()
    return list(session.scalars(rows.order_by(Enrolment.person_id)))
