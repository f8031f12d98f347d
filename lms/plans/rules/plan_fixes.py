"""Offer for each finding of the checks one change that mends it: data in, data out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from lms.curriculum.types import CurriculumItemView
from lms.plans.rules.plan_checks import CheckContext, Finding, weekly_load
from lms.plans.rules.plan_content import ItemContent

__all__ = ["Fix", "finding_key", "offer_fix"]


@dataclass(frozen=True, slots=True)
class Fix:
    """One change of a draft: a module to add, or another content for the item ``item_key``.

    ``code`` says which sentence words it: ``add``, ``hours``, ``move``, ``form``, ``deadline``.
    """

    code: str
    module: CurriculumItemView | None = None
    item_key: str = ""
    content: ItemContent | None = None


def finding_key(finding: Finding) -> str:
    """Return what tells a finding from the others of one version; it stays the same until something changes."""
    about = finding.params.get("outcome", finding.params.get("period", ""))
    return "|".join([finding.code, finding.item_key or "", finding.subject, str(about)])


def offer_fix(finding: Finding, items: Mapping[str, ItemContent], context: CheckContext) -> Fix | None:
    """Return the smallest change that mends a finding, or None where a person has to choose.

    A change is offered only if it takes the finding away or, for hours, brings them nearer to what is asked.
    """
    match finding.code:
        case "subject_missing" | "hours_short" | "outcome_gap" | "empty":
            return _more_of(finding, items, context)
        case "overload":
            return _move_away(int(finding.params["period"]), items, context)
        case "form_missing" | "period_unknown" | "deadline_early":
            key = finding.item_key or ""
            return _settle(finding.code, key, items[key], context) if key in items else None
    return None


def _more_of(finding: Finding, items: Mapping[str, ItemContent], context: CheckContext) -> Fix | None:
    """Offer the module that is missing, or the curriculum's hours back for an item that was cut."""
    there = {item.curriculum_item_id for item in items.values()}
    modules = [m for m in context.modules() if not finding.subject or m.subject == finding.subject]
    outcome = finding.params.get("outcome")
    for module in modules:
        teaches = outcome is None or any(share.outcome_id == outcome for share in module.outcomes)
        if module.id not in there and module.is_mandatory and teaches:
            return Fix("add", module=module)
    hours = {module.id: module for module in modules}
    for key, item in items.items():
        module_of = hours.get(item.curriculum_item_id) if item.curriculum_item_id else None
        if outcome is None and module_of is not None and item.hours < module_of.hours:
            return Fix("hours", item_key=key, content=replace(item, hours=module_of.hours))
    return None


def _move_away(period: int, items: Mapping[str, ItemContent], context: CheckContext) -> Fix | None:
    """Offer the longest item of an overfull period that fits into another one, the emptiest first."""
    limit = context.curriculum.weekly_hours_max
    load = weekly_load(items.values(), context.curriculum)
    weeks = {p.number: p.weeks for p in context.curriculum.periods}
    others = sorted(
        (number for number in weeks if number != period), key=lambda number: (load[number], number)
    )
    own = sorted((key for key, item in items.items() if item.period == period), key=lambda k: -items[k].hours)
    for key in own:
        for number in others:
            if load[number] + items[key].hours / weeks[number] <= limit - Decimal("0.1"):
                return Fix("move", item_key=key, content=replace(items[key], period=number))
    return None


def _settle(code: str, key: str, item: ItemContent, context: CheckContext) -> Fix | None:
    periods = {p.number: p for p in context.curriculum.periods}
    module = next((m for m in context.curriculum.items if m.id == item.curriculum_item_id), None)
    if code == "form_missing" and module is not None:
        return Fix("form", item_key=key, content=replace(item, attestation_form=module.attestation_form))
    if code == "period_unknown" and periods:
        nearest = min(periods, key=lambda number: abs(number - item.period))
        return Fix("move", item_key=key, content=replace(item, period=nearest))
    if code == "deadline_early" and item.period in periods:
        ends_on = periods[item.period].ends_on
        return Fix("deadline", item_key=key, content=replace(item, deadline=ends_on))
    return None
