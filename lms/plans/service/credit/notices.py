"""Say what letters about credit say, and to whom they go: that something waits or is decided and where, never what."""

from __future__ import annotations

from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import sqlalchemy as sa

from lms.core.uow import UnitOfWork
from lms.people.contracts import NoticeKind, words_of
from lms.people.queries import guardians_told, holders_of, is_minor
from lms.people.service import is_sending, notify
from lms.people.types import RoleKind
from lms.plans.credit_models import CommissionMember, CreditCase
from lms.plans.plan_reading import local_day
from lms.plans.queries.deadlines import cases_due, unanswered_cases
from lms.plans.types.credit import CaseState

__all__ = ["ASKED", "ASKED_AGAIN", "DECIDED", "DUE", "KINDS", "asking_ref", "remind_of_cases", "tell_family"]

ASKED, ASKED_AGAIN, DECIDED, DUE = "credit.asked", "credit.asked_again", "credit.decided", "credit.due"


def _l(text: str) -> str:
    """Mark a text for the catalogues; it is translated when its reader is known."""
    return text


_WORDS = words_of(Path(__file__).parents[2] / "translations")

KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        ASKED,
        _l("The school asks about an application"),
        _l(
            "Good day!\n\nThe school needs something more to decide on an application for credit. Sign in to read what:\n"
            "%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ASKED_AGAIN,
        _l("The school still waits for an answer"),
        _l(
            "Good day!\n\nAn application for credit waits for an answer of the family; until then nothing can be decided. "
            "Sign in to read the question:\n%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        DECIDED,
        _l("An application for credit is decided"),
        _l(
            "Good day!\n\nThe school has decided on an application for credit. Sign in to read the decision and its reasons:\n"
            "%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        DUE,
        _l("An application for credit has to be decided soon"),
        _l(
            "Good day!\n\nThe time to decide on an application for credit is running out. Sign in to open it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
)


def tell_family(uow: UnitOfWork, kind: str, ref_id: UUID, case: CreditCase) -> int:
    """Have the guardians who may see and be told hear of a case, and a student of age; return how many letters wait."""
    if not is_sending(uow):
        return 0
    told = guardians_told(uow.session, case.person_id, uow.now())
    if not is_minor(uow.session, case.person_id, uow.today()):
        told.add(case.person_id)
    return notify(uow, kind, ref_id, f"/credit/{case.id}", told)


def remind_of_cases(uow: UnitOfWork) -> int:
    """Remind, once for each term: a family of a question, the office or the commission of a day; return the letters."""
    uow.require("plans.approve")
    if not is_sending(uow):
        return 0
    today, told = local_day(uow.runtime), 0
    for case in unanswered_cases(uow.session, today):
        told += tell_family(uow, ASKED_AGAIN, asking_ref(case), case)
    for case in cases_due(uow.session, today):
        is_voted = case.state is CaseState.IN_COMMISSION
        readers = _members(uow, case) if is_voted else _office(uow, case)
        place = "commission" if is_voted else "office"
        told += notify(uow, DUE, _due_ref(case), f"/credit/{place}/{case.id}", readers)
    return told


def _members(uow: UnitOfWork, case: CreditCase) -> list[UUID]:
    seats = sa.select(CommissionMember.person_id).where(CommissionMember.commission_id == case.commission_id)
    return list(uow.session.scalars(seats))


def _office(uow: UnitOfWork, case: CreditCase) -> list[UUID]:
    return holders_of(uow.session, case.org_id, RoleKind.REGISTRAR, uow.now())


def asking_ref(case: CreditCase) -> UUID:
    """Return the same id for the same question: the next question is another one."""
    asked = case.asked_at.isoformat() if case.asked_at else ""
    return uuid5(NAMESPACE_URL, f"lms:credit:{case.id}:{asked}")


def _due_ref(case: CreditCase) -> UUID:
    return uuid5(NAMESPACE_URL, f"lms:credit-due:{case.id}:{case.review_due_on}:{case.state.value}")
