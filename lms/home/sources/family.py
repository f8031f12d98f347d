"""Say for each child of a family: what goes well, what is next, what the adult must do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from flask_babel import gettext, ngettext, pgettext, to_user_timezone
from sqlalchemy.orm import Session

from lms.assessment import queries as assessment
from lms.core.actor import Actor
from lms.core.web.i18n import window_words
from lms.courses import queries as courses
from lms.home.sources.own_turns import credit_turns, support_waiting
from lms.home.sources.student import due_items, released_lately
from lms.home.types import HomeTask
from lms.people import queries as people
from lms.people.types import PersonCard, Relation
from lms.plans import queries as plans
from lms.plans.types import ApprovalRole, PlanState
from lms.proctoring import queries as proctoring

__all__ = ["ChildCard", "family"]


@dataclass(frozen=True, slots=True)
class ChildCard:
    """One child: a state in a word with its reason, the adult's turns, what is coming, where to read on."""

    person: PersonCard
    place: str
    state: str
    state_word: str
    reason: str
    turns: tuple[HomeTask, ...]
    coming: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]


def family(session: Session, actor: Actor, at: datetime) -> list[ChildCard]:
    """Return a card for every child whom the adult may see."""
    assert actor.person_id is not None
    return [_child(session, actor, child, at) for child in people.children_of(session, actor.person_id, at)]


def _child(session: Session, actor: Actor, child: PersonCard, at: datetime) -> ChildCard:
    adult_id = actor.person_id
    assert adult_id is not None
    today = to_user_timezone(at).date()
    admission = people.current_admission(session, child.id, today)
    turns = [
        *_vouching(session, actor, child.id, at),
        *_questions(session, child.id),
        *_plan_turns(session, adult_id, child.id, at),
        *_support_turns(session, adult_id, child.id, at),
        *credit_turns(session, child.id),
        *due_items(session, child.id, at),
    ]
    state, word, reason = _standing(session, child.id, turns, at)
    place = ""
    if admission is not None:
        grade = gettext("grade %(grade)d", grade=admission.grade) if admission.grade else ""
        place = " · ".join(part for part in (admission.org_name, admission.class_label or grade) if part)
    exams = assessment.exams_for(session, actor, child.id, at)
    links = [
        *(
            (
                gettext("The result is ready: %(exam)s", exam=exam.title),
                url_for("outcomes.status", attempt_id=exam.attempt_id),
            )
            for exam in released_lately(exams, at)
        ),
        (gettext("Plan"), url_for("plans.index")),
        (gettext("Journal"), url_for("journal.index", person=child.id)),
        (gettext("Timetable of attestation"), url_for("sessions.timetable", person_id=child.id)),
        (gettext("Digital profile"), url_for("profiles.profile", person_id=child.id)),
        (gettext("Credit for a course taken elsewhere"), url_for("credit.cases")),
        (gettext("Courses to choose from"), url_for("courses.index", person=child.id)),
        (gettext("Consents"), url_for("consents.index")),
    ]
    return ChildCard(
        child, place, state, word, reason, tuple(turns), tuple(_coming(session, child.id, at)), tuple(links)
    )


def _vouching(session: Session, actor: Actor, child_id: UUID, at: datetime) -> list[HomeTask]:
    waiting = [
        check for check in proctoring.vouching_waiting(session, actor, at) if check.person.id == child_id
    ]
    if not waiting:
        return []
    return [
        HomeTask(
            title=gettext("Confirm that your child is sitting the exam"),
            detail=waiting[0].title,
            url=url_for("staff.vouching"),
            action=gettext("Confirm"),
            order=0,
        )
    ]


def _questions(session: Session, child_id: UUID) -> list[HomeTask]:
    """Return the sittings about which a reviewer has asked the child something: the family can read along."""
    return [
        HomeTask(
            title=gettext("The school asks your child about an exam"),
            detail=sitting.title,
            url=url_for("sittings.sitting", session_id=sitting.session.id),
            action=gettext("Read the question"),
            order=1,
        )
        for sitting in proctoring.sittings_asked(session, [child_id])
    ]


