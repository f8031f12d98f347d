"""Declare who may do what with courses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.policy import Action
from lms.courses.models import Course, CourseMedia, Enrolment
from lms.courses.page_rows import enrolment_of
from lms.courses.types import EnrolmentMode, EnrolmentState
from lms.people.queries import children_of, current_admission, relations_among, relations_in
from lms.people.types import Relation

__all__ = ["ACTIONS", "Candidacy", "Look", "Sight", "judged_among", "learners_of", "seen_among"]

STUDENT = frozenset({"student"})
GUARDIAN = frozenset({"guardian"})
STAFF = frozenset(
    {"teacher", "class_teacher", "home_teacher", "tutor", "content_author", "deputy_head", "director"}
)
AUTHORS = frozenset({"teacher", "home_teacher", "content_author", "deputy_head", "director"})

#: Those who answer for where a school sends its students.
HEADS = frozenset({"deputy_head", "director"})

#: Those who answer for a student's learning: they enrol and see progress.
RESPONSIBLE = frozenset(
    {
        Relation.TEACHES,
        Relation.CLASS_TEACHER,
        Relation.TUTOR,
        Relation.HOME_TEACHER,
        Relation.DEPUTY_HEAD,
        Relation.DIRECTOR,
    }
)

#: Those who see how a student gets on.
WATCHING = RESPONSIBLE | {Relation.SELF, Relation.GUARDIAN_VIEW, Relation.SPECIALIST}

#: Whoever is in a course, or was, may look at it.
LIVING = frozenset({EnrolmentState.ACTIVE, EnrolmentState.PAUSED, EnrolmentState.COMPLETED})
#: Those who decide on a place: the student, and who may sign for the student.
OWN = frozenset({Relation.SELF, Relation.GUARDIAN_SIGN})


@dataclass(frozen=True, slots=True)
class Candidacy:
    """Somebody who is to be enrolled in a course, and when."""

    id: UUID
    course: Course
    at: datetime

    @property
    def person_id(self) -> UUID:
        """Return whose record is asked for: the access log names them."""
        return self.id


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody whose progress is asked for, in a course of which organisation, and when."""

    id: UUID
    org_id: UUID
    at: datetime

    @property
    def person_id(self) -> UUID:
        """Return whose record is asked for: the access log names them."""
        return self.id


@dataclass(frozen=True, slots=True)
class Sight:
    """A course that somebody wants to look at, and when."""

    id: UUID
    course: Course
    at: datetime


def _may_look(session: Session, actor: Actor, sight: Sight) -> bool:
    """One looks at courses of one's own or one's child's organisation, and at those in which one is enrolled."""
    if _staff_of_course(session, actor, sight.course) or _is_enrolled(session, actor, sight.course.id):
        return True
    return sight.course.org_id in {org_id for _id, org_id in learners_of(session, actor, sight.at)}


def learners_of(session: Session, actor: Actor, at: datetime) -> list[tuple[UUID, UUID]]:
    """Return for whom one may choose courses, each with their school: for oneself, and for the children whom one may see."""
    if actor.person_id is None:
        return []
    people = [actor.person_id]
    if actor.has_role("guardian"):
        people += [card.id for card in children_of(session, actor.person_id, at)]
    schools = [(person_id, current_admission(session, person_id, at.date())) for person_id in people]
    return [(person_id, admission.org_id) for person_id, admission in schools if admission is not None]


def _is_enrolled(session: Session, actor: Actor, course_id: UUID) -> bool:
    enrolment = None if actor.person_id is None else enrolment_of(session, actor.person_id, course_id)
    return enrolment is not None and enrolment.state in LIVING


def _staff_of_course(_session: Session, actor: Actor, course: Course) -> bool:
    return actor.has_role(*STAFF, org_id=course.org_id)


def _author_of_course(_session: Session, actor: Actor, course: Course) -> bool:
    return actor.has_role(*AUTHORS, org_id=course.org_id)


def _heads_course(_session: Session, actor: Actor, course: Course) -> bool:
    return actor.has_role(*HEADS, org_id=course.org_id)


