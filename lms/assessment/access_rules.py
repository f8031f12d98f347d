"""Declare who may do what with items, examinations, attempts and results; reach is by relation."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import now_of
from lms.core.policy import SIGNED_IN, Action, Relation
from lms.people import types as people
from lms.people.queries import relations_to

__all__ = ["ACTIONS", "MARKING_RELATIONS"]

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
REVIEWERS = frozenset({"reviewer", "commission_chair", "deputy_head", "director"})

#: Who marks a person's answers, settles what came late and releases results.
MARKING_RELATIONS = frozenset({R.TEACHES, R.HOME_TEACHER, R.COMMISSION, R.DEPUTY_HEAD, R.DIRECTOR})
_ORGANISING = frozenset(
    {R.TEACHES, R.CLASS_TEACHER, R.HOME_TEACHER, R.TUTOR, R.REGISTRAR, R.PROCTOR, R.DEPUTY_HEAD, R.DIRECTOR}
)
_REVIEWING = frozenset({R.REVIEWER, R.COMMISSION, R.DEPUTY_HEAD, R.DIRECTOR})
_READING = MARKING_RELATIONS | _ORGANISING | _REVIEWING | {R.SELF, R.GUARDIAN_VIEW}


class OfPerson(Protocol):
    """Anything that belongs to one student: an entry, an attempt, a result."""

    person_id: UUID


class OfOrganisation(Protocol):
    """Anything that belongs to one organisation: a bank, a blueprint, a session."""

    org_id: UUID


def _person_of(obj: OfPerson | UUID) -> UUID:
    return obj if isinstance(obj, UUID) else obj.person_id


def _own(_session: Session, actor: Actor, obj: OfPerson | UUID) -> bool:
    return _person_of(obj) == actor.person_id


def _related(wanted: frozenset[people.Relation]) -> Relation:
    def check(session: Session, actor: Actor, obj: OfPerson | UUID) -> bool:
        return bool(relations_to(session, actor, _person_of(obj), now_of(session)) & wanted)

    return check


def _in_organisation(roles: frozenset[str]) -> Relation:
    def check(_session: Session, actor: Actor, obj: OfOrganisation | UUID) -> bool:
        return actor.has_role(*roles, org_id=obj if isinstance(obj, UUID) else obj.org_id)

    return check


ACTIONS: tuple[Action, ...] = (
    Action(
        "assessment.exams",
        SIGNED_IN,
        "See one's own, one's child's or one's student's examinations.",
        _related(_READING),
    ),
    Action("assessment.sit", STUDENT, "Start, continue and hand in one's own attempt.", _own),
    Action("assessment.save", STUDENT, "Save answers of one's own attempt (checked inside the statement)."),
    Action("assessment.see_result", SIGNED_IN, "See results and what was answered.", _related(_READING)),
    Action("assessment.check_receipt", SIGNED_IN, "Ask whether a receipt is genuine and its answer is kept."),
    Action(
        "assessment.author",
        AUTHORS,
        "Write items and blueprints of one's own organisation.",
        _in_organisation(AUTHORS),
    ),
    Action(
        "assessment.schedule",
        ORGANISERS,
        "Open attestation sessions of one's own organisation and see their rosters.",
        _in_organisation(ORGANISERS),
    ),
    Action(
        "assessment.admit",
        ORGANISERS,
        "Put a person for whom one is responsible on a roster, grant time, stop and continue the clock.",
        _related(_ORGANISING),
    ),
    Action(
        "assessment.pause",
        STUDENT | ORGANISERS,
        "Take an agreed rest break, or stop somebody's clock.",
        _related(_ORGANISING | {R.SELF}),
    ),
    Action(
        "assessment.mark", MARKERS, "Mark answers and decide on what came late.", _related(MARKING_RELATIONS)
    ),
    Action("assessment.release", MARKERS, "Release a result.", _related(MARKING_RELATIONS)),
    Action(
        "assessment.annul", REVIEWERS, "Annul and reinstate an attempt after a review.", _related(_REVIEWING)
    ),
)
