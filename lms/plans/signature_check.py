"""Check qualified signatures under what other features have signed, as those under versions of a plan are checked."""

from __future__ import annotations

from uuid import UUID

from lms.core.uow import UnitOfWork
from lms.people.ports import CheckedSignature
from lms.people.types import SignatureWorth
from lms.plans import service
from lms.plans.rules.detached_signatures import SignatureFinding, is_named

__all__ = ["SchoolSignatures"]


class SchoolSignatures:
    """By the authorities that the school trusts and the lists of revoked certificates that it has put in."""

    name = "school"

    def check(
        self, uow: UnitOfWork, org_id: UUID, signature: bytes, content: bytes, signer: str
    ) -> CheckedSignature:
        """Say what a signature is worth; a valid one counts in the signer's own name only, where one is known."""
        found, certificate = service.check_for_school(uow, org_id, signature, content)
        worth = SignatureWorth(found.finding.value)
        if found.finding is SignatureFinding.VALID and signer and not is_named(found, signer):
            worth = SignatureWorth.OF_ANOTHER
        return CheckedSignature(worth, certificate)
