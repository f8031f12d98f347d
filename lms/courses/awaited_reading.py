"""Ask whether anything rare waits for a learner, so that what is not there is not asked for one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import day_of
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

__all__ = ["AWAITED", "awaited_values"]

_MINE = (
    Enrolment.person_id == sa.bindparam("person_id"),
    Enrolment.state != EnrolmentState.WITHDRAWN,
)
#: For each kind whether there may be something: never false where there is, sometimes true where what there is has passed.
AWAITED = (
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


def awaited_values(session: Session, at: datetime) -> dict[str, Any]:
    """Return what `AWAITED` asks for beside ``person_id``."""
    return {"since": at - SHOWN, "day": day_of(session, at)}
