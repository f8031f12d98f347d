"""Find out what gates ask about learners: their classes, the measures of their support plans, and the day."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.db import day_of, now_of
from lms.courses.rules.gates import NOBODY, Reader, conditions_of
from lms.courses.shapes import VersionShape
from lms.courses.types import GateKind
from lms.people.queries import classes_of, classes_on, measures_in_force
from lms.people.types import MeasureCode

__all__ = ["GATE_MEASURES", "known_groups", "reader_of"]

#: Measures that a gate may ask about: those that change what is learnt with, not how long an examination is.
GATE_MEASURES = (
    MeasureCode.ALTERNATIVE_FORMAT,
    MeasureCode.READ_ALOUD,
    MeasureCode.LARGE_TYPE,
    MeasureCode.SIMPLIFIED_LAYOUT,
    MeasureCode.READER,
    MeasureCode.ASSISTANT,
    MeasureCode.NO_CAMERA,
)

#: A measure counts when it holds for all that a learner does, or for lessons.
_SCOPES = frozenset({"all", "lesson"})


def reader_of(session: Session, shape: VersionShape, person_id: UUID | None) -> Reader:
    """Return what the gates of a version may know about a learner; a newcomer (None) is in no class and has no plan."""
    asked = {condition.kind for section in shape.sections for condition in conditions_of(section.gate)} - {
        GateKind.COMPLETED,
        GateKind.SCORE,
    }
    if not asked:
        return NOBODY
    today = day_of(session, now_of(session))
    if person_id is None:
        return Reader(today=today)
    groups: Iterable[tuple[UUID, str]] = ()
    if GateKind.GROUP in asked:
        groups = classes_on(session, {person_id: today}).values()
    measures = measures_in_force(session, person_id, today) if GateKind.MEASURE in asked else []
    return Reader(
        frozenset(str(class_id) for class_id, _label in groups),
        frozenset(each.code.value for each in measures if _SCOPES & set(each.scope)),
        today,
    )


def known_groups(session: Session, org_id: UUID) -> dict[str, str]:
    """Return the classes that the gates of an organisation's courses may name: id and label."""
    return {str(card.id): card.label for card in classes_of(session, [org_id], now_of(session))}
