"""Decide whether the condition of a rule holds, and on which evidence it then rests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lms.plans.rules.match_facts import Facts
from lms.plans.rules.match_inputs import ONE, AtLeast, Condition, Evidence, Passed, Target
from lms.plans.types.credit import Assurance, TransferRelation

__all__ = ["Holds", "Unmet", "weigh"]


@dataclass(frozen=True, slots=True)
class Holds:
    """The condition holds: on this evidence, each with the least share asked of it; ``score`` is of the weakest."""

    score: Decimal
    on: tuple[tuple[Evidence, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Unmet:
    """The condition does not hold: why, which courses are missing, and which evidence fell below the rule's minimum."""

    reason: str
    missing: tuple[str, ...]
    below: tuple[str, ...] = ()


def weigh(facts: Facts, condition: Condition, target: Target) -> Holds | Unmet:
    """Return the best evidence on which ``condition`` holds, or what it lacks."""
    if isinstance(condition, Passed):
        return _passed(facts, condition, target)
    answers = [weigh(facts, part, target) for part in condition.parts]
    holding = [answer for answer in answers if isinstance(answer, Holds)]
    lacking = [answer for answer in answers if isinstance(answer, Unmet)]
    count = condition.count if isinstance(condition, AtLeast) else len(answers)
    if len(holding) >= count:
        return _together(_best(holding, count) if isinstance(condition, AtLeast) else holding)
    missing = tuple(sorted({course for answer in lacking for course in answer.missing}))
    below = tuple(sorted({row for answer in lacking for row in answer.below}))
    alone = len(answers) == 1 and lacking
    return Unmet(lacking[0].reason if alone else "rule_unmet", missing, below)


def _best(holding: list[Holds], count: int) -> list[Holds]:
    """Return the ``count`` strongest answers, the smallest identifiers first among equals."""
    return sorted(holding, key=lambda answer: (-answer.score, [row.id for row, _ in answer.on]))[:count]


def _together(answers: list[Holds]) -> Holds:
    rows = {row.id: (row, least) for answer in answers for row, least in answer.on}
    score = min((answer.score for answer in answers), default=ONE)
    return Holds(score, tuple(rows[key] for key in sorted(rows)))


def _passed(facts: Facts, condition: Passed, target: Target) -> Holds | Unmet:
    """Return the best evidence of one course, or why none will do."""
    judged = [(_shortfall(facts, condition, row), row) for row in facts.evidence.get(condition.course_id, ())]
    good = [row for reason, row in judged if not reason]
    if good:
        scored = [(_worth(facts, row, target, condition.min_share), row) for row in good]
        score, row = max(scored, key=lambda pair: pair[0])
        return Holds(score, ((row, condition.min_share),))
    missing = (condition.course_id,)
    below = tuple(row.id for reason, row in judged if not facts.barriers[row.id])
    counting = [reason for reason, row in judged if not facts.barriers[row.id]]
    reasons = counting or [reason for reason, _ in judged]
    return Unmet(reasons[0] if reasons else "rule_unmet", missing, below)


def _shortfall(facts: Facts, condition: Passed, row: Evidence) -> str:
    """Return why this evidence does not meet the condition, or an empty word."""
    if facts.barriers[row.id]:
        return facts.barriers[row.id]
    if row.share is None or row.share < condition.min_share:
        return "result"
    if condition.min_assurance is Assurance.VERIFIED and row.assurance is not Assurance.VERIFIED:
        return "assurance"
    if condition.min_level is not None and facts.level_of(condition.course_id) < condition.min_level:
        return "level"
    years = facts.years_begun(row)
    is_old = condition.max_age_years is not None and (years is None or years > condition.max_age_years)
    return "age" if is_old else ""


def _worth(facts: Facts, row: Evidence, target: Target, least: Decimal) -> Decimal:
    return facts.weighed(row, target, TransferRelation.EXACT, None, least)[0]
