"""List the students in a member of staff's care, those who need somebody first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import url_for
from flask_babel import gettext, ngettext, to_user_timezone
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.people import queries as people
from lms.people.types import AssignmentKind, PersonCard
from lms.plans import queries as plans
from lms.plans.types import PlanState

__all__ = ["Pupil", "pupils_of"]

_PLANNERS = ("teacher", "class_teacher", "tutor", "home_teacher")


@dataclass(frozen=True, slots=True)
class Pupil:
    """One student: where, how the plan stands in words, where to read on or (``begins``) to begin a plan."""

    name: str
    place: str
    state: str
    state_word: str
    detail: str
    url: str
    order: int
    support_url: str = ""
    begins: bool = False


def pupils_of(session: Session, actor: Actor, at: datetime) -> list[Pupil]:
    """Return the students for whom the actor is responsible, those with a debt or a suspended result first.

    A specialist of the support council is led to the measures of each.
    """
    if actor.person_id is None:
        return []
    supported = {
        card.id: url_for("support.show", person_id=card.id)
        for card in people.students_of(session, actor.person_id, at, AssignmentKind.SPECIALIST)
        if people.current_admission(session, card.id, at.date()) is not None
    }
    found = [
        replace(_pupil(session, actor, card, at), support_url=supported.get(card.id, ""))
        for card in people.students_of(session, actor.person_id, at)
    ]
    return sorted(found, key=lambda pupil: (pupil.order, pupil.name))


def _pupil(session: Session, actor: Actor, card: PersonCard, at: datetime) -> Pupil:
    admission = people.current_admission(session, card.id, at.date())
    place = ""
    if admission is not None:
        grade = gettext("grade %(grade)d", grade=admission.grade) if admission.grade else ""
        place = admission.class_label or grade
    today = to_user_timezone(at).date()
    plan = plans.active_plan(session, card.id, today)
    standing = plans.standing_of(plan, today) if plan is not None else None
    if plan is None or standing is None:
        return _without_plan(session, actor, card, place)
    url = url_for("plans.show", plan_id=plan.id)
    done = ngettext(
        "%(done)d of %(num)d item of the plan is done.",
        "%(done)d of %(num)d items of the plan are done.",
        standing.total,
        done=standing.done,
    )
    kind, word, detail, order = {
        "suspended": ("part", gettext("a result is suspended"), "".join(standing.suspended[:1]), 0),
        "debt": ("gap", gettext("has a debt"), "".join(standing.debts[:1]), 1),
        "late": ("part", gettext("behind the plan"), standing.late.title if standing.late else "", 2),
        "behind": ("part", gettext("behind the plan"), done, 2),
        "ok": ("ok", gettext("on the plan"), done, 4),
    }[standing.word]
    return Pupil(card.name, place, kind, word, detail, url, order)


def _without_plan(session: Session, actor: Actor, card: PersonCard, place: str) -> Pupil:
    """Lead to the version that is on its way, or to the beginning of a plan for whoever may write one."""
    newest = plans.latest_version(session, card.id)
    if newest is not None and newest.state not in {PlanState.COMPLETED, PlanState.SUPERSEDED}:
        url = url_for("plans.show", plan_id=newest.plan_id)
        return Pupil(card.name, place, "info", gettext("plan on its way"), "", url, 3)
    begins = actor.has_role(*_PLANNERS)
    url = url_for("plans.new", person_id=card.id) if begins else url_for("plans.index")
    return Pupil(card.name, place, "info", gettext("no plan in force"), "", url, 3, begins=begins)
