"""Read what a school has written down about credit: rules, sources and their courses, policies, agreements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import NotFound
from lms.curriculum.queries import curricula_for, outcome_views
from lms.curriculum.types import CurriculumItemView
from lms.plans.credit_models import (
    Commission,
    ConversionPolicy,
    CreditCase,
    EquivalenceLine,
    EquivalenceRule,
    ExternalCourse,
    ExternalOutcome,
    LearningSource,
    MatchReport,
    MatchReportBasis,
    NetworkAgreement,
)
from lms.plans.rules.match_inputs import Condition
from lms.plans.rules.rule_conditions import condition_from_json
from lms.plans.service.credit.sources import search_key
from lms.plans.types.credit import CaseState, RuleState, TransferRelation

__all__ = [
    "CommissionView",
    "CourseName",
    "LineView",
    "RuleRow",
    "RuleView",
    "UsedIn",
    "agreement_courses",
    "agreements_of",
    "cases_of_rule",
    "commissions_of",
    "course_names",
    "courses_statement",
    "known_source",
    "modules_of",
    "policies_of",
    "rule_rows",
    "rule_view",
    "rules_statement",
    "sources_page_statement",
]


@dataclass(frozen=True, slots=True)
class CommissionView:
    """A commission of a school: who presides, who else has a seat, since when and until when."""

    id: UUID
    name: str
    order_ref: str
    chair: UUID | None
    seats: tuple[UUID, ...]
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CourseName:
    """A course with its source, as it is named everywhere."""

    id: UUID
    title: str
    source: str
    hours: Decimal


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a rule in words: what it rests on, what it gives."""

    target: str
    is_module: bool
    target_id: UUID
    learned: str
    learned_id: UUID | None
    relation: TransferRelation
    share: Decimal
    hours: Decimal | None
    note: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in a list."""

    id: UUID
    number: str
    version: int
    title: str
    subject: str
    state: RuleState
    valid_from: date
    valid_to: date | None
    courses: tuple[str, ...]
    used: int


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with everything that its page says."""

    id: UUID
    org_id: UUID
    number: str
    version: int
    title: str
    subject: str
    state: RuleState
    condition: Condition
    courses: dict[str, CourseName]
    lines: tuple[LineView, ...]
    valid_from: date
    valid_to: date | None
    note: str
    proposed_in: UUID | None
    created_by: UUID
    created_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None
    minutes_no: str
    minutes_on: date | None
    retired_at: datetime | None
    retired_reason: str


@dataclass(frozen=True, slots=True)
class UsedIn:
    """A case whose newest report rests on a rule."""

    case_id: UUID
    number: int | None
    item_title: str
    state: CaseState
    reported_at: datetime


def _like(text: str) -> str:
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def rules_statement(
    org_ids: Iterable[UUID], *, state: RuleState | None = None, subject: str = "", text: str = ""
) -> sa.Select[Any]:
    """Return the statement of the schools' rules, by number, the newest version first."""
    statement = sa.select(EquivalenceRule).where(EquivalenceRule.org_id.in_(list(org_ids)))
    if state is not None:
        statement = statement.where(EquivalenceRule.state == state)
    if subject:
        statement = statement.where(EquivalenceRule.subject == subject)
    wanted = search_key(text)
    if wanted:
        statement = statement.where(EquivalenceRule.search_key.like(_like(wanted), escape="\\"))
    return statement.order_by(EquivalenceRule.number, EquivalenceRule.version.desc(), EquivalenceRule.id)


def rule_rows(session: Session, rows: Sequence[EquivalenceRule]) -> list[RuleRow]:
    """Return rows of `rules_statement` with the names of their courses and how many cases rest on them."""
    names = course_names(session, {one.course_id for row in rows for one in row.courses})
    used = _used(session, [row.id for row in rows])
    return [
        RuleRow(
            row.id,
            row.number,
            row.version,
            row.title,
            row.subject,
            row.state,
            row.valid_from,
            row.valid_to,
            tuple(sorted(names[one.course_id].title for one in row.courses if one.course_id in names)),
            used.get(row.id, 0),
        )
        for row in rows
    ]


