"""Write the numbers of the comparison that a school changed, and read them back over the usual ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lms.plans.rules.match_inputs import MatchFactors, canonical

__all__ = ["factors_from_json", "factors_to_json"]


def factors_from_json(data: Mapping[str, Any]) -> MatchFactors:
    """Return the numbers: those of ``data``, the usual ones for the rest."""
    usual = MatchFactors()
    changed: dict[str, Any] = {
        name: Decimal(value)
        for name, value in data.items()
        if name not in {"relation", "trust", "fresh_years"}
    }
    if "relation" in data:
        merged = {**dict(usual.relation), **{k: Decimal(v) for k, v in data["relation"].items()}}
        changed["relation"] = tuple(sorted(merged.items()))
    if "trust" in data:
        changed["trust"] = tuple(Decimal(one) for one in data["trust"])
    if "fresh_years" in data:
        changed["fresh_years"] = int(data["fresh_years"])
    return dataclasses.replace(usual, **changed)


def factors_to_json(factors: MatchFactors) -> dict[str, Any]:
    """Return the numbers that differ from the usual ones, as a case file writes them."""
    usual = MatchFactors()
    changed = {
        field.name: canonical(getattr(factors, field.name))
        for field in dataclasses.fields(factors)
        if getattr(factors, field.name) != getattr(usual, field.name)
    }
    if "relation" in changed:
        changed["relation"] = dict(changed["relation"])
    return changed
