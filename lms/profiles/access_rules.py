"""Declare who may see a digital profile."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import now_of
from lms.core.policy import SIGNED_IN, Action
from lms.people import queries as people
from lms.people.types import Relation

__all__ = ["ACTIONS", "PROFILE_RELATIONS"]

#: Who sees a whole profile: the person, guardians who may view, and staff responsible for the whole child.
PROFILE_RELATIONS = frozenset(
    {
        Relation.SELF,
        Relation.GUARDIAN_VIEW,
        Relation.CLASS_TEACHER,
        Relation.TUTOR,
        Relation.DEPUTY_HEAD,
        Relation.DIRECTOR,
    }
)


def _may_see(session: Session, actor: Actor, person_id: UUID) -> bool:
    """Tell whether the actor sees the whole child: heads only where the student belongs, not as a guest."""
    at = now_of(session)
    admission = people.current_admission(session, person_id, at.date())
    if admission is None:
        return bool(people.relations_to(session, actor, person_id, at) & PROFILE_RELATIONS)
    return bool(people.relations_in(session, actor, person_id, admission.org_id, at) & PROFILE_RELATIONS)


_FAMILY = frozenset({Relation.SELF, Relation.GUARDIAN_VIEW})
#: Who may say of a pupil's work that it shows what it is said to show.
_CONFIRMING = frozenset(
    {
        Relation.TEACHES,
        Relation.HOME_TEACHER,
        Relation.CLASS_TEACHER,
        Relation.TUTOR,
        Relation.DEPUTY_HEAD,
        Relation.DIRECTOR,
    }
)


def _related(relations: frozenset[Relation]) -> Callable[[Session, Actor, UUID], bool]:
    """Return a relation rule: one of ``relations`` to the student, for staff where the student belongs."""

    def check(session: Session, actor: Actor, person_id: UUID) -> bool:
        at = now_of(session)
        if people.relations_to(session, actor, person_id, at) & relations & _FAMILY:
            return True
        admission = people.current_admission(session, person_id, at.date())
        if admission is None:
            return False
        return bool(people.relations_in(session, actor, person_id, admission.org_id, at) & relations)

    return check


def _own(_session: Session, actor: Actor, person_id: UUID) -> bool:
    return actor.person_id == person_id


def _own_or_child(session: Session, actor: Actor, person_id: UUID) -> bool:
    relations = people.relations_to(session, actor, person_id, now_of(session))
    return bool(relations & {Relation.SELF, Relation.GUARDIAN_VIEW})


ACTIONS: tuple[Action, ...] = (
    Action(
        "profiles.view",
        SIGNED_IN,
        "See a digital profile: one's own, one's child's, one's pupil's.",
        _may_see,
    ),
    Action(
        "profiles.portfolio",
        SIGNED_IN,
        "See a portfolio: one's own, one's child's, one's pupil's.",
        _related(_FAMILY | _CONFIRMING),
    ),
    Action(
        "profiles.portfolio_write",
        frozenset({"student", "guardian"}),
        "Put a piece of work into one's own or one's child's portfolio, change it, take it out.",
        _related(_FAMILY),
    ),
    Action(
        "profiles.portfolio_confirm",
        frozenset({"teacher", "class_teacher", "tutor", "home_teacher", "deputy_head", "director"}),
        "Confirm a pupil's piece of work, with a reason, and take that back.",
        _related(_CONFIRMING),
    ),
    Action("profiles.access_log", SIGNED_IN, "See who looked: about oneself or one's child.", _own_or_child),
    Action("profiles.record", frozenset(), "Take evidence into the profile (the system only)."),
)
