"""Read until when somebody may go on in a course: the cohort's last day, more time of one's own, what a support plan adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.courses.models import Cohort, Enrolment
from lms.courses.rules.places import last_day
from lms.courses.types import CohortEnd
from lms.people.queries import conditions_for

__all__ = ["Term", "overdue", "term_of"]


@dataclass(frozen=True, slots=True)
class Term:
    """The last day on which a learner may go on, that of the cohort, and whether it has passed."""

    day: date
    cohort_day: date
    is_over: bool


def term_of(session: Session, enrolment: Enrolment, today: date) -> Term | None:
    """Return until when a learner may go on; None where nothing ends."""
    if enrolment.cohort_id is None:
        return None
    cohort = session.get(Cohort, enrolment.cohort_id)
    if cohort is None or cohort.ends_on is None or cohort.afterwards is not CohortEnd.READ_ONLY:
        return None
    extra = conditions_for(session, enrolment.person_id, today, activity="lesson").window_extra_hours
    day = last_day(cohort.ends_on, enrolment.more_until, extra)
    return Term(day, cohort.ends_on, today > day)


def overdue(session: Session, enrolments: Sequence[Enrolment], today: date) -> frozenset[UUID]:
    """Return which enrolments can only be read any more."""
    ids = {each.cohort_id for each in enrolments if each.cohort_id is not None}
    if not ids:
        return frozenset()
    ended = frozenset(
        session.scalars(
            sa.select(Cohort.id).where(
                Cohort.id.in_(ids), Cohort.ends_on < today, Cohort.afterwards == CohortEnd.READ_ONLY
            )
        )
    )
    found = ((each.id, term_of(session, each, today)) for each in enrolments if each.cohort_id in ended)
    return frozenset(enrolment_id for enrolment_id, term in found if term is not None and term.is_over)
