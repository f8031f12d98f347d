"""What waits for what: every circle is found, nothing else is called one, and it is told in words."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from lms.plans.rules.prerequisites import ring_in

KEYS = st.sampled_from("abcdef")
WAITS = st.dictionaries(KEYS, st.sets(KEYS, max_size=3), max_size=6)


@given(WAITS)
def test_a_circle_is_found_exactly_where_no_order_exists(waits: dict[str, set[str]]) -> None:
    ring = ring_in(waits)
    among = {key: {before for before in found if before in waits} for key, found in waits.items()}
    try:
        tuple(TopologicalSorter(among).static_order())
        has_order = True
    except CycleError:
        has_order = False
    assert (ring == ()) is has_order
    assert len(set(ring)) == len(ring)
    for here, before in zip(ring, ring[1:] + ring[:1], strict=True):
        assert before in waits[here]
    assert ring == ring_in(dict(reversed(waits.items())))


@given(WAITS, KEYS)
def test_with_a_start_only_a_circle_through_it_counts(waits: dict[str, set[str]], start: str) -> None:
    ring = ring_in(waits, start)
    assert not ring or ring[0] == start
    if not ring_in(waits):
        assert ring == ()
