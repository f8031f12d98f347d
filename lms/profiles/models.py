"""Tables of the digital profile."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, JsonText, Ratio, choice_column
from lms.core.ids import new_id
from lms.profiles.types import EvidenceState, OutcomeGrade, WorkAct, WorkState

__all__ = ["OutcomeEvidence", "OutcomeLevel", "PortfolioFile", "PortfolioStatement", "PortfolioWork"]

Hours = sa.Numeric(7, 2, asdecimal=True)


class OutcomeEvidence(Base):
    """A fact that shows an outcome: which fact, how far, when, and whether it counts now."""

    __tablename__ = "outcome_evidence"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "outcome_id", "basis_kind", "basis_id"),
        sa.Index("ix_outcome_evidence_basis", "basis_kind", "basis_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    outcome_id: Mapped[UUID]
    basis_kind: Mapped[str] = mapped_column(sa.String(60))
    basis_id: Mapped[UUID]
    share: Mapped[Decimal] = mapped_column(Ratio)
    at: Mapped[datetime]
    state: Mapped[EvidenceState] = mapped_column(choice_column(EvidenceState, "state"))
    state_before: Mapped[EvidenceState | None] = mapped_column(choice_column(EvidenceState, "state_before"))


class OutcomeLevel(Base):
    """How far a person has reached an outcome: a projection of the evidence that can be rebuilt at any time."""

    __tablename__ = "outcome_level"
    __table_args__ = (sa.UniqueConstraint("person_id", "outcome_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    outcome_id: Mapped[UUID]
    grade: Mapped[OutcomeGrade | None] = mapped_column(choice_column(OutcomeGrade, "grade"))
    share: Mapped[Decimal | None] = mapped_column(Ratio)
    is_suspended: Mapped[bool] = mapped_column(default=False)
    algorithm_version: Mapped[str] = mapped_column(sa.String(40))
    updated_at: Mapped[datetime]


class PortfolioWork(Base):
    """A piece of work that a student shows: what it is, how long it took, and the outcomes that it is said to show."""

    __tablename__ = "portfolio_work"
    __table_args__ = (sa.CheckConstraint("hours > 0", "hours"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.String(2000))
    made_on: Mapped[date]
    hours: Mapped[Decimal] = mapped_column(Hours)
    link: Mapped[str] = mapped_column(sa.String(500), default="")
    outcomes: Mapped[list[str]] = mapped_column(JsonText)
    state: Mapped[WorkState] = mapped_column(choice_column(WorkState, "state"))
    revision: Mapped[int] = mapped_column(default=1)
    added_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    added_at: Mapped[datetime]


class PortfolioFile(Base):
    """A file of a piece of work; one that was taken out is kept for whom it was shown to before."""

    __tablename__ = "portfolio_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    work_id: Mapped[UUID] = mapped_column(sa.ForeignKey("portfolio_work.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(80))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    removed_at: Mapped[datetime | None]


class PortfolioStatement(Base):
    """What somebody said about a piece of work as it was in that ``revision``, and why; append-only."""

    __tablename__ = "portfolio_statement"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    work_id: Mapped[UUID] = mapped_column(sa.ForeignKey("portfolio_work.id"), index=True)
    act: Mapped[WorkAct] = mapped_column(choice_column(WorkAct, "act"))
    revision: Mapped[int]
    said_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    said_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(600))
