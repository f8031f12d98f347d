"""Say what waits for a member of staff, whatever roles they hold: what waits longest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import url_for
from flask_babel import gettext, ngettext, npgettext, to_user_timezone
from sqlalchemy.orm import Session

from lms.assessment import queries as assessment
from lms.assessment.ports import ATTEMPT_GATES
from lms.core.actor import Actor
from lms.core.paging import paginate
from lms.core.registry import Registries
from lms.core.web.dates import format_date
from lms.courses import queries as courses
from lms.home.types import HomeTask
from lms.people import queries as people
from lms.people.types import AssignmentKind
from lms.plans import queries as plans
from lms.plans.types import PlanState
from lms.proctoring import queries as proctoring
from lms.profiles import queries as profiles

__all__ = ["KINDS", "staff_tasks"]

#: Who looks at what their own students have handed in in courses of their school.
_COURSE_STAFF = ("teacher", "class_teacher", "home_teacher", "tutor", "deputy_head", "director")

#: Sittings that wait for a reviewer, as tasks of their own; all of them are in the queue.
MOST_SITTINGS = 200

Source = Callable[[Session, Actor, datetime, Registries], list[HomeTask]]


def _approvals(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    orgs = actor.orgs_as("director", "deputy_head")
    rows = plans.plan_rows(session, org_ids=orgs, states=[PlanState.SUBMITTED]) if orgs else []
    return [
        HomeTask(
            title=gettext("Approve the study plan"),
            who=row.name,
            detail=gettext("version %(no)d", no=row.no),
            url=url_for("plans.version", version_id=row.version_id),
            action=gettext("Open"),
            minutes=5,
            waiting_since=row.changed_at,
        )
        for row in rows
        if not plans.waits_for_family(session, row.version_id, row.person_id, at.date())
    ]


def _support(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the support measures that a colleague has proposed and the specialist has not approved."""
    if actor.person_id is None or not actor.has_role("specialist"):
        return []
    found = []
    for card in people.students_of(session, actor.person_id, at, AssignmentKind.SPECIALIST):
        newest = next((row for row in people.support_versions(session, card.id) if row.is_waiting), None)
        if newest is None or newest.withdrawal is not None or newest.approved_by("specialist") is not None:
            continue
        found.append(
            HomeTask(
                title=gettext("Approve a support plan"),
                who=card.name,
                detail=gettext("version %(no)d", no=newest.version),
                url=url_for("support.show", person_id=card.id),
                action=gettext("Open"),
                minutes=5,
                waiting_since=newest.created_at,
            )
        )
    return found


