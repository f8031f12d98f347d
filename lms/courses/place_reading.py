"""Read cohorts, how many places of a course are taken, who waits for one, and what somebody's own wish has come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import PlainRows, fetch
from lms.courses.models import Cohort, Course, Enrolment, PlaceRequest
from lms.courses.rules.places import Queued, free_places, is_open_for, number_in_line
from lms.courses.types import CohortEnd, EnrolmentState, RequestState
from lms.people.queries import person_cards, students_of

__all__ = [
    "HOLDING",
    "LIVING",
    "CohortView",
    "PlacesView",
    "RequestRow",
    "WaitingWishes",
    "WishView",
    "cohorts_of",
    "courses_with_cohorts",
    "members_of",
    "places_of",
    "requests_in",
    "seats_of",
    "wish_of",
    "wishes_for",
]

#: Enrolments that hold a place.
HOLDING = (EnrolmentState.REQUESTED, EnrolmentState.ACTIVE, EnrolmentState.PAUSED)
#: Wishes that are not over.
LIVING = (RequestState.ASKED, RequestState.WAITING, RequestState.OFFERED)


@dataclass(frozen=True, slots=True)
class PlacesView:
    """How many places there are, how many are free (None: no bound), and how many people wait."""

    seats: int | None
    taken: int
    offered: int
    waiting: int

    @property
    def free(self) -> int | None:
        """Return how many places nobody has and nobody was offered."""
        return free_places(self.seats, self.taken, self.offered)


@dataclass(frozen=True, slots=True)
class CohortView:
    """A cohort with its dates and places."""

    id: UUID
    title: str
    starts_on: date
    ends_on: date | None
    is_open: bool
    places: PlacesView
    afterwards: CohortEnd = CohortEnd.GOES_ON


@dataclass(frozen=True, slots=True)
class WishView:
    """What somebody's own wish has come to; ``number`` is the place in the queue."""

    id: UUID
    state: RequestState
    cohort: str
    number: int | None
    offered_until: datetime | None
    answer: str
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Somebody's wish as those see it who answer it."""

    id: UUID
    person_id: UUID
    name: str
    state: RequestState
    cohort: str
    note: str
    queued_at: datetime
    offered_until: datetime | None
    number: int | None
    asked_by: str = ""


def seats_of(course: Course, cohort: Cohort | None) -> int | None:
    """Return how many places there are: those of the cohort, else those of the course."""
    return course.seats if cohort is None else cohort.seats


_TAKEN = sa.select(sa.func.count().label("taken")).where(
    Enrolment.course_id == sa.bindparam("course_id"),
    Enrolment.cohort_id.is_not_distinct_from(sa.bindparam("cohort_id")),
    Enrolment.state.in_(HOLDING),
)
_WISHED = (
    sa.select(PlaceRequest.state, sa.func.count().label("wishes"))
    .where(
        PlaceRequest.course_id == sa.bindparam("course_id"),
        PlaceRequest.cohort_id.is_not_distinct_from(sa.bindparam("cohort_id")),
        PlaceRequest.state.in_(LIVING),
    )
    .group_by(PlaceRequest.state)
)


def places_of(session: Session, course: Course, cohort: Cohort | None = None) -> PlacesView:
    """Return the places of a course that is taken at one's own pace, or those of one of its cohorts."""
    where = {"course_id": course.id, "cohort_id": None if cohort is None else cohort.id}
    taken = fetch(session, _TAKEN, **where)[0].taken
    counts = {state: wishes for state, wishes in fetch(session, _WISHED, **where)}
    return PlacesView(
        seats_of(course, cohort),
        taken,
        counts.get(RequestState.OFFERED, 0),
        counts.get(RequestState.WAITING, 0),
    )


_COHORTS = PlainRows(
    sa.select(Cohort)
    .where(Cohort.course_id == sa.bindparam("course_id"))
    .order_by(Cohort.starts_on, Cohort.id)
)


def cohorts_of(session: Session, course: Course, today: date) -> list[CohortView]:
    """Return the cohorts of a course, the next one first."""
    return [
        CohortView(
            row.id,
            row.title,
            row.starts_on,
            row.ends_on,
            is_open_for(row.ends_on, row.closed_at, today),
            places_of(session, course, row),
            row.afterwards,
        )
        for (row,) in _COHORTS.fetch(session, course_id=course.id)
    ]


_DATED = sa.select(Cohort.course_id).where(
    Cohort.course_id.in_(sa.bindparam("course_ids", expanding=True)),
    Cohort.closed_at.is_(None),
    sa.or_(Cohort.ends_on.is_(None), Cohort.ends_on >= sa.bindparam("today")),
)


