"""Turn evidence into the level of an outcome.

The level rests on the best active evidence; suspended evidence does not count. Thresholds follow the school's marks:
5 from 85 %, 4 from 70 %, 3 from 50 %.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lms.profiles.types import EvidenceState, EvidenceView, OutcomeGrade

__all__ = ["ALGORITHM_VERSION", "best_share", "grade_of"]

ALGORITHM_VERSION = "best-evidence/1"

_THRESHOLDS = (
    (Decimal("0.85"), OutcomeGrade.HIGH),
    (Decimal("0.70"), OutcomeGrade.SURE),
    (Decimal("0.50"), OutcomeGrade.BASIC),
)


def best_share(evidence: Iterable[EvidenceView]) -> Decimal | None:
    """Return the share (0..1) of the best active evidence, or None when nothing counts."""
    return max((e.share for e in evidence if e.state is EvidenceState.ACTIVE), default=None)


def grade_of(share: Decimal | None) -> OutcomeGrade | None:
    """Return the level for a share, or None when nothing counts."""
    if share is None:
        return None
    return next((grade for least, grade in _THRESHOLDS if share >= least), OutcomeGrade.BEGINNING)
