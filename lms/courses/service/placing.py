"""Ask for a place in a course, answer, offer, take and give back; open cohorts. One living wish a person and course."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.access_rules import Candidacy, Look
from lms.courses.models import Cohort, Course, Enrolment, PlaceRequest
from lms.courses.notices import WISH_ANSWERED
from lms.courses.place_reading import cohorts_of, places_of
from lms.courses.service.authoring import course_to_write
from lms.courses.service.enrolling import (
    admit,
    askers,
    living_enrolment,
    living_wish,
    offer_places,
    open_cohort,
    version_to_take,
)
from lms.courses.types import CohortEnd, EnrolmentGround, EnrolmentMode, RequestState
from lms.people.service import is_sending, notify

__all__ = [
    "NewCohort",
    "answer_wish",
    "ask_for_place",
    "change_cohort",
    "close_cohort",
    "give_wish_up",
    "lapse_offer",
    "open_new_cohort",
    "take_place",
]

MOST_SEATS = 10_000


def ask_for_place(
    uow: UnitOfWork,
    course_id: UUID,
    cohort_id: UUID | None = None,
    note: str = "",
    *,
    person_id: UUID | None = None,
) -> RequestState:
    """Wish for a place in a course, for oneself or for a child (``person_id``); return where the wish stands.

    A teacher answers, or one waits in the queue.

    Where one may come in by oneself and a place is free, it is taken at once. Raises NotFound ``course.none`` (a draft, too, is
    none yet) or ``course.no_cohort``, Conflict ``course.in_already`` or ``course.archived``.
    """
    course, person_id = uow.session.get(Course, course_id), person_id or uow.actor.person_id
    if course is None or person_id is None:
        raise NotFound("course.none")
    uow.require("courses.ask_for_place", Candidacy(person_id, course, uow.now()))
    uow.lock("enrolment", person_id)
    if living_enrolment(uow, person_id, course_id) is not None:
        raise Conflict("course.in_already")
    wish = living_wish(uow, person_id, course_id)
    if wish is not None:
        return wish.state
    cohort = open_cohort(uow, course, cohort_id)
    if cohort is None and any(each.is_open for each in cohorts_of(uow.session, course, uow.today())):
        raise NotFound("course.no_cohort")
    uow.lock("course_places", course.id)
    _must_be_offered(uow, course)
    is_open = course.mode is EnrolmentMode.OPEN
    places = places_of(uow.session, course, cohort)
    if is_open and places.free != 0 and not places.waiting:
        admit(uow, person_id, course, cohort, EnrolmentGround.SELF)
        return RequestState.TAKEN
    wish = PlaceRequest(
        person_id=person_id,
        asked_by=uow.actor.person_id,
        course_id=course.id,
        cohort_id=cohort_id,
        state=RequestState.WAITING if is_open else RequestState.ASKED,
        note=note.strip()[:600],
        queued_at=uow.now(),
        changed_at=uow.now(),
    )
    uow.session.add(wish)
    uow.session.flush()
    return wish.state


def _must_be_offered(uow: UnitOfWork, course: Course) -> None:
    """Refuse wishes for what nobody can take; a draft is not told of."""
    try:
        version_to_take(uow, course)
    except Conflict as error:
        raise (NotFound("course.none") if error.code == "course.not_published" else error) from None


def _wish(uow: UnitOfWork, request_id: UUID) -> tuple[PlaceRequest, Course]:
    """Return a wish and its course, the places locked; raise NotFound ``course.no_wish``."""
    wish = uow.session.get(PlaceRequest, request_id)
    if wish is None:
        raise NotFound("course.no_wish")
    uow.lock("course_places", wish.course_id)
    uow.session.refresh(wish)
    return wish, uow.session.get_one(Course, wish.course_id)


def answer_wish(uow: UnitOfWork, request_id: UUID, *, is_yes: bool, answer: str = "") -> RequestState:
    """Say yes or no to a wish; after a yes one is in, or waits in the queue while all places are taken.

    Raises NotFound ``course.no_wish``, Conflict ``course.wish_moved`` when it was answered meanwhile, InvalidInput
    ``course.reason_missing`` for a no without a reason.
    """
    wish, course = _wish(uow, request_id)
    uow.require("courses.answer_wish", Look(wish.person_id, course.org_id, uow.now()))
    if wish.state is not RequestState.ASKED:
        raise Conflict("course.wish_moved")
    if not is_yes and not answer.strip():
        raise InvalidInput("course.reason_missing", fields={"answer": ["course.reason_missing"]})
    wish.answer, wish.decided_by, wish.changed_at = answer.strip()[:600], uow.actor.person_id, uow.now()
    if not is_yes:
        wish.state = RequestState.REFUSED
    elif places_of(uow.session, course, cohort := open_cohort(uow, course, wish.cohort_id)).free == 0:
        wish.state = RequestState.WAITING
    else:
        admit(uow, wish.person_id, course, cohort, EnrolmentGround.SELF)
    uow.session.flush()
    uow.log_access("courses.answer_wish", wish.person_id, "PlaceRequest", wish.id)
    if is_sending(uow):
        notify(uow, WISH_ANSWERED, wish.id, f"/courses/{course.id}", askers(wish))
    return wish.state


def take_place(uow: UnitOfWork, request_id: UUID) -> RequestState:
    """Take the place that was offered; raise NotFound ``course.no_wish``, Conflict ``course.offer_over``."""
    wish, course = _wish(uow, request_id)
    uow.require("courses.own_wish", Look(wish.person_id, course.org_id, uow.now()))
    is_held = wish.offered_until is not None and uow.now() <= wish.offered_until
    if wish.state is not RequestState.OFFERED or not is_held:
        raise Conflict("course.offer_over")
    cohort = open_cohort(uow, course, wish.cohort_id)
    admit(uow, wish.person_id, course, cohort, EnrolmentGround.SELF)
    return wish.state


def give_wish_up(uow: UnitOfWork, request_id: UUID) -> None:
    """Take one's wish back; a place that was offered goes to the next. Raise NotFound ``course.no_wish``."""
    wish, course = _wish(uow, request_id)
    uow.require("courses.own_wish", Look(wish.person_id, course.org_id, uow.now()))
    if wish.state in {RequestState.ASKED, RequestState.WAITING, RequestState.OFFERED}:
        _end(uow, wish, RequestState.WITHDRAWN)


