"""Send letters that wait, each outside of any transaction; safe to repeat."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import structlog

from lms.core.actor import SYSTEM
from lms.core.jobs import Job
from lms.core.runtime import Runtime
from lms.people.contracts import NOTICE_CHANNELS, ChannelBusy, ChannelRefused
from lms.people.models import Notice
from lms.people.service.notices import (
    SEND_JOB,
    Claimed,
    claim_notice,
    drop_old_notices,
    settle_notice,
)
from lms.people.types import NoticeState

__all__ = ["JOBS", "resume_notices", "send_notices"]

log = structlog.get_logger(__name__)


def send_notices(runtime: Runtime, _payload: dict[str, Any]) -> None:
    """Send what is due until nothing is: claim, send, keep what came of it."""
    while True:
        with runtime.unit_of_work(SYSTEM) as uow:
            claimed = claim_notice(uow)
        if claimed is None:
            return
        state, error = _send(runtime, claimed)
        with runtime.unit_of_work(SYSTEM) as uow:
            settle_notice(uow, claimed.id, state, error)


def _send(runtime: Runtime, claimed: Claimed) -> tuple[NoticeState, str]:
    """Send one letter; return where the notice stands now and why."""
    channel = runtime.registries.of(NOTICE_CHANNELS).find(claimed.channel)
    letter = claimed.letter
    if channel is None or letter is None or not channel.is_on(runtime.settings):
        return NoticeState.SKIPPED, "not wanted any more"
    if not channel.can_reach(letter):
        return NoticeState.SKIPPED, "no address"
    try:
        channel.send(runtime.settings, letter)
    except ChannelBusy as error:
        log.warning("notice_waits", notice_id=str(claimed.id), reason=str(error))
        return NoticeState.WAITING, str(error)
    except ChannelRefused as error:
        log.warning("notice_refused", notice_id=str(claimed.id), reason=str(error))
        return NoticeState.FAILED, str(error)
    return NoticeState.SENT, ""


def resume_notices(runtime: Runtime) -> None:
    """Wake a worker for letters whose wake-up was lost or that are to be tried again, and forget old ones."""
    with runtime.unit_of_work(SYSTEM) as uow:
        drop_old_notices(uow)
        due = uow.session.scalar(
            sa.select(Notice.id)
            .where(Notice.state == NoticeState.WAITING, Notice.next_try_at <= uow.now())
            .limit(1)
        )
    if due is not None:
        runtime.enqueue(SEND_JOB, {})


JOBS: tuple[Job, ...] = (Job(SEND_JOB, send_notices, priority=5),)
