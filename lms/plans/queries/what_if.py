"""Answer "would it count?" before anybody enrols: the same report on a course that was not taken yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import PlainRows, fetch
from lms.core.errors import NotFound
from lms.core.stems import says
from lms.plans.credit_models import ExternalCourse, ExternalOutcome, LearningSource
from lms.plans.queries.credit import OutcomeRow, outcome_row
from lms.plans.rules.match_inputs import canonical
from lms.plans.rules.matching import CandidateSource, match
from lms.plans.rules.ways import Way, WayKind, cheapest
from lms.plans.service.credit.case_inputs import planned_inputs
from lms.plans.service.credit.plan_link import ItemFacts
from lms.plans.types.credit import LicenceState, MatchVerdict

__all__ = [
    "GapWay",
    "OutsideCourse",
    "WhatIf",
    "outside_course",
    "outside_courses",
    "ways_for_gaps",
    "what_if",
]

#: So many courses are offered at once; a search narrows them.
MOST_COURSES = 30


@dataclass(frozen=True, slots=True)
class OutsideCourse:
    """A course of another organisation that the school knows."""

    id: UUID
    title: str
    source_name: str
    hours: Decimal
    licence_state: LicenceState
    about: Mapping[str, Any] = field(default_factory=dict)
    learned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be credited, outcome by outcome, and the cheapest way to close the rest; binding for nobody."""

    course: OutsideCourse
    rows: tuple[OutcomeRow, ...]
    hours: Decimal
    total: Decimal
    way: Way | None
    learning: Way | None

    @property
    def left(self) -> Decimal:
        """Return the hours that stay open."""
        return self.total - self.hours


@dataclass(frozen=True, slots=True)
class GapWay:
    """One outcome that is not covered, the cheapest way to close it and the cheapest course that teaches it."""

    title: str
    way: Way
    learning: Way | None


_IS_LISTED = (
    ExternalCourse.is_listed.is_(True),
    sa.or_(LearningSource.org_id.is_(None), LearningSource.org_id == sa.bindparam("org_id")),
)
_LISTED = PlainRows(
    sa.select(ExternalCourse, LearningSource)
    .join(LearningSource, LearningSource.id == ExternalCourse.source_id)
    .where(*_IS_LISTED)
    .order_by(ExternalCourse.title, ExternalCourse.id)
)
_LEARNED = (
    sa.select(ExternalOutcome.course_id, ExternalOutcome.title)
    .join(ExternalCourse, ExternalCourse.id == ExternalOutcome.course_id)
    .join(LearningSource, LearningSource.id == ExternalCourse.source_id)
    .where(*_IS_LISTED)
    .order_by(ExternalOutcome.course_id, ExternalOutcome.position)
)


def outside_courses(
    session: Session, org_id: UUID, text: str = "", most: int = MOST_COURSES
) -> list[OutsideCourse]:
    """Return the outside courses on a school's list that have every word of ``text`` in some form, by title.

    Words are looked for in title, organisation, summary and outcomes.
    """
    learned: dict[UUID, list[str]] = {}
    for course_id, title in fetch(session, _LEARNED, org_id=org_id):
        learned.setdefault(course_id, []).append(title)
    seen = (
        _seen(course, source, learned.get(course.id, ()))
        for course, source in _LISTED.fetch(session, org_id=org_id)
    )
    return list(islice((each for each in seen if says(text, _words(each))), most))


def _words(course: OutsideCourse) -> str:
    return f"{course.title} {course.source_name} {course.about.get('summary', '')} {' '.join(course.learned)}"


def _seen(course: ExternalCourse, source: LearningSource, learned: Iterable[str]) -> OutsideCourse:
    return OutsideCourse(
        course.id, course.title, source.name, course.hours, source.licence_state, course.about, tuple(learned)
    )


