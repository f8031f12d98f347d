"""Read what is known of a student already: results of the platform and of partners, works that the student shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.assessment.queries import ResultView, outcome_shares, results_of
from lms.assessment.types import ResultState
from lms.core.db import day_of
from lms.courses.queries import CompletedCourse, completed_courses
from lms.people import queries as people
from lms.plans.credit_models import CreditCase, ExternalCourse, LearningSource
from lms.plans.evidence_models import PartnerRecord
from lms.plans.plan_models import PlanItem, PlanVersion
from lms.plans.ports import EvidenceShelf
from lms.plans.rules.plan_content import outcomes_from_json
from lms.plans.types.plans import OutcomeHours, PlanState, read_plan_item_reference

__all__ = ["KnownResult", "academic_hours", "known_results", "passed_results"]

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
    is_verified: bool = True
    verified_by: UUID | None = None


def academic_hours(minutes: Decimal) -> Decimal:
    """Return minutes of learning as academic hours, to a tenth, at least a tenth."""
    return max(Decimal("0.1"), (minutes / HOUR_MIN).quantize(Decimal("0.1"), ROUND_HALF_UP))


def known_results(
    session: Session, case: CreditCase, shelves: Iterable[EvidenceShelf] = ()
) -> list[KnownResult]:
    """Return the results of the case's student, the platform's own first, each newest first; last what they show."""
    own = completed_courses(session, case.person_id)
    schools = people.organisation_names(session, {course.org_id for course in own})
    return [
        *(_completed(session, course, schools.get(course.org_id, "")) for course in own),
        *_sittings(session, case),
        *_records(session, case.org_id, case.person_id),
        *_works(session, case, shelves),
    ]


def _completed(session: Session, course: CompletedCourse, school: str) -> KnownResult:
    hours = academic_hours(course.minutes)
    return KnownResult(
        f"course:{course.completion_id}", course.title, school, day_of(session, course.at), hours, "passed"
    )


def _works(session: Session, case: CreditCase, shelves: Iterable[EvidenceShelf]) -> list[KnownResult]:
    """Return the works that the student shows and that are said to show something of the item of the case."""
    asked = {share.outcome_id for share in _item_outcomes(session, case)}
    works = [work for shelf in shelves for work in shelf.works(session, case.person_id)]
    fitting = [work for work in works if work.outcomes & asked]
    schools = people.organisation_names(session, {work.org_id for work in fitting})
    return [
        KnownResult(
            f"portfolio:{work.id}",
            work.title,
            schools.get(work.org_id, ""),
            work.made_on,
            work.hours,
            "passed",
            is_verified=work.verified_by is not None,
            verified_by=work.verified_by,
        )
        for work in fitting
    ]


def _item_outcomes(session: Session, case: CreditCase) -> Sequence[OutcomeHours]:
    """Return the outcomes of the plan's item that the case is about, as the version in force has them."""
    item = session.execute(
        sa.select(PlanItem.outcomes)
        .join(PlanVersion, PlanVersion.id == PlanItem.version_id)
        .where(
            PlanVersion.plan_id == case.plan_id,
            PlanVersion.state == PlanState.ACTIVE,
            PlanItem.stable_key == case.stable_key,
        )
    ).scalar_one_or_none()
    return outcomes_from_json(item)


def _sittings(session: Session, case: CreditCase) -> list[KnownResult]:
    """Return the attestations passed on the platform whose questions are about what the item of the case asks for."""
    hours = {share.outcome_id: share.hours for share in _item_outcomes(session, case)}
    found = []
    for result in passed_results(session, case):
        shown = hours.keys() & outcome_shares(session, result.attempt_id).keys()
        if shown:
            found.append((result, sum((hours[key] for key in shown), Decimal(0))))
    schools = people.organisation_names(session, {result.org_id for result, _ in found})
    return [
        KnownResult(
            f"result:{result.id}",
            result.title,
            schools.get(result.org_id, ""),
            day_of(session, result.released_at),
            length,
            result.mark,
        )
        for result, length in found
        if result.released_at is not None
    ]


def passed_results(session: Session, case: CreditCase) -> list[ResultView]:
    """Return the passed results of the case's student that count and may be shown; not those of the item itself."""
    own = (case.plan_id, case.stable_key)
    return [
        result
        for result in results_of(session, case.person_id)
        if result.state is ResultState.RELEASED
        and result.is_passed
        and result.shows_score
        and read_plan_item_reference(result.reference) != own
    ]


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
