"""Compare a case with the plan: gather the facts, match, keep the report with its whole input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict
from lms.core.registry import Registry
from lms.core.uow import UnitOfWork
from lms.curriculum.queries import crosswalk_edges
from lms.plans.contracts import TRANSFER_RULES, CandidateSource, TransferRule
from lms.plans.credit_models import (
    ConversionPolicy,
    CreditCase,
    CreditDocument,
    EquivalenceRule,
    ExternalCourse,
    LearningSource,
    MatchReport,
)
from lms.plans.rules.conversion import ConversionRules, convert
from lms.plans.rules.credit_states import Act
from lms.plans.rules.match_inputs import (
    Course,
    Edge,
    Evidence,
    Given,
    Learned,
    MatchInputs,
    MatchPolicy,
    Passed,
    Rule,
    Source,
    Target,
    canonical,
)
from lms.plans.rules.matching import input_hash, match
from lms.plans.service.credit.cases import load_case, move
from lms.plans.service.credit.plan_link import item_facts
from lms.plans.types.credit import (
    Assurance,
    CaseState,
    DocumentKind,
    EvidenceKind,
    LicenceState,
    ResultScale,
    RuleState,
    TransferRelation,
    Verification,
)

__all__ = ["ReportReceipt", "build_match_report", "conversion_rules", "current_inputs", "latest_report"]


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """A stored report: its hash, hours and recommendation."""

    report_id: UUID
    number: int
    input_hash: str
    hours: Decimal
    hours_total: Decimal
    recommendation: str


def conversion_rules(session: Session, org_id: UUID) -> ConversionRules:
    """Return the school's conversion policy in force, or the defaults."""
    row = session.scalar(
        sa.select(ConversionPolicy)
        .where(ConversionPolicy.org_id == org_id)
        .order_by(ConversionPolicy.version.desc())
        .limit(1)
    )
    if row is None:
        return ConversionRules()
    return ConversionRules(row.version, row.min_share, row.with_mark)


def current_inputs(session: Session, case: CreditCase, today: date, *, assume: bool = False) -> MatchInputs:
    """Return everything that the report of ``case`` depends on now.

    ``assume`` is for the preview: documents count as verified, an unchecked licence as valid, a missing result as
    enough — the page says so.
    """
    item = item_facts(session, case.plan_id, case.stable_key, without_case=case.id)
    source = session.get(LearningSource, case.source_id) if case.source_id else None
    course = session.get(ExternalCourse, case.course_id) if case.course_id else None
    as_of = case.submitted_at.date() if case.submitted_at else today
    targets = tuple(
        Target(str(t.outcome_id), t.title, t.level, t.hours, item.taken.get(t.outcome_id, Decimal(0)))
        for t in item.targets
    )
    return MatchInputs(
        as_of=as_of,
        targets=targets,
        sources=(Source(str(source.id), _activity(source, assume=assume), source.trust_tier),)
        if source
        else (),
        courses=(_course(course),) if course else (),
        evidence=_evidence(session, case, course, assume=assume) if course else (),
        rules=_rules(session, case, as_of),
        edges=_edges(session, course, targets),
        policy=MatchPolicy(min_share=conversion_rules(session, case.org_id).min_share),
    )


def _activity(source: LearningSource, *, assume: bool) -> LicenceState:
    is_hoped = assume and source.licence_state is LicenceState.UNCHECKED
    return LicenceState.LICENSED if is_hoped else source.licence_state


def _course(course: ExternalCourse) -> Course:
    outcomes = tuple(
        Learned(str(o.id), o.title, o.level, o.hours, o.fragment, o.tested_by) for o in course.outcomes
    )
    return Course(str(course.id), str(course.source_id), course.title, course.hours, outcomes)


def documents_of(session: Session, case_id: UUID) -> list[CreditDocument]:
    """Return the documents of a case that were not taken away, the certificate first."""
    rows = session.scalars(
        sa.select(CreditDocument)
        .where(CreditDocument.case_id == case_id, CreditDocument.removed_at.is_(None))
        .order_by(CreditDocument.id)
    ).all()
    return sorted(rows, key=lambda row: row.kind is not DocumentKind.CERTIFICATE)


