"""Take in the file of answers that a student's device saved when nothing else worked.

Every operation that the server has not got is stored as late, whatever its own clock says: a person decides whether it
counts. What the server knows already changes nothing, so the same file can be brought twice.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.models import Attempt
from lms.assessment.rules.answers_file import AnswersFile, UnreadableFile, read_answers_file
from lms.assessment.service.answer_files import SentFile
from lms.assessment.service.delivery import Brought, keep_brought
from lms.assessment.service.impartial import require_impartial
from lms.assessment.service.journal import note_attempt
from lms.assessment.service.locks import locked_attempt
from lms.core.errors import InvalidInput
from lms.core.uow import UnitOfWork

__all__ = ["take_in_answers"]


def take_in_answers(uow: UnitOfWork, session_id: UUID, data: bytes) -> Brought:
    """Store operations, recordings and photographs of a file that a student has brought; each waits for a decision.

    The file names its work, which must be one of the session.

    Raises InvalidInput ``assessment.answers_file`` (it cannot be read), ``assessment.answers_file_other`` (of another session);
    Forbidden ``assessment.not_impartial``.
    """
    uow.require("assessment.admit")
    found = _read(data)
    here = sa.select(Attempt.id).where(Attempt.id == found.attempt_id, Attempt.session_id == session_id)
    if uow.session.scalar(here) is None:
        raise InvalidInput(
            "assessment.answers_file_other", fields={"file": ["assessment.answers_file_other"]}
        )
    attempt = locked_attempt(uow.session, found.attempt_id)
    uow.require("assessment.admit", attempt)
    require_impartial(uow, attempt.person_id)
    try:
        files = {op_id: SentFile(sent, name) for op_id, (name, sent) in found.files.items()}
        brought = keep_brought(uow, attempt, found.operations, files)
    except InvalidInput as refusal:
        raise InvalidInput(
            "assessment.answers_file", fields={"file": ["assessment.answers_file"]}
        ) from refusal
    told = {
        "file_sha256": hashlib.sha256(data).hexdigest(),
        "operations": len(brought.receipts),
        "files": brought.files,
        "known": brought.known,
        "conflicts": brought.conflicts,
    }
    note_attempt(uow, attempt, "assessment.answers_taken_in", told)
    return brought


def _read(data: bytes) -> AnswersFile:
    try:
        return read_answers_file(data)
    except UnreadableFile as error:
        raise InvalidInput("assessment.answers_file", fields={"file": ["assessment.answers_file"]}) from error
