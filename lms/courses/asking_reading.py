"""Read questions about steps and notes: what waits for a teacher, what a learner has asked and written down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import PlainRows, bulk_in, fetch
from lms.courses.models import Block, Course, CourseVersion, Enrolment, Note, Question, Section
from lms.courses.types import EnrolmentState
from lms.people.queries import person_cards, students_of

__all__ = [
    "FreshAnswer",
    "NoteView",
    "QuestionView",
    "fresh_answers",
    "notes_of",
    "notes_on",
    "questions_for",
    "questions_in",
    "questions_of",
    "unread_answers",
]

#: Nobody looks through a longer list.
MOST = 500


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question, where it was asked, and its answer."""

    id: UUID
    course_id: UUID
    org_id: UUID
    course: str
    person_id: UUID
    name: str
    block_key: str
    block_id: UUID | None
    title: str
    text: str
    at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    is_read: bool


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note of its reader, and where it was written."""

    course_id: UUID
    course: str
    block_key: str
    block_id: UUID | None
    title: str
    text: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FreshAnswer:
    """An answer that its asker has not seen: in which course, at which step."""

    course_id: UUID
    course: str
    block_id: UUID
    title: str


def _places(
    session: Session, keys: Collection[tuple[UUID, str]], version_of: dict[UUID, UUID] | None = None
) -> dict[tuple[UUID, str], tuple[UUID, str]]:
    """Return the block and its title behind (course, key): in the learner's version, else in the newest that has it."""
    found: dict[tuple[UUID, str], tuple[UUID, str]] = {}
    for batch in bulk_in(sorted({course_id for course_id, _key in keys})):
        rows = session.execute(
            sa.select(
                CourseVersion.course_id, CourseVersion.id, Block.key, Block.id, Block.title, Section.title
            )
            .join(Section, Section.version_id == CourseVersion.id)
            .join(Block, Block.section_id == Section.id)
            .where(
                CourseVersion.course_id.in_(batch),
                CourseVersion.published_at.is_not(None),
                Block.key.in_({key for _course, key in keys}),
            )
            .order_by(CourseVersion.number)
        )
        mine = version_of or {}
        settled: set[tuple[UUID, str]] = set()
        for course_id, version_id, key, block_id, title, section in rows:
            place = (course_id, key)
            if mine.get(course_id) == version_id:
                found[place] = (block_id, title or section)
                settled.add(place)
            elif place not in settled:
                found[place] = (block_id, title or section)
    return found


def _versions(session: Session, person_id: UUID) -> dict[UUID, UUID]:
    rows = session.execute(
        sa.select(Enrolment.course_id, Enrolment.version_id).where(
            Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.WITHDRAWN
        )
    )
    return {course_id: version_id for course_id, version_id in rows}


_ASKED = (
    sa.select(Question, Course.org_id, Course.title)
    .join(Course, Course.id == Question.course_id)
    .order_by(Question.at, Question.id)
    .limit(MOST)
)
_ASKED_HERE = PlainRows(
    _ASKED.where(
        Question.person_id == sa.bindparam("person_id"),
        Question.course_id == sa.bindparam("course_id"),
        Question.block_key.in_(sa.bindparam("keys", expanding=True)),
    )
)


def _questions(
    session: Session, *conditions: sa.ColumnElement[bool], person_id: UUID | None = None
) -> list[QuestionView]:
    return _views(session, session.execute(_ASKED.where(*conditions)).all(), person_id)


def _views(
    session: Session,
    rows: Sequence[sa.Row[Question, UUID, str] | tuple[Question, UUID, str]],
    person_id: UUID | None,
) -> list[QuestionView]:
    if not rows:
        return []
    places = _places(
        session,
        {(row.course_id, row.block_key) for row, _org, _title in rows},
        _versions(session, person_id) if person_id is not None else None,
    )
    people = {row.person_id for row, _org, _title in rows}
    names = person_cards(session, people | {row.answered_by for row, _o, _t in rows if row.answered_by})
    found = []
    for row, org_id, course in rows:
        block_id, title = places.get((row.course_id, row.block_key), (None, ""))
        found.append(
            QuestionView(
                row.id,
                row.course_id,
                org_id,
                course,
                row.person_id,
                names[row.person_id].name,
                row.block_key,
                block_id,
                title,
                row.text,
                row.at,
                row.answer,
                names[row.answered_by].name if row.answered_by else "",
                row.answered_at,
                row.read_at is not None,
            )
        )
    return found


