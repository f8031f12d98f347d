"""Write the condition of a stored rule as a case file does, and read it back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lms.plans.rules.match_inputs import AllOf, AtLeast, Condition, Passed, canonical
from lms.plans.types.credit import Assurance

__all__ = ["condition_from_json", "condition_to_json", "passed_in"]


def condition_to_json(condition: Condition) -> dict[str, Any]:
    """Return the condition as `docs/credit-cases.md` writes it; equal conditions give equal values."""
    if isinstance(condition, Passed):
        return {
            "course": condition.course_id,
            "min_result": canonical(condition.min_share),
            "min_assurance": condition.min_assurance.value,
            "max_age_years": condition.max_age_years,
            "min_level": condition.min_level,
        }
    parts = [condition_to_json(part) for part in condition.parts]
    if isinstance(condition, AllOf):
        return {"all": parts}
    return {"any": parts} if condition.count == 1 else {"at_least": condition.count, "of": parts}


def condition_from_json(data: dict[str, Any]) -> Condition:
    """Return the condition that `condition_to_json` wrote."""
    if "course" in data:
        return Passed(
            data["course"],
            Decimal(data["min_result"]),
            Assurance(data["min_assurance"]),
            data["max_age_years"],
            data["min_level"],
        )
    if "all" in data:
        return AllOf(tuple(condition_from_json(part) for part in data["all"]))
    parts = data["any"] if "any" in data else data["of"]
    return AtLeast(data.get("at_least", 1), tuple(condition_from_json(part) for part in parts))


def passed_in(condition: Condition) -> Iterator[Passed]:
    """Yield every course that the condition asks for, with what it asks of it."""
    if isinstance(condition, Passed):
        yield condition
        return
    for part in condition.parts:
        yield from passed_in(part)
