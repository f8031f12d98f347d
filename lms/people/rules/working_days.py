"""Count working days from an editable table; a year without entries counts Monday to Friday and says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

__all__ = ["add_working_days", "is_working_day"]


def is_working_day(day: date, exceptions: Mapping[date, bool]) -> bool:
    """Tell whether ``day`` works: the table's word first, else Monday to Friday."""
    return exceptions.get(day, day.weekday() < 5)


def add_working_days(start: date, count: int, exceptions: Mapping[date, bool]) -> tuple[date, bool]:
    """Return the day ``count`` working days after ``start``, and whether every year on the way has a calendar."""
    day = start
    years = {entry.year for entry in exceptions}
    known = day.year in years
    left = count
    while left > 0:
        day += timedelta(days=1)
        known = known and day.year in years
        left -= is_working_day(day, exceptions)
    return day, known
