"""Say which learners need somebody, and why: rules over facts, each of which stands on the page. No score, no order of merit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lms.courses.types import ConcernKind

__all__ = ["Concern", "HardStep", "LearnerFacts", "Limits", "ReturnedWork", "concerns_of"]


@dataclass(frozen=True, slots=True)
class HardStep:
    """A block that was answered and not passed yet: its title, how often, and when last."""

    title: str
    tries: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnedWork:
    """Work that a teacher sent back and that was not handed in again: the title, and since when."""

    title: str
    since: datetime


@dataclass(frozen=True, slots=True)
class LearnerFacts:
    """What is known of somebody in a course; ``is_going`` is False while it is paused or once it is completed."""

    is_going: bool
    enrolled_at: datetime
    last_at: datetime | None = None
    hard: tuple[HardStep, ...] = ()
    returned: tuple[ReturnedWork, ...] = ()
    waits_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a fact is a reason: days of silence, tries of one step."""

    silent_days: int
    hard_tries: int


@dataclass(frozen=True, slots=True)
class Concern:
    """One reason: what it is, since when, and about which step (with how many tries)."""

    kind: ConcernKind
    since: datetime
    title: str = ""
    tries: int = 0


def concerns_of(facts: LearnerFacts, now: datetime, limits: Limits) -> tuple[Concern, ...]:
    """Return every reason that holds, the teacher's own turn first; none for a course that is paused or completed."""
    found = []
    if facts.waits_since is not None:
        found.append(Concern(ConcernKind.WAITS_FOR_TEACHER, facts.waits_since))
    if not facts.is_going:
        return tuple(found)
    found += [
        Concern(ConcernKind.HARD_STEP, step.at, step.title, step.tries)
        for step in facts.hard
        if step.tries >= limits.hard_tries
    ]
    quiet = now - timedelta(days=limits.silent_days)
    found += [
        Concern(ConcernKind.WORK_RETURNED, work.since, work.title)
        for work in facts.returned
        if work.since <= quiet
    ]
    if facts.last_at is None and facts.enrolled_at <= quiet:
        found.append(Concern(ConcernKind.NOT_BEGUN, facts.enrolled_at))
    elif facts.last_at is not None and facts.last_at <= quiet:
        found.append(Concern(ConcernKind.SILENT, facts.last_at))
    return tuple(found)
