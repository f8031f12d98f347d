"""Show what stands under a step that is discussed."""

from __future__ import annotations

from typing import Any

from lms.core.db import day_of
from lms.core.web import current_actor, read_session, runtime
from lms.courses.contracts import COURSE_BLOCKS, DiscussedBlock
from lms.courses.discussion_reading import PostView, Reading, class_of, posts_of
from lms.courses.models import Block, Course, Enrolment
from lms.courses.settings import CoursesSettings
from lms.courses.types import EnrolmentState

__all__ = ["discussion"]


def discussion(course: Course, enrolment: Enrolment | None, block: Block) -> dict[str, Any] | None:
    """Return what stands under a block that is discussed: contributions, and whether the reader may write."""
    plugin: object = runtime().registries.of(COURSE_BLOCKS).find(block.type)
    person_id = current_actor().person_id
    if not isinstance(plugin, DiscussedBlock) or person_id is None:
        return None
    session, settings = read_session(), runtime().settings.of(CoursesSettings)
    is_staff = runtime().policy.can(session, current_actor(), "courses.moderate", course)
    class_id = None if is_staff else class_of(session, person_id, day_of(session, runtime().clock.now()))
    is_learning = enrolment is not None and enrolment.state is not EnrolmentState.PAUSED
    found: list[PostView] = posts_of(session, course.id, block.key, Reading(person_id, class_id, is_staff))
    return {
        "posts": found,
        "is_staff": is_staff,
        "may_write": is_staff or (settings.discussions and is_learning),
        "is_closed": not settings.discussions,
        "is_checked_first": plugin.is_checked_first(block.content),
    }
