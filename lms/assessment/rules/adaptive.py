"""Choose the next question by what the answers so far say about the student, and tell when enough is known.

Two-parameter logistic model; ability by the mean of its distribution after the answers (EAP) over a normal start. The next
question is the most informative one of the area that is furthest behind its share (Kingsbury & Zara 1989) among those that
this student may see at all: of each area a part as large as the cap, drawn by the seed (eligibility, van der Linden &
Veldkamp 2004). So no question is shown to more than the cap, whoever comes. Everything follows from the plan, the seed and
the marks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from lms.assessment.rules.drawing import Draw, Pairs
from lms.assessment.rules.seeds import derive_seed

__all__ = [
    "Ability",
    "Adaptive",
    "ItemOnScale",
    "ability",
    "domain_score",
    "is_cap_too_small",
    "is_enough",
    "next_item",
    "own_candidates",
]

NODES = tuple(step / 10 for step in range(-40, 41))
_PRIOR = tuple(math.exp(-(node**2) / 2) for node in NODES)
#: A probability never comes nearer to 0 and 1 than this.
LEAST_CHANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ItemOnScale:
    """Where a question lies (logits) and how sharply it tells people apart.

    ``people`` is how many works that comes from; 0 = an author's estimate.
    """

    difficulty: float = 0.0
    discrimination: float = 1.0
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
                str(key): [item.difficulty, item.discrimination, item.people]
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
    plan: Adaptive,
    draws: Sequence[Draw],
    given: Sequence[UUID],
    theta: float,
    seed: int,
    pairs: Pairs = frozenset(),
) -> tuple[UUID, Decimal] | None:
    """Return the next question and its points, or None when all that this student may see was asked.

    ``pairs`` exclude each other: one gives the other away.
    """
    pools = own_candidates(draws)
    ruled_out = set(given).union(*(pair for pair in pairs if not pair.isdisjoint(given)))
    for number in _areas(draws, pools, given):
        left = [each for each in _eligible(plan, pools[number], seed) if each not in ruled_out]
        if left:
            chosen = min(left, key=lambda each: (-plan.scale[each].information(theta), each))
            return chosen, draws[number].points
    return None


def own_candidates(draws: Sequence[Draw]) -> list[list[UUID]]:
    """Return the questions of each pool; one that several pools name belongs to the first of them."""
    taken: set[UUID] = set()
    pools = []
    for draw in draws:
        pools.append([each for each in draw.candidates if each not in taken])
        taken.update(draw.candidates)
    return pools


def is_cap_too_small(plan: Adaptive, draws: Sequence[Draw]) -> bool:
    """Tell whether a pool has too few questions for its share of the longest work under the cap."""
    whole = sum(draw.count for draw in draws)
    return any(
        _so_many(plan, len(pool)) < math.ceil(Fraction(plan.most * draw.count, whole))
        for draw, pool in zip(draws, own_candidates(draws), strict=True)
    )


def _so_many(plan: Adaptive, count: int) -> int:
    """Return how many of so many questions one student may see."""
    return int(Decimal(str(plan.cap)) * count)


def _eligible(plan: Adaptive, pool: Sequence[UUID], seed: int) -> list[UUID]:
    """Return the questions that this student may see, the same for the whole work; each is as likely to be among them."""
    drawn = sorted(pool, key=lambda each: (derive_seed(seed, "eligible", each), each))
    return drawn[: _so_many(plan, len(pool))]


def _areas(draws: Sequence[Draw], pools: Sequence[Sequence[UUID]], given: Sequence[UUID]) -> list[int]:
    """Return the pools, the one that is furthest behind its share first."""
    whole = sum(draw.count for draw in draws) or 1
    seen, asked = set(given), max(len(given), 1)

    def behind(number: int) -> Fraction:
        share = Fraction(draws[number].count, whole)
        return Fraction(len(seen.intersection(pools[number])), asked) - share

    return sorted(range(len(draws)), key=lambda number: (behind(number), number))


def domain_score(plan: Adaptive, now: Ability) -> Decimal:
    """Return the share of all questions of the pools that somebody of this ability answers rightly.

    A share of the questions that were asked would say nothing: everybody gets those that are neither hard nor easy for them.
    """
    if not plan.scale:
        return Decimal(0)
    whole = sum(item.chance(now.theta) for item in plan.scale.values())
    return Decimal(str(round(whole / len(plan.scale), 6)))
