"""Say by what courses can be told apart, and which of them somebody looks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from lms.courses.types import CourseCard

__all__ = ["FACETS", "Wanted", "facets_of", "matches"]

#: In the order in which they are asked.
FACETS = ("subject", "grade", "length", "way", "language")
#: Minutes up to which a course is short, and up to which it is of middle length.
SHORT, MIDDLE = 60, 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for, facet by facet; an empty text asks for nothing."""

    subject: str = ""
    grade: str = ""
    length: str = ""
    way: str = ""
    language: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """Return what an address asks for."""
        return cls(**{name: asked.get(name, "")[:40] for name in FACETS})


def _values(card: CourseCard) -> dict[str, str]:
    minutes = card.est_minutes
    return {
        "subject": card.subject,
        "grade": str(card.grade or ""),
        "length": "short" if minutes <= SHORT else "middle" if minutes <= MIDDLE else "long",
        "way": card.mode.value,
        "language": card.language,
    }


def facets_of(cards: Iterable[CourseCard]) -> dict[str, list[str]]:
    """Return the values of each facet that these courses have, in order; grades as numbers."""
    rows = [_values(card) for card in cards]
    return {
        name: sorted({row[name] for row in rows if row[name]}, key=lambda value: (len(value), value))
        if name == "grade"
        else sorted({row[name] for row in rows if row[name]})
        for name in FACETS
    }


def matches(card: CourseCard, wanted: Wanted) -> bool:
    """Tell whether a course is what somebody looks for; one without a grade is for all grades."""
    values = _values(card)
    return all(
        getattr(wanted, name) in ("", values[name]) or (name == "grade" and not values[name])
        for name in FACETS
    )
