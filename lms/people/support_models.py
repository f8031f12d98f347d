"""Tables beside a support plan: that it was withdrawn, and each time a measure was carried out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, choice_column
from lms.core.ids import new_id
from lms.people.types import MeasureCode

__all__ = ["MeasureUse", "SupportWithdrawal"]


class SupportWithdrawal(Base):
    """Who withdrew a version of a support plan, and why; a version is withdrawn once and stays so."""

    __tablename__ = "support_withdrawal"

    support_plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("support_plan.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(sa.String(200))
    withdrawn_at: Mapped[datetime]


class MeasureUse(Base):
    """A measure that was carried out in one activity: written once, never changed."""

    __tablename__ = "measure_use"
    __table_args__ = (sa.UniqueConstraint("support_plan_id", "code", "object_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    support_plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("support_plan.id"))
    code: Mapped[MeasureCode] = mapped_column(choice_column(MeasureCode, "code"))
    activity: Mapped[str] = mapped_column(sa.String(20))
    object_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(sa.String(200))
    used_at: Mapped[datetime]