def _used(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        sa.select(MatchReportBasis.basis_id, sa.func.count(sa.distinct(MatchReport.case_id)))
        .join(MatchReport, MatchReport.id == MatchReportBasis.report_id)
        .where(MatchReportBasis.basis_id.in_(list(ids)))
        .group_by(MatchReportBasis.basis_id)
    )
    return {key: count for key, count in rows}


def course_names(session: Session, ids: Iterable[UUID]) -> dict[UUID, CourseName]:
    """Return the names of courses by id."""
    rows = session.execute(
        sa.select(ExternalCourse.id, ExternalCourse.title, LearningSource.name, ExternalCourse.hours)
        .join(LearningSource, LearningSource.id == ExternalCourse.source_id)
        .where(ExternalCourse.id.in_(sorted(ids)))
    )
    return {row[0]: CourseName(*row) for row in rows}


def rule_view(session: Session, rule_id: UUID) -> RuleView:
    """Return one rule with words for everything it names; raise NotFound ``credit.no_rule``."""
    row = session.get(EquivalenceRule, rule_id)
    if row is None:
        raise NotFound("credit.no_rule")
    names = course_names(session, [one.course_id for one in row.courses])
    return RuleView(
        row.id,
        row.org_id,
        row.number,
        row.version,
        row.title,
        row.subject,
        row.state,
        condition_from_json(row.condition),
        {str(key): name for key, name in names.items()},
        _lines(session, row.org_id, row.lines),
        row.valid_from,
        row.valid_to,
        row.note,
        row.proposed_in,
        row.created_by,
        row.created_at,
        row.approved_by,
        row.approved_at,
        row.minutes_no,
        row.minutes_on,
        row.retired_at,
        row.retired_reason,
    )


def modules_of(session: Session, org_id: UUID) -> dict[UUID, CurriculumItemView]:
    """Return the modules of the curricula that a school has approved, by id."""
    return {item.id: item for one in curricula_for(session, org_id) for item in one.items}


def _lines(session: Session, org_id: UUID, lines: Sequence[EquivalenceLine]) -> tuple[LineView, ...]:
    outcomes = outcome_views(session, [one.target_outcome_id for one in lines if one.target_outcome_id])
    items = modules_of(session, org_id) if any(one.target_item_id for one in lines) else {}
    learned_ids = [one.learned_id for one in lines if one.learned_id]
    learned = {
        key: title
        for key, title in session.execute(
            sa.select(ExternalOutcome.id, ExternalOutcome.title).where(ExternalOutcome.id.in_(learned_ids))
        )
    }
    made = []
    for one in lines:
        outcome = outcomes.get(one.target_outcome_id) if one.target_outcome_id else None
        item = items.get(one.target_item_id) if one.target_item_id else None
        made.append(
            LineView(
                outcome.statement if outcome else item.title if item else "",
                one.target_item_id is not None,
                cast(UUID, one.target_outcome_id or one.target_item_id),
                learned.get(one.learned_id, "") if one.learned_id else "",
                one.learned_id,
                one.relation,
                one.share,
                one.hours,
                one.note,
            )
        )
    return tuple(made)


def cases_of_rule(session: Session, rule_id: UUID, most: int = 50) -> list[UsedIn]:
    """Return the cases with a report that rests on the rule, the newest first, ``most`` of them at most."""
    newest = sa.func.max(MatchReport.created_at)
    rows = session.execute(
        sa.select(CreditCase.id, CreditCase.number, CreditCase.item_title, CreditCase.state, newest)
        .join(MatchReport, MatchReport.case_id == CreditCase.id)
        .join(MatchReportBasis, MatchReportBasis.report_id == MatchReport.id)
        .where(MatchReportBasis.basis_id == rule_id)
        .group_by(CreditCase.id, CreditCase.number, CreditCase.item_title, CreditCase.state)
        .order_by(newest.desc(), CreditCase.id)
        .limit(most)
    )
    return [UsedIn(*row) for row in rows]


