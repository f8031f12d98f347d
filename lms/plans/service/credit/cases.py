"""Open, fill in, submit and withdraw an application for credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef
from lms.core.db import day_of
from lms.core.errors import Conflict, Forbidden, InvalidInput, NotAuthenticated, NotFound
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.plans.credit_access import JUDGING, CaseInHand, StudentInHand, is_impartial
from lms.plans.credit_models import (
    Commission,
    CreditCase,
    CreditDecision,
    CreditDocument,
    ExternalCourse,
    LearningSource,
)
from lms.plans.rules.conversion import convert, number_key, parse_amount
from lms.plans.rules.credit_states import ENDED, Act, is_editable, next_state
from lms.plans.service.credit.plan_link import item_facts
from lms.plans.service.credit.sources import LONGEST_COURSE_H, LOWEST_TIER, get_source, new_source, search_key
from lms.plans.settings import PlansSettings
from lms.plans.types.credit import (
    CaseState,
    DocumentKind,
    DocumentStatus,
    EvidenceKind,
    HolderMatch,
    LicenceState,
    RemainderWay,
    ResultScale,
    Verification,
    VerificationMethod,
)

__all__ = [
    "CaseStep",
    "CertificateValue",
    "arrange_attestation",
    "choose_course",
    "choose_source",
    "choose_way",
    "describe_certificate",
    "describe_course",
    "open_case",
    "submit_case",
    "suggest_source",
    "take_to_attestation",
    "withdraw_case",
]

#: No certificate of a student is older; an earlier year is a slip of the finger.
FIRST_YEAR = 1950
#: What a system has said needs no file.
BY_ITSELF = frozenset({VerificationMethod.PLATFORM, VerificationMethod.RECORD})


@dataclass(frozen=True, slots=True)
class CaseStep:
    """What a use case leaves behind: the case and where it stands now."""

    case_id: UUID
    state: CaseState


@dataclass(frozen=True, slots=True)
class CertificateValue:
    """What a family says that its certificate shows."""

    issued_on: date
    hours: Decimal
    raw_result: str
    number: str = ""
    scale: ResultScale | None = None
    scale_max: Decimal | None = None
    expires_on: date | None = None


def acting_person(uow: UnitOfWork) -> UUID:
    """Return who acts; facts of credit are always somebody's, never the system's."""
    if uow.actor.person_id is None:
        raise NotAuthenticated("auth.sign_in")
    return uow.actor.person_id


def load_case(uow: UnitOfWork, case_id: UUID, action: str) -> CreditCase:
    """Return the case locked for this transaction, if the actor may do ``action`` with it.

    Raises Forbidden ``credit.not_impartial`` to whoever would judge about the own family's case (C8).
    """
    uow.lock("credit_case", case_id)
    case = uow.session.get(CreditCase, case_id, with_for_update=True)
    if case is None:
        raise NotFound("auth.out_of_reach")
    uow.require(action, CaseInHand(case.id, case, uow.now()))
    if action in JUDGING and not is_impartial(uow.session, uow.actor, case):
        raise Forbidden("credit.not_impartial")
    return case


def move(case: CreditCase, act: Act) -> CaseState:
    """Take the step ``act``, keeping the state before where the case will come back to it."""
    target = next_state(case.state, act, case.state_before)
    if target in {CaseState.SUSPENDED, CaseState.APPEALED}:
        case.state_before = case.state
    elif act in {Act.CONFIRM, Act.UPHOLD, Act.OVERTURN, Act.REVOKE}:
        case.state_before = None
    case.state = target
    return target


def decision_of(session: Session, case_id: UUID) -> CreditDecision | None:
    """Return the decision in force, or None."""
    return session.scalar(
        sa.select(CreditDecision)
        .where(CreditDecision.case_id == case_id, CreditDecision.superseded_at.is_(None))
        .order_by(CreditDecision.round.desc())
        .limit(1)
    )


def commission_of(session: Session, org_id: UUID) -> UUID:
    """Return the organisation's commission; raise Conflict ``credit.no_commission``."""
    found = session.scalar(
        sa.select(Commission.id)
        .where(Commission.org_id == org_id, Commission.ended_at.is_(None))
        .order_by(Commission.created_at.desc())
        .limit(1)
    )
    if found is None:
        raise Conflict("credit.no_commission")
    return found


