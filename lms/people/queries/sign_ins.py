"""Read accounts and sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import RoleGrant
from lms.core.db import fetch
from lms.people.models import Account, AccountSession, IdentityRecord, Notice, Organisation, Person, Role

__all__ = [
    "LettersView",
    "SignedInPerson",
    "account_id_of",
    "is_told",
    "letters_of",
    "open_sign_in",
    "organisation_ids",
    "organisation_names",
    "person_ids_by_login",
    "signed_in_person",
]


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """Who stands behind an open session, with the roles held now."""

    account_id: UUID
    person_id: UUID
    epoch: int
    short_name: str
    roles: frozenset[RoleGrant]


#: Every page asks for this, so it is one statement: the account, how its person is shown, one row for each role.
_SIGNED_IN = (
    sa.select(
        Account.id,
        Account.person_id,
        Account.epoch,
        Person.code,
        IdentityRecord.given_name,
        IdentityRecord.family_name,
        Role.kind,
        Role.org_id,
    )
    .join(AccountSession, AccountSession.account_id == Account.id)
    .join(Person, Person.id == Account.person_id)
    .outerjoin(IdentityRecord, IdentityRecord.person_code == Person.code)
    .outerjoin(
        Role,
        sa.and_(
            Role.person_id == Account.person_id,
            Role.valid_from <= sa.bindparam("at"),
            sa.or_(Role.valid_to.is_(None), Role.valid_to > sa.bindparam("at")),
        ),
    )
    .where(
        AccountSession.id == sa.bindparam("session_id"),
        AccountSession.ended_at.is_(None),
        AccountSession.expires_at > sa.bindparam("at"),
        Account.is_active,
    )
)


def signed_in_person(session: Session, session_id: UUID, at: datetime) -> SignedInPerson | None:
    """Return who is signed in with a session that holds at ``at``, or None."""
    rows = fetch(session, _SIGNED_IN, session_id=session_id, at=at)
    if not rows:
        return None
    first = rows[0]
    name = first.code if first.given_name is None else f"{first.given_name} {first.family_name}"
    roles = frozenset(RoleGrant(row.kind.value, row.org_id) for row in rows if row.kind is not None)
    return SignedInPerson(first.id, first.person_id, first.epoch, name, roles)


def open_sign_in(
    *, account_id: UUID, person_id: UUID, session_id: UUID, epoch: int, at: datetime
) -> sa.Select[UUID]:
    """Return a statement that finds the account if a sign-in still holds at ``at``, and nothing otherwise.

    It can stand inside another statement, so that revocation costs the save path no query of its own.
    """
    return (
        sa.select(Account.id)
        .join(AccountSession, AccountSession.account_id == Account.id)
        .where(
            Account.id == account_id,
            Account.person_id == person_id,
            Account.is_active,
            Account.epoch == epoch,
            AccountSession.id == session_id,
            AccountSession.ended_at.is_(None),
            AccountSession.expires_at > at,
        )
    )


@dataclass(frozen=True, slots=True)
class LettersView:
    """Whether the owner of an account wants letters, in which language, and where they go (empty = nowhere)."""

    wants: bool
    language: str
    email: str


def letters_of(session: Session, account_id: UUID, default_language: str) -> LettersView | None:
    """Return what an account's owner has chosen about letters, or None without the account."""
    found = session.execute(
        sa.select(Account.wants_letters, Account.language, IdentityRecord.email)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(IdentityRecord, IdentityRecord.person_code == Person.code)
        .where(Account.id == account_id)
    ).first()
    if found is None:
        return None
    wants, language, email = found
    return LettersView(wants, language or default_language, email or "")


def is_told(session: Session, kind: str, ref_id: UUID) -> bool:
    """Tell whether anybody was told of the news ``ref_id`` of a kind already."""
    rows = sa.select(Notice.id).where(Notice.kind == kind, Notice.ref_id == ref_id)
    return session.scalar(rows.limit(1)) is not None


def account_id_of(session: Session, person_id: UUID) -> UUID | None:
    """Return a person's account, or None."""
    return session.scalar(sa.select(Account.id).where(Account.person_id == person_id))


def person_ids_by_login(session: Session) -> dict[str, UUID]:
    """Return whose login is whose."""
    return {login: person for login, person in session.execute(sa.select(Account.login, Account.person_id))}


def organisation_names(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of organisations, in order of the alphabet."""
    statement = (
        sa.select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(list(ids)))
        .order_by(Organisation.name)
    )
    return {org_id: name for org_id, name in session.execute(statement)}


def organisation_ids(session: Session) -> dict[str, UUID]:
    """Return the organisations by code."""
    return {code: org for code, org in session.execute(sa.select(Organisation.code, Organisation.id))}
