"""Declare who may do what with credit cases: by relation to the student and the case, never by role alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import day_of
from lms.core.policy import Action
from lms.people import queries as people
from lms.people.types import Relation
from lms.plans.credit_models import Commission, CreditCase, CreditDecision, CreditVote
from lms.plans.types.credit import CaseState

__all__ = [
    "ACTIONS",
    "JUDGING",
    "CaseInHand",
    "Interest",
    "StudentInHand",
    "interests_of",
    "is_impartial",
    "may_apply_for",
]

FAMILY = frozenset({"student", "guardian"})
OFFICE = frozenset({"registrar", "deputy_head", "director"})
HEADS = frozenset({"deputy_head", "director"})
SEATS = frozenset({"commission_member", "commission_chair"})
#: Staff who answer for the whole child read the case; they change nothing.
NEAR = frozenset({Relation.TUTOR, Relation.CLASS_TEACHER})
#: What the office, the commission and the heads do with a case: never with one of their own family (C8).
JUDGING = frozenset(
    {"credit.office", "credit.vote", "credit.decide", "credit.resolve_appeal", "credit.suspend"}
)
#: From this grade on a student has finished основное общее образование and chooses personally.
CHOOSES_FROM_GRADE = 10


@dataclass(frozen=True, slots=True)
class CaseInHand:
    """A case at a moment: what relations are asked about."""

    id: UUID
    case: CreditCase
    at: datetime

    @property
    def person_id(self) -> UUID:
        """Return whose record is asked for: the access log names them."""
        return self.case.person_id


@dataclass(frozen=True, slots=True)
class StudentInHand:
    """A student at a moment."""

    id: UUID
    at: datetime

    @property
    def person_id(self) -> UUID:
        """Return whose record is asked for: the access log names them."""
        return self.id


def may_apply_for(session: Session, actor: Actor, person_id: UUID, at: datetime) -> bool:
    """Tell whether the actor may apply: a guardian who may sign, or a student who is grown up enough."""
    relations = people.relations_to(session, actor, person_id, at)
    if Relation.GUARDIAN_SIGN in relations:
        return True
    if Relation.SELF not in relations:
        return False
    admission = people.current_admission(session, person_id, day_of(session, at))
    grade = admission.grade if admission is not None else None
    return not people.is_minor(session, person_id, day_of(session, at)) or (grade or 0) >= CHOOSES_FROM_GRADE


def is_impartial(session: Session, actor: Actor, case: CreditCase) -> bool:
    """Tell whether the actor is neither of the student's family nor the author of the application (C8)."""
    if actor.person_id is None or actor.person_id in {case.opened_by, case.submitted_by}:
        return False
    return people.is_impartial(session, actor, case.person_id)


class Interest(StrEnum):
    """Why a member of the commission may not judge in a case."""

    AUTHOR = "author"
    FAMILY = "family"
    TEACHER = "teacher"
    DECIDED = "decided"


def interests_of(
    session: Session, case: CreditCase, member_ids: Collection[UUID], at: datetime
) -> dict[UUID, Interest]:
    """Return the members who may not judge in a case, each with the reason (C8); an appeal is for other people."""
    teachers = people.teachers_of(session, case.person_id, case.subject, at)
    decided = _judged_before(session, case)
    found: dict[UUID, Interest] = {}
    for member_id in member_ids:
        if member_id in {case.opened_by, case.submitted_by}:
            found[member_id] = Interest.AUTHOR
        elif member_id == case.person_id or case.person_id in people.family_of(session, member_id):
            found[member_id] = Interest.FAMILY
        elif member_id in teachers:
            found[member_id] = Interest.TEACHER
        elif member_id in decided:
            found[member_id] = Interest.DECIDED
    return found


