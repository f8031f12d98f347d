"""Keep the working days of a year as the government's calendar has them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from lms.core.errors import InvalidInput
from lms.core.uow import UnitOfWork
from lms.people.models import WorkingDay
from lms.people.rules.working_days import CalendarDay

__all__ = ["set_working_year"]

FIRST_YEAR, LAST_YEAR = 2000, 2100


def set_working_year(uow: UnitOfWork, year: int, days: Iterable[CalendarDay]) -> int:
    """Replace the exceptions of a year and return how many there are; clocks that run already keep their day.

    Raises InvalidInput ``people.calendar_year``, ``people.calendar_twice`` (a day both free and working),
    ``people.calendar_empty``.
    """
    uow.require("people.calendar")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput("people.calendar_year", fields={"year": ["people.calendar_year"]})
    rows: dict[date, CalendarDay] = {}
    for entry in days:
        before = rows.setdefault(entry.day, entry)
        if entry.day.year != year or before.is_working is not entry.is_working:
            raise InvalidInput("people.calendar_twice", fields={"working": ["people.calendar_twice"]})
    if not rows:
        raise InvalidInput("people.calendar_empty", fields={"free": ["people.calendar_empty"]})
    first, last = date(year, 1, 1), date(year, 12, 31)
    uow.session.execute(sa.delete(WorkingDay).where(WorkingDay.day.between(first, last)))
    uow.session.add_all(
        WorkingDay(day=entry.day, is_working=entry.is_working, note=entry.note) for entry in rows.values()
    )
    uow.session.flush()
    listed = [f"{entry.day.isoformat()}{'+' if entry.is_working else '-'}" for entry in rows.values()]
    uow.append_ledger("calendar", "people.calendar_set", None, {"year": year, "days": sorted(listed)})
    return len(rows)
