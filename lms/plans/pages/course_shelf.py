"""Put outside courses into the catalogue of the school, each with a way to ask whether it would count."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext, pgettext
from sqlalchemy.orm import Session

from lms.core.db import fetch
from lms.core.ids import parse_id
from lms.courses.ports import ShelfCourse, ShelfRow, WorthLine
from lms.courses.types import length_of
from lms.plans.plan_models import Plan, PlanVersion
from lms.plans.queries.what_if import OutsideCourse, outside_course, outside_courses
from lms.plans.types.credit import LicenceState
from lms.plans.types.plans import PlanState
from lms.plans.words import hours_words

__all__ = ["OutsideShelf"]

#: So many are looked through; what is shown of them the catalogue decides.
MOST_COURSES = 500


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
        """Return the listed courses of sources that are not refused, for somebody whose plan is in force."""
        if not _has_plan(session, person_id):
            return []
        found = outside_courses(session, org_id, text, MOST_COURSES)
        return [
            ShelfRow(
                one.title,
                " · ".join(part for part in (one.source_name, hours_words(one.hours)) if part),
                url_for("credit.would_it_count", person=person_id, course=one.id),
                one.id.hex,
                traits_of(one),
            )
            for one in found
            if one.licence_state is not LicenceState.UNLICENSED
        ]

    def course(self, session: Session, person_id: UUID, org_id: UUID, key: str) -> ShelfCourse | None:
        """Return one of these courses as it stands beside others; whether it would count is asked on its own page."""
        course_id = parse_id(key)
        one = outside_course(session, org_id, course_id) if course_id else None
        if one is None or not _has_plan(session, person_id):
            return None
        asked = url_for("credit.would_it_count", person=person_id, course=one.id)
        worth = WorthLine(str(gettext("Would it count? See, outcome by outcome")), "", asked, is_whole=False)
        return ShelfCourse(
            title=one.title,
            href=str(one.about.get("url") or asked),
            provider=one.source_name,
            traits=traits_of(one),
            hours=hours_words(one.hours),
            summary=" ".join(
                part for part in (str(one.about.get("summary", "")), approval_words(one)) if part
            ),
            parts=(),
            outcomes=one.learned,
            worth=(worth,),
        )


_PLAN = (
    sa.select(PlanVersion.id)
    .join(Plan, Plan.id == PlanVersion.plan_id)
    .where(Plan.person_id == sa.bindparam("person_id"), PlanVersion.state == PlanState.ACTIVE)
)


def _has_plan(session: Session, person_id: UUID) -> bool:
    return bool(fetch(session, _PLAN, person_id=person_id))


def approval_words(one: OutsideCourse) -> str:
    """Say where a course stands in the federal list of approved resources, as its organisation states it."""
    said = one.about.get("approved")
    if not said:
        return ""
    return str(
        gettext(
            "As its organisation says, in the federal list of approved electronic educational resources: %(place)s.",
            place=said,
        )
    )


def traits_of(one: OutsideCourse) -> dict[str, tuple[str, ...]]:
    """Return what the catalogue of its organisation says of a course, by facet."""
    about = one.about
    single = {
        name: (str(about[name]),)
        for name in ("subject", "grade", "language", "form", "paper")
        if about.get(name)
    }
    return {
        **single,
        "length": (length_of(int(one.hours * 60)),),
        "adapted": tuple(about.get("adapted", ())),
        "way": ("outside",),
        "whose": ("outside",),
    }
