"""Keep what a device could do when its student tried it before an exam: a help for both sides, never a hurdle."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.queries.supervision import sitting_facts
from lms.core.errors import NotFound
from lms.core.uow import UnitOfWork
from lms.proctoring.access_rules import Reach
from lms.proctoring.models import DeviceCheck
from lms.proctoring.rules.devices import device_class
from lms.proctoring.settings import ProctoringSettings

__all__ = ["DeviceWords", "forget_device_checks", "record_device_check"]


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """What the page measured; None where it could not. Of the device only its class is kept."""

    camera: str
    microphone: str
    storage_mb: int | None = None
    reply_ms: int | None = None
    upload_kb_s: int | None = None
    clock_off_s: int | None = None
    user_agent: str = ""


def record_device_check(uow: UnitOfWork, entry_id: UUID, words: DeviceWords) -> UUID:
    """Keep the newest check of one's own device for an exam in the place of the one before; nothing follows from it.

    Raises NotFound ``proctoring.no_entry``.
    """
    uow.require("proctoring.own_identity")
    facts = sitting_facts(uow.session, entry_id)
    if facts is None:
        raise NotFound("proctoring.no_entry")
    uow.require("proctoring.own_identity", Reach(facts.person_id, uow.now()))
    uow.lock("device_check", entry_id)
    uow.session.execute(sa.delete(DeviceCheck).where(DeviceCheck.entry_id == entry_id))
    row = DeviceCheck(
        entry_id=entry_id,
        person_id=facts.person_id,
        camera=words.camera,
        microphone=words.microphone,
        storage_mb=words.storage_mb,
        reply_ms=words.reply_ms,
        upload_kb_s=words.upload_kb_s,
        clock_off_s=words.clock_off_s,
        device_class=device_class(words.user_agent),
        at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def forget_device_checks(uow: UnitOfWork) -> None:
    """Delete checks as old as the evidence of a sitting without a result may become."""
    days = uow.runtime.settings.of(ProctoringSettings).evidence_waiting_days
    uow.session.execute(sa.delete(DeviceCheck).where(DeviceCheck.at <= uow.in_days(-days)))
