"""Write, approve and retire the school's rules of equivalence, each in versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.curriculum.service import propose_crosswalk
from lms.curriculum.types import Relation
from lms.people import queries as people
from lms.plans.credit_models import (
    CreditCase,
    EquivalenceLine,
    EquivalenceRule,
    EquivalenceRuleCourse,
    ExternalCourse,
    ExternalOutcome,
    LearningSource,
)
from lms.plans.rules.credit_states import IN_WORK
from lms.plans.rules.match_inputs import ONE, ZERO, AtLeast, Condition, Passed
from lms.plans.rules.rule_conditions import condition_from_json, condition_to_json, passed_in
from lms.plans.service.credit.cases import load_case
from lms.plans.service.credit.sources import search_key
from lms.plans.types.credit import Assurance, CaseState, RuleState, TransferRelation

__all__ = [
    "RuleLineValue",
    "RuleValue",
    "approve_rule",
    "copy_rule",
    "discard_rule",
    "draft_rule",
    "get_rule",
    "propose_edge",
    "propose_line",
    "retire_rule",
    "rewrite_rule",
]


HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class RuleLineValue:
    """What a rule gives: of one outcome, or of every outcome of a module of the curriculum.

    ``learned_id`` names the outcome of a course that it rests on (None = the courses as a whole); ``hours`` stand in for
    the share where they are given.
    """

    target_outcome_id: UUID | None = None
    target_item_id: UUID | None = None
    learned_id: UUID | None = None
    relation: TransferRelation = TransferRelation.EXACT
    share: Decimal = ONE
    hours: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleValue:
    """A rule as it is written; ``condition`` names courses by their ids."""

    number: str
    condition: Condition
    lines: tuple[RuleLineValue, ...]
    valid_from: date
    valid_to: date | None = None
    title: str = ""
    subject: str = ""
    note: str = ""


def draft_rule(uow: UnitOfWork, *, org_id: UUID, value: RuleValue, proposed_in: UUID | None = None) -> UUID:
    """Write a new version of a rule of equivalence; it counts once approved.

    Raises NotFound ``credit.no_course``, InvalidInput ``credit.rule`` with fields: ``credit.rule_lines`` when shares of
    one target exceed 1 (C1), ``credit.rule_course_twice``, ``credit.term``, ``credit.rule_number``; Conflict ``credit.rule_in_draft``.
    """
    uow.require("credit.manage_sources", org_id)
    _check(uow.session, org_id, value)
    number = value.number.strip()
    uow.lock("equivalence_rule", org_id)
    if _draft_of(uow.session, org_id, number) is not None:
        raise Conflict("credit.rule_in_draft", number=number)
    row = EquivalenceRule(
        org_id=org_id,
        number=number,
        version=_latest(uow.session, org_id, number) + 1,
        state=RuleState.DRAFT,
        proposed_in=proposed_in,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    _write(uow.session, row, value)
    uow.session.add(row)
    uow.session.flush()
    return row.id


def propose_line(uow: UnitOfWork, case_id: UUID, *, course_id: UUID, line: RuleLineValue) -> UUID:
    """Turn a reviewer's correction of a row into a draft that somebody else approves; return the draft.

    The line takes the place of the one for the same target in a new version of the rule about this course alone; where
    the school has none, a new rule begins. Nothing of the case changes until the rule is in force and compared anew.
    Raises NotFound ``credit.no_course``, InvalidInput ``credit.rule``, Forbidden ``credit.not_impartial`` (C8).
    """
    case = load_case(uow, case_id, "credit.office")
    base = _rule_about(uow.session, case.org_id, course_id)
    if base is None:
        condition = Passed(str(course_id), HALF, Assurance.VERIFIED)
        number = f"{case.number}-{_proposals(uow.session, case.id) + 1}"
        value = RuleValue(
            number, condition, (line,), uow.today(), title=case.item_title, subject=case.subject
        )
        return draft_rule(uow, org_id=case.org_id, value=value, proposed_in=case.id)
    draft = get_rule(uow.session, copy_rule(uow, base.id), lock=True)
    kept = [_value(one) for one in draft.lines if one.target_outcome_id != line.target_outcome_id]
    condition_now = condition_from_json(draft.condition)
    value = RuleValue(
        draft.number,
        condition_now,
        (*kept, line),
        draft.valid_from,
        draft.valid_to,
        draft.title,
        draft.subject,
        draft.note,
    )
    rewrite_rule(uow, draft.id, value)
    draft.proposed_in = case.id
    return draft.id


def propose_edge(uow: UnitOfWork, case_id: UUID, line: RuleLineValue) -> UUID:
    """Turn a reviewer's correction into a proposed comparison of two outcomes of frameworks; return the edge.

    It then counts for every course that teaches the same outcome, once somebody else has approved it. Raises InvalidInput
    ``credit.no_known_outcome`` where the course's outcome stands in no framework, Conflict and InvalidInput as
    `propose_crosswalk` does, Forbidden ``credit.not_impartial`` (C8).
    """
    case = load_case(uow, case_id, "credit.office")
    learned = uow.session.get(ExternalOutcome, line.learned_id) if line.learned_id else None
    if learned is None or learned.outcome_id is None or line.target_outcome_id is None:
        raise InvalidInput("credit.no_known_outcome", fields={"basis": ["credit.no_known_outcome"]})
    if line.relation is TransferRelation.NONE:
        raise InvalidInput("credit.edge_relation", fields={"relation": ["credit.edge_relation"]})
    edge = propose_crosswalk(
        uow,
        org_id=case.org_id,
        source_id=learned.outcome_id,
        target_id=line.target_outcome_id,
        relation=Relation(line.relation.value),
        weight=line.share,
        note=line.note,
    )
    return edge.id


def _rule_about(session: Session, org_id: UUID, course_id: UUID) -> EquivalenceRule | None:
    """Return the rule in force that names this course and no other, the smallest number first."""
    named = sa.select(EquivalenceRuleCourse.rule_id).where(EquivalenceRuleCourse.course_id == course_id)
    rows = session.scalars(
        sa.select(EquivalenceRule)
        .where(
            EquivalenceRule.org_id == org_id,
            EquivalenceRule.state == RuleState.APPROVED,
            EquivalenceRule.id.in_(named),
        )
        .order_by(EquivalenceRule.number)
    )
    return next((row for row in rows if len(row.courses) == 1), None)


def _proposals(session: Session, case_id: UUID) -> int:
    statement = sa.select(sa.func.count()).where(EquivalenceRule.proposed_in == case_id)
    return session.scalar(statement) or 0


def _value(line: EquivalenceLine) -> RuleLineValue:
    return RuleLineValue(
        line.target_outcome_id,
        line.target_item_id,
        line.learned_id,
        line.relation,
        line.share,
        line.hours,
        line.note,
    )


def rewrite_rule(uow: UnitOfWork, rule_id: UUID, value: RuleValue) -> None:
    """Write a draft anew; its number and version stay, and whoever changed it last is its author.

    Raises NotFound ``credit.no_rule``, Conflict ``credit.rule_fixed`` once it was approved, and what `draft_rule` raises.
    """
    row = _draft_to_change(uow, rule_id)
    _check(uow.session, row.org_id, value)
    row.lines, row.courses = [], []
    uow.session.flush()
    _write(uow.session, row, value)
    row.created_by = uow.actor.person_id or row.created_by
    uow.session.flush()


def discard_rule(uow: UnitOfWork, rule_id: UUID) -> None:
    """Throw a draft away. Raises NotFound ``credit.no_rule``, Conflict ``credit.rule_fixed``."""
    uow.session.delete(_draft_to_change(uow, rule_id))


def copy_rule(uow: UnitOfWork, rule_id: UUID) -> UUID:
    """Begin the next version of a rule as a copy of this one; return the draft, the one that is open if there is one."""
    row = get_rule(uow.session, rule_id)
    uow.require("credit.manage_sources", row.org_id)
    uow.lock("equivalence_rule", row.org_id)
    open_draft = _draft_of(uow.session, row.org_id, row.number)
    if open_draft is not None:
        return open_draft
    made = EquivalenceRule(
        org_id=row.org_id,
        number=row.number,
        version=_latest(uow.session, row.org_id, row.number) + 1,
        subject=row.subject,
        title=row.title,
        search_key=row.search_key,
        state=RuleState.DRAFT,
        condition=row.condition,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        note=row.note,
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    made.lines = [_copy(line) for line in row.lines]
    made.courses = [EquivalenceRuleCourse(course_id=one.course_id) for one in row.courses]
    uow.session.add(made)
    uow.session.flush()
    return made.id


def approve_rule(uow: UnitOfWork, rule_id: UUID, *, minutes_no: str, minutes_on: date) -> None:
    """Put a rule into force by the minutes of a meeting and retire its older version.

    Whoever wrote it does not approve it alone, nor somebody whose family has an open application that it would decide
    (C8). Raises NotFound ``credit.no_rule``, InvalidInput ``credit.rule_own``, ``credit.minutes_needed``, Conflict
    ``credit.rule_fixed``, Forbidden ``credit.not_impartial``.
    """
    row = get_rule(uow.session, rule_id, lock=True)
    uow.require("credit.approve_rule", row.org_id)
    if row.state is not RuleState.DRAFT:
        raise Conflict("credit.rule_fixed")
    if row.created_by == uow.actor.person_id:
        raise InvalidInput("credit.rule_own")
    _check_minutes(uow, minutes_no, minutes_on)
    _check_impartial(uow, row)
    for older in uow.session.scalars(_versions(row).where(EquivalenceRule.state == RuleState.APPROVED)):
        _retire(uow, older, f"№ {row.number}.{row.version}")
    row.state = RuleState.APPROVED
    row.approved_by, row.approved_at = uow.actor.person_id, uow.now()
    row.minutes_no, row.minutes_on = minutes_no.strip(), minutes_on
    _ledger(uow, row, "plans.rule_approved", {"minutes": row.minutes_no, "minutes_on": minutes_on})


def _check_minutes(uow: UnitOfWork, number: str, day: date) -> None:
    fields = {}
    if not number.strip():
        fields["minutes_no"] = ["credit.minutes_needed"]
    if day > uow.today():
        fields["minutes_on"] = ["credit.date_future"]
    if fields:
        raise InvalidInput("credit.minutes_needed", fields=fields)


def _check_impartial(uow: UnitOfWork, row: EquivalenceRule) -> None:
    """Refuse those whose own family has an open application with one of the rule's courses (C8)."""
    if uow.actor.person_id is None:
        return
    family = people.family_of(uow.session, uow.actor.person_id) | {uow.actor.person_id}
    own_case = sa.select(CreditCase.id).where(
        CreditCase.course_id.in_(sorted(one.course_id for one in row.courses)),
        CreditCase.person_id.in_(sorted(family)),
        CreditCase.state.in_(sorted(IN_WORK | {CaseState.DRAFT})),
    )
    if uow.session.scalar(own_case.limit(1)) is not None:
        raise Forbidden("credit.not_impartial")


