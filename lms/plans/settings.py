"""Settings of plans and credit (``LMS_PLANS_*``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

__all__ = ["PlansSettings"]


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class PlansSettings:
    """What a school may change about plans and credit."""

    PREFIX: ClassVar[str] = "PLANS"

    credit_review_days: int = _setting(10, "Working days in which a credit case is decided.")
    refusal_notice_days: int = _setting(3, "Working days in which a refusal of credit is sent.")
    commission_size: int = _setting(3, "Members that a credit commission has at least.")
    signing_days: int = _setting(
        30, "Days in which the family signs a submitted plan; then it returns to its author."
    )
    reminder_days: int = _setting(
        5, "Days before that in which the family is reminded by letter, where the installation sends letters."
    )
    debt_resits: int = _setting(2, "Resits that are allowed within a year from a debt.")
