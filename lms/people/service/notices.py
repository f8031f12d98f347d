"""Write down that somebody should hear of something, and send it later from a job.

A notice says that there is news and where to read it, never what: mail is read by others. Whoever wants none gets none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from lms.core.db import bulk_in
from lms.core.errors import InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people.contracts import NOTICE_CHANNELS, NOTICE_KINDS, Letter
from lms.people.models import Account, IdentityRecord, Notice, Person
from lms.people.types import NoticeState

__all__ = [
    "LETTER_LANGUAGES",
    "SEND_JOB",
    "Claimed",
    "choose_letters",
    "claim_notice",
    "drop_old_notices",
    "is_sending",
    "notify",
    "settle_notice",
]

SEND_JOB = "people.send_notices"
LETTER_LANGUAGES = ("ru", "en")
#: A worker that has not come back by then has died; the notice is sent again.
CLAIM_S = 300
#: So often a notice is tried, each time after twice as long; then it is given up.
MOST_TRIES, FIRST_WAIT_S = 10, 60
KEPT_DAYS = 30


def choose_letters(uow: UnitOfWork, account_id: UUID, *, wants: bool, language: str) -> None:
    """Keep whether the owner of an account wants letters, and in which language."""
    account = uow.session.get(Account, account_id)
    if account is None:
        raise NotFound("people.no_account")
    uow.require("people.own_account", account)
    if language not in LETTER_LANGUAGES:
        raise InvalidInput("people.letter_language", fields={"language": ["people.letter_language"]})
    account.wants_letters, account.language = wants, language


def _channels(uow: UnitOfWork) -> list[str]:
    return [each.name for each in uow.plugins(NOTICE_CHANNELS) if each.is_on(uow.runtime.settings)]


def is_sending(uow: UnitOfWork) -> bool:
    """Tell whether the installation sends letters at all; else nobody's readers need to be looked up."""
    return bool(_channels(uow))


def notify(uow: UnitOfWork, kind: str, ref_id: UUID, path: str, person_ids: Iterable[UUID]) -> int:
    """Have people told that there is news at ``path``, once for each ``kind`` and ``ref_id``; return how many letters wait.

    The caller has checked the right to the act that this tells of, and names only those who may read it.
    """
    channels = _channels(uow)
    if not channels:
        return 0
    readers: list[UUID] = []
    for batch in bulk_in(sorted(set(person_ids))):
        readers += uow.session.scalars(
            sa.select(Account.person_id).where(
                Account.person_id.in_(batch), Account.is_active, Account.wants_letters
            )
        )
    earlier = uow.session.execute(
        sa.select(Notice.person_id, Notice.channel).where(Notice.kind == kind, Notice.ref_id == ref_id)
    )
    told = {(person_id, channel) for person_id, channel in earlier}
    rows = [
        Notice(
            person_id=person_id,
            channel=channel,
            kind=kind,
            ref_id=ref_id,
            path=path,
            state=NoticeState.WAITING,
            created_at=uow.now(),
            next_try_at=uow.now(),
        )
        for person_id in readers
        for channel in channels
        if (person_id, channel) not in told
    ]
    uow.session.add_all(rows)
    if rows:
        uow.enqueue(SEND_JOB)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that this worker sends now; ``letter`` is None when it is not to be sent any more, ``channel`` how."""

    id: UUID
    channel: str
    letter: Letter | None


def claim_notice(uow: UnitOfWork) -> Claimed | None:
    """Take the notice that has waited longest, worded for its reader as things stand now; None when nothing is due."""
    row = uow.session.scalar(
        sa.select(Notice)
        .where(Notice.state == NoticeState.WAITING, Notice.next_try_at <= uow.now())
        .order_by(Notice.next_try_at, Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.tries += 1
    row.next_try_at = uow.now() + timedelta(seconds=CLAIM_S)
    return Claimed(row.id, row.channel, _letter(uow, row))


def _letter(uow: UnitOfWork, row: Notice) -> Letter | None:
    """Return the letter, or None when its reader has no address, no account or wants none any more."""
    kind = uow.plugins(NOTICE_KINDS).find(row.kind)
    found = uow.session.execute(
        sa.select(Account.language, IdentityRecord.email, IdentityRecord.phone)
        .join(Person, Person.id == Account.person_id)
        .join(IdentityRecord, IdentityRecord.person_code == Person.code)
        .where(Account.person_id == row.person_id, Account.is_active, Account.wants_letters)
    ).first()
    if kind is None or found is None:
        return None
    core = uow.runtime.settings.core
    language, email, phone = found
    language = language or core.default_locale
    base = core.base_url.rstrip("/")
    places = {"link": base + row.path, "letters": f"{base}/account#letters"}
    text = kind.words(language, kind.text) % places
    return Letter(row.id, email, phone, kind.words(language, kind.subject), text)


def settle_notice(uow: UnitOfWork, notice_id: UUID, state: NoticeState, error: str = "") -> None:
    """Keep what came of sending; one that is still to be sent waits longer each time, and is given up in the end."""
    row = uow.session.get(Notice, notice_id, with_for_update=True)
    if row is None or row.state is not NoticeState.WAITING:
        return
    row.state, row.last_error = state, error[:200]
    if state is NoticeState.SENT:
        row.sent_at = uow.now()
    elif state is NoticeState.WAITING and row.tries >= MOST_TRIES:
        row.state = NoticeState.FAILED
    elif state is NoticeState.WAITING:
        row.next_try_at = uow.now() + timedelta(seconds=FIRST_WAIT_S * 2 ** (row.tries - 1))


def drop_old_notices(uow: UnitOfWork) -> int:
    """Forget notices that were settled long ago; return how many."""
    before = uow.now() - timedelta(days=KEPT_DAYS)
    gone = uow.session.execute(
        sa.delete(Notice).where(Notice.state != NoticeState.WAITING, Notice.created_at < before)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]
