"""Place questions and people on one scale: the Rasch model and the two-parameter logistic model, with fit.

Marginal maximum likelihood by expectation and maximisation over a normal ability (Bock & Aitkin 1981); answers are right or
wrong. Ability is measured in logits, with mean 0 and spread 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LEAST_PEOPLE", "ItemFit", "Scale", "chance_of", "fit_model", "scale_of"]

#: Below so many people no model is fitted.
LEAST_PEOPLE = 30

POINTS, ROUNDS, ENOUGH = 41, 500, 1e-6
MOST_DISCRIMINATION = 4.0


@dataclass(frozen=True, slots=True)
class ItemFit:
    """Where a question lies: difficulty (logits), discrimination, and how well the model describes it.

    ``infit`` and ``outfit`` are mean squares: 1 is as expected, 0.7 to 1.3 is good for tests that matter. ``surprise`` says how
    many standard errors the outfit is off 1: with many people a question that answers nothing stands out by it, for in a
    short test its mean squares stay near 1.
    """

    difficulty: float
    discrimination: float
    infit: float
    outfit: float
    surprise: float = 0.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Questions and people on one scale: the fit of each question, the ability of each person (logits).

    A question that all or none answered rightly has no place on the scale and is None.
    """

    questions: tuple[ItemFit | None, ...]
    abilities: tuple[float, ...]


def chance_of(fit: ItemFit, ability: float) -> float:
    """Return how likely somebody of this ability answers rightly (0..1)."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, fit.discrimination * (ability - fit.difficulty)))))


def fit_model(
    answers: Sequence[Sequence[bool | None]], *, is_rasch: bool = True
) -> list[ItemFit | None] | None:
    """Return the fit of each question alone (see `scale_of`)."""
    scale = scale_of(answers, is_rasch=is_rasch)
    return None if scale is None else list(scale.questions)


def scale_of(answers: Sequence[Sequence[bool | None]], *, is_rasch: bool = True) -> Scale | None:
    """Return the scale of a table of answers (a row for each person; None = not asked), or None with too few people."""
    import numpy as np  # a start of the product should not wait for it

    if len(answers) < LEAST_PEOPLE:
        return None
    asked = np.array([[answer is not None for answer in row] for row in answers])
    right = np.array([[answer is True for answer in row] for row in answers], dtype=float)
    share = right.sum(axis=0) / np.maximum(asked.sum(axis=0), 1)
    usable = (share > 0) & (share < 1)
    if usable.sum() < 2:
        return Scale((None,) * right.shape[1], (0.0,) * len(answers))
    data, mask = right[:, usable], asked[:, usable]
    a, b, weights, nodes = _estimate(np, data, mask, is_rasch=is_rasch)
    infit, outfit, surprise = _fit(np, data, mask, a, b, weights, nodes)
    fits = iter(ItemFit(*map(float, figures)) for figures in zip(b, a, infit, outfit, surprise, strict=True))
    abilities = tuple(float(ability) for ability in weights @ nodes)
    return Scale(tuple(next(fits) if is_usable else None for is_usable in usable), abilities)


def _chances(np: Any, a: Any, b: Any, nodes: Any) -> Any:
    """Return for each point of ability and each question how likely a right answer is."""
    return 1 / (1 + np.exp(-np.clip(a * (nodes[:, None] - b), -30, 30)))


def _estimate(np: Any, data: Any, mask: Any, *, is_rasch: bool) -> tuple[Any, Any, Any, Any]:
    """Return discriminations, difficulties, each person's weights over the points of ability, and the points."""
    nodes = np.linspace(-5, 5, POINTS)
    prior = np.exp(-(nodes**2) / 2)
    prior /= prior.sum()
    share = np.clip(data.sum(axis=0) / mask.sum(axis=0), 0.01, 0.99)
    a, b = np.ones(data.shape[1]), -np.log(share / (1 - share))
    weights = np.tile(prior, (len(data), 1))
    wrong = mask & (data == 0)
    for _round in range(ROUNDS):
        p = np.clip(_chances(np, a, b, nodes), 1e-9, 1 - 1e-9)
        log = data @ np.log(p).T + wrong @ np.log(1 - p).T
        weights = np.exp(log - log.max(axis=1, keepdims=True)) * prior
        weights /= weights.sum(axis=1, keepdims=True)
        expected, correct = weights.T @ mask, weights.T @ data
        new_a, new_b = _step(np, a, b, nodes, expected, correct, is_rasch=is_rasch)
        change = max(np.abs(new_a - a).max(), np.abs(new_b - b).max())
        a, b = new_a, new_b
        if change < ENOUGH:
            break
    return a, b, weights, nodes


def _step(
    np: Any, a: Any, b: Any, nodes: Any, expected: Any, correct: Any, *, is_rasch: bool
) -> tuple[Any, Any]:
    """Return better parameters: one bounded step of Fisher scoring in slope and intercept."""
    p = _chances(np, a, b, nodes)
    residual, information = correct - expected * p, expected * p * (1 - p)
    x = nodes[:, None]
    intercept = -a * b
    g0, g1 = residual.sum(axis=0), (residual * x).sum(axis=0)
    i00, i01, i11 = information.sum(axis=0), (information * x).sum(axis=0), (information * x * x).sum(axis=0)
    if is_rasch:
        slope = np.full_like(a, np.clip(a[0] + np.clip(g1.sum() / max(i11.sum(), 1e-9), -0.5, 0.5), 0.05, 4))
        intercept = intercept + np.clip(g0 / np.maximum(i00, 1e-9), -1, 1)
    else:
        det = np.maximum(i00 * i11 - i01 * i01, 1e-9)
        slope = a + np.clip((i00 * g1 - i01 * g0) / det, -0.5, 0.5)
        slope = np.clip(slope, 0.05, MOST_DISCRIMINATION)
        intercept = intercept + np.clip((i11 * g0 - i01 * g1) / det, -1, 1)
    return slope, np.clip(-intercept / slope, -8, 8)


def _fit(np: Any, data: Any, mask: Any, a: Any, b: Any, weights: Any, nodes: Any) -> tuple[Any, Any, Any]:
    """Return infit, outfit and surprise of each question.

    Each answer is compared with what the person's other answers let expect: an answer that helped to estimate the ability
    it is judged by would excuse itself.
    """
    chances = np.clip(_chances(np, a, b, nodes), 1e-6, 1 - 1e-6)
    found = []
    for question in range(data.shape[1]):
        asked, p = mask[:, question], chances[:, question]
        right = data[asked, question]
        others = weights[asked] / np.where(right[:, None] == 1, p, 1 - p)
        expected = (others @ p) / others.sum(axis=1)
        variance = expected * (1 - expected)
        squares = (right - expected) ** 2
        ratios = squares / variance
        spread = max(float(ratios.std()) / math.sqrt(len(ratios)), 1e-9)
        found.append((squares.sum() / variance.sum(), ratios.mean(), (ratios.mean() - 1) / spread))
    infit, outfit, surprise = np.array(found).T
    return infit, outfit, surprise
