"""Words and values of study plans."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

__all__ = [
    "ApprovalRole",
    "BasisKind",
    "BasisState",
    "BulkKind",
    "BulkState",
    "BulkStatus",
    "Delivery",
    "ItemState",
    "OutcomeHours",
    "PlanKind",
    "PlanReceipt",
    "PlanScope",
    "PlanState",
    "ProposalState",
    "SignatureKind",
    "plan_item_reference",
    "read_plan_item_reference",
]


class PlanScope(StrEnum):
    """How much of the programme a plan covers; the rest goes with the class."""

    WHOLE = "whole"
    SUBJECTS = "subjects"


class PlanKind(StrEnum):
    """What sort of programme a plan belongs to."""

    GENERAL = "general"
    VOCATIONAL = "vocational"
    ADDITIONAL = "additional"
    STAFF = "staff"


class PlanState(StrEnum):
    """Where a version of a plan stands; a variant is a what-if copy that binds nobody."""

    DRAFT = "draft"
    VARIANT = "variant"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class BulkKind(StrEnum):
    """What is done for many plans at once: a template taken over, into drafts only, or how plans stand counted anew."""

    TEMPLATE = "template"
    DRAFTS = "drafts"
    RECOUNT = "recount"


class BulkState(StrEnum):
    """How far work on many plans is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class BulkStatus(StrEnum):
    """What became of one plan: a draft was prepared, it said all that already, or it could not be changed now."""

    WAITING = "waiting"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"


class Delivery(StrEnum):
    """How an item is studied."""

    CLASS = "class"
    OWN_COURSE = "own_course"
    EXTERNAL = "external"
    NETWORK = "network"
    HOME = "home"


class ItemState(StrEnum):
    """Where an item of a plan stands; always derived, never written by hand."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    AWAITING_ATTESTATION = "awaiting_attestation"
    PARTIALLY_CREDITED = "partially_credited"
    ACHIEVED = "achieved"
    DEBT = "debt"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class BasisKind(StrEnum):
    """What an achievement (or a step towards it) rests on."""

    ATTESTATION = "attestation"
    CREDIT = "credit"
    COURSE = "course"
    WAIVER = "waiver"


class BasisState(StrEnum):
    """Whether a basis counts now."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class ProposalState(StrEnum):
    """What became of a proposal of the student or the family."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class SignatureKind(StrEnum):
    """How an approval was signed."""

    SIMPLE = "simple"
    QUALIFIED = "qualified"
    PAPER_SCAN = "paper_scan"


class ApprovalRole(StrEnum):
    """In what capacity somebody signs a plan."""

    GUARDIAN = "guardian"
    STUDENT = "student"
    DIRECTOR = "director"


@dataclass(frozen=True, slots=True)
class OutcomeHours:
    """One outcome and the hours that belong to it."""

    outcome_id: UUID
    hours: Decimal


@dataclass(frozen=True, slots=True)
class PlanReceipt:
    """Where a version of a plan stands after a use case; ``revision`` guards the next edit of a draft."""

    plan_id: UUID
    version_id: UUID
    no: int
    state: PlanState
    revision: int
    stable_key: str = ""


def plan_item_reference(plan_id: UUID, stable_key: str) -> str:
    """Return the opaque reference under which an item's exam or course is ordered from a lower floor."""
    return f"plan_item:{plan_id}:{stable_key}"


def read_plan_item_reference(reference: str) -> tuple[UUID, str] | None:
    """Return the plan and item behind a reference, or None when it is somebody else's."""
    kind, _, rest = reference.partition(":")
    plan, _, stable_key = rest.partition(":")
    if kind != "plan_item" or not stable_key:
        return None
    try:
        return UUID(plan), stable_key
    except ValueError:
        return None
