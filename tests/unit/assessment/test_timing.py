"""Deadlines: f(start, limit, close, grants, pauses, conditions), and nothing that is given is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.rules.timing import Timing, closing_time, deadline, is_on_time, paused_for

NINE = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)


def at(hours: int, minutes: int = 0) -> datetime:
    return NINE.replace(hour=hours, minute=minutes)


def timing(**more: object) -> Timing:
    values: dict[str, object] = {"opens_at": NINE, "closes_at": at(12), "base_minutes": 60, "minutes": 60}
    return Timing(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_timing", "started_at", "expected"),
    [
        (timing(), at(9), at(10)),
        (timing(), at(11, 30), at(12)),
        (timing(minutes=105), at(9), at(10, 45)),
        (timing(minutes=105), at(11, 30), at(12, 45)),
        (timing(granted_minutes=15), at(9), at(10, 15)),
        (timing(granted_minutes=15), at(11, 30), at(12, 15)),
        (timing(window_minutes=30), at(11, 45), at(12, 30)),
        (timing(paused=timedelta(minutes=10)), at(9), at(10, 10)),
        (timing(paused=timedelta(minutes=10)), at(11, 30), at(12, 10)),
        (timing(base_minutes=None, minutes=None), at(9), at(12)),
        (timing(closes_at=at(9, 30), minutes=105), at(9), at(10, 45)),
    ],
)
def test_the_deadline_follows_from_everything(
    given_timing: Timing, started_at: datetime, expected: datetime
) -> None:
    assert deadline(given_timing, started_at) == expected


def test_the_window_is_never_shorter_than_the_extended_time() -> None:
    assert closing_time(timing(closes_at=at(9, 20), minutes=105)) >= at(10, 45)


def test_the_network_gets_a_tolerance() -> None:
    assert is_on_time(at(10) + timedelta(seconds=5), at(10), 5)
    assert not is_on_time(at(10) + timedelta(seconds=5, microseconds=1), at(10), 5)


def test_a_pause_counts_up_to_what_was_agreed() -> None:
    pauses = [(at(9), at(9, 10), None), (at(9, 30), None, 5)]
    assert paused_for(pauses, at(9, 33)) == timedelta(minutes=13)
    assert paused_for(pauses, at(9, 50)) == timedelta(minutes=15)


minutes = st.integers(0, 600)


@given(
    base=st.integers(1, 300),
    extra=minutes,
    granted=minutes,
    window=minutes,
    paused=minutes,
    start=st.integers(0, 200),
)
def test_nothing_that_is_added_makes_the_deadline_earlier(
    base: int, extra: int, granted: int, window: int, paused: int, start: int
) -> None:
    plain = timing(base_minutes=base, minutes=base)
    started_at = NINE + timedelta(minutes=start)
    before = deadline(plain, started_at)
    given_more = [
        replace(plain, minutes=base + extra),
        replace(plain, granted_minutes=granted),
        replace(plain, window_minutes=window),
        replace(plain, paused=timedelta(minutes=paused)),
    ]
    assert all(deadline(more, started_at) >= before for more in given_more)


@given(base=st.integers(1, 300), extra=minutes, start=st.integers(0, 180))
def test_extra_time_is_had_in_full_by_who_starts_with_everybody_else(
    base: int, extra: int, start: int
) -> None:
    started_at = NINE + timedelta(minutes=start)
    common = deadline(timing(base_minutes=base, minutes=base), started_at)
    own = deadline(timing(base_minutes=base, minutes=base + extra), started_at)
    assert own - common >= timedelta(minutes=extra)
