"""Declare who may do what with study plans: by role first, by relation to the student second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.policy import Action
from lms.people.queries import relations_in, staff_of
from lms.people.types import AssignmentKind, Relation
from lms.plans.types.plans import PlanKind

__all__ = ["ACTIONS", "PlanReach", "heads_plan", "teaches_subject"]


@dataclass(frozen=True, slots=True)
class PlanReach:
    """A student's plan at a moment: what relations are asked about."""

    id: UUID
    person_id: UUID
    org_id: UUID
    at: datetime
    kind: PlanKind = PlanKind.GENERAL


_TEACHING = frozenset({Relation.TEACHES, Relation.CLASS_TEACHER, Relation.TUTOR, Relation.HOME_TEACHER})
_MARKING = frozenset({AssignmentKind.TEACHES, AssignmentKind.HOME_TEACHER})
_HEADS = frozenset({Relation.DIRECTOR, Relation.DEPUTY_HEAD})
_FAMILY = frozenset({Relation.SELF, Relation.GUARDIAN_VIEW})
_TEACHING_ROLES = frozenset({"teacher", "class_teacher", "tutor", "home_teacher"})
_HEAD_ROLES = frozenset({"director", "deputy_head"})
_STAFF_ROLES = _TEACHING_ROLES | _HEAD_ROLES | {"specialist", "registrar"}


def _related(relations: frozenset[Relation]) -> Callable[[Session, Actor, Any], bool]:
    """Return a relation rule: one of ``relations`` to the student in the plan's organisation."""

    def check(session: Session, actor: Actor, obj: PlanReach) -> bool:
        if obj.kind is PlanKind.STAFF and heads_plan(actor, obj) and relations & _HEADS:
            return True  # nobody is admitted as a student here: the school's heads answer for its staff
        return bool(relations_in(session, actor, obj.person_id, obj.org_id, obj.at) & relations)

    return check


def heads_plan(actor: Actor, reach: PlanReach) -> bool:
    """Tell whether the actor heads the organisation that answers for the plan."""
    return actor.has_role(*_HEAD_ROLES, org_id=reach.org_id)


def teaches_subject(session: Session, actor: Actor, reach: PlanReach, subject: str) -> bool:
    """Tell whether the actor teaches the student this subject; an assignment without one covers them all."""
    return any(
        staff_id == actor.person_id and kind in _MARKING and of_subject in {subject, ""}
        for kind, of_subject, staff_id in staff_of(session, reach.person_id, reach.at)
    )


def _in_organisation(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*_HEAD_ROLES, org_id=org_id)


_READERS = _FAMILY | _TEACHING | _HEADS | {Relation.SPECIALIST, Relation.REGISTRAR, Relation.COMMISSION}
_READER_ROLES = _STAFF_ROLES | {"student", "guardian", "commission_member", "commission_chair"}

ACTIONS: tuple[Action, ...] = (
    Action(
        "plans.own",
        frozenset({"student"}),
        "One's own study plan.",
        _related(frozenset({Relation.SELF})),
    ),
    Action(
        "plans.read",
        _READER_ROLES,
        "Read a student's plan, its versions and what changed.",
        _related(_READERS),
    ),
    Action("plans.list", _STAFF_ROLES, "See the plans of one's own students or organisation."),
    Action(
        "plans.edit",
        _TEACHING_ROLES | _HEAD_ROLES,
        "Write a draft of a plan and submit it.",
        _related(_TEACHING | _HEADS),
    ),
    Action(
        "plans.propose",
        frozenset({"student", "guardian"}),
        "Propose an item for one's own or one's child's plan.",
        _related(_FAMILY),
    ),
    Action(
        "plans.sign",
        frozenset({"student", "guardian"}) | _STAFF_ROLES,
        "Sign a plan: a guardian with the right to sign, or whoever the plan is about and who signs personally.",
        _related(frozenset({Relation.SELF, Relation.GUARDIAN_SIGN})),
    ),
    Action(
        "plans.sign_paper",
        frozenset({"registrar", "deputy_head"}),
        "Attach a paper signed by the family.",
        _related(frozenset({Relation.REGISTRAR, Relation.DEPUTY_HEAD})),
    ),
    Action(
        "plans.return",
        _HEAD_ROLES | {"student", "guardian"},
        "Return a submitted version with a reason.",
        _related(_HEADS | {Relation.SELF, Relation.GUARDIAN_SIGN}),
    ),
    Action("plans.approve", _HEAD_ROLES, "Approve a version by an order.", _related(_HEADS)),
    Action(
        "plans.mark",
        _TEACHING_ROLES | _HEAD_ROLES,
        "Record the result of an item of one's own subject that its teacher attests.",
        _related(_TEACHING | _HEADS),
    ),
    Action(
        "plans.waive",
        _HEAD_ROLES,
        "Free a student from an item, with a reason.",
        _related(_HEADS),
    ),
    Action("plans.templates", _HEAD_ROLES, "Write plan templates.", _in_organisation),
    Action(
        "plans.authorities",
        _HEAD_ROLES,
        "Say which authorities' certificates count under qualified signatures.",
        _in_organisation,
    ),
)
