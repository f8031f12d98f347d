"""Turn grades into a score, and a score into a mark (domain: invariant 7: a score is not a mark)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from lms.assessment.rules.adaptive import Adaptive, ability, domain_score
from lms.assessment.rules.blueprint import GradeMethod
from lms.assessment.rules.conduct import certainty_share
from lms.assessment.types import OPEN_MARKS, MarkScale, MarkStatus

__all__ = [
    "DEFAULT_THRESHOLDS",
    "Earned",
    "Policy",
    "Score",
    "counted",
    "mark_for",
    "score_of",
    "total",
]

#: The school's usual thresholds: least score and mark, best first.
DEFAULT_THRESHOLDS: dict[MarkScale, tuple[tuple[Decimal, str], ...]] = {
    MarkScale.FIVE: (
        (Decimal("0.85"), "5"),
        (Decimal("0.70"), "4"),
        (Decimal("0.50"), "3"),
        (Decimal(0), "2"),
    ),
    MarkScale.PASS_FAIL: ((Decimal("0.50"), "pass"), (Decimal(0), "fail")),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the rule from score to mark."""

    thresholds: Sequence[tuple[Decimal, str]]
    pass_score: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """Points earned of points possible; ``score`` is their ratio, 0..1."""

    points: Decimal
    max_points: Decimal
    score: Decimal


@dataclass(frozen=True, slots=True)
class Earned:
    """What one question earned: its mark, its points, the notes (which may name a certainty), and which question it was."""

    status: MarkStatus
    fraction: Decimal | None
    points: Decimal
    notes: Sequence[str] = ()
    item_version_id: UUID | None = None


def total(grades: Iterable[tuple[MarkStatus, Decimal | None, Decimal]]) -> Score | None:
    """Return the score of (status, fraction, points) rows, or None while a human still has to settle one of them."""
    return score_of(None, (Earned(status, fraction, points) for status, fraction, points in grades))


def score_of(adaptive: Adaptive | None, grades: Iterable[Earned]) -> Score | None:
    """Return the score of a work, or None while a human still has to settle an answer.

    Errors made with certainty never bring the whole below zero. An adaptive work is worth the share of all its questions
    that such a student answers rightly.
    """
    earned = possible = Decimal(0)
    answers = []
    for grade in grades:
        if grade.status in OPEN_MARKS or grade.fraction is None:
            return None
        share = certainty_share(grade.fraction, grade.notes) if grade.notes else grade.fraction
        earned += share * grade.points
        possible += grade.points
        answers.append((grade.item_version_id, grade.fraction))
    if adaptive is None:
        return _score(max(earned, Decimal(0)), possible)
    now = ability([(adaptive.scale[key], share) for key, share in answers if key is not None])
    return _score(domain_score(adaptive, now) * adaptive.most, Decimal(adaptive.most))


def _score(earned: Decimal, possible: Decimal) -> Score:
    ratio = Decimal(0) if not possible else earned / possible
    return Score(
        earned.quantize(Decimal("0.01"), ROUND_HALF_UP),
        possible.quantize(Decimal("0.01")),
        ratio.quantize(Decimal("0.000001"), ROUND_HALF_UP),
    )


def counted(method: GradeMethod, scores: Sequence[Decimal]) -> Decimal | None:
    """Return what several sittings of one person come to (their scores in the order of the sittings), None without one."""
    if not scores:
        return None
    match method:
        case GradeMethod.HIGHEST:
            return max(scores)
        case GradeMethod.LAST:
            return scores[-1]
        case GradeMethod.FIRST:
            return scores[0]
        case GradeMethod.AVERAGE:
            whole = sum(scores, Decimal(0)) / len(scores)
            return whole.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def mark_for(policy: Policy, score: Decimal) -> tuple[str, bool]:
    """Return the mark for a score (0..1) and whether it is a pass."""
    for least, mark in policy.thresholds:
        if score >= least:
            return mark, score >= policy.pass_score
    return policy.thresholds[-1][1], False
