"""Have fellow learners read a work by its criteria: drawn, unknown to each other, in time. What they say decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses.access_rules import Look
from lms.courses.contracts import COURSE_BLOCKS, ReviewedBlock
from lms.courses.models import Block, Course, Enrolment, PeerReview, Work
from lms.courses.rules.drawing import draw
from lms.courses.service.holding import hold
from lms.courses.service.learning import Place
from lms.courses.service.notices import tell_reviewer
from lms.courses.types import EnrolmentState, ReviewState, WorkState
from lms.people.queries import classes_on, conditions_for

__all__ = ["WORDS", "draw_reviewers", "give_review", "release_open", "release_review"]

#: What is said to a criterion.
WORDS = ("yes", "partly", "not_yet")
MAX_COMMENT = 2000


def draw_reviewers(uow: UnitOfWork, place: Place, work: Work) -> None:
    """Draw fellow learners for a work, and its author for works that lack one.

    Only those of the same class take part, and nobody whose support plan says that teachers alone read her work. Where
    there is nobody, the teacher reads it without them.
    """
    plugin: object = place.plugin
    wanted = plugin.peers(place.block.content) if isinstance(plugin, ReviewedBlock) else 0
    if not wanted or not isinstance(plugin, ReviewedBlock) or not _takes_part(uow, place.enrolment.person_id):
        return
    uow.lock("course_reviews", place.enrolment.course_id)
    works = _standing(uow, place, work)
    readers: dict[UUID, set[UUID]] = {work_id: set() for work_id in works}
    drawn = sa.select(PeerReview.work_id, PeerReview.enrolment_id).where(PeerReview.work_id.in_(works))
    for work_id, reader in uow.session.execute(drawn):
        readers[work_id].add(reader)
    due = uow.now() + timedelta(days=plugin.review_days(place.block.content))
    for work_id, reader in draw((work.id, place.enrolment.id), works, readers, wanted):
        review = PeerReview(
            work_id=work_id,
            enrolment_id=reader,
            state=ReviewState.ASKED,
            rubric={},
            asked_at=uow.now(),
            due_at=due,
        )
        uow.session.add(review)
        uow.session.flush()
        tell_reviewer(uow, review.id, uow.session.get_one(Enrolment, reader))


def _takes_part(uow: UnitOfWork, person_id: UUID) -> bool:
    return conditions_for(uow.session, person_id, uow.today(), activity="lesson").peer_review_allowed


def _standing(uow: UnitOfWork, place: Place, work: Work) -> dict[UUID, UUID]:
    """Return the works at the same step that wait for a teacher, of classmates who take part, and whose they are."""
    rows = uow.session.execute(
        sa.select(Work.id, Enrolment.id, Enrolment.person_id)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Block, Block.id == Work.block_id)
        .where(
            Enrolment.course_id == place.enrolment.course_id,
            Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.COMPLETED)),
            Block.key == place.block.key,
            Work.state == WorkState.SENT,
            Work.id != work.id,
        )
    ).all()
    today, author = uow.today(), place.enrolment.person_id
    classes = classes_on(uow.session, {person: today for _work, _enrolment, person in rows} | {author: today})
    own = classes.get(author, (None, ""))[0]
    return {
        work_id: enrolment_id
        for work_id, enrolment_id, person in rows
        if person != author and classes.get(person, (None, ""))[0] == own and _takes_part(uow, person)
    }


def give_review(uow: UnitOfWork, review_id: UUID, rubric: Mapping[str, str], comment: str) -> None:
    """Say to each criterion how it is, and in words what helps; it can be mended until the time is over.

    Raises NotFound ``course.no_review``, Conflict ``course.review_over``, InvalidInput ``course.review_empty``.
    """
    review = uow.session.get(PeerReview, review_id)
    if review is None:
        raise NotFound("course.no_review")
    uow.require("courses.review_peer", uow.session.get_one(Enrolment, review.enrolment_id))
    work = uow.session.get_one(Work, review.work_id)
    hold(uow, uow.session.get_one(Enrolment, work.enrolment_id))  # who takes the work back holds it, too
    uow.session.refresh(work)
    uow.session.refresh(review)
    is_over = review.state is ReviewState.RELEASED or uow.now() > review.due_at
    if is_over or work.state is not WorkState.SENT:
        raise Conflict("course.review_over")
    block = uow.session.get_one(Block, work.block_id)
    plugin: object = uow.plugins(COURSE_BLOCKS).get(block.type)
    points = plugin.criteria(block.content) if isinstance(plugin, ReviewedBlock) else []
    said = {str(number): rubric.get(str(number), "") for number in range(1, len(points) + 1)}
    words = comment.strip()[:MAX_COMMENT]
    missing = [f"point-{number}" for number, word in said.items() if word not in WORDS]
    missing += [] if words else ["comment"]
    if missing:
        raise InvalidInput("course.review_empty", fields={name: ["course.review_empty"] for name in missing})
    review.rubric, review.comment = said, words
    review.state, review.given_at = ReviewState.GIVEN, uow.now()
    uow.session.flush()


def release_review(uow: UnitOfWork, course_id: UUID, review_id: UUID) -> None:
    """Take a review out, as the author's teacher: its reader need not give it, or its words are not shown."""
    review = uow.session.get(PeerReview, review_id)
    work = None if review is None else uow.session.get_one(Work, review.work_id)
    enrolment = None if work is None else uow.session.get_one(Enrolment, work.enrolment_id)
    if review is None or enrolment is None or enrolment.course_id != course_id:
        raise NotFound("course.no_review")
    org_id = uow.session.get_one(Course, course_id).org_id
    uow.require("courses.judge_work", Look(enrolment.person_id, org_id, uow.now()))
    hold(uow, enrolment)
    review.state = ReviewState.RELEASED
    uow.session.flush()


def release_open(uow: UnitOfWork, work: Work) -> None:
    """Ask nobody any longer to read a work that a teacher has judged."""
    rows = sa.select(PeerReview).where(PeerReview.work_id == work.id, PeerReview.state == ReviewState.ASKED)
    for review in uow.session.scalars(rows):
        review.state = ReviewState.RELEASED
    uow.session.flush()
