"""Declare who may do what with items, examinations, attempts and results.

Reach is by relation to the student in the organisation that holds the examination: the head, commission or proctor of
another school to which the student goes too has no say here, and whoever acts as staff is staff of this organisation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.models import (
    Attempt,
    AttemptItem,
    AttestationSession,
    Item,
    ItemVersion,
    SessionCommission,
)
from lms.core.actor import Actor
from lms.core.db import bulk_in, day_of, now_of
from lms.core.policy import SIGNED_IN, Action, Relation
from lms.people import types as people
from lms.people.queries import relations_among, relations_in, relations_to
from lms.people.queries.persons import admitted_among, family_of, is_impartial, taught_among

__all__ = [
    "ACTIONS",
    "Candidate",
    "ReachAmong",
    "judged_by",
    "markable_among",
    "may_decide_appeal",
    "may_mark",
    "may_read",
    "reach_among",
    "reads_as_staff",
    "sees_conditions",
]

R = people.Relation

STUDENT = frozenset({"student"})
AUTHORS = frozenset({"teacher", "home_teacher", "content_author", "deputy_head", "director"})
ORGANISERS = frozenset(
    {"teacher", "class_teacher", "home_teacher", "tutor", "registrar", "proctor", "deputy_head", "director"}
)
MARKERS = frozenset(
    {
        "teacher",
        "class_teacher",
        "home_teacher",
        "commission_member",
        "commission_chair",
        "deputy_head",
        "director",
    }
)
GRADERS = frozenset({"teacher", "class_teacher", "home_teacher", "deputy_head", "director"})
HEADS = frozenset({"commission_chair", "deputy_head", "director"})
DECIDERS = HEADS | {"commission_member"}
REVIEWERS = frozenset({"reviewer", "commission_chair", "deputy_head", "director"})

#: Who marks a person's answers, settles what came late and releases results.
_MARKING = frozenset({R.TEACHES, R.HOME_TEACHER, R.COMMISSION, R.DEPUTY_HEAD, R.DIRECTOR})
_ORGANISING = frozenset(
    {R.TEACHES, R.CLASS_TEACHER, R.HOME_TEACHER, R.TUTOR, R.REGISTRAR, R.PROCTOR, R.DEPUTY_HEAD, R.DIRECTOR}
)
#: Who may know what a support plan gives somebody (domain: S2).
_CONDITIONS = frozenset(
    {
        R.SELF,
        R.GUARDIAN_VIEW,
        R.TEACHES,
        R.CLASS_TEACHER,
        R.TUTOR,
        R.HOME_TEACHER,
        R.SPECIALIST,
        R.DEPUTY_HEAD,
        R.DIRECTOR,
    }
)
_DECIDING = frozenset({R.COMMISSION, R.DEPUTY_HEAD, R.DIRECTOR})
_REVIEWING = frozenset({R.REVIEWER, R.COMMISSION, R.DEPUTY_HEAD, R.DIRECTOR})
#: Who sits beside an examination and watches it organises it, and has no task with works, marks and journals; who reviews
#: sittings judges what was seen, never what was answered.
_STAFF = (_MARKING | _ORGANISING | _REVIEWING) - {R.PROCTOR, R.REVIEWER}
_READING = _STAFF | {R.SELF, R.GUARDIAN_VIEW}


class OfPerson(Protocol):
    """Anything that belongs to one student: an entry, an attempt, a result."""

    person_id: UUID


class OfOrganisation(Protocol):
    """Anything that belongs to one organisation: a bank, a blueprint, a session."""

    org_id: UUID


class KeptBook(OfOrganisation, Protocol):
    """A gradebook of an organisation, kept by somebody."""

    created_by: UUID | None


class OfQuestions(Protocol):
    """A file that questions of some organisations use."""

    id: UUID
    org_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who is to be put on a roster of an organisation."""

    id: UUID
    org_id: UUID

    @property
    def person_id(self) -> UUID:
        """Return the person: a candidate is known by nothing else."""
        return self.id


def _org_of(session: Session, obj: Any) -> UUID:
    """Return the organisation that holds the examination of an entry, an attempt or a result."""
    known: UUID | None = getattr(obj, "org_id", None)
    if known is not None:
        return known
    statement = sa.select(AttestationSession.org_id).where(AttestationSession.id == obj.session_id)
    return session.scalars(statement).one()


