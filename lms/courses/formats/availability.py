"""Turn what opens a section of a Moodle course into a gate, and say what of it has no place here.

Source: Moodle, availability API: a tree of ``op`` (& | !& !|) over conditions with a ``type``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lms.courses.formats.values import Reason
from lms.courses.rules.gates import is_too_large
from lms.courses.types import GateCondition, GateJoin, GateKind, GateRule, GateTerm

__all__ = ["read_availability"]

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
