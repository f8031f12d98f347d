"""Read, check and hash the plan of an examination, and lay out one person's form from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from lms.assessment.rules.adaptive import Adaptive, is_cap_too_small, own_candidates
from lms.assessment.rules.conduct import PLAIN, Conduct
from lms.assessment.rules.drawing import Draw, Pairs, draw_all, shortages
from lms.assessment.rules.review import ReviewMatrix
from lms.assessment.rules.seeds import derive_seed, shuffled
from lms.core.db import canonical_json

__all__ = [
    "FREE",
    "LINEAR",
    "FormItem",
    "GradeMethod",
    "Part",
    "Plan",
    "PlannedItem",
    "Section",
    "content_hash",
    "form_hash",
    "form_item",
    "lay_out",
]

#: Ways through a form: any order, or forward only.
FREE, LINEAR = "free", "linear"
MAX_SITTINGS, MAX_FORMS = 10, 20


class GradeMethod(StrEnum):
    """Which of several sittings of one person counts."""

    HIGHEST = "highest"
    LAST = "last"
    FIRST = "first"
    AVERAGE = "average"


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
    """A part of the examination: items in order, then what is drawn from pools; ``minutes`` are its own limit.

    ``is_mixed`` gives every form an order of its own within the section.
    """

    title: str
    items: tuple[PlannedItem, ...] = ()
    draws: tuple[Draw, ...] = ()
    minutes: int | None = None
    is_mixed: bool = False

    @property
    def count(self) -> int:
        """Return how many questions the section has in every form."""
        return len(self.items) + sum(draw.count for draw in self.draws)

    def to_document(self) -> dict[str, Any]:
        """Return the section as JSON values; what it does not use is left out."""
        document: dict[str, Any] = {
            "title": self.title,
            "items": [{"id": str(item.item_version_id), "points": str(item.points)} for item in self.items],
        }
        if self.draws:
            document["draws"] = [draw.to_document() for draw in self.draws]
        if self.minutes is not None:
            document["minutes"] = self.minutes
        if self.is_mixed:
            document["is_mixed"] = True
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Section:
        """Rebuild the section from its JSON values."""
        return cls(
            document["title"],
            tuple(PlannedItem(UUID(i["id"]), Decimal(i["points"])) for i in document["items"]),
            tuple(Draw.from_document(draw) for draw in document.get("draws", ())),
            document.get("minutes"),
            document.get("is_mixed", False),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A section with a clock of its own in a form: its number, its first and last slot, its minutes (None = no own limit)."""

    number: int
    title: str
    first: int
    last: int
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a blueprint version fixes.

    ``sittings`` is how often one person may sit it (0 = as often as wanted), ``forms`` how many different forms there are
    (0 = one for each sitting), ``pairs`` the candidates that exclude each other. What is practice never becomes a mark.
    ``supervision`` belongs to those who implement `AttemptGate`; this floor only keeps it.
    """

    sections: tuple[Section, ...]
    base_minutes: int | None = None
    navigation: str = FREE
    instructions: str = ""
    review: ReviewMatrix = field(default_factory=ReviewMatrix)
    supervision: Mapping[str, Any] = field(default_factory=dict)
    conduct: Conduct = PLAIN
    sittings: int = 1
    grade_method: GradeMethod = GradeMethod.HIGHEST
    forms: int = 0
    is_practice: bool = False
    adaptive: Adaptive | None = None
    pairs: Pairs = frozenset()

    @property
    def items(self) -> list[PlannedItem]:
        """Return all fixed items in the order of the sections."""
        return [item for section in self.sections for item in section.items]

    @property
    def draws(self) -> list[Draw]:
        """Return all pools in the order of the sections."""
        return [draw for section in self.sections for draw in section.draws]

    @property
    def named(self) -> list[UUID]:
        """Return every item version that a form can hold, once."""
        drawn = [candidate for draw in self.draws for candidate in draw.candidates]
        return list(dict.fromkeys([item.item_version_id for item in self.items] + drawn))

    @property
    def item_count(self) -> int:
        """Return how many questions a form has (an adaptive one: at most)."""
        return self.adaptive.most if self.adaptive else sum(section.count for section in self.sections)

    @property
    def max_points(self) -> Decimal:
        """Return what a faultless attempt is worth; an adaptive work is worth as many points as it can have questions."""
        if self.adaptive:
            return Decimal(self.adaptive.most)
        drawn = sum((draw.count * draw.points for draw in self.draws), Decimal(0))
        return sum((item.points for item in self.items), drawn)

    @property
    def is_stepwise(self) -> bool:
        """Tell whether questions are handed out one after another."""
        return self.navigation == LINEAR or self.adaptive is not None

    @property
    def marks_at_once(self) -> bool:
        """Tell whether a mark is needed while the work runs: answers are checked, or the next question follows from them."""
        return self.conduct.checks > 0 or self.adaptive is not None

    def parts(self) -> list[Part]:
        """Return the sections with their slots where one of them has a clock of its own, else nothing."""
        if all(section.minutes is None for section in self.sections):
            return []
        found, last = [], 0
        for number, section in enumerate(self.sections, start=1):
            found.append(Part(number, section.title, last + 1, last + section.count, section.minutes))
            last += section.count
        return found

    def problems(self) -> dict[str, list[str]]:
        """Return everything that keeps the plan from being used, by field."""
        found: dict[str, list[str]] = {}
        if not self.item_count or not all(section.count for section in self.sections):
            found["sections"] = ["assessment.plan_empty"]
        if any(i.points < 0 for i in self.items) or any(d.points <= 0 for d in self.draws):
            found["points"] = ["assessment.points_not_positive"]
        if len({item.item_version_id for item in self.items}) != len(self.items):
            found["items"] = ["assessment.item_twice"]
        if self.navigation not in {FREE, LINEAR}:
            found["navigation"] = ["assessment.navigation_unknown"]
        if self.review.problems():
            found["review"] = ["assessment.review_part_unknown"]
        if "key" in self.review.during and not self.is_practice:
            found["review"] = ["assessment.key_while_sitting"]
        if not 0 <= self.sittings <= MAX_SITTINGS:
            found["sittings"] = ["assessment.sittings_out_of_range"]
        if not 0 <= self.forms <= MAX_FORMS:
            found["forms"] = ["assessment.forms_out_of_range"]
        return found | self._time_problems() | self._draw_problems() | self.conduct.problems()

    def _time_problems(self) -> dict[str, list[str]]:
        limits = [section.minutes for section in self.sections if section.minutes is not None]
        if self.base_minutes is not None and not 1 <= self.base_minutes <= 600:
            return {"base_minutes": ["assessment.minutes_out_of_range"]}
        if any(not 1 <= minutes <= 600 for minutes in limits):
            return {"sections": ["assessment.minutes_out_of_range"]}
        if limits and (self.base_minutes is None or sum(limits) > self.base_minutes):
            return {"base_minutes": ["assessment.section_minutes"]}
        return {}

    def _draw_problems(self) -> dict[str, list[str]]:
        if self.adaptive is not None:
            return self._adaptive_problems(self.adaptive)
        if any(draw.count < 1 for draw in self.draws):
            return {"draws": ["assessment.draw_count"]}
        if shortages(self.draws, (item.item_version_id for item in self.items), self.pairs):
            return {"draws": ["assessment.pool_too_small"]}
        return {}

    def _adaptive_problems(self, adaptive: Adaptive) -> dict[str, list[str]]:
        """Refuse what an adaptive work cannot have: it is drawn from pools alone, and its marks must be known at once."""
        found = adaptive.problems()
        has_clocks = any(section.minutes is not None for section in self.sections)
        if self.items or not self.draws or has_clocks or self.conduct.asks_certainty or self.conduct.checks:
            found["adaptive"] = ["assessment.adaptive_plain"]
        if any(draw.count < 1 for draw in self.draws):
            found["draws"] = ["assessment.draw_count"]
        elif sum(map(len, own_candidates(self.draws))) < adaptive.most:
            found["draws"] = ["assessment.pool_too_small"]
        elif not found and is_cap_too_small(adaptive, self.draws):
            found["adaptive.cap"] = ["assessment.adaptive_cap_small"]
        return found

    def to_document(self) -> dict[str, Any]:
        """Return the plan as JSON values; what it does not use is left out."""
        document: dict[str, Any] = {
            "sections": [section.to_document() for section in self.sections],
            "base_minutes": self.base_minutes,
            "navigation": self.navigation,
            "instructions": self.instructions,
            "review": asdict(self.review),
            "supervision": dict(self.supervision),
        }
        if self.conduct != PLAIN:
            document["conduct"] = self.conduct.to_document()
        if self.sittings != 1:
            document |= {"sittings": self.sittings, "grade_method": self.grade_method.value}
        if self.forms:
            document["forms"] = self.forms
        if self.is_practice:
            document["is_practice"] = True
        if self.adaptive is not None:
            document["adaptive"] = self.adaptive.to_document()
        if self.pairs:
            document["pairs"] = sorted(sorted(str(each) for each in pair) for pair in self.pairs)
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Plan:
        """Rebuild the plan from its JSON values."""
        conduct, adaptive = document.get("conduct"), document.get("adaptive")
        return cls(
            sections=tuple(Section.from_document(section) for section in document["sections"]),
            base_minutes=document["base_minutes"],
            navigation=document["navigation"],
            instructions=document["instructions"],
            review=ReviewMatrix(**{name: tuple(parts) for name, parts in document["review"].items()}),
            supervision=document["supervision"],
            conduct=Conduct.from_document(conduct) if conduct else PLAIN,
            sittings=document.get("sittings", 1),
            grade_method=GradeMethod(document.get("grade_method", GradeMethod.HIGHEST)),
            forms=document.get("forms", 0),
            is_practice=document.get("is_practice", False),
            adaptive=Adaptive.from_document(adaptive) if adaptive else None,
            pairs=frozenset(frozenset(UUID(each) for each in pair) for pair in document.get("pairs", ())),
        )

    def section_titles(self) -> list[str]:
        """Return the title of the section that each slot belongs to; an adaptive work goes across its sections."""
        if self.adaptive is not None:
            return [""] * self.item_count
        return [section.title for section in self.sections for _ in range(section.count)]


@dataclass(frozen=True, slots=True)
class FormItem:
    """One question of one person's form."""

    slot: int
    item_version_id: UUID
    variant_seed: int
    points: Decimal


