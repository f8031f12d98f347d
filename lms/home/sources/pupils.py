"""List the students in a member of staff's care, those who need somebody first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.people import queries as people
from lms.people.types import AssignmentKind, PersonCard
from lms.plans import queries as plans
from lms.plans.types import ItemState

__all__ = ["Pupil", "pupils_of"]

_SUPPORTERS = ("class_teacher", "tutor", "specialist")


@dataclass(frozen=True, slots=True)
class Pupil:
    """One student: where, how the plan stands in words, where to read on."""

    name: str
    place: str
    state: str
    state_word: str
    detail: str
    url: str
    order: int
    support_url: str = ""


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
        replace(_pupil(session, card, at), support_url=supported.get(card.id, ""))
        for card in people.students_of(session, actor.person_id, at)
    ]
    return sorted(found, key=lambda pupil: (pupil.order, pupil.name))


def _pupil(session: Session, card: PersonCard, at: datetime) -> Pupil:
    admission = people.current_admission(session, card.id, at.date())
    place = ""
    if admission is not None:
        grade = gettext("grade %(grade)d", grade=admission.grade) if admission.grade else ""
        place = admission.class_label or grade
    plan = plans.active_plan(session, card.id)
    if plan is None:
        return Pupil(card.name, place, "info", gettext("no plan in force"), "", url_for("plans.index"), 2)
    url = url_for("plans.show", plan_id=plan.id)
    for state, kind, word, order in (
        (ItemState.SUSPENDED, "part", gettext("a result is suspended"), 0),
        (ItemState.DEBT, "gap", gettext("has a debt"), 1),
    ):
        items = [item for item in plan.items if item.state is state]
        if items:
            return Pupil(card.name, place, kind, word, items[0].title, url, order)
    done = sum(item.state is ItemState.ACHIEVED for item in plan.items)
    detail = gettext("%(done)d of %(total)d items of the plan are done.", done=done, total=len(plan.items))
    return Pupil(card.name, place, "ok", gettext("on the plan"), detail, url, 3)
