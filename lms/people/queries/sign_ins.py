"""Read accounts and sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.people.models import Account, AccountSession, Organisation

__all__ = ["account_id_of", "open_sign_in", "organisation_ids", "organisation_names", "person_ids_by_login"]


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
