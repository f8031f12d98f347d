"""Numbers of assessment that an installation can change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

__all__ = ["AssessmentSettings"]


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class AssessmentSettings:
    """Time limits at the end of an attempt, and limits of what one request may carry."""

    PREFIX: ClassVar[str] = "ASSESSMENT"

    tolerance_s: int = _setting(
        5, "An answer counts as in time for so many seconds after the deadline (the network)."
    )
    grace_s: int = _setting(
        180, "An attempt stays open for handing in for so many seconds after the deadline."
    )
    receipt_days: int = _setting(365, "Receipts are promised to be valid for so many days.")
    batch_max: int = _setting(100, "Most operations in one request.")
    answer_max_chars: int = _setting(100_000, "Longest answer in characters (as JSON).")
    appeal_days: int = _setting(
        10, "An appeal against a result can be filed for so many working days after its release."
    )
    appeal_answer_days: int = _setting(5, "An appeal is answered within so many working days.")
