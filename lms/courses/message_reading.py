"""Read what teachers have written to a learner lately: announcements of their courses, and kind words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import day_of
from lms.courses.models import Course, CourseMessage, Enrolment
from lms.courses.types import ConcernKind, EnrolmentState, MessageKind
from lms.people.queries import classes_on, person_cards

__all__ = ["MessageView", "messages_to", "nudged_on"]

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


def messages_to(
    session: Session, person_id: UUID, at: datetime, course_id: UUID | None = None
) -> list[MessageView]:
    """Return what was written to a learner in the last two weeks, the newest first; of one course when it is named."""
    own = sa.select(Enrolment.id).where(
        Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.WITHDRAWN
    )
    courses = sa.select(Enrolment.course_id).where(
        Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.WITHDRAWN
    )
    of_class = classes_on(session, {person_id: day_of(session, at)}).get(person_id)
    to_all = CourseMessage.class_id.is_(None)
    statement = (
        sa.select(CourseMessage, Course.title)
        .join(Course, Course.id == CourseMessage.course_id)
        .where(
            CourseMessage.at > at - SHOWN,
            CourseMessage.course_id.in_(courses),
            sa.or_(
                CourseMessage.enrolment_id.in_(own),
                sa.and_(
                    CourseMessage.kind == MessageKind.ANNOUNCEMENT,
                    sa.or_(to_all, CourseMessage.class_id == of_class[0]) if of_class else to_all,
                ),
            ),
        )
        .order_by(CourseMessage.at.desc(), CourseMessage.id.desc())
    )
    if course_id is not None:
        statement = statement.where(CourseMessage.course_id == course_id)
    rows = session.execute(statement).all()
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
