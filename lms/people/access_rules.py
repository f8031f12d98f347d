"""Declare who may do what with people."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.policy import SIGNED_IN, Action
from lms.people.models import Account, Role

__all__ = ["ACTIONS", "Member"]

_OFFICE = frozenset({"director", "deputy_head", "registrar"})


@dataclass(frozen=True, slots=True)
class Member:
    """A person as one of the people whom an office looks after."""

    id: UUID

    @property
    def person_id(self) -> UUID:
        """Return the person: a member is known by nothing else."""
        return self.id


def _own_account(_session: Session, actor: Actor, account: Account) -> bool:
    return account.person_id == actor.person_id


def _office_of(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*_OFFICE, org_id=org_id)


def _looks_after(session: Session, actor: Actor, member: Member) -> bool:
    """Whoever has, or had, a role in an organisation in which the actor holds an office."""
    orgs = actor.orgs_as(*_OFFICE)
    has_role = sa.select(sa.exists().where(Role.person_id == member.id, Role.org_id.in_(orgs)))
    return bool(session.scalar(has_role))


ACTIONS: tuple[Action, ...] = (
    Action("people.own_account", SIGNED_IN, "One's own password and devices.", _own_account),
    Action("people.manage_organisations", frozenset({"director"}), "Register organisations."),
    Action("people.register", _OFFICE, "Register persons and accounts."),
    Action(
        "people.manage",
        _OFFICE,
        "Look after the people of one's own organisation: accounts, invitations, families.",
        _looks_after,
    ),
    Action(
        "people.grant_roles", _OFFICE, "Give and end roles that stand no higher than one's own.", _office_of
    ),
    Action(
        "people.classes", _OFFICE, "Make classes and say who is in them and who teaches them.", _office_of
    ),
    Action("people.import", _OFFICE, "Take in a table of people and undo it.", _office_of),
    Action("people.manage_guardians", _OFFICE, "Record guardians and court restrictions.", _office_of),
    Action("people.admit", _OFFICE, "Admit students.", _office_of),
    Action("people.assign_staff", _OFFICE, "Make staff responsible for students.", _office_of),
    Action("people.record_status", _OFFICE, "Record dated statuses with their documents.", _office_of),
    Action("people.calendar", _OFFICE, "Keep the working days of a year, for everybody on the platform."),
    Action("people.list", _OFFICE, "See the people of one's own organisation.", _office_of),
)
