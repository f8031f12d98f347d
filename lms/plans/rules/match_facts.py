"""Look up the facts of an application: which evidence counts, and how much each fact of it is worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from lms.plans.rules.match_inputs import (
    ONE,
    ZERO,
    Course,
    Edge,
    Evidence,
    Given,
    Learned,
    MatchFactors,
    MatchInputs,
    Rule,
    Source,
    Target,
)
from lms.plans.types.credit import (
    Assurance,
    DocumentStatus,
    EvidenceKind,
    HolderMatch,
    LicenceState,
    TransferRelation,
    Verification,
)

__all__ = ["CODES", "Factor", "Facts", "product"]

#: The factors of a score, in the order in which they are printed and in which equal ones are named.
CODES = ("relation", "level", "result", "age", "trust", "assurance")


@dataclass(frozen=True, slots=True)
class Factor:
    """One printed factor: its code, value and the fact behind it."""

    code: str
    value: Decimal
    fact: str


def product(factors: Iterable[Factor]) -> Decimal:
    """Multiply the factors."""
    score = ONE
    for factor in factors:
        if factor.value is not ONE:
            score *= factor.value
    return score


@dataclass(frozen=True)
class Facts:
    """The inputs by identifier, and what follows from each piece of evidence alone."""

    inputs: MatchInputs

    @cached_property
    def numbers(self) -> MatchFactors:
        """Return the numbers of the formula."""
        return self.inputs.policy.factors

    @cached_property
    def courses(self) -> dict[str, Course]:
        """Return the courses by identifier."""
        return {course.id: course for course in self.inputs.courses}

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Return the sources by identifier."""
        return {source.id: source for source in self.inputs.sources}

    @cached_property
    def learned(self) -> dict[str, Learned]:
        """Return the outcomes of all courses by identifier."""
        return {outcome.id: outcome for course in self.inputs.courses for outcome in course.outcomes}

    @cached_property
    def teaches(self) -> dict[str, str]:
        """Return the course of each of their outcomes."""
        return {outcome.id: course.id for course in self.inputs.courses for outcome in course.outcomes}

    def level_of(self, course_id: str) -> int:
        """Return the lowest level of what a course teaches; a course that names nothing has none."""
        course = self.courses.get(course_id)
        return min((outcome.level for outcome in course.outcomes), default=0) if course else 0

    @cached_property
    def evidence(self) -> dict[str, tuple[Evidence, ...]]:
        """Return the evidence of each course, in the order of identifiers."""
        found: dict[str, list[Evidence]] = defaultdict(list)
        for evidence in self.inputs.evidence:
            found[evidence.course_id].append(evidence)
        return {course: tuple(rows) for course, rows in found.items()}

    @cached_property
    def rules_for(self) -> dict[str, tuple[tuple[Rule, Given], ...]]:
        """Return the valid rules that give each target and rest on a course that was taken."""
        found: dict[str, list[tuple[Rule, Given]]] = defaultdict(list)
        for rule in self.inputs.rules:
            if rule.is_valid_on(self.inputs.as_of) and not rule.courses.isdisjoint(self.evidence):
                for given in rule.gives:
                    found[given.target_id].append((rule, given))
        return {target: tuple(rows) for target, rows in found.items()}

    @cached_property
    def edges_for(self) -> dict[str, tuple[Edge, ...]]:
        """Return the edges that lead to each target from a course that was taken."""
        found: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.inputs.edges:
            if self.teaches.get(edge.learned_id) in self.evidence:
                found[edge.target_id].append(edge)
        return {target: tuple(rows) for target, rows in found.items()}

    @cached_property
    def barriers(self) -> dict[str, str]:
        """Return for every piece of evidence why it does not count at all; an empty word where it does."""
        return {row.id: self._barrier(row) for row in self.inputs.evidence}

    def source_of(self, evidence: Evidence) -> Source:
        """Return where the evidence was earned; a source that nobody named is unchecked and least trusted."""
        course = self.courses.get(evidence.course_id)
        source = self.sources.get(course.source_id) if course else None
        return source or Source("", LicenceState.UNCHECKED, 3)

    def _barrier(self, row: Evidence) -> str:
        reasons = (
            ("no_activity", self.source_of(row).activity is LicenceState.UNLICENSED),
            ("forged", row.verification is Verification.REJECTED),
            ("revoked", row.status is DocumentStatus.REVOKED),
            ("other_holder", row.holder is HolderMatch.OTHER),
            ("future", row.issued_on is not None and row.issued_on > self.inputs.as_of),
            ("expired", row.expires_on is not None and row.expires_on < self.inputs.as_of),
            ("used_up", row.drawn >= row.hours > ZERO),
            ("duplicate", self._is_copy(row)),
        )
        return next((code for code, applies in reasons if applies), "")

    def _is_copy(self, row: Evidence) -> bool:
        """Tell whether an earlier row of the same course has the same number."""
        if not row.number_key:
            return False
        same = (e for e in self.evidence.get(row.course_id, ()) if e.number_key == row.number_key)
        return next(same).id != row.id

    def years_begun(self, row: Evidence) -> int | None:
        """Count the years begun since the evidence was issued (exactly three years is still the third), or None."""
        return None if row.issued_on is None else _years_begun(row.issued_on, self.inputs.as_of)

    def factors(
        self,
        row: Evidence,
        target: Target,
        relation: TransferRelation,
        learned: Learned | None,
        enough: Decimal,
    ) -> tuple[Factor, ...]:
        """Return the factors of one candidate over one piece of evidence; ``enough`` is the least share that counts."""
        return self.weighed(row, target, relation, learned, enough)[1]

    def weighed(
        self,
        row: Evidence,
        target: Target,
        relation: TransferRelation,
        learned: Learned | None,
        enough: Decimal,
    ) -> tuple[Decimal, tuple[Factor, ...]]:
        """Return the factors of one candidate over one piece of evidence with their product, worked out once each."""
        level = target.level if learned is None else learned.level
        is_enough = row.share is not None and row.share >= enough
        key = (row.id, relation, level, target.level, is_enough)
        known = self._weighed.get(key)
        if known is None:
            factors = (
                self.relations[relation],
                Factor("level", self._level(level, target.level), f"{level}/{target.level}"),
                Factor("result", ONE if is_enough else ZERO, row.result_words),
                *self.standing[row.id],
            )
            known = self._weighed[key] = (product(factors), factors)
        return known

    @cached_property
    def _weighed(self) -> dict[tuple[object, ...], tuple[Decimal, tuple[Factor, ...]]]:
        return {}

    @cached_property
    def relations(self) -> dict[TransferRelation, Factor]:
        """Return the factor of each relation."""
        values = dict(self.numbers.relation)
        return {one: Factor("relation", values[one.value], one.value) for one in TransferRelation}

    @cached_property
    def standing(self) -> dict[str, tuple[Factor, ...]]:
        """Return the factors of each piece of evidence that are the same for every target: age, trust, assurance."""
        return {row.id: self._standing(row) for row in self.inputs.evidence}

    def _standing(self, row: Evidence) -> tuple[Factor, ...]:
        is_sure = row.assurance is Assurance.VERIFIED
        source = self.source_of(row)
        return (
            Factor("age", self._age(row), str(row.issued_on or "")),
            Factor("trust", self._trust(source), _trust_words(source)),
            Factor("assurance", ONE if is_sure else self.numbers.unverified, row.assurance.value),
        )

    def _level(self, level: int, wanted: int) -> Decimal:
        if level >= wanted:
            return ONE
        return self.numbers.one_level_lower if level == wanted - 1 else ZERO

    def _age(self, row: Evidence) -> Decimal:
        years = self.years_begun(row)
        if years is None:
            return self.numbers.age_least
        over = max(0, years - self.numbers.fresh_years)
        return max(self.numbers.age_least, ONE - self.numbers.age_step * over)

    def _trust(self, source: Source) -> Decimal:
        tiers = self.numbers.trust
        is_known = source.activity is not LicenceState.UNLICENSED and 1 <= source.tier <= len(tiers)
        return tiers[source.tier - 1] if is_known else ZERO

    def questions(self, row: Evidence) -> tuple[str, ...]:
        """Return what nobody knows yet about the evidence, each code with the identifier it is about."""
        source = self.source_of(row)
        open_questions = (
            ("unverified", row.verification is Verification.UNVERIFIED, row.id),
            ("licence_unchecked", source.activity is LicenceState.UNCHECKED, source.id),
            ("status_unknown", row.status is DocumentStatus.UNKNOWN, row.id),
            ("holder_unclear", row.holder is HolderMatch.UNCLEAR, row.id),
            ("date_unknown", row.issued_on is None, row.id),
            ("result_unreadable", row.share is None, row.id),
            ("planned", row.kind is EvidenceKind.PLANNED, row.id),
        )
        return tuple(f"{code}:{about}" for code, is_open, about in open_questions if is_open)


def _trust_words(source: Source) -> str:
    return "none" if source.activity is LicenceState.UNLICENSED else str(source.tier)


def _years_begun(start: date, end: date) -> int:
    whole = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    is_anniversary = (end.month, end.day) == (start.month, start.day)
    return max(0, whole if is_anniversary else whole + 1)
