"""Say which sections are open, whether a set of gates can be passed at all, and who would be stuck where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lms.courses.types import Audience, GateCondition, GateKind, Need, StuckLearner

__all__ = [
    "BlockPlan",
    "GateFault",
    "SectionPlan",
    "SectionProgress",
    "closed_by",
    "find_cycle",
    "find_faults",
    "find_stuck",
    "is_open",
    "open_sections",
]

#: What each audience lacks.
LACKS: Mapping[Audience, Need] = {
    Audience.WITHOUT_SIGHT: Need.SIGHT,
    Audience.WITHOUT_HEARING: Need.HEARING,
    Audience.WITHOUT_SPEECH: Need.SPEECH,
    Audience.KEYBOARD_ONLY: Need.POINTER,
    Audience.NO_CAMERA: Need.CAMERA,
    Audience.LOW_BANDWIDTH: Need.BANDWIDTH,
}


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
    gate: tuple[GateCondition, ...] = ()
    blocks: tuple[BlockPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """How one learner stands in one section: ``score`` 0..1 is None until a scored block was answered."""

    is_completed: bool = False
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GateFault:
    """Why a set of gates cannot be published: the code and the keys it is about."""

    code: str
    sections: tuple[str, ...]


def holds(condition: GateCondition, progress: Mapping[str, SectionProgress]) -> bool:
    """Tell whether one condition holds."""
    there = progress.get(condition.section, SectionProgress())
    if condition.kind is GateKind.COMPLETED:
        return there.is_completed
    return there.score is not None and there.score >= (condition.at_least or Decimal(0))


def is_open(gate: Iterable[GateCondition], progress: Mapping[str, SectionProgress]) -> bool:
    """Tell whether every condition of ``gate`` holds."""
    return all(holds(condition, progress) for condition in gate)


def closed_by(gate: Iterable[GateCondition], progress: Mapping[str, SectionProgress]) -> list[GateCondition]:
    """Return the conditions that do not hold yet."""
    return [condition for condition in gate if not holds(condition, progress)]


def open_sections(sections: Sequence[SectionPlan], progress: Mapping[str, SectionProgress]) -> list[str]:
    """Return the keys of the open sections in the order of the course."""
    return [section.key for section in sections if is_open(section.gate, progress)]


def find_cycle(sections: Sequence[SectionPlan]) -> tuple[str, ...]:
    """Return the keys of sections that wait for each other, in order; an empty tuple means that the gates are acyclic."""
    waits = {section.key: [condition.section for condition in section.gate] for section in sections}
    finished: set[str] = set()
    for start in waits:
        trail: list[str] = []
        cycle = _walk(start, waits, trail, finished)
        if cycle:
            return cycle
    return ()


def _walk(key: str, waits: Mapping[str, list[str]], trail: list[str], finished: set[str]) -> tuple[str, ...]:
    if key in trail:
        return tuple(trail[trail.index(key) :])
    if key in finished:
        return ()
    trail.append(key)
    for other in waits.get(key, []):
        cycle = _walk(other, waits, trail, finished)
        if cycle:
            return cycle
    trail.pop()
    finished.add(key)
    return ()


def find_faults(sections: Sequence[SectionPlan]) -> list[GateFault]:
    """Return why nobody could ever pass these gates: unknown sections, cycles, scores where nothing is scored."""
    faults: list[GateFault] = []
    by_key = {section.key: section for section in sections}
    for section in sections:
        for condition in section.gate:
            target = by_key.get(condition.section)
            if target is None:
                faults.append(GateFault("course.gate_unknown", (section.key, condition.section)))
            elif condition.kind is GateKind.SCORE and not any(block.is_scored for block in target.blocks):
                faults.append(GateFault("course.gate_unscored", (section.key, condition.section)))
            elif condition.kind is GateKind.COMPLETED and not target.blocks:
                faults.append(GateFault("course.gate_empty", (section.key, condition.section)))
            if condition.at_least is not None and not 0 <= condition.at_least <= 1:
                faults.append(GateFault("course.gate_score_range", (section.key, condition.section)))
    cycle = find_cycle(sections)
    if cycle:
        faults.append(GateFault("course.gate_cycle", cycle))
    return faults


def _stops(block: BlockPlan, lacking: Need, section: SectionPlan) -> bool:
    """Tell whether a learner who lacks ``lacking`` cannot get past ``block``, its alternative included."""
    if lacking not in block.needs:
        return False
    other = block.alternatives.get(lacking.value)
    return not any(b.key == other and b.key != block.key and lacking not in b.needs for b in section.blocks)


def find_stuck(sections: Sequence[SectionPlan]) -> list[StuckLearner]:
    """Return every audience and block where it could not go on, and the sections that stay closed behind it."""
    found: list[StuckLearner] = []
    for audience, lacking in LACKS.items():
        for section in sections:
            for block in section.blocks:
                if _stops(block, lacking, section):
                    behind = _behind(sections, {section.key})
                    found.append(StuckLearner(audience, section.key, block.key, behind))
    return found


def _behind(sections: Sequence[SectionPlan], lost: Collection[str]) -> tuple[str, ...]:
    """Return the sections that can never open once those in ``lost`` cannot be completed."""
    unreachable = set(lost)
    growing = True
    while growing:
        more = {s.key for s in sections if any(c.section in unreachable for c in s.gate)} - unreachable
        unreachable |= more
        growing = bool(more)
    return tuple(s.key for s in sections if s.key in unreachable and s.key not in lost)
