"""Store the files of answers while an attempt runs, and hand them out to those who may see them."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.contracts import QUESTION_TYPES, FileRule
from lms.assessment.models import AnswerFile, AnswerMarkup, Attempt
from lms.assessment.rules.time_limits import TimeLimitExceeded, time_limit
from lms.assessment.service.contents import questions_of
from lms.assessment.service.locks import locked_attempt
from lms.assessment.service.sealing import seal_attempt
from lms.assessment.types import OPEN_STATES, AttemptState
from lms.core import uploads
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.ids import new_id
from lms.core.traces import without_traces
from lms.core.uow import UnitOfWork
from lms.core.uploads import Accepted

__all__ = [
    "AnswerDocument",
    "AttachedFile",
    "SentFile",
    "attach_file",
    "keep_file",
    "mark_picture",
    "neutral_name",
    "open_answer_file",
]

#: The area of the file store in which answers lie.
AREA = "answers"

#: Once the result counts, or was taken back, nothing is added.
SETTLED = frozenset({AttemptState.RELEASED, AttemptState.ANNULLED})
#: How many times more files than allowed may be stored for one question: some are taken out again.
CHANGES = 4
#: So long the properties of a file are looked for, in seconds.
CLEANING_LIMIT_S = 10


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as a student's device sent it, with what it is called there."""

    data: bytes
    name: str

    @property
    def sha256(self) -> str:
        """Return the hash of the bytes as they were sent."""
        return hashlib.sha256(self.data).hexdigest()


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


def attach_file(uow: UnitOfWork, attempt_id: UUID, slot: int, *, data: bytes, name: str) -> AttachedFile:
    """Keep a file for a question of one's own attempt; the answer then names it by its id.

    What comes after the end is kept as well, as a late text is: the operation that names it says so, and a teacher decides.
    Raises Conflict ``assessment.not_running``, ``assessment.too_many_files``; InvalidInput ``assessment.no_files_here``
    and those of `lms.core.uploads`.
    """
    attempt = locked_attempt(uow.session, attempt_id)
    uow.require("assessment.sit", attempt)
    row = keep_file(uow, attempt, slot, SentFile(data, name), new_id(), uow.now())
    if attempt.state not in OPEN_STATES:
        seal_attempt(uow, attempt)
    return AttachedFile(row.id, row.name, row.media_type, row.size_bytes)


def keep_file(
    uow: UnitOfWork, attempt: Attempt, slot: int, sent: SentFile, file_id: UUID, at: datetime
) -> AnswerFile:
    """Store a file that came at a moment, under an id that no file has; the caller holds the attempt's row and seals it.

    Raises as `attach_file` does.
    """
    if attempt.state in SETTLED:
        raise Conflict("assessment.not_running")
    rule = _rule(uow, attempt, slot)
    count = uow.session.scalar(
        sa.select(sa.func.count()).where(AnswerFile.attempt_id == attempt.id, AnswerFile.slot == slot)
    )
    if (count or 0) >= rule.most * CHANGES:
        raise Conflict("assessment.too_many_files")
    accepted = _accepted(sent.data, sent.name, rule, uow.runtime.settings.core.upload_max_bytes)
    stored = uow.store_file(
        accepted.data,
        area=AREA,
        media_type=accepted.media_type,
        name=accepted.name,
        owner=attempt.person_id,
    )
    row = AnswerFile(
        id=file_id,
        attempt_id=attempt.id,
        slot=slot,
        file_id=stored.id,
        name=accepted.name,
        media_type=accepted.media_type,
        size_bytes=len(accepted.data),
        sent_sha256=sent.sha256,
        created_at=at,
    )
    uow.session.add(row)
    uow.session.flush()
    return row


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

    Who marks is not told by its name or its properties whose it is; the student gets it as it was sent.
    Raises Conflict ``assessment.not_ended``, as marking does.
    """
    row = uow.session.get(AnswerFile, answer_file_id)
    if row is None:
        raise NotFound("assessment.no_answer")
    attempt = uow.session.get_one(Attempt, row.attempt_id)
    name = row.name
    is_own = attempt.person_id == uow.actor.person_id
    if is_own:
        uow.require("assessment.sit", attempt)
    else:
        name = neutral_name(row, row.slot)
        uow.require("assessment.mark", attempt)
        if attempt.state in OPEN_STATES:
            raise Conflict("assessment.not_ended")
        uow.log_access("assessment.mark", attempt.person_id, "assessment.answer_file", row.id)
    _stored, data = uow.open_file(row.file_id)
    return AnswerDocument(name, row.media_type, data if is_own else _without_traces(data, row.media_type))


def _without_traces(data: bytes, media_type: str) -> bytes:
    """Return a file without its properties; as it is where that cannot be done: whoever marks has to be able to read it."""
    try:
        with time_limit(CLEANING_LIMIT_S):
            return without_traces(data, media_type) or data
    except TimeLimitExceeded:
        return data


def neutral_name(file: AnswerFile, number: int) -> str:
    """Return a name for a file that does not name its author, as the one from the device may."""
    return f"{number}{mimetypes.guess_extension(file.media_type) or ''}"


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
