"""Tables of credit transfer.

Decisions, votes, reports and effects are facts: rows are added, never changed, except that an effect can be suspended
or revoked with its basis and a document can be verified by the office.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base, JsonText, Ratio, choice_column
from lms.core.ids import new_id
from lms.plans.types.credit import (
    Assurance,
    CaseState,
    CreditVerdict,
    DocumentKind,
    EffectState,
    LicenceState,
    MatchVerdict,
    RemainderWay,
    ResultScale,
    RuleState,
    TransferRelation,
    Verification,
    VoteChoice,
)

__all__ = [
    "Commission",
    "CommissionMember",
    "ConversionPolicy",
    "CreditAppeal",
    "CreditCase",
    "CreditDecision",
    "CreditDocument",
    "CreditEffect",
    "CreditVote",
    "EquivalenceLine",
    "EquivalenceRule",
    "ExternalCourse",
    "ExternalOutcome",
    "LearningSource",
    "MatchReport",
]

Hours = sa.Numeric(7, 2, asdecimal=True)


class LearningSource(Base):
    """Where something was learned: an organisation or site, its licence and how far the school trusts it."""

    __tablename__ = "learning_source"
    __table_args__ = (
        sa.CheckConstraint("trust_tier BETWEEN 1 AND 3", "trust_tier"),
        sa.Index("ix_learning_source_search", "search_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    search_key: Mapped[str] = mapped_column(sa.String(400))
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    licence_no: Mapped[str] = mapped_column(sa.String(120), default="")
    licence_state: Mapped[LicenceState] = mapped_column(choice_column(LicenceState, "licence_state"))
    trust_tier: Mapped[int]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]
    added_by: Mapped[UUID | None]
    created_at: Mapped[datetime]

    @property
    def is_educational(self) -> bool:
        """Tell whether the source carries out educational activity, as far as the register says (C10)."""
        return self.licence_state is LicenceState.LICENSED


class ExternalCourse(Base):
    """A course of a source, with its own outcomes where the school knows them."""

    __tablename__ = "external_course"
    __table_args__ = (sa.CheckConstraint("hours >= 0", "hours"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(sa.ForeignKey("learning_source.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    hours: Mapped[Decimal] = mapped_column(Hours)
    scale: Mapped[ResultScale] = mapped_column(choice_column(ResultScale, "scale"))
    scale_max: Mapped[Decimal | None] = mapped_column(Hours)
    is_proctored: Mapped[bool] = mapped_column(default=False)
    is_listed: Mapped[bool] = mapped_column(default=True)
    added_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    outcomes: Mapped[list[ExternalOutcome]] = relationship(
        order_by="ExternalOutcome.position", lazy="selectin"
    )


class ExternalOutcome(Base):
    """What the course teaches: hours, level, where in the course, what tests it."""

    __tablename__ = "external_outcome"
    __table_args__ = (
        sa.UniqueConstraint("course_id", "position"),
        sa.CheckConstraint("hours >= 0", "hours"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("external_course.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(400))
    fragment: Mapped[str] = mapped_column(sa.String(400), default="")
    tested_by: Mapped[str] = mapped_column(sa.String(200), default="")
    hours: Mapped[Decimal] = mapped_column(Hours)
    level: Mapped[int]
    outcome_id: Mapped[UUID | None]


class EquivalenceRule(Base):
    """A school's comparison of one course with its programme, in one version, approved by somebody."""

    __tablename__ = "equivalence_rule"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "number", "version"),
        sa.CheckConstraint("min_share BETWEEN 0 AND 1", "min_share"),
        sa.CheckConstraint("(state = 'draft') = (approved_by IS NULL)", "approved"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("external_course.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(20))
    version: Mapped[int]
    state: Mapped[RuleState] = mapped_column(choice_column(RuleState, "state"))
    min_share: Mapped[Decimal] = mapped_column(Ratio)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    lines: Mapped[list[EquivalenceLine]] = relationship(order_by="EquivalenceLine.position", lazy="selectin")


class EquivalenceLine(Base):
    """One mapping of a rule: fragment of the course → outcome of the programme, with its share."""

    __tablename__ = "equivalence_line"
    __table_args__ = (
        sa.UniqueConstraint("rule_id", "position"),
        sa.CheckConstraint("share BETWEEN 0 AND 1", "share"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule_id: Mapped[UUID] = mapped_column(sa.ForeignKey("equivalence_rule.id"), index=True)
    position: Mapped[int]
    learned_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("external_outcome.id"))
    target_outcome_id: Mapped[UUID]
    relation: Mapped[TransferRelation] = mapped_column(choice_column(TransferRelation, "relation"))
    share: Mapped[Decimal] = mapped_column(Ratio)
    note: Mapped[str] = mapped_column(sa.String(400), default="")


class ConversionPolicy(Base):
    """How a school reads results of others: the least share that counts, and whether marks are carried over."""

    __tablename__ = "conversion_policy"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "version"),
        sa.CheckConstraint("min_share BETWEEN 0 AND 1", "min_share"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    version: Mapped[int]
    min_share: Mapped[Decimal] = mapped_column(Ratio)
    with_mark: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class Commission(Base):
    """Who decides on credit in an organisation."""

    __tablename__ = "credit_commission"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    order_ref: Mapped[str] = mapped_column(sa.String(120), default="")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    members: Mapped[list[CommissionMember]] = relationship(lazy="selectin")


class CommissionMember(Base):
    """One seat of a commission."""

    __tablename__ = "credit_commission_member"

    commission_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_commission.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    is_chair: Mapped[bool] = mapped_column(default=False)


class CreditCase(Base):
    """One application: one student, one item of the plan, one course learned elsewhere."""

    __tablename__ = "credit_case"
    __table_args__ = (
        sa.Index("ix_credit_case_person", "person_id"),
        sa.Index("ix_credit_case_queue", "org_id", "state"),
        sa.Index("ix_credit_case_item", "plan_id", "stable_key"),
        sa.CheckConstraint(
            "state NOT IN ('suspended', 'appealed') OR state_before IS NOT NULL", "state_before_is_kept"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    plan_id: Mapped[UUID]
    stable_key: Mapped[str] = mapped_column(sa.String(80))
    item_title: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    search_key: Mapped[str] = mapped_column(sa.String(600), default="")
    number: Mapped[int | None]
    state: Mapped[CaseState] = mapped_column(choice_column(CaseState, "state"))
    state_before: Mapped[CaseState | None] = mapped_column(choice_column(CaseState, "state_before"))
    source_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("learning_source.id"))
    course_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("external_course.id"))
    commission_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("credit_commission.id"))
    opened_by: Mapped[UUID]
    opened_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    review_due_on: Mapped[date | None]
    question: Mapped[str] = mapped_column(sa.String(1000), default="")
    asked_at: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(default=1)
    way: Mapped[RemainderWay | None] = mapped_column(choice_column(RemainderWay, "way"))
    way_chosen_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    suspended_reason: Mapped[str] = mapped_column(sa.String(1000), default="")


class CreditDocument(Base):
    """Evidence: a document of a case, what the family says it shows, and what the office found out.

    Only the certificate carries hours and a result. ``hours_drawn`` never exceeds ``hours`` (C2).
    """

    __tablename__ = "credit_document"
    __table_args__ = (
        sa.CheckConstraint("hours_drawn >= 0 AND hours_drawn <= hours", "hours_drawn"),
        sa.CheckConstraint("(verification = 'unverified') = (verified_by IS NULL)", "verified"),
        sa.Index("ix_credit_document_case", "case_id"),
        sa.Index("ix_credit_document_sha256", "sha256"),
        sa.Index("ix_credit_document_number", "source_id", "number_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"))
    kind: Mapped[DocumentKind] = mapped_column(choice_column(DocumentKind, "kind"))
    source_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("learning_source.id"))
    number: Mapped[str] = mapped_column(sa.String(80), default="")
    number_key: Mapped[str] = mapped_column(sa.String(80), default="")
    issued_on: Mapped[date | None]
    hours: Mapped[Decimal] = mapped_column(Hours, default=Decimal(0))
    hours_drawn: Mapped[Decimal] = mapped_column(Hours, default=Decimal(0))
    raw_result: Mapped[str] = mapped_column(sa.String(80), default="")
    scale: Mapped[ResultScale] = mapped_column(choice_column(ResultScale, "scale"))
    scale_max: Mapped[Decimal | None] = mapped_column(Hours)
    file_id: Mapped[UUID | None]
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    media_type: Mapped[str] = mapped_column(sa.String(80), default="")
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    size_bytes: Mapped[int] = mapped_column(default=0)
    attached_by: Mapped[UUID]
    attached_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    verification: Mapped[Verification] = mapped_column(choice_column(Verification, "verification"))
    verified_by: Mapped[UUID | None]
    verified_at: Mapped[datetime | None]
    verification_note: Mapped[str] = mapped_column(sa.String(1000), default="")


class MatchReport(Base):
    """A deterministic comparison, kept with its whole input so that anybody can compute it again."""

    __tablename__ = "match_report"
    __table_args__ = (sa.UniqueConstraint("case_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"))
    number: Mapped[int]
    algorithm: Mapped[str] = mapped_column(sa.String(40))
    input_hash: Mapped[str] = mapped_column(sa.String(64))
    inputs: Mapped[dict[str, Any]] = mapped_column(JsonText)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    hours: Mapped[Decimal] = mapped_column(Hours)
    hours_total: Mapped[Decimal] = mapped_column(Hours)
    recommendation: Mapped[str] = mapped_column(sa.String(20))
    created_by: Mapped[str] = mapped_column(sa.String(80))
    created_at: Mapped[datetime]


class CreditVote(Base):
    """One member's vote in one round; it cannot be changed or repeated."""

    __tablename__ = "credit_vote"
    __table_args__ = (sa.UniqueConstraint("case_id", "round", "member_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"))
    round: Mapped[int]
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    choice: Mapped[VoteChoice] = mapped_column(choice_column(VoteChoice, "choice"))
    reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("match_report.id"))
    at: Mapped[datetime]


