"""Matching: same input same report, hours never exceed anything, better facts never give less (C1, C2, C7, C10)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.plans.rules.match_inputs import (
    ALGORITHM,
    AllOf,
    AtLeast,
    Course,
    Edge,
    Evidence,
    Given,
    Learned,
    MatchInputs,
    MatchPolicy,
    Passed,
    Rule,
    Source,
    Target,
    canonical,
    digest,
)
from lms.plans.rules.matching import MatchResult, MatchRow, Part, input_hash, match
from lms.plans.schemas.case_file import read_case, write_case
from lms.plans.transfer_rules import builtin
from lms.plans.transfer_rules.equivalence import EquivalenceSource
from lms.plans.types.credit import (
    DocumentStatus,
    EvidenceKind,
    HolderMatch,
    LicenceState,
    MatchVerdict,
    RuleState,
    TransferRelation,
    Verification,
)

SOURCES = builtin()
TODAY = date(2026, 11, 6)
RANK = {MatchVerdict.UNKNOWN: 0, MatchVerdict.GAP: 0, MatchVerdict.PARTIAL: 1, MatchVerdict.COVERED: 2}


def run(inputs: MatchInputs) -> MatchResult:
    return match(inputs, SOURCES)


def application(seed: int) -> MatchInputs:
    """Return an application of a few courses, documents, rules and edges; numbers come in few values, so they meet."""
    pick = Random(seed)
    names = [f"c{i}" for i in range(pick.randint(1, 3))]
    targets = [
        Target(f"t{i}", f"Target {i}", pick.randint(1, 4), total, min(total, some_hours(pick)))
        for i in range(pick.randint(0, 4))
        for total in [some_hours(pick)]
    ]
    courses = [
        Course(name, pick.choice(["s1", "s2"]), name, Decimal(40), outcomes_of(pick, name)) for name in names
    ]
    pairs = [(t.id, o.id) for t in targets for c in courses for o in c.outcomes]
    return MatchInputs(
        as_of=TODAY,
        targets=tuple(targets),
        sources=tuple(
            Source(name, pick.choice(list(LicenceState)), pick.randint(1, 3)) for name in ("s1", "s2")
        ),
        courses=tuple(courses),
        evidence=tuple(document(pick, f"e{i}", pick.choice(names)) for i in range(pick.randint(0, 4))),
        rules=tuple(rule(pick, f"r{i}", names, pairs) for i in range(pick.randint(0, 3) if pairs else 0)),
        edges=tuple(edge(pick, f"x{i}", pairs) for i in range(pick.randint(0, 5) if pairs else 0)),
        policy=MatchPolicy(min_share=some_share(pick), is_automatic=pick.random() < 0.7),
    )


inputs = st.integers(0, 2**32).map(application)


def some_hours(pick: Random) -> Decimal:
    return Decimal(pick.choice([0, 1, 7, 8, 12, 20, 40])) / pick.choice([1, 1, 4])


def some_share(pick: Random) -> Decimal:
    return Decimal(pick.choice([0, 30, 50, 50, 80, 100, 100])) / 100


def outcomes_of(pick: Random, course: str) -> tuple[Learned, ...]:
    return tuple(Learned(f"{course}-l{i}", f"{i}", pick.randint(1, 4), some_hours(pick)) for i in range(2))


def document(pick: Random, name: str, course: str) -> Evidence:
    """Return evidence in which mostly, but not always, everything is in order."""
    total = some_hours(pick)
    is_odd = pick.random() < 0.4
    return Evidence(
        id=name,
        course_id=course,
        kind=pick.choice(list(EvidenceKind)),
        issued_on=pick.choice([None, TODAY, date(2024, 2, 29), date(2022, 11, 5), date(2015, 1, 1)]),
        hours=total,
        share=pick.choice([None, Decimal(0), Decimal("0.5"), Decimal("0.86"), Decimal(1)]),
        drawn=min(total, some_hours(pick)) if is_odd else Decimal(0),
        number_key=pick.choice(["", "", "a1", "b2"]),
        expires_on=pick.choice([None, TODAY - timedelta(days=1), TODAY]) if is_odd else None,
        verification=pick.choice(list(Verification)) if is_odd else Verification.VERIFIED,
        status=pick.choice(list(DocumentStatus)) if is_odd else DocumentStatus.VALID,
        holder=pick.choice(list(HolderMatch)) if is_odd else HolderMatch.MATCH,
    )


def rule(pick: Random, name: str, courses: list[str], pairs: list[tuple[str, str]]) -> Rule:
    parts = tuple(Passed(pick.choice(courses), some_share(pick)) for _ in range(pick.randint(1, 3)))
    when = pick.choice([parts[0], AllOf(parts), AtLeast(pick.randint(1, len(parts)), parts)])
    gives = tuple(
        Given(t, some_share(pick), pick.choice(RELATIONS), pick.choice(["", o]))
        for t, o in pick.choices(pairs, k=pick.randint(1, 3))
    )
    return Rule(name, name, 1, when, gives, pick.choice([RuleState.APPROVED, *RuleState]))


def edge(pick: Random, name: str, pairs: list[tuple[str, str]]) -> Edge:
    target, learned = pick.choice(pairs)
    return Edge(name, learned, target, pick.choice(RELATIONS), some_share(pick))


RELATIONS = [TransferRelation.EXACT, TransferRelation.EXACT, *TransferRelation]


def taken(row: MatchRow) -> list[Part]:
    return [part for part in row.parts if part.share > 0]


@given(inputs, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_same_input_in_any_order_gives_the_same_report(facts: MatchInputs, shuffle: Random) -> None:
    again = facts
    for name in ("targets", "sources", "courses", "evidence", "rules", "edges"):
        rows = list(getattr(facts, name))
        shuffle.shuffle(rows)
        again = dataclasses.replace(again, **{name: tuple(rows)})
    assert run(facts) == run(again)
    assert input_hash(facts, SOURCES) == input_hash(again, tuple(reversed(SOURCES)))


@given(inputs)
def test_what_is_hashed_is_the_canonical_spelling(facts: MatchInputs) -> None:
    body = {"algorithm": ALGORITHM, "sources": [["a", 1]], "inputs": canonical(facts)}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert digest(facts, [("a", 1)]) == hashlib.sha256(text.encode()).hexdigest()


@given(inputs, st.integers(1, 9))
def test_another_input_has_another_hash(facts: MatchInputs, more: int) -> None:
    other = dataclasses.replace(facts, as_of=facts.as_of + timedelta(days=more))
    assert input_hash(facts, SOURCES) != input_hash(other, SOURCES)


def test_a_number_written_with_another_exponent_is_the_same_input() -> None:
    facts = one()
    spelled = dataclasses.replace(facts, policy=MatchPolicy(min_share=Decimal("0.500")))
    assert input_hash(facts, SOURCES) == input_hash(spelled, SOURCES)


@given(inputs)
def test_hours_never_exceed_the_outcome_the_fragment_or_the_documents(facts: MatchInputs) -> None:
    result = run(facts)
    by_piece: dict[str, Decimal] = {}
    by_evidence: dict[tuple[str, ...], Decimal] = {}
    for row, target in zip(result.rows, facts.targets, strict=True):
        assert 0 <= row.hours <= target.needed
        assert sum(part.share for part in row.parts) <= 1
        assert row.hours == sum(part.hours for part in row.parts)
        for part in taken(row):
            by_piece[part.learned_id] = by_piece.get(part.learned_id, Decimal(0)) + part.hours
            by_evidence[part.evidence] = by_evidence.get(part.evidence, Decimal(0)) + part.hours
    left = {row.id: row.hours - row.drawn for row in facts.evidence}
    assert result.hours <= sum(left[i] for i in {i for ids in by_evidence for i in ids})
    for ids, drawn in by_evidence.items():
        assert drawn <= sum(left[i] for i in ids)
    for course in facts.courses:
        for piece in course.outcomes:
            assert by_piece.get(piece.id, Decimal(0)) <= piece.hours


@given(inputs)
def test_a_verdict_follows_from_what_is_printed(facts: MatchInputs) -> None:
    for row in run(facts).rows:
        parts = taken(row)
        assert all(part.score >= Decimal("0.4") for part in parts)
        for part in parts:
            product = Decimal(1)
            for factor in part.factors:
                product *= factor.value
            assert part.score == product.quantize(Decimal("0.0001"))
            assert [f.code for f in part.factors] == [
                "relation",
                "level",
                "result",
                "age",
                "trust",
                "assurance",
            ]
        is_whole = sum(part.share for part in parts) == 1
        is_strong = all(part.score >= Decimal("0.8") for part in parts)
        assert (row.verdict is MatchVerdict.COVERED) == (bool(parts) and is_whole and is_strong)
        assert (row.verdict in (MatchVerdict.GAP, MatchVerdict.UNKNOWN)) == (not parts)
        is_full = row.verdict is MatchVerdict.COVERED and not row.reason
        assert is_full or row.reason


@given(inputs)
def test_evidence_that_does_not_count_changes_nothing_that_is_given(facts: MatchInputs) -> None:
    """What is forged, revoked, expired or about somebody else may as well not be there."""
    counted = tuple(
        row
        for row in facts.evidence
        if row.verification is not Verification.REJECTED
        and row.status is not DocumentStatus.REVOKED
        and row.holder is not HolderMatch.OTHER
        and not (row.expires_on and row.expires_on < TODAY)
    )
    before, after = run(facts), run(dataclasses.replace(facts, evidence=counted))
    if {row.number_key for row in facts.evidence if row not in counted} & {"a1", "b2"}:
        return  # a copy counts once its original is gone
    assert [(row.hours, taken(row)) for row in before.rows] == [(row.hours, taken(row)) for row in after.rows]


@given(inputs)
def test_no_educational_activity_no_hours(facts: MatchInputs) -> None:
    nowhere = tuple(Source(s.id, LicenceState.UNLICENSED, 1) for s in facts.sources)
    result = run(dataclasses.replace(facts, sources=nowhere))
    assert result.hours == 0
    assert result.recommendation == "attestation" or not facts.evidence


@given(inputs, st.data())
def test_removing_one_evidence_leaves_the_rows_it_did_not_support(
    facts: MatchInputs, data: st.DataObject
) -> None:
    """A row keeps its parts unless they rested on the evidence, or on hours or copies that it set free."""
    if not facts.evidence:
        return
    gone = data.draw(st.sampled_from(facts.evidence))
    before = run(facts)
    kept = tuple(row for row in facts.evidence if row.id != gone.id)
    after = run(dataclasses.replace(facts, evidence=kept))
    if gone.number_key or any(gone.course_id in rule.courses for rule in facts.rules):
        return  # copies and alternatives step into its place
    for old, new in zip(before.rows, after.rows, strict=True):
        if not any(gone.id in part.evidence for part in old.parts):
            assert [p.basis_id for p in taken(old)] == [p.basis_id for p in taken(new)]
            assert new.hours >= old.hours


@given(inputs)
def test_nothing_uncertain_is_automatic(facts: MatchInputs) -> None:
    result = run(facts)
    if result.is_automatic:
        used = {i for row in result.rows for part in row.parts for i in part.evidence}
        rows = [row for row in facts.evidence if row.id in used]
        assert facts.policy.is_automatic and not result.questions
        assert all(row.verification is Verification.VERIFIED for row in rows)
        assert all(row.kind.value in ("platform", "badge", "partner") for row in rows)
        assert all(part.basis == "rule" for row in result.rows for part in row.parts)


@given(inputs)
def test_a_report_survives_its_journey_through_json(facts: MatchInputs) -> None:
    rows = canonical(run(facts).rows)
    assert json.loads(json.dumps(rows)) == rows


@given(inputs)
@settings(max_examples=60)
def test_an_application_written_to_a_file_and_read_again_is_the_same_application(facts: MatchInputs) -> None:
    again = read_case(json.loads(json.dumps(write_case(facts))))
    assert run(again) == run(facts)


def one(**more: Any) -> MatchInputs:
    """Return one target, one fragment, one exact rule, everything in order."""
    base = EquivalenceSource().samples()[0]
    return dataclasses.replace(base, **more)


def having(**more: Any) -> MatchInputs:
    """Return the same with other evidence."""
    facts = one()
    return dataclasses.replace(facts, evidence=(dataclasses.replace(facts.evidence[0], **more),))


def factor(facts: MatchInputs, code: str) -> Decimal:
    return next(f.value for f in run(facts).rows[0].parts[0].factors if f.code == code)


@pytest.mark.parametrize(
    ("issued", "value"),
    [
        (date(2026, 8, 30), "1"),
        (date(2023, 11, 6), "1"),
        (date(2023, 11, 5), "0.9"),
        (date(2022, 11, 6), "0.9"),
        (date(2022, 11, 5), "0.8"),
        (date(2010, 1, 1), "0.5"),
        (None, "0.5"),
    ],
)
def test_a_certificate_ages_after_three_years(issued: date | None, value: str) -> None:
    assert factor(having(issued_on=issued), "age") == Decimal(value)


@pytest.mark.parametrize(("level", "value"), [(3, "1"), (2, "1"), (1, "0.5"), (0, "0")])
def test_an_easier_course_counts_half_and_then_nothing(level: int, value: str) -> None:
    loops = Learned("l", "Loops", level, Decimal(12))
    assert factor(one(courses=(Course("c", "s", "Python", Decimal(24), (loops,)),)), "level") == Decimal(
        value
    )


@pytest.mark.parametrize(("share", "verdict"), [("0.60", "covered"), ("0.599999", "gap")])
def test_a_result_below_the_rules_minimum_counts_nothing(share: str, verdict: str) -> None:
    assert run(having(share=Decimal(share))).rows[0].verdict.value == verdict


@given(st.lists(st.integers(1, 3), max_size=3), st.sampled_from([None, 1, 2, 3]))
def test_a_rule_may_ask_for_a_level_of_everything_that_a_course_teaches(
    levels: list[int], asked: int | None
) -> None:
    facts = one()
    rule = facts.rules[0]
    assert isinstance(rule.when, Passed)
    (course,) = (course for course in facts.courses if course.id == rule.when.course_id)
    taught = tuple(Learned(f"l{i}", "Loops", level, Decimal(4)) for i, level in enumerate(levels))
    when = dataclasses.replace(rule.when, min_level=asked)
    gives = tuple(dataclasses.replace(given, learned_id="") for given in rule.gives)
    rule = dataclasses.replace(rule, when=when, gives=gives)
    asked_of = dataclasses.replace(
        facts, courses=(dataclasses.replace(course, outcomes=taught),), rules=(rule,), edges=()
    )
    result = run(asked_of)
    is_met = asked is None or (bool(levels) and min(levels) >= asked)
    assert (result.rows[0].verdict is MatchVerdict.COVERED) is is_met
    assert is_met or result.rows[0].reason == "level"
    assert read_case(json.loads(json.dumps(write_case(asked_of)))) == asked_of


def test_where_nobody_compared_the_report_says_unknown() -> None:
    result = run(one(rules=()))
    assert result.rows[0].verdict is MatchVerdict.UNKNOWN
    assert result.recommendation == "look"


def test_a_large_application_is_compared_at_once() -> None:
    facts = large()
    match(facts, SOURCES)
    spent = []
    for _ in range(3):
        start = time.process_time()
        match(facts, SOURCES)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.5, "CPU seconds, generous to a busy machine"


def large() -> MatchInputs:
    """Return 300 targets, 2,000 rules and 5,000 edges."""
    courses = tuple(
        Course(
            f"c{i}",
            "s",
            "",
            Decimal(500),
            tuple(Learned(f"l{i}-{k}", "", 2, Decimal(9)) for k in range(25)),
        )
        for i in range(20)
    )
    learned = [o.id for course in courses for o in course.outcomes]
    return MatchInputs(
        as_of=TODAY,
        targets=tuple(Target(f"t{i}", "", 2, Decimal(6)) for i in range(300)),
        sources=(Source("s", LicenceState.LICENSED, 1),),
        courses=courses,
        evidence=tuple(
            dataclasses.replace(one().evidence[0], id=f"e{i}", course_id=f"c{i}", hours=Decimal(500))
            for i in range(20)
        ),
        rules=tuple(
            Rule(
                f"r{i}", "", 1, Passed(f"c{i % 20}", Decimal("0.5")), (Given(f"t{i % 300}", Decimal("0.4")),)
            )
            for i in range(2000)
        ),
        edges=tuple(
            Edge(f"x{i}", learned[i % len(learned)], f"t{i % 300}", TransferRelation.EXACT, Decimal("0.3"))
            for i in range(5000)
        ),
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.name)
def test_every_built_in_way_brings_samples_that_match(source: Any) -> None:
    for facts in source.samples():
        assert run(facts).hours > 0
