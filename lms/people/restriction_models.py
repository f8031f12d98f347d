"""The table of court restrictions: what was decided, by which document, who recorded it and who lifted it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base
from lms.core.ids import new_id

__all__ = ["GuardianRestriction"]


class GuardianRestriction(Base):
    """A court's restriction of an adult towards a child; one person asks for its lifting, another confirms it."""

    __tablename__ = "guardian_restriction"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    child_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    adult_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    document_ref: Mapped[str] = mapped_column(sa.String(200))
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime]
    lift_document_ref: Mapped[str] = mapped_column(sa.String(200), default="")
    lift_asked_by: Mapped[UUID | None]
    lift_asked_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None]
    lifted_at: Mapped[datetime | None]
