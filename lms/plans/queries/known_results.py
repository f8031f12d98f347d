"""Read the results of a student that the platform or a partner knows already: no photograph is needed for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.courses.queries import CompletedCourse, completed_courses
from lms.people import queries as people
from lms.plans.credit_models import CreditCase, ExternalCourse, LearningSource
from lms.plans.evidence_models import PartnerRecord

__all__ = ["KnownResult", "academic_hours", "known_results"]

#: An academic hour (SanPiN 1.2.3685-21).
HOUR_MIN = Decimal(45)


@dataclass(frozen=True, slots=True)
class KnownResult:
    """A result that is known already; ``key`` names it in forms and as the origin of evidence."""

    key: str
    title: str
    source_name: str
    on: date
    hours: Decimal
    result: str


def academic_hours(minutes: Decimal) -> Decimal:
    """Return minutes of learning as academic hours, to a tenth, at least a tenth."""
    return max(Decimal("0.1"), (minutes / HOUR_MIN).quantize(Decimal("0.1"), ROUND_HALF_UP))


def known_results(session: Session, case: CreditCase) -> list[KnownResult]:
    """Return the results of the case's student, the platform's own first, each newest first."""
    own = completed_courses(session, case.person_id)
    schools = people.organisation_names(session, {course.org_id for course in own})
    return [
        *(_completed(course, schools.get(course.org_id, "")) for course in own),
        *_records(session, case.org_id, case.person_id),
    ]


def _completed(course: CompletedCourse, school: str) -> KnownResult:
    hours = academic_hours(course.minutes)
    return KnownResult(
        f"course:{course.completion_id}", course.title, school, course.at.date(), hours, "passed"
    )


def _records(session: Session, org_id: UUID, person_id: UUID) -> list[KnownResult]:
    rows = session.execute(
        sa.select(PartnerRecord, ExternalCourse.title, LearningSource.name)
        .join(ExternalCourse, ExternalCourse.id == PartnerRecord.course_id)
        .join(LearningSource, LearningSource.id == PartnerRecord.source_id)
        .where(PartnerRecord.org_id == org_id, PartnerRecord.person_id == person_id)
        .order_by(PartnerRecord.issued_on.desc(), PartnerRecord.id)
    )
    return [
        KnownResult(f"record:{row.id}", title, source, row.issued_on, row.hours, row.raw_result)
        for row, title, source in rows
    ]
