"""Keep the secret address of a plan's calendar as nothing but its digest; the calendar itself is `lms.core.calendars`."""

from __future__ import annotations

import hashlib

from lms.core.calendars import CalendarEntry, as_calendar

__all__ = ["CalendarEntry", "as_calendar", "token_hash"]


def token_hash(token: str) -> str:
    """Return what is kept of a secret address: its SHA-256 (hex)."""
    return hashlib.sha256(token.encode()).hexdigest()
