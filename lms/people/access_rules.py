"""Declare who may do what with people."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.policy import SIGNED_IN, Action
from lms.people.models import Account

__all__ = ["ACTIONS"]

_OFFICE = frozenset({"director", "deputy_head", "registrar"})


def _own_account(_session: Session, actor: Actor, account: Account) -> bool:
    return account.person_id == actor.person_id


def _office_of(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*_OFFICE, org_id=org_id)


ACTIONS: tuple[Action, ...] = (
    Action("people.own_account", SIGNED_IN, "One's own password and devices.", _own_account),
    Action("people.manage_organisations", frozenset({"director"}), "Register organisations."),
    Action("people.register", _OFFICE, "Register persons and accounts."),
    Action("people.grant_roles", frozenset({"director", "deputy_head"}), "Give and end roles.", _office_of),
    Action("people.manage_guardians", _OFFICE, "Record guardians and court restrictions.", _office_of),
    Action("people.admit", _OFFICE, "Admit students.", _office_of),
    Action("people.assign_staff", _OFFICE, "Make staff responsible for students.", _office_of),
    Action("people.record_status", _OFFICE, "Record dated statuses with their documents.", _office_of),
    Action("people.list", _OFFICE, "See the people of one's own organisation.", _office_of),
)
