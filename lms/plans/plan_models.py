"""Tables of study plans: templates, plans, versions, items, approvals, basis facts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base, JsonText, choice_column
from lms.core.ids import new_id
from lms.curriculum.types import AttestationForm
from lms.plans.types.plans import (
    ApprovalRole,
    BasisKind,
    BasisState,
    BulkKind,
    BulkState,
    BulkStatus,
    Delivery,
    PlanKind,
    PlanScope,
    PlanState,
    ProposalState,
    SignatureKind,
)

__all__ = [
    "Approval",
    "BasisFact",
    "Plan",
    "PlanBulk",
    "PlanBulkRow",
    "PlanFeed",
    "PlanItem",
    "PlanItemLink",
    "PlanProposal",
    "PlanSummary",
    "PlanTemplate",
    "PlanTemplateItem",
    "PlanVersion",
    "SignatureAnchor",
]

Hours = sa.Numeric(7, 2, asdecimal=True)


class PlanTemplate(Base):
    """What a new plan starts from: a curriculum with the usual way of studying each module."""

    __tablename__ = "plan_template"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    grade: Mapped[int]
    year: Mapped[str] = mapped_column(sa.String(9))
    curriculum_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    items: Mapped[list[PlanTemplateItem]] = relationship(
        order_by="PlanTemplateItem.position", lazy="selectin"
    )


class PlanTemplateItem(Base):
    """One item of a template; ``content`` has the shape of `lms.plans.rules.plan_content.ItemContent`."""

    __tablename__ = "plan_template_item"
    __table_args__ = (sa.UniqueConstraint("template_id", "stable_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    template_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_template.id"))
    stable_key: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)


class Plan(Base):
    """A person's individual study plan in one organisation and year."""

    __tablename__ = "plan"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    curriculum_id: Mapped[UUID]
    template_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("plan_template.id"))
    kind: Mapped[PlanKind] = mapped_column(choice_column(PlanKind, "kind"), default=PlanKind.GENERAL)
    basis: Mapped[str] = mapped_column(sa.String(200))
    scope: Mapped[PlanScope] = mapped_column(choice_column(PlanScope, "scope"))
    subjects: Mapped[list[str]] = mapped_column(JsonText)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    versions: Mapped[list[PlanVersion]] = relationship(order_by="PlanVersion.no", lazy="select")


_OPEN_STATES = "state IN ('draft', 'submitted', 'approved')"


