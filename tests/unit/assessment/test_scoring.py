"""Scores and marks: exact, in range, and never a zero out of an open question."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment.question_types.multiple_choice import MultipleChoice
from lms.assessment.rules.scoring import DEFAULT_THRESHOLDS, Policy, mark_for, total
from lms.assessment.types import OPEN_MARKS, MarkResult, MarkScale, MarkStatus

FIVE = Policy(DEFAULT_THRESHOLDS[MarkScale.FIVE], Decimal("0.5"))
fractions = st.decimals(0, 1, places=6)
points = st.decimals("0.01", 100, places=2)
settled = st.tuples(st.just(MarkStatus.PARTIAL), fractions, points)


@pytest.mark.parametrize(
    ("score", "mark", "is_passed"),
    [
        ("1", "5", True),
        ("0.85", "5", True),
        ("0.849999", "4", True),
        ("0.70", "4", True),
        ("0.699999", "3", True),
        ("0.50", "3", True),
        ("0.499999", "2", False),
        ("0", "2", False),
    ],
)
def test_a_score_becomes_a_mark_at_the_schools_thresholds(score: str, mark: str, is_passed: bool) -> None:
    assert mark_for(FIVE, Decimal(score)) == (mark, is_passed)


@given(st.lists(settled, min_size=1, max_size=60))
def test_a_score_is_a_share_of_the_points(rows: list[tuple[MarkStatus, Decimal, Decimal]]) -> None:
    score = total(rows)
    assert score is not None
    assert 0 <= score.score <= 1
    assert score.points <= score.max_points
    assert score.max_points == sum(row[2] for row in rows)


@given(st.lists(settled, max_size=20), st.sampled_from(sorted(OPEN_MARKS)), st.integers(0, 20))
def test_an_open_question_leaves_the_whole_open(
    rows: list[tuple[MarkStatus, Decimal, Decimal]], status: MarkStatus, place: int
) -> None:
    assert total([*rows[:place], (status, None, Decimal(1)), *rows[place:]]) is None


@given(st.decimals(-5, 5, places=9))
def test_a_fraction_is_cut_to_its_range_and_named_right(value: Decimal) -> None:
    found = MarkResult.of(value)
    assert found.fraction is not None
    assert 0 <= found.fraction <= 1
    assert (found.status is MarkStatus.RIGHT) == (found.fraction == 1)
    assert (found.status is MarkStatus.WRONG) == (found.fraction == 0)


@given(st.lists(fractions, min_size=2, max_size=2))
def test_a_better_score_never_gets_a_worse_mark(pair: list[Decimal]) -> None:
    low, high = sorted(pair)
    assert int(mark_for(FIVE, low)[0]) <= int(mark_for(FIVE, high)[0])


@pytest.mark.parametrize(
    ("wrong", "limit", "is_open"), [("-0.5", None, True), ("-1", None, False), ("-0.5", 2, False)]
)
def test_an_author_is_warned_where_ticking_everything_earns_all(
    wrong: str, limit: int | None, is_open: bool
) -> None:
    weights = ("0.5", "0.5", "0.5", wrong)
    options = [
        {"id": key, "text": key, "weight": weight} for key, weight in zip("abcd", weights, strict=True)
    ]
    content = MultipleChoice().validate_content(
        {"prompt": "?", "options": options, "is_capped": True, "limit": limit}
    )
    assert bool(MultipleChoice().doubts(content)) is is_open
