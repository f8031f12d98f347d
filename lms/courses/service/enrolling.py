"""Enrol people and lead their enrolments through their states."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.access_rules import Candidacy, Look
from lms.courses.agreements import agreements_in_force
from lms.courses.events import CourseCompleted
from lms.courses.models import (
    BlockAnswer,
    BlockCompletion,
    Cohort,
    CompletionFact,
    Course,
    CourseVersion,
    Enrolment,
    PlaceRequest,
    Work,
)
from lms.courses.notices import PLACE_OFFERED
from lms.courses.place_reading import LIVING, cohorts_of, places_of, queue_of
from lms.courses.queries import block_facts, enrolled_shape
from lms.courses.rules.enrolments import may_move
from lms.courses.rules.places import held_until, is_open_for, next_in_line
from lms.courses.service.holding import hold
from lms.courses.service.sharing import carry_in
from lms.courses.settings import CoursesSettings
from lms.courses.term_reading import term_of
from lms.courses.types import (
    CompletionSource,
    EnrolmentGround,
    EnrolmentReceipt,
    EnrolmentState,
    RequestState,
    VersionState,
)
from lms.people.queries import class_members, classes_of
from lms.people.service import is_sending, notify

__all__ = [
    "admit",
    "askers",
    "complete_course",
    "complete_if_done",
    "enrol",
    "enrol_class",
    "extend_enrolment",
    "leave_course",
    "living_enrolment",
    "living_wish",
    "offer_places",
    "open_cohort",
    "pause_enrolment",
    "record_completion",
    "resume_enrolment",
    "version_to_take",
    "withdraw_enrolment",
]


#: Grounds that rest on a paper: its number is named.
_WITH_PAPER = frozenset({EnrolmentGround.NETWORK, EnrolmentGround.PART})


def enrol(
    uow: UnitOfWork,
    person_id: UUID,
    course_id: UUID,
    ground: EnrolmentGround | str,
    reference: str = "",
    cohort_id: UUID | None = None,
    *,
    agreement_id: UUID | None = None,
) -> EnrolmentReceipt:
    """Enrol a person in the published version of a course; who is in it already stays as they are.

    ``reference`` says what it rests on (``plan_item:…``, an agreement, an order), ``agreement_id`` an agreement of the school
    that is on record and in force; its words are kept, too. The number of places binds those who come
    by themselves; staff may go beyond it, because a plan or an order can oblige them to. Nobody comes into the archive. Raises
    NotFound ``course.none`` or ``course.no_cohort``, Conflict ``course.not_published``, ``course.archived`` or ``course.full``,
    InvalidInput ``course.reference_missing`` or ``course.no_agreement``.
    """
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    uow.require("courses.enrol", Candidacy(person_id, course, uow.now()))
    ground = EnrolmentGround(ground)
    if ground is not EnrolmentGround.NETWORK:
        agreement_id = None
    if agreement_id is not None:
        reference = _agreed(uow, course.org_id, agreement_id)
    if ground in _WITH_PAPER and not reference.strip():
        raise InvalidInput("course.reference_missing", fields={"reference": ["course.reference_missing"]})
    uow.lock("enrolment", person_id)
    existing = living_enrolment(uow, person_id, course_id)
    if existing is not None:
        return _receipt(existing)
    cohort = open_cohort(uow, course, cohort_id)
    if ground is EnrolmentGround.SELF:
        if cohort is None and any(each.is_open for each in cohorts_of(uow.session, course, uow.today())):
            raise NotFound("course.no_cohort")
        uow.lock("course_places", course.id)
        if places_of(uow.session, course, cohort).free == 0:
            raise Conflict("course.full")
    return admit(uow, person_id, course, cohort, ground, reference.strip(), agreement_id)


def _agreed(uow: UnitOfWork, org_id: UUID, agreement_id: UUID) -> str:
    """Return the words of an agreement in force; raise InvalidInput ``course.no_agreement``."""
    found = agreements_in_force(uow.session, uow.runtime.registries, org_id, uow.today())
    text = next((each.text for each in found if each.id == agreement_id), None)
    if text is None:
        raise InvalidInput("course.no_agreement", fields={"agreement_id": ["course.no_agreement"]})
    return text[:200]


def admit(
    uow: UnitOfWork,
    person_id: UUID,
    course: Course,
    cohort: Cohort | None,
    ground: EnrolmentGround,
    reference: str = "",
    agreement_id: UUID | None = None,
) -> EnrolmentReceipt:
    """Write an enrolment and end the wish that led to it; the caller has checked the right and the places.

    Who had chosen the course, left it and comes back goes on where they stopped, in the version in which they worked.
    """
    course_id, version, now = course.id, version_to_take(uow, course), uow.now()
    enrolment = _left(uow, person_id, course_id)
    if enrolment is None:
        enrolment = Enrolment(
            person_id=person_id, course_id=course_id, version_id=version, created_at=now, more_why=""
        )
    else:
        enrolment.came_at = now
    enrolment.ground, enrolment.reference, enrolment.agreement_id = ground, reference, agreement_id
    enrolment.cohort_id = None if cohort is None else cohort.id
    enrolment.opens_on = None if cohort is None else cohort.starts_on
    enrolment.state, enrolment.created_by, enrolment.changed_at = (
        EnrolmentState.ACTIVE,
        uow.actor.person_id,
        now,
    )
    uow.session.add(enrolment)
    wish = living_wish(uow, person_id, course_id)
    if wish is not None:
        wish.state, wish.offered_until, wish.changed_at = RequestState.TAKEN, None, now
    uow.session.flush()
    if carry_in(uow, enrolment):
        complete_if_done(uow, enrolment)
    return _receipt(enrolment, is_new=True)


def _left(uow: UnitOfWork, person_id: UUID, course_id: UUID) -> Enrolment | None:
    """Return the enrolment that somebody had chosen and left with something done in it, or None."""
    done = [
        sa.exists().where(kind.enrolment_id == Enrolment.id) for kind in (BlockCompletion, BlockAnswer, Work)
    ]
    return uow.session.scalar(
        sa.select(Enrolment)
        .where(
            Enrolment.person_id == person_id,
            Enrolment.course_id == course_id,
            Enrolment.state == EnrolmentState.WITHDRAWN,
            Enrolment.ground == EnrolmentGround.SELF,
            sa.or_(*done),
        )
        .order_by(Enrolment.changed_at.desc(), Enrolment.id.desc())
        .limit(1)
    )


def version_to_take(uow: UnitOfWork, course: Course) -> UUID:
    """Return the version that whoever comes in now takes; raise Conflict ``course.not_published`` or ``course.archived``."""
    if course.archived_at is not None:
        raise Conflict("course.archived")
    version = uow.session.scalar(
        sa.select(CourseVersion.id).where(
            CourseVersion.course_id == course.id, CourseVersion.state == VersionState.PUBLISHED
        )
    )
    if version is None:
        raise Conflict("course.not_published")
    return version


def open_cohort(uow: UnitOfWork, course: Course, cohort_id: UUID | None) -> Cohort | None:
    """Return a cohort of a course into which one can still come; raise NotFound ``course.no_cohort``."""
    if cohort_id is None:
        return None
    cohort = uow.session.get(Cohort, cohort_id)
    if (
        cohort is None
        or cohort.course_id != course.id
        or not is_open_for(cohort.ends_on, cohort.closed_at, uow.today())
    ):
        raise NotFound("course.no_cohort")
    return cohort


def living_wish(uow: UnitOfWork, person_id: UUID, course_id: UUID) -> PlaceRequest | None:
    """Return the wish of a person for a place in a course that is not over, or None."""
    return uow.session.scalar(
        sa.select(PlaceRequest).where(
            PlaceRequest.person_id == person_id,
            PlaceRequest.course_id == course_id,
            PlaceRequest.state.in_(LIVING),
        )
    )


def askers(wish: PlaceRequest) -> list[UUID]:
    """Return who hears of a wish: whose it is, and who asked in their name."""
    return list(dict.fromkeys(one for one in (wish.person_id, wish.asked_by) if one is not None))


def enrol_class(
    uow: UnitOfWork,
    course_id: UUID,
    class_id: UUID,
    cohort_id: UUID | None = None,
    agreement_id: UUID | None = None,
) -> tuple[int, int]:
    """Enrol those of a class for whom the actor answers; return how many are in the course now, and how many the class has.

    With ``agreement_id`` the class comes by an agreement with another school, which each enrolment names. Raises NotFound
    ``course.none``, ``course.no_class`` or ``course.no_cohort``, Conflict ``course.not_published`` or ``course.archived``,
    InvalidInput ``course.no_agreement``.
    """
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    uow.require("courses.teach", course)
    card = next(
        (one for one in classes_of(uow.session, [course.org_id], uow.now()) if one.id == class_id), None
    )
    if card is None:
        raise NotFound("course.no_class")
    members = class_members(uow.session, class_id, uow.now())
    can = uow.runtime.policy.can
    mine = [
        person_id
        for person_id in members
        if can(uow.session, uow.actor, "courses.enrol", Candidacy(person_id, course, uow.now()))
    ]
    ground, reference = EnrolmentGround.CLASS, f"class:{card.label}"
    if agreement_id is not None:
        ground, reference = EnrolmentGround.NETWORK, _agreed(uow, course.org_id, agreement_id)
    for person_id in mine:
        enrol(uow, person_id, course_id, ground, reference, cohort_id, agreement_id=agreement_id)
    return len(mine), len(members)


def complete_if_done(uow: UnitOfWork, enrolment: Enrolment) -> None:
    """Complete a course whose last steps were done in another one."""
    facts = block_facts(uow.session, enrolment.id)
    steps = structure.steps_of(enrolled_shape(uow.session, enrolment), facts.reader)
    is_done = bool(steps) and all(step.is_completed(facts.completed) for step in steps)
    if is_done and may_move(enrolment.state, EnrolmentState.COMPLETED):
        record_completion(uow, enrolment, CompletionSource.RULE)


def living_enrolment(uow: UnitOfWork, person_id: UUID, course_id: UUID) -> Enrolment | None:
    """Return the enrolment of a person in a course that was not withdrawn, or None."""
    return uow.session.scalar(
        sa.select(Enrolment).where(
            Enrolment.person_id == person_id,
            Enrolment.course_id == course_id,
            Enrolment.state != EnrolmentState.WITHDRAWN,
        )
    )


def _receipt(enrolment: Enrolment, *, is_new: bool = False) -> EnrolmentReceipt:
    return EnrolmentReceipt(enrolment.id, enrolment.person_id, enrolment.course_id, enrolment.state, is_new)


def _move(uow: UnitOfWork, enrolment: Enrolment, then: EnrolmentState) -> None:
    if not may_move(enrolment.state, then):
        raise Conflict("course.enrolment_state", now=enrolment.state.value, wanted=then.value)
    enrolment.state = then
    enrolment.changed_at = uow.now()
    uow.session.flush()


def _changeable(uow: UnitOfWork, enrolment_id: UUID) -> Enrolment:
    enrolment = uow.session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    course = uow.session.get_one(Course, enrolment.course_id)
    uow.require("courses.change_enrolment", Look(enrolment.person_id, course.org_id, uow.now()))
    hold(uow, enrolment)
    return enrolment


def pause_enrolment(uow: UnitOfWork, enrolment_id: UUID) -> EnrolmentReceipt:
    """Pause an enrolment (illness, travel): nothing is lost; raise Conflict ``course.enrolment_state``."""
    enrolment = _changeable(uow, enrolment_id)
    _move(uow, enrolment, EnrolmentState.PAUSED)
    return _receipt(enrolment)


def resume_enrolment(uow: UnitOfWork, enrolment_id: UUID) -> EnrolmentReceipt:
    """Let a paused enrolment go on; raise Conflict ``course.enrolment_state``."""
    enrolment = _changeable(uow, enrolment_id)
    _move(uow, enrolment, EnrolmentState.ACTIVE)
    return _receipt(enrolment)


def extend_enrolment(uow: UnitOfWork, enrolment_id: UUID, until: date, why: str) -> EnrolmentReceipt:
    """Give one learner more time than the cohort has, with the reason.

    Raises InvalidInput ``course.reason_missing``, ``course.more_time`` for a day that is no later than the last one.
    """
    enrolment = _changeable(uow, enrolment_id)
    term = term_of(uow.session, enrolment, uow.today())
    if term is None or until <= max(term.cohort_day, uow.today()):
        raise InvalidInput("course.more_time", fields={"until": ["course.more_time"]})
    if not why.strip():
        raise InvalidInput("course.reason_missing", fields={"why": ["course.reason_missing"]})
    enrolment.more_until, enrolment.more_why = until, why.strip()[:300]
    uow.session.flush()
    uow.log_access("courses.change_enrolment", enrolment.person_id, "Enrolment", enrolment.id)
    return _receipt(enrolment)


def withdraw_enrolment(uow: UnitOfWork, enrolment_id: UUID) -> EnrolmentReceipt:
    """End an enrolment without completion; its facts stay. Raise Conflict ``course.enrolment_state``."""
    enrolment = _changeable(uow, enrolment_id)
    _move(uow, enrolment, EnrolmentState.WITHDRAWN)
    offer_places(uow, enrolment.course_id, enrolment.cohort_id)
    return _receipt(enrolment)


def leave_course(uow: UnitOfWork, course_id: UUID, person_id: UUID) -> EnrolmentReceipt:
    """Leave a course that one has chosen, or that was chosen for a child; what was done in it stays, and one can come back.

    Raises NotFound ``course.no_enrolment``, Conflict ``course.leave_prescribed`` where somebody else or a plan has put the
    student into it, ``course.enrolment_state`` where it is completed.
    """
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    uow.require("courses.own_wish", Look(person_id, course.org_id, uow.now()))
    uow.lock("enrolment", person_id)
    enrolment = living_enrolment(uow, person_id, course_id)
    if enrolment is None:
        raise NotFound("course.no_enrolment")
    hold(uow, enrolment)
    if enrolment.ground is not EnrolmentGround.SELF:
        raise Conflict("course.leave_prescribed")
    _move(uow, enrolment, EnrolmentState.WITHDRAWN)
    uow.log_access("courses.own_wish", person_id, "Enrolment", enrolment.id)
    offer_places(uow, course_id, enrolment.cohort_id)
    return _receipt(enrolment)


def offer_places(uow: UnitOfWork, course_id: UUID, cohort_id: UUID | None) -> int:
    """Offer the places that are free to those who have waited longest, each until a day; return how many were offered.

    It follows from somebody else's act (a place was given back, an offer ran out, there are more places), so it asks for no right.
    """
    uow.lock("course_places", course_id)
    course = uow.session.get_one(Course, course_id)
    cohort = None if cohort_id is None else uow.session.get_one(Cohort, cohort_id)
    is_over = cohort is not None and not is_open_for(cohort.ends_on, cohort.closed_at, uow.today())
    if is_over or course.archived_at is not None:
        return 0
    queue = queue_of(uow.session, course_id, cohort_id)
    lucky = next_in_line(queue, places_of(uow.session, course, cohort).free) if queue else []
    days = uow.runtime.settings.of(CoursesSettings).offer_days
    for request_id in lucky:
        wish = uow.session.get_one(PlaceRequest, request_id)
        wish.state, wish.changed_at = RequestState.OFFERED, uow.now()
        wish.offered_until = held_until(uow.now(), days)
        uow.session.flush()
        if is_sending(uow):
            notify(uow, PLACE_OFFERED, wish.id, f"/courses/{course_id}", askers(wish))
    return len(lucky)


def complete_course(
    uow: UnitOfWork, enrolment_id: UUID, source: CompletionSource | str, reason: str
) -> EnrolmentReceipt:
    """Complete a course by a teacher's decision or a credit, with the reason.

    Raises InvalidInput ``course.reason_missing``, Conflict ``course.enrolment_state``.
    """
    enrolment = _changeable(uow, enrolment_id)
    if not reason.strip() or CompletionSource(source) is CompletionSource.RULE:
        raise InvalidInput("course.reason_missing", fields={"reason": ["course.reason_missing"]})
    record_completion(uow, enrolment, CompletionSource(source), reason.strip())
    return _receipt(enrolment)


def record_completion(
    uow: UnitOfWork, enrolment: Enrolment, source: CompletionSource, reason: str = ""
) -> None:
    """Write the completion fact and its event, once."""
    _move(uow, enrolment, EnrolmentState.COMPLETED)
    now = uow.now()
    uow.session.add(
        CompletionFact(
            enrolment_id=enrolment.id,
            person_id=enrolment.person_id,
            course_id=enrolment.course_id,
            version_id=enrolment.version_id,
            source=source,
            reason=reason,
            actor=uow.actor.label,
            at=now,
        )
    )
    uow.record(CourseCompleted(enrolment.id, enrolment.person_id, enrolment.course_id, now))
    uow.session.flush()
    offer_places(uow, enrolment.course_id, enrolment.cohort_id)