class PlanVersion(Base):
    """One version: immutable from its submission on; at most one is active and one is on its way (P1)."""

    __tablename__ = "plan_version"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "no"),
        sa.Index(
            "uq_plan_version_active",
            "plan_id",
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        ),
        sa.Index(
            "uq_plan_version_open",
            "plan_id",
            unique=True,
            sqlite_where=sa.text(_OPEN_STATES),
            postgresql_where=sa.text(_OPEN_STATES),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"), index=True)
    no: Mapped[int]
    state: Mapped[PlanState] = mapped_column(choice_column(PlanState, "state"), index=True)
    based_on_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("plan_version.id"))
    reason: Mapped[str] = mapped_column(sa.String(400), default="")
    revision: Mapped[int] = mapped_column(default=1)
    items_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    effective_from: Mapped[date | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    submitted_by: Mapped[UUID | None]
    submitted_at: Mapped[datetime | None]
    returned_by: Mapped[UUID | None]
    returned_at: Mapped[datetime | None]
    return_reason: Mapped[str] = mapped_column(sa.String(600), default="")
    order_no: Mapped[str] = mapped_column(sa.String(40), default="")
    order_date: Mapped[date | None]
    activated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    removed_items: Mapped[list[dict[str, Any]]] = mapped_column(JsonText, default=list)
    items: Mapped[list[PlanItem]] = relationship(
        order_by="(PlanItem.period, PlanItem.position)", lazy="selectin", cascade="all, delete-orphan"
    )


class PlanItem(Base):
    """One item of a version; ``base`` keeps what the template said, so that individual changes are known (P6)."""

    __tablename__ = "plan_item"
    __table_args__ = (
        sa.UniqueConstraint("version_id", "stable_key"),
        sa.CheckConstraint("hours > 0", "hours"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"), index=True)
    stable_key: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int]
    subject: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str] = mapped_column(sa.String(200))
    outcomes: Mapped[list[dict[str, str]]] = mapped_column(JsonText)
    hours: Mapped[Decimal] = mapped_column(Hours)
    period: Mapped[int]
    delivery: Mapped[Delivery] = mapped_column(choice_column(Delivery, "delivery"))
    attestation_form: Mapped[AttestationForm | None] = mapped_column(
        choice_column(AttestationForm, "attestation_form")
    )
    deadline: Mapped[date | None]
    course_id: Mapped[UUID | None]
    external_course: Mapped[str] = mapped_column(sa.String(300), default="")
    session_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(sa.String(600), default="")
    curriculum_item_id: Mapped[UUID | None]
    prerequisites: Mapped[list[str]] = mapped_column(JsonText, default=list)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    base: Mapped[dict[str, Any] | None] = mapped_column(JsonText)


class Approval(Base):
    """A signature: over one item (``item_key``) or the whole version (None); append-only (P2).

    ``document_file_id`` is the scan or the file of a qualified signature; ``report_file_id`` what an accredited service
    said of the latter where it could not be checked here; ``certificate`` whose it is.
    """

    __tablename__ = "plan_approval"
    __table_args__ = (sa.Index("ix_plan_approval_version", "version_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    role: Mapped[ApprovalRole] = mapped_column(choice_column(ApprovalRole, "role"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    item_key: Mapped[str | None] = mapped_column(sa.String(60))
    signature_kind: Mapped[SignatureKind] = mapped_column(choice_column(SignatureKind, "signature_kind"))
    signed_hash: Mapped[str] = mapped_column(sa.String(64))
    document_file_id: Mapped[UUID | None]
    report_file_id: Mapped[UUID | None]
    certificate: Mapped[dict[str, str] | None] = mapped_column(JsonText)
    recorded_by: Mapped[UUID | None]
    signed_at: Mapped[datetime]
    carried_from: Mapped[UUID | None] = mapped_column(sa.ForeignKey("plan_approval.id"))


class SignatureAnchor(Base):
    """The certificate of an authority whose signers a school trusts: where the chain of a qualified signature ends.

    Its newest list of revoked certificates stands beside it, once the school has put one in.
    """

    __tablename__ = "signature_anchor"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(400))
    certificate: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    valid_until: Mapped[datetime]
    added_by: Mapped[UUID | None]
    added_at: Mapped[datetime]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    list_file_id: Mapped[UUID | None]
    list_made_at: Mapped[datetime | None]
    list_good_until: Mapped[datetime | None]


class PlanItemLink(Base):
    """What was arranged for an item when the plan came into force: an enrolment, an entry to an exam."""

    __tablename__ = "plan_item_link"
    __table_args__ = (sa.UniqueConstraint("plan_id", "stable_key", "kind", "target_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"), index=True)
    stable_key: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[str] = mapped_column(
        sa.String(16), sa.CheckConstraint("kind IN ('course', 'session')", "kind")
    )
    target_id: Mapped[UUID]
    created_at: Mapped[datetime]


class PlanProposal(Base):
    """What a student or a parent would like to have in the plan, and the answer with its reason."""

    __tablename__ = "plan_proposal"
    __table_args__ = (sa.CheckConstraint("hours > 0", "hours"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"), index=True)
    state: Mapped[ProposalState] = mapped_column(choice_column(ProposalState, "state"))
    title: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    delivery: Mapped[Delivery] = mapped_column(choice_column(Delivery, "delivery"))
    external_course: Mapped[str] = mapped_column(sa.String(300), default="")
    hours: Mapped[Decimal] = mapped_column(Hours)
    period: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(600), default="")
    proposed_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(sa.String(600), default="")
    answered_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    stable_key: Mapped[str] = mapped_column(sa.String(60), default="")


class PlanFeed(Base):
    """A secret calendar address of one reader of one student's plan; only its hash is kept."""

    __tablename__ = "plan_feed"
    __table_args__ = (sa.UniqueConstraint("reader_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    reader_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]


class BasisFact(Base):
    """What an item's state rests on; a suspended fact keeps its state before and comes back with it (P5)."""

    __tablename__ = "plan_basis_fact"
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "stable_key", "ref_kind", "ref_id"),
        sa.Index("ix_plan_basis_fact_ref", "ref_kind", "ref_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"))
    stable_key: Mapped[str] = mapped_column(sa.String(60))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[BasisKind] = mapped_column(choice_column(BasisKind, "kind"))
    ref_kind: Mapped[str] = mapped_column(sa.String(60))
    ref_id: Mapped[UUID]
    is_passed: Mapped[bool] = mapped_column(default=True)
    outcomes: Mapped[list[dict[str, str]] | None] = mapped_column(JsonText)
    mark: Mapped[str] = mapped_column(sa.String(40), default="")
    note: Mapped[str] = mapped_column(sa.String(600), default="")
    state: Mapped[BasisState] = mapped_column(choice_column(BasisState, "state"))
    state_before: Mapped[BasisState | None] = mapped_column(choice_column(BasisState, "state_before"))
    reason: Mapped[str] = mapped_column(sa.String(600), default="")
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PlanSummary(Base):
    """How a plan in force stood on a day, kept for lists; derived from facts and good only for exactly these facts."""

    __tablename__ = "plan_summary"

    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_version.id"))
    as_of: Mapped[date]
    fact_count: Mapped[int]
    facts_changed_at: Mapped[datetime | None]
    total: Mapped[int]
    achieved: Mapped[int]
    debts: Mapped[int]
    suspended: Mapped[int]
    late: Mapped[int]


class PlanBulk(Base):
    """Work on many plans that goes on without its page: a template taken over, or a count of how plans stand.

    ``tries`` counts how often a worker began since the last plan; ``last_plan_id`` is where a count goes on.
    """

    __tablename__ = "plan_bulk"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    kind: Mapped[BulkKind] = mapped_column(choice_column(BulkKind, "kind"))
    template_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("plan_template.id"))
    template_revision: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.String(400), default="")
    state: Mapped[BulkState] = mapped_column(choice_column(BulkState, "state"))
    code: Mapped[str] = mapped_column(sa.String(60), default="")
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    last_plan_id: Mapped[UUID | None]
    created_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]


class PlanBulkRow(Base):
    """One plan that a template is taken over into, what became of it, and why not."""

    __tablename__ = "plan_bulk_row"
    __table_args__ = (sa.UniqueConstraint("bulk_id", "plan_id"),)

    bulk_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan_bulk.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("plan.id"))
    status: Mapped[BulkStatus] = mapped_column(choice_column(BulkStatus, "status"))
    code: Mapped[str] = mapped_column(sa.String(60), default="")
    version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("plan_version.id"))
