"""Draw and write on a photograph of a work that was handed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, NotFound
from lms.core.uow import UnitOfWork
from lms.courses.access_rules import Look
from lms.courses.models import Course, Enrolment, Work, WorkFile, WorkMark
from lms.courses.service.holding import hold
from lms.courses.types import WorkState

__all__ = ["mark_work"]


def mark_work(
    uow: UnitOfWork,
    course_id: UUID,
    work_file_id: UUID,
    *,
    strokes: list[list[list[float]]],
    comments: list[dict[str, Any]],
) -> None:
    """Keep what a teacher drew and wrote on a photograph while the work waits for her; the learner reads it once judged.

    Raises NotFound ``course.no_work``, Conflict ``course.work_judged``.
    """
    file = uow.session.get(WorkFile, work_file_id)
    work = None if file is None else uow.session.get_one(Work, file.work_id)
    enrolment = None if work is None else uow.session.get_one(Enrolment, work.enrolment_id)
    if file is None or work is None or enrolment is None or enrolment.course_id != course_id:
        raise NotFound("course.no_work")
    org_id = uow.session.get_one(Course, course_id).org_id
    uow.require("courses.judge_work", Look(enrolment.person_id, org_id, uow.now()))
    if not file.media_type.startswith("image/"):
        raise NotFound("course.no_work")
    hold(uow, enrolment)
    uow.session.refresh(work)
    if work.opened_at is None:
        work.opened_at = uow.now()
    if work.state is not WorkState.SENT:
        raise Conflict("course.work_judged")
    mark = uow.session.scalar(sa.select(WorkMark).where(WorkMark.work_file_id == file.id))
    if mark is None:
        mark = WorkMark(work_file_id=file.id, strokes=[], comments=[], at=uow.now())
        uow.session.add(mark)
    mark.strokes, mark.comments = strokes, comments
    mark.marked_by, mark.at = uow.actor.person_id, uow.now()
    uow.session.flush()
