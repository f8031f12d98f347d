"""Keep the list of places where people learn, their courses, and the school's rules of equivalence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.errors import Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.plans.credit_models import (
    ConversionPolicy,
    CreditCase,
    EquivalenceLine,
    EquivalenceRule,
    ExternalCourse,
    ExternalOutcome,
    LearningSource,
)
from lms.plans.rules.credit_states import IN_WORK
from lms.plans.types.credit import CaseState, LicenceState, ResultScale, RuleState, TransferRelation

__all__ = [
    "LearnedValue",
    "RuleLineValue",
    "add_external_course",
    "add_source",
    "approve_rule",
    "check_source",
    "draft_rule",
    "search_key",
    "set_conversion_policy",
]

LOWEST_TIER = 3


@dataclass(frozen=True, slots=True)
class LearnedValue:
    """One outcome of an outside course, as typed; ``outcome_id`` joins it with a framework."""

    title: str
    hours: Decimal
    level: int = 1
    fragment: str = ""
    tested_by: str = ""
    outcome_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RuleLineValue:
    """One line of a rule, as typed; ``learned_no`` counts the outcomes of the course from 0."""

    target_outcome_id: UUID
    learned_no: int | None
    relation: TransferRelation
    share: Decimal
    note: str = ""


def search_key(*parts: str) -> str:
    """Return the text that searching looks through: lower case, ё as е, single spaces."""
    return " ".join(" ".join(parts).casefold().replace("ё", "е").split())


def add_source(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    name: str,
    website: str = "",
    licence_no: str = "",
    licence_state: LicenceState = LicenceState.UNCHECKED,
    trust_tier: int = LOWEST_TIER,
) -> UUID:
    """Put a source on the school's list; raise InvalidInput ``credit.name_needed``, ``credit.licence_needed``."""
    uow.require("credit.manage_sources", org_id)
    if licence_state is LicenceState.LICENSED and not licence_no.strip():
        raise InvalidInput("credit.licence_needed", fields={"licence_no": ["credit.licence_needed"]})
    return new_source(
        uow,
        org_id=org_id,
        name=name,
        website=website,
        licence_no=licence_no,
        state=licence_state,
        tier=trust_tier,
        is_checked=licence_state is not LicenceState.UNCHECKED,
    ).id


