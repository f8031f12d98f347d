"""Give the pictures of each check and each sitting a key of their own, and destroy it with the last of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lms.core import vault
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.proctoring.models import Evidence, ProctoringSession

__all__ = ["destroy_empty", "evidence_area", "keep_until"]


def evidence_area(owner_id: UUID) -> str:
    """Return the area of the pictures of one check or sitting; an area of a person has a key of its own."""
    return f"evidence-{owner_id.hex[12:]}"


def keep_until(
    uow: UnitOfWork, row: ProctoringSession, until: datetime, *, is_least: bool = True, is_most: bool = False
) -> None:
    """Keep what is left of a sitting's evidence, and of its check's, at least until a moment, or at most, or both.

    What a question, an annulment or an appeal is about stays there for the student to see until it is decided for good.
    """
    of_sitting = Evidence.session_id == row.id
    if row.check_id is not None:  # pictures of other sittings have no check either
        of_sitting = sa.or_(of_sitting, Evidence.check_id == row.check_id)
    kept = sa.update(Evidence).where(
        of_sitting, Evidence.deleted_at.is_(None), Evidence.expires_at > uow.now()
    )
    if is_least and not is_most:
        kept = kept.where(Evidence.expires_at < until)
    elif is_most and not is_least:
        kept = kept.where(Evidence.expires_at > until)
    uow.session.execute(kept.values(expires_at=until))


def destroy_empty(uow: UnitOfWork, person_id: UUID, areas: Iterable[str]) -> int:
    """Destroy the keys of those areas in which nothing of the person is left; return how many there were.

    Copies of the pictures in backups cannot be read any more.
    """
    destroyed = 0
    for area in sorted(set(areas)):
        living = sa.select(StoredFile.id).where(
            StoredFile.area == area, StoredFile.encrypted_for == person_id, StoredFile.deleted_at.is_(None)
        )
        if uow.session.scalar(living.limit(1)) is None:
            destroyed += vault.destroy_key(uow.session, person_id, area, uow.now())
    return destroyed
