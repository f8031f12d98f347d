"""Read about how long somebody was at lessons, what the school advises, and where films were left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import PlainRows, day_of, fetch
from lms.courses.models import Encouragement, Playback, StudyBudget, StudyDay
from lms.courses.rules.screen_time import USUAL_MINUTES, counted
from lms.people.queries import conditions_for, current_admission

__all__ = [
    "StudyTime",
    "budgets_of",
    "encouragement_of",
    "places_in",
    "spent_time",
    "study_days",
    "study_row",
    "study_time",
    "time_today",
]


#: No plan and no school has less for a day.
LEAST_BUDGET_S = 10 * 60


@dataclass(frozen=True, slots=True)
class StudyTime:
    """About how many minutes somebody was at lessons today, and how many are advised (None: nobody has said).

    ``is_own``: the number stands in the support plan.
    """

    minutes: int
    budget: int | None
    is_own: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether today's minutes are spent."""
        return self.budget is not None and self.minutes >= self.budget


_STUDY_DAY = PlainRows(
    sa.select(StudyDay).where(
        StudyDay.person_id == sa.bindparam("person_id"), StudyDay.day == sa.bindparam("day")
    )
)


def study_row(session: Session, person_id: UUID, day: date) -> StudyDay | None:
    """Return what was counted for somebody on a day, as plain values, or None."""
    found = _STUDY_DAY.fetch_once(session, person_id=person_id, day=day)
    return found[0][0] if found else None


_BUDGET = sa.select(StudyBudget.minutes).where(
    StudyBudget.org_id == sa.bindparam("org_id"), StudyBudget.grade == sa.bindparam("grade")
)


def _all_of(row: StudyDay, at: datetime) -> int:
    """Return the seconds of a day: those that were seen, and those that devices have brought."""
    return counted(row.seconds, row.seen_at, row.counts_until, at) + row.offline_seconds


def study_time(session: Session, person_id: UUID, at: datetime) -> StudyTime:
    """Return today's time at lessons and what is advised: by the support plan, else by the school for the grade."""
    day = day_of(session, at)
    row = study_row(session, person_id, day)
    seconds = 0 if row is None else _all_of(row, at)
    own = conditions_for(session, person_id, day, activity="lesson").screen_minutes
    if own is not None:
        return StudyTime(seconds // 60, own, is_own=True)
    admission = current_admission(session, person_id, day)
    if admission is None or admission.grade is None:
        return StudyTime(seconds // 60, None)
    said = fetch(session, _BUDGET, org_id=admission.org_id, grade=admission.grade)
    return StudyTime(seconds // 60, (said and said[0].minutes) or USUAL_MINUTES.get(admission.grade))


def time_today(session: Session, person_id: UUID, at: datetime) -> StudyTime | None:
    """Return today's time at lessons once a minute has passed, else None without asking what is advised."""
    row = study_row(session, person_id, day_of(session, at))
    return None if row is None or _all_of(row, at) < 60 else study_time(session, person_id, at)


def spent_time(session: Session, person_id: UUID, at: datetime) -> StudyTime | None:
    """Return today's time at lessons once the advised minutes are spent, else None: short days ask nothing further."""
    row = study_row(session, person_id, day_of(session, at))
    if row is None or _all_of(row, at) < LEAST_BUDGET_S:
        return None
    spent = study_time(session, person_id, at)
    return spent if spent.is_over else None


def study_days(session: Session, person_id: UUID, first: date, last: date) -> dict[date, int]:
    """Return about how many minutes somebody was at lessons on each day of a span; days without any are left out."""
    rows = session.execute(
        sa.select(StudyDay.day, (StudyDay.seconds + StudyDay.offline_seconds).label("seconds")).where(
            StudyDay.person_id == person_id, StudyDay.day >= first, StudyDay.day <= last
        )
    )
    return {row.day: round(row.seconds / 60) for row in rows if row.seconds >= 30}


def budgets_of(session: Session, org_id: UUID) -> dict[int, int]:
    """Return how many minutes a day a school advises in each grade."""
    said = session.execute(
        sa.select(StudyBudget.grade, StudyBudget.minutes).where(StudyBudget.org_id == org_id)
    )
    return {**USUAL_MINUTES, **{grade: minutes for grade, minutes in said}}


def places_in(session: Session, enrolment_id: UUID, block_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the second at which each film or recording was left."""
    rows = session.execute(
        sa.select(Playback.block_id, Playback.position_s).where(
            Playback.enrolment_id == enrolment_id, Playback.block_id.in_(list(block_ids))
        )
    )
    return {block_id: position for block_id, position in rows}


def encouragement_of(session: Session, person_id: UUID) -> Encouragement | None:
    """Return what was chosen for somebody about signs; None where nobody has chosen."""
    return session.scalar(sa.select(Encouragement).where(Encouragement.person_id == person_id))
