"""Say what an item of a plan contains and take the hash that signatures bind to (P2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.core.db import canonical_json
from lms.curriculum.types import AttestationForm
from lms.plans.types.plans import Delivery, OutcomeHours

__all__ = [
    "ItemContent",
    "content_hash",
    "from_json",
    "items_hash",
    "merge_content",
    "outcomes_from_json",
    "outcomes_to_json",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class ItemContent:
    """Everything about an item that people agree on; its place in the list is not part of it."""

    subject: str
    title: str
    hours: Decimal
    period: int
    delivery: Delivery = Delivery.CLASS
    attestation_form: AttestationForm | None = None
    deadline: date | None = None
    outcomes: tuple[OutcomeHours, ...] = ()
    course_id: UUID | None = None
    external_course: str = ""
    session_id: UUID | None = None
    note: str = ""
    curriculum_item_id: UUID | None = None
    prerequisites: tuple[str, ...] = ()


def _plain(value: Decimal) -> str:
    """Spell a number of hours in one way: ``30``, ``2.5``, never ``30.00``."""
    text = format(value.normalize(), "f")
    return text if text != "-0" else "0"


def outcomes_to_json(outcomes: Iterable[OutcomeHours]) -> list[dict[str, str]]:
    """Return outcomes with hours as JSON values, in their order."""
    return [{"id": str(share.outcome_id), "hours": _plain(share.hours)} for share in outcomes]


def outcomes_from_json(rows: Iterable[Mapping[str, str]] | None) -> tuple[OutcomeHours, ...]:
    """Read outcomes back."""
    return tuple(OutcomeHours(UUID(row["id"]), Decimal(row["hours"])) for row in rows or ())


def to_json(content: ItemContent) -> dict[str, Any]:
    """Return the content as JSON values."""
    return {
        "subject": content.subject,
        "title": content.title,
        "hours": _plain(content.hours),
        "period": content.period,
        "delivery": content.delivery.value,
        "attestation_form": content.attestation_form.value if content.attestation_form else None,
        "deadline": content.deadline.isoformat() if content.deadline else None,
        "outcomes": outcomes_to_json(content.outcomes),
        "course_id": str(content.course_id) if content.course_id else None,
        "external_course": content.external_course,
        "session_id": str(content.session_id) if content.session_id else None,
        "note": content.note,
        "curriculum_item_id": str(content.curriculum_item_id) if content.curriculum_item_id else None,
        **({"prerequisites": sorted(content.prerequisites)} if content.prerequisites else {}),
    }


def from_json(data: Mapping[str, Any]) -> ItemContent:
    """Read a content back from its JSON values."""
    return ItemContent(
        subject=data["subject"],
        title=data["title"],
        hours=Decimal(data["hours"]),
        period=int(data["period"]),
        delivery=Delivery(data["delivery"]),
        attestation_form=AttestationForm(data["attestation_form"]) if data["attestation_form"] else None,
        deadline=date.fromisoformat(data["deadline"]) if data["deadline"] else None,
        outcomes=outcomes_from_json(data["outcomes"]),
        course_id=UUID(data["course_id"]) if data["course_id"] else None,
        external_course=data["external_course"],
        session_id=UUID(data["session_id"]) if data["session_id"] else None,
        note=data["note"],
        curriculum_item_id=UUID(data["curriculum_item_id"]) if data["curriculum_item_id"] else None,
        prerequisites=tuple(data.get("prerequisites", ())),
    )


def content_hash(stable_key: str, content: ItemContent) -> str:
    """Return the SHA-256 (hex) of an item's canonical JSON: what a signature on this item binds to.

    The order in which outcomes are listed is not part of the agreement.
    """
    body = {"stable_key": stable_key, **to_json(content)}
    body["outcomes"] = sorted(body["outcomes"], key=lambda share: share["id"])
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def items_hash(frame: Mapping[str, Any], item_hashes: Mapping[str, str]) -> str:
    """Return the SHA-256 (hex) of a whole version: its frame (person, scope, curriculum) and every item."""
    body = {"frame": dict(frame), "items": dict(item_hashes)}
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def merge_content(base: ItemContent, mine: ItemContent, theirs: ItemContent) -> ItemContent:
    """Return ``theirs`` with every field that ``mine`` has changed against ``base`` kept (P6)."""
    kept = {
        item.name: getattr(mine, item.name)
        for item in fields(ItemContent)
        if getattr(mine, item.name) != getattr(base, item.name)
    }
    return replace(theirs, **kept)
