"""Everything that a comparison of outside learning with the school's outcomes depends on, and nothing else.

The words are those of `docs/credit-cases.md`. Lists are kept in the order of their identifiers, so that the order in which
somebody wrote them changes neither the report nor its hash.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from lms.plans.types.credit import (
    Assurance,
    DocumentStatus,
    EvidenceKind,
    HolderMatch,
    LicenceState,
    RuleState,
    TransferRelation,
    Verification,
)

__all__ = [
    "ALGORITHM",
    "AllOf",
    "AtLeast",
    "Condition",
    "Course",
    "Edge",
    "Evidence",
    "Given",
    "Learned",
    "MatchFactors",
    "MatchInputs",
    "MatchPolicy",
    "Passed",
    "Rule",
    "Source",
    "Target",
    "canonical",
    "digest",
]

#: Changes whenever the same input could give another report.
ALGORITHM = "outcome-match/2"
ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class MatchFactors:
    """The numbers of the algorithm; a school's policy may change every one."""

    relation: tuple[tuple[str, Decimal], ...] = (
        ("exact", ONE),
        ("broader", Decimal("0.7")),
        ("narrower", Decimal("0.7")),
        ("related", Decimal("0.4")),
        ("none", ZERO),
    )
    one_level_lower: Decimal = Decimal("0.5")
    fresh_years: int = 3
    age_step: Decimal = Decimal("0.1")
    age_least: Decimal = Decimal("0.5")
    trust: tuple[Decimal, Decimal, Decimal] = (ONE, Decimal("0.8"), Decimal("0.5"))
    unverified: Decimal = Decimal("0.5")
    covered_from: Decimal = Decimal("0.8")
    partial_from: Decimal = Decimal("0.4")


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """What the school decides: the least result, whether a grant may be automatic, the numbers."""

    min_share: Decimal = Decimal("0.5")
    is_automatic: bool = False
    min_assurance: Assurance = Assurance.VERIFIED
    factors: MatchFactors = MatchFactors()


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was learned: may it carry out educational activity, how far is it trusted (tier 1 to 3)."""

    id: str
    activity: LicenceState
    tier: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """An outcome of an outside course: its level, hours, where it was taught, what tested it."""

    id: str
    title: str
    level: int
    hours: Decimal
    fragment: str = ""
    tested_by: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A course of a source with its outcomes."""

    id: str
    source_id: str
    title: str
    hours: Decimal
    outcomes: tuple[Learned, ...] = ()

    def __post_init__(self) -> None:
        """Keep the outcomes in the order of their identifiers."""
        _keep_order(self, "outcomes")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One document or result: hours (and those drawn by earlier credits), the share reached, what is known of it.

    ``share`` is None where the result cannot be read; ``number_key`` tells copies of one document apart from another.
    """

    id: str
    course_id: str
    kind: EvidenceKind
    issued_on: date | None
    hours: Decimal
    share: Decimal | None
    result_words: str = ""
    drawn: Decimal = ZERO
    number_key: str = ""
    expires_on: date | None = None
    verification: Verification = Verification.UNVERIFIED
    status: DocumentStatus = DocumentStatus.VALID
    holder: HolderMatch = HolderMatch.MATCH

    @property
    def assurance(self) -> Assurance:
        """Return how sure the school is of it."""
        is_sure = self.verification is Verification.VERIFIED
        return Assurance.VERIFIED if is_sure else Assurance.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Target:
    """An outcome that the plan asks for: its hours, and those that other credits have already given."""

    id: str
    title: str
    level: int
    hours: Decimal
    taken: Decimal = ZERO
    is_state_exam: bool = False

    @property
    def needed(self) -> Decimal:
        """Return the hours that the target still needs."""
        return max(ZERO, self.hours - self.taken)


@dataclass(frozen=True, slots=True)
class Passed:
    """A course passed with at least this share, this assurance, no older than this many years, all of it of this level."""

    course_id: str
    min_share: Decimal
    min_assurance: Assurance = Assurance.UNVERIFIED
    max_age_years: int | None = None
    min_level: int | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Keep the parts in one order, however they were written."""
        _keep_order(self, "parts")


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least ``count`` of the parts hold; with one it is "any"."""

    count: int
    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Keep the parts in one order, however they were written."""
        _keep_order(self, "parts")