def questions_of(
    session: Session, person_id: UUID, course_id: UUID, keys: Collection[str] = ()
) -> list[QuestionView]:
    """Return what a learner has asked in a course (at the steps ``keys`` when given), the first question first."""
    if keys:
        return _views(session, _asked_here(session, person_id, course_id, keys), person_id)
    own = (Question.person_id == person_id, Question.course_id == course_id)
    return _questions(session, *own, person_id=person_id)


def _asked_here(
    session: Session, person_id: UUID, course_id: UUID, keys: Iterable[str]
) -> list[tuple[Question, UUID, str]]:
    return _ASKED_HERE.fetch_once(session, person_id=person_id, course_id=course_id, keys=tuple(keys))


def questions_in(session: Session, course_id: UUID, *, is_answered: bool) -> list[QuestionView]:
    """Return the questions of a course that wait, the longest waiting first, or those that were answered."""
    state = Question.answered_at.is_not(None) if is_answered else Question.answered_at.is_(None)
    return _questions(session, Question.course_id == course_id, state)


def questions_for(session: Session, actor: Actor, at: datetime) -> list[QuestionView]:
    """Return the questions that wait for a member of staff: of her students, or of all where she leads the school."""
    leads = actor.orgs_as("director", "deputy_head")
    teaches = actor.orgs_as("teacher", "class_teacher", "home_teacher", "tutor") - leads
    is_open = Question.answered_at.is_(None)
    found = _questions(session, Course.org_id.in_(leads), is_open) if leads else []
    if teaches and actor.person_id is not None:
        own = [card.id for card in students_of(session, actor.person_id, at)]
        for batch in bulk_in(sorted(set(own))):
            inside = (Course.org_id.in_(teaches), Question.person_id.in_(batch))
            found += _questions(session, *inside, is_open)
    return sorted(found, key=lambda row: (row.at, row.id))


def unread_answers(session: Session, person_id: UUID, course_id: UUID, keys: Iterable[str]) -> list[UUID]:
    """Return the questions at some steps of a course whose answers a learner has not seen."""
    asked = [question for question, _org, _title in _asked_here(session, person_id, course_id, keys)]
    return [each.id for each in asked if each.answered_at is not None and each.read_at is None]


_FRESH = (
    sa.select(Question.course_id, Course.title, Block.id, Block.title, Section.title)
    .join(Course, Course.id == Question.course_id)
    .join(
        Enrolment,
        sa.and_(Enrolment.course_id == Question.course_id, Enrolment.person_id == Question.person_id),
    )
    .join(Section, Section.version_id == Enrolment.version_id)
    .join(Block, sa.and_(Block.section_id == Section.id, Block.key == Question.block_key))
    .where(
        Question.person_id == sa.bindparam("person_id"),
        Question.answered_at.is_not(None),
        Question.read_at.is_(None),
        Enrolment.state != EnrolmentState.WITHDRAWN,
    )
    .order_by(Question.answered_at)
)


def fresh_answers(session: Session, person_id: UUID) -> list[FreshAnswer]:
    """Return the answers that a learner has not seen, the oldest first."""
    rows = fetch(session, _FRESH, person_id=person_id)
    return [
        FreshAnswer(course_id, course, block_id, title or section)
        for course_id, course, block_id, title, section in rows
    ]


_NOTES = sa.select(Note.block_key, Note.text).where(
    Note.person_id == sa.bindparam("person_id"),
    Note.course_id == sa.bindparam("course_id"),
    Note.block_key.in_(sa.bindparam("keys", expanding=True)),
)


def notes_on(session: Session, person_id: UUID, course_id: UUID, keys: Iterable[str]) -> dict[str, str]:
    """Return a learner's own notes at some steps of a course, by their keys."""
    rows = fetch(session, _NOTES, person_id=person_id, course_id=course_id, keys=list(keys))
    return {key: text for key, text in rows}


def notes_of(session: Session, person_id: UUID, text: str = "") -> list[NoteView]:
    """Return all notes of a learner in which the words of ``text`` stand, course by course, the newest first."""
    rows = session.execute(
        sa.select(Note, Course.title)
        .join(Course, Course.id == Note.course_id)
        .where(Note.person_id == person_id)
        .order_by(Course.title, Note.changed_at.desc(), Note.id)
    ).all()
    if not rows:
        return []
    places = _places(
        session, {(note.course_id, note.block_key) for note, _title in rows}, _versions(session, person_id)
    )
    wanted = text.casefold().split()
    found = []
    for note, course in rows:
        block_id, title = places.get((note.course_id, note.block_key), (None, ""))
        view = NoteView(note.course_id, course, note.block_key, block_id, title, note.text, note.changed_at)
        said = f"{course} {title} {note.text}".casefold()
        if all(word in said for word in wanted):
            found.append(view)
    return found
