"""Declare what an upper floor must do when a consent ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from lms.core.registry import Group
from lms.people.types import ConsentPurpose

if TYPE_CHECKING:
    from lms.core.uow import UnitOfWork

__all__ = ["CONSENT_DEPENDENTS", "ConsentDependent"]


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
