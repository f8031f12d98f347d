"""Gates, steps and enrolments, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.ids import new_id
from lms.courses.rules.enrolments import MOVES, may_move
from lms.courses.rules.gates import (
    BlockPlan,
    SectionPlan,
    SectionProgress,
    closed_by,
    find_cycle,
    find_faults,
    find_stuck,
    is_open,
    open_sections,
)
from lms.courses.rules.steps import Step, block_seed, group_steps, next_open_step
from lms.courses.types import Audience, EnrolmentState, GateCondition, GateKind, Need

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
