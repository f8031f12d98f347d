"""Store the files of answers while an attempt runs, and hand them out to those who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.contracts import QUESTION_TYPES, FileRule
from lms.assessment.models import AnswerFile, AnswerMarkup, Attempt
from lms.assessment.service.contents import questions_of
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.sealing import seal_attempt
from lms.assessment.types import OPEN_STATES, AttemptState
from lms.core import uploads
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.uow import UnitOfWork
from lms.core.uploads import Accepted

__all__ = ["AnswerDocument", "AttachedFile", "attach_file", "mark_picture", "open_answer_file"]

#: The area of the file store in which answers lie.
AREA = "answers"

#: Once the result counts, or was taken back, nothing is added.
SETTLED = frozenset({AttemptState.RELEASED, AttemptState.ANNULLED})
#: How many times more files than allowed may be stored for one question: some are taken out again.
CHANGES = 4


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that belongs to an answer."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class AnswerDocument:
    """A file of an answer with its bytes."""

    name: str
    media_type: str
    data: bytes


def attach_file(
    uow: UnitOfWork, attempt_id: UUID, slot: int, *, data: bytes, name: str, op_id: UUID | None = None
) -> AttachedFile:
    """Keep a file for a question of one's own attempt; the answer then names it by its id.

    A file that comes with an operation has that operation's id, so that the same operation again keeps no second file. What
    comes after the end is kept as well, as a late text is: the operation that names it says so, and a teacher decides.
    Raises Conflict ``assessment.not_running``, ``assessment.too_many_files``, ``assessment.op_conflict``; InvalidInput
    ``assessment.no_files_here`` and those of `lms.core.uploads`.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.sit", attempt)
    known = None if op_id is None else uow.session.get(AnswerFile, op_id)
    if known is not None:
        if (known.attempt_id, known.slot) != (attempt_id, slot):
            raise Conflict("assessment.op_conflict", count=1)
        return AttachedFile(known.id, known.name, known.media_type, known.size_bytes)
    if attempt.state in SETTLED:
        raise Conflict("assessment.not_running")
    rule = _rule(uow, attempt, slot)
    count = uow.session.scalar(
        sa.select(sa.func.count()).where(AnswerFile.attempt_id == attempt_id, AnswerFile.slot == slot)
    )
    if (count or 0) >= rule.most * CHANGES:
        raise Conflict("assessment.too_many_files")
    accepted = _accepted(data, name, rule, uow.runtime.settings.core.upload_max_bytes)
    stored = uow.store_file(
        accepted.data,
        area=AREA,
        media_type=accepted.media_type,
        name=accepted.name,
        owner=attempt.person_id,
    )
    row = AnswerFile(
        id=op_id or new_id(),
        attempt_id=attempt_id,
        slot=slot,
        file_id=stored.id,
        name=accepted.name,
        media_type=accepted.media_type,
        size_bytes=len(accepted.data),
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    if attempt.state not in OPEN_STATES:
        seal_attempt(uow, attempt)
    return AttachedFile(row.id, row.name, row.media_type, row.size_bytes)


def _rule(uow: UnitOfWork, attempt: Attempt, slot: int) -> FileRule:
    """Return which files the question in a place takes."""
    version = next((q.version for q in questions_of(uow.session, attempt.id) if q.slot == slot), None)
    kind = None if version is None else uow.plugins(QUESTION_TYPES).find(version.type)
    takes_files = getattr(kind, "takes_files", None)
    if version is None or takes_files is None:
        raise InvalidInput("assessment.no_files_here")
    rule: FileRule = takes_files(version.content)
    return rule


def _accepted(data: bytes, name: str, rule: FileRule, max_bytes: int) -> Accepted:
    """Return the file as it may be stored: looked at by its bytes, cleaned where it is a picture."""
    if "audio" in rule.kinds and (uploads.is_audio(data) or rule.kinds == ("audio",)):
        return uploads.accept_audio(data, name, max_bytes=max_bytes)
    if "pdf" in rule.kinds:
        return uploads.accept_document(data, name, max_bytes=max_bytes)
    return uploads.accept_picture(data, name, max_bytes=max_bytes)


def open_answer_file(uow: UnitOfWork, answer_file_id: UUID) -> AnswerDocument:
    """Return a file of an answer: to the student whose it is, and after the end to those who mark it (which is logged).

    Raises Conflict ``assessment.not_ended``, as marking does.
    """
    row = uow.session.get(AnswerFile, answer_file_id)
    if row is None:
        raise NotFound("assessment.no_answer")
    attempt = uow.session.get_one(Attempt, row.attempt_id)
    if attempt.person_id == uow.actor.person_id:
        uow.require("assessment.sit", attempt)
    else:
        uow.require("assessment.mark", attempt)
        if attempt.state in OPEN_STATES:
            raise Conflict("assessment.not_ended")
        uow.log_access("assessment.mark", attempt.person_id, "assessment.answer_file", row.id)
    _stored, data = uow.open_file(row.file_id)
    return AnswerDocument(row.name, row.media_type, data)


def mark_picture(
    uow: UnitOfWork, answer_file_id: UUID, *, strokes: list[Any], comments: list[dict[str, Any]]
) -> int:
    """Keep what a marker drew and wrote on a picture of an answer; return its number (what was there before stays).

    Raises Conflict ``assessment.not_ended`` and ``assessment.result_released``, as a mark does.
    """
    row = uow.session.get(AnswerFile, answer_file_id)
    if row is None:
        raise NotFound("assessment.no_answer")
    attempt = locked_attempt(uow.session, row.attempt_id)
    uow.require("assessment.mark", attempt)
    if attempt.state in OPEN_STATES:
        raise Conflict("assessment.not_ended")
    if attempt.state not in {AttemptState.GRADING, AttemptState.GRADED}:
        raise Conflict("assessment.result_released")
    before = uow.session.scalar(
        sa.select(sa.func.max(AnswerMarkup.number)).where(AnswerMarkup.answer_file_id == answer_file_id)
    )
    number = (before or 0) + 1
    uow.session.add(
        AnswerMarkup(
            answer_file_id=answer_file_id,
            number=number,
            strokes=strokes,
            comments=comments,
            marked_by=uow.actor.person_id,
            marked_at=uow.now(),
        )
    )
    uow.log_access("assessment.mark", attempt.person_id, "assessment.answer_file", answer_file_id)
    return number
