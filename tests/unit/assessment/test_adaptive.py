"""The adaptive mode: what is asked follows from seed and answers, measures what it should and shows no question to all."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessment.rules.adaptive import (
    Adaptive,
    ItemOnScale,
    ability,
    domain_score,
    is_cap_too_small,
    is_enough,
    next_item,
    own_candidates,
)
from lms.assessment.rules.drawing import Draw

ITEMS = [UUID(int=number) for number in range(1, 61)]
SCALE = {item: ItemOnScale((number % 30 - 15) / 6, 1.2) for number, item in enumerate(ITEMS)}
AREAS = (Draw(3, tuple(ITEMS[:30])), Draw(1, tuple(ITEMS[30:])))
PLAN = Adaptive(8, 20, 0.35, 1.0, SCALE)


def sit(plan: Adaptive, theta: float, seed: int) -> tuple[list[UUID], float]:
    """Let a simulated student of an ability sit; return what was asked and the estimate."""
    chance = random.Random(seed)
    answers: list[tuple[ItemOnScale, Decimal]] = []
    given: list[UUID] = []
    while not is_enough(plan, len(given), now := ability(answers)):
        chosen = next_item(plan, AREAS, given, now.theta, seed)
        assert chosen is not None
        item = plan.scale[chosen[0]]
        given.append(chosen[0])
        answers.append((item, Decimal(chance.random() < item.chance(theta))))
    return given, now.theta


@settings(max_examples=15, deadline=None)
@given(st.floats(-2, 2), st.integers(0, 2**53))
def test_the_same_seed_and_answers_ask_the_same_questions_once_each(theta: float, seed: int) -> None:
    given, estimate = sit(PLAN, theta, seed)
    assert (given, estimate) == sit(PLAN, theta, seed)
    assert len(set(given)) == len(given)
    assert PLAN.least <= len(given) <= PLAN.most


def test_the_areas_have_their_shares() -> None:
    given, _estimate = sit(PLAN, 0.3, 1)
    of_first = sum(item in AREAS[0].candidates for item in given)
    assert abs(of_first / len(given) - 0.75) <= 1 / len(given)


def test_the_estimate_follows_the_ability() -> None:
    errors = [sit(PLAN, theta, seed)[1] - theta for theta in (-1.5, 0.0, 1.5) for seed in range(12)]
    assert abs(sum(errors) / len(errors)) < 0.2
    assert (sum(error**2 for error in errors) / len(errors)) ** 0.5 < 0.65


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(1, 4), st.sets(st.integers(0, 99), min_size=1)), min_size=1, max_size=3),
    st.sampled_from((0.1, 0.29, 0.4, 0.5, 1.0)),
    st.integers(0, 2**53),
)
def test_a_student_may_see_no_larger_part_of_a_pool_than_the_cap_and_each_pool_has_its_share(
    most: int, pools: list[tuple[int, set[int]]], cap: float, seed: int
) -> None:
    """The part is drawn by the seed with each question as likely as the others: so the cap holds for everybody who comes."""
    draws = [Draw(count, tuple(UUID(int=number + 1) for number in sorted(pool))) for count, pool in pools]
    whole = [UUID(int=number + 1) for number in range(100)]
    scale = {item: ItemOnScale((item.int % 9 - 4) / 3) for item in whole}
    plan = Adaptive(most, most, 0.35, cap, scale)
    given: list[UUID] = []
    while len(given) < most and (chosen := next_item(plan, draws, given, 0.0, seed)):
        given.append(chosen[0])
    for draw, pool in zip(draws, own_candidates(draws), strict=True):
        asked = len(set(given).intersection(pool))
        assert asked <= Decimal(str(cap)) * len(pool)
        if not is_cap_too_small(plan, draws):
            assert abs(asked - Decimal(most * draw.count) / sum(d.count for d in draws)) < 1


def test_no_question_is_shown_to_more_than_the_cap_and_the_estimate_still_follows_the_ability() -> None:
    plan = replace(PLAN, cap=0.4, least=10, most=10)
    people = random.Random(5)
    seen: Counter[UUID] = Counter()
    errors = []
    for seed in range(250):
        theta = people.gauss(0, 1)
        asked, estimate = sit(plan, theta, seed * 7919)
        seen.update(asked)
        errors.append((estimate - theta) ** 2)
        assert sum(item in AREAS[0].candidates for item in asked) in (7, 8), "the areas keep their shares"
    free: Counter[UUID] = Counter()
    for seed in range(50):
        free.update(sit(replace(plan, cap=1.0), people.gauss(0, 1), seed * 7919)[0])
    assert max(free.values()) == 50, "without the cap everybody begins with the same question"
    assert max(seen.values()) / 250 < 0.4 + 0.1, "the cap holds within the chance of 250 students (3.2 sigma)"
    assert (sum(errors) / 250) ** 0.5 < 0.65


def test_what_gives_another_question_away_is_not_asked_after_it() -> None:
    given = [ITEMS[3]]
    free = next_item(PLAN, AREAS, given, 0.0, 1)
    assert free is not None
    held = next_item(PLAN, AREAS, given, 0.0, 1, frozenset({frozenset({ITEMS[3], free[0]})}))
    assert held is not None
    assert held[0] != free[0]


def test_the_score_is_a_share_of_all_questions_and_grows_with_the_ability() -> None:
    scores = [domain_score(PLAN, ability([(ItemOnScale(), Decimal(right))] * 10)) for right in (0, 1)]
    assert 0 < scores[0] < Decimal("0.5") < scores[1] < 1


def test_a_partly_right_answer_lies_between() -> None:
    low, half, high = (ability([(ItemOnScale(), Decimal(share))]).theta for share in ("0", "0.5", "1"))
    assert low < half < high
