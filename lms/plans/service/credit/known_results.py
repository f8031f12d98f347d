"""Use what is known already as the evidence of an application: a result of the platform, a partner's record, a work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.assessment.queries import outcome_shares
from lms.core.db import day_of
from lms.core.errors import Conflict, NotFound
from lms.core.ids import parse_id
from lms.core.uow import UnitOfWork
from lms.courses.queries import CompletedCourse, completed_courses
from lms.curriculum.queries import outcome_views
from lms.people import queries as people
from lms.plans.credit_models import (
    CreditCase,
    CreditDocument,
    ExternalCourse,
    ExternalOutcome,
    LearningSource,
)
from lms.plans.evidence_models import PartnerRecord
from lms.plans.ports import EVIDENCE_SHELVES
from lms.plans.queries.known_results import academic_hours, passed_results
from lms.plans.rules.conversion import number_key
from lms.plans.rules.credit_states import is_editable
from lms.plans.service.credit.case_inputs import conversion_rules
from lms.plans.service.credit.cases import CaseStep, acting_person, certificate_of, load_case
from lms.plans.service.credit.plan_link import ItemTarget, item_facts
from lms.plans.service.credit.sources import new_source, search_key
from lms.plans.types.credit import (
    DocumentKind,
    EvidenceKind,
    LicenceState,
    ResultScale,
    Verification,
    VerificationMethod,
)

__all__ = ["own_source", "shown_course", "use_known_result", "weakest_percent", "within_hours"]

#: The school itself and the other schools of the platform are known as well as anybody can be.
OWN_TIER = 1


def use_known_result(uow: UnitOfWork, case_id: UUID, key: str) -> CaseStep:
    """Make a known result the evidence of the case; source, course, hours and result are filled in from it.

    A result counts as verified: nobody typed it; a work counts as far as a teacher has confirmed it. Raises NotFound ``credit.no_result`` (also for another student's), Conflict.
    """
    case = load_case(uow, case_id, "credit.edit")
    if not is_editable(case.state):
        raise Conflict("credit.not_now", state=case.state.value, act="edit")
    kind, _colon, text = key.partition(":")
    wanted = parse_id(text)
    if wanted is None or kind not in _FILL:
        raise NotFound("credit.no_result")
    row = certificate_of(uow, case) or _new_row(uow, case)
    row.origin, row.payload = key, {}
    row.file_id, row.sha256, row.name, row.size_bytes, row.media_type = None, "", "", 0, ""
    row.verification, row.verified_by, row.verified_at = Verification.VERIFIED, None, uow.now()
    row.verification_note, row.hours_drawn = "", Decimal(0)
    row.attached_by, row.attached_at = acting_person(uow), uow.now()
    _take_away_works(uow, case)
    _FILL[kind](uow, case, row, wanted)
    uow.session.flush()
    course, source = uow.session.get_one(ExternalCourse, row.course_id), case.source_id
    source_name = uow.session.get_one(LearningSource, source).name
    case.search_key = search_key(case.item_title, course.title, source_name)[:600]
    return CaseStep(case.id, case.state)


def _new_row(uow: UnitOfWork, case: CreditCase) -> CreditDocument:
    row = CreditDocument(
        case_id=case.id,
        kind=DocumentKind.CERTIFICATE,
        scale=ResultScale.PASS_FAIL,
        attached_by=acting_person(uow),
        attached_at=uow.now(),
        verification=Verification.UNVERIFIED,
    )
    uow.session.add(row)
    return row


def _fill_from_record(uow: UnitOfWork, case: CreditCase, row: CreditDocument, record_id: UUID) -> None:
    record = uow.session.get(PartnerRecord, record_id)
    if record is None or (record.person_id, record.org_id) != (case.person_id, case.org_id):
        raise NotFound("credit.no_result")
    course = uow.session.get_one(ExternalCourse, record.course_id)
    case.source_id, case.course_id = record.source_id, course.id
    row.evidence, row.method = EvidenceKind.PARTNER, VerificationMethod.RECORD
    row.source_id, row.course_id = record.source_id, course.id
    row.number, row.number_key = record.number, number_key(record.number)
    row.issued_on, row.hours, row.raw_result = record.issued_on, record.hours, record.raw_result
    row.scale, row.scale_max = course.scale, course.scale_max


def _fill_from_course(uow: UnitOfWork, case: CreditCase, row: CreditDocument, completion_id: UUID) -> None:
    found = completed_courses(uow.session, case.person_id)
    done = next((course for course in found if course.completion_id == completion_id), None)
    if done is None:
        raise NotFound("credit.no_result")
    source = own_source(uow, case.org_id, done.org_id)
    course = _as_outside_course(uow, source, done)
    case.source_id, case.course_id = source.id, course.id
    row.evidence, row.method = EvidenceKind.PLATFORM, VerificationMethod.PLATFORM
    row.source_id, row.course_id = source.id, course.id
    row.number, row.number_key = "", ""
    row.issued_on, row.hours, row.raw_result = day_of(uow.session, done.at), course.hours, "passed"
    row.scale, row.scale_max = ResultScale.PASS_FAIL, None


def _fill_from_result(uow: UnitOfWork, case: CreditCase, row: CreditDocument, result_id: UUID) -> None:
    """Fill in what a passed attestation has shown of the item's outcomes, each with the hours that the plan gives it."""
    results = passed_results(uow.session, case)
    found = next((result for result in results if result.id == result_id), None)
    if found is None or found.released_at is None:
        raise NotFound("credit.no_result")
    shares = outcome_shares(uow.session, found.attempt_id)
    least = conversion_rules(uow.session, case.org_id).min_share
    item = item_facts(uow.session, case.plan_id, case.stable_key, without_case=case.id)
    shown = [target for target in item.targets if shares.get(target.outcome_id, Decimal(-1)) >= least]
    if not shown:
        raise Conflict("credit.nothing_shown")
    source = own_source(uow, case.org_id, found.org_id)
    course = shown_course(uow, source.id, found.title, shown, before=case.course_id)
    case.source_id, case.course_id = source.id, course.id
    row.evidence, row.method = EvidenceKind.PLATFORM, VerificationMethod.PLATFORM
    row.source_id, row.course_id = source.id, course.id
    row.number, row.number_key = "", ""
    row.issued_on, row.hours = day_of(uow.session, found.released_at), course.hours
    row.raw_result = weakest_percent(shares, shown)
    row.scale, row.scale_max = ResultScale.PERCENT, None


def _fill_from_work(uow: UnitOfWork, case: CreditCase, row: CreditDocument, work_id: UUID) -> None:
    """Fill in a piece of work that the student shows: with its hours, never more than the plan gives what it shows.

    A teacher's confirmation counts as such; without one it is the student's own word, which the office looks at.
    """
    shelves = uow.plugins(EVIDENCE_SHELVES)
    works = (one for shelf in shelves for one in shelf.works(uow.session, case.person_id))
    work = next((one for one in works if one.id == work_id), None)
    if work is None:
        raise NotFound("credit.no_result")
    item = item_facts(uow.session, case.plan_id, case.stable_key, without_case=case.id)
    shown = within_hours(
        [target for target in item.targets if target.outcome_id in work.outcomes], work.hours
    )
    if not shown:
        raise Conflict("credit.nothing_claimed")
    source = own_source(uow, case.org_id, work.org_id)
    course = shown_course(uow, source.id, work.title, shown, ResultScale.PASS_FAIL, before=case.course_id)
    case.source_id, case.course_id = source.id, course.id
    row.evidence, row.source_id, row.course_id = EvidenceKind.PORTFOLIO, source.id, course.id
    row.number, row.number_key, row.payload = "", "", {"link": work.link} if work.link else {}
    row.issued_on, row.hours, row.raw_result = work.made_on, course.hours, "passed"
    row.scale, row.scale_max = ResultScale.PASS_FAIL, None
    papers = [row, *(_paper_beside(uow, case, row.origin) for _file in work.files[1:])]
    for paper, file in zip(papers, work.files, strict=False):
        paper.file_id, paper.sha256, paper.name = file.file_id, file.sha256, file.name
        paper.size_bytes, paper.media_type = file.size_bytes, file.media_type
    for paper in papers:
        is_sure = work.verified_by is not None
        paper.verification = Verification.VERIFIED if is_sure else Verification.UNVERIFIED
        paper.method = VerificationMethod.TEACHER if is_sure else None
        paper.verified_by, paper.verified_at = work.verified_by, work.verified_at
        paper.verification_note = work.verified_note


def within_hours(targets: Sequence[ItemTarget], hours: Decimal) -> list[ItemTarget]:
    """Return targets with hours that make no more than ``hours`` together, each with its part of them, rounded down."""
    total = sum((target.hours for target in targets), Decimal(0))
    if total <= hours:
        return list(targets)
    parts = (
        replace(one, hours=(one.hours * hours / total).quantize(Decimal("0.01"), ROUND_FLOOR))
        for one in targets
    )
    return [one for one in parts if one.hours > 0]


def _paper_beside(uow: UnitOfWork, case: CreditCase, origin: str) -> CreditDocument:
    """Return a row for one more file of a piece of work."""
    row = _new_row(uow, case)
    row.kind, row.origin = DocumentKind.OTHER, origin
    return row


def _take_away_works(uow: UnitOfWork, case: CreditCase) -> None:
    """Take away the further files of a piece of work that was chosen before."""
    uow.session.execute(
        sa.update(CreditDocument)
        .where(
            CreditDocument.case_id == case.id,
            CreditDocument.evidence.is_(None),
            CreditDocument.origin.like("portfolio:%"),
            CreditDocument.removed_at.is_(None),
        )
        .values(removed_at=uow.now())
    )


def shown_course(
    uow: UnitOfWork,
    source_id: UUID,
    title: str,
    shown: Sequence[ItemTarget],
    scale: ResultScale = ResultScale.PERCENT,
    *,
    before: UUID | None = None,
) -> ExternalCourse:
    """Return a course that stands for what was shown: these outcomes, with their hours.

    ``before`` is the course that the case names now: chosen again, the same is the same row.
    """
    known = uow.session.get(ExternalCourse, before) if before is not None else None
    said = {one.outcome_id: (one.hours, one.level) for one in known.outcomes} if known is not None else {}
    is_same = said == {target.outcome_id: (target.hours, target.level) for target in shown}
    facts = (known.source_id, known.title, known.scale, known.is_listed) if known is not None else ()
    if known is not None and is_same and facts == (source_id, title[:200], scale, False):
        return known
    course = ExternalCourse(
        source_id=source_id,
        title=title[:200],
        hours=sum((target.hours for target in shown), Decimal(0)),
        scale=scale,
        is_listed=False,
        created_at=uow.now(),
    )
    course.outcomes = [
        ExternalOutcome(
            position=number,
            title=target.title[:400],
            hours=target.hours,
            level=target.level,
            outcome_id=target.outcome_id,
        )
        for number, target in enumerate(shown)
    ]
    uow.session.add(course)
    uow.session.flush()
    return course


def weakest_percent(shares: Mapping[UUID, Decimal], shown: Sequence[ItemTarget]) -> str:
    """Return the lowest share among what was shown, as percent: no outcome is proved better than that."""
    weakest = min(shares[target.outcome_id] for target in shown)
    return format((weakest * 100).quantize(Decimal("0.1")).normalize(), "f")


def own_source(uow: UnitOfWork, org_id: UUID, school_id: UUID) -> LearningSource:
    """Return the source that stands for a school of the platform; it is licensed, or it could not teach here."""
    name = people.organisation_names(uow.session, [school_id])[school_id]
    uow.lock("own_source", org_id)
    row = uow.session.scalar(
        sa.select(LearningSource)
        .where(
            LearningSource.org_id == org_id,
            LearningSource.name == name,
            LearningSource.licence_state == LicenceState.LICENSED,
        )
        .limit(1)
    )
    return row or new_source(
        uow,
        org_id=org_id,
        name=name,
        website="",
        licence_no="",
        state=LicenceState.LICENSED,
        tier=OWN_TIER,
    )


def _as_outside_course(uow: UnitOfWork, source: LearningSource, done: CompletedCourse) -> ExternalCourse:
    """Return the completed course as a course with outcomes and hours; the same content is the same row."""
    hours = academic_hours(done.minutes)
    wanted = {outcome_id: academic_hours(minutes) for outcome_id, minutes in done.outcome_minutes}
    same = uow.session.scalars(
        sa.select(ExternalCourse).where(
            ExternalCourse.source_id == source.id, ExternalCourse.title == done.title
        )
    )
    for course in same:
        if course.hours == hours and {o.outcome_id: o.hours for o in course.outcomes} == wanted:
            return course
    row = ExternalCourse(
        source_id=source.id,
        title=done.title,
        hours=hours,
        scale=ResultScale.PASS_FAIL,
        is_listed=False,
        added_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    words = outcome_views(uow.session, wanted)
    row.outcomes = [
        ExternalOutcome(
            position=position,
            title=words[outcome_id].statement[:400],
            hours=share,
            level=words[outcome_id].level,
            outcome_id=outcome_id,
        )
        for position, (outcome_id, share) in enumerate(wanted.items())
        if outcome_id in words
    ]
    uow.session.add(row)
    uow.session.flush()
    return row


_Fill = Callable[[UnitOfWork, CreditCase, CreditDocument, UUID], None]
#: How evidence is filled in, by the kind of what is known.
_FILL: Mapping[str, _Fill] = {
    "course": _fill_from_course,
    "portfolio": _fill_from_work,
    "record": _fill_from_record,
    "result": _fill_from_result,
}
