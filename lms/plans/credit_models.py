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
    DocumentStatus,
    EffectState,
    EvidenceKind,
    HolderMatch,
    LicenceState,
    MatchVerdict,
    RemainderWay,
    ResultScale,
    Rounding,
    RuleState,
    TransferRelation,
    Verification,
    VerificationMethod,
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
    "CreditProposal",
    "CreditVote",
    "EquivalenceLine",
    "EquivalenceRule",
    "EquivalenceRuleCourse",
    "ExternalCourse",
    "ExternalOutcome",
    "LearningSource",
    "MatchReport",
    "MatchReportBasis",
    "NetworkAgreement",
    "NetworkAgreementCourse",
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
    tier_reason: Mapped[str] = mapped_column(sa.String(400), default="")
    former: Mapped[list[dict[str, str]]] = mapped_column(JsonText, default=list)
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]
    added_by: Mapped[UUID | None]
    created_at: Mapped[datetime]

    @property
    def is_educational(self) -> bool:
        """Tell whether the source carries out educational activity, as far as the register says (C10)."""
        return self.licence_state is LicenceState.LICENSED


_CODED = sa.text("code != ''")


class ExternalCourse(Base):
    """A course of a source, with its own outcomes where the school knows them.

    ``code`` names it in a catalogue that was imported (at most once a source); ``about`` is what the catalogue says of it
    for those who choose: subject, grade, language, form, paper, adapted, url, summary.
    """

    __tablename__ = "external_course"
    __table_args__ = (
        sa.CheckConstraint("hours >= 0", "hours"),
        sa.Index(
            "uq_external_course_code",
            "source_id",
            "code",
            unique=True,
            sqlite_where=_CODED,
            postgresql_where=_CODED,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(sa.ForeignKey("learning_source.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    hours: Mapped[Decimal] = mapped_column(Hours)
    scale: Mapped[ResultScale] = mapped_column(choice_column(ResultScale, "scale"))
    scale_max: Mapped[Decimal | None] = mapped_column(Hours)
    is_proctored: Mapped[bool] = mapped_column(default=False)
    is_listed: Mapped[bool] = mapped_column(default=True)
    code: Mapped[str] = mapped_column(sa.String(80), default="")
    about: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
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
    """What experts of the school compared once, in one version: which courses passed how give what of the programme.

    ``condition`` is written as in a case file: one course, or ``all``, ``any``, ``at_least`` … ``of`` conditions.
    """

    __tablename__ = "equivalence_rule"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "number", "version"),
        sa.CheckConstraint("(state = 'draft') = (approved_by IS NULL)", "approved"),
        sa.CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", "retired"),
        sa.Index("ix_equivalence_rule_list", "org_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    number: Mapped[str] = mapped_column(sa.String(20))
    version: Mapped[int]
    subject: Mapped[str] = mapped_column(sa.String(40), default="")
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    search_key: Mapped[str] = mapped_column(sa.String(600), default="")
    state: Mapped[RuleState] = mapped_column(choice_column(RuleState, "state"))
    condition: Mapped[dict[str, Any]] = mapped_column(JsonText)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    proposed_in: Mapped[UUID | None] = mapped_column(sa.ForeignKey("credit_case.id"))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    minutes_no: Mapped[str] = mapped_column(sa.String(80), default="")
    minutes_on: Mapped[date | None]
    retired_by: Mapped[UUID | None]
    retired_at: Mapped[datetime | None]
    retired_reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    lines: Mapped[list[EquivalenceLine]] = relationship(
        order_by="EquivalenceLine.position", lazy="selectin", cascade="all, delete-orphan"
    )
    courses: Mapped[list[EquivalenceRuleCourse]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class EquivalenceRuleCourse(Base):
    """A course that a rule's condition names: the way from a course to its rules."""

    __tablename__ = "equivalence_rule_course"

    rule_id: Mapped[UUID] = mapped_column(sa.ForeignKey("equivalence_rule.id"), primary_key=True)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("external_course.id"), primary_key=True, index=True)


class EquivalenceLine(Base):
    """What a rule gives: an outcome, or all outcomes of a module, as a share of them or in hours.

    ``learned_id`` names the outcome of a course that it rests on; empty = the courses as a whole.
    """

    __tablename__ = "equivalence_line"
    __table_args__ = (
        sa.UniqueConstraint("rule_id", "position"),
        sa.CheckConstraint("share BETWEEN 0 AND 1", "share"),
        sa.CheckConstraint("hours IS NULL OR hours >= 0", "hours"),
        sa.CheckConstraint("(target_outcome_id IS NULL) <> (target_item_id IS NULL)", "one_target"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule_id: Mapped[UUID] = mapped_column(sa.ForeignKey("equivalence_rule.id"), index=True)
    position: Mapped[int]
    learned_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("external_outcome.id"))
    target_outcome_id: Mapped[UUID | None]
    target_item_id: Mapped[UUID | None]
    relation: Mapped[TransferRelation] = mapped_column(choice_column(TransferRelation, "relation"))
    share: Mapped[Decimal] = mapped_column(Ratio)
    hours: Mapped[Decimal | None] = mapped_column(Hours)
    note: Mapped[str] = mapped_column(sa.String(400), default="")


class ConversionPolicy(Base):
    """How a school reads results of others and what it allows, in one version put into force by an act of its own.

    ``five`` says which share a mark of others stands for, ``marks`` from which share the school gives a mark (used only
    ``with_mark``; else «зачтено» has none), ``factors`` the numbers of the comparison that differ from the usual ones.
    """

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
    rounding: Mapped[Rounding] = mapped_column(choice_column(Rounding, "rounding"))
    five: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    marks: Mapped[dict[str, str]] = mapped_column(JsonText, default=dict)
    is_automatic: Mapped[bool] = mapped_column(default=False)
    min_assurance: Mapped[Assurance] = mapped_column(choice_column(Assurance, "min_assurance"))
    factors: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    order_ref: Mapped[str] = mapped_column(sa.String(200), default="")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]


class NetworkAgreement(Base):
    """An agreement with a partner: whose results count, in which subjects and grades, until when.

    Empty lists mean every subject, grade or course. Once revoked it stays as it was for what has been decided.
    """

    __tablename__ = "network_agreement"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "number"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", "term"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", "revoked"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    source_id: Mapped[UUID] = mapped_column(sa.ForeignKey("learning_source.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(80))
    signed_on: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    is_automatic: Mapped[bool] = mapped_column(default=False)
    subjects: Mapped[list[str]] = mapped_column(JsonText, default=list)
    grades: Mapped[list[int]] = mapped_column(JsonText, default=list)
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    revoked_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    courses: Mapped[list[NetworkAgreementCourse]] = relationship(
        lazy="selectin", cascade="all, delete-orphan"
    )


class NetworkAgreementCourse(Base):
    """A course that an agreement names."""

    __tablename__ = "network_agreement_course"

    agreement_id: Mapped[UUID] = mapped_column(sa.ForeignKey("network_agreement.id"), primary_key=True)
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("external_course.id"), primary_key=True)


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
    suspended_by: Mapped[list[str]] = mapped_column(JsonText, default=list)
    assessment_session_id: Mapped[UUID | None]


class CreditDocument(Base):
    """A document or result of a case, what the family says it shows, and what was found out about it.

    One with ``evidence`` proves the course ``course_id`` and carries hours and a result; ``hours_drawn`` never exceeds
    ``hours`` (C2). One without is a paper beside: of that course, or of all where it names none. ``origin`` says where
    it came from by itself (a session, a completion, a credential's id), ``payload`` what it said there. What a machine
    verified has a ``method`` and no ``verified_by``.
    """

    __tablename__ = "credit_document"
    __table_args__ = (
        sa.CheckConstraint("hours_drawn >= 0 AND hours_drawn <= hours", "hours_drawn"),
        sa.CheckConstraint("(verification = 'unverified') = (verified_at IS NULL)", "verified"),
        sa.CheckConstraint("evidence IS NULL OR course_id IS NOT NULL", "evidence_of_a_course"),
        sa.Index("ix_credit_document_case", "case_id"),
        sa.Index("ix_credit_document_sha256", "sha256"),
        sa.Index("ix_credit_document_number", "source_id", "number_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"))
    kind: Mapped[DocumentKind] = mapped_column(choice_column(DocumentKind, "kind"))
    evidence: Mapped[EvidenceKind | None] = mapped_column(choice_column(EvidenceKind, "evidence"))
    source_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("learning_source.id"))
    course_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("external_course.id"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(200), default="")
    origin: Mapped[str] = mapped_column(sa.String(200), default="", index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    number: Mapped[str] = mapped_column(sa.String(80), default="")
    number_key: Mapped[str] = mapped_column(sa.String(80), default="")
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    status: Mapped[DocumentStatus] = mapped_column(
        choice_column(DocumentStatus, "status"), default=DocumentStatus.VALID
    )
    holder: Mapped[HolderMatch] = mapped_column(
        choice_column(HolderMatch, "holder"), default=HolderMatch.MATCH
    )
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
    method: Mapped[VerificationMethod | None] = mapped_column(choice_column(VerificationMethod, "method"))
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


class MatchReportBasis(Base):
    """A rule or edge that a report rests on: the way from a rule to the cases that used it."""

    __tablename__ = "match_report_basis"
    __table_args__ = (sa.Index("ix_match_report_basis_of", "basis_id"),)

    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("match_report.id"), primary_key=True)
    basis_id: Mapped[UUID] = mapped_column(primary_key=True)
    basis: Mapped[str] = mapped_column(sa.String(20))


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


class CreditProposal(Base):
    """What the chair puts to the vote in a round instead of the report: hours by outcome, the mark, and why.

    A changed proposal begins the next round, so every vote belongs to the hours and the mark it was given on; ``voided``
    is how many votes were given on what stood there before.
    """

    __tablename__ = "credit_proposal"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "round"),
        sa.CheckConstraint("mark IS NULL OR mark BETWEEN 3 AND 5", "mark"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"))
    round: Mapped[int]
    report_id: Mapped[UUID] = mapped_column(sa.ForeignKey("match_report.id"))
    hours: Mapped[dict[str, str]] = mapped_column(JsonText)
    mark: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.String(1000))
    voided: Mapped[int]
    proposed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime]


class CreditDecision(Base):
    """What the commission decided in one round, on which report, with which votes, and why.

    An automatic one (C4) has nobody who decided and no votes.
    """

    __tablename__ = "credit_decision"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "round"),
        sa.UniqueConstraint("org_id", "protocol_no"),
        sa.CheckConstraint("verdict <> 'none' OR (reason <> '' AND remedy <> '')", "refusal"),
        sa.CheckConstraint("is_automatic = (decided_by IS NULL)", "automatic"),
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
    is_automatic: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[UUID | None]
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