def _drafts(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    if actor.person_id is None or not actor.has_role("teacher", "class_teacher", "tutor", "home_teacher"):
        return []
    own = [card.id for card in people.students_of(session, actor.person_id, at)]
    rows = (
        plans.plan_rows(session, person_ids=own, states=[PlanState.DRAFT, PlanState.RETURNED]) if own else []
    )
    return [
        HomeTask(
            title=gettext("The plan came back: mend it")
            if row.state is PlanState.RETURNED
            else gettext("Finish the study plan"),
            who=row.name,
            url=url_for("plans.version", version_id=row.version_id),
            action=gettext("Open"),
            minutes=10,
            waiting_since=row.changed_at,
        )
        for row in rows
    ]


def _ending(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the plans of one's own pupils that end soon without a next one."""
    if actor.person_id is None or not actor.has_role("class_teacher", "tutor", "home_teacher"):
        return []
    pupils = {card.id: card for card in people.students_of(session, actor.person_id, at)}
    return [
        HomeTask(
            title=gettext("The plan ends soon: begin the next one"),
            who=pupils[plan.person_id].name,
            detail=gettext("last day: %(day)s", day=format_date(plan.ends_on, "d MMMM")),
            url=url_for("plans.new", person_id=plan.person_id),
            action=gettext("Open"),
            minutes=10,
        )
        for plan in (plans.ending_plans(session, to_user_timezone(at).date(), pupils) if pupils else ())
    ]


def _proposals(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    if actor.person_id is None:
        return []
    own = []
    if actor.has_role("teacher", "class_teacher", "tutor", "home_teacher"):
        own = [card.id for card in people.students_of(session, actor.person_id, at)]
    return [
        HomeTask(
            title=gettext("Answer a proposal of the family"),
            who=row.name,
            detail=row.title,
            url=url_for("plans.show", plan_id=row.plan_id, _anchor="proposals"),
            action=gettext("Open"),
            minutes=5,
            waiting_since=row.proposed_at,
        )
        for row in plans.open_proposals(session, org_ids=actor.orgs_as("deputy_head"), person_ids=own)
    ]


def _works(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the works of one's own pupils that wait for somebody's word."""
    if actor.person_id is None or not actor.has_role("teacher", "class_teacher", "tutor", "home_teacher"):
        return []
    pupils = {card.id: card for card in people.students_of(session, actor.person_id, at)}
    return [
        HomeTask(
            title=gettext("Look at a work from the portfolio"),
            who=pupils[work.person_id].name,
            detail=work.title,
            url=url_for("profiles.work", portfolio_work_id=work.id),
            action=gettext("Open"),
            minutes=5,
            waiting_since=work.added_at,
        )
        for work in profiles.claimed_works(session, pupils)
    ]


def _credit_desk(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    orgs = actor.orgs_as("registrar")
    if not orgs:
        return []
    page = paginate(session, plans.office_queue(session, orgs), 1, 10)
    return [
        _case(row, url_for("credit_staff.desk", case_id=row.id), gettext("Check an application for credit"))
        for row in _rows(session, page)
    ]


def _commission(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    if actor.person_id is None or not actor.has_role("commission_member", "commission_chair"):
        return []
    page = paginate(session, plans.commission_queue(session, actor.person_id), 1, 10)
    rows = plans.case_row(session, page.items, actor.person_id)
    return [
        _case(
            row,
            url_for("credit_staff.seat", case_id=row.id),
            gettext("Decide on credit") if row.has_voted else gettext("Vote on credit"),
        )
        for row in rows
        if not row.has_voted or actor.has_role("commission_chair")
    ]


def _rows(session: Session, page: object) -> list[plans.CaseRow]:
    return plans.case_row(session, page.items)  # type: ignore[attr-defined]


def _case(row: plans.CaseRow, url: str, title: str) -> HomeTask:
    return HomeTask(
        title=title,
        detail=f"{row.course_title} → {row.item_title}{_until(row)}",
        who=row.person.short_name if row.person else "",
        url=url,
        action=gettext("Open"),
        minutes=10,
        waiting_since=row.submitted_at,
    )


def _until(row: plans.CaseRow) -> str:
    """Return the day by which the school decides."""
    if row.review_due_on is None:
        return ""
    return ", " + str(gettext("decide by %(day)s", day=format_date(row.review_due_on, "d MMMM")))


def _marking(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    cards = assessment.marking_queue(session, actor, at)
    if not cards:
        return []
    oldest = min((card.submitted_at for card in cards if card.submitted_at), default=None)
    return [
        HomeTask(
            title=gettext("Mark answers"),
            detail=ngettext("%(num)d answer, without names", "%(num)d answers, without names", len(cards)),
            url=url_for("marking.queue"),
            action=gettext("Mark in a row"),
            minutes=5 * len(cards),
            waiting_since=oldest,
        )
    ]


def _appeals(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the appeals that this person answers: each has a day by which the family is told."""
    return [
        HomeTask(
            title=gettext("Answer an appeal"),
            detail=gettext(
                "%(title)s, answer by %(day)s", title=card.exam_title, day=format_date(card.due_on, "d MMMM")
            ),
            who=card.alias,
            url=url_for("appeals.show", appeal_id=card.id),
            action=gettext("Open"),
            minutes=10,
            waiting_since=card.filed_at,
        )
        for card in assessment.appeals_to_decide(session, actor, at)
    ]


def _wishes(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the courses in which own students wish for a place."""
    if not actor.has_role(*_COURSE_STAFF):
        return []
    return [
        HomeTask(
            title=gettext("Answer wishes for places in a course"),
            detail=row.title,
            who=ngettext("%(num)d wish", "%(num)d wishes", row.count),
            url=url_for("courses.places", course_id=row.course_id),
            action=gettext("Open"),
            minutes=2 * row.count,
            waiting_since=row.since,
        )
        for row in courses.wishes_for(session, actor, at)
    ]


def _course_questions(
    session: Session, actor: Actor, at: datetime, _registries: Registries
) -> list[HomeTask]:
    rows = courses.questions_for(session, actor, at)
    if not rows:
        return []
    return [
        HomeTask(
            title=gettext("Answer questions about courses"),
            detail=ngettext("%(num)d question waits", "%(num)d questions wait", len(rows)),
            url=url_for("courses.all_questions"),
            action=gettext("Open"),
            minutes=3 * len(rows),
            waiting_since=rows[0].at,
        )
    ]


def _course_work(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    rows = courses.waiting_for(session, actor, at)
    if not rows:
        return []
    return [
        HomeTask(
            title=gettext("Look at work of courses"),
            detail=ngettext("%(num)d work waits", "%(num)d works wait", len(rows)),
            url=url_for("courses.all_works"),
            action=gettext("Open"),
            minutes=5 * len(rows),
            waiting_since=rows[0].at,
        )
    ]


def _release(session: Session, actor: Actor, at: datetime, registries: Registries) -> list[HomeTask]:
    return [
        HomeTask(
            title=gettext("Release a result"),
            detail=card.result.title,
            who=card.alias,
            url=url_for("sessions.show", session_id=card.result.session_id),
            action=gettext("Open"),
            minutes=2,
            waiting_since=card.result.proposed_at,
        )
        for card in assessment.results_to_release(session, registries.of(ATTEMPT_GATES), actor, at)
        if card.may_release
    ]


def _samples(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    return [
        HomeTask(
            title=gettext("Confirm a registered sample against a document"),
            who=card.short_name,
            url=url_for("samples.approval", person_id=card.id),
            action=gettext("Open"),
            minutes=3,
            waiting_since=since,
            order=5,
        )
        for _enrolment_id, card, since in proctoring.samples_waiting(session, actor, at)
    ]


def _checks(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    checks = [
        (check, url_for("staff.check", check_id=check.id))
        for check in proctoring.checks_waiting(session, actor, at)
    ]
    vouch = [(check, url_for("staff.vouching")) for check in proctoring.vouching_waiting(session, actor, at)]
    return [
        HomeTask(
            title=gettext("Confirm who is sitting the exam"),
            detail=check.title,
            who=check.person.short_name,
            url=url,
            action=gettext("Open"),
            minutes=5,
            waiting_since=check.created_at,
            order=0,
        )
        for check, url in [*checks, *vouch]
    ]


def _review(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    rows = proctoring.sittings_waiting(session, actor, at, MOST_SITTINGS)
    return [
        HomeTask(
            title=gettext("Look at a sitting"),
            detail=row.title,
            who=row.person_code,
            url=url_for("review.case", session_id=row.session_id),
            action=gettext("Open"),
            minutes=8,
            waiting_since=row.ended_at,
        )
        for row in rows
    ]


def _annulled(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the appeals against annulments that the actor may answer."""
    return [
        HomeTask(
            title=gettext("Answer an appeal against an annulled exam"),
            detail=title,
            url=url_for("review.annulled_case", session_id=session_id),
            action=gettext("Open"),
            minutes=15,
            waiting_since=filed_at,
            order=0 if due_at <= at else 5,
        )
        for session_id, title, filed_at, due_at in proctoring.appeals_waiting(session, actor, at)
    ]


def _late_reviews(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return what reviewers are late with, as one task of the heads."""
    orgs = actor.orgs_as("director", "deputy_head")
    rows = proctoring.late_reviews(session, orgs, at, actor.person_id) if orgs else []
    if not rows:
        return []
    return [
        HomeTask(
            title=gettext("Reviews of exams are late"),
            detail=ngettext("%(num)d exam", "%(num)d exams", len(rows)),
            url=url_for("supervision.index"),
            action=gettext("Open"),
            minutes=5,
            waiting_since=rows[0].due_at,
        )
    ]


def _short_reviews(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the sittings, and appeals, that those who watched judge for want of others, as one task of the heads."""
    orgs = actor.orgs_as("director", "deputy_head")
    rows = proctoring.short_reviews(session, orgs, at) if orgs else []
    if not rows:
        return []
    return [
        HomeTask(
            title=gettext("Reviewers are missing"),
            detail=ngettext("%(num)d exam", "%(num)d exams", len(rows)),
            url=url_for("supervision.index"),
            action=gettext("Open"),
            minutes=5,
            waiting_since=rows[0].ended_at,
        )
    ]


def _item_reviews(session: Session, actor: Actor, at: datetime, _registries: Registries) -> list[HomeTask]:
    """Return the questions that colleagues have handed in, as one task; where authors decide alone, nothing waits."""
    orgs = actor.orgs_as("content_author", "deputy_head", "director")
    rows = [row for row in assessment.item_reviews(session, actor.person_id, orgs, at) if row.can_decide]
    if not rows:
        return []
    return [
        HomeTask(
            title=gettext("Look at questions of colleagues"),
            detail=npgettext("item", "%(num)d question", "%(num)d questions", len(rows)),
            url=url_for("banks.review"),
            action=gettext("Open"),
            minutes=5 * len(rows),
            waiting_since=rows[0].written_at,
        )
    ]


#: Kind of work → where it is read from; the order is that of the filters on the page.
KINDS: dict[str, tuple[Source, ...]] = {
    "identity": (_checks, _samples),
    "approve": (_approvals, _support),
    "credit": (_credit_desk, _commission),
    "mark": (_marking, _appeals, _course_work, _course_questions, _release),
    "review": (_review, _annulled, _late_reviews, _short_reviews, _item_reviews),
    "plans": (_drafts, _ending, _proposals, _works, _wishes),
}


def staff_tasks(
    session: Session, actor: Actor, at: datetime, registries: Registries
) -> dict[str, list[HomeTask]]:
    """Return what waits, by kind; each list is ordered by urgency, then by how long it has waited."""
    found = {}
    for kind, sources in KINDS.items():
        tasks = [task for source in sources for task in source(session, actor, at, registries)]
        if tasks:
            found[kind] = sorted(tasks, key=lambda task: (task.order, task.waiting_since or at))
    return found
