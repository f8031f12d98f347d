"""Declare what an upper floor does when a consent ends, how it checks a signature, and what support measures choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from lms.core.registry import Group
from lms.people.types import ConsentPurpose, MeasureCode, SignatureWorth

if TYPE_CHECKING:
    from lms.core.uow import UnitOfWork

__all__ = [
    "CONSENT_DEPENDENTS",
    "SIGNATURE_CHECKS",
    "SUPPORT_CHOICES",
    "CheckedSignature",
    "ConsentDependent",
    "SignatureCheck",
    "SupportChoices",
]


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


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """What a check found, and what is kept of the certificate: subject, issuer, serial, what lists of revoked ones say."""

    worth: SignatureWorth
    certificate: Mapping[str, str] = field(default_factory=dict)


class SignatureCheck(Protocol):
    """A way to check a qualified signature that came in a file of its own, without asking the network."""

    name: str

    def check(
        self, uow: UnitOfWork, org_id: UUID, signature: bytes, content: bytes, signer: str
    ) -> CheckedSignature:
        """Say what ``signature`` is worth under ``content`` in a school, from somebody whose name is ``signer``.

        Where the school knows no name, ``signer`` is empty and the certificate is held against none.
        """
        ...


#: Implemented by plans, which checks signatures under versions in the same way.
SIGNATURE_CHECKS: Group[SignatureCheck] = Group("lms.signature_checks", ("name", "check"))


class SupportChoices(Protocol):
    """What a support measure can be chosen from, where the people floor does not know it."""

    name: str
    code: MeasureCode

    def options(self) -> Sequence[tuple[str, str]]:
        """Return the values, each with its words for the present reader."""
        ...


#: Implemented by proctoring: ways to show who one is, and signs that observation does not count.
SUPPORT_CHOICES: Group[SupportChoices] = Group("lms.support_choices", ("name", "code", "options"))