def lapse_offer(uow: UnitOfWork, request_id: UUID) -> bool:
    """End an offer whose time is over and offer the place to the next; tell whether there was one to end."""
    wish, _course = _wish(uow, request_id)
    is_over = wish.offered_until is not None and wish.offered_until < uow.now()
    if wish.state is not RequestState.OFFERED or not is_over:
        return False
    _end(uow, wish, RequestState.LAPSED)
    return True


def _end(uow: UnitOfWork, wish: PlaceRequest, then: RequestState) -> None:
    wish.state, wish.offered_until, wish.changed_at = then, None, uow.now()
    uow.session.flush()
    offer_places(uow, wish.course_id, wish.cohort_id)


@dataclass(frozen=True, slots=True)
class NewCohort:
    """A cohort as its author writes it; without ``seats`` there is room for all."""

    title: str
    starts_on: date
    ends_on: date | None = None
    seats: int | None = None
    afterwards: CohortEnd = CohortEnd.GOES_ON


def _checked(new: NewCohort) -> None:
    fields: dict[str, list[str]] = {}
    if not new.title.strip():
        fields["title"] = ["course.title_missing"]
    if new.ends_on is not None and new.ends_on < new.starts_on:
        fields["ends_on"] = ["course.cohort_dates"]
    if new.seats is not None and not 1 <= new.seats <= MOST_SEATS:
        fields["seats"] = ["course.seats"]
    if new.afterwards is CohortEnd.READ_ONLY and new.ends_on is None:
        fields["ends_on"] = ["course.cohort_end_missing"]
    if fields:
        raise InvalidInput(next(iter(fields.values()))[0], fields=fields)


