"""Choose the next question by what the answers so far say about the student, and tell when enough is known.

Two-parameter logistic model; ability by the mean of its distribution after the answers (EAP) over a normal start. The next
question is the most informative one of the area that is furthest behind its share (Kingsbury & Zara 1989), unless its
exposure is held back (Sympson & Hetter 1985). Everything follows from the plan, the seed and the marks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.assessment.rules.drawing import Draw
from lms.assessment.rules.seeds import derive_seed

__all__ = [
    "Ability",
    "Adaptive",
    "ItemOnScale",
    "ability",
    "domain_score",
    "expose",
    "is_enough",
    "next_item",
]

NODES = tuple(step / 10 for step in range(-40, 41))
_PRIOR = tuple(math.exp(-(node**2) / 2) for node in NODES)
#: People and rounds of the simulation that finds how far each question has to be held back.
PEOPLE, ROUNDS = 400, 12
#: A probability never comes nearer to 0 and 1 than this.
LEAST_CHANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ItemOnScale:
    """Where a question lies (logits), how sharply it tells people apart, and how often it may be shown when chosen.

    ``people`` is how many works the first two come from; 0 = an author's estimate.
    """

    difficulty: float = 0.0
    discrimination: float = 1.0
    exposure: float = 1.0
    people: int = 0

    def chance(self, theta: float) -> float:
        """Return how likely a person of this ability answers rightly."""
        chance = 1 / (1 + math.exp(-self.discrimination * (theta - self.difficulty)))
        return min(max(chance, LEAST_CHANCE), 1 - LEAST_CHANCE)

    def information(self, theta: float) -> float:
        """Return how much an answer tells about a person of this ability."""
        chance = self.chance(theta)
        return self.discrimination**2 * chance * (1 - chance)


@dataclass(frozen=True, slots=True)
class Adaptive:
    """How long an adaptive work may be, how exactly it has to measure, and where its questions lie.

    ``enough`` is the standard error (logits) at which it stops; ``cap`` the largest share of students who may see one question.
    """

    least: int
    most: int
    enough: float = 0.35
    cap: float = 0.5
    scale: Mapping[UUID, ItemOnScale] = field(default_factory=dict)

    def problems(self) -> dict[str, list[str]]:
        """Return what is wrong, by field."""
        found: dict[str, list[str]] = {}
        if not 1 <= self.least <= self.most <= 100:
            found["adaptive.most"] = ["assessment.adaptive_length"]
        if not 0.1 <= self.enough <= 1:
            found["adaptive.enough"] = ["assessment.adaptive_error"]
        if not 0.05 <= self.cap <= 1:
            found["adaptive.cap"] = ["assessment.adaptive_cap"]
        return found

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "least": self.least,
            "most": self.most,
            "enough": self.enough,
            "cap": self.cap,
            "scale": {
                str(key): [item.difficulty, item.discrimination, item.exposure, item.people]
                for key, item in self.scale.items()
            },
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Adaptive:
        """Rebuild it from its JSON values."""
        scale = {UUID(key): ItemOnScale(*values) for key, values in document["scale"].items()}
        return cls(document["least"], document["most"], document["enough"], document["cap"], scale)


@dataclass(frozen=True, slots=True)
class Ability:
    """What the answers say: the mean and the spread of the ability after them."""

    theta: float
    error: float


def _posterior(answers: Sequence[tuple[ItemOnScale, Decimal]]) -> list[float]:
    logs = [0.0] * len(NODES)
    for item, share in answers:
        right = float(share)
        for place, node in enumerate(NODES):
            chance = item.chance(node)
            logs[place] += right * math.log(chance) + (1 - right) * math.log(1 - chance)
    top = max(logs)
    weights = [prior * math.exp(log - top) for prior, log in zip(_PRIOR, logs, strict=True)]
    whole = sum(weights)
    return [weight / whole for weight in weights]


def ability(answers: Sequence[tuple[ItemOnScale, Decimal]]) -> Ability:
    """Return the ability after (question, share of its points) pairs; a partly right answer weighs by its share."""
    weights = _posterior(answers)
    mean = sum(weight * node for weight, node in zip(weights, NODES, strict=True))
    spread = sum(weight * (node - mean) ** 2 for weight, node in zip(weights, NODES, strict=True))
    return Ability(mean, math.sqrt(spread))


def is_enough(plan: Adaptive, given: int, now: Ability) -> bool:
    """Tell whether the work is over: the most questions, or the least and exact enough."""
    return given >= plan.most or (given >= plan.least and now.error <= plan.enough)


def next_item(
    plan: Adaptive, draws: Sequence[Draw], given: Sequence[UUID], theta: float, seed: int
) -> tuple[UUID, Decimal] | None:
    """Return the next question and its points, or None when every pool is used up."""
    for number in _areas(draws, given):
        left = sorted(
            (each for each in draws[number].candidates if each not in given),
            key=lambda each: (-plan.scale[each].information(theta), each),
        )
        if left:
            held = {each: _held(plan, each, seed) for each in left}
            chosen = next((each for each in left if held[each] <= 1), min(left, key=lambda each: held[each]))
            return chosen, draws[number].points
    return None


def _areas(draws: Sequence[Draw], given: Sequence[UUID]) -> list[int]:
    """Return the pools, the one that is furthest behind its share first."""
    whole = sum(draw.count for draw in draws) or 1
    seen, asked = set(given), max(len(given), 1)

    def behind(number: int) -> float:
        draw = draws[number]
        return len(seen & set(draw.candidates)) / asked - draw.count / whole

    return sorted(range(len(draws)), key=lambda number: (behind(number), number))


def _held(plan: Adaptive, item: UUID, seed: int) -> float:
    """Return how far a question is held back from a student (up to 1 it is not), the same for the whole work.

    Where all that are left are held back, the one that is least so is shown: that spreads them.
    """
    return derive_seed(seed, "exposure", item) / 2**53 / max(plan.scale[item].exposure, LEAST_CHANCE)


def domain_score(plan: Adaptive, now: Ability) -> Decimal:
    """Return the share of all questions of the pools that somebody of this ability answers rightly.

    A share of the questions that were asked would say nothing: everybody gets those that are neither hard nor easy for them.
    """
    if not plan.scale:
        return Decimal(0)
    whole = sum(item.chance(now.theta) for item in plan.scale.values())
    return Decimal(str(round(whole / len(plan.scale), 6)))


def expose(plan: Adaptive, draws: Sequence[Draw], seed: int = 0) -> dict[UUID, float]:
    """Return for each question how often it may be shown when it is chosen, so that nobody's share exceeds the cap.

    Simulated students sit the work again and again; what more than ``cap`` of them saw is held back more in the next round.
    """
    if plan.cap >= 1:
        return dict.fromkeys(plan.scale, 1.0)
    kept = dict.fromkeys(plan.scale, 1.0)
    for turn in range(ROUNDS):
        seen = _seen_by(plan, draws, kept, derive_seed(seed, "round", turn))
        for item, share in seen.items():
            if share > plan.cap:
                kept[item] *= plan.cap / share
            elif kept[item] < 1 and share < plan.cap:
                kept[item] = min(1.0, kept[item] * min(1.1, plan.cap / max(share, 0.01)))
    return {item: round(share, 4) for item, share in kept.items()}


def _seen_by(
    plan: Adaptive, draws: Sequence[Draw], kept: Mapping[UUID, float], seed: int
) -> dict[UUID, float]:
    """Return the share of simulated students who are shown each question; all have the same length."""
    import numpy as np  # a start of the product should not wait for it

    chance = np.random.default_rng(seed)
    items = sorted(plan.scale)
    a = np.array([plan.scale[item].discrimination for item in items])
    b = np.array([plan.scale[item].difficulty for item in items])
    nodes = np.array(NODES)
    p_at = np.clip(1 / (1 + np.exp(-a * (nodes[:, None] - b))), LEAST_CHANCE, 1 - LEAST_CHANCE)
    area = np.array([next(n for n, draw in enumerate(draws) if item in draw.candidates) for item in items])
    shares = np.array([draw.count for draw in draws]) / sum(draw.count for draw in draws)
    theta = np.clip(chance.standard_normal(PEOPLE), -4, 4)
    drawn = chance.random((PEOPLE, len(items))) / np.array([max(kept[item], LEAST_CHANCE) for item in items])
    held = np.where(drawn <= 1, 0, np.minimum(drawn, 9))
    given = np.zeros((PEOPLE, len(items)), dtype=bool)
    logs = np.tile(np.log(np.array(_PRIOR)), (PEOPLE, 1))
    rows = np.arange(PEOPLE)
    for step in range(plan.most):
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        mean = (weights @ nodes) / weights.sum(axis=1)
        p = 1 / (1 + np.exp(-a * (mean[:, None] - b)))
        behind = np.stack([given[:, area == n].sum(axis=1) for n in range(len(draws))], axis=1) / max(step, 1)
        wanted = behind - shares
        worth = np.where(held, -1e2 * held, a**2 * p * (1 - p)) - 1e5 * wanted[:, area] - 1e8 * given
        best = worth.argmax(axis=1)
        given[rows, best] = True
        is_right = chance.random(PEOPLE) < 1 / (1 + np.exp(-a[best] * (theta - b[best])))
        logs += np.where(is_right[:, None], np.log(p_at[:, best].T), np.log(1 - p_at[:, best].T))
        if given.all():
            break
    return {item: float(share) for item, share in zip(items, given.mean(axis=0), strict=True)}
