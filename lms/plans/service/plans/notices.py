"""Say what letters about plans say, and to whom they go: that something waits for a signature, never what."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lms.core.uow import UnitOfWork
from lms.people.contracts import NoticeKind, words_of
from lms.people.queries import guardians_told
from lms.people.service import is_sending, notify
from lms.people.types import Relation
from lms.plans.models import Plan, PlanVersion
from lms.plans.types.plans import ApprovalRole

__all__ = ["ENDING", "ITEM_DUE", "KINDS", "SIGN_SOON", "TO_SIGN", "tell_signers"]

TO_SIGN, SIGN_SOON = "plans.to_sign", "plans.sign_soon"
ITEM_DUE, ENDING = "plans.item_due", "plans.ending"


def _l(text: str) -> str:
    """Mark a text for the catalogues; it is translated when its reader is known."""
    return text


_WORDS = words_of(Path(__file__).parents[2] / "translations")

KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        TO_SIGN,
        _l("A study plan waits for a signature"),
        _l(
            "Good day!\n\nThe school has prepared a study plan that waits for a signature. Sign in to read it:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        SIGN_SOON,
        _l("The time to sign a study plan is running out"),
        _l(
            "Good day!\n\nA study plan still waits for a signature, and the time to sign it is running out. After that it goes "
            "back to its author. Sign in to read it:\n%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ITEM_DUE,
        _l("A day of the study plan is near"),
        _l(
            "Good day!\n\nSomething in a study plan has its last day soon. Sign in to see what and how it is closed:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
    NoticeKind(
        ENDING,
        _l("A study plan ends soon"),
        _l(
            "Good day!\n\nA study plan ends soon, and the next one has not been begun. Sign in to see how it stands:\n%(link)s\n\n"
            "No more such letters: %(letters)s\n"
        ),
        _WORDS,
    ),
)


def tell_signers(
    uow: UnitOfWork, kind: str, plan: Plan, version: PlanVersion, roles: Iterable[ApprovalRole]
) -> int:
    """Have those hear of a version who still have to sign it and may be told; return how many letters wait."""
    if not is_sending(uow):
        return 0
    asked = set(roles)
    readers = {plan.person_id} if ApprovalRole.STUDENT in asked else set()
    if ApprovalRole.GUARDIAN in asked:
        readers |= guardians_told(uow.session, plan.person_id, uow.now(), Relation.GUARDIAN_SIGN)
    return notify(uow, kind, version.id, f"/plans/versions/{version.id}/sign", readers)
