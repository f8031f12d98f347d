"""Check a plan against its curriculum before it may be submitted (P4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.curriculum.types import CurriculumItemView, CurriculumView
from lms.plans.rules.plan_content import ItemContent
from lms.plans.rules.prerequisites import ring_in
from lms.plans.types.plans import Delivery, PlanScope

__all__ = ["CheckContext", "Finding", "check_plan", "weekly_load"]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check: what is wrong, where, and whether it forbids to submit."""

    code: str
    is_blocking: bool = True
    item_key: str | None = None
    subject: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a plan is measured against; ``published_courses`` are the own courses that can be taken now."""

    curriculum: CurriculumView
    scope: PlanScope
    subjects: frozenset[str] = frozenset()
    published_courses: frozenset[UUID] = frozenset()

    def modules(self) -> list[CurriculumItemView]:
        """Return the modules that the plan must answer for: all, or those of the plan's own subjects."""
        if self.scope is PlanScope.WHOLE:
            return list(self.curriculum.items)
        return [item for item in self.curriculum.items if item.subject in self.subjects]


def check_plan(items: Mapping[str, ItemContent], context: CheckContext) -> list[Finding]:
    """Return everything that is wrong, blocking findings first."""
    if not items:
        return [Finding("empty")]
    findings = [
        *_missing_subjects(items, context),
        *_missing_hours(items, context),
        *_overload(items, context),
        *_outcome_gaps(items, context),
        *_circles(items),
        *(finding for key, item in items.items() for finding in _order_findings(key, item, items)),
        *(finding for key, item in items.items() for finding in _item_findings(key, item, context)),
    ]
    return sorted(findings, key=lambda finding: not finding.is_blocking)


def _hours_by_subject(rows: Iterable[ItemContent | CurriculumItemView]) -> dict[str, Decimal]:
    hours: dict[str, Decimal] = {}
    for row in rows:
        hours[row.subject] = hours.get(row.subject, ZERO) + row.hours
    return hours


def _missing_subjects(items: Mapping[str, ItemContent], context: CheckContext) -> list[Finding]:
    planned = {item.subject for item in items.values()}
    wanted = _hours_by_subject(module for module in context.modules() if module.is_mandatory)
    return [
        Finding("subject_missing", subject=subject, params={"hours": hours})
        for subject, hours in wanted.items()
        if subject not in planned
    ]


def _missing_hours(items: Mapping[str, ItemContent], context: CheckContext) -> list[Finding]:
    planned = _hours_by_subject(items.values())
    wanted = _hours_by_subject(module for module in context.modules() if module.is_mandatory)
    return [
        Finding("hours_short", subject=subject, params={"missing": hours - planned[subject], "wanted": hours})
        for subject, hours in wanted.items()
        if subject in planned and planned[subject] < hours
    ]


def weekly_load(items: Iterable[ItemContent], curriculum: CurriculumView) -> dict[int, Decimal]:
    """Return the hours a week in each period of the year, to one decimal place."""
    load = {}
    rows = list(items)
    for period in curriculum.periods:
        hours = sum((item.hours for item in rows if item.period == period.number), ZERO)
        load[period.number] = round(hours / period.weeks, 1)
    return load


def _overload(items: Mapping[str, ItemContent], context: CheckContext) -> list[Finding]:
    limit = context.curriculum.weekly_hours_max
    return [
        Finding("overload", params={"period": number, "load": load, "limit": limit})
        for number, load in weekly_load(items.values(), context.curriculum).items()
        if load > limit
    ]


def _outcome_gaps(items: Mapping[str, ItemContent], context: CheckContext) -> list[Finding]:
    """Name every outcome of a mandatory module that no item plans (for subjects the plan has at all)."""
    planned = {share.outcome_id for item in items.values() for share in item.outcomes}
    subjects = {item.subject for item in items.values()}
    return [
        Finding(
            "outcome_gap", subject=module.subject, params={"outcome": share.outcome_id, "hours": share.hours}
        )
        for module in context.modules()
        if module.is_mandatory and module.subject in subjects
        for share in module.outcomes
        if share.outcome_id not in planned
    ]


def _circles(items: Mapping[str, ItemContent]) -> list[Finding]:
    """Name the items that wait for each other in a circle: none of them could begin."""
    ring = ring_in({key: item.prerequisites for key, item in items.items()})
    titles = [items[key].title for key in ring]
    return [Finding("prerequisite_circle", True, ring[0], params={"titles": titles})] if ring else []


def _order_findings(key: str, item: ItemContent, items: Mapping[str, ItemContent]) -> list[Finding]:
    """Name what an item waits for although it comes later, or is not in the plan any more."""
    before = {other: items.get(other) for other in item.prerequisites}
    found = [
        Finding("prerequisite_later", True, key, item.subject, {"title": item.title, "before": other.title})
        for other in before.values()
        if other is not None and other.period > item.period
    ]
    if None in before.values():
        found.append(Finding("prerequisite_gone", False, key, item.subject, {"title": item.title}))
    return found


def _item_findings(key: str, item: ItemContent, context: CheckContext) -> list[Finding]:
    found = []
    params = {"title": item.title}
    if item.attestation_form is None:
        found.append(Finding("form_missing", True, key, item.subject, params))
    if item.delivery is Delivery.OWN_COURSE and item.course_id is None:
        found.append(Finding("course_missing", True, key, item.subject, params))
    elif item.delivery is Delivery.OWN_COURSE and item.course_id not in context.published_courses:
        found.append(Finding("course_not_published", True, key, item.subject, params))
    if item.delivery in {Delivery.EXTERNAL, Delivery.NETWORK} and not item.external_course.strip():
        found.append(Finding("external_missing", True, key, item.subject, params))
    if sum((share.hours for share in item.outcomes), ZERO) > item.hours:
        found.append(Finding("outcome_hours_exceed", True, key, item.subject, params))
    periods = {period.number: period for period in context.curriculum.periods}
    if item.period not in periods:
        found.append(Finding("period_unknown", True, key, item.subject, params))
    elif item.deadline is not None and item.deadline < periods[item.period].starts_on:
        found.append(Finding("deadline_early", False, key, item.subject, params))
    return found
