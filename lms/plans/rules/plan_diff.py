"""Tell two versions of a plan apart, change by change, so that each reads as one sentence (P7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lms.plans.rules.plan_content import ItemContent
from lms.plans.types.plans import OutcomeHours

__all__ = ["Change", "diff_items"]

#: Fields that are compared as they are: the change's code is the field's name.
_PLAIN = (
    "title",
    "subject",
    "hours",
    "period",
    "delivery",
    "course_id",
    "external_course",
    "attestation_form",
    "session_id",
    "deadline",
    "note",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``code`` says which sentence, ``title`` names the item, ``before``/``after`` the values."""

    code: str
    item_key: str
    title: str
    before: Any = None
    after: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)


def diff_items(old: Mapping[str, ItemContent], new: Mapping[str, ItemContent]) -> list[Change]:
    """Return the changes from ``old`` to ``new``: removed, then added, then changed items in their order.

    Equal versions have no changes; every changed field of every item gives exactly one.
    """
    changes = [Change("removed", key, item.title, before=item) for key, item in old.items() if key not in new]
    changes += [Change("added", key, item.title, after=item) for key, item in new.items() if key not in old]
    for key, item in new.items():
        if key in old:
            changes += _item_changes(key, old[key], item)
            changes += _order_changes(key, old, new)
    return changes


def _order_changes(key: str, old: Mapping[str, ItemContent], new: Mapping[str, ItemContent]) -> list[Change]:
    """Return the change of what comes before an item, in titles: keys say nothing to a reader."""
    known = {**old, **new}
    before, after = (
        ", ".join(known[other].title for other in sorted(item.prerequisites) if other in known)
        for item in (old[key], new[key])
    )
    is_same = set(old[key].prerequisites) == set(new[key].prerequisites)
    return [] if is_same else [Change("prerequisites", key, new[key].title, before, after)]


def _item_changes(key: str, old: ItemContent, new: ItemContent) -> list[Change]:
    changes = [
        Change(name, key, new.title, before=getattr(old, name), after=getattr(new, name))
        for name in _PLAIN
        if getattr(old, name) != getattr(new, name)
    ]
    return changes + _outcome_changes(key, new.title, old.outcomes, new.outcomes)


def _outcome_changes(
    key: str, title: str, old: tuple[OutcomeHours, ...], new: tuple[OutcomeHours, ...]
) -> list[Change]:
    before = {share.outcome_id: share.hours for share in old}
    after = {share.outcome_id: share.hours for share in new}
    changes = [
        Change("outcome_removed", key, title, before=hours, params={"outcome": outcome})
        for outcome, hours in before.items()
        if outcome not in after
    ]
    for outcome, hours in after.items():
        if outcome not in before:
            changes.append(Change("outcome_added", key, title, after=hours, params={"outcome": outcome}))
        elif before[outcome] != hours:
            params = {"outcome": outcome}
            changes.append(Change("outcome_hours", key, title, before[outcome], hours, params))
    return changes
