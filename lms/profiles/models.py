"""Tables of the digital profile."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, Ratio, choice_column
from lms.core.ids import new_id
from lms.profiles.types import EvidenceState, OutcomeGrade

__all__ = ["OutcomeEvidence", "OutcomeLevel"]


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
