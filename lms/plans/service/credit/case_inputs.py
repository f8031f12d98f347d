"""Gather everything that the comparison of a stored case depends on: the same values that a case file holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.db import day_of
from lms.curriculum.queries import crosswalk_edges
from lms.plans.credit_models import (
    ConversionPolicy,
    CreditCase,
    CreditDocument,
    EquivalenceLine,
    EquivalenceRule,
    EquivalenceRuleCourse,
    ExternalCourse,
    LearningSource,
)
from lms.plans.rules.conversion import FIVE, ConversionRules, convert
from lms.plans.rules.match_factors import factors_from_json
from lms.plans.rules.match_inputs import (
    Course,
    Edge,
    Evidence,
    Given,
    Learned,
    MatchInputs,
    MatchPolicy,
    Rule,
    Source,
    Target,
)
from lms.plans.rules.rule_conditions import condition_from_json
from lms.plans.service.credit.agreements import agreement_for
from lms.plans.service.credit.plan_link import ItemFacts, item_facts
from lms.plans.types.credit import (
    Assurance,
    DocumentKind,
    EvidenceKind,
    LicenceState,
    ResultScale,
    RuleState,
    TransferRelation,
    Verification,
)

__all__ = [
    "assurance_of",
    "conversion_rules",
    "current_inputs",
    "current_policy",
    "documents_of",
    "drawn_elsewhere",
    "evidence_of",
    "planned_inputs",
    "result_words",
]

#: Shares are exact to as many places as the database keeps.
PLACES = Decimal("0.000001")


def current_policy(session: Session, org_id: UUID) -> ConversionPolicy | None:
    """Return the version of the school's conversion policy that is in force, or None."""
    return session.scalar(
        sa.select(ConversionPolicy)
        .where(ConversionPolicy.org_id == org_id)
        .order_by(ConversionPolicy.version.desc())
        .limit(1)
    )


def conversion_rules(session: Session, org_id: UUID) -> ConversionRules:
    """Return the school's conversion policy in force, or the defaults."""
    row = current_policy(session, org_id)
    return ConversionRules() if row is None else _conversion(row)


def _conversion(row: ConversionPolicy) -> ConversionRules:
    usual = ConversionRules(row.version, row.min_share, row.with_mark)
    return ConversionRules(
        row.version,
        row.min_share,
        row.with_mark,
        _table(row.marks) or usual.marks,
        row.rounding,
        _table(row.five) or tuple(FIVE.items()),
    )


def _table(data: dict[str, Any]) -> tuple[tuple[int, Decimal], ...]:
    """Return a stored table of marks, the best mark first."""
    return tuple(sorted(((int(k), Decimal(v)) for k, v in data.items()), reverse=True))


def _policy(session: Session, org_id: UUID) -> MatchPolicy:
    row = current_policy(session, org_id)
    if row is None:
        return MatchPolicy()
    return MatchPolicy(row.min_share, row.is_automatic, row.min_assurance, factors_from_json(row.factors))


def current_inputs(session: Session, case: CreditCase, today: date, *, assume: bool = False) -> MatchInputs:
    """Return everything that the report of ``case`` depends on now.

    ``assume`` is for the preview: documents count as verified, an unchecked licence as valid, a missing result as
    enough — the page says so.
    """
    item = item_facts(session, case.plan_id, case.stable_key, without_case=case.id)
    as_of = day_of(session, case.submitted_at) if case.submitted_at else today
    evidence = _evidence(session, case, as_of, assume=assume)
    taken = {UUID(row.course_id) for row in evidence} | ({case.course_id} if case.course_id else set())
    rules = _rules(session, case.org_id, item, taken, as_of)
    courses = _courses(session, taken | {UUID(one) for rule in rules for one in rule.courses})
    return MatchInputs(
        as_of=as_of,
        targets=tuple(_targets(item)),
        sources=_sources(session, courses, assume=assume),
        courses=tuple(_course(course) for course in courses),
        evidence=evidence,
        rules=rules,
        edges=_edges(session, case.org_id, courses, [t.outcome_id for t in item.targets]),
        policy=_policy(session, case.org_id),
    )


def planned_inputs(session: Session, item: ItemFacts, course: ExternalCourse, day: date) -> MatchInputs:
    """Return what a report would depend on if the student of ``item`` had passed ``course`` on ``day``."""
    rules = _rules(session, item.org_id, item, {course.id}, day)
    courses = _courses(session, {course.id} | {UUID(one) for rule in rules for one in rule.courses})
    return MatchInputs(
        as_of=day,
        targets=tuple(_targets(item)),
        sources=_sources(session, courses, assume=True),
        courses=tuple(_course(one) for one in courses),
        evidence=(_planned(course, day),),
        rules=rules,
        edges=_edges(session, item.org_id, courses, [t.outcome_id for t in item.targets]),
        policy=_policy(session, item.org_id),
    )