def open_new_cohort(uow: UnitOfWork, course_id: UUID, new: NewCohort) -> UUID:
    """Open a cohort of a course; raise NotFound ``course.none``, InvalidInput ``course.cohort_dates``, ``course.seats``."""
    course = course_to_write(uow, course_id)
    _checked(new)
    cohort = Cohort(
        course_id=course.id,
        title=new.title.strip(),
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        seats=new.seats,
        afterwards=new.afterwards,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(cohort)
    uow.session.flush()
    return cohort.id


def _cohort(uow: UnitOfWork, course_id: UUID, cohort_id: UUID) -> Cohort:
    course = course_to_write(uow, course_id)
    cohort = uow.session.get(Cohort, cohort_id)
    if cohort is None or cohort.course_id != course.id:
        raise NotFound("course.no_cohort")
    return cohort


def change_cohort(
    uow: UnitOfWork, course_id: UUID, cohort_id: UUID, new: NewCohort, *, seen: str = ""
) -> None:
    """Write a cohort anew; those who are in it begin on its new first day, and new places are offered to the queue.

    What was said to those who are in it holds: learning that goes on is not ended, and its end comes no earlier. ``seen`` is the
    mark (`structure.cohort_mark`) that was changed. Raises NotFound ``course.no_cohort``, InvalidInput as `open_new_cohort` does,
    and ``course.cohort_promise``, Conflict ``course.changed_meanwhile``.
    """
    cohort = _cohort(uow, course_id, cohort_id)
    uow.lock("course_places", course_id)
    uow.session.refresh(cohort)
    if seen and structure.cohort_mark(cohort) != seen:
        raise Conflict("course.changed_meanwhile")
    _checked(new)
    if _breaks_word(uow, cohort, new):
        raise InvalidInput("course.cohort_promise", fields={"afterwards": ["course.cohort_promise"]})
    cohort.afterwards = new.afterwards
    cohort.title, cohort.starts_on = new.title.strip(), new.starts_on
    cohort.ends_on, cohort.seats = new.ends_on, new.seats
    uow.session.execute(
        sa.update(Enrolment).where(Enrolment.cohort_id == cohort.id).values(opens_on=new.starts_on)
    )
    uow.session.flush()
    offer_places(uow, course_id, cohort.id)


def _breaks_word(uow: UnitOfWork, cohort: Cohort, new: NewCohort) -> bool:
    """Tell whether those who came in would have less time than was said to them."""
    if new.afterwards is CohortEnd.GOES_ON or new.ends_on is None:
        return False
    was_bound = cohort.afterwards is CohortEnd.READ_ONLY and cohort.ends_on is not None
    if was_bound and cohort.ends_on is not None and new.ends_on >= cohort.ends_on:
        return False
    return (
        uow.session.scalar(sa.select(Enrolment.id).where(Enrolment.cohort_id == cohort.id).limit(1))
        is not None
    )


def close_cohort(uow: UnitOfWork, course_id: UUID, cohort_id: UUID) -> None:
    """Let nobody more into a cohort; those who are in it stay. Wishes for it are over. Raise NotFound ``course.no_cohort``."""
    cohort = _cohort(uow, course_id, cohort_id)
    uow.lock("course_places", course_id)
    cohort.closed_at = uow.now()
    uow.session.execute(
        sa.update(PlaceRequest)
        .where(
            PlaceRequest.cohort_id == cohort.id,
            PlaceRequest.state.in_((RequestState.ASKED, RequestState.WAITING, RequestState.OFFERED)),
        )
        .values(state=RequestState.LAPSED, offered_until=None, changed_at=uow.now())
    )
    uow.session.flush()