def certificate_of(uow: UnitOfWork, case: CreditCase) -> CreditDocument | None:
    """Return the first certificate of a case, the one that its six steps are about, or None."""
    return uow.session.scalar(
        sa.select(CreditDocument)
        .where(
            CreditDocument.case_id == case.id,
            CreditDocument.kind == DocumentKind.CERTIFICATE,
            CreditDocument.removed_at.is_(None),
        )
        .order_by(CreditDocument.id)
        .limit(1)
    )


def _editable(case: CreditCase) -> CreditCase:
    if not is_editable(case.state):
        raise Conflict("credit.not_now", state=case.state.value, act="edit")
    return case


def open_case(uow: UnitOfWork, *, person_id: UUID, plan_id: UUID, stable_key: str) -> CaseStep:
    """Begin an application for one item of the active plan; a case that is already open for it is returned.

    Raises NotFound ``credit.no_item``, Conflict ``credit.nothing_left`` when every hour is credited.
    """
    uow.require("credit.apply", StudentInHand(person_id, uow.now()))
    uow.lock("plan", plan_id)
    item = item_facts(uow.session, plan_id, stable_key)
    if item.person_id != person_id:
        raise NotFound("credit.no_item")
    existing = _open_case_for(uow, plan_id, stable_key)
    if existing is not None:
        return CaseStep(existing.id, existing.state)
    if item.free_hours <= 0:
        raise Conflict("credit.nothing_left")
    case = CreditCase(
        person_id=person_id,
        org_id=item.org_id,
        plan_id=plan_id,
        stable_key=stable_key,
        item_title=item.title,
        subject=item.subject,
        search_key=search_key(item.title),
        state=CaseState.DRAFT,
        opened_by=acting_person(uow),
        opened_at=uow.now(),
    )
    uow.session.add(case)
    uow.session.flush()
    return CaseStep(case.id, case.state)


def _open_case_for(uow: UnitOfWork, plan_id: UUID, stable_key: str) -> CreditCase | None:
    done = ENDED | {CaseState.EFFECTED, CaseState.DECIDED, CaseState.ASSESSMENT_REQUIRED}
    return uow.session.scalar(
        sa.select(CreditCase)
        .where(
            CreditCase.plan_id == plan_id,
            CreditCase.stable_key == stable_key,
            CreditCase.state.not_in(sorted(done)),
        )
        .order_by(CreditCase.opened_at.desc())
        .limit(1)
    )


def choose_source(uow: UnitOfWork, case_id: UUID, source_id: UUID) -> LicenceState:
    """Say where the course was taken; return what is known of the source's licence. Raises NotFound, Conflict."""
    case = _editable(load_case(uow, case_id, "credit.edit"))
    source = get_source(uow, source_id, case.org_id)
    _set_source(uow, case, source)
    return source.licence_state


def _set_source(uow: UnitOfWork, case: CreditCase, source: LearningSource) -> None:
    if case.source_id != source.id:
        case.source_id, case.course_id = source.id, None
        certificate = certificate_of(uow, case)
        if certificate is not None:
            unverify(certificate)
            certificate.source_id, certificate.course_id, certificate.evidence = source.id, None, None
        _doubt(uow, case)
    _refresh_search(uow, case)


def _set_course(uow: UnitOfWork, case: CreditCase, course: ExternalCourse) -> None:
    if case.course_id != course.id:
        case.course_id = course.id
        _doubt(uow, case)
        _read_result_anew(uow, case, course)
    _refresh_search(uow, case)


def _doubt(uow: UnitOfWork, case: CreditCase) -> None:
    """Let the office look at the documents again: what it found out spoke of another course or source."""
    documents = sa.update(CreditDocument).where(
        CreditDocument.case_id == case.id,
        sa.or_(CreditDocument.method.is_(None), CreditDocument.method == VerificationMethod.OFFICE),
    )
    uow.session.execute(
        documents.values(
            verification=Verification.UNVERIFIED, method=None, verified_by=None, verified_at=None
        )
    )


def _read_result_anew(uow: UnitOfWork, case: CreditCase, course: ExternalCourse) -> None:
    """Ask for the result again where the new course words its results in another way."""
    certificate = certificate_of(uow, case)
    if certificate is None:
        return
    unverify(certificate)
    certificate.course_id, certificate.evidence = course.id, EvidenceKind.CERTIFICATE
    if (certificate.scale, certificate.scale_max) != (course.scale, course.scale_max):
        certificate.raw_result = ""
        certificate.scale, certificate.scale_max = course.scale, course.scale_max