def new_source(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    name: str,
    website: str,
    licence_no: str,
    state: LicenceState,
    tier: int,
    is_checked: bool = False,
) -> LearningSource:
    """Add the row of a source; the caller has asked for permission. Only checked ones stand on the list."""
    if not name.strip():
        raise InvalidInput("credit.name_needed", fields={"name": ["credit.name_needed"]})
    row = LearningSource(
        org_id=org_id,
        name=name.strip(),
        search_key=search_key(name, website),
        website=website.strip(),
        licence_no=licence_no.strip(),
        licence_state=state,
        trust_tier=tier,
        checked_by=uow.actor.person_id if is_checked else None,
        checked_at=uow.now() if is_checked else None,
        added_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def get_source(uow: UnitOfWork, source_id: UUID, org_id: UUID) -> LearningSource:
    """Return a source on the school's list; raise NotFound ``credit.no_source``."""
    row = uow.session.get(LearningSource, source_id)
    if row is None or row.org_id not in (None, org_id):
        raise NotFound("credit.no_source")
    return row


def check_source(
    uow: UnitOfWork,
    source_id: UUID,
    *,
    org_id: UUID,
    licence_state: LicenceState,
    licence_no: str,
    trust_tier: int,
) -> None:
    """Record what the register of licences says; raise NotFound, InvalidInput ``credit.licence_needed``.

    Raises Forbidden ``credit.not_impartial`` to whoever has an open application of the own family with it (C8).
    """
    uow.require("credit.manage_sources", org_id)
    row = get_source(uow, source_id, org_id)
    _check_impartial(uow, row)
    if licence_state is LicenceState.LICENSED and not licence_no.strip():
        raise InvalidInput("credit.licence_needed", fields={"licence_no": ["credit.licence_needed"]})
    row.licence_state, row.licence_no, row.trust_tier = licence_state, licence_no.strip(), trust_tier
    row.checked_by, row.checked_at = uow.actor.person_id, uow.now()
    payload = {"source": row.id, "licence": licence_state, "licence_no": row.licence_no, "tier": trust_tier}
    uow.append_ledger(f"org:{org_id}", "plans.source_checked", None, payload)


def _check_impartial(uow: UnitOfWork, source: LearningSource) -> None:
    """Refuse those whose own family's open application the licence would decide (C8)."""
    if uow.actor.person_id is None:
        return
    family = people.family_of(uow.session, uow.actor.person_id) | {uow.actor.person_id}
    own_case = sa.select(CreditCase.id).where(
        CreditCase.source_id == source.id,
        CreditCase.person_id.in_(sorted(family)),
        CreditCase.state.in_(sorted(IN_WORK | {CaseState.DRAFT})),
    )
    if uow.session.scalar(own_case.limit(1)) is not None:
        raise Forbidden("credit.not_impartial")


def add_external_course(
    uow: UnitOfWork,
    source_id: UUID,
    *,
    org_id: UUID,
    title: str,
    hours: Decimal,
    scale: ResultScale,
    scale_max: Decimal | None = None,
    is_proctored: bool = False,
    learned: Sequence[LearnedValue] = (),
) -> UUID:
    """Put a course of a source on the list with its outcomes; raise NotFound ``credit.no_source``."""
    uow.require("credit.manage_sources", org_id)
    source = get_source(uow, source_id, org_id)
    course = ExternalCourse(
        source_id=source.id,
        title=title.strip(),
        hours=hours,
        scale=scale,
        scale_max=scale_max,
        is_proctored=is_proctored,
        is_listed=True,
        added_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    course.outcomes = [
        ExternalOutcome(
            position=position,
            title=value.title,
            fragment=value.fragment,
            tested_by=value.tested_by,
            hours=value.hours,
            level=value.level,
            outcome_id=value.outcome_id,
        )
        for position, value in enumerate(learned)
    ]
    uow.session.add(course)
    uow.session.flush()
    return course.id


def draft_rule(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    course_id: UUID,
    number: str,
    min_share: Decimal,
    lines: Sequence[RuleLineValue],
    valid_from: date,
    valid_to: date | None = None,
) -> UUID:
    """Write a new version of a rule of equivalence; it counts once approved.

    Raises NotFound ``credit.no_course``, InvalidInput ``credit.rule_lines`` when shares of one target exceed 1 (C1).
    """
    uow.require("credit.manage_sources", org_id)
    course = uow.session.get(ExternalCourse, course_id)
    if course is None:
        raise NotFound("credit.no_course")
    _check_shares(lines)
    version = uow.session.scalar(
        sa.select(sa.func.coalesce(sa.func.max(EquivalenceRule.version), 0)).where(
            EquivalenceRule.org_id == org_id, EquivalenceRule.number == number
        )
    )
    rule = EquivalenceRule(
        org_id=org_id,
        course_id=course_id,
        number=number,
        version=(version or 0) + 1,
        state=RuleState.DRAFT,
        min_share=min_share,
        valid_from=valid_from,
        valid_to=valid_to,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    rule.lines = [_line(position, value, course) for position, value in enumerate(lines)]
    uow.session.add(rule)
    uow.session.flush()
    return rule.id


def _check_shares(lines: Sequence[RuleLineValue]) -> None:
    sums: dict[UUID, Decimal] = {}
    for line in lines:
        sums[line.target_outcome_id] = sums.get(line.target_outcome_id, Decimal(0)) + line.share
    if any(total > 1 for total in sums.values()) or any(line.share < 0 for line in lines):
        raise InvalidInput("credit.rule_lines")


def _line(position: int, value: RuleLineValue, course: ExternalCourse) -> EquivalenceLine:
    learned = None if value.learned_no is None else course.outcomes[value.learned_no].id
    return EquivalenceLine(
        position=position,
        learned_id=learned,
        target_outcome_id=value.target_outcome_id,
        relation=value.relation,
        share=value.share,
        note=value.note,
    )


def approve_rule(uow: UnitOfWork, rule_id: UUID) -> None:
    """Put a rule into force and retire its older versions; whoever wrote it does not approve it alone.

    Raises NotFound ``credit.no_rule``, InvalidInput ``credit.rule_own``.
    """
    rule = uow.session.get(EquivalenceRule, rule_id)
    if rule is None:
        raise NotFound("credit.no_rule")
    uow.require("credit.approve_rule", rule.org_id)
    if rule.created_by == uow.actor.person_id:
        raise InvalidInput("credit.rule_own")
    uow.session.execute(
        sa.update(EquivalenceRule)
        .where(
            EquivalenceRule.org_id == rule.org_id,
            EquivalenceRule.number == rule.number,
            EquivalenceRule.state == RuleState.APPROVED,
        )
        .values(state=RuleState.RETIRED)
    )
    rule.state = RuleState.APPROVED
    rule.approved_by, rule.approved_at = uow.actor.person_id, uow.now()
    payload = {"rule": rule.id, "number": rule.number, "version": rule.version, "course": rule.course_id}
    uow.append_ledger(f"org:{rule.org_id}", "plans.rule_approved", None, payload)


def set_conversion_policy(uow: UnitOfWork, *, org_id: UUID, min_share: Decimal, with_mark: bool) -> int:
    """Put a new version of the school's conversion policy into force; return its number."""
    uow.require("credit.approve_rule", org_id)
    latest = uow.session.scalar(
        sa.select(sa.func.coalesce(sa.func.max(ConversionPolicy.version), 0)).where(
            ConversionPolicy.org_id == org_id
        )
    )
    row = ConversionPolicy(
        org_id=org_id,
        version=(latest or 0) + 1,
        min_share=min_share,
        with_mark=with_mark,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    payload = {"version": row.version, "min_share": min_share, "with_mark": with_mark}
    uow.append_ledger(f"org:{org_id}", "plans.conversion_policy", None, payload)
    return row.version
