"""Sign people in and out.

Passwords are hashed with argon2id (RFC 9106; 19 MiB, 2 passes by default). A few hashes run at once in a process, so
that a storm of sign-ins cannot starve the saving of answers. A wrong login and a wrong password look and last the same.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

import sqlalchemy as sa
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from lms.core.errors import InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.models import Account, AccountSession

__all__ = [
    "SignedIn",
    "change_password",
    "check_password",
    "close_account",
    "create_account",
    "end_all_sessions",
    "end_session",
    "hash_password",
    "keep_reading",
    "open_account",
    "reset_password",
    "sign_in",
    "sign_out_everywhere",
    "verify_password",
]

MIN_PASSWORD_LENGTH = 10
#: What a login looks like: it is typed on every keyboard and read aloud over the telephone.
_LOGIN = re.compile(r"[a-z0-9а-яё][a-z0-9а-яё._@-]{1,79}")
#: The audit chain of accounts: an account belongs to a person, not to one organisation.
ACCOUNTS = "accounts"


@lru_cache(maxsize=8)
def _hasher(memory_kib: int, time_cost: int) -> PasswordHash:
    return PasswordHash((Argon2Hasher(memory_cost=memory_kib, time_cost=time_cost, parallelism=1),))


@lru_cache(maxsize=4)
def _turnstile(width: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, width))


@lru_cache(maxsize=8)
def _dummy_hash(memory_kib: int, time_cost: int) -> str:
    """Return a hash to check against when there is no such login, so both answers take the same time."""
    return _hasher(memory_kib, time_cost).hash("no such account")


def hash_password(uow: UnitOfWork, password: str) -> str:
    """Return the argon2id hash of ``password``."""
    core = uow.runtime.settings.core
    with _turnstile(core.hash_concurrency):
        return _hasher(core.argon2_memory_kib, core.argon2_time_cost).hash(password)


def verify_password(uow: UnitOfWork, password: str, stored: str | None) -> bool:
    """Tell whether ``password`` is the one behind ``stored``; none (None, empty) costs the same time and is never right."""
    core = uow.runtime.settings.core
    reference = stored or _dummy_hash(core.argon2_memory_kib, core.argon2_time_cost)
    with _turnstile(core.hash_concurrency):
        is_right = _hasher(core.argon2_memory_kib, core.argon2_time_cost).verify(password, reference)
    return is_right and bool(stored)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the session cookie carries."""

    account_id: UUID
    person_id: UUID
    session_id: UUID
    epoch: int
    reading: str | None = None


def create_account(uow: UnitOfWork, *, person_id: UUID, login: str, password: str) -> UUID:
    """Open an account; raise InvalidInput ``people.login_taken`` or ``people.password_short``."""
    uow.require("people.register")
    check_password(password)
    account_id = open_account(uow, person_id=person_id, login=login)
    account = uow.session.get_one(Account, account_id)
    account.password_hash = hash_password(uow, password)
    uow.session.flush()
    return account_id


def open_account(uow: UnitOfWork, *, person_id: UUID, login: str) -> UUID:
    """Open an account without a password, which its owner sets with an invitation.

    Raises InvalidInput ``people.login_taken`` or ``people.login_shape``.
    """
    uow.require("people.register")
    normal = login.strip().lower()
    if not _LOGIN.fullmatch(normal):
        raise InvalidInput("people.login_shape", fields={"login": ["people.login_shape"]})
    if uow.session.scalar(sa.select(Account.id).where(Account.login == normal)):
        raise InvalidInput("people.login_taken", fields={"login": ["people.login_taken"]})
    account = Account(person_id=person_id, login=normal, password_hash="", created_at=uow.now())
    uow.session.add(account)
    uow.session.flush()
    return account.id


