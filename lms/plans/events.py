"""What plans and credit announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from lms.core.events import Event

__all__ = ["CreditCheckAsked", "CreditDecided", "PlanActivated"]


@dataclass(frozen=True, slots=True)
class PlanActivated(Event):
    """A version of a plan is in force from now on."""

    KIND: ClassVar[str] = "plans.plan_activated"

    plan_id: UUID
    version_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class CreditDecided(Event):
    """A commission (or an approved rule) has decided a credit case."""

    KIND: ClassVar[str] = "plans.credit_decided"

    case_id: UUID
    person_id: UUID
    plan_id: UUID


@dataclass(frozen=True, slots=True)
class CreditCheckAsked(Event):
    """A short check of what is left of a credit case has to be opened."""

    KIND: ClassVar[str] = "plans.credit_check_asked"

    case_id: UUID
    person_id: UUID
