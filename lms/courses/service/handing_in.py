"""Hand in work for an assignment, and judge it: accept it, or return it for another try."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.core.uploads import Accepted, accept_audio, accept_document, is_audio
from lms.courses.access_rules import Look
from lms.courses.contracts import CompletionRule
from lms.courses.models import Course, Enrolment, Work, WorkFile
from lms.courses.queries import enrolled_shape
from lms.courses.review_reading import is_takeable
from lms.courses.service.holding import hold
from lms.courses.service.learning import open_place, place_of, settle
from lms.courses.service.notices import tell_learner, tell_teachers
from lms.courses.service.reviewing import draw_reviewers, release_open
from lms.courses.settings import CoursesSettings
from lms.courses.types import WorkReceipt, WorkState

__all__ = ["hand_in", "judge_work", "open_work", "take_back"]

#: Words of a work; a longer text comes as a document.
MAX_TEXT = 20_000
#: After these another work may follow.
_FOLLOWED = (WorkState.RETURNED, WorkState.TAKEN_BACK)


def hand_in(
    uow: UnitOfWork,
    enrolment_id: UUID,
    block_id: UUID,
    text: str,
    files: Sequence[tuple[bytes, str]] = (),
    *,
    again: Collection[UUID] = (),
) -> WorkReceipt:
    """Hand in a text and files for an assignment; what came back may be followed by another try.

    Photographs lose what the camera wrote into them; bytes are encrypted for the learner. ``again`` are files of the work that
    was taken back and go with the new one as they are. Raises Conflict
    ``course.no_answer``, ``course.work_waits`` or ``course.work_accepted``, InvalidInput ``course.work_empty``,
    ``course.work_files`` or ``course.work_file``, TooLarge.
    """
    place = open_place(uow, enrolment_id, block_id)
    if place.plugin.completion(place.block.content) is not CompletionRule.ACCEPTED:
        raise Conflict("course.no_answer")
    last = _last(uow, enrolment_id, block_id)
    if last is not None and last.state not in _FOLLOWED:
        is_waiting = last.state is WorkState.SENT
        raise Conflict("course.work_waits" if is_waiting else "course.work_accepted")
    words, limits = text.strip(), uow.runtime.settings.of(CoursesSettings)
    kept = [] if last is None or last.state is not WorkState.TAKEN_BACK else last.files
    kept = [each for each in kept if each.id in again]
    if not words and not files and not kept:
        raise InvalidInput("course.work_empty", fields={"text": ["course.work_empty"]})
    if len(words) > MAX_TEXT:
        raise InvalidInput("course.answer_too_long", fields={"text": ["course.answer_too_long"]})
    if len(files) + len(kept) > limits.work_max_files:
        raise InvalidInput("course.work_files", max=limits.work_max_files)
    accepted = [_accepted(data, name, limits.work_max_bytes) for data, name in files]
    work = Work(
        enrolment_id=enrolment_id,
        block_id=block_id,
        number=1 if last is None else last.number + 1,
        text=words,
        state=WorkState.SENT,
        at=uow.now(),
    )
    work.files = [
        *(WorkFile(file_id=each.file_id, name=each.name, media_type=each.media_type) for each in kept),
        *(_kept(uow, place.enrolment.person_id, each) for each in accepted),
    ]
    uow.session.add(work)
    place.enrolment.last_block_id = block_id
    uow.session.flush()
    tell_teachers(uow, place.enrolment, work)
    draw_reviewers(uow, place, work)
    return WorkReceipt(work.id, work.number, work.state)


def take_back(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID) -> WorkReceipt:
    """Take work back that nobody has looked at yet: it is a draft again, and its texts and files stay with the learner.

    Raises NotFound ``course.no_work``, Conflict ``course.work_read`` once a teacher has opened it or a classmate has said
    something to it, and as a step does that is closed (``course.over``, ``course.paused``).
    """
    place = open_place(uow, enrolment_id, block_id)
    work = _last(uow, enrolment_id, block_id)
    if work is None or work.state is WorkState.TAKEN_BACK:
        raise NotFound("course.no_work")
    if not is_takeable(uow.session, work):
        raise Conflict("course.work_read")
    work.state, work.decided_by, work.decided_at = WorkState.TAKEN_BACK, uow.actor.person_id, uow.now()
    uow.session.flush()
    release_open(uow, work)
    uow.log_access("courses.study", place.enrolment.person_id, "Work", work.id)
    return WorkReceipt(work.id, work.number, work.state)


def open_work(uow: UnitOfWork, work_id: UUID) -> None:
    """Note that somebody who may judge a work has looked at it: from then on it is not taken back."""
    work, _enrolment = _to_judge(uow, work_id)
    if work.state is WorkState.SENT and work.opened_at is None:
        work.opened_at = uow.now()
        uow.session.flush()


def _to_judge(uow: UnitOfWork, work_id: UUID) -> tuple[Work, Enrolment]:
    """Return a work that the actor may judge, as it is now, held against whoever else would change it."""
    work = uow.session.get(Work, work_id)
    if work is None:
        raise NotFound("course.no_work")
    enrolment = uow.session.get_one(Enrolment, work.enrolment_id)
    course = uow.session.get_one(Course, enrolment.course_id)
    uow.require("courses.judge_work", Look(enrolment.person_id, course.org_id, uow.now()))
    hold(uow, enrolment)
    uow.session.refresh(work)
    return work, enrolment


def _last(uow: UnitOfWork, enrolment_id: UUID, block_id: UUID) -> Work | None:
    return uow.session.scalar(
        sa.select(Work)
        .where(Work.enrolment_id == enrolment_id, Work.block_id == block_id)
        .order_by(Work.number.desc())
        .limit(1)
    )


def _accepted(data: bytes, name: str, limit: int) -> Accepted:
    """Return a file as it may be kept; raise InvalidInput ``course.work_file`` when it is no kind of work."""
    if is_audio(data):
        return accept_audio(data, name, max_bytes=limit)
    try:
        return accept_document(data, name, max_bytes=limit)
    except InvalidInput as error:
        if error.code == "upload.not_pdf_or_picture":
            raise InvalidInput("course.work_file", name=name[:120]) from None
        raise


def _kept(uow: UnitOfWork, person_id: UUID, file: Accepted) -> WorkFile:
    stored = uow.store_file(
        file.data,
        area="work",
        media_type=file.media_type,
        name=file.name,
        owner=person_id,
        encrypt_for=person_id,
    )
    return WorkFile(file_id=stored.id, name=file.name, media_type=file.media_type)


def judge_work(uow: UnitOfWork, work_id: UUID, *, accept: bool, comment: str) -> WorkReceipt:
    """Accept a work, which completes its block if it still stands in the learner's version, or return it with a word.

    Raises NotFound ``course.no_work``, Conflict ``course.work_judged``, InvalidInput ``course.comment_missing``.
    """
    work, enrolment = _to_judge(uow, work_id)
    if work.state is not WorkState.SENT:
        raise Conflict("course.work_judged")
    if not accept and not comment.strip():
        raise InvalidInput("course.comment_missing", fields={"comment": ["course.comment_missing"]})
    work.state = WorkState.ACCEPTED if accept else WorkState.RETURNED
    work.comment = comment.strip()[:MAX_TEXT]
    work.decided_by, work.decided_at = uow.actor.person_id, uow.now()
    uow.session.flush()
    release_open(uow, work)
    tell_learner(uow, enrolment, work)
    is_there = enrolled_shape(uow.session, enrolment).section_of(work.block_id) is not None
    if not accept or not is_there:  # not there: the task is another one in the version that she goes on in
        return WorkReceipt(work.id, work.number, work.state)
    place = place_of(uow, enrolment, work.block_id)
    settled = settle(uow, place, CompletionRule.ACCEPTED, None, is_completed=True)
    return WorkReceipt(work.id, work.number, work.state, True, settled.course_completed)
