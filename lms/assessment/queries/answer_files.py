"""Read the files of answers and what was marked on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import AnswerFile, AnswerMarkup, Attempt, AttemptItem, ResponseEvent
from lms.assessment.service.answer_files import neutral_name
from lms.assessment.types import AttemptState
from lms.core.errors import NotFound
from lms.core.uploads import PLAYED

__all__ = ["AnswerPicture", "FileCard", "answer_picture", "files_of_answer", "files_that_count"]


@dataclass(frozen=True, slots=True)
class FileCard:
    """A file of an answer in a list."""

    id: UUID
    name: str
    media_type: str

    @classmethod
    def of(cls, file: AnswerFile, number: int) -> FileCard:
        """Return a file under a name that says nothing of who sent it: whoever marks does not know."""
        return cls(file.id, neutral_name(file, number), file.media_type)

    @property
    def is_picture(self) -> bool:
        """Tell whether it can be marked with a pen."""
        return self.media_type.startswith("image/")

    @property
    def is_sound(self) -> bool:
        """Tell whether a browser plays it; other recordings are opened on the device."""
        return self.media_type in PLAYED


@dataclass(frozen=True, slots=True)
class AnswerPicture:
    """A file of an answer with what was drawn and written on it last."""

    card: FileCard
    attempt_id: UUID
    attempt_item_id: UUID
    person_id: UUID
    is_released: bool
    strokes: list[list[list[float]]]
    comments: list[dict[str, Any]]


def files_of_answer(
    session: Session, attempt_id: UUID, slot: int, names: Iterable[str], late_until: int | None
) -> tuple[FileCard, ...]:
    """Return the files that an answer names and that count, in its order; names of other answers' files are left out."""
    known = files_that_count(session, attempt_id, late_until)
    found = (known[slot, name] for name in names if (slot, name) in known)
    return tuple(FileCard.of(file, number) for number, file in enumerate(found, start=1))


def files_that_count(
    session: Session, attempt_id: UUID, late_until: int | None
) -> dict[tuple[int, str], AnswerFile]:
    """Return the files of an attempt by place and name, without those that came late and were not accepted.

    A device may name a file before it sends it, so an answer in time says nothing of its files: one that came with an
    operation is late where that operation was; one that was brought later has a number of its own. What is late counts up to
    the number ``late_until`` (a teacher's decision).
    """
    late_no: sa.ColumnElement[int | None] = sa.func.coalesce(AnswerFile.late_no, ResponseEvent.late_no)
    rows = session.execute(
        sa.select(AnswerFile, late_no)
        .outerjoin(
            ResponseEvent,
            sa.and_(ResponseEvent.attempt_id == AnswerFile.attempt_id, ResponseEvent.op_id == AnswerFile.id),
        )
        .where(AnswerFile.attempt_id == attempt_id)
    )
    return {
        (file.slot, str(file.id)): file
        for file, number in rows
        if number is None or (late_until is not None and number <= late_until)
    }


def answer_picture(session: Session, answer_file_id: UUID) -> AnswerPicture:
    """Return a file of an answer with its newest marks; raise NotFound ``assessment.no_answer``."""
    row = session.execute(
        sa.select(AnswerFile, Attempt, AttemptItem.id)
        .join(Attempt, Attempt.id == AnswerFile.attempt_id)
        .join(
            AttemptItem,
            sa.and_(AttemptItem.attempt_id == AnswerFile.attempt_id, AttemptItem.slot == AnswerFile.slot),
        )
        .where(AnswerFile.id == answer_file_id)
    ).first()
    if row is None:
        raise NotFound("assessment.no_answer")
    file, attempt, attempt_item_id = row
    newest = session.scalar(
        sa.select(AnswerMarkup)
        .where(AnswerMarkup.answer_file_id == answer_file_id)
        .order_by(AnswerMarkup.number.desc())
        .limit(1)
    )
    return AnswerPicture(
        FileCard.of(file, file.slot),
        attempt.id,
        attempt_item_id,
        attempt.person_id,
        attempt.state is AttemptState.RELEASED,
        [] if newest is None else newest.strokes,
        [] if newest is None else newest.comments,
    )
