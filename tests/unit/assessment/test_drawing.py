"""Drawn forms: the same for the same seed, never short, never with questions that give each other away."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.blueprint import Plan, PlannedItem, Section, lay_out
from lms.assessment.rules.drawing import Draw, draw_all, shortages
from lms.assessment.rules.seeds import shuffled_around

ITEMS = [UUID(int=number) for number in range(1, 13)]
pools = st.lists(
    st.builds(
        Draw,
        st.integers(1, 4),
        st.lists(st.sampled_from(ITEMS), min_size=1, max_size=8, unique=True).map(tuple),
    ),
    min_size=1,
    max_size=3,
)
pairs = st.frozensets(st.frozensets(st.sampled_from(ITEMS), min_size=2, max_size=2), max_size=6)
fixed = st.lists(st.sampled_from(ITEMS), max_size=2, unique=True)


@given(pools, fixed, pairs, st.integers(0, 2**53))
def test_a_draw_never_repeats_and_never_puts_together_what_excludes_each_other(
    draws: list[Draw], there: list[UUID], apart: frozenset[frozenset[UUID]], seed: int
) -> None:
    found = draw_all(draws, there, apart, seed)
    drawn = [each for picked in found for each in picked]
    assert len({*drawn, *there}) == len(drawn) + len(there)
    assert found == draw_all(draws, there, apart, seed)
    for draw, picked in zip(draws, found, strict=True):
        assert len(picked) <= draw.count
        assert set(picked) <= set(draw.candidates)
    assert not any(pair <= {*drawn, *there} and pair & set(drawn) for pair in apart)


@given(pools, fixed, pairs, st.lists(st.integers(0, 2**53), min_size=1, max_size=5))
def test_a_plan_that_is_let_through_is_never_short(
    draws: list[Draw], there: list[UUID], apart: frozenset[frozenset[UUID]], seeds: list[int]
) -> None:
    if shortages(draws, there, apart):
        return
    for seed in seeds:
        found = draw_all(draws, there, apart, seed)
        assert [len(picked) for picked in found] == [draw.count for draw in draws]


def test_a_pool_that_can_run_short_is_named() -> None:
    one, two, three = ITEMS[:3]
    assert shortages([Draw(2, (one, two))], [], frozenset()) == []
    assert shortages([Draw(2, (one, two))], [], frozenset({frozenset({one, two})})) == [(0, 1)]
    assert shortages([Draw(2, (one, two))], [one], frozenset()) == [(0, 1)]
    assert shortages([Draw(1, (one, two)), Draw(1, (two, three))], [], frozenset()) == []
    assert shortages([Draw(1, (one,)), Draw(1, (one,))], [], frozenset()) == [(0, 0), (1, 0)]


def _plan(**more: object) -> Plan:
    head = Section("", tuple(PlannedItem(each) for each in ITEMS[:2]))
    pool = Section("", draws=(Draw(3, tuple(ITEMS[2:]), Decimal(2)),), is_mixed=True)
    return Plan((head, pool), **more)  # type: ignore[arg-type]


def test_every_student_gets_a_form_of_the_same_worth() -> None:
    plan = _plan()
    forms = [lay_out(plan, seed) for seed in range(40)]
    assert {len(form) for form in forms} == {plan.item_count} == {5}
    assert {sum(item.points for item in form) for form in forms} == {plan.max_points} == {Decimal(8)}
    assert len({tuple(item.item_version_id for item in form) for form in forms}) > 20
    assert lay_out(Plan.from_document(plan.to_document()), 7) == lay_out(plan, 7)


def test_fixed_forms_are_so_many_and_no_more() -> None:
    plan = _plan(forms=4)
    forms = {tuple(lay_out(plan, seed)) for seed in range(200)}
    assert len(forms) == 4


@given(st.lists(st.integers(), unique=True, max_size=8), st.integers(0, 2**53))
def test_pinned_options_keep_their_places(values: list[int], seed: int) -> None:
    mixed = shuffled_around(values, seed, "options", is_pinned=lambda value: value % 3 == 0)
    assert sorted(mixed) == sorted(values)
    assert all(mixed[place] == value for place, value in enumerate(values) if value % 3 == 0)
