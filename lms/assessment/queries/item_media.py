"""Read pictures and recordings of questions."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import ItemMedia
from lms.core.errors import NotFound
from lms.core.models import StoredFile

__all__ = ["ItemMediaView", "item_media"]


@dataclass(frozen=True, slots=True)
class ItemMediaView:
    """A file of questions and the organisations whose questions use it."""

    id: UUID
    key: str
    media_type: str
    sha256: str
    org_ids: tuple[UUID, ...]


def item_media(session: Session, file_id: UUID) -> ItemMediaView:
    """Return a picture or a recording of questions; raise NotFound ``file.missing``."""
    orgs = tuple(session.scalars(sa.select(ItemMedia.org_id).where(ItemMedia.file_id == file_id)))
    row = session.get(StoredFile, file_id)
    if row is None or not orgs or row.deleted_at is not None:
        raise NotFound("file.missing")
    return ItemMediaView(row.id, row.key, row.media_type, row.sha256, orgs)
