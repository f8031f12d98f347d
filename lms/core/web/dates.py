"""Write dates, times and numbers in the reader's language; what was written once is looked up.

A page writes the same few dates again and again, for every reader, and Babel works out each of them anew. What is written
depends on the value, the style, the language and the place whose clock counts, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import flask_babel
from flask import current_app

from lms.core.clock import moments_of

__all__ = ["clock_time", "format_date", "format_datetime", "format_decimal", "format_time"]

Written = date | time | Decimal | float
#: So many texts of each kind are kept in a process.
KEPT = 2048


def _remembered(write: Callable[..., str]) -> Callable[..., str]:
    """Return Flask-Babel's ``write`` for values that are given, with a memory."""

    @lru_cache(maxsize=KEPT, typed=True)
    def known(value: Written, style: str | None, _language: str, _zone: str) -> str:
        return write(value, style)

    def written(value: Any, style: str | None = None) -> str:
        zone: str = current_app.config.get("BABEL_DEFAULT_TIMEZONE", "UTC")
        return known(value, style, str(flask_babel.get_locale()), zone)

    return written


_date = _remembered(flask_babel.format_date)
_datetime = _remembered(flask_babel.format_datetime)
_time = _remembered(flask_babel.format_time)
_decimal = _remembered(flask_babel.format_decimal)


def format_date(value: date, style: str | None = None) -> str:
    """Return a day, or the day of a moment where the school is, as Flask-Babel writes it."""
    return _date(value, style)


def format_datetime(value: datetime, style: str | None = None) -> str:
    """Return a moment where the school is, as Flask-Babel writes it."""
    return _datetime(value, style)


def format_time(value: datetime | time, style: str | None = None) -> str:
    """Return the time of a moment where the school is, as Flask-Babel writes it."""
    return _time(value, style)


def clock_time(value: datetime) -> str:
    """Return what the clock of the school shows at a moment; of an hour that comes twice that day, which of them it is."""
    zone = ZoneInfo(str(flask_babel.get_timezone()))
    comes_twice = len(moments_of(value.astimezone(zone).replace(tzinfo=None), zone)) > 1
    return format_time(value, "HH:mm (zzzz)" if comes_twice else "HH:mm")


def format_decimal(value: Decimal | float, style: str | None = None) -> str:
    """Return a number with the signs of the language, as Flask-Babel writes it."""
    return _decimal(value, style)
