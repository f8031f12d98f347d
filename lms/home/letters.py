"""Tell families once a week that the week of their children can be read; who wants no letters gets none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from lms.core.actor import SYSTEM
from lms.core.jobs import Sweep
from lms.core.runtime import Runtime
from lms.courses.queries import learners
from lms.people.contracts import NoticeKind, words_of
from lms.people.queries import guardians_told, is_told
from lms.people.service import is_sending, notify

__all__ = ["KINDS", "SWEEPS", "WEEK", "tell_families"]

WEEK = "home.week"
#: From Friday on the week is worth reading.
FROM_WEEKDAY = 4


def _l(text: str) -> str:
    """Mark a text for the catalogues; it is translated when its reader is known."""
    return text


KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        WEEK,
        _l("The week of your child"),
        _l(
            "Good day!\n\nWhat was done this week, what comes and what waits for whom stands on one page. Sign in to read it:\n"
            "%(link)s\n\nNo more such letters: %(letters)s\n"
        ),
        words_of(Path(__file__).parent / "translations"),
    ),
)


def tell_families(runtime: Runtime) -> int:
    """Have every guardian who may see and be told hear of the week, once; return how many letters wait.

    One letter a week, however many children: the page shows all of them. Before Friday, and once it was done, nothing.
    Whom to tell is looked up outside of any transaction that writes: a large school keeps nobody else waiting.
    """
    with runtime.unit_of_work(SYSTEM) as uow:
        today, now = uow.today(), uow.now()
        monday = today - timedelta(days=today.weekday())
        ref = _ref(monday)
        if today.weekday() < FROM_WEEKDAY or not is_sending(uow) or is_told(uow.session, WEEK, ref):
            return 0
    with runtime.read() as session:
        told = _readers(session, now)
    with runtime.unit_of_work(SYSTEM) as uow:
        return notify(uow, WEEK, ref, f"/children/week?day={monday.isoformat()}", told)


def _readers(session: Session, now: datetime) -> set[UUID]:
    """Return the guardians who may see what one of their children does and may be told of it."""
    told: set[UUID] = set()
    for child_id in learners(session):
        told |= guardians_told(session, child_id, now)
    return told


def _ref(monday: date) -> UUID:
    """Return the same id for the same week, on every machine."""
    return uuid5(NAMESPACE_URL, f"lms:week:{monday.isoformat()}")


def _tell(runtime: Runtime) -> None:
    tell_families(runtime)


SWEEPS: tuple[Sweep, ...] = (Sweep("home.week", 3600.0, _tell),)
