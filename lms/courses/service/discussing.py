"""Discuss a step with one's class: write, report, take back; a teacher shows and hides. Nothing is counted or ranked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses.contracts import COURSE_BLOCKS, CourseBlock, DiscussedBlock
from lms.courses.discussion_reading import Reading, class_of, may_read
from lms.courses.models import Block, Course, Post, PostReport
from lms.courses.queries import enrolment_of, shape_of, version_to_show
from lms.courses.service.learning import open_place
from lms.courses.settings import CoursesSettings
from lms.courses.types import PostReceipt, PostState

__all__ = ["judge_post", "reading_of", "report_post", "write_post"]

MAX_POST, MAX_WHY = 2000, 300


def reading_of(uow: UnitOfWork, course: Course) -> Reading:
    """Return as whom the actor reads the discussions of a course; raise NotFound for strangers."""
    uow.require("courses.discuss", course)
    person_id = uow.actor.person_id
    if person_id is None:
        raise NotFound("course.none")
    if uow.can("courses.moderate", course):
        return Reading(person_id, is_staff=True)
    return Reading(person_id, class_of(uow.session, person_id, uow.today()))


def write_post(uow: UnitOfWork, course_id: UUID, block_id: UUID, text: str) -> PostReceipt:
    """Write into the discussion of a step: for one's class, as staff for all; some wait for a teacher first.

    Raises Conflict ``course.no_answer`` (nothing is discussed there), ``course.discussion_closed`` or
    ``course.posts_enough``, InvalidInput ``course.post_empty`` or ``course.post_long``; as `open_place` does, too.
    """
    course = _course(uow, course_id)
    reading = reading_of(uow, course)
    settings = uow.runtime.settings.of(CoursesSettings)
    block, plugin = _discussed(uow, course, block_id, reading)
    if not isinstance(plugin, DiscussedBlock):
        raise Conflict("course.no_answer")
    if not settings.discussions and not reading.is_staff:
        raise Conflict("course.discussion_closed")
    words = text.strip()
    if not words or len(words) > MAX_POST:
        code = "course.post_long" if words else "course.post_empty"
        raise InvalidInput(code, fields={"text": [code]})
    if not reading.is_staff and _written(uow, course, block, reading) >= settings.posts_a_day:
        raise Conflict("course.posts_enough")
    waits = plugin.is_checked_first(block.content) and not reading.is_staff
    post = Post(
        course_id=course.id,
        block_key=block.key,
        class_id=reading.class_id,
        person_id=reading.person_id,
        by_staff=reading.is_staff,
        text=words,
        state=PostState.WAITING if waits else PostState.SHOWN,
        at=uow.now(),
    )
    uow.session.add(post)
    uow.session.flush()
    return PostReceipt(post.id, post.state)


def _course(uow: UnitOfWork, course_id: UUID) -> Course:
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    return course


def _discussed(
    uow: UnitOfWork, course: Course, block_id: UUID, reading: Reading
) -> tuple[Block, CourseBlock]:
    """Return the block and its plug-in: for a student where she may work now, for staff in the published version."""
    if not reading.is_staff:
        enrolment = enrolment_of(uow.session, reading.person_id, course.id)
        if enrolment is None:
            raise NotFound("course.no_enrolment")
        place = open_place(uow, enrolment.id, block_id)
        return place.block, place.plugin
    shape = shape_of(uow.session, version_to_show(uow.session, course.id, None))
    block = uow.session.get(Block, block_id) if shape.section_of(block_id) is not None else None
    if block is None:
        raise NotFound("course.no_block")
    return block, uow.plugins(COURSE_BLOCKS).get(block.type)


def _written(uow: UnitOfWork, course: Course, block: Block, reading: Reading) -> int:
    """Return how often somebody has written in a discussion within a day."""
    rows = sa.select(sa.func.count()).where(
        Post.course_id == course.id,
        Post.block_key == block.key,
        Post.person_id == reading.person_id,
        Post.at > uow.now() - timedelta(days=1),
    )
    return uow.session.scalar(rows) or 0


def _post(uow: UnitOfWork, course_id: UUID, post_id: UUID) -> tuple[Post, Reading]:
    """Return a contribution that the actor may read, and as whom; raise NotFound ``course.no_post``."""
    reading = reading_of(uow, _course(uow, course_id))
    post = uow.session.get(Post, post_id)
    if post is None or post.course_id != course_id or not may_read(post, reading):
        raise NotFound("course.no_post")
    return post, reading


def report_post(uow: UnitOfWork, course_id: UUID, post_id: UUID, why: str) -> PostReceipt:
    """Ask a teacher to look at a contribution; asking again changes nothing. Raises NotFound ``course.no_post``."""
    post, reading = _post(uow, course_id, post_id)
    asked = sa.select(PostReport.id).where(
        PostReport.post_id == post.id, PostReport.person_id == reading.person_id
    )
    if post.person_id != reading.person_id and uow.session.scalar(asked) is None:
        said = why.strip()[:MAX_WHY]
        uow.session.add(PostReport(post_id=post.id, person_id=reading.person_id, why=said, at=uow.now()))
        uow.session.flush()
    return PostReceipt(post.id, post.state)


def judge_post(
    uow: UnitOfWork, course_id: UUID, post_id: UUID, *, is_shown: bool, why: str = ""
) -> PostReceipt:
    """Show a contribution or hide it, saying why to its author; authors take their own back without a reason.

    Raises NotFound ``course.no_post``, InvalidInput ``course.reason_missing``.
    """
    post, reading = _post(uow, course_id, post_id)
    takes_back = post.person_id == reading.person_id and not is_shown
    if not takes_back:
        uow.require("courses.moderate", _course(uow, course_id))
        if not is_shown and not why.strip():
            raise InvalidInput("course.reason_missing", fields={"why": ["course.reason_missing"]})
    post.state = PostState.SHOWN if is_shown else PostState.HIDDEN
    post.why = "" if is_shown or takes_back else why.strip()[:MAX_WHY]
    post.decided_by, post.decided_at = reading.person_id, uow.now()
    uow.session.flush()
    return PostReceipt(post.id, post.state)
