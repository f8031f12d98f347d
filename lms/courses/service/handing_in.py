"""Hand in work for an assignment, and judge it: accept it, or return it for another try."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.core.uploads import Accepted, accept_audio, accept_document, is_audio
from lms.courses.access_rules import Look
from lms.courses.contracts import CompletionRule
from lms.courses.models import Course, Enrolment, Work, WorkFile
from lms.courses.queries import enrolled_shape
from lms.courses.service.learning import open_place, place_of, settle
from lms.courses.service.notices import tell_learner, tell_teachers
from lms.courses.service.reviewing import draw_reviewers, release_open
from lms.courses.settings import CoursesSettings
from lms.courses.types import WorkReceipt, WorkState

__all__ = ["hand_in", "judge_work"]

#: Words of a work; a longer text comes as a document.
MAX_TEXT = 20_000


def hand_in(
    uow: UnitOfWork, enrolment_id: UUID, block_id: UUID, text: str, files: Sequence[tuple[bytes, str]] = ()
) -> WorkReceipt:
    """Hand in a text and files for an assignment; what came back may be followed by another try.

    Photographs lose what the camera wrote into them; bytes are encrypted for the learner. Raises Conflict
    ``course.no_answer``, ``course.work_waits`` or ``course.work_accepted``, InvalidInput ``course.work_empty``,
    ``course.work_files`` or ``course.work_file``, TooLarge.
    """
    place = open_place(uow, enrolment_id, block_id)
    if place.plugin.completion(place.block.content) is not CompletionRule.ACCEPTED:
        raise Conflict("course.no_answer")
    last = _last(uow, enrolment_id, block_id)
    if last is not None and last.state is not WorkState.RETURNED:
        is_waiting = last.state is WorkState.SENT
        raise Conflict("course.work_waits" if is_waiting else "course.work_accepted")
    words, limits = text.strip(), uow.runtime.settings.of(CoursesSettings)
    if not words and not files:
        raise InvalidInput("course.work_empty", fields={"text": ["course.work_empty"]})
    if len(words) > MAX_TEXT:
        raise InvalidInput("course.answer_too_long", fields={"text": ["course.answer_too_long"]})
    if len(files) > limits.work_max_files:
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
    work.files = [_kept(uow, place.enrolment.person_id, each) for each in accepted]
    uow.session.add(work)
    place.enrolment.last_block_id = block_id
    uow.session.flush()
    tell_teachers(uow, place.enrolment, work)
    draw_reviewers(uow, place, work)
    return WorkReceipt(work.id, work.number, work.state)


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
    work = uow.session.get(Work, work_id)
    if work is None:
        raise NotFound("course.no_work")
    enrolment = uow.session.get_one(Enrolment, work.enrolment_id)
    course = uow.session.get_one(Course, enrolment.course_id)
    uow.require("courses.judge_work", Look(enrolment.person_id, course.org_id, uow.now()))
    uow.lock("enrolment", enrolment.id)
    uow.session.refresh(work)
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
    completes = False
    if accept:
        shape = enrolled_shape(uow.session, enrolment)
        if (
            shape.section_of(work.block_id) is not None
        ):  # else the task is another one in the version that she goes on in
            place = place_of(uow, enrolment, work.block_id)
            completes = settle(uow, place, CompletionRule.ACCEPTED, None, is_completed=True).course_completed
    return WorkReceipt(work.id, work.number, work.state, completes)