def _own(_session: Session, actor: Actor, obj: OfPerson) -> bool:
    return obj.person_id == actor.person_id


def _reads(session: Session, actor: Actor, obj: OfPerson | UUID) -> bool:
    """Whoever knows the person; a record only in a matter of the organisation that keeps it."""
    if isinstance(obj, UUID):
        return bool(relations_to(session, actor, obj, now_of(session)) & _READING)
    return may_read(session, actor, obj.person_id, _org_of(session, obj), now_of(session))


def _appeals(session: Session, actor: Actor, obj: OfPerson) -> bool:
    """Tell whether the actor is the student or may sign for the student."""
    relations = relations_in(session, actor, obj.person_id, _org_of(session, obj), now_of(session))
    return bool(relations & {R.SELF, R.GUARDIAN_SIGN})


def _sees_appeal(session: Session, actor: Actor, obj: OfPerson) -> bool:
    """Tell whether the actor is of the family, or staff that answers appeals and is not close to the student."""
    org_id, at = _org_of(session, obj), now_of(session)
    relations = relations_in(session, actor, obj.person_id, org_id, at)
    if relations & {R.SELF, R.GUARDIAN_VIEW, R.GUARDIAN_SIGN}:
        return True
    return may_decide_appeal(session, actor, obj.person_id, org_id, at)


def may_decide_appeal(session: Session, actor: Actor, person_id: UUID, org_id: UUID, at: datetime) -> bool:
    """Tell whether the actor answers this person's appeals in an organisation."""
    if not actor.has_role(*DECIDERS, org_id=org_id) or not is_impartial(session, actor, person_id):
        return False
    return bool(relations_in(session, actor, person_id, org_id, at) & _DECIDING)


def _acts(
    wanted: frozenset[people.Relation],
    roles: frozenset[str],
    *,
    also_self: bool = False,
    judges: bool = False,
) -> Relation:
    """Return a rule for staff of the organisation; who ``judges`` must not be close to the student."""

    def check(session: Session, actor: Actor, obj: OfPerson) -> bool:
        """Staff of the organisation who answer for the student."""
        if also_self and obj.person_id == actor.person_id:
            return True
        if judges and not is_impartial(session, actor, obj.person_id):
            return False
        org_id = _org_of(session, obj)
        if not actor.has_role(*roles, org_id=org_id):
            return False
        return bool(relations_in(session, actor, obj.person_id, org_id, now_of(session)) & wanted)

    return check


def may_mark(session: Session, actor: Actor, person_id: UUID, org_id: UUID, at: datetime) -> bool:
    """Tell whether the actor marks this person's answers in examinations of an organisation."""
    if not actor.has_role(*MARKERS, org_id=org_id) or not is_impartial(session, actor, person_id):
        return False
    return bool(relations_in(session, actor, person_id, org_id, at) & _MARKING)


def markable_among(
    session: Session, actor: Actor, org_id: UUID, person_ids: Collection[UUID], at: datetime
) -> set[UUID]:
    """Return those of many persons for whom `may_mark` says yes in an organisation, with a few statements for all of them."""
    if actor.person_id is None or not actor.has_role(*MARKERS, org_id=org_id):
        return {person for person in person_ids if may_mark(session, actor, person, org_id, at)}
    is_head = actor.has_role(*DECIDERS, org_id=org_id)
    within = set[UUID]()
    for batch in bulk_in(person_ids):
        within |= taught_among(session, actor.person_id, batch, at)
        if is_head:
            within |= admitted_among(session, org_id, batch, day_of(session, at))
    return within - family_of(session, actor.person_id) - {actor.person_id}


@dataclass(frozen=True, slots=True)
class ReachAmong:
    """Of many persons those for whom `may_read`, `sees_conditions` and `may_mark` say yes."""

    reads: frozenset[UUID]
    conditions: frozenset[UUID]
    marks: frozenset[UUID]


