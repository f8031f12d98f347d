"""Count working days from an editable table; a year without entries counts Monday to Friday and says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = [
    "CalendarDay",
    "add_working_days",
    "count_working_days",
    "is_working_day",
    "parse_days",
    "quarters",
    "usual_holidays",
]

#: One day or a stretch of days, then a note: «01.01.2027–08.01.2027 Новый год».
_LINE = re.compile(
    r"(?P<first>[\d.-]+?)(?:\s*[–—-]\s*(?P<last>\d{1,2}\.\d{1,2}\.\d{4}))?(?:\s+(?P<note>.*))?"
)
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
#: Source: Labour Code of the Russian Federation, article 112. Days that the government moves are added by hand.
_HOLIDAYS = (
    *((1, day, "Новогодние каникулы") for day in range(1, 9)),
    (2, 23, "День защитника Отечества"),
    (3, 8, "Международный женский день"),
    (5, 1, "Праздник Весны и Труда"),
    (5, 9, "День Победы"),
    (6, 12, "День России"),
    (11, 4, "День народного единства"),
)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """An exception: a holiday, or a day that works although it is a Saturday or Sunday."""

    day: date
    is_working: bool
    note: str = ""


def usual_holidays(year: int) -> list[CalendarDay]:
    """Return the holidays that the law names for every year; what is moved in this one is not among them."""
    return [CalendarDay(date(year, month, day), False, note) for month, day, note in _HOLIDAYS]


def parse_days(text: str, year: int, *, is_working: bool) -> tuple[list[CalendarDay], list[int]]:
    """Return the days of a text, one day or stretch a line, and the numbers of the lines that cannot be read.

    A stretch is «first–last» of at most 31 days; every day lies in ``year``.
    """
    found: list[CalendarDay] = []
    wrong: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        days = _days_of(line.strip(), year)
        if days is None:
            wrong.append(number)
            continue
        stretch, note = days
        found += [CalendarDay(day, is_working, note) for day in stretch]
    return found, wrong


def _days_of(line: str, year: int) -> tuple[list[date], str] | None:
    match = _LINE.fullmatch(line)
    first = _day(match["first"]) if match else None
    if match is None or first is None:
        return None
    last = _day(match["last"]) if match["last"] else first
    if last is None or not first <= last <= first + timedelta(days=30) or {first.year, last.year} != {year}:
        return None
    stretch = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return stretch, (match["note"] or "").strip()[:120]


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def quarters(year: int, days: Iterable[CalendarDay]) -> tuple[int, int, int, int]:
    """Return how many days of each quarter of a year work."""
    exceptions = {entry.day: entry.is_working for entry in days}
    counts = [0, 0, 0, 0]
    day = date(year, 1, 1)
    while day.year == year:
        counts[(day.month - 1) // 3] += is_working_day(day, exceptions)
        day += timedelta(days=1)
    return counts[0], counts[1], counts[2], counts[3]


def is_working_day(day: date, exceptions: Mapping[date, bool]) -> bool:
    """Tell whether ``day`` works: the table's word first, else Monday to Friday."""
    return exceptions.get(day, day.weekday() < 5)


def count_working_days(after: date, until: date, exceptions: Mapping[date, bool]) -> int:
    """Return how many days after ``after``, up to and with ``until``, work; none when ``until`` is not later."""
    length = max(0, (until - after).days)
    return sum(is_working_day(after + timedelta(days=n), exceptions) for n in range(1, length + 1))


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