def retire_rule(uow: UnitOfWork, rule_id: UUID, reason: str) -> None:
    """Take a rule out of force: reports that rest on it stay as they are, new comparisons do without it.

    Raises NotFound ``credit.no_rule``, InvalidInput ``credit.retire_reason``, Conflict ``credit.rule_not_in_force``.
    """
    row = get_rule(uow.session, rule_id, lock=True)
    uow.require("credit.approve_rule", row.org_id)
    if not reason.strip():
        raise InvalidInput("credit.retire_reason", fields={"reason": ["credit.retire_reason"]})
    if row.state is not RuleState.APPROVED:
        raise Conflict("credit.rule_not_in_force")
    _retire(uow, row, reason.strip())


def _retire(uow: UnitOfWork, row: EquivalenceRule, reason: str) -> None:
    row.state = RuleState.RETIRED
    row.retired_by, row.retired_at, row.retired_reason = uow.actor.person_id, uow.now(), reason
    _ledger(uow, row, "plans.rule_retired", {"reason": reason})


def _ledger(uow: UnitOfWork, row: EquivalenceRule, kind: str, more: dict[str, object]) -> None:
    courses = sorted(one.course_id for one in row.courses)
    payload = {"rule": row.id, "number": row.number, "version": row.version, "courses": courses, **more}
    uow.append_ledger(f"org:{row.org_id}", kind, None, payload)


