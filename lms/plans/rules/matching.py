"""Compare what was learned with what the school asks for, outcome by outcome, and print every factor.

The rules are written down in words in `docs/credit-cases.md`; the numbers of its sections stand at the functions here.
Same input ⇒ same hash ⇒ same report, on any machine and in any order of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Protocol

from lms.plans.rules.match_facts import CODES, Factor, Facts, product
from lms.plans.rules.match_inputs import ALGORITHM, ONE, ZERO, Evidence, MatchInputs, Target, digest
from lms.plans.types.credit import Assurance, EvidenceKind, MatchVerdict, TransferRelation, Verification

__all__ = ["Candidate", "CandidateSource", "MatchResult", "MatchRow", "Part", "input_hash", "match"]

QUARTER = Decimal("0.25")
#: Reasons that a short check of what somebody can do would settle (8).
ASSESSABLE = frozenset({"relation", "level", "age", "trust", "assurance", "rule_unmet", "share"})
#: Evidence that nobody had to type in or photograph (10).
BY_ITSELF = frozenset({EvidenceKind.PLATFORM, EvidenceKind.BADGE, EvidenceKind.PARTNER})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which a target may be covered.

    It rests on ``supports``: evidence with the least share asked of it. ``reason`` says why a rule does not hold, with the
    ``missing`` courses; ``below`` is evidence under the rule's own minimum. ``replaces`` names the courses whose edges
    the candidate stands in for; ``order`` breaks ties (a rule goes before an edge).
    """

    relation: TransferRelation
    share: Decimal
    basis: str
    basis_id: str
    order: int
    supports: tuple[tuple[Evidence, Decimal], ...] = ()
    learned_id: str = ""
    note: str = ""
    basis_number: str = ""
    basis_version: int = 0
    reason: str = ""
    missing: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    replaces: frozenset[str] = frozenset()


class CandidateSource(Protocol):
    """A plug-in of the group ``lms.transfer_rules``: facts in, candidates out."""

    name: str
    version: int

    def candidates(self, facts: Facts, target: Target) -> Iterable[Candidate]:
        """Return the ways in which ``target`` may be covered."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One candidate as the report prints it: what it rests on, every factor, its share and hours."""

    basis: str
    basis_id: str
    basis_number: str
    basis_version: int
    relation: TransferRelation
    share: Decimal
    score: Decimal
    hours: Decimal
    factors: tuple[Factor, ...]
    weakest: str
    evidence: tuple[str, ...]
    min_share: Decimal = ZERO
    learned_id: str = ""
    learned_title: str = ""
    fragment: str = ""
    tested_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MatchRow:
    """What the report says about one target; a gap shows its nearest candidate as a part without hours."""

    target_id: str
    title: str
    verdict: MatchVerdict
    score: Decimal
    hours: Decimal
    hours_total: Decimal
    reason: str = ""
    missing: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The whole report: rows in the order of the targets, totals, a recommendation, what nobody knows yet.

    ``recommendation`` is ``full``, ``part``, ``assess``, ``look`` (people must compare), ``attestation`` (C10) or ``refuse``.
    """

    algorithm: str
    input_hash: str
    rows: tuple[MatchRow, ...]
    hours: Decimal
    hours_total: Decimal
    recommendation: str
    is_automatic: bool
    questions: tuple[str, ...]
    assurance: Assurance | None


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A candidate with its factors over its weakest document; ``reason`` tells why it cannot be taken."""

    candidate: Candidate
    score: Decimal
    factors: tuple[Factor, ...]
    reason: str
    is_barred: bool

    @property
    def rank(self) -> tuple[Decimal, bool, int, Decimal, str, tuple[str, ...]]:
        """Order: score, then those that count at all, rules before edges, larger shares, identifiers (4)."""
        one = self.candidate
        return (-self.score, self.is_barred, one.order, -one.share, one.basis_id, _ids(one))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A row before its hours: what was taken with which share, and what else was found."""

    target: Target
    taken: tuple[tuple[_Weighed, Decimal], ...]
    found: tuple[_Weighed, ...]


def input_hash(inputs: MatchInputs, sources: Sequence[CandidateSource]) -> str:
    """Return the SHA-256 over the algorithm, the plug-ins' versions and every input."""
    return digest(inputs, [(source.name, source.version) for source in _ordered(sources)])


