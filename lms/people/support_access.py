"""Declare who may see, write and approve support plans; the measures are never shown to other students (S2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from lms.core.actor import Actor
from lms.core.db import day_of
from lms.core.policy import Action
from lms.people.queries import is_minor, relations_in
from lms.people.types import Relation

__all__ = ["SUPPORT_ACTIONS", "SUPPORT_ERROR_TEXTS", "SupportReach"]


@dataclass(frozen=True, slots=True)
class SupportReach:
    """A person whose support plan is asked for, in an organisation, at a moment."""

    id: UUID
    org_id: UUID
    at: datetime

    @property
    def person_id(self) -> UUID:
        """Return whose record is asked for: the access log names them."""
        return self.id


_AUTHORS = frozenset({Relation.SPECIALIST, Relation.DEPUTY_HEAD})
_READERS = _AUTHORS | {
    Relation.SELF,
    Relation.GUARDIAN_VIEW,
    Relation.TEACHES,
    Relation.CLASS_TEACHER,
    Relation.TUTOR,
    Relation.HOME_TEACHER,
    Relation.DIRECTOR,
}


def _may(session: Session, actor: Actor, reach: SupportReach, wanted: frozenset[Relation]) -> bool:
    return bool(relations_in(session, actor, reach.id, reach.org_id, reach.at) & wanted)


def _may_read(session: Session, actor: Actor, obj: Any) -> bool:
    return _may(session, actor, obj, _READERS)


def _may_write(session: Session, actor: Actor, obj: Any) -> bool:
    return _may(session, actor, obj, _AUTHORS)


def _may_withdraw(session: Session, actor: Actor, obj: Any) -> bool:
    return _may(session, actor, obj, _AUTHORS | {Relation.GUARDIAN_SIGN}) or _is_adult_self(
        session, actor, obj
    )


def _may_approve(session: Session, actor: Actor, obj: Any) -> bool:
    return _may(
        session, actor, obj, frozenset({Relation.SPECIALIST, Relation.GUARDIAN_SIGN})
    ) or _is_adult_self(session, actor, obj)


def _is_adult_self(session: Session, actor: Actor, reach: SupportReach) -> bool:
    if actor.person_id != reach.id or is_minor(session, reach.id, day_of(session, reach.at)):
        return False
    return _may(session, actor, reach, frozenset({Relation.SELF}))


SUPPORT_ACTIONS: tuple[Action, ...] = (
    Action(
        "people.support_read",
        frozenset(
            {
                "student",
                "guardian",
                "teacher",
                "class_teacher",
                "tutor",
                "home_teacher",
                "specialist",
                "deputy_head",
                "director",
            }
        ),
        "See the support measures of a student one is responsible for, or one's own.",
        _may_read,
    ),
    Action(
        "people.support_write",
        frozenset({"specialist", "deputy_head"}),
        "Propose a version of a student's support plan.",
        _may_write,
    ),
    Action(
        "people.support_approve",
        frozenset({"specialist", "guardian", "student"}),
        "Approve a version of a support plan as the specialist, a guardian with the right to sign or the adult student.",
        _may_approve,
    ),
    Action(
        "people.support_withdraw",
        frozenset({"specialist", "deputy_head", "guardian", "student"}),
        "Withdraw a version of a support plan, as its author's colleague, a guardian with the right to sign or the adult student.",
        _may_withdraw,
    ),
)

SUPPORT_ERROR_TEXTS = {
    "support.no_plan": lazy_gettext("There is no such support plan."),
    "support.no_admission": lazy_gettext(
        "The student is not admitted to a school now, so nobody there can agree measures."
    ),
    "support.needs_measure": lazy_gettext("Choose at least one measure."),
    "support.needs_source": lazy_gettext(
        "Name the document that the measures rest on: its number and date, no diagnosis."
    ),
    "support.bad_period": lazy_gettext("The last day lies before the first."),
    "support.not_impartial": lazy_gettext(
        "You belong to the student's family. A colleague approves as the specialist."
    ),
    "support.not_waiting": lazy_gettext(
        "This version was approved or replaced already. Nothing was changed."
    ),
    "support.over": lazy_gettext(
        "The last day of these measures has passed. The specialist of the support council proposes new ones."
    ),
    "support.measure_twice": lazy_gettext("One measure is named twice."),
    "support.bad_scope": lazy_gettext("Say where the measure holds."),
    "support.bad_window": lazy_gettext("The longer period is between 1 and 240 hours."),
    "support.unknown_choice": lazy_gettext(
        "Something was chosen that is not offered here. Choose from the list."
    ),
    "support.needs_choice": lazy_gettext("Choose at least one for each measure that asks for a choice."),
    "support.diagnosis_question": lazy_gettext(
        "This looks like a diagnosis: %(words)s. Only the number and date of the document belong here. If it is none, "
        "tick the box below and propose again."
    ),
    "support.needs_reason": lazy_gettext("Say in one sentence why the measures end."),
    "support.ended": lazy_gettext("This version has ended already. Nothing was changed."),
    "support.bad_minutes": lazy_gettext("Extra time is between 5 and 240 minutes."),
    "support.bad_size": lazy_gettext("Type is enlarged to 125, 150 or 200 percent."),
    "support.bad_breaks": lazy_gettext("Breaks: up to 6, of 3 to 30 minutes each."),
}