def outside_course(session: Session, org_id: UUID, course_id: UUID) -> OutsideCourse | None:
    """Return one outside course on a school's list, or None."""
    course = session.get(ExternalCourse, course_id)
    source = session.get(LearningSource, course.source_id) if course else None
    if course is None or source is None or not course.is_listed or source.org_id not in {None, org_id}:
        return None
    return _seen(course, source, [one.title for one in course.outcomes])


def what_if(
    session: Session,
    item: ItemFacts,
    course_id: UUID,
    day: date,
    sources: Sequence[CandidateSource],
    ready: Mapping[UUID, int],
) -> WhatIf:
    """Return the report on a course that is not taken yet; ``ready`` counts the questions of each outcome.

    Raises NotFound ``credit.no_course`` for a course that is not on the list of the item's school.
    """
    course = session.get(ExternalCourse, course_id)
    source = session.get(LearningSource, course.source_id) if course else None
    if course is None or source is None or not course.is_listed or source.org_id not in {None, item.org_id}:
        raise NotFound("credit.no_course")
    rows = _rows(session, item, course, day, sources)
    left = _left(rows)
    return WhatIf(
        _seen(course, source, [one.title for one in course.outcomes]),
        rows,
        sum((row.hours for row in rows), Decimal(0)),
        sum((row.hours_total for row in rows), Decimal(0)),
        _way(left, ready),
        cheapest(_courses_for(left, _covering(session, item, day, sources))) if left else None,
    )


def ways_for_gaps(
    session: Session,
    item: ItemFacts,
    rows: Sequence[OutcomeRow],
    day: date,
    sources: Sequence[CandidateSource],
    ready: Mapping[UUID, int],
) -> tuple[GapWay, ...]:
    """Return for every outcome that a report does not cover in full the cheapest way to close it alone."""
    gaps = [row for row in rows if row.verdict is not MatchVerdict.COVERED]
    covering = list(_covering(session, item, day, sources)) if gaps else []
    found = []
    for row in gaps:
        left = {row.outcome_id}
        way = _way(left, ready)
        assert way is not None
        found.append(GapWay(row.title, way, cheapest(_courses_for(left, covering))))
    return tuple(found)


def _left(rows: Sequence[OutcomeRow]) -> set[UUID]:
    return {row.outcome_id for row in rows if row.verdict is not MatchVerdict.COVERED}


def _way(left: set[UUID], ready: Mapping[UUID, int]) -> Way | None:
    """Return the cheapest way that takes no lessons: a short check needs a question for everything that is left."""
    if not left:
        return None
    ways = [Way(WayKind.ATTESTATION, Decimal(0), 2)]
    if all(ready.get(outcome_id) for outcome_id in left):
        ways.append(Way(WayKind.CHECK, Decimal(0), 1))
    return cheapest(ways)


def _covering(
    session: Session, item: ItemFacts, day: date, sources: Sequence[CandidateSource]
) -> Iterator[tuple[OutsideCourse, set[UUID]]]:
    """Yield the listed courses of licensed sources with the outcomes of the item that each covers in full."""
    for seen in outside_courses(session, item.org_id):
        if seen.licence_state is LicenceState.LICENSED:
            rows = _rows(session, item, session.get_one(ExternalCourse, seen.id), day, sources)
            yield seen, {row.outcome_id for row in rows if row.verdict is MatchVerdict.COVERED}


def _courses_for(left: set[UUID], covering: Iterable[tuple[OutsideCourse, set[UUID]]]) -> Iterator[Way]:
    """Yield the courses that would cover everything that is left: for whoever still has to learn it."""
    for seen, covered in covering:
        if left <= covered:
            yield Way(WayKind.COURSE, seen.hours, 2, seen.title)


def _rows(
    session: Session, item: ItemFacts, course: ExternalCourse, day: date, sources: Sequence[CandidateSource]
) -> tuple[OutcomeRow, ...]:
    result = match(planned_inputs(session, item, course, day), sources)
    return tuple(outcome_row(data) for data in canonical(result.rows))
