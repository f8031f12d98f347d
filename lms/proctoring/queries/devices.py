"""Read what a student's device could do before an exam."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.proctoring.models import DeviceCheck

__all__ = ["DeviceView", "device_check"]


@dataclass(frozen=True, slots=True)
class DeviceView:
    """The newest check of a device for one exam; None where the page could not measure."""

    camera: str
    microphone: str
    storage_mb: int | None
    reply_ms: int | None
    upload_kb_s: int | None
    clock_off_s: int | None
    device_class: str
    at: datetime


def device_check(session: Session, entry_id: UUID) -> DeviceView | None:
    """Return the newest check for an entry's exam, or None."""
    row = session.scalar(
        sa.select(DeviceCheck)
        .where(DeviceCheck.entry_id == entry_id)
        .order_by(DeviceCheck.at.desc())
        .limit(1)
    )
    if row is None:
        return None
    return DeviceView(
        row.camera,
        row.microphone,
        row.storage_mb,
        row.reply_ms,
        row.upload_kb_s,
        row.clock_off_s,
        row.device_class,
        row.at,
    )
