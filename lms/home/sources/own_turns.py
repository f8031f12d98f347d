"""Say what waits for a student who answers personally: the plan to sign, measures to agree to, an application to go on with."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import url_for
from flask_babel import gettext, ngettext, pgettext
from sqlalchemy.orm import Session

from lms.core.db import day_of
from lms.home.types import HomeTask
from lms.people import queries as people
from lms.people.queries import StudentBrief, SupportVersionView
from lms.plans import queries as plans
from lms.plans.types import ApprovalRole, CaseState, PlanState

__all__ = ["credit_turns", "own_turns", "support_waiting"]

#: A student of this grade has finished основное общее образование and chooses personally.
CHOOSES_FROM_GRADE = 10


def own_turns(session: Session, student: StudentBrief, at: datetime) -> list[HomeTask]:
    """Return what only the student can do about the own plan, measures and credit; for a child the parents are asked."""
    person_id = student.card.id
    turns = _plan_turns(session, person_id, at)
    if not student.is_minor:
        turns += _support_turns(session, person_id, at)
    if not student.is_minor or (student.grade or 0) >= CHOOSES_FROM_GRADE:
        turns += credit_turns(session, person_id)
    return turns


def support_waiting(session: Session, person_id: UUID, role: str, at: datetime) -> SupportVersionView | None:
    """Return the version of a support plan that ``role`` has not approved and still can; None where none waits."""
    newest = next((row for row in people.support_versions(session, person_id) if row.is_waiting), None)
    if newest is None or newest.withdrawal is not None or newest.approved_by(role) is not None:
        return None
    is_over = newest.valid_to is not None and newest.valid_to < day_of(session, at)
    return None if is_over else newest


def _plan_turns(session: Session, person_id: UUID, at: datetime) -> list[HomeTask]:
    version = plans.newest_version(session, person_id)
    if version is None or version.state is not PlanState.SUBMITTED:
        return []
    kind = plans.plan_head(session, version.plan_id).kind
    if ApprovalRole.STUDENT not in plans.roles_for(session, person_id, day_of(session, at), kind):
        return []
    unsigned = plans.unsigned_by(session, version.id, ApprovalRole.STUDENT)
    if not unsigned:
        return []
    return [
        HomeTask(
            title=gettext("Read and sign the study plan"),
            detail=ngettext(
                "%(num)d item waits for your signature.",
                "%(num)d items wait for your signature.",
                len(unsigned),
            ),
            url=url_for("plans.version", version_id=version.id),
            minutes=5,
            action=gettext("Read the plan"),
            waiting_since=version.submitted_at,
            order=2,
            art="path-with-steps",
        )
    ]


def _support_turns(session: Session, person_id: UUID, at: datetime) -> list[HomeTask]:
    """Return the measures that an adult student agrees to personally."""
    newest = support_waiting(session, person_id, "student", at)
    if newest is None:
        return []
    return [
        HomeTask(
            title=pgettext("adult student", "Read and agree to your support plan"),
            detail=gettext("They hold once a specialist and you have agreed."),
            url=url_for("support.show", person_id=person_id),
            minutes=5,
            action=gettext("Open"),
            waiting_since=newest.created_at,
            order=2,
            art="path-with-steps",
        )
    ]


def credit_turns(session: Session, person_id: UUID) -> list[HomeTask]:
    """Return the applications for credit that wait for the family."""
    found = []
    for case in plans.credit_cases_of(session, person_id):
        if case.state is CaseState.NEED_INFO:
            title = gettext("The school asks for something: %(course)s", course=case.course_title)
        elif case.state is CaseState.DRAFT:
            title = gettext("Finish the application: %(course)s", course=case.course_title or case.item_title)
        elif (
            case.state is CaseState.EFFECTED
            and case.hours is not None
            and case.hours < (case.hours_total or 0)
        ):
            title = gettext("Choose how to close the rest: %(item)s", item=case.item_title)
        else:
            continue
        endpoint = "credit.apply" if case.state is CaseState.DRAFT else "credit.case"
        found.append(
            HomeTask(title=title, url=url_for(endpoint, case_id=case.id), action=gettext("Open"), order=10)
        )
    return found