def members_of(session: Session, cohort_id: UUID) -> list[UUID]:
    """Return who is in a cohort."""
    inside = sa.select(Enrolment.person_id).where(
        Enrolment.cohort_id == cohort_id, Enrolment.state.in_((*HOLDING, EnrolmentState.COMPLETED))
    )
    return list(session.scalars(inside.order_by(Enrolment.person_id)))


def courses_with_cohorts(session: Session, course_ids: Iterable[UUID], today: date) -> frozenset[UUID]:
    """Return which courses are taken together with others from a day on."""
    ids = list(course_ids)
    if not ids:
        return frozenset()
    return frozenset(course_id for (course_id,) in fetch(session, _DATED, course_ids=ids, today=today))


def queue_of(session: Session, course_id: UUID, cohort_id: UUID | None) -> list[Queued]:
    """Return who waits for a place."""
    rows = session.execute(
        sa.select(PlaceRequest.id, PlaceRequest.queued_at).where(
            PlaceRequest.course_id == course_id,
            PlaceRequest.cohort_id.is_not_distinct_from(cohort_id),
            PlaceRequest.state == RequestState.WAITING,
        )
    )
    return [Queued(*row) for row in rows]


def _titles(session: Session, ids: Collection[UUID | None]) -> Mapping[UUID | None, str]:
    named = [one for one in ids if one is not None]
    if not named:
        return {}
    return {row.id: row.title for row in session.scalars(sa.select(Cohort).where(Cohort.id.in_(named)))}


def _asker(session: Session, row: PlaceRequest) -> str:
    """Return who asked in somebody's name; the empty text for one's own wish."""
    if row.asked_by is None or row.asked_by == row.person_id:
        return ""
    return person_cards(session, [row.asked_by])[row.asked_by].name


_WISHES = PlainRows(
    sa.select(PlaceRequest)
    .where(
        PlaceRequest.person_id == sa.bindparam("person_id"),
        PlaceRequest.course_id == sa.bindparam("course_id"),
    )
    .order_by(PlaceRequest.changed_at.desc(), PlaceRequest.id.desc())
    .limit(1)
)


def wish_of(session: Session, person_id: UUID, course_id: UUID) -> WishView | None:
    """Return the newest wish of somebody for a place in a course, or None."""
    found = _WISHES.fetch(session, person_id=person_id, course_id=course_id)
    if not found:
        return None
    row = found[0][0]
    return WishView(
        row.id,
        row.state,
        _titles(session, [row.cohort_id]).get(row.cohort_id, ""),
        number_in_line(queue_of(session, course_id, row.cohort_id), row.id),
        row.offered_until,
        row.answer,
        _asker(session, row),
    )


@dataclass(frozen=True, slots=True)
class WaitingWishes:
    """How many wishes for places in a course wait for somebody's answer, and since when."""

    course_id: UUID
    title: str
    count: int
    since: datetime


def wishes_for(session: Session, actor: Actor, at: datetime) -> list[WaitingWishes]:
    """Return the wishes of one's own students that wait for an answer, course by course."""
    own = [card.id for card in students_of(session, actor.person_id, at)] if actor.person_id else []
    if not own:
        return []
    rows = session.execute(
        sa.select(Course.id, Course.title, sa.func.count(), sa.func.min(PlaceRequest.queued_at))
        .join(PlaceRequest, PlaceRequest.course_id == Course.id)
        .where(PlaceRequest.state == RequestState.ASKED, PlaceRequest.person_id.in_(own))
        .group_by(Course.id, Course.title)
        .order_by(Course.title)
    )
    return [WaitingWishes(*row) for row in rows]


def requests_in(session: Session, course_id: UUID) -> list[RequestRow]:
    """Return the wishes for places in a course that are not over: what waits for an answer first, then the queue in order."""
    rows = session.scalars(
        sa.select(PlaceRequest)
        .where(PlaceRequest.course_id == course_id, PlaceRequest.state.in_(LIVING))
        .order_by(PlaceRequest.queued_at, PlaceRequest.id)
    ).all()
    cards = person_cards(session, [row.person_id for row in rows])
    titles = _titles(session, {row.cohort_id for row in rows})
    queues = {
        cohort_id: queue_of(session, course_id, cohort_id) for cohort_id in {row.cohort_id for row in rows}
    }
    order = {RequestState.ASKED: 0, RequestState.OFFERED: 1, RequestState.WAITING: 2}
    found = [
        RequestRow(
            row.id,
            row.person_id,
            cards[row.person_id].name,
            row.state,
            titles.get(row.cohort_id, ""),
            row.note,
            row.queued_at,
            row.offered_until,
            number_in_line(queues[row.cohort_id], row.id),
            _asker(session, row),
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: order[row.state])
