"""What stays: the profile with its reasons, the plan's items, the ledger, and who looked."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

from tests.browser.story.identity import full_name
from tests.browser.story.stage import Person

__all__ = [
    "change_one_byte",
    "item_state",
    "levels",
    "open_profile",
    "plan_reason",
    "profile_words",
    "read_timetable",
    "who_looked",
    "why",
]


def open_profile(reader: Person, student: str) -> None:
    """Open the digital profile: one's own, a child's or a student's."""
    reader.open(f"/profile/{reader.stage.id_of(student)}")


def profile_words(reader: Person, student: str) -> str:
    """Return everything that the profile says."""
    open_profile(reader, student)
    return reader.main.inner_text()


def item_state(reader: Person, student: str, title: str) -> str:
    """Return everything that the plan says about one of its items."""
    reader.open("/plan" if reader.login == student else "/plans")
    if reader.login != student:
        reader.follow(full_name(student).split()[0], within=reader.main)
    heading = reader.page.get_by_role("heading", name=title)
    return reader.main.get_by_role("listitem").filter(has=heading).last.inner_text()


def read_timetable(extern: Person) -> None:
    """Open one's timetable from the exams and read that it stands for the daily journal."""
    extern.open("/exams")
    extern.follow("Расписание аттестации", within=extern.main)
    extern.sees("Ежедневного журнала нет")


def plan_reason(reader: Person, title: str) -> str:
    """Return what the plan says to "why" beside one of its items."""
    heading = reader.page.get_by_role("heading", name=title)
    item = reader.main.get_by_role("listitem").filter(has=heading).last
    return str(item.locator("details.why").first.evaluate("panel => panel.textContent"))


def levels(reader: Person, student: str) -> list[str]:
    """Return the competences of which the profile names a level."""
    open_profile(reader, student)
    return [
        text.split(": ", 1)[1] for text in reader.main.locator("table .vh").all_inner_texts() if ": " in text
    ]


def why(reader: Person, student: str, row: str) -> list[str]:
    """Follow "why" beside a row and return the titles of the chain, top to bottom."""
    open_profile(reader, student)
    reader.follow(re.compile(f"Почему.*{re.escape(row)}"))
    return reader.main.locator(".why-chain h2").all_inner_texts()


def who_looked(reader: Person, student: str) -> str:
    """Return the list of those who looked at a student's records."""
    open_profile(reader, student)
    reader.follow(re.compile("Кто смотрел"))
    return reader.main.inner_text()


def change_one_byte(database: Path) -> str:
    """Change one byte of the ledger behind the product's back; return what the entry is called in a report."""
    find = "SELECT stream, seq, payload FROM ledger_entry WHERE kind = 'plans.activated' ORDER BY stream, seq LIMIT 1"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        stream, seq, payload = connection.execute(find).fetchone()
        changed = payload[:-3] + ("0" if payload[-3] != "0" else "1") + payload[-2:]
        connection.execute(
            "UPDATE ledger_entry SET payload = ? WHERE stream = ? AND seq = ?", (changed, stream, seq)
        )
    return f"{stream} entry {seq}"
