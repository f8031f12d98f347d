"""The working days of 2026, as the office of a school puts them in once a year."""

from __future__ import annotations

from datetime import date, timedelta

from lms.core.runtime import Runtime
from lms.demo.cast import DemoSchool
from lms.people import service

__all__ = ["FREE_2026", "build"]

_MOVED = "Перенос выходного дня"
#: First day, last day and note of what is free in 2026 beside Saturdays and Sundays, for a week of five days.
#: Source: Labour Code of the Russian Federation, article 112 (what falls on a weekend moves to the next working day, except
#: in January); decree of the Government No. 1466 of 24 September 2025 (3 January to the 9th, 4 January to 31 December).
FREE_2026 = (
    (date(2026, 1, 1), date(2026, 1, 8), "Новогодние каникулы"),
    (date(2026, 1, 9), date(2026, 1, 9), _MOVED),
    (date(2026, 2, 23), date(2026, 2, 23), "День защитника Отечества"),
    (date(2026, 3, 8), date(2026, 3, 8), "Международный женский день"),
    (date(2026, 3, 9), date(2026, 3, 9), _MOVED),
    (date(2026, 5, 1), date(2026, 5, 1), "Праздник Весны и Труда"),
    (date(2026, 5, 9), date(2026, 5, 9), "День Победы"),
    (date(2026, 5, 11), date(2026, 5, 11), _MOVED),
    (date(2026, 6, 12), date(2026, 6, 12), "День России"),
    (date(2026, 11, 4), date(2026, 11, 4), "День народного единства"),
    (date(2026, 12, 31), date(2026, 12, 31), _MOVED),
)


def build(runtime: Runtime, school: DemoSchool) -> None:
    """Put the year in; other years stay unknown, and pages that count in them say so."""
    days = [
        service.CalendarDay(first + timedelta(days=step), False, note)
        for first, last, note in FREE_2026
        for step in range((last - first).days + 1)
    ]
    with runtime.unit_of_work(school.actor("mironova")) as uow:
        service.set_working_year(uow, 2026, days)
