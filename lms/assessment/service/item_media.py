"""Keep pictures and recordings of questions for the organisations that use them."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.models import Bank, ItemMedia
from lms.assessment.types import MediaKind
from lms.core import uploads
from lms.core.errors import NotFound
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.core.uploads import Accepted

__all__ = ["MEDIA_AREA", "MEDIA_PATH", "keep_item_media", "known_media", "media_address"]

#: Where pictures and recordings of questions lie, and the address under which they are shown.
MEDIA_AREA, MEDIA_PATH = "items", "/item-media/"


def keep_item_media(uow: UnitOfWork, bank_id: UUID, *, data: bytes, name: str, kind: MediaKind) -> str:
    """Keep a file for the questions of a bank and return its address.

    It is judged by its bytes: a picture loses its metadata, whatever could run (SVG) is no picture here.
    Raises InvalidInput and TooLarge of `lms.core.uploads`.
    """
    bank = uow.session.get(Bank, bank_id)
    if bank is None:
        raise NotFound("assessment.no_bank")
    uow.require("assessment.author", bank)
    limit = uow.runtime.settings.core.upload_max_bytes
    if kind is MediaKind.PICTURE:
        accepted = uploads.accept_picture(data, name, max_bytes=limit)
    else:
        accepted = uploads.accept_audio(data, name, max_bytes=limit, is_played=True)
    return media_address(uow, bank.org_id, accepted)


def media_address(uow: UnitOfWork, org_id: UUID, accepted: Accepted) -> str:
    """Return the address of a file that an organisation uses.

    The same bytes are stored once, so the same question stays the same; each organisation has a line of its own for them.
    """
    file_id = known_media(uow, accepted)
    if file_id is None:
        file_id = uow.store_file(
            accepted.data, area=MEDIA_AREA, media_type=accepted.media_type, name=accepted.name
        ).id
    if uow.session.get(ItemMedia, (file_id, org_id)) is None:
        uow.session.add(
            ItemMedia(file_id=file_id, org_id=org_id, created_by=uow.actor.person_id, created_at=uow.now())
        )
        uow.session.flush()
    return f"{MEDIA_PATH}{file_id}"


def known_media(uow: UnitOfWork, accepted: Accepted) -> UUID | None:
    """Return the file of questions that has the same bytes."""
    return uow.session.scalar(
        sa.select(StoredFile.id)
        .where(
            StoredFile.sha256 == sha256(accepted.data).hexdigest(),
            StoredFile.area == MEDIA_AREA,
            StoredFile.deleted_at.is_(None),
        )
        .order_by(StoredFile.id)
        .limit(1)
    )
