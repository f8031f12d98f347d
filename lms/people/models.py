"""Tables of people.

``Person`` carries a code and never a name: names and contacts live in `IdentityRecord`, keyed by the code, without a
foreign key, so that the store can be absent or outside (pseudonymous mode).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Base, JsonText, choice_column
from lms.core.ids import new_id
from lms.people.types import (
    AdmissionGround,
    AssignmentKind,
    ConsentMethod,
    ConsentPurpose,
    ConsentState,
    MeasureCode,
    NoticeState,
    OrganisationKind,
    RoleKind,
    StatusKind,
)

__all__ = [
    "Account",
    "AccountSession",
    "Admission",
    "Assignment",
    "BiometricBasis",
    "ClassStaff",
    "Consent",
    "Guardianship",
    "IdentityRecord",
    "Illness",
    "Invitation",
    "Measure",
    "Notice",
    "Organisation",
    "PeopleImport",
    "PeopleImportRow",
    "Person",
    "Role",
    "Status",
    "StudyClass",
    "SupportApproval",
    "SupportPlan",
    "WorkingDay",
]


class Organisation(Base):
    """A school, its founder, a partner or the platform itself; they form a tree."""

    __tablename__ = "organisation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("organisation.id"))
    kind: Mapped[OrganisationKind] = mapped_column(choice_column(OrganisationKind, "kind"))
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]


class BiometricBasis(Base):
    """The recorded legal basis without which biometrics stay off; adults and minors apart. Append-only."""

    __tablename__ = "biometric_basis"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    covers: Mapped[str] = mapped_column(
        sa.String(16), sa.CheckConstraint("covers IN ('adults', 'minors')", "covers")
    )
    text: Mapped[str] = mapped_column(sa.Text)
    document_file_id: Mapped[UUID | None]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Person(Base):
    """Somebody, known here by a code only."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    adult_from: Mapped[date | None]
    created_at: Mapped[datetime]


