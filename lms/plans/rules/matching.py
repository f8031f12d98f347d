"""Compare what was learned with what the school asks for, outcome by outcome, and print every factor.

The score of a candidate is relation × level × result × age × trust × assurance (domain "Defaults"). Hours stand apart:
they never exceed the target's, the fragment's or the document's (C1, C2). Same input ⇒ same hash ⇒ same report.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Protocol

from lms.plans.types.credit import Assurance, MatchVerdict, TransferRelation

__all__ = [
    "ALGORITHM",
    "Candidate",
    "CandidateSource",
    "Edge",
    "Factor",
    "Learned",
    "MatchFactors",
    "MatchInputs",
    "MatchResult",
    "MatchRow",
    "Proof",
    "Rule",
    "RuleLine",
    "Target",
    "canonical",
    "input_hash",
    "match",
]

#: Changes whenever the same input could give another report.
ALGORITHM = "outcome-match/1"
ZERO, ONE = Decimal(0), Decimal(1)
QUARTER = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class MatchFactors:
    """The numbers of the algorithm; a school's policy may change every one."""

    relation: tuple[tuple[str, Decimal], ...] = (
        ("exact", Decimal(1)),
        ("broader", Decimal("0.7")),
        ("narrower", Decimal("0.7")),
        ("related", Decimal("0.4")),
        ("none", Decimal(0)),
    )
    one_level_lower: Decimal = Decimal("0.5")
    fresh_years: int = 3
    age_step: Decimal = Decimal("0.1")
    age_least: Decimal = Decimal("0.5")
    trust: tuple[Decimal, Decimal, Decimal] = (Decimal(1), Decimal("0.8"), Decimal("0.5"))
    unverified: Decimal = Decimal("0.5")
    covered_from: Decimal = Decimal("0.8")
    partial_from: Decimal = Decimal("0.4")