def _judged_before(session: Session, case: CreditCase) -> set[UUID]:
    """Return who voted or recorded a decision before the present one is made.

    A round that ended without a decision (another report, another proposal) bars nobody: its votes are void.
    """
    if case.round == 1:
        return set()
    decided = sa.select(sa.func.max(CreditDecision.round)).where(
        CreditDecision.case_id == case.id, CreditDecision.round < case.round
    )
    voted = sa.select(CreditVote.member_id).where(
        CreditVote.case_id == case.id, CreditVote.round <= decided.scalar_subquery()
    )
    recorded = sa.select(CreditDecision.decided_by).where(
        CreditDecision.case_id == case.id,
        CreditDecision.round < case.round,
        CreditDecision.decided_by.is_not(None),
    )
    return {*session.scalars(voted), *(one for one in session.scalars(recorded) if one is not None)}


def _applies(session: Session, actor: Actor, student: StudentInHand) -> bool:
    return may_apply_for(session, actor, student.id, student.at)


def _edits(session: Session, actor: Actor, hand: CaseInHand) -> bool:
    return may_apply_for(session, actor, hand.case.person_id, hand.at)


def _sees(session: Session, actor: Actor, hand: CaseInHand) -> bool:
    if hand.case.state is not CaseState.DRAFT and (
        _in_office(session, actor, hand) or _seated(session, actor, hand)
    ):
        return True
    wanted = {Relation.SELF, Relation.GUARDIAN_VIEW}
    if hand.case.state is not CaseState.DRAFT:
        wanted |= NEAR
    return bool(people.relations_to(session, actor, hand.case.person_id, hand.at) & wanted)


def _in_office(_session: Session, actor: Actor, hand: CaseInHand) -> bool:
    return actor.has_role(*OFFICE, org_id=hand.case.org_id)


def _heads(_session: Session, actor: Actor, hand: CaseInHand) -> bool:
    return actor.has_role(*HEADS, org_id=hand.case.org_id)


def _seated(session: Session, actor: Actor, hand: CaseInHand) -> bool:
    if hand.case.commission_id is None or not actor.has_role(*SEATS, org_id=hand.case.org_id):
        return False
    commission = session.get(Commission, hand.case.commission_id)
    return commission is not None and any(seat.person_id == actor.person_id for seat in commission.members)


def _presides(session: Session, actor: Actor, hand: CaseInHand) -> bool:
    if not _seated(session, actor, hand):
        return False
    commission = session.get(Commission, hand.case.commission_id)
    return commission is not None and any(
        seat.person_id == actor.person_id and seat.is_chair for seat in commission.members
    )


def _office_of(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*OFFICE, org_id=org_id)


def _heads_of(_session: Session, actor: Actor, org_id: UUID) -> bool:
    return actor.has_role(*HEADS, org_id=org_id)


ACTIONS: tuple[Action, ...] = (
    Action("credit.list", FAMILY, "See one's own and one's children's applications for credit."),
    Action("credit.apply", FAMILY, "Apply for credit for oneself or one's child.", _applies),
    Action("credit.edit", FAMILY, "Fill in, complete, withdraw and appeal an application.", _edits),
    Action(
        "credit.view",
        FAMILY | OFFICE | SEATS | {"tutor", "class_teacher"},
        "Read a case: the family, the office, the commission, those who answer for the child.",
        _sees,
    ),
    Action("credit.office", OFFICE, "Verify documents, compare, refer to the commission.", _in_office),
    Action("credit.office_queue", OFFICE, "See the cases that wait for the office."),
    Action("credit.queue", SEATS, "See the cases of one's own commission."),
    Action("credit.vote", SEATS, "Vote on a case of one's own commission.", _seated),
    Action("credit.decide", frozenset({"commission_chair"}), "Record the commission's decision.", _presides),
    Action("credit.resolve_appeal", HEADS, "Answer an appeal against a decision.", _heads),
    Action("credit.suspend", HEADS, "Suspend, confirm or revoke a credit.", _heads),
    Action("credit.manage_sources", OFFICE, "Keep the list of sources, courses and rules.", _office_of),
    Action("credit.approve_rule", HEADS, "Approve rules, form commissions, set the policy.", _heads_of),
)