def suggest_source(
    uow: UnitOfWork, case_id: UUID, *, name: str, website: str, licence_no: str, is_educational: bool
) -> LicenceState:
    """Name a source that is not on the list; the office checks its licence. Raises InvalidInput, Conflict."""
    case = _editable(load_case(uow, case_id, "credit.edit"))
    state = LicenceState.UNCHECKED if is_educational else LicenceState.UNLICENSED
    same = sa.select(
        LearningSource
    ).where(  # typed again, or sent twice: the row that nobody has looked at yet
        LearningSource.org_id == case.org_id,
        LearningSource.name == name.strip(),
        LearningSource.website == website.strip(),
        LearningSource.licence_no == (licence_no.strip() if is_educational else ""),
        LearningSource.licence_state == state,
        LearningSource.added_by == acting_person(uow),
        LearningSource.checked_at.is_(None),
    )
    source = (uow.session.scalar(same.limit(1)) if name.strip() else None) or new_source(
        uow,
        org_id=case.org_id,
        name=name,
        website=website,
        licence_no=licence_no if is_educational else "",
        state=state,
        tier=LOWEST_TIER,
    )
    _set_source(uow, case, source)
    return state


def choose_course(uow: UnitOfWork, case_id: UUID, course_id: UUID) -> CaseStep:
    """Say which course of the source it was; raise NotFound ``credit.no_course``, Conflict.

    A course that is not on the school's list was named by a family and is nobody else's.
    """
    case = _editable(load_case(uow, case_id, "credit.edit"))
    course = uow.session.get(ExternalCourse, course_id)
    if course is None or course.source_id != case.source_id:
        raise NotFound("credit.no_course")
    is_own = course.id == case.course_id or course.added_by in {uow.actor.person_id, case.opened_by}
    if not (course.is_listed or is_own):
        raise NotFound("credit.no_course")
    _set_course(uow, case, course)
    return CaseStep(case.id, case.state)


def take_listed_course(uow: UnitOfWork, case_id: UUID, course_id: UUID) -> CaseStep:
    """Begin an application with a course on the school's list; what an open application says already stays.

    Raises NotFound ``credit.no_course``.
    """
    case = load_case(uow, case_id, "credit.edit")
    course = uow.session.get(ExternalCourse, course_id)
    if course is None or not course.is_listed:
        raise NotFound("credit.no_course")
    if is_editable(case.state) and case.source_id is None:
        choose_source(uow, case_id, course.source_id)
        choose_course(uow, case_id, course_id)
    return CaseStep(case.id, case.state)


def describe_course(uow: UnitOfWork, case_id: UUID, *, title: str, hours: Decimal) -> CaseStep:
    """Name a course that is not on the list; raise InvalidInput ``credit.name_needed``, ``credit.hours_range``."""
    case = _editable(load_case(uow, case_id, "credit.edit"))
    if case.source_id is None:
        raise InvalidInput("credit.source_first")
    if not title.strip():
        raise InvalidInput("credit.name_needed", fields={"title": ["credit.name_needed"]})
    _check_hours(hours)
    same = sa.select(ExternalCourse).where(  # typed again, or sent twice
        ExternalCourse.source_id == case.source_id,
        ExternalCourse.title == title.strip(),
        ExternalCourse.hours == hours,
        ExternalCourse.scale == ResultScale.POINTS,
        ExternalCourse.is_listed.is_(False),
        ExternalCourse.added_by == acting_person(uow),
        ~ExternalCourse.outcomes.any(),
    )
    course = uow.session.scalar(same.limit(1)) or ExternalCourse(
        source_id=case.source_id,
        title=title.strip(),
        hours=hours,
        scale=ResultScale.POINTS,
        scale_max=Decimal(100),
        is_listed=False,
        added_by=acting_person(uow),
        created_at=uow.now(),
    )
    uow.session.add(course)
    uow.session.flush()
    _set_course(uow, case, course)
    return CaseStep(case.id, case.state)


def _check_hours(hours: Decimal) -> None:
    if not Decimal(0) < hours <= LONGEST_COURSE_H:
        raise InvalidInput("credit.hours_range", fields={"hours": ["credit.hours_range"]})


def _refresh_search(uow: UnitOfWork, case: CreditCase) -> None:
    """Keep what the queues search through: item, course, source; never a name, those live elsewhere."""
    source = uow.session.get(LearningSource, case.source_id) if case.source_id else None
    course = uow.session.get(ExternalCourse, case.course_id) if case.course_id else None
    parts = [case.item_title, course.title if course else "", source.name if source else ""]
    case.search_key = search_key(*parts)[:600]