def _may_delete(session: Session, actor: Actor, course: Course) -> bool:
    is_own = course.created_by is not None and course.created_by == actor.person_id
    return _heads_course(session, actor, course) or (is_own and _author_of_course(session, actor, course))


def _author_in(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*AUTHORS, org_id=org_id)


def _head_in(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*HEADS, org_id=org_id)


def _may_encourage(session: Session, actor: Actor, look: Look) -> bool:
    wanted = {Relation.SELF, Relation.GUARDIAN_VIEW}
    relations = relations_in(session, actor, look.id, look.org_id, look.at)
    return bool(relations & wanted) or bool(
        relations & RESPONSIBLE and actor.has_role(*STAFF, org_id=look.org_id)
    )


def _own_enrolment(_session: Session, actor: Actor, enrolment: Enrolment) -> bool:
    return enrolment.person_id == actor.person_id


def _may_enrol(session: Session, actor: Actor, wish: Candidacy) -> bool:
    """Staff enrol those they answer for; students enrol themselves in open courses of their own organisation."""
    relations = relations_in(session, actor, wish.id, wish.course.org_id, wish.at)
    if Relation.SELF in relations:
        admission = current_admission(session, wish.id, wish.at.date())
        in_own_school = admission is not None and admission.org_id == wish.course.org_id
        return in_own_school and wish.course.mode is EnrolmentMode.OPEN
    return bool(relations & RESPONSIBLE) and actor.has_role(*STAFF, org_id=wish.course.org_id)


def _may_ask(session: Session, actor: Actor, wish: Candidacy) -> bool:
    """Students, and those who sign for them, ask for a place in a course of the student's school; not where staff enrol."""
    if wish.course.mode is EnrolmentMode.ASSIGNED:
        return False
    if not relations_in(session, actor, wish.id, wish.course.org_id, wish.at) & OWN:
        return False
    admission = current_admission(session, wish.id, wish.at.date())
    return admission is not None and admission.org_id == wish.course.org_id


def _own_wish(session: Session, actor: Actor, look: Look) -> bool:
    return bool(relations_in(session, actor, look.id, look.org_id, look.at) & OWN)


def _may_change(session: Session, actor: Actor, look: Look) -> bool:
    """Those who answer for the student change something only in courses of an organisation whose staff they are."""
    responsible = relations_in(session, actor, look.id, look.org_id, look.at) & RESPONSIBLE
    return bool(responsible) and actor.has_role(*STAFF, org_id=look.org_id)


def judged_among(
    session: Session, actor: Actor, org_id: UUID, person_ids: Collection[UUID], at: datetime
) -> set[UUID]:
    """Return those of many persons for whom ``courses.judge_work`` says yes, with a few statements for all of them."""
    if not actor.has_role(*STAFF, org_id=org_id):
        return set()
    held = relations_among(session, actor, person_ids, org_id, at)
    return {person_id for person_id, relations in held.items() if relations & RESPONSIBLE}


def _may_see_progress(session: Session, actor: Actor, look: Look) -> bool:
    return bool(relations_in(session, actor, look.id, look.org_id, look.at) & WATCHING)


def seen_among(
    session: Session, actor: Actor, org_id: UUID, person_ids: Collection[UUID], at: datetime
) -> set[UUID]:
    """Return those of many persons for whom ``courses.see_progress`` says yes, with a few statements for all of them.

    The caller has checked that the actor has a role that may see progress.
    """
    held = relations_among(session, actor, person_ids, org_id, at)
    return {person_id for person_id, relations in held.items() if relations & WATCHING}


def _may_discuss(session: Session, actor: Actor, course: Course) -> bool:
    """Those who take a course discuss it, and the staff of its organisation."""
    return _staff_of_course(session, actor, course) or _is_enrolled(session, actor, course.id)


def _may_see_media(session: Session, actor: Actor, media: CourseMedia) -> bool:
    """Media are for those who are in the course, and for its organisation's staff."""
    course = session.get(Course, media.course_id)
    if course is not None and _staff_of_course(session, actor, course):
        return True
    return _is_enrolled(session, actor, media.course_id)


