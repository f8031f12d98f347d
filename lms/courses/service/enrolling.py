"""Enrol people and lead their enrolments through their states."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.courses import structure
from lms.courses.access_rules import Candidacy, Look
from lms.courses.events import CourseCompleted
from lms.courses.models import CompletionFact, Course, CourseVersion, Enrolment
from lms.courses.queries import block_facts, enrolled_shape
from lms.courses.rules.enrolments import may_move
from lms.courses.service.sharing import carry_in
from lms.courses.types import (
    CompletionSource,
    EnrolmentGround,
    EnrolmentReceipt,
    EnrolmentState,
    VersionState,
)

__all__ = [
    "complete_course",
    "complete_if_done",
    "enrol",
    "pause_enrolment",
    "record_completion",
    "resume_enrolment",
    "withdraw_enrolment",
]


def enrol(
    uow: UnitOfWork, person_id: UUID, course_id: UUID, ground: EnrolmentGround | str, reference: str = ""
) -> EnrolmentReceipt:
    """Enrol a person in the published version of a course; who is in it already stays as they are.

    ``reference`` says what it rests on (``plan_item:…``). Raises NotFound ``course.none``, Conflict
    ``course.not_published``.
    """
    course = uow.session.get(Course, course_id)
    if course is None:
        raise NotFound("course.none")
    uow.require("courses.enrol", Candidacy(person_id, course, uow.now()))
    uow.lock("enrolment", person_id)
    existing = living_enrolment(uow, person_id, course_id)
    if existing is not None:
        return _receipt(existing)
    version = uow.session.scalar(
        sa.select(CourseVersion.id).where(
            CourseVersion.course_id == course_id, CourseVersion.state == VersionState.PUBLISHED
        )
    )
    if version is None:
        raise Conflict("course.not_published")
    now = uow.now()
    enrolment = Enrolment(
        person_id=person_id,
        course_id=course_id,
        version_id=version,
        ground=EnrolmentGround(ground),
        reference=reference,
        state=EnrolmentState.ACTIVE,
        created_by=uow.actor.person_id,
        created_at=now,
        changed_at=now,
    )
    uow.session.add(enrolment)
    uow.session.flush()
    if carry_in(uow, enrolment):
        complete_if_done(uow, enrolment)
    return _receipt(enrolment, is_new=True)


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


def withdraw_enrolment(uow: UnitOfWork, enrolment_id: UUID) -> EnrolmentReceipt:
    """End an enrolment without completion; its facts stay. Raise Conflict ``course.enrolment_state``."""
    enrolment = _changeable(uow, enrolment_id)
    _move(uow, enrolment, EnrolmentState.WITHDRAWN)
    return _receipt(enrolment)


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