def describe_certificate(uow: UnitOfWork, case_id: UUID, value: CertificateValue) -> CaseStep:
    """Say what the certificate shows: date, hours, result, number.

    Raises InvalidInput with fields: ``credit.date_future``, ``credit.date_early``, ``credit.hours_range``,
    ``credit.result_unreadable``.
    """
    case = _editable(load_case(uow, case_id, "credit.edit"))
    if case.course_id is None:
        raise InvalidInput("credit.course_first")
    course = uow.session.get_one(ExternalCourse, case.course_id)
    check_certificate(value, course, uow.today())
    row = certificate_of(uow, case)
    if row is None:
        row = CreditDocument(
            case_id=case.id,
            kind=DocumentKind.CERTIFICATE,
            attached_by=acting_person(uow),
            attached_at=uow.now(),
            verification=Verification.UNVERIFIED,
            hours_drawn=Decimal(0),
        )
        uow.session.add(row)
    write_certificate(row, course, value)
    uow.session.flush()
    return CaseStep(case.id, case.state)


def write_certificate(row: CreditDocument, course: ExternalCourse, value: CertificateValue) -> None:
    """Put down on a document what a family says that its certificate shows; nobody has checked it yet."""
    unverify(row)
    row.evidence, row.source_id, row.course_id = EvidenceKind.CERTIFICATE, course.source_id, course.id
    row.issued_on, row.expires_on = value.issued_on, value.expires_on
    row.number, row.number_key = value.number.strip(), number_key(value.number)
    row.hours, row.raw_result = value.hours, value.raw_result.strip()
    row.scale = value.scale or course.scale
    row.scale_max = value.scale_max if value.scale is not None else course.scale_max


def unverify(row: CreditDocument) -> None:
    """Forget what was found out about a document, and where it came from by itself: it says something else now."""
    if row.origin:
        row.origin, row.payload, row.issuer, row.expires_on = "", {}, "", None
        row.status, row.holder = DocumentStatus.VALID, HolderMatch.MATCH
    if row.evidence is not None:
        row.evidence = EvidenceKind.CERTIFICATE
    row.verification, row.method, row.verified_by, row.verified_at = Verification.UNVERIFIED, None, None, None


def check_certificate(value: CertificateValue, course: ExternalCourse, today: date) -> None:
    """Raise InvalidInput ``credit.certificate`` with the fields of a certificate that cannot be as typed."""
    fields: dict[str, list[str]] = {}
    if value.issued_on > today:
        fields["issued_on"] = ["credit.date_future"]
    elif value.issued_on.year < FIRST_YEAR:
        fields["issued_on"] = ["credit.date_early"]
    if not Decimal(0) < value.hours <= LONGEST_COURSE_H:
        fields["hours"] = ["credit.hours_range"]
    scale = value.scale or course.scale
    top = value.scale_max if value.scale is not None else course.scale_max
    if convert(value.raw_result, scale, top, Decimal(0)).share is None:
        amount = parse_amount(value.raw_result)
        above = amount is not None and top is not None and amount > top
        fields["raw_result"] = ["credit.result_above" if above else "credit.result_unreadable"]
    if fields:
        raise InvalidInput("credit.certificate", fields=fields, top=_words(top))


def _words(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount.normalize(), "f")


def missing_for_submission(uow: UnitOfWork, case: CreditCase) -> list[str]:
    """Return the codes of what is still missing, in the order of the task list."""
    missing = []
    if case.source_id is None:
        missing.append("credit.source_first")
    if case.course_id is None:
        missing.append("credit.course_first")
    certificate = certificate_of(uow, case)
    if certificate is None:
        missing.append("credit.certificate_first")
    else:
        if (
            convert(certificate.raw_result, certificate.scale, certificate.scale_max, Decimal(0)).share
            is None
        ):
            missing.append("credit.certificate_first")
        is_shown = certificate.evidence is EvidenceKind.PORTFOLIO
        if certificate.file_id is None and not is_shown and certificate.method not in BY_ITSELF:
            missing.append("credit.file_first")
    return missing


