"""Write dates as an iCalendar file (RFC 5545): values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

__all__ = ["CalendarEntry", "as_calendar"]


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One date: a whole day, or from one moment to another."""

    uid: str
    title: str
    starts: date | datetime
    ends: datetime | None = None
    note: str = ""
    address: str = ""


def as_calendar(name: str, entries: Iterable[CalendarEntry], stamp: datetime) -> str:
    """Return a calendar that programs can subscribe to; lines end as the standard wants and are folded at 75 bytes."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Marshrut//plan//RU", f"X-WR-CALNAME:{_text(name)}"]
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(entry.uid)}@marshrut",
            f"DTSTAMP:{_moment(stamp)}",
            *_when(entry),
        ]
        lines.append(f"SUMMARY:{_text(entry.title)}")
        if entry.note:
            lines.append(f"DESCRIPTION:{_text(entry.note)}")
        if entry.address:
            lines.append(f"URL:{''.join(letter for letter in entry.address if letter.isprintable())}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _when(entry: CalendarEntry) -> list[str]:
    if isinstance(entry.starts, datetime):
        return [f"DTSTART:{_moment(entry.starts)}", f"DTEND:{_moment(entry.ends or entry.starts)}"]
    after = entry.starts + timedelta(days=1)
    return [f"DTSTART;VALUE=DATE:{entry.starts:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Return a text with what the format uses for itself escaped.

    A space of any width stays a space (no-break ones stand in many titles); other control characters are left out.
    """
    kept = value.replace("\r\n", "\n").replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    spaced = (" " if letter.isspace() else letter for letter in kept.replace("\n", "\\n"))
    return "".join(letter for letter in spaced if letter.isprintable())


def _folded(line: str) -> Iterator[str]:
    """Cut a line into parts of at most 75 bytes, never inside a letter; later parts begin with a space."""
    part, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 75:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + width
    yield part
