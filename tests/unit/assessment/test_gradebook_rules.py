"""What a line of a gradebook comes to, exactly; and which scales can be used."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.rules.gradebook import Category, Cell, line, proposal, rounded
from lms.assessment.rules.mark_policies import problems
from lms.assessment.rules.scoring import DEFAULT_THRESHOLDS, Policy
from lms.assessment.types import CellKind, MarkScale

FIVE = Policy(DEFAULT_THRESHOLDS[MarkScale.FIVE], Decimal("0.5"))
SCORES = st.fractions(0, 1, max_denominator=60)


def points(score: Fraction | int, weight: str = "1") -> Cell:
    return Cell(CellKind.POINTS, Fraction(score), Decimal(weight))


def test_thirds_add_up_to_exactly_one() -> None:
    third = Fraction(1, 3)
    found = line([Category(Decimal(1), 0, [points(third), points(third), points(third)])])
    assert found.score == third and rounded(found.score) == Decimal("0.333333")


def test_the_mark_follows_the_exact_share_not_the_rounded_one() -> None:
    almost = Fraction(85, 100) - Fraction(1, 10**9)
    found = line([Category(Decimal(1), 0, [points(almost)])])
    assert rounded(found.score) == Decimal("0.850000")
    assert proposal(FIVE, found) == "4"


def test_exempt_and_absent_do_not_count_and_absent_ones_are_told() -> None:
    cells = [points(1), Cell(CellKind.EXEMPT), Cell(CellKind.ABSENT), Cell()]
    found = line([Category(Decimal(1), 0, cells)])
    assert (found.score, found.absent) == (1, 1)
    nothing = line([Category(Decimal(1), 0, [Cell(CellKind.EXEMPT)])])
    assert (nothing.score, proposal(FIVE, nothing)) == (None, "n/a")


def test_the_lowest_are_left_out_but_never_the_last() -> None:
    cells = [points(0), points(Fraction(1, 2)), points(1)]
    assert line([Category(Decimal(1), 1, cells)]).score == Fraction(3, 4)
    assert line([Category(Decimal(1), 9, cells)]).score == 1
    assert line([Category(Decimal(1), 9, [points(0)])]).score == 0


def test_a_category_without_scores_has_no_weight() -> None:
    full, empty = Category(Decimal(1), 0, [points(1)]), Category(Decimal(9), 0, [Cell()])
    assert line([full, empty]).score == 1


@settings(deadline=None)
@given(st.lists(SCORES, min_size=1, max_size=8), st.integers(0, 9))
def test_a_line_is_between_its_lowest_and_its_highest_and_dropping_never_costs(
    scores: list[Fraction], drop: int
) -> None:
    whole = line([Category(Decimal(1), 0, [points(score) for score in scores])]).score
    dropped = line([Category(Decimal(1), drop, [points(score) for score in scores])]).score
    assert whole is not None and dropped is not None
    assert min(scores) <= whole <= dropped <= max(scores)


@settings(deadline=None)
@given(st.lists(st.tuples(SCORES, st.integers(1, 9)), min_size=1, max_size=6), st.integers(2, 9))
def test_only_the_ratio_of_weights_matters(rows: list[tuple[Fraction, int]], factor: int) -> None:
    once = line([Category(Decimal(w), 0, [points(score)]) for score, w in rows]).score
    again = line([Category(Decimal(w * factor), 0, [points(score)]) for score, w in rows]).score
    assert once == again


def test_a_scale_gives_every_score_exactly_one_mark() -> None:
    usual = list(DEFAULT_THRESHOLDS[MarkScale.FIVE])
    assert problems(MarkScale.FIVE, usual, Decimal("0.5")) == {}
    assert "thresholds" in problems(MarkScale.FIVE, usual[:3], Decimal("0.5"))
    own = [(Decimal("0.9"), "A"), (Decimal("0.4"), "B"), (Decimal(0), "C")]
    assert problems(MarkScale.CUSTOM, own, Decimal("0.4")) == {}
    assert problems(MarkScale.CUSTOM, own, Decimal("0.5"))["pass_score"] == ["assessment.policy_pass"]
    assert problems(MarkScale.CUSTOM, own[:2], Decimal("0.4"))["thresholds"] == ["assessment.policy_shares"]
    twice = [(Decimal("0.9"), "A"), (Decimal("0.9"), "B"), (Decimal(0), "C")]
    assert problems(MarkScale.CUSTOM, twice, Decimal("0.9"))["thresholds"] == ["assessment.policy_order"]
    same = [(Decimal("0.9"), "A"), (Decimal(0), "A")]
    assert problems(MarkScale.CUSTOM, same, Decimal("0.9"))["thresholds"] == ["assessment.policy_marks"]
