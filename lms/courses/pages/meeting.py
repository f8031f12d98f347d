"""Give a live lesson to the calendar of who takes the course."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, make_response
from werkzeug.wrappers import Response

from lms.core.calendars import CalendarEntry, as_calendar
from lms.core.web import access, file_disposition, read_session, runtime
from lms.courses.contracts import COURSE_BLOCKS, MeetingBlock
from lms.courses.models import Block
from lms.courses.pages.catalogue import blueprint
from lms.courses.pages.lesson import step_in_reach

__all__ = ["meeting"]


@blueprint.get("/<uuid:course_id>/steps/<uuid:block_id>/meeting.ics")
@access("courses.look")
def meeting(course_id: UUID, block_id: UUID) -> Response:
    """Hand out the meeting of a step as a file for calendars, to learners who are in the course and to its staff."""
    course, _enrolment, here = step_in_reach(course_id, block_id)
    block = read_session().get_one(Block, block_id)
    plugin: object = runtime().registries.of(COURSE_BLOCKS).find(block.type)
    if not isinstance(plugin, MeetingBlock):
        abort(404)
    found = plugin.meeting(block.content)
    # By the school's clock a lesson over the night of a change would be an hour longer or shorter.
    begins = found.at.replace(tzinfo=ZoneInfo(runtime().settings.core.timezone)).astimezone(UTC)
    title = f"{course.title}: {block.title or here.title}"
    ends = begins + timedelta(minutes=found.minutes)
    # The key stays from version to version: a calendar moves the entry that it has.
    entry = CalendarEntry(
        f"course-{course_id}-{block.key}", title, begins, ends, found.address, found.address
    )
    response = make_response(as_calendar(course.title, [entry], runtime().clock.now()))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = file_disposition("attachment", f"{title[:80]}.ics")
    response.headers["Cache-Control"] = "private, no-store"
    return response
