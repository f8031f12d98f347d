"""Write to those who take a course: to all or to a class, and a kind word to one who needs it, once a day at most."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses.access_rules import Look
from lms.courses.models import Course, CourseMessage, Enrolment
from lms.courses.notices import ANNOUNCED, NUDGED
from lms.courses.queries import participants
from lms.courses.service.holding import hold
from lms.courses.types import ConcernKind, EnrolmentState, MessageKind, MessageReceipt
from lms.people.queries import class_members, classes_of
from lms.people.service import is_sending, notify

__all__ = ["announce", "nudge", "take_announcement_back"]

#: What is written again so soon is a form that was sent twice.
SENT_TWICE = timedelta(minutes=5)


def nudge(uow: UnitOfWork, enrolment_id: UUID, reason: ConcernKind) -> MessageReceipt:
    """Send a learner a kind word about a course, for a reason that the reader is told in words.

    Raises NotFound ``course.no_enrolment``, Conflict ``course.nudged_today`` (whoever of the teachers it was) or
    ``course.enrolment_state``.
    """
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    course = uow.session.get_one(Course, enrolment.course_id)
    uow.require("courses.nudge", Look(enrolment.person_id, course.org_id, uow.now()))
    hold(uow, enrolment)
    if enrolment.state is not EnrolmentState.ACTIVE:
        raise Conflict("course.enrolment_state")
    today = uow.today()
    earlier = sa.select(CourseMessage.id).where(
        CourseMessage.enrolment_id == enrolment.id, CourseMessage.day == today
    )
    if uow.session.scalar(earlier.limit(1)) is not None:
        raise Conflict("course.nudged_today")
    message = CourseMessage(
        course_id=course.id,
        kind=MessageKind.NUDGE,
        enrolment_id=enrolment.id,
        reason=reason.value,
        author_id=uow.actor.person_id,
        at=uow.now(),
        day=today,
    )
    uow.session.add(message)
    uow.session.flush()
    uow.log_access("courses.nudge", enrolment.person_id, "Enrolment", enrolment.id)
    if is_sending(uow):
        notify(uow, NUDGED, message.id, f"/courses/{course.id}", [enrolment.person_id])
    return MessageReceipt(message.id, message.at)


def announce(uow: UnitOfWork, course_id: UUID, text: str, class_id: UUID | None = None) -> MessageReceipt:
    """Write to all who take a course, or to those of one class; whoever comes later reads it, too.

    The same words again within a few minutes are a form sent twice: nobody hears them twice. Raises NotFound ``course.none`` or ``course.no_class``, InvalidInput ``course.text_missing``.
    """
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    uow.require("courses.announce", course)
    if not text.strip():
        raise InvalidInput("course.text_missing", fields={"text": ["course.text_missing"]})
    if class_id is not None and class_id not in {
        card.id for card in classes_of(uow.session, [course.org_id], uow.now())
    }:
        raise NotFound("course.no_class")
    uow.lock("course_message", course.id)
    same = uow.session.scalar(
        sa.select(CourseMessage).where(
            CourseMessage.course_id == course.id,
            CourseMessage.kind == MessageKind.ANNOUNCEMENT,
            CourseMessage.author_id == uow.actor.person_id,
            CourseMessage.class_id.is_not_distinct_from(class_id),
            CourseMessage.text == text.strip(),
            CourseMessage.at > uow.now() - SENT_TWICE,
        )
    )
    if same is not None:
        return MessageReceipt(same.id, same.at)
    message = CourseMessage(
        course_id=course.id,
        kind=MessageKind.ANNOUNCEMENT,
        class_id=class_id,
        text=text.strip(),
        author_id=uow.actor.person_id,
        at=uow.now(),
    )
    uow.session.add(message)
    uow.session.flush()
    if is_sending(uow):
        readers = set(participants(uow.session, course.id))
        if class_id is not None:
            readers &= set(class_members(uow.session, class_id, uow.now()))
        notify(uow, ANNOUNCED, message.id, f"/courses/{course.id}", readers)
    return MessageReceipt(message.id, message.at)


def take_announcement_back(uow: UnitOfWork, course_id: UUID, message_id: UUID) -> None:
    """Take an announcement of one's own off every page; letters that went out have gone out.

    Raises NotFound ``course.none`` or ``course.no_message`` (also for what a colleague wrote).
    """
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    uow.require("courses.announce", course)
    message = uow.session.get(CourseMessage, message_id)
    is_own = message is not None and message.author_id == uow.actor.person_id
    if (
        message is None
        or not is_own
        or message.course_id != course.id
        or message.kind is not MessageKind.ANNOUNCEMENT
    ):
        raise NotFound("course.no_message")
    uow.session.delete(message)
    uow.session.flush()