def _targets(item: ItemFacts) -> Iterable[Target]:
    for one in item.targets:
        taken = item.taken.get(one.outcome_id, Decimal(0))
        yield Target(str(one.outcome_id), one.title, one.level, one.hours, taken)


def _courses(session: Session, ids: Iterable[UUID]) -> list[ExternalCourse]:
    statement = sa.select(ExternalCourse).where(ExternalCourse.id.in_(sorted(ids)))
    return list(session.scalars(statement.order_by(ExternalCourse.id)))


def _sources(session: Session, courses: Sequence[ExternalCourse], *, assume: bool) -> tuple[Source, ...]:
    ids = sorted({course.source_id for course in courses})
    rows = session.scalars(sa.select(LearningSource).where(LearningSource.id.in_(ids)))
    return tuple(Source(str(row.id), _activity(row, assume=assume), row.trust_tier) for row in rows)


def _activity(source: LearningSource, *, assume: bool) -> LicenceState:
    is_hoped = assume and source.licence_state is LicenceState.UNCHECKED
    return LicenceState.LICENSED if is_hoped else source.licence_state


def _course(course: ExternalCourse) -> Course:
    outcomes = tuple(
        Learned(str(o.id), o.title, o.level, o.hours, o.fragment, o.tested_by) for o in course.outcomes
    )
    return Course(str(course.id), str(course.source_id), course.title, course.hours, outcomes)


def documents_of(session: Session, case_id: UUID) -> list[CreditDocument]:
    """Return the documents of a case that were not taken away, certificates first."""
    rows = session.scalars(
        sa.select(CreditDocument)
        .where(CreditDocument.case_id == case_id, CreditDocument.removed_at.is_(None))
        .order_by(CreditDocument.id)
    ).all()
    return sorted(rows, key=lambda row: row.kind is not DocumentKind.CERTIFICATE)


def evidence_of(documents: Iterable[CreditDocument]) -> list[CreditDocument]:
    """Return the documents that prove a course, not the papers beside."""
    return [row for row in documents if row.evidence is not None]


def _evidence(session: Session, case: CreditCase, as_of: date, *, assume: bool) -> tuple[Evidence, ...]:
    """Return what proves the courses of a case; for a preview without any, a certificate of somebody who passed now."""
    documents = documents_of(session, case.id)
    proofs = evidence_of(documents)
    if not proofs and assume and case.course_id:
        return (_planned(session.get_one(ExternalCourse, case.course_id), day_of(session, case.opened_at)),)
    rules = conversion_rules(session, case.org_id)
    return tuple(_proof(session, case, row, documents, rules, as_of, assume=assume) for row in proofs)


def _planned(course: ExternalCourse, day: date) -> Evidence:
    return Evidence(
        "planned",
        str(course.id),
        EvidenceKind.PLANNED,
        day,
        course.hours,
        Decimal(1),
        verification=Verification.VERIFIED,
    )


def _proof(
    session: Session,
    case: CreditCase,
    row: CreditDocument,
    documents: list[CreditDocument],
    rules: ConversionRules,
    as_of: date,
    *,
    assume: bool,
) -> Evidence:
    share = convert(row.raw_result, row.scale, row.scale_max, Decimal(0), rules).share
    return Evidence(
        id=str(row.id),
        course_id=str(row.course_id),
        kind=_kind(session, case, row, as_of),
        issued_on=row.issued_on,
        hours=row.hours,
        share=share,
        result_words=result_words(row),
        drawn=drawn_elsewhere(session, row),
        number_key=row.number_key,
        expires_on=row.expires_on,
        verification=Verification.VERIFIED if assume else _verification(row, documents),
        status=row.status,
        holder=row.holder,
    )


def _kind(session: Session, case: CreditCase, row: CreditDocument, as_of: date) -> EvidenceKind:
    """Return what the evidence counts as: a partner's record comes by itself only under an agreement."""
    kind = row.evidence or EvidenceKind.CERTIFICATE
    if kind is EvidenceKind.PARTNER and agreement_for(session, case, row, as_of) is None:
        return EvidenceKind.CERTIFICATE
    return kind


def _verification(row: CreditDocument, documents: list[CreditDocument]) -> Verification:
    """Return how far evidence can be relied on: it never counts for more than the papers beside it (C7)."""
    if row.verification is Verification.REJECTED:
        return Verification.REJECTED
    beside = [one for one in documents if one.evidence is None and one.course_id in {None, row.course_id}]
    is_sure = assurance_of([row, *beside]) is Assurance.VERIFIED
    return Verification.VERIFIED if is_sure else Verification.UNVERIFIED


def result_words(certificate: CreditDocument) -> str:
    """Return the result as it stands on the certificate, with the top of its scale."""
    if certificate.scale in {ResultScale.POINTS, ResultScale.PERCENT}:
        top = Decimal(100) if certificate.scale is ResultScale.PERCENT else certificate.scale_max
        return f"{certificate.raw_result}/{format(top.normalize(), 'f')}" if top else certificate.raw_result
    return certificate.raw_result