def _evidence(
    session: Session, case: CreditCase, course: ExternalCourse, *, assume: bool
) -> tuple[Evidence, ...]:
    """Return the certificate of a case; for a preview without one, that of somebody who passed the course now."""
    documents = documents_of(session, case.id)
    certificate = next((d for d in documents if d.kind is DocumentKind.CERTIFICATE), None)
    sure = Verification.VERIFIED
    if certificate is None:
        day = case.opened_at.date()
        planned = Evidence(
            "planned", str(course.id), EvidenceKind.PLANNED, day, course.hours, Decimal(1), verification=sure
        )
        return (planned,) if assume else ()
    return (
        Evidence(
            id=str(certificate.id),
            course_id=str(course.id),
            kind=EvidenceKind.CERTIFICATE,
            issued_on=certificate.issued_on,
            hours=certificate.hours,
            share=convert(certificate.raw_result, certificate.scale, certificate.scale_max, Decimal(0)).share,
            result_words=result_words(certificate),
            drawn=drawn_elsewhere(session, certificate),
            number_key=certificate.number_key,
            verification=sure if assume else _verification(documents),
        ),
    )


def _verification(documents: list[CreditDocument]) -> Verification:
    """Return how far the certificate can be relied on: it never counts for more than the papers beside it (C7)."""
    certificate = next(d for d in documents if d.kind is DocumentKind.CERTIFICATE)
    if certificate.verification is Verification.REJECTED:
        return Verification.REJECTED
    is_sure = assurance_of(documents) is Assurance.VERIFIED
    return Verification.VERIFIED if is_sure else Verification.UNVERIFIED


def result_words(certificate: CreditDocument) -> str:
    """Return the result as it stands on the certificate, with the top of its scale."""
    if certificate.scale in {ResultScale.POINTS, ResultScale.PERCENT}:
        top = Decimal(100) if certificate.scale is ResultScale.PERCENT else certificate.scale_max
        return f"{certificate.raw_result}/{format(top.normalize(), 'f')}" if top else certificate.raw_result
    return certificate.raw_result


def assurance_of(documents: list[CreditDocument]) -> Assurance:
    """Return the lowest assurance of the documents (C7); no document is not verified either."""
    is_sure = bool(documents) and all(d.verification is Verification.VERIFIED for d in documents)
    return Assurance.VERIFIED if is_sure else Assurance.UNVERIFIED


def drawn_elsewhere(session: Session, certificate: CreditDocument) -> Decimal:
    """Return the hours that other cases drew from the same paper (C2).

    It is the same paper when the file is the same, or the number: within one source, or of one student wherever the
    source was named anew or the paper photographed again. Papers of one student without a number are told apart by
    their day and hours.
    """
    total = session.scalar(
        sa.select(sa.func.sum(CreditDocument.hours_drawn))
        .join(CreditCase, CreditCase.id == CreditDocument.case_id)
        .where(_is_same_paper(session, certificate), CreditDocument.case_id != certificate.case_id)
    )
    return Decimal(total or 0)


def _is_same_paper(session: Session, certificate: CreditDocument) -> sa.ColumnElement[bool]:
    same: list[sa.ColumnElement[bool]] = [sa.false()]
    if certificate.sha256:
        same.append(CreditDocument.sha256 == certificate.sha256)
    of_one_student = CreditCase.person_id == session.get_one(CreditCase, certificate.case_id).person_id
    with_same_number = CreditDocument.number_key == certificate.number_key
    if certificate.number_key:
        of_one_source = CreditDocument.source_id == certificate.source_id
        same.append(sa.and_(with_same_number, sa.or_(of_one_source, of_one_student)))
    else:
        same_day = CreditDocument.issued_on == certificate.issued_on
        same_hours = CreditDocument.hours == certificate.hours
        same.append(sa.and_(with_same_number, of_one_student, same_day, same_hours))
    return sa.or_(*same)


