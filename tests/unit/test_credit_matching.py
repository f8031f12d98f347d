"""Matching: same input same report, hours never exceed anything, better facts never give less (C1, C2, C7, C10)."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.plans.rules.matching import (
    Edge,
    Learned,
    MatchInputs,
    MatchResult,
    Proof,
    Rule,
    RuleLine,
    Target,
    canonical,
    input_hash,
    match,
)
from lms.plans.transfer_rules import builtin
from lms.plans.types.credit import Assurance, MatchVerdict, TransferRelation

SOURCES = builtin()
TODAY = date(2026, 11, 6)
RANK = {MatchVerdict.UNKNOWN: 0, MatchVerdict.GAP: 0, MatchVerdict.PARTIAL: 1, MatchVerdict.COVERED: 2}


def run(inputs: MatchInputs) -> MatchResult:
    return match(inputs, SOURCES)


hours = st.integers(0, 160).map(lambda quarters: Decimal(quarters) / 4)
shares = st.integers(0, 100).map(lambda percent: Decimal(percent) / 100)
relations = st.sampled_from(list(TransferRelation))


@st.composite
def proofs(draw: st.DrawFn) -> Proof:
    total = draw(hours)
    return Proof(
        issued_on=draw(st.none() | st.dates(date(2015, 1, 1), TODAY)),
        hours=total,
        drawn=min(total, draw(hours)),
        share=draw(st.none() | shares),
        result_words=draw(st.sampled_from(["", "86/100", "зачтено"])),
        assurance=draw(st.sampled_from(list(Assurance))),
    )


@st.composite
def inputs(draw: st.DrawFn) -> MatchInputs:
    targets = tuple(
        Target(f"t{i}", f"Target {i}", draw(st.integers(1, 4)), total, min(total, draw(hours)))
        for i in range(draw(st.integers(0, 5)))
        for total in [draw(hours)]
    )
    learned = tuple(
        Learned(f"l{i}", f"Learned {i}", draw(st.integers(1, 4)), draw(hours))
        for i in range(draw(st.integers(0, 4)))
    )
    pairs = [(t.id, o.id) for t in targets for o in learned]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=8, unique=True)) if pairs else []
    lines = tuple(RuleLine(o, t, draw(relations), draw(shares)) for t, o in chosen)
    edges = tuple(
        Edge(f"e{i}", o, t, draw(relations.filter(lambda r: r is not TransferRelation.NONE)), draw(shares))
        for i, (t, o) in enumerate(draw(st.lists(st.sampled_from(pairs), max_size=6)) if pairs else [])
    )
    return MatchInputs(
        as_of=TODAY,
        is_educational=draw(st.booleans()),
        trust_tier=draw(st.integers(1, 3)),
        min_share=draw(shares),
        targets=targets,
        learned=learned,
        proof=draw(proofs()),
        rules=(Rule("r", "14", 2, draw(shares), lines),) if lines else (),
        edges=edges,
    )


@given(inputs())
def test_the_same_input_gives_the_same_hash_and_the_same_report(facts: MatchInputs) -> None:
    again = dataclasses.replace(facts)
    assert run(facts) == run(again)
    assert input_hash(facts, SOURCES) == input_hash(again, tuple(reversed(SOURCES)))


@given(inputs(), st.integers(1, 9))
def test_another_input_has_another_hash(facts: MatchInputs, more: int) -> None:
    other = dataclasses.replace(facts, proof=dataclasses.replace(facts.proof, hours=facts.proof.hours + more))
    assert input_hash(facts, SOURCES) != input_hash(other, SOURCES)


def test_a_number_written_with_another_exponent_is_the_same_input() -> None:
    facts = SOURCES[1].samples()[0]
    spelled = dataclasses.replace(facts, min_share=Decimal("0.500"))
    assert input_hash(facts, SOURCES) == input_hash(spelled, SOURCES)


@given(inputs())
def test_hours_never_exceed_the_outcome_the_fragment_or_the_document(facts: MatchInputs) -> None:
    result = run(facts)
    by_piece: dict[str, Decimal] = {}
    for row, target in zip(result.rows, facts.targets, strict=True):
        assert 0 <= row.hours <= max(Decimal(0), target.hours - target.taken)
        by_piece[row.learned_id] = by_piece.get(row.learned_id, Decimal(0)) + row.hours
    assert result.hours <= facts.proof.hours - facts.proof.drawn
    for piece in facts.learned:
        assert by_piece.get(piece.id, Decimal(0)) <= piece.hours


@given(inputs())
def test_a_verdict_follows_from_the_printed_factors(facts: MatchInputs) -> None:
    for row in run(facts).rows:
        if not row.factors:
            assert row.verdict is MatchVerdict.UNKNOWN
            continue
        product = Decimal(1)
        for factor in row.factors:
            product *= factor.value
        wanted = (
            MatchVerdict.COVERED
            if product >= Decimal("0.8")
            else MatchVerdict.PARTIAL
            if product >= Decimal("0.4")
            else MatchVerdict.GAP
        )
        assert row.verdict is wanted
        assert [f.code for f in row.factors] == ["relation", "level", "result", "age", "trust", "assurance"]


@given(inputs())
def test_no_educational_activity_no_hours(facts: MatchInputs) -> None:
    result = run(dataclasses.replace(facts, is_educational=False))
    assert result.hours == 0
    assert result.recommendation == "attestation"


@given(inputs(), hours)
def test_a_longer_certificate_never_gives_less(facts: MatchInputs, more: Decimal) -> None:
    longer = dataclasses.replace(
        facts, proof=dataclasses.replace(facts.proof, hours=facts.proof.hours + more)
    )
    assert run(longer).hours >= run(facts).hours


@given(inputs())
def test_better_known_facts_never_give_less(facts: MatchInputs) -> None:
    better = dataclasses.replace(
        facts,
        trust_tier=1,
        proof=dataclasses.replace(
            facts.proof, assurance=Assurance.VERIFIED, issued_on=TODAY - timedelta(days=30)
        ),
    )
    before, after = run(facts), run(better)
    assert after.hours >= before.hours
    for old, new in zip(before.rows, after.rows, strict=True):
        assert RANK[new.verdict] >= RANK[old.verdict]


@given(inputs())
def test_a_report_survives_its_journey_through_json(facts: MatchInputs) -> None:
    import json

    rows = canonical(run(facts).rows)
    assert json.loads(json.dumps(rows)) == rows


def one(**more: object) -> MatchInputs:
    """Return one target, one fragment, one exact line, everything in order."""
    line = RuleLine("l", "t", TransferRelation.EXACT, Decimal(1))
    proof = Proof(date(2026, 8, 30), Decimal(24), Decimal(0), Decimal("0.86"), "86/100", Assurance.VERIFIED)
    base = MatchInputs(
        as_of=TODAY,
        is_educational=True,
        trust_tier=1,
        min_share=Decimal("0.5"),
        targets=(Target("t", "Loops", 2, Decimal(12)),),
        learned=(Learned("l", "Loops", 2, Decimal(12)),),
        proof=proof,
        rules=(Rule("r", "14", 2, Decimal("0.6"), (line,)),),
    )
    return dataclasses.replace(base, **more)  # type: ignore[arg-type]


def factor(facts: MatchInputs, code: str) -> Decimal:
    return next(f.value for f in run(facts).rows[0].factors if f.code == code)


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
    facts = one()
    aged = dataclasses.replace(facts, proof=dataclasses.replace(facts.proof, issued_on=issued))
    assert factor(aged, "age") == Decimal(value)


@pytest.mark.parametrize(("level", "value"), [(3, "1"), (2, "1"), (1, "0.5"), (0, "0")])
def test_an_easier_course_counts_half_and_then_nothing(level: int, value: str) -> None:
    assert factor(one(learned=(Learned("l", "Loops", level, Decimal(12)),)), "level") == Decimal(value)


@pytest.mark.parametrize(("tier", "value"), [(1, "1"), (2, "0.8"), (3, "0.5")])
def test_trust_has_three_tiers(tier: int, value: str) -> None:
    assert factor(one(trust_tier=tier), "trust") == Decimal(value)


@pytest.mark.parametrize(("share", "verdict"), [("0.60", "covered"), ("0.599999", "gap")])
def test_a_result_below_the_rules_minimum_counts_nothing(share: str, verdict: str) -> None:
    facts = one()
    result = run(dataclasses.replace(facts, proof=dataclasses.replace(facts.proof, share=Decimal(share))))
    assert result.rows[0].verdict.value == verdict


@pytest.mark.parametrize(
    ("relation", "verdict", "score"),
    [
        ("exact", "covered", "1"),
        ("narrower", "partial", "0.7"),
        ("broader", "partial", "0.7"),
        ("related", "partial", "0.4"),
        ("none", "gap", "0"),
    ],
)
def test_relations_have_their_thresholds(relation: str, verdict: str, score: str) -> None:
    line = RuleLine("l", "t", TransferRelation(relation), Decimal(1))
    row = run(one(rules=(Rule("r", "14", 2, Decimal("0.6"), (line,)),))).rows[0]
    assert (row.verdict.value, row.score) == (verdict, Decimal(score))


def test_an_unverified_document_is_partial_at_most() -> None:
    facts = one()
    unsure = dataclasses.replace(
        facts, proof=dataclasses.replace(facts.proof, assurance=Assurance.UNVERIFIED)
    )
    row = run(unsure).rows[0]
    assert (row.verdict, row.weakest, row.hours) == (MatchVerdict.PARTIAL, "assurance", Decimal(6))


def test_where_nobody_compared_the_report_says_unknown() -> None:
    result = run(one(rules=()))
    assert result.rows[0].verdict is MatchVerdict.UNKNOWN
    assert result.recommendation == "look"


def test_a_rule_goes_before_an_edge_of_equal_worth() -> None:
    edge = Edge("e", "l", "t", TransferRelation.EXACT, Decimal(1))
    assert run(one(edges=(edge,))).rows[0].basis == "rule"
    assert run(one(edges=(edge,), rules=())).rows[0].basis == "edge"


def test_two_targets_share_one_fragment_without_counting_an_hour_twice() -> None:
    lines = tuple(RuleLine("l", t, TransferRelation.EXACT, Decimal(1)) for t in ("t", "u"))
    targets = (Target("t", "Loops", 2, Decimal(12)), Target("u", "Lists", 2, Decimal(8)))
    result = run(one(targets=targets, rules=(Rule("r", "14", 2, Decimal("0.6"), lines),)))
    assert [row.hours for row in result.rows] == [12, 0]


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.name)
def test_every_built_in_way_brings_samples_that_match(source: object) -> None:
    for facts in source.samples():  # type: ignore[attr-defined]
        assert run(facts).hours > 0
