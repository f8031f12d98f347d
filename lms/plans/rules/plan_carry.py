"""Say what a new year's plan takes over from the last one: what is still open, and how subjects were studied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lms.plans.rules.plan_content import ItemContent
from lms.plans.types.plans import Delivery, ItemState

__all__ = ["PastItem", "carried_ways", "open_items"]

#: Ways of studying that belong to the student, whatever the year; a course or partner belongs to one item only.
_LASTING = frozenset({Delivery.HOME})
_CLOSED = frozenset({ItemState.ACHIEVED, ItemState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class PastItem:
    """An item of last year's plan with where it stands."""

    stable_key: str
    content: ItemContent
    state: ItemState


def open_items(past: Iterable[PastItem], first_period: int, note: str) -> dict[str, ItemContent]:
    """Return what was left open last year, to be finished in the first period, by the old keys.

    What belonged to the old year alone (the deadline, the chosen exam) is not taken along; ``note`` says whence it comes.
    """
    return {
        item.stable_key: replace(
            item.content,
            period=first_period,
            deadline=None,
            session_id=None,
            note=note,
            curriculum_item_id=None,
            prerequisites=(),
        )
        for item in past
        if item.state not in _CLOSED
    }


def carried_ways(past: Iterable[PastItem], new: Mapping[str, ItemContent]) -> dict[str, ItemContent]:
    """Return the new year's items with the way of studying that their subject had throughout last year."""
    ways: dict[str, set[Delivery]] = {}
    for item in past:
        ways.setdefault(item.content.subject, set()).add(item.content.delivery)
    lasting = {subject: found for subject, found in ways.items() if len(found) == 1 and found <= _LASTING}
    return {
        key: replace(content, delivery=next(iter(lasting[content.subject])))
        if content.subject in lasting
        else content
        for key, content in new.items()
    }