def assurance_of(documents: Sequence[CreditDocument]) -> Assurance:
    """Return the lowest assurance of the documents (C7); no document is not verified either."""
    is_sure = bool(documents) and all(d.verification is Verification.VERIFIED for d in documents)
    return Assurance.VERIFIED if is_sure else Assurance.UNVERIFIED


def drawn_elsewhere(session: Session, certificate: CreditDocument) -> Decimal:
    """Return the hours that other cases drew from the same paper (C2).

    It is the same paper when the file is the same, or the number: within one source, or of one student wherever the
    source was named anew or the paper photographed again; or when both came by themselves from the same place. Papers of
    one student without a number are told apart by their day and hours.
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
    if certificate.origin:
        same.append(CreditDocument.origin == certificate.origin)
    of_one_student = CreditCase.person_id == session.get_one(CreditCase, certificate.case_id).person_id
    with_same_number = CreditDocument.number_key == certificate.number_key
    if certificate.number_key:
        of_one_source = CreditDocument.source_id == certificate.source_id
        same.append(sa.and_(with_same_number, sa.or_(of_one_source, of_one_student)))
    elif not certificate.origin:
        same_day = CreditDocument.issued_on == certificate.issued_on
        same_hours = CreditDocument.hours == certificate.hours
        same.append(sa.and_(with_same_number, of_one_student, same_day, same_hours))
    return sa.or_(*same)


def _rules(
    session: Session, org_id: UUID, item: ItemFacts, courses: Iterable[UUID], as_of: date
) -> tuple[Rule, ...]:
    """Return the rules in force on that day that name a course of the case and give something of the item."""
    named = sa.select(EquivalenceRuleCourse.rule_id).where(
        EquivalenceRuleCourse.course_id.in_(sorted(courses))
    )
    rows = session.scalars(
        sa.select(EquivalenceRule)
        .where(
            EquivalenceRule.org_id == org_id,
            EquivalenceRule.id.in_(named),
            EquivalenceRule.state == RuleState.APPROVED,
            EquivalenceRule.valid_from <= as_of,
            sa.or_(EquivalenceRule.valid_to.is_(None), EquivalenceRule.valid_to >= as_of),
        )
        .order_by(EquivalenceRule.id)
    )
    made = [_rule(row, item) for row in rows]
    return tuple(rule for rule in made if rule.gives)


def _rule(row: EquivalenceRule, item: ItemFacts) -> Rule:
    gives = tuple(given for line in row.lines for given in _given(line, item))
    return Rule(
        str(row.id),
        row.number,
        row.version,
        condition_from_json(row.condition),
        gives,
        valid_from=row.valid_from,
        valid_until=row.valid_to,
    )


def _given(line: EquivalenceLine, item: ItemFacts) -> Iterable[Given]:
    """Yield what a line gives of this item: of its one outcome, or of each when the line is about the module."""
    is_module = line.target_item_id is not None
    if is_module and line.target_item_id != item.curriculum_item_id:
        return
    ones = [t for t in item.targets if is_module or t.outcome_id == line.target_outcome_id]
    of_hours = sum((t.hours for t in ones), Decimal(0))
    for target in ones:
        share = line.share if line.hours is None else _share_of(line.hours, of_hours)
        yield Given(str(target.outcome_id), share, line.relation, str(line.learned_id or ""), line.note)


def _share_of(hours: Decimal, of_hours: Decimal) -> Decimal:
    """Return the share that ``hours`` are, rounded down so that they are never exceeded."""
    if of_hours <= 0:
        return Decimal(0)
    return min(Decimal(1), (hours / of_hours).quantize(PLACES, ROUND_FLOOR))


def _edges(
    session: Session, org_id: UUID, courses: Sequence[ExternalCourse], targets: Sequence[UUID]
) -> tuple[Edge, ...]:
    """Return the edges between the courses' outcomes and the targets; of one outcome in two courses both have them."""
    learned = [(o.outcome_id, str(o.id)) for c in courses for o in c.outcomes if o.outcome_id is not None]
    found = crosswalk_edges(session, {outcome for outcome, _ in learned}, list(targets), org_id=org_id)
    is_shared = len({outcome for outcome, _ in learned}) < len(learned)
    same = (
        Edge(f"{own}/same", own, str(outcome), TransferRelation.EXACT)
        for outcome, own in learned
        if outcome in set(targets)
    )
    return *same, *(
        Edge(
            f"{edge.id}/{own}" if is_shared else str(edge.id),
            own,
            str(edge.target_id),
            TransferRelation(edge.relation.value),
            edge.weight,
            edge.note,
        )
        for edge in found
        for outcome, own in learned
        if outcome == edge.source_id
    )