def check_password(password: str, field: str = "password") -> None:
    """Raise InvalidInput ``people.password_short`` for a password that is too short."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidInput("people.password_short", fields={field: ["people.password_short"]})


def sign_in(
    uow: UnitOfWork, login: str, password: str, device: str = "", *, instead_of: UUID | None = None
) -> SignedIn:
    """Check login and password and open a session; raise InvalidInput ``people.wrong_password``.

    ``instead_of`` is the session that this browser had until now: it ends, so that a copy of its cookie is worth nothing.
    """
    account = uow.session.scalar(sa.select(Account).where(Account.login == login.strip().lower()))
    is_right = verify_password(uow, password, account.password_hash if account else None)
    if account is None or not is_right or not account.is_active:
        raise InvalidInput("people.wrong_password")
    if instead_of is not None:
        end_session(uow, instead_of)
    now = uow.now()
    expires = now + timedelta(hours=uow.runtime.settings.core.session_hours)
    row = AccountSession(account_id=account.id, created_at=now, expires_at=expires, device=device[:200])
    uow.session.add(row)
    account.last_login_at = now
    uow.session.flush()
    return SignedIn(account.id, account.person_id, row.id, account.epoch, account.reading)


def end_session(uow: UnitOfWork, session_id: UUID) -> None:
    """Sign out one device; ending it twice changes nothing."""
    row = uow.session.get(AccountSession, session_id)
    if row is not None and row.ended_at is None:
        row.ended_at = uow.now()


def end_all_sessions(uow: UnitOfWork, account_id: UUID) -> None:
    """Sign out every device of an account by raising its epoch."""
    account = uow.session.get(Account, account_id)
    if account is None:
        raise NotFound("people.no_account")
    uow.require("people.own_account", account)
    sign_out_everywhere(uow, account)


def keep_reading(uow: UnitOfWork, account_id: UUID, reading: str) -> None:
    """Keep how the owner of an account wants to see pages; the next sign-in brings it to that device."""
    account = uow.session.get(Account, account_id)
    if account is None:
        raise NotFound("people.no_account")
    uow.require("people.own_account", account)
    account.reading = reading


def _by_login(uow: UnitOfWork, login: str) -> Account:
    account = uow.session.scalar(sa.select(Account).where(Account.login == login.strip().lower()))
    if account is None:
        raise NotFound("people.no_account")
    return account


def reset_password(uow: UnitOfWork, login: str, password: str) -> None:
    """Set a password without knowing the old one (office, command line) and sign out every device."""
    uow.require("people.register")
    account = _by_login(uow, login)
    check_password(password)
    account.password_hash = hash_password(uow, password)
    sign_out_everywhere(uow, account)
    uow.append_ledger(ACCOUNTS, "people.password_reset", account.person_id, {"account": account.id})


def close_account(uow: UnitOfWork, login: str) -> None:
    """Switch an account off and sign out every device; facts about the person stay."""
    uow.require("people.register")
    account = _by_login(uow, login)
    account.is_active = False
    sign_out_everywhere(uow, account)
    uow.append_ledger(ACCOUNTS, "people.account_closed", account.person_id, {"account": account.id})


def sign_out_everywhere(uow: UnitOfWork, account: Account) -> None:
    """End every session of an account and refuse cookies that are still about."""
    account.epoch += 1
    uow.session.execute(
        sa.update(AccountSession)
        .where(AccountSession.account_id == account.id, AccountSession.ended_at.is_(None))
        .values(ended_at=uow.now())
    )


def change_password(uow: UnitOfWork, account_id: UUID, *, old: str, new: str) -> None:
    """Set another password and sign out all other devices."""
    account = uow.session.get(Account, account_id)
    if account is None:
        raise NotFound("people.no_account")
    uow.require("people.own_account", account)
    if not verify_password(uow, old, account.password_hash):
        raise InvalidInput("people.wrong_password", fields={"old": ["people.wrong_password"]})
    check_password(new, "new")
    account.password_hash = hash_password(uow, new)
    end_all_sessions(uow, account_id)
