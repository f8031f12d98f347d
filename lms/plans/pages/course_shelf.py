"""Put outside courses into the catalogue of the school, each with a way to ask whether it would count."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext, pgettext
from sqlalchemy.orm import Session

from lms.courses.ports import ShelfRow
from lms.plans.plan_models import Plan, PlanVersion
from lms.plans.queries.what_if import outside_courses
from lms.plans.types.credit import LicenceState
from lms.plans.types.plans import PlanState
from lms.plans.words import hours_words

__all__ = ["OutsideShelf"]

#: So many stand in the catalogue; the search narrows them.
MOST_ROWS = 5


class OutsideShelf:
    """Outside courses whose sources the school knows, for students whose plan they could count for."""

    name = "outside"

    def title(self) -> str:
        """Return what stands over the shelf."""
        return str(gettext("Courses outside the school"))

    def lead(self) -> str:
        """Say what can be done with these courses."""
        return str(
            pgettext("student", "Open one to see before enrolling which part of your plan it would cover.")
        )

    def rows(self, session: Session, person_id: UUID, org_id: UUID, text: str) -> Sequence[ShelfRow]:
        """Return the listed courses of licensed sources that fit, for somebody whose plan is in force."""
        has_plan = session.scalar(
            sa.select(PlanVersion.id)
            .join(Plan, Plan.id == PlanVersion.plan_id)
            .where(Plan.person_id == person_id, PlanVersion.state == PlanState.ACTIVE)
            .limit(1)
        )
        if has_plan is None:
            return []
        found = outside_courses(session, org_id, text)
        shown = [one for one in found if one.licence_state is not LicenceState.UNLICENSED][:MOST_ROWS]
        return [
            ShelfRow(
                one.title,
                f"{one.source_name} · {hours_words(one.hours)}",
                url_for("credit.would_it_count", person=person_id, course=one.id),
            )
            for one in shown
        ]
