"""Words and values of curriculum that other features use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from flask_babel import lazy_gettext as _l

__all__ = [
    "ATTESTATION_WORDS",
    "PERIOD_WORDS",
    "SUBJECT_WORDS",
    "AttestationForm",
    "BranchView",
    "CurriculumId",
    "CurriculumItemView",
    "CurriculumState",
    "CurriculumView",
    "EdgeState",
    "EdgeView",
    "FrameworkId",
    "FrameworkState",
    "FrameworkView",
    "OutcomeId",
    "OutcomeShare",
    "OutcomeView",
    "PeriodKind",
    "PeriodView",
    "Relation",
    "period_word",
]

FrameworkId = NewType("FrameworkId", UUID)
OutcomeId = NewType("OutcomeId", UUID)
CurriculumId = NewType("CurriculumId", UUID)


class Relation(StrEnum):
    """How one outcome stands to another."""

    EXACT = "exact"
    BROADER = "broader"
    NARROWER = "narrower"
    RELATED = "related"


class FrameworkState(StrEnum):
    """Where a version of a framework stands."""

    DRAFT = "draft"
    PUBLISHED = "published"


class EdgeState(StrEnum):
    """Where a statement about two outcomes stands; only approved ones count."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RETIRED = "retired"


class AttestationForm(StrEnum):
    """In what form an item ends."""

    EXAM = "exam"
    CREDIT_TEST = "credit_test"
    CONTROL_WORK = "control_work"
    ORAL = "oral"
    PROJECT = "project"
    DICTATION = "dictation"
    CURRENT_MARKS = "current_marks"


class CurriculumState(StrEnum):
    """Where a version of a curriculum stands."""

    DRAFT = "draft"
    APPROVED = "approved"


#: The school's subjects in the reader's language; any other key is shown as "Subject".
SUBJECT_WORDS: dict[str, Any] = {
    "physics": _l("Physics"),
    "maths": _l("Mathematics"),
    "language": _l("Russian language"),
    "biology": _l("Biology"),
    "informatics": _l("Informatics"),
    "history": _l("History"),
    "literature": _l("Literature"),
    "foreign": _l("Foreign language"),
    "chemistry": _l("Chemistry"),
    "geography": _l("Geography"),
    "society": _l("Social studies"),
    "art": _l("Art"),
    "music": _l("Music"),
    "technology": _l("Technology"),
    "sport": _l("Physical education"),
}

ATTESTATION_WORDS: dict[str, Any] = {
    AttestationForm.EXAM: _l("Exam"),
    AttestationForm.CREDIT_TEST: _l("Pass or fail test"),
    AttestationForm.CONTROL_WORK: _l("Written test"),
    AttestationForm.ORAL: _l("Oral answer"),
    AttestationForm.PROJECT: _l("Project"),
    AttestationForm.DICTATION: _l("Dictation"),
    AttestationForm.CURRENT_MARKS: _l("By the marks of the term"),
}


class PeriodKind(StrEnum):
    """Into what a school divides its year."""

    QUARTER = "quarter"
    TRIMESTER = "trimester"
    HALF_YEAR = "half_year"
    SEMESTER = "semester"
    YEAR = "year"


#: The name of a part of the year, by its number, and what the school's way of dividing is called in a list.
PERIOD_WORDS: dict[PeriodKind, tuple[Any, Any]] = {
    PeriodKind.QUARTER: (_l("Quarter %(number)s"), _l("Quarters")),
    PeriodKind.TRIMESTER: (_l("Trimester %(number)s"), _l("Trimesters")),
    PeriodKind.HALF_YEAR: (_l("Half-year %(number)s"), _l("Half-years")),
    PeriodKind.SEMESTER: (_l("Semester %(number)s"), _l("Semesters")),
    PeriodKind.YEAR: (_l("The whole year"), _l("The whole year")),
}


def period_word(number: int, kind: PeriodKind) -> str:
    """Return the name of a part of the year as the school calls it."""
    return str(PERIOD_WORDS[kind][0]) % {"number": number}


@dataclass(frozen=True, slots=True)
class OutcomeShare:
    """An outcome of a curriculum item and the hours planned for it."""

    outcome_id: UUID
    hours: Decimal


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """One outcome: what a learner can do afterwards."""

    id: UUID
    code: str
    statement: str
    level: int
    framework_id: UUID
    parent_id: UUID | None = None
    key: UUID | None = None


@dataclass(frozen=True, slots=True)
class BranchView:
    """An outcome in a list, and how many stand directly below it."""

    outcome: OutcomeView
    below: int


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """A framework with its outcomes in order; ``org_id`` None means that every school shares it."""

    id: UUID
    code: str
    title: str
    version: str
    outcomes: tuple[OutcomeView, ...] = ()
    state: FrameworkState = FrameworkState.DRAFT
    org_id: UUID | None = None
    key: UUID | None = None
    previous_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EdgeView:
    """One edge of a crosswalk: how the source outcome stands to the target."""

    id: UUID
    source_id: UUID
    target_id: UUID
    relation: Relation
    weight: Decimal
    note: str = ""
    state: EdgeState = EdgeState.PROPOSED
    org_id: UUID | None = None
    created_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A part of the school year, and what the school calls its parts."""

    number: int
    starts_on: date
    ends_on: date
    kind: PeriodKind = PeriodKind.QUARTER

    @property
    def weeks(self) -> Decimal:
        """Return the length in weeks, at least one."""
        return max(Decimal(1), round(Decimal((self.ends_on - self.starts_on).days + 1) / 7, 2))


@dataclass(frozen=True, slots=True)
class CurriculumItemView:
    """One module of a curriculum."""

    id: UUID
    subject: str
    title: str
    hours: Decimal
    period: int
    attestation_form: AttestationForm
    is_mandatory: bool
    outcomes: tuple[OutcomeShare, ...] = ()


@dataclass(frozen=True, slots=True)
class CurriculumView:
    """A version of a curriculum with its periods and items."""

    id: UUID
    org_id: UUID
    programme: str
    title: str
    grade: int
    year: str
    version: int
    state: CurriculumState
    weekly_hours_max: Decimal
    periods: tuple[PeriodView, ...] = ()
    items: tuple[CurriculumItemView, ...] = ()

    @property
    def period_kind(self) -> PeriodKind:
        """Return into what the year is divided."""
        return self.periods[0].kind if self.periods else PeriodKind.QUARTER

    @property
    def without_outcomes(self) -> tuple[CurriculumItemView, ...]:
        """Return the modules that lead to no outcome: nothing learned elsewhere can be credited for them."""
        return tuple(item for item in self.items if not item.outcomes)

    @property
    def hours(self) -> Decimal:
        """Return the hours of all items."""
        return sum((item.hours for item in self.items), Decimal(0))