ACTIONS: tuple[Action, ...] = (
    Action(
        "courses.browse",
        STUDENT | STAFF | GUARDIAN,
        "See one's own courses and the catalogue of one's own or one's child's organisation.",
    ),
    Action(
        "courses.look", STUDENT | STAFF | GUARDIAN, "Look at a course: what is in it and for whom.", _may_look
    ),
    Action("courses.study", STUDENT, "Take a course in which one is enrolled.", _own_enrolment),
    Action("courses.read_media", STUDENT | STAFF, "Open pictures and videos of a course.", _may_see_media),
    Action(
        "courses.enrol",
        STUDENT | STAFF,
        "Enrol oneself in an open course, or one's own students.",
        _may_enrol,
    ),
    Action(
        "courses.ask_for_place",
        STUDENT | GUARDIAN,
        "Ask for a place in a course of one's own school, or in the name of a child for whom one signs.",
        _may_ask,
    ),
    Action(
        "courses.own_wish",
        STUDENT | GUARDIAN,
        "Take a place that was offered, take the wish back or leave a course that was chosen: for oneself, or a child for whom one signs.",
        _own_wish,
    ),
    Action(
        "courses.answer_wish",
        STAFF,
        "Say yes or no to the wishes of one's own students for places in a course.",
        _may_change,
    ),
    Action(
        "courses.change_enrolment",
        STAFF,
        "Pause, resume and end enrolments of one's own students.",
        _may_change,
    ),
    Action(
        "courses.judge_work",
        STAFF,
        "Accept or return what one's own students have handed in.",
        _may_change,
    ),
    Action(
        "courses.answer_questions",
        STAFF,
        "Read and answer what one's own students ask about steps of a course.",
        _may_change,
    ),
    Action(
        "courses.keep_notes",
        STUDENT,
        "Keep one's own notes, see one's own time at lessons and what one has achieved.",
    ),
    Action(
        "courses.review_peer",
        STUDENT,
        "Read a fellow learner's work that one was drawn for, without knowing whose it is.",
        _own_enrolment,
    ),
    Action(
        "courses.set_time",
        HEADS,
        "Say how long lessons at the screen may take a day in each grade.",
        _head_in,
    ),
    Action(
        "courses.encourage",
        STUDENT | STAFF | GUARDIAN,
        "Switch signs of what was achieved on and off, for oneself, one's own child or one's own student.",
        _may_encourage,
    ),
    Action(
        "courses.nudge",
        STAFF,
        "Send one's own students a kind word about a course, once a day at most.",
        _may_change,
    ),
    Action(
        "courses.announce",
        STAFF,
        "Write to all who take a course, or to those of a class.",
        _staff_of_course,
    ),
    Action(
        "courses.see_progress",
        STUDENT | STAFF | {"guardian", "specialist"},
        "See somebody's progress.",
        _may_see_progress,
    ),
    Action(
        "courses.teach",
        STAFF,
        "See the content and one's own students' progress in a course.",
        _staff_of_course,
    ),
    Action(
        "courses.discuss",
        STUDENT | STAFF,
        "Write in the discussions of a course, and report what is written there.",
        _may_discuss,
    ),
    Action(
        "courses.moderate",
        STAFF,
        "Show and hide what is written in the discussions of a course.",
        _staff_of_course,
    ),
    Action("courses.author", AUTHORS, "Write and publish versions of a course.", _author_of_course),
    Action(
        "courses.manage_tools",
        HEADS,
        "Register tools of other makers (LTI) that the courses of one's organisation may open, and close them.",
        _head_in,
    ),
    Action(
        "courses.delete",
        AUTHORS,
        "Delete a draft that nobody ever took: whoever began it, and the heads of the school.",
        _may_delete,
    ),
    Action(
        "courses.make_public",
        HEADS,
        "Let everybody, guests and search machines too, read what a course is about.",
        _heads_course,
    ),
    Action("courses.create", AUTHORS, "Begin a course in one's own organisation.", _author_in),
)
