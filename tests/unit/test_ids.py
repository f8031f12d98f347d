"""Identifiers: version 7, ordered by time, read only when well-formed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lms.core.ids import new_id, parse_id


@given(st.integers(0, 2**48 - 1))
def test_an_id_is_a_version_7_of_its_millisecond(milliseconds: int) -> None:
    made = new_id(milliseconds)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == milliseconds


@given(st.integers(0, 2**48 - 2))
def test_later_ids_sort_later(milliseconds: int) -> None:
    assert new_id(milliseconds) < new_id(milliseconds + 1)


@given(st.text())
def test_any_text_is_an_id_or_none(text: str) -> None:
    parsed = parse_id(text)
    assert parsed is None or parsed.int >= 0
