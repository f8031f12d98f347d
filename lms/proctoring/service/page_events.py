"""Take what the exam's page tells about itself and let the checks look at it; nothing of it touches an answer."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import NotFound
from lms.core.uow import UnitOfWork
from lms.proctoring.access_rules import Reach
from lms.proctoring.contracts import PAGE_CHECKS, PageEvent
from lms.proctoring.models import ProctoringSession, SessionEvent
from lms.proctoring.rules.injection import CameraNews, signals_of
from lms.proctoring.service.findings import masked_kinds, store_finding
from lms.proctoring.types import Monitoring, SessionState

__all__ = ["PAGE_KINDS", "look_at_page", "note_camera_source", "note_out_of_turn", "note_page_event"]

#: What the page may tell; the server adds ``device`` by itself.
PAGE_KINDS = frozenset({"hidden", "blurred", "pasted", "offline", "screens", "twin"})
PREFIX = "page_"
#: Events that a check may look back on, and that are kept of one sitting at most.
HISTORY, MOST_EVENTS = 40, 500
MOST_SECONDS, MOST_AMOUNT = 86_400.0, 1_000_000


def note_page_event(
    uow: UnitOfWork, session_id: UUID, kind: str, *, seconds: float = 0.0, amount: int = 0
) -> None:
    """Store one piece of news of a watched sitting's page and what the checks find in it.

    What is unknown, too much, or comes when nobody watches is left out without a word: the page must never fail by it.
    """
    if kind in PAGE_KINDS:
        _note(uow, session_id, kind, seconds, amount)


def _note(uow: UnitOfWork, session_id: UUID, kind: str, seconds: float, amount: int) -> None:
    row = uow.session.get(ProctoringSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("proctoring.no_session")
    uow.require("proctoring.send_frames", Reach(row.person_id, uow.now()))
    if row.state is SessionState.MONITORING and row.monitoring is Monitoring.CAMERA:
        look_at_page(uow, row, kind, seconds=seconds, amount=amount)


def note_camera_source(uow: UnitOfWork, session_id: UUID, news: CameraNews) -> None:
    """Store signs that no camera takes the pictures of a watched sitting; what the camera is called is not kept."""
    for sign in signals_of(news):
        _note(uow, session_id, sign, 0.0, 1)


def note_out_of_turn(uow: UnitOfWork, session_id: UUID) -> None:
    """Store that a picture of a watched sitting was refused, because its number or its word was not the one it was due."""
    _note(uow, session_id, "out_of_turn", 0.0, 1)


def look_at_page(
    uow: UnitOfWork, row: ProctoringSession, kind: str, *, seconds: float = 0.0, amount: int = 0
) -> None:
    """Store one event of a locked sitting and the findings that are true with it."""
    of_page = sa.and_(
        SessionEvent.session_id == row.id, SessionEvent.kind.startswith(PREFIX, autoescape=True)
    )
    count = uow.session.scalar(sa.select(sa.func.count()).where(of_page))
    if (count or 0) >= MOST_EVENTS:
        return
    detail = {
        "seconds": round(min(max(seconds, 0.0), MOST_SECONDS), 1),
        "amount": min(max(amount, 0), MOST_AMOUNT),
    }
    uow.session.add(SessionEvent(session_id=row.id, kind=PREFIX + kind, at=uow.now(), detail=detail))
    uow.session.flush()
    newest = uow.session.scalars(
        sa.select(SessionEvent)
        .where(of_page)
        .order_by(SessionEvent.at.desc(), SessionEvent.id.desc())
        .limit(HISTORY)
    ).all()
    events = [_event(row, event) for event in reversed(newest)]
    masked = masked_kinds(uow, row)
    for check in uow.plugins(PAGE_CHECKS):
        for finding in check.examine(events):
            store_finding(uow, row, check.name, finding, uow.now(), masked=masked)


def _event(row: ProctoringSession, event: SessionEvent) -> PageEvent:
    at_s = (event.at - row.started_at).total_seconds()
    return PageEvent(
        event.kind.removeprefix(PREFIX), at_s, event.detail.get("seconds", 0.0), event.detail.get("amount", 0)
    )
