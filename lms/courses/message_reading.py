"""Read what teachers have written to a learner lately: announcements of their courses, and kind words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import PlainRows, day_of
from lms.courses.models import Course, CourseMessage, Enrolment
from lms.courses.types import ConcernKind, EnrolmentState, MessageKind
from lms.people.queries import classes_on, person_cards

__all__ = ["AnnouncementRow", "MessageView", "announcements_of", "messages_to", "nudged_on"]

#: So long a message is shown.
SHOWN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message to a learner: from whom, about which course, and its text or (a kind word) its reason."""

    id: UUID
    course_id: UUID
    course_title: str
    kind: MessageKind
    author: str
    at: datetime
    text: str
    reason: ConcernKind | None


_LIVING = (
    Enrolment.person_id == sa.bindparam("person_id"),
    Enrolment.state != EnrolmentState.WITHDRAWN,
)
#: Those to a class other than the learner's are among them.
_MESSAGES = (
    sa.select(CourseMessage, Course.title)
    .join(Course, Course.id == CourseMessage.course_id)
    .where(
        CourseMessage.at > sa.bindparam("since"),
        CourseMessage.course_id.in_(sa.select(Enrolment.course_id).where(*_LIVING)),
        sa.or_(
            CourseMessage.enrolment_id.in_(sa.select(Enrolment.id).where(*_LIVING)),
            CourseMessage.kind == MessageKind.ANNOUNCEMENT,
        ),
    )
    .order_by(CourseMessage.at.desc(), CourseMessage.id.desc())
)
_OF_ALL_COURSES = PlainRows(_MESSAGES)
_OF_ONE_COURSE = PlainRows(_MESSAGES.where(CourseMessage.course_id == sa.bindparam("course_id")))


def messages_to(
    session: Session, person_id: UUID, at: datetime, course_id: UUID | None = None
) -> list[MessageView]:
    """Return what was written to a learner in the last two weeks, the newest first; of one course when it is named."""
    if course_id is None:
        rows = _OF_ALL_COURSES.fetch(session, person_id=person_id, since=at - SHOWN)
    else:
        rows = _OF_ONE_COURSE.fetch(session, person_id=person_id, since=at - SHOWN, course_id=course_id)
    if any(message.class_id is not None for message, _title in rows):
        of_class = classes_on(session, {person_id: day_of(session, at)}).get(person_id, (None,))[0]
        rows = [row for row in rows if row[0].class_id in {None, of_class} or row[0].enrolment_id is not None]
    names = person_cards(session, [message.author_id for message, _title in rows])
    return [
        MessageView(
            message.id,
            message.course_id,
            title,
            message.kind,
            names[message.author_id].name if message.author_id in names else "",
            message.at,
            message.text,
            ConcernKind(message.reason) if message.reason else None,
        )
        for message, title in rows
    ]


def nudged_on(session: Session, enrolment_ids: list[UUID], at: datetime) -> dict[UUID, datetime]:
    """Return when each learner last got a kind word about the course."""
    rows = session.execute(
        sa.select(CourseMessage.enrolment_id, sa.func.max(CourseMessage.at))
        .where(CourseMessage.enrolment_id.in_(enrolment_ids), CourseMessage.at > at - SHOWN)
        .group_by(CourseMessage.enrolment_id)
    )
    return {enrolment_id: last for enrolment_id, last in rows if enrolment_id is not None}


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """An announcement as staff see it: by whom, to whom (a class, or nobody in particular), and when."""

    id: UUID
    author_id: UUID | None
    author: str
    class_id: UUID | None
    at: datetime
    text: str


def announcements_of(session: Session, course_id: UUID, at: datetime) -> list[AnnouncementRow]:
    """Return what still stands on the pages of those who take a course, the newest first."""
    rows = session.scalars(
        sa.select(CourseMessage)
        .where(
            CourseMessage.course_id == course_id,
            CourseMessage.kind == MessageKind.ANNOUNCEMENT,
            CourseMessage.at > at - SHOWN,
        )
        .order_by(CourseMessage.at.desc(), CourseMessage.id.desc())
    ).all()
    names = person_cards(session, [row.author_id for row in rows if row.author_id is not None])
    return [
        AnnouncementRow(
            row.id,
            row.author_id,
            names[row.author_id].name if row.author_id in names else "",
            row.class_id,
            row.at,
            row.text,
        )
        for row in rows
    ]
