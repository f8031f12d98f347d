"""Let people say of themselves what the machine's errors may be counted for; nobody else sees what one person said."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.people.types import ConsentPurpose
from lms.proctoring.access_rules import Reach
from lms.proctoring.models import DeclaredGroup
from lms.proctoring.types import DeclaredKind

__all__ = ["GroupsConsentDependent", "declare_groups"]


def declare_groups(uow: UnitOfWork, kinds: Collection[DeclaredKind]) -> None:
    """Keep what the actor says of themselves in the place of what was said before; nothing takes all of it back.

    Raises Conflict ``proctoring.no_consent`` without a consent for biometrics in force.
    """
    uow.require("proctoring.own_identity")
    person_id = uow.actor.person_id
    assert person_id is not None
    uow.require("proctoring.own_identity", Reach(person_id, uow.now()))
    if kinds and not people.active_consent(uow.session, person_id, ConsentPurpose.BIOMETRICS, uow.now()):
        raise Conflict("proctoring.no_consent")
    _forget(uow, person_id)
    for kind in sorted(set(kinds)):
        uow.session.add(DeclaredGroup(person_id=person_id, kind=kind, declared_at=uow.now()))


def _forget(uow: UnitOfWork, person_id: UUID) -> None:
    uow.session.execute(sa.delete(DeclaredGroup).where(DeclaredGroup.person_id == person_id))


class GroupsConsentDependent:
    """Forgets what somebody said of themselves in the transaction that ends the consent."""

    name = "proctoring.groups"
    purpose = ConsentPurpose.BIOMETRICS

    def consent_ended(self, uow: UnitOfWork, subject_id: UUID, _org_id: UUID, _reason: str) -> int:
        """Forget it; nothing of it is counted among the destroyed objects."""
        _forget(uow, subject_id)
        return 0
