"""Say which comparisons of a framework's version go over to its next one, and which people have to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from lms.curriculum.types import EdgeView, OutcomeView

__all__ = ["Carried", "CarryKind", "carried"]


class CarryKind(StrEnum):
    """What becomes of a comparison: it holds as it is, its outcome says something else now, its outcome is gone."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Carried:
    """One comparison of the earlier version: what becomes of it, its ends in the next one, the outcome before and after."""

    edge: EdgeView
    kind: CarryKind
    source_id: UUID
    target_id: UUID
    before: OutcomeView
    after: OutcomeView | None


def carried(
    edges: Iterable[EdgeView], before: Mapping[UUID, OutcomeView], after: Mapping[UUID, OutcomeView]
) -> list[Carried]:
    """Return what becomes of each edge that has an end in ``before`` (outcomes by id); ``after`` are the next ones by key.

    An outcome is the same when its words and its level are: its number and its place in the tree mean nothing.
    """
    rows = []
    for edge in edges:
        old = before.get(edge.source_id) or before.get(edge.target_id)
        if old is None:
            continue
        new = after.get(old.key) if old.key is not None else None
        ends = {old.id: new.id if new is not None else old.id}
        rows.append(
            Carried(
                edge,
                _kind(old, new),
                ends.get(edge.source_id, edge.source_id),
                ends.get(edge.target_id, edge.target_id),
                old,
                new,
            )
        )
    return rows


def _kind(old: OutcomeView, new: OutcomeView | None) -> CarryKind:
    if new is None:
        return CarryKind.GONE
    is_same = (old.statement.split(), old.level) == (new.statement.split(), new.level)
    return CarryKind.SAME if is_same else CarryKind.CHANGED