def get_rule(session: Session, rule_id: UUID, *, lock: bool = False) -> EquivalenceRule:
    """Return a rule; raise NotFound ``credit.no_rule``."""
    row = session.get(EquivalenceRule, rule_id, with_for_update=lock or None)
    if row is None:
        raise NotFound("credit.no_rule")
    return row


def _draft_to_change(uow: UnitOfWork, rule_id: UUID) -> EquivalenceRule:
    row = get_rule(uow.session, rule_id, lock=True)
    uow.require("credit.manage_sources", row.org_id)
    if row.state is not RuleState.DRAFT:
        raise Conflict("credit.rule_fixed")
    return row


def _versions(row: EquivalenceRule) -> sa.Select[EquivalenceRule]:
    return sa.select(EquivalenceRule).where(
        EquivalenceRule.org_id == row.org_id, EquivalenceRule.number == row.number
    )


def _latest(session: Session, org_id: UUID, number: str) -> int:
    highest = session.scalar(
        sa.select(sa.func.max(EquivalenceRule.version)).where(
            EquivalenceRule.org_id == org_id, EquivalenceRule.number == number
        )
    )
    return highest or 0


def _draft_of(session: Session, org_id: UUID, number: str) -> UUID | None:
    return session.scalar(
        sa.select(EquivalenceRule.id).where(
            EquivalenceRule.org_id == org_id,
            EquivalenceRule.number == number,
            EquivalenceRule.state == RuleState.DRAFT,
        )
    )