class CreditDecision(Base):
    """What the commission decided in one round, on which report, with which votes, and why."""

    __tablename__ = "credit_decision"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "round"),
        sa.UniqueConstraint("org_id", "protocol_no"),
        sa.CheckConstraint("verdict <> 'none' OR (reason <> '' AND remedy <> '')", "refusal"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"))
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    round: Mapped[int]
    protocol_no: Mapped[int]
    verdict: Mapped[CreditVerdict] = mapped_column(choice_column(CreditVerdict, "verdict"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    remedy: Mapped[str] = mapped_column(sa.Text, default="")
    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("match_report.id"))
    input_hash: Mapped[str] = mapped_column(sa.String(64))
    override_reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    assurance: Mapped[Assurance] = mapped_column(choice_column(Assurance, "assurance"))
    mark: Mapped[int | None]
    hours: Mapped[Decimal] = mapped_column(Hours)
    hours_total: Mapped[Decimal] = mapped_column(Hours)
    members: Mapped[int]
    votes_for: Mapped[int]
    votes_against: Mapped[int]
    votes_abstain: Mapped[int]
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
    send_by: Mapped[date]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[UUID | None]
    superseded_at: Mapped[datetime | None]


class CreditEffect(Base):
    """What a decision does to one outcome of the item; hours never exceed the outcome's (C1)."""

    __tablename__ = "credit_effect"
    __table_args__ = (
        sa.UniqueConstraint("decision_id", "outcome_id"),
        sa.CheckConstraint("hours >= 0 AND hours <= hours_total", "hours"),
        sa.Index("ix_credit_effect_item", "plan_id", "stable_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    decision_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_decision.id"))
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"), index=True)
    plan_id: Mapped[UUID]
    stable_key: Mapped[str] = mapped_column(sa.String(80))
    outcome_id: Mapped[UUID]
    position: Mapped[int]
    verdict: Mapped[MatchVerdict] = mapped_column(choice_column(MatchVerdict, "verdict"))
    hours: Mapped[Decimal] = mapped_column(Hours)
    hours_total: Mapped[Decimal] = mapped_column(Hours)
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    state: Mapped[EffectState] = mapped_column(choice_column(EffectState, "state"))


class CreditAppeal(Base):
    """A family's disagreement with a decision, and the answer."""

    __tablename__ = "credit_appeal"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"), index=True)
    decision_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_decision.id"), unique=True)
    text: Mapped[str] = mapped_column(sa.Text)
    filed_by: Mapped[UUID]
    filed_at: Mapped[datetime]
    due_on: Mapped[date]
    is_upheld: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    resolved_by: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
