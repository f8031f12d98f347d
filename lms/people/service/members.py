"""Look after the people of an organisation: register, invite, close and open accounts, end roles, link families."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, Gone, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.access_rules import Member
from lms.people.models import Account, Guardianship, Invitation, Role
from lms.people.queries.members import (
    active_directors,
    ever_held,
    held_kinds,
    invitation_fault,
    kinds_in,
    why_not_managed,
)
from lms.people.rules.authority import GIVEN_OTHERWISE, OFFICES, may_grant, rank
from lms.people.service.accounts import (
    ACCOUNTS,
    check_password,
    hash_password,
    open_account,
    sign_out_everywhere,
)
from lms.people.service.registry import (
    add_guardian,
    admit_student,
    create_person,
    grant_role,
    own_kinds,
)
from lms.people.types import AdmissionGround, PersonId, RoleKind

__all__ = [
    "INVITATION_DAYS",
    "Invited",
    "NewMember",
    "accept_invitation",
    "deactivate",
    "end_guardian",
    "end_role",
    "give_role",
    "invite",
    "keep_a_director",
    "link_guardian",
    "open_invitation",
    "reactivate",
    "register_member",
    "token_hash",
]

INVITATION_DAYS = 14


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody to be registered: a student (``ground``), a child's parent (``child_id``), staff (``roles``), or several."""

    org_id: UUID
    family_name: str
    given_name: str
    patronymic: str = ""
    birth_date: date | None = None
    email: str = ""
    phone: str = ""
    login: str = ""
    ground: AdmissionGround | None = None
    grade: int | None = None
    class_id: UUID | None = None
    child_id: UUID | None = None
    proof: str = ""
    roles: tuple[RoleKind, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Invited:
    """A link's secret, shown once; the database keeps its hash only."""

    person_id: UUID
    login: str
    token: str = field(repr=False)


def register_member(uow: UnitOfWork, member: NewMember) -> PersonId:
    """Register a person with what they are at the organisation, and open an account when a login is given.

    Raises InvalidInput ``people.needs_role``, ``people.role_above``, ``people.login_taken``, ``people.login_shape``.
    """
    uow.require("people.register")
    if member.ground is None and member.child_id is None and not member.roles:
        raise InvalidInput("people.needs_role", fields={"roles": ["people.needs_role"]})
    person_id = create_person(
        uow,
        family_name=member.family_name,
        given_name=member.given_name,
        patronymic=member.patronymic,
        birth_date=member.birth_date,
        email=member.email,
        phone=member.phone,
    )
    _place(uow, person_id, member)
    if member.login:
        open_account(uow, person_id=person_id, login=member.login)
    uow.append_ledger(f"org:{member.org_id}", "people.registered", person_id, {"login": bool(member.login)})
    return person_id


def _place(uow: UnitOfWork, person_id: UUID, member: NewMember) -> None:
    """Make the person a student, a parent, staff: each with the permission that it takes."""
    if member.ground is not None:
        admit_student(
            uow,
            person_id=person_id,
            org_id=member.org_id,
            ground=member.ground,
            grade=member.grade,
            class_id=member.class_id,
            valid_from=uow.today(),
        )
    if member.child_id is not None:
        link_guardian(
            uow, child_id=member.child_id, adult_id=person_id, org_id=member.org_id, proof=member.proof
        )
    for kind in member.roles:
        grant_role(uow, person_id=person_id, org_id=member.org_id, kind=kind)


def link_guardian(uow: UnitOfWork, *, child_id: UUID, adult_id: UUID, org_id: UUID, proof: str = "") -> None:
    """Record an adult as a child's parent; the child has to be the organisation's student.

    Nobody makes themselves a parent. Raises NotFound, Conflict ``people.guardian_already``,
    ``people.guardian_restricted``, InvalidInput ``people.own_guardian``, ``people.guardian_self``, ``people.needs_proof``.
    """
    uow.require("people.manage_guardians", org_id)
    if child_id == adult_id:
        raise InvalidInput("people.own_guardian", fields={"adult": ["people.own_guardian"]})
    if RoleKind.STUDENT not in kinds_in(uow.session, child_id, org_id, uow.now()):
        uow.require("people.manage", Member(child_id))
        raise InvalidInput("people.not_a_student")
    if adult_id == uow.actor.person_id:
        raise InvalidInput("people.guardian_self", fields={"adult": ["people.guardian_self"]})
    if not proof.strip():
        raise InvalidInput("people.needs_proof", fields={"proof": ["people.needs_proof"]})
    rows = _pair(uow, child_id, adult_id)
    if any(row.is_restricted for row in rows):
        raise Conflict("people.guardian_restricted")
    if any(row.valid_to is None or row.valid_to > uow.now() for row in rows):
        raise Conflict("people.guardian_already")
    add_guardian(uow, child_id=child_id, adult_id=adult_id, org_id=org_id, proof=proof)


def _pair(uow: UnitOfWork, child_id: UUID, adult_id: UUID) -> list[Guardianship]:
    """Return what was ever recorded between a child and an adult."""
    return list(
        uow.session.scalars(
            sa.select(Guardianship).where(
                Guardianship.child_id == child_id, Guardianship.adult_id == adult_id
            )
        )
    )


def end_guardian(uow: UnitOfWork, *, child_id: UUID, adult_id: UUID, org_id: UUID) -> None:
    """End a guardianship now; the row stays.

    Raises NotFound ``people.no_guardian``, Conflict ``people.guardian_restricted`` for what a court has restricted.
    """
    uow.require("people.manage_guardians", org_id)
    uow.require("people.manage", Member(child_id))
    rows = _pair(uow, child_id, adult_id)
    current = [row for row in rows if row.valid_to is None]
    if not current or RoleKind.STUDENT not in kinds_in(uow.session, child_id, org_id, uow.now()):
        raise NotFound("people.no_guardian")
    if any(row.is_restricted for row in rows):
        raise Conflict("people.guardian_restricted")
    for row in current:
        row.valid_to = uow.now()
    uow.append_ledger(f"org:{org_id}", "people.guardian_ended", child_id, {"adult": adult_id})


def give_role(uow: UnitOfWork, *, person_id: UUID, org_id: UUID, kind: RoleKind) -> None:
    """Give one of the organisation's people a role; raise InvalidInput ``people.role_above``."""
    uow.require("people.manage", Member(person_id))
    grant_role(uow, person_id=person_id, org_id=org_id, kind=kind)


def end_role(uow: UnitOfWork, role_id: UUID) -> UUID:
    """End a role that was given by hand and return whose it was.

    Raises NotFound ``people.no_role``, Conflict ``people.role_above``, ``people.last_director``.
    """
    uow.require("people.grant_roles")
    row = uow.session.get(Role, role_id)
    if row is None:
        raise NotFound("people.no_role")
    uow.require("people.manage", Member(row.person_id))
    uow.require("people.grant_roles", row.org_id)
    uow.lock("organisation", row.org_id)
    to_self = row.person_id == uow.actor.person_id
    if not may_grant(own_kinds(uow, row.org_id), row.kind, to_self=to_self):
        raise Conflict("people.role_above")
    if row.kind is RoleKind.DIRECTOR:
        keep_a_director(uow, row.person_id, {row.org_id})
    if row.valid_to is None:
        row.valid_to = uow.now()
        payload = {"role": row.kind.value, "change": "ended"}
        uow.append_ledger(f"org:{row.org_id}", "people.role", row.person_id, payload)
    return row.person_id


def keep_a_director(uow: UnitOfWork, person_id: UUID, orgs: Collection[UUID]) -> None:
    """Raise Conflict ``people.last_director`` where nobody but this person could still give roles."""
    for org_id in orgs:
        directors = active_directors(uow.session, org_id, uow.now())
        if person_id in directors and len(directors) == 1:
            raise Conflict("people.last_director")


def _managed_account(uow: UnitOfWork, person_id: UUID) -> Account:
    """Return the account of a person whom the actor may look after, everywhere where that person is."""
    uow.require("people.manage", Member(person_id))
    account = uow.session.scalar(sa.select(Account).where(Account.person_id == person_id).with_for_update())
    if account is None:
        raise NotFound("people.no_account")
    if uow.actor.is_system:
        return account
    offices = {org_id: own_kinds(uow, org_id) for org_id in uow.actor.orgs_as(*OFFICES)}
    fault = why_not_managed(uow.session, person_id, offices, uow.now())
    if fault:
        raise Conflict(fault)
    return account


def invite(uow: UnitOfWork, person_id: UUID, login: str = "") -> Invited:
    """Make a link with which a person sets a password once, within `INVITATION_DAYS`; earlier links end.

    ``login`` opens the account when there is none. Raises Conflict ``people.account_closed``,
    ``people.account_above``, ``people.elsewhere_too``, InvalidInput ``people.login_taken``.
    """
    uow.require("people.manage", Member(person_id))
    if uow.session.scalar(sa.select(Account.id).where(Account.person_id == person_id)) is None and login:
        open_account(uow, person_id=person_id, login=login)
    account = _managed_account(uow, person_id)
    if not account.is_active:
        raise Conflict("people.account_closed")
    _require_reset(uow, account)
    now, token = uow.now(), secrets.token_urlsafe(24)
    uow.session.execute(
        sa.update(Invitation)
        .where(
            Invitation.account_id == account.id, Invitation.used_at.is_(None), Invitation.revoked_at.is_(None)
        )
        .values(revoked_at=now)
    )
    row = Invitation(
        account_id=account.id,
        token_hash=token_hash(token),
        created_by=uow.actor.person_id,
        created_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.append_ledger(ACCOUNTS, "people.invited", person_id, {"account": account.id, "invitation": row.id})
    return Invited(person_id, account.login, token)


def _require_reset(uow: UnitOfWork, account: Account) -> None:
    """Let the head and the deputies alone open an account anew that a member of staff uses already.

    Raises Conflict ``people.staff_account``.
    """
    if not account.password_hash or uow.actor.is_system:
        return
    ever = ever_held(uow.session, account.person_id)
    for org_id, kinds in ever.items():
        if kinds - GIVEN_OTHERWISE and rank(own_kinds(uow, org_id)) < OFFICES[RoleKind.DEPUTY_HEAD]:
            raise Conflict("people.staff_account")


def token_hash(token: str) -> str:
    """Return what the database keeps of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_invitation(uow: UnitOfWork, token: str) -> tuple[Invitation, Account]:
    """Return a link that still opens something; raise NotFound or Gone with what `invitation_fault` says."""
    found = uow.session.execute(
        sa.select(Invitation, Account)
        .join(Account, Account.id == Invitation.account_id)
        .where(Invitation.token_hash == token_hash(token))
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound("people.no_invitation")
    invitation, account = found
    fault = invitation_fault(uow.session, invitation, account, uow.now())
    if fault:
        raise Gone(fault)
    return invitation, account


def accept_invitation(uow: UnitOfWork, token: str, password: str) -> str:
    """Set the password with the link's secret, sign out every device, use the link up; return the login.

    Whoever holds the link may: it is the proof. Raises NotFound ``people.no_invitation``, Gone
    ``people.invitation_over``, InvalidInput ``people.password_short``.
    """
    invitation, account = open_invitation(uow, token)
    check_password(password)
    account.password_hash = hash_password(uow, password)
    invitation.used_at = uow.now()
    sign_out_everywhere(uow, account)
    uow.append_ledger(
        ACCOUNTS, "people.invitation_used", account.person_id, {"account": account.id, "by": invitation.id}
    )
    return account.login


def deactivate(uow: UnitOfWork, person_id: UUID) -> None:
    """Close a person's account: nobody signs in with it, every device is signed out, facts and roles stay.

    Raises Conflict ``people.last_director``, ``people.account_above``, ``people.elsewhere_too``, ``people.not_oneself``.
    """
    account = _managed_account(uow, person_id)
    if person_id == uow.actor.person_id:
        raise Conflict("people.not_oneself")
    orgs = [org for org, kinds in held_kinds(uow.session, person_id, uow.now()).items() if kinds]
    for org_id in sorted(orgs):
        uow.lock("organisation", org_id)
    keep_a_director(uow, person_id, orgs)
    if account.is_active:
        account.is_active = False
        sign_out_everywhere(uow, account)
        uow.append_ledger(ACCOUNTS, "people.account_closed", person_id, {"account": account.id})


def reactivate(uow: UnitOfWork, person_id: UUID) -> None:
    """Open a closed account again; its password is what it was."""
    account = _managed_account(uow, person_id)
    if not account.is_active:
        account.is_active = True
        uow.append_ledger(ACCOUNTS, "people.account_opened", person_id, {"account": account.id})