def match(inputs: MatchInputs, sources: Sequence[CandidateSource]) -> MatchResult:
    """Return the report for ``inputs``: every target's parts, verdict, reason and hours."""
    facts = Facts(inputs)
    drafts = [_draft(facts, target, sources) for target in inputs.targets]
    hours = _allot(facts, drafts)
    rows = tuple(_row(facts, draft, given) for draft, given in zip(drafts, hours, strict=True))
    used = [row for draft in drafts for one, _ in draft.taken for row, _ in one.candidate.supports]
    questions = _questions(facts, drafts)
    recommendation = _recommend(facts, drafts, rows)
    is_sure = all(row.assurance is Assurance.VERIFIED for row in used)
    return MatchResult(
        algorithm=ALGORITHM,
        input_hash=input_hash(inputs, sources),
        rows=rows,
        hours=sum((row.hours for row in rows), ZERO),
        hours_total=sum((row.hours_total for row in rows), ZERO),
        recommendation=recommendation,
        is_automatic=recommendation == "full" and not questions and _may_be_automatic(inputs, drafts),
        questions=questions,
        assurance=(Assurance.VERIFIED if is_sure else Assurance.UNVERIFIED) if used else None,
    )


def _ordered(sources: Sequence[CandidateSource]) -> list[CandidateSource]:
    return sorted(sources, key=lambda source: source.name)


def _ids(candidate: Candidate) -> tuple[str, ...]:
    return tuple([row.id for row, _ in candidate.supports])


def _draft(facts: Facts, target: Target, sources: Sequence[CandidateSource]) -> _Draft:
    """Find, weigh and take the candidates of one target (2–4)."""
    if target.is_state_exam:
        return _Draft(target, (), ())
    found = [c for source in _ordered(sources) for c in source.candidates(facts, target)]
    kept = _without_replaced(facts, found)
    weighed = sorted((_weigh(facts, target, c) for c in kept), key=lambda one: one.rank)
    return _Draft(target, tuple(_take(facts, weighed)), tuple(weighed))


def _without_replaced(facts: Facts, found: list[Candidate]) -> list[Candidate]:
    """Leave out edges of courses, and of evidence, about which a rule of the school speaks (2)."""
    courses = frozenset().union(*(c.replaces for c in found))
    below = frozenset().union(*(c.below for c in found))
    return [
        c
        for c in found
        if c.basis != "edge"
        or (facts.teaches.get(c.learned_id) not in courses and (not below or below.isdisjoint(_ids(c))))
    ]


def _weigh(facts: Facts, target: Target, candidate: Candidate) -> _Weighed:
    """Return the score over the weakest document (3), and why the candidate cannot be taken."""
    learned = facts.learned.get(candidate.learned_id)
    score, of, barrier = ZERO, "", ""
    factors: tuple[Factor, ...] = ()
    for row, least in candidate.supports:
        piece = learned if learned and facts.teaches[learned.id] == row.course_id else None
        worth, found = facts.weighed(row, target, candidate.relation, piece, least)
        if not factors or (worth, row.id) < (score, of):
            score, of, factors = worth, row.id, found
        barrier = barrier or facts.barriers[row.id]
    if candidate.reason or barrier:
        return _Weighed(candidate, ZERO, factors, candidate.reason or barrier, is_barred=bool(barrier))
    is_enough = score >= facts.numbers.partial_from
    return _Weighed(candidate, score, factors, "" if is_enough else _weakest(factors), is_barred=False)


def _weakest(factors: tuple[Factor, ...]) -> str:
    return min(factors, key=lambda one: (one.value, CODES.index(one.code))).code


