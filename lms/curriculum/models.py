"""Tables of curriculum: frameworks, outcomes, crosswalks, curricula."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base, JsonText, Ratio, choice_column
from lms.core.ids import new_id
from lms.curriculum.types import (
    AttestationForm,
    CurriculumState,
    EdgeState,
    FrameworkState,
    PeriodKind,
    Relation,
)

__all__ = [
    "Crosswalk",
    "Curriculum",
    "CurriculumItem",
    "CurriculumPeriod",
    "Framework",
    "ItemOutcome",
    "Outcome",
]

Hours = sa.Numeric(7, 2, asdecimal=True)


class Framework(Base):
    """A tree of outcomes in one version: written as a draft, unchangeable once published.

    ``key`` is its identifier in files of other systems; ``remarks`` is what the import said of it, item by item.
    """

    __tablename__ = "framework"
    __table_args__ = (sa.UniqueConstraint("org_id", "code", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(200))
    version: Mapped[str] = mapped_column(sa.String(20))
    key: Mapped[UUID] = mapped_column(default=new_id)
    state: Mapped[FrameworkState] = mapped_column(choice_column(FrameworkState, "state"))
    previous_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("framework.id"))
    remarks: Mapped[list[Any] | None] = mapped_column(JsonText)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class Outcome(Base):
    """What a learner can do afterwards; outcomes of a framework form a tree. ``key`` stays the same in every version."""

    __tablename__ = "outcome"
    __table_args__ = (
        sa.UniqueConstraint("framework_id", "code"),
        sa.UniqueConstraint("framework_id", "key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    framework_id: Mapped[UUID] = mapped_column(sa.ForeignKey("framework.id"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    key: Mapped[UUID] = mapped_column(default=new_id)
    code: Mapped[str] = mapped_column(sa.String(60))
    statement: Mapped[str] = mapped_column(sa.String(2000))
    level: Mapped[int]
    position: Mapped[int]


class Crosswalk(Base):
    """What a school says of two outcomes of different frameworks; it counts once another person has approved it."""

    __tablename__ = "crosswalk"
    __table_args__ = (sa.UniqueConstraint("org_id", "source_id", "target_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    source_id: Mapped[UUID] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    target_id: Mapped[UUID] = mapped_column(sa.ForeignKey("outcome.id"), index=True)
    relation: Mapped[Relation] = mapped_column(choice_column(Relation, "relation"))
    weight: Mapped[Decimal] = mapped_column(Ratio)
    note: Mapped[str] = mapped_column(sa.String(400), default="")
    state: Mapped[EdgeState] = mapped_column(choice_column(EdgeState, "state"))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class Curriculum(Base):
    """What one grade studies in one year, in one version."""

    __tablename__ = "curriculum"
    __table_args__ = (sa.UniqueConstraint("org_id", "programme", "grade", "year", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    programme: Mapped[str] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(200))
    grade: Mapped[int]
    year: Mapped[str] = mapped_column(sa.String(9))
    version: Mapped[int]
    state: Mapped[CurriculumState] = mapped_column(choice_column(CurriculumState, "state"))
    weekly_hours_max: Mapped[Decimal] = mapped_column(Hours)
    period_kind: Mapped[PeriodKind] = mapped_column(
        choice_column(PeriodKind, "period_kind"), default=PeriodKind.QUARTER
    )
    created_at: Mapped[datetime]
    periods: Mapped[list[CurriculumPeriod]] = relationship(
        order_by="CurriculumPeriod.number", lazy="selectin"
    )
    items: Mapped[list[CurriculumItem]] = relationship(order_by="CurriculumItem.position", lazy="selectin")


class CurriculumPeriod(Base):
    """A part of the school year."""

    __tablename__ = "curriculum_period"
    __table_args__ = (sa.CheckConstraint("ends_on > starts_on", "order"),)

    curriculum_id: Mapped[UUID] = mapped_column(sa.ForeignKey("curriculum.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class CurriculumItem(Base):
    """One module of a subject."""

    __tablename__ = "curriculum_item"
    __table_args__ = (sa.CheckConstraint("hours > 0", "hours"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    curriculum_id: Mapped[UUID] = mapped_column(sa.ForeignKey("curriculum.id"), index=True)
    position: Mapped[int]
    subject: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str] = mapped_column(sa.String(200))
    hours: Mapped[Decimal] = mapped_column(Hours)
    period: Mapped[int]
    attestation_form: Mapped[AttestationForm] = mapped_column(
        choice_column(AttestationForm, "attestation_form")
    )
    is_mandatory: Mapped[bool] = mapped_column(default=True)
    outcomes: Mapped[list[ItemOutcome]] = relationship(order_by="ItemOutcome.position", lazy="selectin")


class ItemOutcome(Base):
    """An outcome of a module and the hours planned for it."""

    __tablename__ = "curriculum_item_outcome"

    item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("curriculum_item.id"), primary_key=True)
    outcome_id: Mapped[UUID] = mapped_column(sa.ForeignKey("outcome.id"), primary_key=True)
    hours: Mapped[Decimal] = mapped_column(Hours)
    position: Mapped[int]
