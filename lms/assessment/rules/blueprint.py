"""Read, check and hash the plan of an examination, and lay out one person's form from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.assessment.rules.review import ReviewMatrix
from lms.assessment.rules.seeds import derive_seed
from lms.core.db import canonical_json

__all__ = [
    "FREE",
    "LINEAR",
    "FormItem",
    "Plan",
    "PlannedItem",
    "Section",
    "content_hash",
    "form_hash",
    "lay_out",
]

#: Ways through a form: any order, or forward only.
FREE, LINEAR = "free", "linear"


def content_hash(value: Any) -> str:
    """Return the SHA-256 (hex) of a JSON value in its canonical spelling."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One item of a section and what it is worth."""

    item_version_id: UUID
    points: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the examination with its items in order."""

    title: str
    items: tuple[PlannedItem, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a blueprint version fixes.

    ``supervision`` belongs to those who implement `AttemptGate`; this floor only keeps it.
    """

    sections: tuple[Section, ...]
    base_minutes: int | None = None
    navigation: str = FREE
    instructions: str = ""
    review: ReviewMatrix = field(default_factory=ReviewMatrix)
    supervision: Mapping[str, Any] = field(default_factory=dict)

    @property
    def items(self) -> list[PlannedItem]:
        """Return all items in the order of the sections."""
        return [item for section in self.sections for item in section.items]

    @property
    def max_points(self) -> Decimal:
        """Return what a faultless attempt is worth."""
        return sum((item.points for item in self.items), Decimal(0))

    def problems(self) -> dict[str, list[str]]:
        """Return everything that keeps the plan from being used, by field."""
        found: dict[str, list[str]] = {}
        if not self.items:
            found["sections"] = ["assessment.plan_empty"]
        if any(item.points <= 0 for item in self.items):
            found["points"] = ["assessment.points_not_positive"]
        if len({item.item_version_id for item in self.items}) != len(self.items):
            found["items"] = ["assessment.item_twice"]
        if self.base_minutes is not None and not 1 <= self.base_minutes <= 600:
            found["base_minutes"] = ["assessment.minutes_out_of_range"]
        if self.navigation not in {FREE, LINEAR}:
            found["navigation"] = ["assessment.navigation_unknown"]
        if self.review.problems():
            found["review"] = ["assessment.review_part_unknown"]
        return found

    def to_document(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {
            "sections": [
                {
                    "title": section.title,
                    "items": [
                        {"id": str(item.item_version_id), "points": str(item.points)}
                        for item in section.items
                    ],
                }
                for section in self.sections
            ],
            "base_minutes": self.base_minutes,
            "navigation": self.navigation,
            "instructions": self.instructions,
            "review": asdict(self.review),
            "supervision": dict(self.supervision),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Plan:
        """Rebuild the plan from its JSON values."""
        return cls(
            sections=tuple(
                Section(
                    section["title"],
                    tuple(PlannedItem(UUID(i["id"]), Decimal(i["points"])) for i in section["items"]),
                )
                for section in document["sections"]
            ),
            base_minutes=document["base_minutes"],
            navigation=document["navigation"],
            instructions=document["instructions"],
            review=ReviewMatrix(**{name: tuple(parts) for name, parts in document["review"].items()}),
            supervision=document["supervision"],
        )

    def section_titles(self) -> list[str]:
        """Return the title of the section that each slot belongs to."""
        return [section.title for section in self.sections for _ in section.items]


@dataclass(frozen=True, slots=True)
class FormItem:
    """One question of one person's form."""

    slot: int
    item_version_id: UUID
    variant_seed: int
    points: Decimal


def lay_out(plan: Plan, seed: int) -> list[FormItem]:
    """Return the form that follows from a plan and a seed: the same on any machine (domain: invariant 5)."""
    return [
        FormItem(slot, item.item_version_id, derive_seed(seed, "item", item.item_version_id), item.points)
        for slot, item in enumerate(plan.items, start=1)
    ]


def form_hash(form: list[FormItem], content_hashes: Mapping[UUID, str]) -> str:
    """Return the hash of a form: what was asked, in which variant and place, for how many points."""
    rows = [
        [item.slot, content_hashes[item.item_version_id], item.variant_seed, f"{item.points:.2f}"]
        for item in form
    ]
    return content_hash(rows)
