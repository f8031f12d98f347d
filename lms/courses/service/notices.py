"""Say what letters about courses say, and to whom they go: that there is news and where, never what was written."""

from __future__ import annotations

from pathlib import Path

from lms.core.uow import UnitOfWork
from lms.courses.models import Course, Enrolment, Work
from lms.people.contracts import NoticeKind, words_of
from lms.people.queries import staff_of, teachers_of
from lms.people.service import is_sending, notify

__all__ = ["KINDS", "WORK_JUDGED", "WORK_SENT", "tell_learner", "tell_teachers"]

WORK_SENT, WORK_JUDGED = "courses.work_sent", "courses.work_judged"


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
)


def tell_teachers(uow: UnitOfWork, enrolment: Enrolment, work: Work) -> None:
    """Have those who teach the learner this subject hear of handed-in work; where nobody does, all who answer for her."""
    if not is_sending(uow):
        return
    subject = uow.session.get_one(Course, enrolment.course_id).subject
    told = teachers_of(uow.session, enrolment.person_id, subject, uow.now())
    if not told:
        told = {staff for _kind, _subject, staff in staff_of(uow.session, enrolment.person_id, uow.now())}
    notify(uow, WORK_SENT, work.id, f"/courses/{enrolment.course_id}/work/{work.id}", told)


def tell_learner(uow: UnitOfWork, enrolment: Enrolment, work: Work) -> None:
    """Have the learner hear that her work was accepted or returned."""
    path = f"/courses/{enrolment.course_id}/steps/{work.block_id}"
    notify(uow, WORK_JUDGED, work.id, path, [enrolment.person_id])
