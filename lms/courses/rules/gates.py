"""Say which sections are open: gates are small expressions over progress, the calendar and who learns.

A gate is a row of terms that all have to hold. A term is a condition or a rule over terms (all, any, none). ``not`` stands
only before what does not change while somebody learns (class, support plan), so a section that has opened never closes again.
A section whose gate can never open for a learner, because it asks for another class or another support plan, is not meant for
her: she is not shown it, it does not count, and who waits for its completion does not wait.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lms.courses.types import GateCondition, GateJoin, GateKind, GateRule, GateTerm, Need

__all__ = [
    "MAX_DEPTH",
    "MAX_TERMS",
    "NOBODY",
    "PERSONAL",
    "BlockPlan",
    "Reader",
    "SectionPlan",
    "SectionProgress",
    "as_rows",
    "closed_by",
    "conditions_of",
    "depth_of",
    "from_rows",
    "is_meant_for",
    "is_open",
    "is_too_large",
    "open_sections",
    "read_gate",
    "read_term",
    "write_gate",
]

#: How deep rules may stand in each other, and how many conditions a gate may have: a person has to understand it.
MAX_DEPTH = 4
MAX_TERMS = 24

#: What a learner is, not what she does.
PERSONAL = frozenset({GateKind.GROUP, GateKind.MEASURE})

Verdict = bool | None


@dataclass(frozen=True, slots=True)
class Reader:
    """What gates may ask about a learner: her classes, the measures of her support plan, and which day it is for her."""

    groups: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()
    today: date = date.min


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """What a gate check needs to know about a block."""

    key: str
    needs: frozenset[Need] = frozenset()
    alternatives: Mapping[str, str] = field(default_factory=dict)
    is_scored: bool = False


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """What a gate check needs to know about a section."""

    key: str
    gate: tuple[GateTerm, ...] = ()
    blocks: tuple[BlockPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """How one learner stands in one section: ``score`` 0..1 is None until a scored block was answered."""

    is_completed: bool = False
    score: Decimal | None = None


# --- what holds ------------------------------------------------------------------------------------------------


def _verdict(term: GateTerm, ask: Callable[[GateCondition], Verdict]) -> Verdict:
    """Return whether a term holds; None while that depends on what is not known."""
    if isinstance(term, GateCondition):
        return ask(term)
    parts = [_verdict(part, ask) for part in term.parts]
    if term.join is GateJoin.ALL:
        return False if False in parts else None if None in parts else True
    some = True if True in parts else None if None in parts else False
    return some if term.join is GateJoin.ANY else None if some is None else not some


def _is_personal(condition: GateCondition, reader: Reader) -> Verdict:
    """Tell whether a condition on who learns holds; None for every other condition."""
    if condition.kind is GateKind.GROUP:
        return condition.name in reader.groups
    return condition.name in reader.measures if condition.kind is GateKind.MEASURE else None


def _holds(term: GateTerm, progress: Mapping[str, SectionProgress], reader: Reader) -> bool:
    def ask(condition: GateCondition) -> Verdict:
        if condition.kind in PERSONAL:
            return _is_personal(condition, reader)
        if condition.kind is GateKind.SINCE:
            return condition.day is not None and reader.today >= condition.day
        there = progress.get(condition.section, SectionProgress())
        if condition.kind is GateKind.COMPLETED:
            return there.is_completed
        return there.score is not None and there.score >= (condition.at_least or Decimal(0))

    return _verdict(term, ask) is True


NOBODY = Reader()


def is_open(
    gate: Iterable[GateTerm], progress: Mapping[str, SectionProgress], reader: Reader = NOBODY
) -> bool:
    """Tell whether every term of ``gate`` holds."""
    return all(_holds(term, progress, reader) for term in gate)


def is_meant_for(gate: Iterable[GateTerm], reader: Reader) -> bool:
    """Tell whether ``gate`` could open for a learner one day, whatever she does."""
    return all(_verdict(term, lambda asked: _is_personal(asked, reader)) is not False for term in gate)


def closed_by(
    gate: Iterable[GateTerm], progress: Mapping[str, SectionProgress], reader: Reader = NOBODY
) -> list[GateTerm]:
    """Return the terms that do not hold yet."""
    return [term for term in gate if not _holds(term, progress, reader)]


def open_sections(
    sections: Sequence[SectionPlan], progress: Mapping[str, SectionProgress], reader: Reader = NOBODY
) -> list[str]:
    """Return the keys of the open sections in the order of the course."""
    return [section.key for section in sections if is_open(section.gate, progress, reader)]


# --- the shape of a gate ---------------------------------------------------------------------------------------


def conditions_of(gate: Iterable[GateTerm]) -> Iterator[GateCondition]:
    """Return every condition in a gate, however deep it stands."""
    for term in gate:
        if isinstance(term, GateCondition):
            yield term
        else:
            yield from conditions_of(term.parts)


def depth_of(term: GateTerm) -> int:
    """Return how many rules stand in each other at the deepest place."""
    if isinstance(term, GateCondition):
        return 0
    return 1 + max((depth_of(part) for part in term.parts), default=0)


def is_too_large(gate: Collection[GateTerm]) -> bool:
    """Tell whether a gate has more conditions, or rules in rules, than a person understands."""
    return sum(1 for _each in conditions_of(gate)) > MAX_TERMS or any(
        depth_of(term) > MAX_DEPTH for term in gate
    )


def as_rows(gate: Iterable[GateTerm]) -> list[list[tuple[GateCondition, bool]]] | None:
    """Return a gate as groups of (condition, whether it holds): in each group one is enough; None for a deeper one."""
    groups: list[list[tuple[GateCondition, bool]]] = []
    for term in gate:
        parts = term.parts if isinstance(term, GateRule) and term.join is GateJoin.ANY else (term,)
        row = [literal for part in parts if (literal := _literal(part)) is not None]
        if len(row) < len(parts):
            return None
        groups.append(row)
    return groups


def _literal(term: GateTerm) -> tuple[GateCondition, bool] | None:
    if isinstance(term, GateCondition):
        return term, True
    only = term.parts[0] if len(term.parts) == 1 else None
    return (only, False) if term.join is GateJoin.NOT and isinstance(only, GateCondition) else None


def from_rows(groups: Iterable[Sequence[tuple[GateCondition, bool]]]) -> tuple[GateTerm, ...]:
    """Return the gate that `as_rows` gives as these groups."""
    made: list[GateTerm] = []
    for group in groups:
        parts = tuple(
            condition if holds else GateRule(GateJoin.NOT, (condition,)) for condition, holds in group
        )
        made.append(parts[0] if len(parts) == 1 else GateRule(GateJoin.ANY, parts))
    return tuple(made)


def write_gate(gate: Iterable[GateTerm]) -> list[dict[str, Any]]:
    """Return a gate as it is stored and as programs are given it."""
    return [_written(term) for term in gate]


def _written(term: GateTerm) -> dict[str, Any]:
    if isinstance(term, GateRule):
        return {term.join.value: write_gate(term.parts)}
    if term.kind is GateKind.SINCE:
        return {"kind": term.kind.value, "day": None if term.day is None else term.day.isoformat()}
    if term.kind in PERSONAL:
        return {"kind": term.kind.value, "name": term.name}
    least = None if term.at_least is None else str(term.at_least)
    return {"section": term.section, "kind": term.kind.value, "at_least": least}


def read_gate(rows: Iterable[Any]) -> tuple[GateTerm, ...]:
    """Return the gate that `write_gate` has written; raise ValueError for anything else."""
    return tuple(read_term(row) for row in rows)


def read_term(row: Any, depth: int = 0) -> GateTerm:
    """Return one term of a gate; raise ValueError for what is none, or stands too deep."""
    if not isinstance(row, dict) or depth > MAX_DEPTH:
        raise ValueError("no term")
    for join in GateJoin:
        if join.value in row:
            parts = row[join.value]
            if not isinstance(parts, list) or len(parts) > MAX_TERMS:
                raise ValueError("no parts")
            return GateRule(join, tuple(read_term(part, depth + 1) for part in parts))
    kind = GateKind(str(row.get("kind")))
    if kind is GateKind.SINCE:
        return GateCondition(kind=kind, day=date.fromisoformat(str(row.get("day"))))
    if kind in PERSONAL:
        return GateCondition(kind=kind, name=str(row.get("name", ""))[:60])
    try:
        least = None if row.get("at_least") is None else Decimal(str(row["at_least"]))
    except InvalidOperation:
        raise ValueError("no share") from None
    if least is not None and not least.is_finite():
        raise ValueError("no share")
    return GateCondition(str(row.get("section", ""))[:60], kind, least)