class IdentityRecord(Base):
    """The name and contacts behind a code; the built-in identity store. No foreign key on purpose."""

    __tablename__ = "identity_record"

    person_code: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    family_name: Mapped[str] = mapped_column(sa.String(80))
    given_name: Mapped[str] = mapped_column(sa.String(80))
    patronymic: Mapped[str] = mapped_column(sa.String(80), default="")
    birth_date: Mapped[date | None]
    email: Mapped[str] = mapped_column(sa.String(200), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")


class Account(Base):
    """A way to sign in; a person may have one or none. ``epoch`` grows when all sessions must end.

    An empty ``password_hash`` = nobody has set a password yet (see `Invitation`): no password is the right one.
    ``reading`` is how its owner wants to see pages (`lms.core.web.prefs`); None = nothing was ever chosen. ``language`` is
    that of letters; empty = the installation's.
    """

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    login: Mapped[str] = mapped_column(sa.String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    is_active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    reading: Mapped[str | None] = mapped_column(sa.String(200))
    wants_letters: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(sa.String(8), default="")


class Invitation(Base):
    """A link with which its owner sets a password once; only the hash of what stands in the link is kept."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AccountSession(Base):
    """One sign-in on one device; ended by sign-out, "sign out everywhere" or time."""

    __tablename__ = "account_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(sa.String(200), default="")


class Notice(Base):
    """A letter that tells somebody that there is news at ``path``: once for each channel, kind and thing (``ref_id``)."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "channel", "kind", "ref_id"),
        sa.Index("ix_notice_due", "state", "next_try_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(60))
    ref_id: Mapped[UUID]
    path: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[NoticeState] = mapped_column(choice_column(NoticeState, "state"))
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Role(Base):
    """What a person does in an organisation, for a time."""

    __tablename__ = "role"
    __table_args__ = (sa.Index("ix_role_person", "person_id"), sa.Index("ix_role_org_kind", "org_id", "kind"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    kind: Mapped[RoleKind] = mapped_column(choice_column(RoleKind, "kind"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class Guardianship(Base):
    """An adult who acts for a child: rights, period, proof; a court restriction hides and denies."""

    __tablename__ = "guardianship"
    __table_args__ = (
        sa.Index("ix_guardianship_child", "child_id"),
        sa.Index("ix_guardianship_adult", "adult_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    child_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    adult_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    may_view: Mapped[bool] = mapped_column(default=True)
    may_sign: Mapped[bool] = mapped_column(default=True)
    may_consent: Mapped[bool] = mapped_column(default=True)
    may_receive: Mapped[bool] = mapped_column(default=True)
    is_restricted: Mapped[bool] = mapped_column(default=False)
    granted_by_student: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    proof: Mapped[str] = mapped_column(sa.String(200), default="")


class Assignment(Base):
    """A member of staff who is responsible for one student, for a subject or as a whole.

    ``class_id`` names the class from which the responsibility follows; it ends when the student leaves that class.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        sa.Index("ix_assignment_staff", "staff_id"),
        sa.Index("ix_assignment_student", "student_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    student_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    kind: Mapped[AssignmentKind] = mapped_column(choice_column(AssignmentKind, "kind"))
    subject: Mapped[str] = mapped_column(sa.String(40), default="")
    class_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("study_class.id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class StudyClass(Base):
    """A class of a school: those whose admission names it belong to it."""

    __tablename__ = "study_class"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    grade: Mapped[int]
    label: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ClassStaff(Base):
    """Who leads a class or teaches it a subject; every member has an `Assignment` that follows from it."""

    __tablename__ = "class_staff"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    class_id: Mapped[UUID] = mapped_column(sa.ForeignKey("study_class.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[AssignmentKind] = mapped_column(choice_column(AssignmentKind, "kind"))
    subject: Mapped[str] = mapped_column(sa.String(40), default="")
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class PeopleImport(Base):
    """A table of people that was taken in; undoing it ends their roles and closes their accounts."""

    __tablename__ = "people_import"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class PeopleImportRow(Base):
    """Which line of a table became which person."""

    __tablename__ = "people_import_row"

    import_id: Mapped[UUID] = mapped_column(sa.ForeignKey("people_import.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))


class Admission(Base):
    """On what ground, into which grade and for how long a student belongs to an organisation."""

    __tablename__ = "admission"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    ground: Mapped[AdmissionGround] = mapped_column(choice_column(AdmissionGround, "ground"))
    grade: Mapped[int | None]
    class_label: Mapped[str] = mapped_column(sa.String(20), default="")
    class_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("study_class.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Status(Base):
    """A dated status with its document (ОВЗ, disability, teaching at home); health data, named roles only."""

    __tablename__ = "status"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[StatusKind] = mapped_column(choice_column(StatusKind, "kind"))
    document_ref: Mapped[str] = mapped_column(sa.String(200))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Illness(Base):
    """Days on which a student was ill by a certificate: they do not count against the time for a re-sit. No diagnosis."""

    __tablename__ = "illness"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    document_ref: Mapped[str] = mapped_column(sa.String(200))
    recorded_by: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


class Consent(Base):
    """One written consent for one purpose, with its signed document.

    With a qualified signature the document is the file of the signature, beside it the very text that was signed, whose
    certificate it is, and what an accredited service said of it where it could not be checked here.
    """

    __tablename__ = "consent"
    __table_args__ = (sa.Index("ix_consent_subject", "subject_id", "purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    given_by: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(choice_column(ConsentPurpose, "purpose"))
    text_version: Mapped[str] = mapped_column(sa.String(40))
    method: Mapped[ConsentMethod] = mapped_column(choice_column(ConsentMethod, "method"))
    state: Mapped[ConsentState] = mapped_column(choice_column(ConsentState, "state"))
    document_file_id: Mapped[UUID | None]
    signed_text_file_id: Mapped[UUID | None]
    report_file_id: Mapped[UUID | None]
    certificate: Mapped[dict[str, str] | None] = mapped_column(JsonText)
    attached_by: Mapped[UUID | None]
    given_at: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]


class SupportPlan(Base):
    """A version of the support measures agreed for one person; a new version supersedes the old."""

    __tablename__ = "support_plan"
    __table_args__ = (sa.UniqueConstraint("person_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    version: Mapped[int]
    source_ref: Mapped[str] = mapped_column(sa.String(200))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    active_since: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    measures: Mapped[list[Measure]] = relationship(order_by="Measure.position", lazy="selectin")


class Measure(Base):
    """One measure of a support plan; measures only, never a diagnosis."""

    __tablename__ = "measure"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    support_plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("support_plan.id"), index=True)
    position: Mapped[int]
    code: Mapped[MeasureCode] = mapped_column(choice_column(MeasureCode, "code"))
    params: Mapped[dict[str, Any]] = mapped_column(JsonText)
    scope: Mapped[list[str]] = mapped_column(JsonText)


class SupportApproval(Base):
    """A specialist's, a guardian's or an adult student's approval of a support plan version."""

    __tablename__ = "support_approval"
    __table_args__ = (sa.UniqueConstraint("support_plan_id", "role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    support_plan_id: Mapped[UUID] = mapped_column(sa.ForeignKey("support_plan.id"))
    role: Mapped[str] = mapped_column(
        sa.String(20), sa.CheckConstraint("role IN ('specialist', 'guardian', 'student')", "role")
    )
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    approved_at: Mapped[datetime]


class WorkingDay(Base):
    """An exception to "Monday to Friday works": a holiday or a working Saturday."""

    __tablename__ = "working_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    note: Mapped[str] = mapped_column(sa.String(120), default="")
