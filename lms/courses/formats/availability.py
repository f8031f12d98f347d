"""Turn what opens a section or an activity of a Moodle course into a gate, and say what of it has no place here.

Gates stand before sections here: activities that follow each other under one condition become a section of their own.

Source: Moodle, availability API: a tree of ``op`` (& | !& !|) over conditions with a ``type``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from lms.courses.formats.values import FoundItem, FoundSection, Reason
from lms.courses.rules.gates import is_too_large
from lms.courses.types import GateCondition, GateJoin, GateKind, GateRule, GateTerm

__all__ = ["Group", "Opened", "grouped", "read_availability", "with_condition"]

MAX_DEPTH = 8
#: Moodle's words for: it was completed, in whichever way; completed and passed.
_DONE = (1, 2)


class _Tree:
    """One tree of conditions; ``places`` has the section of each activity, ``own`` is the section that it opens."""

    def __init__(self, places: Mapping[str, str], own: str) -> None:
        self.places, self.own = places, own
        self.reasons: list[Reason] = []

    def term(self, node: Any, depth: int = 0) -> GateTerm | None:
        """Return a node as a term of a gate; None, with the reason noted, for what cannot be said here."""
        if not isinstance(node, Mapping) or depth > MAX_DEPTH:
            return self._lost("?")
        return self._rule(node, depth) if "op" in node else self._condition(node)

    def _rule(self, node: Mapping[str, Any], depth: int) -> GateTerm | None:
        children = node.get("c")
        if not isinstance(children, list) or node["op"] not in {"&", "|"}:
            return self._lost(str(node["op"])[:10])
        parts = [self.term(each, depth + 1) for each in children]
        kept = tuple(part for part in parts if part is not None)
        if not kept or (node["op"] == "|" and len(kept) < len(parts)):
            return None  # one way of several that is not there any more would shut out whoever took it
        join = GateJoin.ALL if node["op"] == "&" else GateJoin.ANY
        return kept[0] if len(kept) == 1 else GateRule(join, kept)

    def _condition(self, node: Mapping[str, Any]) -> GateTerm | None:
        kind, moment = str(node.get("type"))[:30], node.get("t")
        if kind == "date" and node.get("d") == ">=" and isinstance(moment, int) and 0 < moment < 2**32:
            return GateCondition(kind=GateKind.SINCE, day=datetime.fromtimestamp(moment, UTC).date())
        section = self.places.get(str(node.get("cm")))
        if kind == "completion" and node.get("e") in _DONE and section not in {None, self.own}:
            self.reasons.append(Reason("availability.section"))
            return GateCondition(str(section))
        return self._lost(kind)

    def _lost(self, what: str) -> GateTerm | None:
        self.reasons.append(Reason("availability.partly", what))
        return None


def read_availability(
    text: str, places: Mapping[str, str], own: str
) -> tuple[tuple[GateTerm, ...], tuple[Reason, ...]]:
    """Return the gate of section ``own`` and what was changed or left out of it; no gate for what cannot be read."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return (), (Reason("availability.partly", "?"),)
    if not isinstance(said, Mapping) or not said.get("c"):
        return (), ()
    tree = _Tree(places, own)
    term = tree.term(said)
    gate: tuple[GateTerm, ...] = () if term is None else (term,)
    if isinstance(term, GateRule) and term.join is GateJoin.ALL:
        gate = term.parts
    if is_too_large(gate):
        gate, tree.reasons = (), [Reason("gate.left_out")]
    return gate, tuple(dict.fromkeys(tree.reasons))


@dataclass(frozen=True, slots=True)
class Opened:
    """An activity of a backup: its key there, what it becomes, and what opens it (JSON; empty: nothing of its own)."""

    key: str
    item: FoundItem
    said: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Activities that follow each other in a section under one condition."""

    key: str
    members: tuple[Opened, ...]
    said: str = ""

    @property
    def items(self) -> tuple[FoundItem, ...]:
        """Return what they become."""
        return tuple(member.item for member in self.members)


def grouped(key: str, members: Sequence[Opened]) -> list[Group]:
    """Return the activities of section ``key`` by what opens them; the first of them keep the section.

    A condition that no gate can say, or whose activity could not be taken over, is told at its item and makes no section.
    """
    alone = {member.key: f"?{member.key}" for member in members}
    plain = []
    for member in members:
        gate, reasons = (
            read_availability(member.said, _Anywhere(alone), alone[member.key]) if member.said else ((), ())
        )
        is_gate = bool(gate) and bool(member.item.blocks)
        item = member.item if is_gate else _told(member.item, reasons)
        plain.append(Opened(member.key, item, member.said if is_gate else ""))
    runs = [(said, tuple(run)) for said, run in groupby(plain, key=lambda member: member.said)]
    return [
        Group(key if not number else f"{key}.{number}", run, said) for number, (said, run) in enumerate(runs)
    ]


class _Anywhere(dict[str, str]):
    """Where activities lie, before that is known of all of them: one of another section counts as somewhere."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the place of an activity."""
        return super().get(key, f"?{key}")


def _told(item: FoundItem, reasons: Sequence[Reason]) -> FoundItem:
    return replace(
        item, reasons=(*item.reasons, *(Reason("availability.activity", why.detail) for why in reasons))
    )


def with_condition(section: FoundSection, group: Group, places: Mapping[str, str]) -> FoundSection:
    """Return a section that opens by its own gate and by the condition of its group; its first item says what has changed."""
    if not group.said or not group.items:
        return section
    gate, reasons = read_availability(group.said, places, group.key)
    whole = (*section.gate, *gate)
    if is_too_large(whole):
        whole, reasons = section.gate, (Reason("gate.left_out"),)
    told = (Reason("availability.own_section"), *reasons) if gate else reasons
    at = len(section.items) - len(group.items)  # what stands at the top of a section comes before
    first = replace(section.items[at], reasons=(*section.items[at].reasons, *told))
    return replace(section, gate=whole, items=(*section.items[:at], first, *section.items[at + 1 :]))
