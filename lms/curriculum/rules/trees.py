"""Order trees of outcomes and say what changed from one version to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

__all__ = ["MAX_DEPTH", "Change", "ChangeKind", "Node", "changes", "in_tree_order"]

#: Deeper than any real list of outcomes; a walk never goes further.
MAX_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Node:
    """One outcome of a tree; ``key`` is the same in every version, ``parent`` the key of the outcome above."""

    key: UUID
    parent: UUID | None
    code: str
    statement: str
    level: int = 1


class ChangeKind(StrEnum):
    """What can happen to an outcome between two versions."""

    ADDED = "added"
    REMOVED = "removed"
    REWORDED = "reworded"
    RECODED = "recoded"
    RELEVELLED = "relevelled"
    MOVED = "moved"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one outcome: what it was and what it is (empty where there was or is nothing)."""

    kind: ChangeKind
    key: UUID | None
    before: str
    after: str


def in_tree_order(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes depth first, siblings in the order given; what no root leads to is left out."""
    below: dict[UUID | None, list[Node]] = {}
    for node in nodes:
        below.setdefault(node.parent, []).append(node)
    found: list[Node] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(below.get(node.key, [])))
    return found


def changes(before: Iterable[Node], after: Iterable[Node]) -> list[Change]:
    """Return what leads from one version to the other, in the order of the new one; empty only when they are equal."""
    old, new = {node.key: node for node in before}, {node.key: node for node in after}
    found = []
    for node in new.values():
        earlier = old.get(node.key)
        if earlier is None:
            found.append(Change(ChangeKind.ADDED, node.key, "", node.statement))
        else:
            found += _changed(earlier, node, old, new)
    found += [
        Change(ChangeKind.REMOVED, key, node.statement, "") for key, node in old.items() if key not in new
    ]
    return found + _reordered(old, new)


def _changed(earlier: Node, node: Node, old: dict[UUID, Node], new: dict[UUID, Node]) -> list[Change]:
    found = []
    if earlier.statement != node.statement:
        found.append(Change(ChangeKind.REWORDED, node.key, earlier.statement, node.statement))
    if earlier.code != node.code:
        found.append(Change(ChangeKind.RECODED, node.key, earlier.code, node.code))
    if earlier.level != node.level:
        found.append(Change(ChangeKind.RELEVELLED, node.key, str(earlier.level), str(node.level)))
    if earlier.parent != node.parent:
        words = [
            nodes[key].statement if key is not None and key in nodes else ""
            for nodes, key in ((old, earlier.parent), (new, node.parent))
        ]
        found.append(Change(ChangeKind.MOVED, node.key, *words))
    return found


def _reordered(old: dict[UUID, Node], new: dict[UUID, Node]) -> list[Change]:
    """Return the parents whose lasting children stand in another order."""
    found = []
    for parent in dict.fromkeys(node.parent for node in new.values()):
        rows = [
            [key for key, node in nodes.items() if node.parent == parent and _stays(key, parent, old, new)]
            for nodes in (old, new)
        ]
        if rows[0] != rows[1]:
            words = new[parent].statement if parent is not None and parent in new else ""
            found.append(Change(ChangeKind.REORDERED, parent, words, words))
    return found


def _stays(key: UUID, parent: UUID | None, old: dict[UUID, Node], new: dict[UUID, Node]) -> bool:
    return key in old and key in new and old[key].parent == parent == new[key].parent
