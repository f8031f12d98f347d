"""Words and values of the digital profile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from lms.core.contracts import BasisRef, ExplainStep

__all__ = [
    "ChainNode",
    "CompetencyRow",
    "EvidenceState",
    "EvidenceView",
    "OutcomeGrade",
    "WorkAct",
    "WorkState",
]


class EvidenceState(StrEnum):
    """Whether a piece of evidence counts."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class WorkState(StrEnum):
    """How a piece of work in a portfolio stands: the student's own word, a teacher's, or taken out."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    WITHDRAWN = "withdrawn"


class WorkAct(StrEnum):
    """What somebody says about a piece of work."""

    CONFIRM = "confirm"
    TAKE_BACK = "take_back"
    WITHDRAW = "withdraw"


class OutcomeGrade(StrEnum):
    """How far an outcome is reached; named in words on the screen."""

    BEGINNING = "beginning"
    BASIC = "basic"
    SURE = "sure"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of evidence behind a competency."""

    ref: BasisRef
    share: Decimal
    at: datetime
    state: EvidenceState


@dataclass(frozen=True, slots=True)
class CompetencyRow:
    """One competency of a profile: the outcome, its level in words-by-code and what it rests on."""

    id: UUID
    outcome_id: UUID
    code: str
    statement: str
    grade: OutcomeGrade | None
    share: Decimal | None
    is_suspended: bool
    evidence: tuple[EvidenceView, ...]
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChainNode:
    """One step of the answer to "why" with its depth in the chain."""

    step: ExplainStep
    depth: int
