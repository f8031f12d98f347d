"""Say what letters about exams say, and to whom they go: that there is news and where, never a mark."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from lms.core.uow import UnitOfWork
from lms.people.contracts import NoticeKind, words_of
from lms.people.queries import guardians_told
from lms.people.service import is_sending, notify

__all__ = ["ANNOUNCED", "APPEAL", "ITEM_REVIEW", "KINDS", "RELEASED", "tell_family"]

RELEASED, APPEAL, ANNOUNCED = "assessment.released", "assessment.appeal", "assessment.announced"
ITEM_REVIEW = "assessment.item_review"


def _l(text: str) -> str:
    """Mark a text for the catalogues; it is translated when its reader is known."""
    return text


_WORDS = words_of(Path(__file__).parents[1] / "translations")

KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        RELEASED,
        _l("A result is out"),
        _l(
            "Good day!\n\nAn exam has been marked and its result is out. Sign in to read it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        APPEAL,
        _l("An appeal has been answered"),
        _l(
            "Good day!\n\nThe school has answered an appeal. Sign in to read the answer and its reasons:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ITEM_REVIEW,
        _l("A question waits for your review"),
        _l(
            "Good day!\n\nA colleague has written a question and asks somebody else to look at it before exams take it. "
            "Sign in to read it:\n%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ANNOUNCED,
        _l("An exam is announced"),
        _l(
            "Good day!\n\nAn exam stands in the timetable. Sign in to see when it is and what is needed:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
)


def tell_family(uow: UnitOfWork, kind: str, ref_id: UUID, person_id: UUID, path: str = "") -> None:
    """Have the student, and the guardians who may both see and be told, hear of news; without ``path`` it is on their exams."""
    if not is_sending(uow):
        return
    notify(uow, kind, ref_id, path or "/exams", [person_id])
    told = guardians_told(uow.session, person_id, uow.now())
    notify(uow, kind, ref_id, path or f"/exams?person={person_id}", told)
