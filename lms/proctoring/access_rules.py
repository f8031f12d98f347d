"""Declare who may do what with identity checks, samples, sittings and reviews: by role, then by relation."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.queries.supervision import marked_among
from lms.core.actor import Actor
from lms.core.db import bulk_in
from lms.core.policy import SIGNED_IN, Action
from lms.people import queries as people
from lms.people.types import Relation, RoleKind
from lms.proctoring.models import IdentityCheck, ProctorDuty, ProctoringSession, ReviewDecision
from lms.proctoring.types import IdentityMethod

__all__ = [
    "ACTIONS",
    "DECIDERS",
    "Reach",
    "SittingReach",
    "WallReach",
    "barred_among",
    "decides",
    "lone_among",
    "may_decide",
    "near_among",
    "short_among",
    "watched_among",
]

R = Relation


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose data is touched and when, of which organisation; for an identity check also by which method.

    Without an organisation only the person, the family and those made responsible for them count.
    """

    id: UUID
    at: datetime
    method: IdentityMethod | None = None
    org_id: UUID | None = None

    @property
    def person_id(self) -> UUID:
        """Return whose record is asked for: the access log names them."""
        return self.id


@dataclass(frozen=True, slots=True)
class SittingReach:
    """A sitting under review: whose, where, of which attempt; while it runs (not ``is_over``) it is no reviewer's matter."""

    id: UUID
    at: datetime
    person_id: UUID
    org_id: UUID
    attempt_id: UUID
    is_over: bool = True


@dataclass(frozen=True, slots=True)
class WallReach:
    """A running sitting as whoever watches it reaches it: whose, where, of which exam."""

    id: UUID
    at: datetime
    person_id: UUID
    org_id: UUID
    exam_id: UUID


#: Which relation lets a person decide a check of each method. A teacher must know the student; the others need not.
DECIDERS: dict[IdentityMethod, frozenset[Relation]] = {
    IdentityMethod.FACE: frozenset({R.PROCTOR, R.REGISTRAR}),
    IdentityMethod.KNOWN_TEACHER: frozenset({R.TEACHES, R.CLASS_TEACHER, R.TUTOR, R.HOME_TEACHER}),
    IdentityMethod.DOCUMENT_VIDEO: frozenset({R.REGISTRAR, R.PROCTOR}),
    IdentityMethod.IN_PERSON: frozenset({R.REGISTRAR, R.PROCTOR}),
    IdentityMethod.CODE_AND_ADULT: frozenset({R.GUARDIAN_VIEW, R.TUTOR}),
    IdentityMethod.PASSKEY: frozenset(),
    IdentityMethod.PASSKEY_AND_TALK: frozenset(
        {R.TEACHES, R.CLASS_TEACHER, R.TUTOR, R.HOME_TEACHER, R.REGISTRAR, R.PROCTOR}
    ),
}

#: People who stand too near to review a sitting, besides the student's family: they teach or support the student.
NEAR = frozenset({R.TEACHES, R.CLASS_TEACHER, R.TUTOR, R.SPECIALIST, R.HOME_TEACHER})

#: An adverse decision needs two; where fewer stand free, whoever watched may look, too, and the heads are told.
LEAST_REVIEWERS = 2

#: Relations by office: they count only where the record belongs.
OFFICES = frozenset({R.DIRECTOR, R.DEPUTY_HEAD, R.REGISTRAR, R.COMMISSION, R.PROCTOR, R.REVIEWER})

_STAFF = frozenset({"registrar", "proctor"})
_DECIDING_STAFF = _STAFF | {"teacher", "class_teacher", "tutor", "home_teacher"}


def _relations(session: Session, actor: Actor, reach: Reach) -> frozenset[Relation]:
    if reach.org_id is None:
        return people.relations_to(session, actor, reach.id, reach.at) - OFFICES
    return people.relations_in(session, actor, reach.id, reach.org_id, reach.at)


def _self(session: Session, actor: Actor, reach: Reach) -> bool:
    return actor.person_id == reach.id


def _sample(session: Session, actor: Actor, reach: Reach) -> bool:
    return bool(_relations(session, actor, reach) & {R.SELF, R.REGISTRAR, R.PROCTOR})


def _sample_seen(session: Session, actor: Actor, reach: Reach) -> bool:
    return bool(_relations(session, actor, reach) & {R.SELF, R.GUARDIAN_VIEW, R.REGISTRAR, R.PROCTOR})


def _office(session: Session, actor: Actor, reach: Reach) -> bool:
    is_office = bool(_relations(session, actor, reach) & {R.REGISTRAR, R.PROCTOR})
    return is_office and people.is_impartial(session, actor, reach.id)


def may_decide(session: Session, actor: Actor, reach: Reach) -> bool:
    """Tell whether the actor may decide a check of the method, or vouch for its student.

    Nobody decides about oneself. Vouching is for guardians, and for tutors who are not of the family (a parent whose right a
    court took away does not come back as a tutor); every other way is for staff of the organisation who are impartial.
    """
    found = _relations(session, actor, reach)
    return decides(actor, reach, found, lambda: people.is_impartial(session, actor, reach.id))