def lay_out(plan: Plan, seed: int) -> list[FormItem]:
    """Return the form that follows from a plan and a seed: the same on any machine (domain: invariant 5).

    An adaptive form is empty: its questions follow from the answers.
    """
    if plan.adaptive is not None:
        return []
    if plan.forms:
        seed = derive_seed(seed % plan.forms, "form")
    drawn = iter(_drawn(plan, seed))
    form: list[FormItem] = []
    for number, section in enumerate(plan.sections):
        items = [*section.items]
        for draw in section.draws:
            items += [PlannedItem(each, draw.points) for each in next(drawn)]
        if section.is_mixed:
            items = shuffled(items, seed, "section", number, key=lambda item: item.item_version_id)
        form += [form_item(seed, slot, item) for slot, item in enumerate(items, start=len(form) + 1)]
    return form


def _drawn(plan: Plan, seed: int) -> list[tuple[UUID, ...]]:
    if not plan.draws:
        return []
    return draw_all(plan.draws, (item.item_version_id for item in plan.items), plan.pairs, seed)


def form_item(seed: int, slot: int, item: PlannedItem) -> FormItem:
    """Return a question in its place, in the variant that follows from the form's seed."""
    variant = derive_seed(seed, "item", item.item_version_id)
    return FormItem(slot, item.item_version_id, variant, item.points)


def form_hash(form: list[FormItem], content_hashes: Mapping[UUID, str]) -> str:
    """Return the hash of a form: what was asked, in which variant and place, for how many points."""
    rows = [
        [item.slot, content_hashes[item.item_version_id], item.variant_seed, f"{item.points:.2f}"]
        for item in form
    ]
    return content_hash(rows)