def _check(session: Session, org_id: UUID, value: RuleValue) -> None:
    fields: dict[str, list[str]] = {}
    if not value.number.strip():
        fields["number"] = ["credit.rule_number"]
    if value.valid_to is not None and value.valid_to < value.valid_from:
        fields["valid_to"] = ["credit.term"]
    if _counts_twice(value.condition):
        fields["condition"] = ["credit.rule_course_twice"]
    courses = _courses_of(session, org_id, value.condition)
    learned = {one.id for course in courses for one in course.outcomes}
    if any(line.learned_id is not None and line.learned_id not in learned for line in value.lines):
        raise NotFound("credit.no_course")
    if not value.lines or not _shares_fit(value.lines):
        fields["lines"] = ["credit.rule_lines" if value.lines else "credit.rule_empty"]
    if fields:
        raise InvalidInput("credit.rule", fields=fields)


def _counts_twice(condition: Condition) -> bool:
    """Tell whether one course could stand for two where several are asked for: k of n means k different ones."""
    if isinstance(condition, Passed):
        return False
    named = [part.course_id for part in condition.parts if isinstance(part, Passed)]
    is_many = isinstance(condition, AtLeast) and condition.count > 1
    return (is_many and len(set(named)) < len(named)) or any(map(_counts_twice, condition.parts))


def _courses_of(session: Session, org_id: UUID, condition: Condition) -> list[ExternalCourse]:
    """Return the courses that a condition names; raise NotFound where the school does not know one."""
    ids = {UUID(one.course_id) for one in passed_in(condition)}
    statement = (
        sa.select(ExternalCourse)
        .join(LearningSource, LearningSource.id == ExternalCourse.source_id)
        .where(
            ExternalCourse.id.in_(sorted(ids)),
            sa.or_(LearningSource.org_id.is_(None), LearningSource.org_id == org_id),
        )
    )
    rows = list(session.scalars(statement))
    if len(rows) < len(ids):
        raise NotFound("credit.no_course")
    return rows


def _shares_fit(lines: Sequence[RuleLineValue]) -> bool:
    """Tell whether no target is given more than once over (C1) and none a share below nothing."""
    sums: dict[UUID | None, Decimal] = {}
    for line in lines:
        key = line.target_outcome_id or line.target_item_id
        sums[key] = sums.get(key, ZERO) + line.share
    return all(total <= ONE for total in sums.values()) and all(line.share >= ZERO for line in lines)


def _write(session: Session, row: EquivalenceRule, value: RuleValue) -> None:
    row.title, row.subject, row.note = value.title.strip(), value.subject, value.note.strip()
    row.valid_from, row.valid_to = value.valid_from, value.valid_to
    row.condition = condition_to_json(value.condition)
    ids = sorted({UUID(one.course_id) for one in passed_in(value.condition)})
    row.courses = [EquivalenceRuleCourse(course_id=one) for one in ids]
    row.lines = [_line(position, line) for position, line in enumerate(value.lines)]
    names = session.execute(
        sa.select(ExternalCourse.title, LearningSource.name)
        .join(LearningSource, LearningSource.id == ExternalCourse.source_id)
        .where(ExternalCourse.id.in_(ids))
        .order_by(ExternalCourse.title)
    )
    words = [word for pair in names for word in pair]
    row.search_key = search_key(value.number, value.title, *words)[:600]


def _line(position: int, value: RuleLineValue) -> EquivalenceLine:
    return EquivalenceLine(
        position=position,
        learned_id=value.learned_id,
        target_outcome_id=value.target_outcome_id,
        target_item_id=value.target_item_id,
        relation=value.relation,
        share=value.share,
        hours=value.hours,
        note=value.note.strip(),
    )


def _copy(line: EquivalenceLine) -> EquivalenceLine:
    return EquivalenceLine(
        position=line.position,
        learned_id=line.learned_id,
        target_outcome_id=line.target_outcome_id,
        target_item_id=line.target_item_id,
        relation=line.relation,
        share=line.share,
        hours=line.hours,
        note=line.note,
    )
