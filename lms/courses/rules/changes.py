"""Say what changed between two versions of a course, as their authors would say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Change", "ChangeKind", "find_changes", "is_same_block"]

Content = Mapping[str, Any]

#: What makes a block another one to its learner; its key and its place do not.
_SAME = ("type", "title", "content", "alternatives")


class ChangeKind(StrEnum):
    """What happened to a section or a step."""

    SECTION_ADDED = "section_added"
    SECTION_REMOVED = "section_removed"
    SECTION_CHANGED = "section_changed"
    SECTION_MOVED = "section_moved"
    GATE_CHANGED = "gate_changed"
    BLOCK_ADDED = "block_added"
    BLOCK_REMOVED = "block_removed"
    BLOCK_CHANGED = "block_changed"
    BLOCK_MOVED = "block_moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what, in which section, at which block (its key, title and kind; empty for the section itself)."""

    kind: ChangeKind
    section: str
    block: str = ""
    title: str = ""
    type: str = ""


def is_same_block(before: Content, after: Content) -> bool:
    """Tell whether a learner who was done with ``before`` has nothing to do again in ``after``."""
    return all(before.get(name) == after.get(name) for name in _SAME)


def find_changes(before: Sequence[Content], after: Sequence[Content]) -> list[Change]:
    """Return what changed from ``before`` to ``after`` (sections as `structure.section_content` gives them).

    The same content twice has no changes; what only changed its place is moved, not removed and added.
    """
    return [*_sections(before, after), *_blocks(before, after)]


def _sections(before: Sequence[Content], after: Sequence[Content]) -> Iterator[Change]:
    old, new = ({section["key"]: section for section in side} for side in (before, after))
    for key, section in new.items():
        if key not in old:
            yield Change(ChangeKind.SECTION_ADDED, section["title"])
            continue
        if any(old[key][name] != section[name] for name in ("title", "summary")):
            yield Change(ChangeKind.SECTION_CHANGED, section["title"])
        if old[key]["gate"] != section["gate"]:
            yield Change(ChangeKind.GATE_CHANGED, section["title"])
    for key, section in old.items():
        if key not in new:
            yield Change(ChangeKind.SECTION_REMOVED, section["title"])
    for key in _out_of_order([key for key in old if key in new], [key for key in new if key in old]):
        yield Change(ChangeKind.SECTION_MOVED, new[key]["title"])


def _blocks(before: Sequence[Content], after: Sequence[Content]) -> Iterator[Change]:
    old, new = (
        {
            block["key"]: (section["key"], section["title"], block)
            for section in side
            for block in section["blocks"]
        }
        for side in (before, after)
    )
    stayed: dict[str, tuple[list[str], list[str]]] = {}
    for key, (home, title, block) in new.items():
        if key not in old:
            yield _change(ChangeKind.BLOCK_ADDED, title, block)
            continue
        if not is_same_block(old[key][2], block):
            yield _change(ChangeKind.BLOCK_CHANGED, title, block)
        if old[key][0] != home:
            yield _change(ChangeKind.BLOCK_MOVED, title, block)
        else:
            stayed.setdefault(home, ([], []))[1].append(key)
    for key, (home, title, block) in old.items():
        if key not in new:
            yield _change(ChangeKind.BLOCK_REMOVED, title, block)
        elif new[key][0] == home:
            stayed[home][0].append(key)
    for was, now in stayed.values():
        for key in _out_of_order(was, now):
            yield _change(ChangeKind.BLOCK_MOVED, new[key][1], new[key][2])


def _change(kind: ChangeKind, section: str, block: Content) -> Change:
    return Change(kind, section, block["key"], block["title"], block["type"])


def _out_of_order(was: Sequence[str], now: Sequence[str]) -> list[str]:
    """Return as few keys of ``now`` as had to be taken out and put elsewhere: those outside the longest common order."""
    place = {key: number for number, key in enumerate(was)}
    best: list[list[str]] = []  # best[i]: the run that ends in now[i]
    for key in now:
        none: list[str] = []
        longer = max((run for run in best if place[run[-1]] < place[key]), key=len, default=none)
        best.append([*longer, key])
    kept = {key for run in sorted(best, key=len)[-1:] for key in run}
    return [key for key in now if key not in kept]
