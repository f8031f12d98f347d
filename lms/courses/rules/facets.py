"""Say by what courses can be told apart, own and outside ones alike, and which of them somebody looks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from lms.courses.rules.gate_check import LACKS
from lms.courses.types import ADAPTED, CourseCard, length_of

__all__ = [
    "ADAPTED",
    "FACETS",
    "Traits",
    "Wanted",
    "adapted_for",
    "facets_of",
    "length_of",
    "matches",
    "traits_of",
]

#: What is known of a course by facet; a facet of which nothing is known has no values.
Traits = Mapping[str, tuple[str, ...]]

#: In the order in which they are asked.
FACETS = (
    "subject", "grade", "length", "form", "adapted", "counts", "paper", "way", "language", "whose",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for, facet by facet; an empty text asks for nothing."""

    subject: str = ""
    grade: str = ""
    length: str = ""
    form: str = ""
    adapted: str = ""
    counts: str = ""
    paper: str = ""
    way: str = ""
    language: str = ""
    whose: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """Return what an address asks for."""
        return cls(**{name: asked.get(name, "")[:40] for name in FACETS})


def adapted_for(needs: Iterable[str]) -> tuple[str, ...]:
    """Return for whom a course is fit as a whole, without another step beside one that shuts them out."""
    asked = set(needs)
    return tuple(audience.value for audience in ADAPTED if LACKS[audience].value not in asked)


def traits_of(card: CourseCard, *, counts: str = "", is_dated: bool = False) -> Traits:
    """Return what is known of an own course; ``counts``: it stands ``in_plan``, or ``teaches`` what the plan asks for."""
    return {
        "subject": (card.subject,),
        "grade": (str(card.grade),) if card.grade else (),
        "length": (length_of(card.est_minutes),),
        "form": ("dated",) if is_dated else ("own_pace",),
        "adapted": adapted_for(card.needs),
        "counts": (counts,) if counts else (),
        "paper": (),
        "way": (card.mode.value,),
        "language": (card.language,),
        "whose": ("own",),
    }


def facets_of(rows: Iterable[Traits]) -> dict[str, list[str]]:
    """Return the values of each facet that these courses have, in order; grades as numbers."""
    rows = list(rows)
    return {
        name: sorted(
            {value for row in rows for value in row.get(name, ())},
            key=lambda value: (len(value) if name == "grade" else 0, value),
        )
        for name in FACETS
    }


def matches(row: Traits, wanted: Wanted) -> bool:
    """Tell whether a course is what somebody looks for; one without a grade is for all grades."""
    return all(
        getattr(wanted, name) in ("", *row.get(name, ())) or (name == "grade" and not row.get(name))
        for name in FACETS
    )
