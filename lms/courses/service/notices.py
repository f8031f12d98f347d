"""Say what letters about courses say, and to whom they go: that there is news and where, never what was written."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from lms.core.uow import UnitOfWork
from lms.courses.models import Course, Enrolment, Question, Work
from lms.people.contracts import NoticeKind, words_of
from lms.people.queries import staff_of, teachers_of
from lms.people.service import is_sending, notify

__all__ = [
    "ANSWERED",
    "ASKED",
    "KINDS",
    "REVIEW_ASKED",
    "WORK_JUDGED",
    "WORK_SENT",
    "tell_asked",
    "tell_asker",
    "tell_learner",
    "tell_reviewer",
    "tell_teachers",
]

WORK_SENT, WORK_JUDGED = "courses.work_sent", "courses.work_judged"
ASKED, ANSWERED = "courses.asked", "courses.answered"
REVIEW_ASKED = "courses.review_asked"


def _l(text: str) -> str:
    """Mark a text for the catalogues; it is translated when its reader is known."""
    return text


_WORDS = words_of(Path(__file__).parents[1] / "translations")

KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        WORK_SENT,
        _l("A student has handed in work"),
        _l(
            "Good day!\n\nA student of yours has handed in work for a course. Sign in to look at it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        WORK_JUDGED,
        _l("Your teacher has looked at your work"),
        _l(
            "Good day!\n\nYour teacher has looked at what you handed in. Sign in to read what was said:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ASKED,
        _l("A student asks you something"),
        _l(
            "Good day!\n\nA student of yours has a question about a course. Sign in to read and answer it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ANSWERED,
        _l("Your teacher has answered"),
        _l(
            "Good day!\n\nYour teacher has answered a question of yours. Sign in to read it at its step:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        REVIEW_ASKED,
        _l("Somebody’s work waits for your eyes"),
        _l(
            "Good day!\n\nA work for a course that you take waits for your opinion. Sign in to read it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
)


def tell_teachers(uow: UnitOfWork, enrolment: Enrolment, work: Work) -> None:
    """Have those who teach the learner this subject hear of handed-in work; where nobody does, all who answer for her."""
    if is_sending(uow):
        told = _teachers(uow, enrolment.course_id, enrolment.person_id)
        notify(uow, WORK_SENT, work.id, f"/courses/{enrolment.course_id}/work/{work.id}", told)


def _teachers(uow: UnitOfWork, course_id: UUID, person_id: UUID) -> set[UUID]:
    """Return who teaches a learner the subject of a course; where nobody does, all who answer for her."""
    subject = uow.session.get_one(Course, course_id).subject
    told = teachers_of(uow.session, person_id, subject, uow.now())
    return told or {staff for _kind, _subject, staff in staff_of(uow.session, person_id, uow.now())}


def tell_asked(uow: UnitOfWork, question: Question) -> None:
    """Have the learner's teachers hear of a question."""
    if is_sending(uow):
        told = _teachers(uow, question.course_id, question.person_id)
        notify(uow, ASKED, question.id, f"/courses/{question.course_id}/questions#q-{question.id}", told)


def tell_asker(uow: UnitOfWork, question: Question) -> None:
    """Have a learner hear that her question was answered."""
    notify(uow, ANSWERED, question.id, f"/courses/{question.course_id}/asked", [question.person_id])


def tell_reviewer(uow: UnitOfWork, review_id: UUID, enrolment: Enrolment) -> None:
    """Have a learner hear that a fellow learner's work waits for her opinion."""
    notify(uow, REVIEW_ASKED, review_id, f"/courses/reviews/{review_id}", [enrolment.person_id])


def tell_learner(uow: UnitOfWork, enrolment: Enrolment, work: Work) -> None:
    """Have the learner hear that her work was accepted or returned."""
    path = f"/courses/{enrolment.course_id}/steps/{work.block_id}"
    notify(uow, WORK_JUDGED, work.id, path, [enrolment.person_id])
