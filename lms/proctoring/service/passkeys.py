"""Bind a student's device with a passkey, and confirm with it that the account is in the same hands."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import AuditNote, Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.proctoring import passkeys, queries
from lms.proctoring.access_rules import Reach
from lms.proctoring.models import IdentityCheck, Passkey
from lms.proctoring.passkeys import Place, ProvenKey
from lms.proctoring.rules.identity import PASSKEY_METHODS
from lms.proctoring.service.identity import move_check, own_check, settle_check
from lms.proctoring.types import CheckState, IdentityMethod

__all__ = ["ask_passkey", "begin_passkey", "confirm_by_passkey", "register_passkey", "remove_passkey"]

#: A challenge is good for so long.
CHALLENGE_TIME = timedelta(minutes=5)
#: Passkeys of one person at once.
MOST_PASSKEYS = 10


def begin_passkey(uow: UnitOfWork) -> str:
    """Begin to register a passkey of one's own; return JSON for the browser. A registration begun before is forgotten.

    Raises Conflict ``proctoring.passkeys_off`` where the site's address allows none, ``proctoring.passkeys_many``.
    """
    uow.require("proctoring.own_passkeys")
    person_id, org_id = _me(uow)
    place = _place(uow)
    mine = _mine(uow, person_id)
    if len(mine) >= MOST_PASSKEYS:
        raise Conflict("proctoring.passkeys_many")
    row = uow.session.scalar(
        sa.select(Passkey).where(Passkey.person_id == person_id, Passkey.registered_at.is_(None))
    )
    if row is None:
        row = Passkey(person_id=person_id, org_id=org_id)
        uow.session.add(row)
    row.challenge, row.created_at = passkeys.new_challenge(), uow.now()
    uow.session.flush()
    return passkeys.creation_options(
        place,
        site=place.domain,
        user=person_id,
        name=str(person_id),
        challenge=row.challenge,
        known=[key.credential for key in mine.values()],
    )


def register_passkey(uow: UnitOfWork, answer: str, label: str) -> UUID:
    """Keep the passkey that a device made; it goes into the ledger and counts for exams after a while.

    Raises InvalidInput ``proctoring.passkey_wrong``.
    """
    uow.require("proctoring.own_passkeys")
    person_id, org_id = _me(uow)
    row = uow.session.scalar(
        sa.select(Passkey)
        .where(Passkey.person_id == person_id, Passkey.registered_at.is_(None))
        .with_for_update()
    )
    if row is None or not row.challenge or row.created_at + CHALLENGE_TIME < uow.now():
        raise _wrong()
    found = passkeys.proven_key(_place(uow), row.challenge, answer)
    if uow.session.scalar(sa.select(Passkey.id).where(Passkey.credential == found.credential)):
        raise _wrong()
    row.credential, row.public_key, row.count = found.credential, found.public_key, found.count
    row.label, row.challenge, row.registered_at = label.strip()[:60], "", uow.now()
    uow.append_ledger(f"org:{org_id}", "proctoring.passkey_registered", person_id, {"passkey": row.id})
    return row.id


def remove_passkey(uow: UnitOfWork, passkey_id: UUID) -> None:
    """Forget one of one's own passkeys at once; removing it again changes nothing."""
    uow.require("proctoring.own_passkeys")
    row = uow.session.get(Passkey, passkey_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(
            "proctoring.no_passkey", audit=AuditNote("proctoring.own_passkeys", "Passkey", passkey_id)
        )
    uow.require("proctoring.own_passkeys", Reach(row.person_id, uow.now()))
    if row.removed_at is None:
        row.removed_at, row.public_key = uow.now(), None
        uow.append_ledger(
            f"org:{row.org_id}", "proctoring.passkey_removed", row.person_id, {"passkey": row.id}
        )


def ask_passkey(uow: UnitOfWork, check_id: UUID) -> str:
    """Return JSON with which the browser asks the device; it is good for one answer.

    Raises Conflict ``proctoring.check_state``, ``proctoring.passkeys_off`` or ``proctoring.no_passkey``.
    """
    row = _check(uow, check_id)
    known = _counting(uow, row)
    if not known:
        raise Conflict("proctoring.no_passkey")
    row.challenge, row.challenged_at = passkeys.new_challenge(), uow.now()
    return passkeys.request_options(_place(uow), row.challenge, [key.credential for key in known.values()])


def confirm_by_passkey(uow: UnitOfWork, check_id: UUID, answer: str) -> bool:
    """Check the device's answer; tell whether it was right. With a talk to follow, a person has the last word.

    A wrong answer ends the challenge and is written down. Raises Conflict ``proctoring.check_state``.
    """
    row = _check(uow, check_id)
    challenge, asked_at = row.challenge, row.challenged_at
    row.challenge, row.challenged_at = "", None
    key = _answering(uow, row, answer) if challenge else None
    if key is None or asked_at is None or asked_at + CHALLENGE_TIME < uow.now():
        return _refused(uow, row)
    known = uow.session.get_one(Passkey, key, with_for_update=True)
    try:
        known.count = passkeys.proven_count(_place(uow), challenge, answer, _value(known))
    except InvalidInput:
        return _refused(uow, row)
    known.last_used_at, row.passkey_id = uow.now(), known.id
    if row.method is IdentityMethod.PASSKEY:
        settle_check(uow, row, is_confirmed=True, decided_by=None)
    else:
        move_check(row, CheckState.HUMAN_CHECK)
    return True


def _refused(uow: UnitOfWork, row: IdentityCheck) -> bool:
    uow.log_access("proctoring.passkey", row.person_id, "identity_check", row.id, outcome="refused")
    return False


def _answering(uow: UnitOfWork, row: IdentityCheck, answer: str) -> UUID | None:
    """Return which of the passkeys that count the answer names."""
    try:
        named = json.loads(answer)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    for key_id, key in _counting(uow, row).items():
        if named == queries.text_of(key.credential):
            return key_id
    return None


def _check(uow: UnitOfWork, check_id: UUID) -> IdentityCheck:
    row = own_check(uow, check_id)
    if row.method not in PASSKEY_METHODS or row.state is not CheckState.PENDING:
        raise Conflict("proctoring.check_state")
    return row


def _mine(uow: UnitOfWork, person_id: UUID) -> dict[UUID, ProvenKey]:
    rows = uow.session.scalars(queries.PASSKEYS, {"person_id": person_id})
    return {row.id: _value(row) for row in rows}


def _counting(uow: UnitOfWork, row: IdentityCheck) -> dict[UUID, ProvenKey]:
    """Return the passkeys that are old enough to count."""
    counting = queries.counting_passkeys(uow.session, row.person_id, uow.now())
    return {key_id: key for key_id, key in _mine(uow, row.person_id).items() if key_id in counting}


def _value(row: Passkey) -> ProvenKey:
    assert row.credential is not None
    return ProvenKey(row.credential, row.public_key or b"", row.count)


def _me(uow: UnitOfWork) -> tuple[UUID, UUID]:
    """Return the student who asks and the organisation in whose ledger it stands."""
    assert uow.actor.person_id is not None
    return uow.actor.person_id, min(uow.actor.orgs_as("student"))


def _place(uow: UnitOfWork) -> Place:
    place = Place.of(uow.runtime.settings.core.base_url)
    if place is None:
        raise Conflict("proctoring.passkeys_off")
    return place


def _wrong() -> InvalidInput:
    return InvalidInput("proctoring.passkey_wrong", fields={"credential": ["proctoring.passkey_wrong"]})