def decides(actor: Actor, reach: Reach, found: frozenset[Relation], is_impartial: Callable[[], bool]) -> bool:
    """Tell what `may_decide` tells of somebody whose relations to the student are known."""
    if reach.method is None or R.SELF in found or not found & DECIDERS[reach.method]:
        return False
    if reach.method is IdentityMethod.CODE_AND_ADULT:
        return R.GUARDIAN_VIEW in found or is_impartial()
    return reach.org_id in {role.org_id for role in actor.roles} and is_impartial()


def _self_or_family(session: Session, actor: Actor, reach: Reach) -> bool:
    return bool(_relations(session, actor, reach) & {R.SELF, R.GUARDIAN_VIEW})


def near_among(session: Session, actor: Actor, sittings: Collection[SittingReach]) -> set[UUID]:
    """Return those sittings to which the actor stands too near, with a few statements for all of them.

    They teach or support the student or are of the family, marked the attempt, or said who sat there before it began.
    """
    if actor.person_id is None or not sittings:
        return set()
    family = people.family_of(session, actor.person_id) | {actor.person_id}
    of_attempt = {sitting.attempt_id: sitting.id for sitting in sittings}
    found = {of_attempt[key] for key in marked_among(session, actor.person_id, of_attempt)}
    for org_id in {sitting.org_id for sitting in sittings}:
        here = [sitting for sitting in sittings if sitting.org_id == org_id]
        ties = people.relations_among(session, actor, {one.person_id for one in here}, org_id, here[0].at)
        found |= {one.id for one in here if ties[one.person_id] & NEAR or one.person_id in family}
    for batch in bulk_in(sitting.id for sitting in sittings):
        confirmed = (
            sa.select(ProctoringSession.id)
            .join(IdentityCheck, ProctoringSession.check_id == IdentityCheck.id)
            .where(
                ProctoringSession.id.in_(batch),
                sa.or_(
                    IdentityCheck.decided_by == actor.person_id, IdentityCheck.vouched_by == actor.person_id
                ),
            )
        )
        found |= set(session.scalars(confirmed))
    return found


def watched_among(session: Session, person_id: UUID | None, session_ids: Collection[UUID]) -> set[UUID]:
    """Return those sittings during which a person was on duty for the exam, whether they opened a picture or not."""
    found: set[UUID] = set()
    for batch in bulk_in(session_ids):
        on_duty = (
            sa.select(ProctoringSession.id)
            .join(ProctorDuty, ProctorDuty.exam_id == ProctoringSession.exam_id)
            .where(
                ProctoringSession.id.in_(batch),
                ProctorDuty.person_id == person_id,
                ProctorDuty.set_at < ProctoringSession.ended_at,
                sa.or_(ProctorDuty.ended_at.is_(None), ProctorDuty.ended_at > ProctoringSession.started_at),
            )
        )
        found |= set(session.scalars(on_duty))
    return found


_JUDGED = sa.select(ReviewDecision.session_id, ReviewDecision.reviewer_id)
_OVERRULED = _JUDGED.join(ProctoringSession, ProctoringSession.id == ReviewDecision.session_id).where(
    ReviewDecision.at <= ProctoringSession.reinstated_at
)


def _judges_among(
    session: Session,
    sittings: Collection[SittingReach],
    offices: Collection[RoleKind],
    judged: sa.Select[UUID, UUID],
) -> dict[UUID, dict[UUID, bool]]:
    """Return for each sitting who of some offices neither stands too near nor has ``judged`` it, each with whether they watched it."""
    found: dict[UUID, dict[UUID, bool]] = {sitting.id: {} for sitting in sittings}
    before = {
        (key, person_id)
        for batch in bulk_in(found)
        for key, person_id in session.execute(judged.where(ReviewDecision.session_id.in_(batch)))
    }
    for org_id in {sitting.org_id for sitting in sittings}:
        here = [sitting for sitting in sittings if sitting.org_id == org_id]
        holders = {one for kind in offices for one in people.holders_of(session, org_id, kind, here[0].at)}
        for person_id in holders:
            near = near_among(session, Actor("person", person_id), here)
            watched = watched_among(session, person_id, {sitting.id for sitting in here} - near)
            for key in {sitting.id for sitting in here} - near:
                if (key, person_id) not in before:
                    found[key][person_id] = key in watched
    return found


def short_among(session: Session, sittings: Collection[SittingReach]) -> dict[UUID, set[UUID]]:
    """Return those sittings for which the school has fewer than two reviewers who are free, each with the watchers let in for that.

    Free is who neither watched it nor stands too near, nor judged it before an annulment was taken back. It does not depend on who has
    given an opinion since: whoever is let in by it learns nothing about what others said.
    """
    judges = _judges_among(session, sittings, (RoleKind.REVIEWER,), _OVERRULED)
    return {
        key: {one for one, has_watched in found.items() if has_watched}
        for key, found in judges.items()
        if list(found.values()).count(False) < LEAST_REVIEWERS
    }


