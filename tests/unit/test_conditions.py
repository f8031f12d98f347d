"""Support measures compiled into conditions (domain S1)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.people.rules.conditions import compile_conditions
from lms.people.types import MeasureCode, MeasureValue
from lms.proctoring.service.findings import masked_by

EXTRA_45 = MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": 45}, ("exam",))


def test_no_measures_change_nothing() -> None:
    conditions = compile_conditions([], activity="exam", base_minutes=60)
    assert (conditions.minutes, conditions.extra_minutes, conditions.support_plan_id) == (60, 0, None)


def test_extra_minutes_are_added() -> None:
    assert compile_conditions([EXTRA_45], activity="exam", base_minutes=60).minutes == 105


def test_a_measure_outside_its_scope_does_not_count() -> None:
    assert compile_conditions([EXTRA_45], activity="lesson", base_minutes=60).minutes == 60


def test_time_is_multiplied_first_and_then_added() -> None:
    factor = MeasureValue(MeasureCode.TIME_FACTOR, {"factor": "1.5"})
    assert compile_conditions([EXTRA_45, factor], activity="exam", base_minutes=60).minutes == 135


measures = st.lists(
    st.one_of(
        st.integers(0, 300).map(lambda m: MeasureValue(MeasureCode.EXTRA_TIME, {"minutes": m})),
        st.decimals("0.5", "3", places=2).map(
            lambda f: MeasureValue(MeasureCode.TIME_FACTOR, {"factor": str(f)})
        ),
        st.just(MeasureValue(MeasureCode.NO_CAMERA)),
    )
)


@given(measures, st.integers(1, 600))
def test_measures_never_shorten_and_their_order_does_not_matter(
    chosen: list[MeasureValue], base: int
) -> None:
    conditions = compile_conditions(chosen, activity="exam", base_minutes=base)
    assert conditions == compile_conditions(list(reversed(chosen)), activity="exam", base_minutes=base)
    assert conditions.minutes is not None and conditions.minutes >= base
    assert conditions.time_factor >= Decimal(1)


@given(measures, measures, st.integers(1, 600))
def test_more_measures_never_take_time_away(
    first: list[MeasureValue], more: list[MeasureValue], base: int
) -> None:
    fewer = compile_conditions(first, activity="exam", base_minutes=base).minutes
    all_of_them = compile_conditions(first + more, activity="exam", base_minutes=base).minutes
    assert fewer is not None and all_of_them is not None and all_of_them >= fewer


@pytest.mark.parametrize("code", [MeasureCode.READER, MeasureCode.ASSISTANT])
def test_whoever_reads_or_helps_by_agreement_is_nothing_to_look_at(code: MeasureCode) -> None:
    mask = MeasureValue(MeasureCode.DETECTOR_MASK, {"findings": ["no_face"]})
    helped = compile_conditions([MeasureValue(code), mask], activity="exam")
    assert masked_by(helped) == {"no_face", "several_faces"}
    alone = compile_conditions([MeasureValue(code, {}, ("lesson",)), mask], activity="exam")
    assert masked_by(alone) == {"no_face"}
    assert (helped.reader, helped.assistant) == (code is MeasureCode.READER, code is MeasureCode.ASSISTANT)


def test_two_measures_on_ways_to_show_who_one_is_leave_all_of_them_open() -> None:
    one = MeasureValue(MeasureCode.IDENTITY_METHODS, {"methods": ["known_teacher"]})
    two = MeasureValue(MeasureCode.IDENTITY_METHODS, {"methods": ["in_person", "known_teacher"]})
    found = [compile_conditions(row, activity="exam").identity_methods for row in ([one, two], [two, one])]
    assert found == [("in_person", "known_teacher")] * 2


def test_of_two_measures_of_breaks_the_longer_rest_counts() -> None:
    short = MeasureValue(MeasureCode.REST_BREAKS, {"count": 3, "minutes_each": 2})
    long = MeasureValue(MeasureCode.REST_BREAKS, {"count": 1, "minutes_each": 20})
    found = [compile_conditions(row, activity="exam").rest_breaks for row in ([short, long], [long, short])]
    assert found == [(1, 20)] * 2
