"""Give the pictures of each check and each sitting a key of their own, and destroy it with the last of them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from lms.core import vault
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork

__all__ = ["destroy_empty", "evidence_area"]


def evidence_area(owner_id: UUID) -> str:
    """Return the area of the pictures of one check or sitting; an area of a person has a key of its own."""
    return f"evidence-{owner_id.hex[12:]}"


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