def lone_among(session: Session, sittings: Collection[SittingReach]) -> dict[UUID, set[UUID]]:
    """Return those sittings an appeal about which nobody may answer but those who watched, each with them: there may be none.

    A reviewer or director answers it who does not stand too near and gave no opinion in any round.
    """
    judges = _judges_among(session, sittings, (RoleKind.REVIEWER, RoleKind.DIRECTOR), _JUDGED)
    return {key: set(found) for key, found in judges.items() if all(found.values())}


def barred_among(
    session: Session, actor: Actor, sittings: Collection[SittingReach], *, is_appeal: bool = False
) -> set[UUID]:
    """Return those sittings that the actor does not judge: stands too near, or watched while the school has others.

    With ``is_appeal`` it is about answering an appeal, for which one other is enough.
    """
    barred = near_among(session, actor, sittings)
    watched = watched_among(session, actor.person_id, {sitting.id for sitting in sittings} - barred)
    without_others = lone_among if is_appeal else short_among
    let_in = without_others(session, [sitting for sitting in sittings if sitting.id in watched])
    return barred | (watched - let_in.keys())


def _reviewer(session: Session, actor: Actor, reach: SittingReach) -> bool:
    is_here = reach.is_over and reach.org_id in actor.orgs_as("reviewer")
    return is_here and not barred_among(session, actor, [reach])


def _reviewer_or_director(session: Session, actor: Actor, reach: SittingReach) -> bool:
    is_here = reach.org_id in actor.orgs_as("reviewer", "director")
    return is_here and not barred_among(session, actor, [reach], is_appeal=True)


def _on_duty(session: Session, actor: Actor, reach: WallReach) -> bool:
    """Tell whether the actor is a proctor there, was put on duty for this exam, and is not of the student's family."""
    on_duty = sa.select(ProctorDuty.id).where(
        ProctorDuty.exam_id == reach.exam_id,
        ProctorDuty.person_id == actor.person_id,
        ProctorDuty.ended_at.is_(None),
    )
    is_here = reach.org_id in actor.orgs_as("proctor")
    return (
        is_here
        and session.scalar(on_duty.limit(1)) is not None
        and people.is_impartial(session, actor, reach.person_id)
    )


def _gives_duty(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return org_id in actor.orgs_as(*_DUTY_GIVERS)


def _of_org(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return org_id in actor.orgs_as(*_HEADS)


_STUDENT = frozenset({"student"})
_HEADS = frozenset({"director", "deputy_head"})
_DUTY_GIVERS = _HEADS | {"registrar"}
ACTIONS: tuple[Action, ...] = (
    Action("proctoring.own_identity", _STUDENT, "Choose a way and confirm one's own identity.", _self),
    Action("proctoring.own_passkeys", _STUDENT, "Bind one's own devices and forget them.", _self),
    Action("proctoring.see_sample", SIGNED_IN, "See how the registration of a sample stands.", _sample_seen),
    Action("proctoring.register_sample", _STUDENT | _STAFF, "Take the pictures of a sample.", _sample),
    Action("proctoring.approve_sample", _STAFF, "Approve a sample against a document.", _office),
    Action("proctoring.decide_identity", _DECIDING_STAFF, "Record a decision about identity.", may_decide),
    Action(
        "proctoring.vouch",
        frozenset({"guardian", "tutor"}),
        "Vouch for a student and pass on a code.",
        may_decide,
    ),
    Action(
        "proctoring.waive_seb",
        _STAFF,
        "Allow a student to sit an exam without Safe Exam Browser.",
        _office,
    ),
    Action("proctoring.send_frames", _STUDENT, "Send pictures of one's own sitting.", _self),
    Action(
        "proctoring.own_sitting",
        SIGNED_IN,
        "See one's own or one's child's sitting and statement.",
        _self_or_family,
    ),
    Action("proctoring.answer", _STUDENT, "Write a statement about one's own sitting.", _self),
    Action(
        "proctoring.appeal",
        frozenset({"student", "guardian"}),
        "Appeal against the annulment of one's own or one's child's sitting.",
        _self_or_family,
    ),
    Action("proctoring.write", _STUDENT, "Write to whoever watches one's own sitting, and read it.", _self),
    Action(
        "proctoring.watch",
        frozenset({"proctor"}),
        "Watch running sittings of exams for which one is on duty: look, write, stop the clock, give time.",
        _on_duty,
    ),
    Action("proctoring.set_duty", _DUTY_GIVERS, "Say who watches an exam while it runs.", _gives_duty),
    Action("proctoring.review", frozenset({"reviewer"}), "Look at a sitting and give an opinion.", _reviewer),
    Action(
        "proctoring.reinstate",
        frozenset({"reviewer", "director"}),
        "Make an annulled sitting count again.",
        _reviewer_or_director,
    ),
    Action(
        "proctoring.set_policy",
        _HEADS,
        "Set what a school asks for in its sittings: level, ways, camera.",
        _of_org,
    ),
)