def reach_among(
    session: Session, actor: Actor, org_id: UUID, person_ids: Collection[UUID], at: datetime
) -> ReachAmong:
    """Return whom of many persons an actor reaches for what in an organisation, with a few statements for all of them."""
    relations = relations_among(session, actor, person_ids, org_id, at)
    marks: set[UUID] = set()
    if actor.person_id is not None and actor.has_role(*MARKERS, org_id=org_id):
        close = family_of(session, actor.person_id) | {actor.person_id}
        marks = {person for person, held in relations.items() if held & _MARKING and person not in close}
    return ReachAmong(
        reads=frozenset(person for person, held in relations.items() if held & _READING),
        conditions=frozenset(person for person, held in relations.items() if held & _CONDITIONS),
        marks=frozenset(marks),
    )


def judged_by(actor: Actor, session_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that works of a session are the actor's to judge: before a named commission, its members' alone.

    ``session_id`` is a column or an id. It adds to `may_mark`. Source: 273-ФЗ art. 58 part 6.
    """
    named = SessionCommission.session_id == session_id
    own = sa.exists().where(named, SessionCommission.person_id == actor.person_id)
    return sa.or_(~sa.exists().where(named), own)


def _judges(wanted: frozenset[people.Relation], roles: frozenset[str]) -> Relation:
    """Return a rule for those who judge works: not close to the student, and of the commission where one is named."""
    acts = _acts(wanted, roles, judges=True)

    def check(session: Session, actor: Actor, obj: Any) -> bool:
        """Staff of the organisation who answer for the student, or the commission's members alone."""
        is_theirs = session.scalar(sa.select(judged_by(actor, obj.session_id)))
        return bool(is_theirs) and acts(session, actor, obj)

    return check


def may_read(session: Session, actor: Actor, person_id: UUID, org_id: UUID, at: datetime) -> bool:
    """Tell whether the actor may see this person's examinations and results in an organisation; one's own, always."""
    return (actor.person_id is not None and actor.person_id == person_id) or bool(
        relations_in(session, actor, person_id, org_id, at) & _READING
    )


def reads_as_staff(session: Session, actor: Actor, person_id: UUID, org_id: UUID, at: datetime) -> bool:
    """Tell whether the actor sees everything of an ended attempt, not only what the review matrix allows.

    The student and those who are close never do, whatever else they are at this school.
    """
    if actor.person_id == person_id:
        return False
    is_staff = bool(relations_in(session, actor, person_id, org_id, at) & _STAFF)
    return is_staff and is_impartial(session, actor, person_id)


def sees_conditions(session: Session, actor: Actor, person_id: UUID, org_id: UUID, at: datetime) -> bool:
    """Tell whether the actor may know which conditions of a support plan hold for this person (domain: S2)."""
    return bool(relations_in(session, actor, person_id, org_id, at) & _CONDITIONS)


def _keeps(_session: Session, actor: Actor, obj: KeptBook) -> bool:
    """Tell whether the actor keeps the gradebook, or is a head where it is kept."""
    if actor.has_role(*HEADS, org_id=obj.org_id):
        return True
    return obj.created_by == actor.person_id and actor.has_role(*GRADERS, org_id=obj.org_id)


def _in_organisation(roles: frozenset[str]) -> Relation:
    def check(_session: Session, actor: Actor, obj: OfOrganisation | UUID) -> bool:
        return actor.has_role(*roles, org_id=obj if isinstance(obj, UUID) else obj.org_id)

    return check


def _sees_media(session: Session, actor: Actor, obj: OfQuestions) -> bool:
    """Tell whether the actor writes or marks questions of a school that uses the file, or was given one that names it."""
    if any(actor.has_role(*AUTHORS, *MARKERS, *REVIEWERS, org_id=org_id) for org_id in obj.org_ids):
        return True
    is_given = sa.exists().where(
        Attempt.person_id == actor.person_id,
        AttemptItem.attempt_id == Attempt.id,
        ItemVersion.id == AttemptItem.item_version_id,
        Item.id == ItemVersion.item_id,
        Item.org_id.in_(obj.org_ids),  # else a school could name another's picture in a question of its own
        sa.cast(ItemVersion.content, sa.Text).contains(str(obj.id)),
    )
    return bool(session.scalar(sa.select(is_given)))


ACTIONS: tuple[Action, ...] = (
    Action(
        "assessment.exams",
        SIGNED_IN,
        "See one's own, one's child's or one's student's examinations.",
        _reads,
    ),
    Action(
        "assessment.journal",
        SIGNED_IN,
        "See one's own, one's child's or one's student's journal: works, marks, debts.",
        _reads,
    ),
    Action("assessment.sit", STUDENT, "Start, continue and hand in one's own attempt.", _own),
    Action("assessment.save", STUDENT, "Save answers of one's own attempt (checked inside the statement)."),
    Action("assessment.read_maths", SIGNED_IN, "See how typed mathematics is read, before it is marked."),
    Action("assessment.see_result", SIGNED_IN, "See results and what was answered.", _reads),
    Action("assessment.check_receipt", SIGNED_IN, "Ask whether a receipt is genuine and its answer is kept."),
    Action(
        "assessment.author",
        AUTHORS,
        "Write items and blueprints of one's own organisation.",
        _in_organisation(AUTHORS),
    ),
    Action("assessment.answer_file", SIGNED_IN, "See a file of one's own answer, or of one that one marks."),
    Action(
        "assessment.item_media",
        SIGNED_IN,
        "See a picture or hear a recording of a question that one writes, marks, or has or had in an attempt of one's own.",
        _sees_media,
    ),
    Action(
        "assessment.schedule",
        ORGANISERS,
        "Open attestation sessions of one's own organisation and see their rosters.",
        _in_organisation(ORGANISERS),
    ),
    Action(
        "assessment.debts",
        ORGANISERS - {"proctor"},
        "List the debts of students for whom one is responsible.",
        _acts(_ORGANISING - {R.PROCTOR}, ORGANISERS - {"proctor"}),
    ),
    Action(
        "assessment.admit",
        ORGANISERS,
        "Put a person for whom one is responsible on a roster, grant time, stop and continue the clock.",
        _acts(_ORGANISING, ORGANISERS),
    ),
    Action(
        "assessment.pause",
        STUDENT | ORGANISERS,
        "Take an agreed rest break, or stop somebody's clock.",
        _acts(_ORGANISING, ORGANISERS, also_self=True),
    ),
    Action(
        "assessment.mark",
        MARKERS,
        "Mark answers and decide on what came late; before a named commission, its members alone.",
        _judges(_MARKING, MARKERS),
    ),
    Action(
        "assessment.release",
        MARKERS,
        "Release a result; before a named commission, its members alone.",
        _judges(_MARKING, MARKERS),
    ),
    Action(
        "assessment.set_policy",
        frozenset({"deputy_head", "director"}),
        "Write the rules by which scores become marks in one's own organisation.",
        _in_organisation(frozenset({"deputy_head", "director"})),
    ),
    Action(
        "assessment.see_policy",
        MARKERS | AUTHORS,
        "See the rules by which scores become marks in one's own organisation.",
        _in_organisation(MARKERS | AUTHORS),
    ),
    Action(
        "assessment.keep_gradebook",
        GRADERS,
        "Open a gradebook in one's own organisation.",
        _in_organisation(GRADERS),
    ),
    Action(
        "assessment.gradebook",
        GRADERS,
        "See and fill in a gradebook that one keeps, or any of one's organisation as its head.",
        _keeps,
    ),
    Action(
        "assessment.sheet",
        HEADS | {"registrar"},
        "Print the attestation sheet and the protocol of a session of one's own organisation.",
        _in_organisation(HEADS | {"registrar"}),
    ),
    Action(
        "assessment.appeal",
        STUDENT | {"guardian"},
        "Appeal against a result of one's own, or of one's child.",
        _appeals,
    ),
    Action(
        "assessment.see_appeal",
        SIGNED_IN,
        "See an appeal of one's own, of one's child, or one that one decides.",
        _sees_appeal,
    ),
    Action(
        "assessment.decide_appeal",
        DECIDERS,
        "Answer an appeal against the marks of a student for whom one is responsible.",
        _acts(_DECIDING, DECIDERS, judges=True),
    ),
    Action(
        "assessment.regrade",
        MARKERS,
        "Replay the marking of a session of one's own organisation and see what would change.",
        _in_organisation(MARKERS),
    ),
    Action(
        "assessment.approve_regrade",
        HEADS,
        "Let the changes of a replayed marking become grades, or drop them.",
        _in_organisation(HEADS),
    ),
    Action(
        "assessment.annul",
        REVIEWERS,
        "Annul and reinstate an attempt after a review.",
        _acts(_REVIEWING, REVIEWERS, judges=True),
    ),
)
