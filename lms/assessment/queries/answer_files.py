"""Read the files of answers and what was marked on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import AnswerFile, AnswerMarkup, Attempt, AttemptItem
from lms.assessment.types import AttemptState
from lms.core.errors import NotFound

__all__ = ["AnswerPicture", "FileCard", "answer_picture", "files_of_answer"]


@dataclass(frozen=True, slots=True)
class FileCard:
    """A file of an answer in a list."""

    id: UUID
    name: str
    media_type: str

    @property
    def is_picture(self) -> bool:
        """Tell whether it can be marked with a pen."""
        return self.media_type.startswith("image/")

    @property
    def is_sound(self) -> bool:
        """Tell whether it is to be listened to."""
        return self.media_type.startswith("audio/")


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
    session: Session, attempt_id: UUID, slot: int, names: Iterable[str]
) -> tuple[FileCard, ...]:
    """Return the files that an answer names, in its order; names of other answers' files are left out."""
    rows = session.scalars(
        sa.select(AnswerFile).where(AnswerFile.attempt_id == attempt_id, AnswerFile.slot == slot)
    )
    known = {str(row.id): FileCard(row.id, row.name, row.media_type) for row in rows}
    return tuple(known[name] for name in names if name in known)


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
        FileCard(file.id, file.name, file.media_type),
        attempt.id,
        attempt_item_id,
        attempt.person_id,
        attempt.state is AttemptState.RELEASED,
        [] if newest is None else newest.strokes,
        [] if newest is None else newest.comments,
    )
