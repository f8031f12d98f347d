"""Keep a student's portfolio: the family shows a piece of work, a teacher confirms what it shows, with a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.models import StoredFile
from lms.core.sites import is_known_host
from lms.core.uow import UnitOfWork
from lms.core.uploads import accept_document
from lms.people.queries import current_admission, is_impartial
from lms.plans.queries import active_plan
from lms.profiles.models import PortfolioFile, PortfolioStatement, PortfolioWork
from lms.profiles.rules.portfolio import state_after
from lms.profiles.settings import ProfilesSettings
from lms.profiles.types import WorkAct, WorkState

__all__ = [
    "MOST_FILES",
    "WorkText",
    "add_work",
    "confirm_work",
    "edit_work",
    "open_work_file",
    "take_back_work",
    "withdraw_work",
]

MOST_FILES = 5
MOST_WORKS = 200
LONGEST_H = Decimal(500)


@dataclass(frozen=True, slots=True)
class WorkText:
    """What a family says about a piece of work."""

    title: str
    description: str
    made_on: date
    hours: Decimal
    link: str = ""
    outcomes: tuple[UUID, ...] = ()


def add_work(uow: UnitOfWork, *, person_id: UUID, text: WorkText, files: Sequence[tuple[str, bytes]]) -> UUID:
    """Put a piece of work into a portfolio with its files (name, bytes) or a link, and return its id.

    The very same, files and all, sent again is the same work.

    Raises InvalidInput ``profiles.check_work`` with fields and what an upload raises; Conflict ``profiles.not_admitted``,
    ``profiles.too_many_works``.
    """
    uow.require("profiles.portfolio_write", person_id)
    assert uow.actor.person_id is not None
    uow.lock("portfolio", person_id)
    admission = current_admission(uow.session, person_id, uow.now().date())
    if admission is None:
        raise Conflict("profiles.not_admitted")
    count = sa.select(sa.func.count()).where(PortfolioWork.person_id == person_id)
    if (uow.session.scalar(count) or 0) >= MOST_WORKS:
        raise Conflict("profiles.too_many_works", most=MOST_WORKS)
    work = PortfolioWork(
        person_id=person_id,
        org_id=admission.org_id,
        state=WorkState.CLAIMED,
        revision=1,
        added_by=uow.actor.person_id,
        added_at=uow.now(),
    )
    _write(uow, work, text)
    known = _same_work(uow, work, files)
    if known is not None:
        return known
    uow.session.add(work)
    uow.session.flush()
    _put_files(uow, work, files)
    _require_something(uow, work)
    return work.id


def _same_work(uow: UnitOfWork, work: PortfolioWork, files: Sequence[tuple[str, bytes]]) -> UUID | None:
    """Return the work of the student that says and shows the very same already, or None."""
    names = ("title", "description", "made_on", "hours", "link", "outcomes", "state", "added_by")
    rows = uow.session.scalars(
        sa.select(PortfolioWork).where(PortfolioWork.person_id == work.person_id)
    ).all()
    limit = uow.runtime.settings.core.upload_max_bytes
    kept = (accept_document(data, name, max_bytes=limit).data for name, data in files) if rows else ()
    shown = sorted(hashlib.sha256(data).hexdigest() for data in kept)
    for row in rows:
        is_same = all(getattr(row, name) == getattr(work, name) for name in names)
        if is_same and sorted(file.sha256 for file in _files(uow, row)) == shown:
            return row.id
    return None


def edit_work(
    uow: UnitOfWork,
    *,
    work_id: UUID,
    revision: int,
    text: WorkText,
    files: Sequence[tuple[str, bytes]] = (),
    removed: Collection[UUID] = (),
) -> None:
    """Change a piece of work that nobody has confirmed.

    Raises what `add_work` raises, Conflict ``profiles.work_confirmed``, ``profiles.changed_meanwhile``.
    """
    work = _open(uow, work_id, "profiles.portfolio_write")
    if work.state is not WorkState.CLAIMED:
        raise Conflict("profiles.work_confirmed")
    if work.revision != revision:
        raise Conflict("profiles.changed_meanwhile")
    _write(uow, work, text)
    work.revision += 1
    for row in _files(uow, work):
        if row.id in removed:
            row.removed_at = uow.now()
    uow.session.flush()
    _put_files(uow, work, files)
    _require_something(uow, work)


def confirm_work(uow: UnitOfWork, *, work_id: UUID, revision: int, reason: str) -> None:
    """Confirm, by name and with a reason, that the student did this and that it shows what it is said to show.

    What was suspended when a confirmation was taken back comes back, unless another revision was confirmed before: a
    credit may rest on that one, so people decide. Raises Forbidden ``profiles.not_impartial``, Conflict
    ``profiles.changed_meanwhile``, ``profiles.work_state``, InvalidInput.
    """
    work = _open(uow, work_id, "profiles.portfolio_confirm")
    if not is_impartial(uow.session, uow.actor, work.person_id):
        raise Forbidden("profiles.not_impartial")
    if work.revision != revision:
        raise Conflict("profiles.changed_meanwhile")
    _say(uow, work, WorkAct.CONFIRM, reason)
    confirmed = {said.revision for said in _confirmations(uow, work) if said.act is WorkAct.CONFIRM}
    if confirmed == {work.revision}:
        uow.reinstate_dependents(BasisRef("profiles.portfolio", work.id), reason)


def take_back_work(uow: UnitOfWork, *, work_id: UUID, reason: str) -> None:
    """Take a confirmation back; every credit that rests on it is suspended in the same transaction.

    It can be taken back of a work that its family has taken out, too; that one stays out.
    Raises Forbidden ``profiles.not_impartial``, Conflict ``profiles.work_state``, InvalidInput.
    """
    work = _open(uow, work_id, "profiles.portfolio_confirm")
    if not is_impartial(uow.session, uow.actor, work.person_id):
        raise Forbidden("profiles.not_impartial")
    _say(uow, work, WorkAct.TAKE_BACK, reason)
    uow.suspend_dependents(BasisRef("profiles.portfolio", work.id), reason)


def withdraw_work(uow: UnitOfWork, *, work_id: UUID, reason: str) -> None:
    """Take a piece of work out of the portfolio; a credit that was granted for it stays.

    Raises Conflict ``profiles.work_state``, InvalidInput.
    """
    work = _open(uow, work_id, "profiles.portfolio_write")
    _say(uow, work, WorkAct.WITHDRAW, reason)


def open_work_file(uow: UnitOfWork, *, work_file_id: UUID) -> tuple[StoredFile, bytes]:
    """Return a file of a piece of work, plain; whoever is not the student leaves a line in the access log."""
    row = uow.session.get(PortfolioFile, work_file_id)
    if row is None:
        uow.require("profiles.portfolio")
        raise NotFound("profiles.no_work")
    work = uow.session.get_one(PortfolioWork, row.work_id)
    uow.require("profiles.portfolio", work.person_id)
    if row.removed_at is not None:
        raise NotFound("profiles.no_work")
    uow.log_access("profiles.portfolio", work.person_id, "portfolio_file", row.id, outcome="shown")
    return uow.open_file(row.file_id)


def _open(uow: UnitOfWork, work_id: UUID, action: str) -> PortfolioWork:
    work = uow.session.get(PortfolioWork, work_id, with_for_update=True, populate_existing=True)
    if work is None:
        uow.require(action)
        raise NotFound("profiles.no_work")
    uow.require(action, work.person_id)
    return work


def _say(uow: UnitOfWork, work: PortfolioWork, act: WorkAct, reason: str) -> None:
    """Write down what somebody says about a piece of work; the audit chain carries it too."""
    if not reason.strip():
        raise InvalidInput("profiles.check_work", fields={"reason": ["profiles.needs_reason"]})
    said_before = _confirmations(uow, work)
    is_confirmed = bool(said_before) and said_before[-1].act is WorkAct.CONFIRM
    state = state_after(work.state, act, is_confirmed=is_confirmed)
    if state is None:
        raise Conflict("profiles.work_state")
    assert uow.actor.person_id is not None
    work.state = state
    said = PortfolioStatement(
        work_id=work.id,
        act=act,
        revision=work.revision,
        said_by=uow.actor.person_id,
        said_at=uow.now(),
        reason=reason.strip(),
    )
    uow.session.add(said)
    uow.session.flush()
    uow.append_ledger(
        f"org:{work.org_id}",
        f"portfolio.{act.value}",
        work.person_id,
        {"work": work.id, "revision": work.revision, "reason": said.reason},
        [BasisRef("profiles.portfolio", work.id)],
    )


def _confirmations(uow: UnitOfWork, work: PortfolioWork) -> Sequence[PortfolioStatement]:
    """Return the confirmations of a work and where they were taken back, in their order."""
    return uow.session.scalars(
        sa.select(PortfolioStatement)
        .where(
            PortfolioStatement.work_id == work.id,
            PortfolioStatement.act.in_((WorkAct.CONFIRM, WorkAct.TAKE_BACK)),
        )
        .order_by(PortfolioStatement.id)
    ).all()


def _write(uow: UnitOfWork, work: PortfolioWork, text: WorkText) -> None:
    """Write the text down once it can be used as it is; raise InvalidInput naming the fields that cannot."""
    fields: dict[str, list[str]] = {}
    if not text.title.strip():
        fields["title"] = ["profiles.needs_title"]
    if not text.description.strip():
        fields["description"] = ["profiles.needs_description"]
    if text.made_on > uow.now().date():
        fields["made_on"] = ["profiles.made_in_future"]
    hours = text.hours.quantize(Decimal("0.01")) if 0 < text.hours <= LONGEST_H else Decimal(0)
    if not hours:
        fields["hours"] = ["profiles.hours_range"]
    known = uow.runtime.settings.of(ProfilesSettings).link_hosts.split()
    if text.link and not (text.link.startswith("https://") and is_known_host(text.link, known)):
        fields["link"] = ["profiles.host_unknown"]
    plan = active_plan(uow.session, work.person_id)
    offered = {share.outcome_id for item in plan.items for share in item.content.outcomes} if plan else set()
    kept = {UUID(key) for key in work.outcomes or ()}
    if not set(text.outcomes) <= offered | kept:
        fields["outcomes"] = ["profiles.no_outcome"]
    if fields:
        raise InvalidInput("profiles.check_work", fields=fields)
    work.title, work.description = text.title.strip(), text.description.strip()
    work.made_on, work.hours, work.link = text.made_on, hours, text.link
    work.outcomes = sorted(str(key) for key in set(text.outcomes))


def _files(uow: UnitOfWork, work: PortfolioWork) -> Sequence[PortfolioFile]:
    return uow.session.scalars(
        sa.select(PortfolioFile).where(PortfolioFile.work_id == work.id, PortfolioFile.removed_at.is_(None))
    ).all()


def _put_files(uow: UnitOfWork, work: PortfolioWork, files: Sequence[tuple[str, bytes]]) -> None:
    """Store PDF files and pictures under the student's key."""
    if len(_files(uow, work)) + len(files) > MOST_FILES:
        raise InvalidInput("profiles.check_work", fields={"files": ["profiles.too_many_files"]})
    for name, data in files:
        accepted = accept_document(data, name, max_bytes=uow.runtime.settings.core.upload_max_bytes)
        stored = uow.store_file(
            accepted.data,
            area="documents",
            media_type=accepted.media_type,
            name=accepted.name,
            owner=work.person_id,
            encrypt_for=work.person_id,
        )
        row = PortfolioFile(
            work_id=work.id,
            file_id=stored.id,
            name=stored.name,
            media_type=stored.media_type,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
        )
        uow.session.add(row)
    uow.session.flush()


def _require_something(uow: UnitOfWork, work: PortfolioWork) -> None:
    if not work.link and not _files(uow, work):
        raise InvalidInput("profiles.check_work", fields={"files": ["profiles.needs_file"]})
