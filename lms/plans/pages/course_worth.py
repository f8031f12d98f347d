"""Say what the school's own courses would count for in a student's plan, before anybody enrols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from lms.core.db import fetch
from lms.core.web.context import current_actor
from lms.core.web.wording import gettext, ngettext, pgettext
from lms.courses.ports import WorthLine
from lms.courses.types import CourseCard
from lms.plans.plan_models import Plan, PlanItem, PlanVersion
from lms.plans.rules.plan_content import outcomes_from_json
from lms.plans.types.plans import OutcomeHours, PlanState
from lms.plans.words import hours_words

__all__ = ["PlanWorth"]


_ITEMS = (
    sa.select(PlanItem.title, PlanItem.course_id, PlanItem.hours, PlanItem.outcomes, Plan.id.label("plan_id"))
    .join(PlanVersion, PlanVersion.id == PlanItem.version_id)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(Plan.person_id == sa.bindparam("person_id"), PlanVersion.state == PlanState.ACTIVE)
    .order_by(PlanItem.position)
)


class PlanWorth:
    """The items of the plan in force for which a course is arranged, or whose outcomes it teaches."""

    name = "plan"

    def lines(
        self, session: Session, person_id: UUID, cards: Sequence[CourseCard]
    ) -> Mapping[UUID, Sequence[WorthLine]]:
        """Return by course what it would count for."""
        items = [
            (item, outcomes_from_json(item.outcomes)) for item in fetch(session, _ITEMS, person_id=person_id)
        ]
        is_own = current_actor().person_id == person_id
        found: dict[UUID, list[WorthLine]] = {}
        for card in cards:
            lines = [_line(card, item, shares, is_own=is_own) for item, shares in items]
            told = [line for line in lines if line is not None]
            if told:
                found[card.id] = told
        return found


def _line(card: CourseCard, item: Any, shares: Sequence[OutcomeHours], *, is_own: bool) -> WorthLine | None:
    """Return what a course is to an item: its own way, or a teacher of some of its outcomes."""
    href = url_for("plans.show", plan_id=item.plan_id)
    if item.course_id == card.id:
        words = gettext(
            "The plan has this course for it: %(hours)s. Whoever has gone through it may sit the attestation.",
            hours=hours_words(item.hours),
        )
        return WorthLine(item.title, str(words), href, is_whole=True)
    taught = [share for share in shares if share.outcome_id in card.outcomes]
    if not taught:
        return None
    teaches = ngettext(
        "Teaches %(num)d outcome of %(all)d, %(hours)s of the plan.",
        "Teaches %(num)d outcomes of %(all)d, %(hours)s of the plan.",
        len(taught),
        all=len(shares),
        hours=hours_words(sum((share.hours for share in taught), start=type(item.hours)(0))),
    )
    way = (
        pgettext("student", "To be counted it has to stand in the plan: propose a change.")
        if is_own
        else gettext("To be counted it has to stand in the plan: propose a change.")
    )
    return WorthLine(item.title, f"{teaches} {way}", href, is_whole=False)