def _take(facts: Facts, weighed: Iterable[_Weighed]) -> Iterable[tuple[_Weighed, Decimal]]:
    """Yield the candidates that count, strongest first, until their shares make one (4)."""
    left = ONE
    outcomes: set[str] = set()
    whole: set[str] = set()
    for one in weighed:
        if left <= ZERO:
            return
        if one.reason:
            continue
        learned = one.candidate.learned_id
        courses = {row.course_id for row, _ in one.candidate.supports}
        at_work = {facts.teaches.get(outcome, "") for outcome in outcomes}
        is_again = learned in outcomes or courses & whole if learned else courses & (whole | at_work)
        share = min(one.candidate.share, left)
        if is_again or share <= ZERO:
            continue
        yield one, share
        left -= share
        if learned:
            outcomes.add(learned)
        else:
            whole |= courses


def _verdict(facts: Facts, draft: _Draft) -> MatchVerdict:
    """Return the verdict of a row (5)."""
    if draft.taken:
        is_whole = sum((share for _, share in draft.taken), ZERO) >= ONE
        is_strong = _score(draft) >= facts.numbers.covered_from
        return MatchVerdict.COVERED if is_whole and is_strong else MatchVerdict.PARTIAL
    return MatchVerdict.GAP if draft.found or draft.target.is_state_exam else MatchVerdict.UNKNOWN


def _score(draft: _Draft) -> Decimal:
    if draft.taken:
        return min(one.score for one, _ in draft.taken)
    return draft.found[0].score if draft.found else ZERO


def _wish(facts: Facts, target: Target, one: _Weighed, share: Decimal) -> Decimal:
    """Return the hours that a part asks for (6); share and relation say the same in two ways, the smaller counts."""
    if one.score >= facts.numbers.covered_from:
        return target.hours * share
    relation, *others = one.factors
    hours = target.hours * min(share, relation.value) * product(others)
    return (hours / QUARTER).to_integral_value(ROUND_FLOOR) * QUARTER


def _allot(facts: Facts, drafts: list[_Draft]) -> list[list[Decimal]]:
    """Give out hours: covered rows first, never more than target, fragment and documents have (C1, C2; 6)."""
    documents = {row.id: max(ZERO, row.hours - row.drawn) for row in facts.inputs.evidence}
    pieces = {outcome.id: outcome.hours for outcome in facts.learned.values()}
    given: list[list[Decimal]] = [[] for _ in drafts]

    def order(index: int) -> tuple[bool, Decimal, str]:
        draft = drafts[index]
        return (_verdict(facts, draft) is not MatchVerdict.COVERED, -_score(draft), draft.target.id)

    for index in sorted(range(len(drafts)), key=order):
        draft = drafts[index]
        needed = draft.target.needed
        for one, share in draft.taken:
            learned, ids = one.candidate.learned_id, _ids(one.candidate)
            bounds = [needed, _wish(facts, draft.target, one, share), sum((documents[i] for i in ids), ZERO)]
            hours = max(ZERO, min([*bounds, pieces[learned]] if learned in pieces else bounds))
            _draw(documents, ids, hours)
            if learned in pieces:
                pieces[learned] -= hours
            needed -= hours
            given[index].append(hours)
    return given


def _draw(documents: dict[str, Decimal], ids: tuple[str, ...], hours: Decimal) -> None:
    for one in ids:
        part = min(documents[one], hours)
        documents[one] -= part
        hours -= part


def _row(facts: Facts, draft: _Draft, hours: list[Decimal]) -> MatchRow:
    """Return one row of the report with the reason why it is not full (7)."""
    total = sum(hours, ZERO)
    verdict = _verdict(facts, draft)
    nearest = draft.found[0] if draft.found else None
    parts = [_part(facts, one, share, h) for (one, share), h in zip(draft.taken, hours, strict=True)]
    if not parts and nearest is not None:
        parts = [_part(facts, nearest, ZERO, ZERO)]
    return MatchRow(
        target_id=draft.target.id,
        title=draft.target.title,
        verdict=verdict,
        score=_score(draft).quantize(Decimal("0.0001")),
        hours=total,
        hours_total=draft.target.hours,
        reason=_reason(facts, draft, verdict, total),
        missing=nearest.candidate.missing
        if nearest and nearest.reason == "rule_unmet" and not draft.taken
        else (),
        parts=tuple(parts),
    )