def submit_case(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Send the application (or the completed one) to the school and start the clock of the review.

    While the family owes an answer the clock stands: the working days of waiting are added to the deadline.

    Raises InvalidInput naming what is missing, ``credit.not_educational`` (C10), Conflict.
    """
    case = load_case(uow, case_id, "credit.edit")
    source = uow.session.get(LearningSource, case.source_id) if case.source_id else None
    if source is not None and source.licence_state is LicenceState.UNLICENSED:
        raise InvalidInput("credit.not_educational")
    missing = missing_for_submission(uow, case)
    if missing:
        raise InvalidInput(missing[0])
    is_first = case.state is CaseState.DRAFT
    if not is_first:
        _restart_clock(uow, case)
    move(case, Act.SUBMIT)
    case.submitted_by = acting_person(uow)
    if is_first:
        _start_clock(uow, case)
    case.question = ""
    _note(uow, case, "plans.credit_submitted" if is_first else "plans.credit_completed", {})
    return CaseStep(case.id, case.state)


def _start_clock(uow: UnitOfWork, case: CreditCase) -> None:
    days = uow.runtime.settings.of(PlansSettings).credit_review_days
    case.submitted_at = uow.now()
    case.review_due_on = people.working_days_after(uow.session, uow.today(), days)
    case.number = next_number(uow, case.org_id)


def _restart_clock(uow: UnitOfWork, case: CreditCase) -> None:
    """Put the deadline off by the working days in which the school waited for the family's answer."""
    if case.asked_at is None or case.review_due_on is None:
        return
    waited = people.working_days_between(uow.session, day_of(uow.session, case.asked_at), uow.today())
    case.review_due_on = people.working_days_after(uow.session, case.review_due_on, waited)


def next_number(uow: UnitOfWork, org_id: UUID) -> int:
    """Return the next number of an application in the organisation."""
    uow.lock("credit_number", org_id)
    highest = uow.session.scalar(sa.select(sa.func.max(CreditCase.number)).where(CreditCase.org_id == org_id))
    return (highest or 0) + 1


def _note(uow: UnitOfWork, case: CreditCase, kind: str, payload: dict[str, object]) -> None:
    body = {"case": case.id, "state": case.state, "plan": case.plan_id, "item": case.stable_key, **payload}
    uow.append_ledger(
        f"org:{case.org_id}", kind, case.person_id, body, [BasisRef("plans.credit_case", case.id)]
    )


def take_to_attestation(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Ask for attestation instead of credit, because the source carries out no educational activity (C10).

    The family may do it while filling in, the office when the register has no licence. Raises Conflict
    ``credit.is_educational`` when the source is licensed.
    """
    probe = uow.session.get(CreditCase, case_id)
    by_office = probe is not None and uow.can("credit.office", CaseInHand(probe.id, probe, uow.now()))
    case = load_case(uow, case_id, "credit.office" if by_office else "credit.edit")
    source = uow.session.get(LearningSource, case.source_id) if case.source_id else None
    if source is None or source.licence_state is not LicenceState.UNLICENSED:
        raise Conflict("credit.is_educational")
    was_draft = case.state is CaseState.DRAFT
    move(case, Act.TO_ATTESTATION)
    if was_draft:
        _start_clock(uow, case)
        case.submitted_by = acting_person(uow)
    _note(uow, case, "plans.credit_to_attestation", {"source": case.source_id})
    return CaseStep(case.id, case.state)


def arrange_attestation(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Record that the attestation stands in the plan, so that the case waits for nobody; harmless when repeated."""
    case = load_case(uow, case_id, "credit.office")
    if case.state is not CaseState.ASSESSMENT_REQUIRED:
        raise Conflict("credit.not_now", state=case.state.value, act="arrange")
    if case.closed_at is None:
        case.closed_at = uow.now()
        _note(uow, case, "plans.credit_attestation_arranged", {})
    return CaseStep(case.id, case.state)


def withdraw_case(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Take an application back before it is decided; raise Conflict when it is too late.

    While an appeal is looked into, the decision stays in force and so does the case.
    """
    case = load_case(uow, case_id, "credit.edit")
    if decision_of(uow.session, case.id) is not None:
        raise Conflict("credit.not_now", state=case.state.value, act="withdraw")
    was_draft = case.state is CaseState.DRAFT
    move(case, Act.WITHDRAW)
    case.closed_at = uow.now()
    if not was_draft:
        _note(uow, case, "plans.credit_withdrawn", {})
    return CaseStep(case.id, case.state)


def choose_way(uow: UnitOfWork, case_id: UUID, way: RemainderWay) -> CaseStep:
    """Say how the rest will be closed; the case is closed with it. Raises Conflict."""
    case = load_case(uow, case_id, "credit.edit")
    move(case, Act.CLOSE)
    case.way, case.way_chosen_at, case.closed_at = way, uow.now(), uow.now()
    _note(uow, case, "plans.credit_way_chosen", {"way": way.value})
    return CaseStep(case.id, case.state)