Condition = Passed | AllOf | AtLeast


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule gives: a target, the share of it, by what relation; ``learned_id`` empty = the course as a whole."""

    target_id: str
    share: Decimal = ONE
    relation: TransferRelation = TransferRelation.EXACT
    learned_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of equivalence in one version, with the days between which it is valid (both included)."""

    id: str
    number: str
    version: int
    when: Condition
    gives: tuple[Given, ...]
    state: RuleState = RuleState.APPROVED
    valid_from: date | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        """Keep what the rule gives in one order, however it was written."""
        _keep_order(self, "gives")

    @property
    def courses(self) -> frozenset[str]:
        """Return every course that the rule's condition names."""
        return _courses_of(self.when)

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the rule is approved and ``day`` is between its days, both included."""
        is_begun = self.valid_from is None or self.valid_from <= day
        is_over = self.valid_until is not None and self.valid_until < day
        return self.state is RuleState.APPROVED and is_begun and not is_over


@dataclass(frozen=True, slots=True)
class Edge:
    """A crosswalk edge from an outcome of a course to a target."""

    id: str
    learned_id: str
    target_id: str
    relation: TransferRelation
    weight: Decimal = ONE
    note: str = ""


@dataclass(frozen=True, slots=True)
class MatchInputs:
    """One application: who taught, what was learned, what proves it, what the plan asks for, by which rules."""

    as_of: date
    targets: tuple[Target, ...]
    sources: tuple[Source, ...] = ()
    courses: tuple[Course, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rules: tuple[Rule, ...] = ()
    edges: tuple[Edge, ...] = ()
    policy: MatchPolicy = MatchPolicy()

    def __post_init__(self) -> None:
        """Keep every list in the order of its identifiers."""
        _keep_order(self, "targets", "sources", "courses", "evidence", "rules", "edges")


def _courses_of(condition: Condition) -> frozenset[str]:
    if isinstance(condition, Passed):
        return frozenset({condition.course_id})
    return frozenset().union(*(_courses_of(part) for part in condition.parts))


def _keep_order(row: object, *names: str) -> None:
    """Sort the named tuples of a frozen row: by identifier where there is one, else by all that they say."""
    for name in names:
        rows = getattr(row, name)
        ordered = sorted(rows, key=lambda item: (getattr(item, "id", ""), _spelled(item)))
        object.__setattr__(row, name, tuple(ordered))


def _spelled(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_one_level)


def canonical(value: Any) -> Any:
    """Return a value of these modules as plain JSON values; equal values give equal JSON."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is Decimal:
        return format(value.normalize(), "f") if value else "0"
    names = _names(kind)
    if names:
        return {name: canonical(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [canonical(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _one_level(value: Any) -> Any:
    """Return what JSON does not know as what it knows, leaving the parts to the next call: a third of the time of `canonical`."""
    names = _names(type(value))
    return {name: getattr(value, name) for name in names} if names else canonical(value)


#: The fields of each dataclass that was spelled; none for another type.
_FIELDS: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    if kind not in _FIELDS:
        is_row = dataclasses.is_dataclass(kind)
        _FIELDS[kind] = tuple(item.name for item in dataclasses.fields(kind)) if is_row else ()
    return _FIELDS[kind]


def digest(inputs: MatchInputs, versions: Sequence[tuple[str, int]]) -> str:
    """Return the SHA-256 over the algorithm, the versions of the ways to find candidates, and every input."""
    body = {"algorithm": ALGORITHM, "sources": [list(v) for v in versions], "inputs": inputs}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_one_level)
    return hashlib.sha256(text.encode()).hexdigest()
