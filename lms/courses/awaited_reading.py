"""Read in one statement whether anything rare waits for a learner, so that what is not there is not asked for one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import day_of, fetch
from lms.courses.blocks.flashcards import FlashcardsBlock
from lms.courses.message_reading import SHOWN
from lms.courses.models import (
    Block,
    BlockAnswer,
    CourseMessage,
    Enrolment,
    PeerReview,
    Question,
    StudyDay,
    Work,
)
from lms.courses.types import EnrolmentState, ReviewState, WorkState

__all__ = ["Awaited", "awaited"]

_MINE = (
    Enrolment.person_id == sa.bindparam("person_id"),
    Enrolment.state != EnrolmentState.WITHDRAWN,
)
_AWAITED = sa.select(
    sa.exists()
    .where(
        *_MINE,
        BlockAnswer.enrolment_id == Enrolment.id,
        Block.id == BlockAnswer.block_id,
        Block.type == FlashcardsBlock.name,
    )
    .label("cards"),
    sa.exists()
    .where(*_MINE, Work.enrolment_id == Enrolment.id, Work.state == WorkState.RETURNED)
    .label("works"),
    sa.exists()
    .where(
        Question.person_id == sa.bindparam("person_id"),
        Question.answered_at.is_not(None),
        Question.read_at.is_(None),
    )
    .label("answers"),
    sa.exists()
    .where(*_MINE, PeerReview.enrolment_id == Enrolment.id, PeerReview.state == ReviewState.ASKED)
    .label("reviews"),
    sa.exists()
    .where(*_MINE, CourseMessage.course_id == Enrolment.course_id, CourseMessage.at > sa.bindparam("since"))
    .label("messages"),
    sa.exists()
    .where(StudyDay.person_id == sa.bindparam("person_id"), StudyDay.day == sa.bindparam("day"))
    .label("time"),
)


@dataclass(frozen=True, slots=True)
class Awaited:
    """For which kinds there may be something: never False where there is, sometimes True where what there is has passed."""

    cards: bool
    works: bool
    answers: bool
    reviews: bool
    messages: bool
    time: bool


def awaited(session: Session, person_id: UUID, at: datetime) -> Awaited:
    """Return of which kinds something may wait for a learner: of the others their own questions would find nothing."""
    found = fetch(session, _AWAITED, person_id=person_id, since=at - SHOWN, day=day_of(session, at))[0]
    return Awaited(*(bool(each) for each in found))
