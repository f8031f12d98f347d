"""Tell whether two papers are one: by their bytes, their number, what a credential calls itself, or what they say.

Numbers and titles are compared as people mean them (letters and digits only, case, «ё» and look-alikes aside).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from lms.plans.rules.conversion import number_key

__all__ = ["PaperFacts", "SameBecause", "same_paper", "title_key"]


class SameBecause(StrEnum):
    """Why two papers look like one, the surest first."""

    FILE = "file"
    CREDENTIAL = "credential"
    NUMBER = "number"
    CONTENT = "content"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What is known of a paper: whose, from whom, about what, when."""

    person_id: UUID
    source_key: str
    course_key: str
    sha256: str = ""
    origin: str = ""
    number_key: str = ""
    issued_on: date | None = None
    hours: Decimal = Decimal(0)


def title_key(text: str) -> str:
    """Return a title or name as it is compared."""
    return number_key(text.replace("ё", "е").replace("Ё", "Е"))


def same_paper(one: PaperFacts, other: PaperFacts) -> SameBecause | None:
    """Return why the two are (or look like) one paper, or None; the order of the two does not matter."""
    is_one_person = one.person_id == other.person_id
    is_one_source = bool(one.source_key) and one.source_key == other.source_key
    is_one_course = is_one_source and bool(one.course_key) and one.course_key == other.course_key
    is_one_day = one.issued_on is not None and one.issued_on == other.issued_on
    are_other_numbers = bool(one.number_key and other.number_key) and one.number_key != other.number_key
    reasons = (
        (bool(one.sha256) and one.sha256 == other.sha256, SameBecause.FILE),
        (bool(one.origin) and one.origin == other.origin, SameBecause.CREDENTIAL),
        (
            bool(one.number_key) and one.number_key == other.number_key and (is_one_source or is_one_person),
            SameBecause.NUMBER,
        ),
        (
            is_one_person
            and is_one_day
            and not are_other_numbers
            and (is_one_course or (is_one_source and one.hours == other.hours)),
            SameBecause.CONTENT,
        ),
        (is_one_person and is_one_course, SameBecause.COURSE),
    )
    return next((reason for holds, reason in reasons if holds), None)