def _rules(session: Session, case: CreditCase, as_of: date) -> tuple[Rule, ...]:
    rows = session.scalars(
        sa.select(EquivalenceRule)
        .where(
            EquivalenceRule.org_id == case.org_id,
            EquivalenceRule.course_id == case.course_id,
            EquivalenceRule.state == RuleState.APPROVED,
            EquivalenceRule.valid_from <= as_of,
            sa.or_(EquivalenceRule.valid_to.is_(None), EquivalenceRule.valid_to >= as_of),
        )
        .order_by(EquivalenceRule.number, EquivalenceRule.version)
    )
    return tuple(
        Rule(
            str(rule.id),
            rule.number,
            rule.version,
            Passed(str(rule.course_id), rule.min_share),
            tuple(
                Given(
                    str(line.target_outcome_id),
                    line.share,
                    line.relation,
                    str(line.learned_id or ""),
                    line.note,
                )
                for line in rule.lines
            ),
        )
        for rule in rows
    )


def _edges(session: Session, course: ExternalCourse | None, targets: tuple[Target, ...]) -> tuple[Edge, ...]:
    if course is None:
        return ()
    by_outcome = {o.outcome_id: str(o.id) for o in course.outcomes if o.outcome_id is not None}
    found = crosswalk_edges(session, by_outcome, [UUID(t.id) for t in targets])
    return tuple(
        Edge(
            str(edge.id),
            by_outcome[edge.source_id],
            str(edge.target_id),
            TransferRelation(edge.relation.value),
            edge.weight,
            edge.note,
        )
        for edge in found
    )


def sources_of(uow: UnitOfWork) -> Sequence[CandidateSource]:
    """Return the installed ways of finding candidates."""
    registry: Registry[TransferRule] = uow.plugins(TRANSFER_RULES)
    return list(registry)


def latest_report(session: Session, case_id: UUID) -> MatchReport | None:
    """Return the newest report of a case, or None."""
    return session.scalar(
        sa.select(MatchReport)
        .where(MatchReport.case_id == case_id)
        .order_by(MatchReport.number.desc())
        .limit(1)
    )


def hash_now(uow: UnitOfWork, case: CreditCase) -> str:
    """Return the hash of the present input of a case (C3 compares it with the report's)."""
    return input_hash(current_inputs(uow.session, case, uow.now().date()), sources_of(uow))


def build_match_report(uow: UnitOfWork, case_id: UUID) -> ReportReceipt:
    """Compare the case with the plan and keep the report; the same input gives the report that is already there.

    A new input while the commission votes starts a new round: votes belong to the report they were given on.
    Raises Conflict ``credit.documents_first``, ``credit.licence_first``, ``credit.not_educational``, ``credit.not_now``.
    """
    case = load_case(uow, case_id, "credit.office")
    _check_ready(uow, case)
    inputs = current_inputs(uow.session, case, uow.now().date())
    result = match(inputs, sources_of(uow))
    latest = latest_report(uow.session, case.id)
    if latest is not None and latest.input_hash == result.input_hash:
        if case.state is CaseState.VERIFYING:
            move(case, Act.MATCH)
        return _receipt(latest)
    if case.state is CaseState.IN_COMMISSION:
        case.round += 1
    move(case, Act.MATCH)
    row = MatchReport(
        case_id=case.id,
        number=(latest.number if latest else 0) + 1,
        algorithm=result.algorithm,
        input_hash=result.input_hash,
        inputs=canonical(inputs),
        rows=canonical(result.rows),
        hours=result.hours,
        hours_total=result.hours_total,
        recommendation=result.recommendation,
        created_by=uow.actor.label,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    payload = {"report": row.id, "number": row.number, "input_hash": row.input_hash, "hours": row.hours}
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", "plans.credit_matched", case.person_id, payload, [ref])
    return _receipt(row)


def _check_ready(uow: UnitOfWork, case: CreditCase) -> None:
    source = uow.session.get(LearningSource, case.source_id) if case.source_id else None
    if source is None or source.licence_state is LicenceState.UNCHECKED:
        raise Conflict("credit.licence_first")
    if source.licence_state is LicenceState.UNLICENSED:
        raise Conflict("credit.not_educational")
    documents = documents_of(uow.session, case.id)
    if not documents or any(d.verification is Verification.UNVERIFIED for d in documents):
        raise Conflict("credit.documents_first")


def _receipt(row: MatchReport) -> ReportReceipt:
    return ReportReceipt(row.id, row.number, row.input_hash, row.hours, row.hours_total, row.recommendation)
