"""Say what letters about sittings say, and to whom they go: that somebody asks, has decided or is late, never what."""

from __future__ import annotations

from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa

from lms.core.uow import UnitOfWork
from lms.people.contracts import NoticeKind, words_of
from lms.people.queries import guardians_told, holders_of
from lms.people.service import is_sending, notify
from lms.people.types import RoleKind
from lms.proctoring import queries
from lms.proctoring.models import ProctoringSession

__all__ = [
    "ANNULLED",
    "ANSWERED",
    "ASKED",
    "KINDS",
    "LATE",
    "SAMPLE_ENDS",
    "tell_family",
    "tell_heads",
    "tell_owners",
]

ASKED, ANNULLED, ANSWERED = "proctoring.asked", "proctoring.annulled", "proctoring.answered"
LATE, SAMPLE_ENDS = "proctoring.late", "proctoring.sample_ends"


def _l(text: str) -> str:
    """Mark a text for the catalogues; it is translated when its reader is known."""
    return text


_WORDS = words_of(Path(__file__).parents[1] / "translations")

KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        ASKED,
        _l("The school asks about an exam"),
        _l(
            "Good day!\n\nSomebody who looked at an exam asks the student a question. Nothing is decided; the answer counts. Sign in "
            "to read the question and until when it can be answered:\n%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ANNULLED,
        _l("The school has decided about an exam"),
        _l(
            "Good day!\n\nThe school has decided about an exam. Sign in to read the decision, its reasons and how to appeal:\n"
            "%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ANSWERED,
        _l("The school has decided about an exam again"),
        _l(
            "Good day!\n\nThe school has looked again at what it had decided about an exam. Sign in to read the answer:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        SAMPLE_ENDS,
        _l("Pictures for the camera end soon"),
        _l(
            "Good day!\n\nThe pictures with which a camera knows you end soon: faces change. Sign in to take them again, or leave it: every "
            "other way to show who you are stays open.\n%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        LATE,
        _l("Reviews of exams are late"),
        _l(
            "Good day!\n\nSomebody should have looked at an exam, or answered an appeal, by now. Sign in to see what is late:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
)


def tell_family(uow: UnitOfWork, kind: str, ref_id: UUID, row: ProctoringSession) -> int:
    """Have the student, and the guardians who may both see and be told, hear of a sitting; return how many letters wait."""
    if not is_sending(uow):
        return 0
    told = guardians_told(uow.session, row.person_id, uow.now())
    return notify(uow, kind, ref_id, f"/sittings/{row.id}", {row.person_id, *told})


def tell_heads(uow: UnitOfWork) -> int:
    """Have the heads of schools hear of what is late, once for all that was due on one day; return how many letters wait."""
    if not is_sending(uow):
        return 0
    now, session, told = uow.now(), uow.session, 0
    orgs = session.scalars(sa.select(ProctoringSession.org_id).distinct()).all()
    for org_id in sorted(orgs):
        heads = {
            *holders_of(session, org_id, RoleKind.DIRECTOR, now),
            *holders_of(session, org_id, RoleKind.DEPUTY_HEAD, now),
        }
        for head in sorted(heads):  # who reviews here, too, may know less of what is late
            for day in sorted({late.due_on for late in queries.late_reviews(session, [org_id], now, head)}):
                ref_id = uuid5(NAMESPACE_URL, f"lms:late:{org_id}:{day}")
                told += notify(uow, LATE, ref_id, "/supervision", [head])
    return told


def tell_owners(uow: UnitOfWork) -> int:
    """Have those whose samples end soon hear of it, once for each sample; return how many letters wait."""
    if not is_sending(uow):
        return 0
    return sum(
        notify(
            uow,
            SAMPLE_ENDS,
            uuid5(NAMESPACE_URL, f"lms:sample:{person_id}:{ends_at.isoformat()}"),
            "/identity/sample",
            [person_id],
        )
        for person_id, ends_at in queries.samples_ending(uow.session, uow.now())
    )