def _reason(facts: Facts, draft: _Draft, verdict: MatchVerdict, hours: Decimal) -> str:
    if draft.target.is_state_exam:
        return "state_exam"
    if verdict is MatchVerdict.UNKNOWN:
        return "no_edge"
    if verdict is MatchVerdict.GAP:
        return draft.found[0].reason or "share"
    weakest = min((one for one, _ in draft.taken), key=lambda one: one.score)
    if weakest.score < facts.numbers.covered_from:
        return _weakest(weakest.factors)
    if verdict is MatchVerdict.PARTIAL:
        return "share"
    return "hours" if hours < draft.target.needed else ""


def _part(facts: Facts, one: _Weighed, share: Decimal, hours: Decimal) -> Part:
    candidate = one.candidate
    learned = facts.learned.get(candidate.learned_id)
    return Part(
        basis=candidate.basis,
        basis_id=candidate.basis_id,
        basis_number=candidate.basis_number,
        basis_version=candidate.basis_version,
        relation=candidate.relation,
        share=share,
        score=one.score.quantize(Decimal("0.0001")),
        hours=hours,
        factors=one.factors,
        weakest=one.reason or (_weakest(one.factors) if one.score < ONE else ""),
        evidence=_ids(candidate),
        min_share=max((least for _, least in candidate.supports), default=ZERO),
        learned_id=candidate.learned_id,
        learned_title=learned.title if learned else "",
        fragment=learned.fragment if learned else "",
        tested_by=learned.tested_by if learned else "",
        note=candidate.note,
    )


def _questions(facts: Facts, drafts: list[_Draft]) -> tuple[str, ...]:
    """Return what nobody knows yet about evidence that counted or could still count (9)."""
    asked: set[str] = set()
    for draft in drafts:
        is_covered = _verdict(facts, draft) is MatchVerdict.COVERED
        ones = [one for one, _ in draft.taken] if is_covered else draft.found
        for one in ones:
            asked.update((*_ids(one.candidate), *one.candidate.below))
    rows = [row for row in facts.inputs.evidence if row.id in asked and not facts.barriers[row.id]]
    return tuple(sorted({question for row in rows for question in facts.questions(row)}))


def _recommend(facts: Facts, drafts: list[_Draft], rows: tuple[MatchRow, ...]) -> str:
    """Return what the report suggests to the people who decide (8)."""
    barriers = list(facts.barriers.values())
    if barriers and all(reason == "no_activity" for reason in barriers):
        return "attestation"
    verdicts = {row.verdict for row in rows}
    is_filled = all(row.hours >= draft.target.needed for row, draft in zip(rows, drafts, strict=True))
    if rows and verdicts == {MatchVerdict.COVERED} and is_filled:
        return "full"
    if verdicts & {MatchVerdict.COVERED, MatchVerdict.PARTIAL}:
        return "part"
    if any(row.verdict is MatchVerdict.GAP and row.reason in ASSESSABLE for row in rows):
        return "assess"
    return "look" if MatchVerdict.UNKNOWN in verdicts or not rows else "refuse"


def _may_be_automatic(inputs: MatchInputs, drafts: list[_Draft]) -> bool:
    """Tell whether every part comes from an exact rule over verified evidence that came by itself (C4; 10)."""
    taken = [one.candidate for draft in drafts for one, _ in draft.taken]
    return inputs.policy.is_automatic and all(
        candidate.basis == "rule"
        and candidate.relation is TransferRelation.EXACT
        and all(
            row.kind in BY_ITSELF and row.verification is Verification.VERIFIED
            for row, _ in candidate.supports
        )
        for candidate in taken
    )
