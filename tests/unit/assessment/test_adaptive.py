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
    expose,
    is_enough,
    next_item,
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


def test_no_question_is_shown_to_more_than_the_cap() -> None:
    plan = replace(PLAN, cap=0.4, least=10, most=10)
    kept = expose(plan, AREAS)
    held = replace(plan, scale={key: replace(item, exposure=kept[key]) for key, item in SCALE.items()})
    people = random.Random(5)
    seen: Counter[UUID] = Counter()
    for seed in range(150):
        seen.update(sit(held, people.gauss(0, 1), seed * 7919)[0])
    free: Counter[UUID] = Counter()
    for seed in range(50):
        free.update(sit(replace(plan, cap=1.0), people.gauss(0, 1), seed * 7919)[0])
    assert max(free.values()) == 50, "without the cap everybody begins with the same question"
    assert max(seen.values()) / 150 < 0.4 + 0.13, "the cap holds within the chance of 150 students"


def test_the_score_is_a_share_of_all_questions_and_grows_with_the_ability() -> None:
    scores = [domain_score(PLAN, ability([(ItemOnScale(), Decimal(right))] * 10)) for right in (0, 1)]
    assert 0 < scores[0] < Decimal("0.5") < scores[1] < 1


def test_a_partly_right_answer_lies_between() -> None:
    low, half, high = (ability([(ItemOnScale(), Decimal(share))]).theta for share in ("0", "0.5", "1"))
    assert low < half < high
