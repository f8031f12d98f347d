"""Tables of what follows the marking: second opinions, regrades, appeals, gradebooks.

Grades stay in `models.Grade`. Everything somebody's rights depend on is appended; a correction is a row with the next number.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.assessment.types import AppealDecision, AppealState, CellKind, MarkStatus, RegradeState
from lms.core.db import Base, JsonText, Ratio, choice_column
from lms.core.ids import new_id

__all__ = [
    "Appeal",
    "AppealFile",
    "AppealGround",
    "DoubleMarking",
    "Gradebook",
    "GradebookCategory",
    "GradebookCell",
    "GradebookColumn",
    "GradebookSeat",
    "MarkOpinion",
    "PeriodMark",
    "RegradeBatch",
    "RegradeKey",
    "RegradeRow",
    "WaitingMark",
]

_Points = sa.Numeric(7, 2, asdecimal=True)


class WaitingMark(Base):
    """An answer that a worker still has to mark; ``grade_id`` is the grade that says so. The row goes when it is done."""

    __tablename__ = "waiting_mark"

    attempt_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt_item.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"), index=True)
    grade_id: Mapped[UUID]
    tries: Mapped[int]
    asked_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]


class DoubleMarking(Base):
    """A session whose answers two people mark, each without seeing the other; ``tolerance`` is a share of the points."""

    __tablename__ = "double_marking"

    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attestation_session.id"), primary_key=True)
    tolerance: Mapped[Decimal] = mapped_column(Ratio)
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime]


class MarkOpinion(Base):
    """What one of two markers thinks of an answer; a grade follows when they agree or a third person decides."""

    __tablename__ = "mark_opinion"
    __table_args__ = (sa.UniqueConstraint("attempt_item_id", "marker_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt_item.id"))
    marker_id: Mapped[UUID]
    fraction: Mapped[Decimal] = mapped_column(Ratio)
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    rubric: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    given_at: Mapped[datetime]


class RegradeBatch(Base):
    """The marking of a session, replayed: a preview of what would change, which a second look approves or drops.

    ``decided_no`` counts the decisions of a session: the corrected key with the highest one marks.
    """

    __tablename__ = "regrade_batch"
    __table_args__ = (sa.UniqueConstraint("session_id", "decided_no"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attestation_session.id"))
    reason: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[RegradeState] = mapped_column(choice_column(RegradeState, "state"))
    checked: Mapped[int]
    changed: Mapped[int]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    decided_no: Mapped[int | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class RegradeKey(Base):
    """A question of the session that a replay marks by the key of a corrected version of it."""

    __tablename__ = "regrade_key"

    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("regrade_batch.id"), primary_key=True)
    item_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item_version.id"), primary_key=True)
    key_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("item_version.id"))


class RegradeRow(Base):
    """One answer whose mark would change: the grade that stands and what the replay found."""

    __tablename__ = "regrade_row"

    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("regrade_batch.id"), primary_key=True)
    attempt_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt_item.id"), primary_key=True)
    grade_id: Mapped[UUID] = mapped_column(sa.ForeignKey("grade.id"))
    status: Mapped[MarkStatus] = mapped_column(choice_column(MarkStatus, "status"))
    fraction: Mapped[Decimal | None] = mapped_column(Ratio)
    notes: Mapped[list[str]] = mapped_column(JsonText)
    grader: Mapped[str] = mapped_column(sa.String(80))


class Appeal(Base):
    """A disagreement with a released result, answered by a person with reasons until ``due_on``."""

    __tablename__ = "appeal"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    attempt_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt.id"), index=True)
    result_id: Mapped[UUID] = mapped_column(sa.ForeignKey("result.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    session_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attestation_session.id"), index=True)
    state: Mapped[AppealState] = mapped_column(choice_column(AppealState, "state"))
    filed_by: Mapped[UUID]
    filed_at: Mapped[datetime]
    due_on: Mapped[date]
    decision: Mapped[AppealDecision | None] = mapped_column(choice_column(AppealDecision, "decision"))
    reasons: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class AppealGround(Base):
    """What is said against the mark of one answer, and what was decided on it; ``fraction`` is the new share, if any."""

    __tablename__ = "appeal_ground"

    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"), primary_key=True)
    attempt_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("attempt_item.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    fraction: Mapped[Decimal | None] = mapped_column(Ratio)
    reply: Mapped[str] = mapped_column(sa.Text, default="")


class AppealFile(Base):
    """A document that goes with an appeal."""

    __tablename__ = "appeal_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    appeal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("appeal.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("stored_file.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(80))


class Gradebook(Base):
    """The journal of one subject for a group of students."""

    __tablename__ = "gradebook"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    subject: Mapped[str] = mapped_column(sa.String(40))
    mark_policy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("mark_policy.id"))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class GradebookCategory(Base):
    """Columns that count together, with a weight; the ``drop_lowest`` worst of each student are left out."""

    __tablename__ = "gradebook_category"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gradebook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("gradebook.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    position: Mapped[int]
    weight: Mapped[Decimal] = mapped_column(_Points)
    drop_lowest: Mapped[int]


class GradebookColumn(Base):
    """One work: an attestation session whose released results appear by themselves, or one marked by hand."""

    __tablename__ = "gradebook_column"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gradebook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("gradebook.id"), index=True)
    category_id: Mapped[UUID] = mapped_column(sa.ForeignKey("gradebook_category.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    position: Mapped[int]
    weight: Mapped[Decimal] = mapped_column(_Points)
    max_points: Mapped[Decimal] = mapped_column(_Points)
    session_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("attestation_session.id"))


class GradebookSeat(Base):
    """A student's line; pages are cut by its number, so that a late page costs what the first one costs."""

    __tablename__ = "gradebook_seat"
    __table_args__ = (sa.UniqueConstraint("gradebook_id", "person_id"),)

    gradebook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("gradebook.id"), primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))


class GradebookCell(Base):
    """A value given by a person: points, exempt, absent, or nothing again. Append-only, the highest number counts."""

    __tablename__ = "gradebook_cell"
    __table_args__ = (sa.UniqueConstraint("column_id", "person_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    column_id: Mapped[UUID] = mapped_column(sa.ForeignKey("gradebook_column.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    number: Mapped[int]
    supersedes: Mapped[UUID | None]
    kind: Mapped[CellKind] = mapped_column(choice_column(CellKind, "kind"))
    points: Mapped[Decimal | None] = mapped_column(_Points)
    reason: Mapped[str] = mapped_column(sa.String(500))
    given_by: Mapped[UUID | None]
    given_at: Mapped[datetime]


class PeriodMark(Base):
    """A teacher's decision on the mark of a period, beside what the policy proposed. Append-only."""

    __tablename__ = "period_mark"
    __table_args__ = (sa.UniqueConstraint("gradebook_id", "person_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gradebook_id: Mapped[UUID] = mapped_column(sa.ForeignKey("gradebook.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    number: Mapped[int]
    supersedes: Mapped[UUID | None]
    mark: Mapped[str] = mapped_column(sa.String(20))
    proposed: Mapped[str] = mapped_column(sa.String(20))
    score: Mapped[Decimal | None] = mapped_column(Ratio)
    mark_policy_id: Mapped[UUID] = mapped_column(sa.ForeignKey("mark_policy.id"))
    reason: Mapped[str] = mapped_column(sa.String(500))
    given_by: Mapped[UUID | None]
    given_at: Mapped[datetime]
