"""Bring a plan up to date with its template without losing anybody's own change (P6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lms.plans.rules.plan_content import ItemContent, merge_content

__all__ = ["OwnItem", "brought_up_to_date", "kept_changes"]


@dataclass(frozen=True, slots=True)
class OwnItem:
    """An item of a plan beside what its template said when it was last taken over; None: it never came from there."""

    content: ItemContent
    base: ItemContent | None


def brought_up_to_date(
    items: Mapping[str, OwnItem], template: Mapping[str, ItemContent]
) -> dict[str, ItemContent]:
    """Return the plan's items with what the template says now.

    Every field that differs from its base stays as it is; items of one's own and items that the template has not stay;
    what was taken out of the plan is not put back.
    """
    return {
        key: merge_content(item.base, item.content, template[key])
        if item.base is not None and key in template
        else item.content
        for key, item in items.items()
    }


def kept_changes(items: Mapping[str, OwnItem], template: Mapping[str, ItemContent]) -> int:
    """Return how many fields stay as somebody set them although the template says something else."""
    return sum(
        getattr(item.content, field.name)
        not in (getattr(item.base, field.name), getattr(template[key], field.name))
        for key, item in items.items()
        if item.base is not None and key in template
        for field in fields(ItemContent)
    )
