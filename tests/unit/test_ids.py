"""Identifiers: version 7, ordered by time, read only when well-formed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lms.core.ids import new_id, parse_id

_NANOSECONDS = st.integers(0, 2**48 * 1_000_000 - 1_000)


@given(_NANOSECONDS)
def test_an_id_is_a_version_7_of_its_millisecond(now: int) -> None:
    made = new_id(now)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == now // 1_000_000


@given(_NANOSECONDS, st.integers(245, 1_000))
def test_later_ids_sort_later_even_within_a_millisecond(now: int, later: int) -> None:
    assert new_id(now) < new_id(now + later)


def test_what_is_made_in_a_row_stays_in_a_row() -> None:
    made = [new_id() for _ in range(1_000)]
    assert sum(a > b for a, b in pairwise(made)) <= 2, "but for a clock that was set back"


@given(st.text())
def test_any_text_is_an_id_or_none(text: str) -> None:
    parsed = parse_id(text)
    assert parsed is None or parsed.int >= 0
