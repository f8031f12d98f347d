"""Declare what an upper floor must do when a consent ends, and what it lets support measures choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from lms.core.registry import Group
from lms.people.types import ConsentPurpose, MeasureCode

if TYPE_CHECKING:
    from lms.core.uow import UnitOfWork

__all__ = ["CONSENT_DEPENDENTS", "SUPPORT_CHOICES", "ConsentDependent", "SupportChoices"]


class ConsentDependent(Protocol):
    """Processing that rests on consents for one purpose and must stop with them, in the same transaction."""

    name: str
    purpose: ConsentPurpose

    def consent_ended(self, uow: UnitOfWork, subject_id: UUID, org_id: UUID, reason: str) -> int:
        """Stop processing the subject's data and destroy what rests on the consent; return how much was destroyed."""
        ...


#: Implemented by proctoring for biometrics.
CONSENT_DEPENDENTS: Group[ConsentDependent] = Group(
    "lms.consent_dependents", ("name", "purpose", "consent_ended")
)


class SupportChoices(Protocol):
    """What a support measure can be chosen from, where the people floor does not know it."""

    name: str
    code: MeasureCode

    def options(self) -> Sequence[tuple[str, str]]:
        """Return the values, each with its words for the present reader."""
        ...


#: Implemented by proctoring: ways to show who one is, and signs that observation does not count.
SUPPORT_CHOICES: Group[SupportChoices] = Group("lms.support_choices", ("name", "code", "options"))
