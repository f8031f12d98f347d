"""The small experiments show what physics says, at every place of their controls."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules.simulations import SIMULATIONS, ohm_current, pendulum_period


@given(st.floats(10, 50), st.floats(1, 40))
def test_four_times_the_length_is_twice_the_period_at_any_angle(length: float, angle: float) -> None:
    assert math.isclose(pendulum_period(4 * length, angle), 2 * pendulum_period(length, angle))
    assert pendulum_period(length, angle) > 2 * math.pi * math.sqrt(length / 100 / 9.81)


@given(st.integers(0, 12), st.integers(5, 100))
def test_current_times_resistance_is_voltage(volts: int, ohms: int) -> None:
    assert math.isclose(ohm_current(volts, ohms) * ohms, volts)


@pytest.mark.parametrize("name", sorted(SIMULATIONS))
def test_tables_stand_within_the_controls(name: str) -> None:
    for control in SIMULATIONS[name].controls:
        for value in (control.start, *control.shown):
            assert control.least <= value <= control.most
            assert (value - control.least) % control.step == 0, "the control can stand there"