@dataclass(frozen=True, slots=True)
class Target:
    """An outcome that the plan asks for: its hours, and those that other credits have already taken."""

    id: str
    title: str
    level: int
    hours: Decimal
    taken: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Learned:
    """An outcome of the outside course: where it was taught, what tested it, how many hours it had."""

    id: str
    title: str
    level: int
    hours: Decimal
    fragment: str = ""
    tested_by: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the certificate says: date, hours (and those already drawn), result as a share, how sure we are."""

    issued_on: date | None
    hours: Decimal
    drawn: Decimal
    share: Decimal | None
    result_words: str
    assurance: Assurance


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One mapping of an approved rule; ``learned_id`` empty = the course as a whole."""

    learned_id: str
    target_id: str
    relation: TransferRelation
    share: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """An approved rule of equivalence for the course of the case."""

    id: str
    number: str
    version: int
    min_share: Decimal
    lines: tuple[RuleLine, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A crosswalk edge from an outcome of the course to a target."""

    id: str
    learned_id: str
    target_id: str
    relation: TransferRelation
    weight: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True)
class MatchInputs:
    """Everything that a report depends on, and nothing else."""

    as_of: date
    is_educational: bool
    trust_tier: int
    min_share: Decimal
    targets: tuple[Target, ...]
    learned: tuple[Learned, ...]
    proof: Proof
    rules: tuple[Rule, ...] = ()
    edges: tuple[Edge, ...] = ()
    factors: MatchFactors = MatchFactors()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which a target may be covered; ``order`` breaks ties (a rule goes before an edge)."""

    relation: TransferRelation
    share: Decimal
    min_share: Decimal
    basis: str
    basis_id: str
    order: int
    learned_id: str = ""
    note: str = ""
    basis_number: str = ""
    basis_version: int = 0


class CandidateSource(Protocol):
    """A plug-in of the group ``lms.transfer_rules``: data in, candidates out."""

    name: str
    version: int

    def candidates(self, inputs: MatchInputs, target: Target) -> Iterable[Candidate]:
        """Return the ways in which ``target`` may be covered."""
        ...


@dataclass(frozen=True, slots=True)
class Factor:
    """One printed factor: its code, value and the fact behind it."""

    code: str
    value: Decimal
    fact: str


@dataclass(frozen=True, slots=True)
class MatchRow:
    """What the report says about one target."""

    target_id: str
    title: str
    verdict: MatchVerdict
    score: Decimal
    hours: Decimal
    hours_total: Decimal
    factors: tuple[Factor, ...] = ()
    weakest: str = ""
    learned_id: str = ""
    learned_title: str = ""
    fragment: str = ""
    tested_by: str = ""
    note: str = ""
    share: Decimal = ZERO
    min_share: Decimal = ZERO
    basis: str = ""
    basis_id: str = ""
    basis_number: str = ""
    basis_version: int = 0


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The whole report: rows in the order of the targets, totals and a recommendation.

    ``recommendation`` is ``full``, ``part``, ``none``, ``attestation`` (C10) or ``look`` (nothing to compare with).
    """

    algorithm: str
    input_hash: str
    rows: tuple[MatchRow, ...]
    hours: Decimal
    hours_total: Decimal
    recommendation: str


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, TransferRelation | Assurance | MatchVerdict) else value


def canonical(value: Any) -> Any:
    """Return a value of this module as plain JSON values; equal values give equal JSON."""
    return _plain(value)


def input_hash(inputs: MatchInputs, sources: Sequence[CandidateSource]) -> str:
    """Return the SHA-256 over the algorithm, the plug-ins' versions and every input."""
    body = {
        "algorithm": ALGORITHM,
        "sources": [[source.name, source.version] for source in _ordered(sources)],
        "inputs": _plain(inputs),
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _ordered(sources: Sequence[CandidateSource]) -> list[CandidateSource]:
    return sorted(sources, key=lambda source: source.name)


def match(inputs: MatchInputs, sources: Sequence[CandidateSource]) -> MatchResult:
    """Return the report for ``inputs``: the best candidate of every target, its verdict and its hours."""
    judged = [_judge(inputs, target, sources) for target in inputs.targets]
    hours = _allot(inputs, judged)
    rows = tuple(dataclasses.replace(row, hours=hours[index]) for index, row in enumerate(judged))
    total = sum((row.hours for row in rows), ZERO)
    asked = sum((row.hours_total for row in rows), ZERO)
    recommendation = _recommend(inputs, rows, total, asked)
    return MatchResult(ALGORITHM, input_hash(inputs, sources), rows, total, asked, recommendation)


def _judge(inputs: MatchInputs, target: Target, sources: Sequence[CandidateSource]) -> MatchRow:
    """Return the row of one target with the hours it would like to have."""
    found = [c for source in _ordered(sources) for c in source.candidates(inputs, target)]
    if not found:
        return MatchRow(target.id, target.title, MatchVerdict.UNKNOWN, ZERO, ZERO, target.hours)
    learned = {item.id: item for item in inputs.learned}
    scored = [(c, _factors(inputs, target, c, learned.get(c.learned_id))) for c in found]
    best, factors = max(scored, key=lambda pair: _rank(pair[0], pair[1]))
    score = _product(factors)
    verdict = _verdict(score, inputs.factors)
    piece = learned.get(best.learned_id)
    return MatchRow(
        target_id=target.id,
        title=target.title,
        verdict=verdict,
        score=score.quantize(Decimal("0.0001")),
        hours=_wish(target, best, score, verdict),
        hours_total=target.hours,
        factors=factors,
        weakest=min(factors, key=lambda item: item.value).code if score < ONE else "",
        learned_id=best.learned_id,
        learned_title=piece.title if piece else "",
        fragment=piece.fragment if piece else "",
        tested_by=piece.tested_by if piece else "",
        note=best.note,
        share=best.share,
        min_share=best.min_share,
        basis=best.basis,
        basis_id=best.basis_id,
        basis_number=best.basis_number,
        basis_version=best.basis_version,
    )


def _rank(candidate: Candidate, factors: tuple[Factor, ...]) -> tuple[Decimal, Decimal, int, str, str]:
    """Order candidates: higher score, larger share, rules before edges, then the identifiers."""
    return (_product(factors), candidate.share, -candidate.order, candidate.basis_id, candidate.learned_id)


def _product(factors: Iterable[Factor]) -> Decimal:
    score = ONE
    for factor in factors:
        score *= factor.value
    return score


def _factors(
    inputs: MatchInputs, target: Target, candidate: Candidate, learned: Learned | None
) -> tuple[Factor, ...]:
    numbers, proof = inputs.factors, inputs.proof
    level = target.level if learned is None else learned.level
    is_enough = proof.share is not None and proof.share >= candidate.min_share
    assurance = ONE if proof.assurance is Assurance.VERIFIED else numbers.unverified
    return (
        Factor("relation", dict(numbers.relation)[candidate.relation.value], candidate.relation.value),
        Factor("level", _level_factor(level, target.level, numbers), f"{level}/{target.level}"),
        Factor("result", ONE if is_enough else ZERO, proof.result_words),
        Factor("age", _age_factor(proof.issued_on, inputs.as_of, numbers), str(proof.issued_on or "")),
        Factor("trust", _trust_factor(inputs), str(inputs.trust_tier) if inputs.is_educational else "none"),
        Factor("assurance", assurance, proof.assurance.value),
    )


def _level_factor(level: int, wanted: int, numbers: MatchFactors) -> Decimal:
    if level >= wanted:
        return ONE
    return numbers.one_level_lower if level == wanted - 1 else ZERO


def _age_factor(issued_on: date | None, as_of: date, numbers: MatchFactors) -> Decimal:
    """Return 1 for a fresh document, a step less for every year begun after that; an unknown date is the oldest."""
    if issued_on is None:
        return numbers.age_least
    over = _years_begun(issued_on, as_of) - numbers.fresh_years
    return ONE if over <= 0 else max(numbers.age_least, ONE - numbers.age_step * over)


def _years_begun(start: date, end: date) -> int:
    """Count the years begun between two days: exactly three years later is still the third."""
    whole = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    is_anniversary = (end.month, end.day) == (start.month, start.day)
    return max(0, whole if is_anniversary else whole + 1)


def _trust_factor(inputs: MatchInputs) -> Decimal:
    """Return the source's trust; nothing where no educational activity is carried out (C10)."""
    if not inputs.is_educational or not 1 <= inputs.trust_tier <= len(inputs.factors.trust):
        return ZERO
    return inputs.factors.trust[inputs.trust_tier - 1]


def _verdict(score: Decimal, numbers: MatchFactors) -> MatchVerdict:
    if score >= numbers.covered_from:
        return MatchVerdict.COVERED
    return MatchVerdict.PARTIAL if score >= numbers.partial_from else MatchVerdict.GAP


def _wish(target: Target, candidate: Candidate, score: Decimal, verdict: MatchVerdict) -> Decimal:
    """Return the hours a target would like: its share when covered, at most its score when partial (in quarters)."""
    free = max(ZERO, target.hours - target.taken)
    share = min(candidate.share, ONE)
    if verdict is MatchVerdict.COVERED:
        return min(free, target.hours * share)
    if verdict is MatchVerdict.PARTIAL:
        part = target.hours * min(share, score)
        return min(free, (part / QUARTER).to_integral_value(ROUND_FLOOR) * QUARTER)
    return ZERO


def _allot(inputs: MatchInputs, rows: list[MatchRow]) -> list[Decimal]:
    """Give out hours, covered targets first, never more than the fragment's or the document's hours (C2)."""
    left = max(ZERO, inputs.proof.hours - inputs.proof.drawn)
    pieces = {item.id: item.hours for item in inputs.learned}
    given = [ZERO] * len(rows)
    first = sorted(range(len(rows)), key=lambda i: (rows[i].verdict is not MatchVerdict.COVERED, i))
    for index in first:
        row = rows[index]
        hours = max(ZERO, min(row.hours, left, pieces.get(row.learned_id, left)))
        given[index] = hours
        left -= hours
        if row.learned_id in pieces:
            pieces[row.learned_id] -= hours
    return given


def _recommend(inputs: MatchInputs, rows: tuple[MatchRow, ...], hours: Decimal, asked: Decimal) -> str:
    if not inputs.is_educational:
        return "attestation"
    if rows and hours == asked and all(row.verdict is MatchVerdict.COVERED for row in rows):
        return "full"
    if hours > ZERO:
        return "part"
    return "look" if any(row.verdict is MatchVerdict.UNKNOWN for row in rows) or not rows else "none"
