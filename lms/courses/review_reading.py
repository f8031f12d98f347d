"""Read what fellow learners are asked and say about works, and what teachers drew on their photographs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import fetch
from lms.core.errors import NotFound
from lms.courses.models import Block, Course, Enrolment, PeerReview, Section, Work, WorkMark
from lms.courses.types import EnrolmentState, ReviewState, WorkState
from lms.people.queries import person_cards

__all__ = [
    "ReviewDuty",
    "ReviewView",
    "is_takeable",
    "marks_on",
    "review_place",
    "reviews_of",
    "reviews_to_give",
]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What one fellow learner says to a work; ``name`` is for staff only."""

    id: UUID
    name: str
    state: ReviewState
    rubric: Mapping[str, str]
    comment: str
    due_at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class ReviewDuty:
    """A work that somebody is asked to read: in which course, for which step, until when."""

    id: UUID
    course: str
    title: str
    due_at: datetime

    @property
    def url(self) -> str:
        """Return the path of the page on which it is read."""
        return f"/courses/reviews/{self.id}"


def is_takeable(session: Session, work: Work) -> bool:
    """Tell whether nobody has looked at a work yet, so that its learner may take it back."""
    if work.state is not WorkState.SENT or work.opened_at is not None:
        return False
    given = sa.select(PeerReview.id).where(
        PeerReview.work_id == work.id, PeerReview.state == ReviewState.GIVEN
    )
    return session.execute(given.limit(1)).first() is None


def reviews_of(session: Session, work_ids: Collection[UUID], at: datetime) -> dict[UUID, list[ReviewView]]:
    """Return the reviews of works, by work, the first asked for first."""
    rows = session.execute(
        sa.select(PeerReview, Enrolment.person_id)
        .join(Enrolment, Enrolment.id == PeerReview.enrolment_id)
        .where(PeerReview.work_id.in_(list(work_ids)))
        .order_by(PeerReview.asked_at, PeerReview.id)
    ).all()
    names = person_cards(session, {person_id for _review, person_id in rows}) if rows else {}
    found: dict[UUID, list[ReviewView]] = {}
    for review, person_id in rows:
        view = ReviewView(
            review.id,
            names[person_id].name,
            review.state,
            review.rubric,
            review.comment,
            review.due_at,
            review.state is ReviewState.ASKED and at > review.due_at,
        )
        found.setdefault(review.work_id, []).append(view)
    return found


_DUTIES = (
    sa.select(PeerReview.id, Course.title, Block.title, Section.title, PeerReview.due_at)
    .select_from(PeerReview)
    .join(Enrolment, Enrolment.id == PeerReview.enrolment_id)
    .join(Course, Course.id == Enrolment.course_id)
    .join(Work, Work.id == PeerReview.work_id)
    .join(Block, Block.id == Work.block_id)
    .join(Section, Section.id == Block.section_id)
    .where(
        Enrolment.person_id == sa.bindparam("person_id"),
        Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.COMPLETED)),
        PeerReview.state == ReviewState.ASKED,
        PeerReview.due_at > sa.bindparam("at"),
        Work.state == WorkState.SENT,
    )
    .order_by(PeerReview.due_at, PeerReview.id)
)


def reviews_to_give(session: Session, person_id: UUID, at: datetime) -> list[ReviewDuty]:
    """Return the works that somebody is asked to read, the most urgent first."""
    rows = fetch(session, _DUTIES, person_id=person_id, at=at)
    return [ReviewDuty(i, course, title or section, due_at) for i, course, title, section, due_at in rows]


def review_place(session: Session, review_id: UUID) -> tuple[PeerReview, Work, Block, Course, Enrolment]:
    """Return a review with its work, step, course and its reader's enrolment; raise NotFound ``course.no_review``."""
    review = session.get(PeerReview, review_id)
    if review is None:
        raise NotFound("course.no_review")
    reader = session.get_one(Enrolment, review.enrolment_id)
    work = session.get_one(Work, review.work_id)
    block, course = session.get_one(Block, work.block_id), session.get_one(Course, reader.course_id)
    return review, work, block, course, reader


def marks_on(session: Session, work_file_ids: Collection[UUID]) -> dict[UUID, WorkMark]:
    """Return what was drawn and written on photographs, by file; what is empty is left out."""
    rows = session.scalars(sa.select(WorkMark).where(WorkMark.work_file_id.in_(list(work_file_ids))))
    return {row.work_file_id: row for row in rows if row.strokes or row.comments}
