"""Words and values of the home page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["HomeCard", "HomeTask", "Station"]


@dataclass(frozen=True, slots=True)
class HomeTask:
    """One thing to do now: what, where, how long, how long it has waited, how urgent (smaller is sooner)."""

    title: str
    url: str
    detail: str = ""
    subject: str = ""
    minutes: int | None = None
    who: str = ""
    waiting_since: datetime | None = None
    due: datetime | None = None
    order: int = 50
    action: str = ""
    art: str = ""


@dataclass(frozen=True, slots=True)
class HomeCard:
    """One quiet card beside the tasks: a state in a word, a heading, a sentence, a link."""

    title: str
    text: str
    url: str = ""
    link: str = ""
    state: str = ""
    state_word: str = ""
    facts: tuple[tuple[str, Any], ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Station:
    """One station of the path through the term."""

    title: str
    detail: str
    kind: str