def sources_page_statement(org_ids: Iterable[UUID], text: str = "") -> sa.Select[Any]:
    """Return the statement of every source that the schools know, those that families named included."""
    statement = sa.select(LearningSource).where(
        sa.or_(LearningSource.org_id.is_(None), LearningSource.org_id.in_(list(org_ids)))
    )
    wanted = search_key(text)
    if wanted:
        statement = statement.where(LearningSource.search_key.like(_like(wanted), escape="\\"))
    unchecked_first = sa.case((LearningSource.checked_at.is_(None), 0), else_=1)
    return statement.order_by(unchecked_first, LearningSource.name, LearningSource.id)


def known_source(session: Session, source_id: UUID) -> LearningSource:
    """Return a source; raise NotFound ``credit.no_source``."""
    row = session.get(LearningSource, source_id)
    if row is None:
        raise NotFound("credit.no_source")
    return row


def courses_statement(org_ids: Iterable[UUID], text: str = "") -> sa.Select[Any]:
    """Return the statement of the listed courses of licensed or unchecked sources with the source's name."""
    statement = (
        sa.select(ExternalCourse, LearningSource.name)
        .join(LearningSource, LearningSource.id == ExternalCourse.source_id)
        .where(
            sa.or_(LearningSource.org_id.is_(None), LearningSource.org_id.in_(list(org_ids))),
            ExternalCourse.is_listed.is_(True),
        )
    )
    for word in search_key(text).split():
        spelled = [ExternalCourse.title.like(_like(one), escape="\\") for one in (word, word.capitalize())]
        of_source = LearningSource.search_key.like(_like(word), escape="\\")
        statement = statement.where(sa.or_(*spelled, of_source))
    return cast(sa.Select[Any], statement.order_by(ExternalCourse.title, ExternalCourse.id))


def policies_of(session: Session, org_id: UUID) -> list[ConversionPolicy]:
    """Return the versions of a school's conversion policy, the one in force first."""
    statement = sa.select(ConversionPolicy).where(ConversionPolicy.org_id == org_id)
    return list(session.scalars(statement.order_by(ConversionPolicy.version.desc())))


def agreements_of(session: Session, org_id: UUID) -> list[tuple[NetworkAgreement, str]]:
    """Return a school's agreements with the partner's name: those that hold first, then the newest."""
    rows = session.execute(
        sa.select(NetworkAgreement, LearningSource.name)
        .join(LearningSource, LearningSource.id == NetworkAgreement.source_id)
        .where(NetworkAgreement.org_id == org_id)
        .order_by(
            sa.case((NetworkAgreement.revoked_at.is_(None), 0), else_=1), NetworkAgreement.signed_on.desc()
        )
    )
    return [(row[0], row[1]) for row in rows]


def agreement_courses(session: Session, agreement: NetworkAgreement) -> list[str]:
    """Return the titles of the courses that an agreement names."""
    names = course_names(session, [one.course_id for one in agreement.courses])
    return sorted(name.title for name in names.values())


def commissions_of(session: Session, org_id: UUID) -> list[CommissionView]:
    """Return the commissions of a school, the newest first."""
    rows = session.scalars(
        sa.select(Commission)
        .where(Commission.org_id == org_id)
        .order_by(Commission.ended_at.is_not(None), Commission.created_at.desc())
    )
    return [
        CommissionView(
            row.id,
            row.name,
            row.order_ref,
            next((seat.person_id for seat in row.members if seat.is_chair), None),
            tuple(seat.person_id for seat in row.members if not seat.is_chair),
            row.created_at,
            row.ended_at,
        )
        for row in rows
    ]
