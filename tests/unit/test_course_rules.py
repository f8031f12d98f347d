"""Gates, steps and enrolments, without a database."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.core.ids import new_id
from lms.courses.rules.enrolments import MOVES, may_move
from lms.courses.rules.gate_check import find_cycle, find_faults, find_stuck, kinds_of_readers
from lms.courses.rules.gates import (
    PERSONAL,
    BlockPlan,
    Reader,
    SectionPlan,
    SectionProgress,
    as_rows,
    closed_by,
    conditions_of,
    from_rows,
    is_meant_for,
    is_open,
    open_sections,
    read_gate,
    read_term,
    write_gate,
)
from lms.courses.rules.steps import Step, block_seed, group_steps, next_open_step
from lms.courses.rules.windows import page_of, window
from lms.courses.types import (
    Audience,
    EnrolmentState,
    GateCondition,
    GateJoin,
    GateKind,
    GateRule,
    GateTerm,
    Need,
)

KEYS = "abcdef"
DONE = SectionProgress(is_completed=True)


def section(key: str, *waits: str, blocks: tuple[BlockPlan, ...] = (BlockPlan("x"),)) -> SectionPlan:
    return SectionPlan(key, tuple(GateCondition(other) for other in waits), blocks)


@st.composite
def courses(draw: st.DrawFn, *, acyclic: bool) -> list[SectionPlan]:
    """Draw sections whose gates point anywhere, or only back."""
    plans = []
    count = draw(st.integers(1, len(KEYS)))
    for i, key in enumerate(KEYS[:count]):
        others = KEYS[:i] if acyclic else KEYS[:count]
        waits = draw(st.lists(st.sampled_from(others), max_size=3, unique=True)) if others else []
        plans.append(section(key, *waits))
    return plans


@given(courses(acyclic=True))
def test_gates_that_point_back_can_always_be_passed(plans: list[SectionPlan]) -> None:
    assert find_faults(plans) == []
    progress: dict[str, SectionProgress] = {}
    for _ in plans:
        for key in open_sections(plans, progress):
            progress[key] = DONE
    assert set(progress) == {plan.key for plan in plans}


@given(courses(acyclic=False))
def test_a_cycle_is_found_exactly_when_somebody_could_never_finish(plans: list[SectionPlan]) -> None:
    progress: dict[str, SectionProgress] = {}
    for _ in plans:
        for key in open_sections(plans, progress):
            progress[key] = DONE
    finishes = len(progress) == len(plans)
    cycle = find_cycle(plans)
    assert finishes == (not cycle)
    if cycle:
        waits = {plan.key: {c.section for c in plan.gate} for plan in plans}
        assert all(b in waits[a] for a, b in pairwise((*cycle, cycle[0])))


@st.composite
def terms(draw: st.DrawFn, keys: str = KEYS, depth: int = 2) -> GateTerm:
    """Draw a term as an author may write it: "not" only before what somebody is."""
    join = draw(st.sampled_from([None, None, *GateJoin])) if depth else None
    if join is GateJoin.NOT:
        return GateRule(join, (draw(personal()),))
    if join is not None:
        parts = draw(st.lists(terms(keys, depth - 1), min_size=1, max_size=3))
        return GateRule(join, tuple(parts))
    kind = draw(st.sampled_from(GateKind))
    if kind in PERSONAL:
        return draw(personal())
    if kind is GateKind.SINCE or not keys:
        return GateCondition(kind=GateKind.SINCE, day=draw(st.dates(date(2026, 1, 1), date(2026, 1, 5))))
    least = draw(st.sampled_from([Decimal("0.5"), Decimal(1)])) if kind is GateKind.SCORE else None
    return GateCondition(draw(st.sampled_from(keys)), kind, least)


def personal() -> st.SearchStrategy[GateCondition]:
    groups = st.builds(GateCondition, kind=st.just(GateKind.GROUP), name=st.sampled_from("gh"))
    return groups | st.builds(GateCondition, kind=st.just(GateKind.MEASURE), name=st.just("m"))


QUIZ = (BlockPlan("q", is_scored=True),)


@settings(max_examples=60)
@given(
    st.lists(st.lists(terms("abc", 1), max_size=2), min_size=3, max_size=3),
    st.randoms(use_true_random=False),
)
def test_what_the_check_lets_pass_everybody_can_finish_in_any_order(
    gates: list[list[GateTerm]], chance: Random
) -> None:
    plans = [SectionPlan(key, tuple(gate), QUIZ) for key, gate in zip(KEYS, gates, strict=False)]
    faults = find_faults(plans, groups="gh", measures="m")
    if any(fault.code == "course.gate_unknown" for fault in faults):
        return
    stuck = False
    for groups in (set(), {"g"}, {"h"}):
        for measures in (set(), {"m"}):
            reader = Reader(frozenset(groups), frozenset(measures), date.max)
            meant = [plan for plan in plans if is_meant_for(plan.gate, reader)]
            progress = {plan.key: DONE for plan in plans if plan not in meant}
            left = list(meant)
            while reachable := [plan for plan in left if is_open(plan.gate, progress, reader)]:
                nearest = chance.choice(reachable)
                progress[nearest.key] = SectionProgress(is_completed=True, score=Decimal(1))
                left.remove(nearest)
            stuck = stuck or bool(left)
    is_for_nobody = {fault.sections[0] for fault in faults if fault.code == "course.gate_contradiction"}
    assert (stuck or bool(is_for_nobody)) == bool(faults)


@settings(max_examples=60)
@given(st.lists(terms(), max_size=3), st.data())
def test_what_was_open_stays_open_when_somebody_does_more_and_days_go_by(
    gate: list[GateTerm], data: st.DataObject
) -> None:
    score = st.sampled_from([None, Decimal("0.4"), Decimal("0.5"), Decimal(1)])
    before = {key: SectionProgress(data.draw(st.booleans()), data.draw(score)) for key in KEYS}
    after = {
        key: SectionProgress(
            now.is_completed or data.draw(st.booleans()),
            max((s for s in (now.score, data.draw(score)) if s is not None), default=None),
        )
        for key, now in before.items()
    }
    who = data.draw(
        st.sampled_from([Reader(), Reader(frozenset("g"), frozenset("m")), Reader(frozenset("h"))])
    )
    today = data.draw(st.dates(date(2026, 1, 1), date(2026, 1, 5)))
    if is_open(gate, before, replace(who, today=today)):
        later = replace(who, today=today + timedelta(days=data.draw(st.integers(0, 9))))
        assert is_open(gate, after, later)
        assert is_meant_for(gate, later)
        assert closed_by(gate, after, later) == []


@settings(max_examples=60)
@given(st.lists(terms(), max_size=3))
def test_a_gate_comes_back_from_storage_and_from_the_rows_of_its_editor(gate: list[GateTerm]) -> None:
    assert read_gate(json.loads(json.dumps(write_gate(gate)))) == tuple(gate)
    rows = as_rows(gate)
    if rows is not None and all(rows):
        again = from_rows(rows)
        assert as_rows(again) == rows
        assert list(conditions_of(again)) == list(conditions_of(gate))


@settings(max_examples=25)
@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.dictionaries(
            st.sampled_from(["all", "any", "not", "kind", "section", "at_least", "day", "name"]),
            inner | st.lists(inner) | st.sampled_from(["completed", "since", "score", "group"]),
        ),
    )
)
def test_what_is_no_gate_is_refused_and_nothing_else_happens(row: object) -> None:
    with suppress(ValueError):
        assert write_gate([read_term(row)])


def test_a_section_for_others_counts_as_done_and_its_result_does_not() -> None:
    only = GateCondition(kind=GateKind.GROUP, name="g")
    plans = [
        SectionPlan("a", (only,), QUIZ),
        SectionPlan("b", (GateCondition("a"),), QUIZ),
    ]
    assert find_faults(plans, groups="g") == []
    plans[1] = SectionPlan("b", (GateCondition("a", GateKind.SCORE, Decimal("0.5")),), QUIZ)
    (fault,) = find_faults(plans, groups="g")
    assert (fault.code, fault.sections) == ("course.gate_somebody", ("b",))
    assert fault.reader == Reader(today=date.max)


@pytest.mark.parametrize(
    ("term", "code"),
    [
        (GateRule(GateJoin.NOT, (GateCondition("a"),)), "course.gate_takes_back"),
        (GateRule(GateJoin.ANY, ()), "course.gate_too_large"),
        (GateCondition(kind=GateKind.GROUP, name="other school's"), "course.gate_group_unknown"),
        (GateCondition(kind=GateKind.MEASURE, name="x"), "course.gate_measure_unknown"),
        (GateCondition(kind=GateKind.SINCE), "course.gate_no_day"),
        (
            GateRule(
                GateJoin.ALL,
                tuple(GateCondition(kind=GateKind.GROUP, name=name) for name in "gh"),
            ),
            "course.gate_contradiction",
        ),
    ],
)
def test_terms_that_make_no_sense_are_named(term: GateTerm, code: str) -> None:
    plans = [section("a"), SectionPlan("b", (term,), QUIZ)]
    assert [fault.code for fault in find_faults(plans, groups="gh", measures="m")] == [code]


def test_what_stays_closed_behind_a_block_takes_an_or_into_account() -> None:
    drag = BlockPlan("drag", frozenset({Need.POINTER}))
    either = GateRule(GateJoin.ANY, (GateCondition("a"), GateCondition("b")))
    plans = [section("a", blocks=(drag,)), section("b"), SectionPlan("c", (either,), QUIZ), section("d", "a")]
    (stuck,) = find_stuck(plans)
    assert stuck.closed == ("d",)


def test_a_score_gate_opens_at_its_score_and_not_before() -> None:
    gate = (GateCondition("a", GateKind.SCORE, Decimal("0.6")),)
    assert not is_open(gate, {})
    assert not is_open(gate, {"a": SectionProgress(score=Decimal("0.599999"))})
    assert is_open(gate, {"a": SectionProgress(score=Decimal("0.6"))})
    assert closed_by(gate, {"a": DONE}) == list(gate)


@pytest.mark.parametrize(
    ("plans", "code"),
    [
        ([section("a", "nowhere")], "course.gate_unknown"),
        ([section("a", "a")], "course.gate_cycle"),
        ([section("a", "b"), section("b", "a")], "course.gate_cycle"),
        ([section("a", blocks=()), section("b", "a")], "course.gate_empty"),
        (
            [section("a"), SectionPlan("b", (GateCondition("a", GateKind.SCORE, Decimal("0.5")),))],
            "course.gate_unscored",
        ),
        (
            [
                section("a", blocks=(BlockPlan("q", is_scored=True),)),
                SectionPlan("b", (GateCondition("a", GateKind.SCORE, Decimal("1.1")),)),
            ],
            "course.gate_score_range",
        ),
    ],
)
def test_gates_that_nobody_could_pass_are_named(plans: list[SectionPlan], code: str) -> None:
    assert code in [fault.code for fault in find_faults(plans)]


def test_the_publisher_hears_who_would_be_stuck_and_what_stays_closed() -> None:
    drag = BlockPlan("drag", frozenset({Need.POINTER}))
    plans = [section("a", blocks=(drag,)), section("b", "a"), section("c", "b")]
    (stuck,) = find_stuck(plans)
    assert (stuck.audience, stuck.section, stuck.block) == (Audience.KEYBOARD_ONLY, "a", "drag")
    assert stuck.closed == ("b", "c")


def test_an_alternative_in_the_same_section_helps_unless_it_lacks_the_same() -> None:
    def stuck(alternative_needs: frozenset[Need]) -> bool:
        film = BlockPlan("film", frozenset({Need.HEARING}), {"hearing": "text"})
        other = BlockPlan("text", alternative_needs)
        return any(s.block == "film" for s in find_stuck([section("a", blocks=(film, other))]))

    assert not stuck(frozenset())
    assert stuck(frozenset({Need.HEARING}))


def test_however_many_classes_and_measures_gates_name_the_learners_to_try_stay_few() -> None:
    names = [GateCondition("", GateKind.GROUP, name=f"c{n}") for n in range(300)]
    names += [GateCondition("", GateKind.MEASURE, name=f"m{n}") for n in range(4)]
    readers = kinds_of_readers([SectionPlan("a", tuple(names), QUIZ)])
    assert len(readers) == 500
    assert {reader.groups for reader in readers if not reader.measures} >= {frozenset(), frozenset({"c299"})}


def test_a_block_cannot_be_its_own_alternative() -> None:
    film = BlockPlan("film", frozenset({Need.HEARING}), {"hearing": "film"})
    assert find_stuck([section("a", blocks=(film,))])


@dataclass
class Placed:
    """A block on a page."""

    id: UUID
    with_previous: bool


@given(st.lists(st.booleans(), max_size=20))
def test_pages_keep_every_block_in_order(flags: list[bool]) -> None:
    blocks = [Placed(new_id(), flag) for flag in flags]
    pages = group_steps(blocks)
    assert [block for page in pages for block in page] == blocks
    assert all(page for page in pages)
    assert all(block.with_previous for page in pages for block in page[1:])


def test_going_on_means_the_next_open_step_and_then_what_was_left_behind() -> None:
    steps = [Step(key, (new_id(),)) for key in ("a", "a", "b", "c")]
    ids = [step.id for step in steps]
    assert next_open_step(steps, {"a", "b"}, set()) == steps[0]
    assert next_open_step(steps, {"a", "b"}, {ids[0]}, after=ids[0]) == steps[1]
    assert next_open_step(steps, {"a", "b"}, {ids[1], ids[2]}, after=ids[2]) == steps[0]
    assert next_open_step(steps, {"a", "b"}, set(ids[:3]), after=ids[2]) is None


def test_seeds_repeat_for_one_try_and_differ_between_tries() -> None:
    one, block = new_id(), new_id()
    assert block_seed(one, block, 1) == block_seed(one, block, 1)
    assert len({block_seed(one, block, n) for n in range(50)}) == 50


@given(st.lists(st.sampled_from(EnrolmentState), min_size=1, max_size=8))
def test_no_walk_leaves_a_completed_or_withdrawn_enrolment(wishes: list[EnrolmentState]) -> None:
    state = EnrolmentState.ACTIVE
    for wish in wishes:
        if may_move(state, wish):
            assert state not in {EnrolmentState.COMPLETED, EnrolmentState.WITHDRAWN}
            state = wish
    assert set(MOVES) == set(EnrolmentState)


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 7))
def test_windows_show_every_step_once_and_a_section_is_found_on_its_page(sizes: list[int], rows: int) -> None:
    pages = window(sizes, 1, rows).pages
    shown = [window(sizes, number, rows) for number in range(1, pages + 1)]
    found = [
        (part.index, row) for each in shown for part in each.parts for row in range(part.start, part.stop)
    ]
    assert found == [(index, row) for index, size in enumerate(sizes) for row in range(size)]
    assert {part.index for each in shown for part in each.parts} == set(range(len(sizes)))
    assert all(sum(max(1, part.stop - part.start) for part in each.parts) <= rows for each in shown)
    for index, row in found:
        parts = window(sizes, page_of(sizes, index, row, rows), rows).parts
        assert any(part.index == index and part.start <= row < part.stop for part in parts)