def _plan_turns(session: Session, adult_id: UUID, child_id: UUID, at: datetime) -> list[HomeTask]:
    version = plans.latest_version(session, child_id)
    if version is None or version.state is not PlanState.SUBMITTED:
        return []
    if adult_id not in people.guardians_of(session, child_id, at, Relation.GUARDIAN_SIGN):
        return []
    unsigned = plans.unsigned_by(session, version.id, ApprovalRole.GUARDIAN)
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
            action=gettext("Read the plan"),
            waiting_since=version.submitted_at,
            order=0,
        )
    ]


def _support_turns(session: Session, adult_id: UUID, child_id: UUID, at: datetime) -> list[HomeTask]:
    """Return the support measures that hold only once the family has agreed."""
    if adult_id not in people.guardians_of(session, child_id, at, Relation.GUARDIAN_SIGN):
        return []
    newest = support_waiting(session, child_id, "guardian", at)
    if newest is None:
        return []
    return [
        HomeTask(
            title=gettext("Read and agree to the support plan"),
            detail=gettext("They hold once a specialist and you have agreed."),
            url=url_for("support.show", person_id=child_id),
            action=gettext("Open"),
            waiting_since=newest.created_at,
            order=2,
        )
    ]


def _standing(session: Session, child_id: UUID, turns: list[HomeTask], at: datetime) -> tuple[str, str, str]:
    """Return kind, word and reason of how a child stands; the reason is a fact, never a guess about the child."""
    today = to_user_timezone(at).date()
    plan = plans.active_plan(session, child_id, today)
    standing = plans.standing_of(plan, today) if plan is not None else None
    if standing is not None and standing.suspended:
        item = standing.suspended[0]
        return "part", gettext("Needs attention"), gettext("A result is suspended: %(item)s.", item=item)
    if standing is not None and standing.debts:
        item = standing.debts[0]
        reason = gettext("An attestation has to be passed again: %(item)s.", item=item)
        return "gap", gettext("Needs help"), reason
    if turns:
        return "part", gettext("Your turn"), turns[0].title
    if standing is None:
        return "info", gettext("No plan yet"), _no_plan(session, child_id)
    if standing.late is not None:
        late = gettext("“%(item)s” should have been closed by now.", item=standing.late.title)
        return "part", gettext("Behind the plan"), late
    if standing.word == "behind":
        return "part", gettext("Behind the plan"), gettext("A course goes slower than the calendar has it.")
    reason = ngettext(
        "%(done)d of %(num)d item of the plan is done.",
        "%(done)d of %(num)d items of the plan are done.",
        standing.total,
        done=standing.done,
    )
    return "ok", gettext("Everything is all right"), reason


def _no_plan(session: Session, child_id: UUID) -> str:
    """Return who has the next move while no plan is in force."""
    newest = plans.latest_version(session, child_id)
    if newest is None:
        return str(gettext("Nobody has begun one. Ask the class teacher or the tutor."))
    if newest.state in {PlanState.SUBMITTED, PlanState.APPROVED}:
        return str(gettext("It is written and waits for signatures and the order."))
    if newest.state in {PlanState.DRAFT, PlanState.RETURNED}:
        return str(gettext("The teacher is preparing the plan."))
    return str(gettext("The last one has ended. Ask the class teacher or the tutor for the next."))


def _coming(session: Session, child_id: UUID, at: datetime) -> list[tuple[str, str]]:
    found = []
    for exam in assessment.exams_of(session, child_id, at):
        if exam.state in {"planned", "open", "in_progress"} and exam.closes_at > at:
            day = window_words(exam.opens_at, exam.closes_at)
            minutes = ngettext("%(num)d minute", "%(num)d minutes", exam.minutes or 0)
            if exam.extra_minutes:
                minutes = gettext("%(all)s, of these %(extra)d extra", all=minutes, extra=exam.extra_minutes)
            found.append((exam.title, f"{day} · {minutes}"))
    for course in courses.courses_of(session, child_id):
        if not course.progress.is_completed:
            progress = course.progress
            words = pgettext(
                "guardian", "%(done)d of %(total)d steps", done=progress.done, total=progress.total
            )
            found.append((course.card.title, words))
    return found[:5]
