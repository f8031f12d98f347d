"""Find out before publishing whether everybody can get through a set of gates, and who would be stuck where."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations, islice

from lms.courses.rules.gates import (
    PERSONAL,
    BlockPlan,
    Reader,
    SectionPlan,
    SectionProgress,
    conditions_of,
    is_meant_for,
    is_open,
    is_too_large,
)
from lms.courses.types import (
    Audience,
    GateCondition,
    GateJoin,
    GateKind,
    GateTerm,
    Need,
    StuckLearner,
)

__all__ = ["LACKS", "GateFault", "find_cycle", "find_faults", "find_stuck", "kinds_of_readers"]

#: What each audience lacks.
LACKS: Mapping[Audience, Need] = {
    Audience.WITHOUT_SIGHT: Need.SIGHT,
    Audience.WITHOUT_HEARING: Need.HEARING,
    Audience.WITHOUT_SPEECH: Need.SPEECH,
    Audience.KEYBOARD_ONLY: Need.POINTER,
    Audience.NO_CAMERA: Need.CAMERA,
    Audience.LOW_BANDWIDTH: Need.BANDWIDTH,
}

#: With more measures in the gates of a course, not every combination of them is tried, only none, each one and all.
MAX_COMBINED = 4
#: More ways to tell learners apart are not tried: classes without and with all measures come first.
MAX_READERS = 500

_DONE = SectionProgress(is_completed=True, score=Decimal(1))
_SKIPPED = SectionProgress(is_completed=True)


@dataclass(frozen=True, slots=True)
class GateFault:
    """Why a set of gates cannot be published: the code, the keys it is about (the first one's gate is to mend), and whom.

    ``reader`` is a learner who would be stuck; None when it is everybody.
    """

    code: str
    sections: tuple[str, ...]
    reader: Reader | None = None


def find_faults(
    sections: Sequence[SectionPlan], groups: Collection[str] = (), measures: Collection[str] = ()
) -> list[GateFault]:
    """Return why somebody could not get through these gates: what they name wrongly, or what never opens.

    ``groups`` and ``measures`` are the names that exist.
    """
    by_key = {section.key: section for section in sections}
    faults = [
        GateFault(code, (section.key, *also))
        for section in sections
        for code, also in _wrong_names(section, by_key, groups, measures)
    ]
    return faults or [*_never_open(sections)]


def _wrong_names(
    section: SectionPlan,
    by_key: Mapping[str, SectionPlan],
    groups: Collection[str],
    measures: Collection[str],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if is_too_large(section.gate):
        yield "course.gate_too_large", ()
    for term in section.gate:
        yield from ((code, ()) for code in _wrong_rules(term))
    for condition in conditions_of(section.gate):
        code = _wrong_condition(condition, by_key, groups, measures)
        if code:
            yield code, (condition.section,) if condition.section else ()


def _wrong_rules(term: GateTerm) -> Iterator[str]:
    if isinstance(term, GateCondition):
        return
    if not term.parts:
        yield "course.gate_too_large"
    if term.join is GateJoin.NOT and any(each.kind not in PERSONAL for each in conditions_of(term.parts)):
        yield "course.gate_takes_back"
    for part in term.parts:
        yield from _wrong_rules(part)


def _wrong_condition(
    condition: GateCondition,
    by_key: Mapping[str, SectionPlan],
    groups: Collection[str],
    measures: Collection[str],
) -> str:
    """Return the code of what is wrong with one condition, or an empty text."""
    target = by_key.get(condition.section)
    least = condition.at_least
    match condition.kind:
        case GateKind.GROUP:
            return "" if condition.name in groups else "course.gate_group_unknown"
        case GateKind.MEASURE:
            return "" if condition.name in measures else "course.gate_measure_unknown"
        case GateKind.SINCE:
            return "" if condition.day is not None else "course.gate_no_day"
        case _ if target is None:
            return "course.gate_unknown"
        case _ if least is not None and not 0 <= least <= 1:
            return "course.gate_score_range"
        case GateKind.SCORE:
            return "" if any(block.is_scored for block in target.blocks) else "course.gate_unscored"
        case _:
            return "" if target.blocks else "course.gate_empty"


# --- who gets how far ------------------------------------------------------------------------------------------


def kinds_of_readers(sections: Sequence[SectionPlan]) -> list[Reader]:
    """Return one learner for every way in which the gates could tell learners apart; somebody is in one class at most."""
    asked = [condition for section in sections for condition in conditions_of(section.gate)]
    groups = sorted({each.name for each in asked if each.kind is GateKind.GROUP})
    measures = sorted({each.name for each in asked if each.kind is GateKind.MEASURE})
    sizes = range(len(measures) + 1) if len(measures) <= MAX_COMBINED else (0, 1, len(measures))
    found = (
        Reader(frozenset(group), frozenset(chosen), date.max)
        for size in dict.fromkeys((0, len(measures), *sizes))
        for chosen in combinations(measures, size)
        for group in ([], *([name] for name in groups))
    )
    return list(islice(found, MAX_READERS))


def _reach(sections: Sequence[SectionPlan], reader: Reader, lost: str = "") -> set[str]:
    """Return the sections into which a learner comes who does everything as soon as it is open, but never ``lost``."""
    meant = [section for section in sections if is_meant_for(section.gate, reader)]
    keys = {section.key for section in meant}
    progress = {section.key: _SKIPPED for section in sections if section.key not in keys}
    found: set[str] = set()
    growing = True
    while growing:
        growing = False
        for section in meant:
            if section.key not in found and is_open(section.gate, progress, reader):
                found.add(section.key)
                growing = True
                if section.key != lost:
                    progress[section.key] = _DONE
    return found


def _never_open(sections: Sequence[SectionPlan]) -> Iterator[GateFault]:
    """Return what stays closed: to everybody (a cycle, a contradiction), then to somebody for whom it is meant."""
    readers = kinds_of_readers(sections)
    meant = {
        reader: {section.key for section in sections if is_meant_for(section.gate, reader)}
        for reader in readers
    }
    reached = {reader: _reach(sections, reader) for reader in readers}
    by_anybody: set[str] = set().union(*reached.values())
    by_nobody = [section for section in sections if section.key not in by_anybody]
    meant_for_nobody = {section.key for section in sections}.difference(*meant.values())
    waiting = [section for section in by_nobody if section.key not in meant_for_nobody]
    cycle = find_cycle(waiting)
    if cycle:
        yield GateFault("course.gate_cycle", cycle)
    for section in by_nobody:
        if not cycle or section.key in meant_for_nobody:
            yield GateFault("course.gate_contradiction", (section.key,))
    for section in sections:
        stuck = next((r for r in readers if section.key in meant[r] - reached[r]), None)
        if section.key in by_anybody and stuck is not None:
            yield GateFault("course.gate_somebody", (section.key,), stuck)


def find_cycle(sections: Sequence[SectionPlan]) -> tuple[str, ...]:
    """Return the keys of sections that wait for each other, in order; an empty tuple when none do."""
    waits = {section.key: [each.section for each in conditions_of(section.gate)] for section in sections}
    finished: set[str] = set()
    for start in waits:
        cycle = _walk(start, waits, [], finished)
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


def _stops(block: BlockPlan, lacking: Need, section: SectionPlan) -> bool:
    """Tell whether a learner who lacks ``lacking`` cannot get past ``block``, its alternative included."""
    if lacking not in block.needs:
        return False
    other = block.alternatives.get(lacking.value)
    return not any(b.key == other and b.key != block.key and lacking not in b.needs for b in section.blocks)


def find_stuck(sections: Sequence[SectionPlan]) -> list[StuckLearner]:
    """Return every audience and block where it could not go on, and the sections that stay closed behind it."""
    readers = kinds_of_readers(sections)
    usual = {reader: _reach(sections, reader) for reader in readers}
    behind: dict[str, tuple[str, ...]] = {}
    found: list[StuckLearner] = []
    for audience, lacking in LACKS.items():
        for section in sections:
            for block in section.blocks:
                if _stops(block, lacking, section):
                    if section.key not in behind:
                        shut = set().union(*(usual[r] - _reach(sections, r, section.key) for r in readers))
                        behind[section.key] = tuple(s.key for s in sections if s.key in shut)
                    found.append(StuckLearner(audience, section.key, block.key, behind[section.key]))
    return found
