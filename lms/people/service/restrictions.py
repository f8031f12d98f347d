"""Record a court's restriction of a guardian, and lift it: one person asks with the document, another confirms."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.access_rules import Member
from lms.people.models import Guardianship
from lms.people.queries import is_impartial
from lms.people.restriction_models import GuardianRestriction

__all__ = ["ask_to_lift_restriction", "lift_restriction", "restrict_guardian"]


def restrict_guardian(uow: UnitOfWork, *, child_id: UUID, adult_id: UUID, org_id: UUID, proof: str) -> None:
    """Record a court's restriction: the child is hidden from the adult from now on.

    Raises NotFound ``people.no_guardian``, InvalidInput ``people.needs_proof``, Conflict ``people.restricted_already``,
    Forbidden ``people.own_family``.
    """
    rows = _pair(uow, child_id, adult_id, org_id)
    if not proof.strip():
        raise InvalidInput("people.needs_proof", fields={"document": ["people.needs_proof"]})
    if _standing(uow, child_id, adult_id) is not None:
        raise Conflict("people.restricted_already")
    for row in rows:
        row.is_restricted = True
    restriction = GuardianRestriction(
        child_id=child_id,
        adult_id=adult_id,
        org_id=org_id,
        document_ref=proof.strip(),
        set_by=uow.actor.person_id,
        set_at=uow.now(),
    )
    uow.session.add(restriction)
    uow.session.flush()
    payload = {"adult": adult_id, "restriction": restriction.id}
    uow.append_ledger(f"org:{org_id}", "people.guardian_restricted", child_id, payload)


def ask_to_lift_restriction(
    uow: UnitOfWork, *, child_id: UUID, adult_id: UUID, org_id: UUID, document_ref: str
) -> None:
    """Ask for the lifting of a restriction with the document that ends it; nothing is lifted yet.

    Raises NotFound ``people.no_restriction``, InvalidInput ``people.needs_proof``, Forbidden ``people.own_family``.
    """
    _pair(uow, child_id, adult_id, org_id)
    restriction = _standing(uow, child_id, adult_id)
    if restriction is None:
        raise NotFound("people.no_restriction")
    if not document_ref.strip():
        raise InvalidInput("people.needs_proof", fields={"document": ["people.needs_proof"]})
    restriction.lift_document_ref = document_ref.strip()
    restriction.lift_asked_by, restriction.lift_asked_at = uow.actor.person_id, uow.now()
    uow.session.flush()
    payload = {"adult": adult_id, "restriction": restriction.id}
    uow.append_ledger(f"org:{org_id}", "people.restriction_lifting_asked", child_id, payload)


def lift_restriction(uow: UnitOfWork, *, child_id: UUID, adult_id: UUID, org_id: UUID) -> None:
    """Confirm the lifting that another person asked for: the adult may again what the guardianship allows.

    Raises NotFound ``people.no_restriction``, Conflict ``people.lifting_not_asked``, Forbidden ``people.second_person``
    or ``people.own_family``.
    """
    rows = _pair(uow, child_id, adult_id, org_id)
    restriction = _standing(uow, child_id, adult_id)
    if restriction is None:
        raise NotFound("people.no_restriction")
    if restriction.lift_asked_at is None:
        raise Conflict("people.lifting_not_asked")
    if restriction.lift_asked_by == uow.actor.person_id:
        raise Forbidden("people.second_person")
    restriction.lifted_by, restriction.lifted_at = uow.actor.person_id, uow.now()
    for row in rows:
        row.is_restricted = False
    uow.session.flush()
    payload = {"adult": adult_id, "restriction": restriction.id, "asked_by": restriction.lift_asked_by}
    uow.append_ledger(f"org:{org_id}", "people.restriction_lifted", child_id, payload)


def _pair(uow: UnitOfWork, child_id: UUID, adult_id: UUID, org_id: UUID) -> Sequence[Guardianship]:
    """Return what was ever recorded between the two, once it is sure that the actor's office may touch it."""
    uow.require("people.manage_guardians", org_id)
    uow.require("people.manage", Member(child_id))
    if uow.actor.person_id == adult_id or not is_impartial(uow.session, uow.actor, child_id):
        raise Forbidden("people.own_family")
    rows = uow.session.scalars(
        sa.select(Guardianship)
        .where(Guardianship.child_id == child_id, Guardianship.adult_id == adult_id)
        .with_for_update()
    ).all()
    if not rows:
        raise NotFound("people.no_guardian")
    return rows


def _standing(uow: UnitOfWork, child_id: UUID, adult_id: UUID) -> GuardianRestriction | None:
    return uow.session.scalar(
        sa.select(GuardianRestriction).where(
            GuardianRestriction.child_id == child_id,
            GuardianRestriction.adult_id == adult_id,
            GuardianRestriction.lifted_at.is_(None),
        )
    )
