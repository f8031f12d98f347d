"""Tables about what proves learning by itself: trusted issuers, partners who are asked, records that partners send.

What a partner was asked, saw and answered is a fact: rows are added, and closed once.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Base, JsonText
from lms.core.ids import new_id

__all__ = [
    "ConfirmationLook",
    "CredentialIssuer",
    "IssuerStatusList",
    "PartnerConfirmation",
    "PartnerKey",
    "PartnerRecord",
]

Hours = sa.Numeric(7, 2, asdecimal=True)


class CredentialIssuer(Base):
    """An issuer of credentials whom a school trusts, with the public keys that the school has pinned."""

    __tablename__ = "credential_issuer"
    __table_args__ = (sa.Index("ix_credential_issuer_org", "org_id", "issuer_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    issuer_id: Mapped[str] = mapped_column(sa.String(600))
    name: Mapped[str] = mapped_column(sa.String(200))
    keys: Mapped[dict[str, Any]] = mapped_column(JsonText)
    added_by: Mapped[UUID]
    added_at: Mapped[datetime]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]


class IssuerStatusList(Base):
    """A signed list of revoked credentials that the office has put in; the newest of an address counts."""

    __tablename__ = "issuer_status_list"
    __table_args__ = (sa.Index("ix_issuer_status_list_address", "issuer_row_id", "list_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    issuer_row_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credential_issuer.id"))
    list_id: Mapped[str] = mapped_column(sa.String(600))
    content: Mapped[str] = mapped_column(sa.Text)
    added_by: Mapped[UUID]
    added_at: Mapped[datetime]


class PartnerConfirmation(Base):
    """A question to the office that issued a document, behind a link that answers once; only its hash is kept."""

    __tablename__ = "partner_confirmation"
    __table_args__ = (
        sa.CheckConstraint("(answered_at IS NULL) = (is_confirmed IS NULL)", "answered"),
        sa.Index("ix_partner_confirmation_document", "document_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_case.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(sa.ForeignKey("credit_document.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    partner: Mapped[str] = mapped_column(sa.String(200))
    question: Mapped[str] = mapped_column(sa.String(1000), default="")
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    is_confirmed: Mapped[bool | None]
    comment: Mapped[str] = mapped_column(sa.String(1000), default="")
    answered_by: Mapped[str] = mapped_column(sa.String(200), default="")
    answered_at: Mapped[datetime | None]


class ConfirmationLook(Base):
    """One opening of a partner's link."""

    __tablename__ = "confirmation_look"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    confirmation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("partner_confirmation.id"), index=True)
    at: Mapped[datetime]


class PartnerKey(Base):
    """A key with which a partner's own system sends results; only its hash is kept."""

    __tablename__ = "partner_key"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    source_id: Mapped[UUID] = mapped_column(sa.ForeignKey("learning_source.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PartnerRecord(Base):
    """A result of a student as the partner's own system has sent it: who, which course, when, how many hours, how well."""

    __tablename__ = "partner_record"
    __table_args__ = (
        sa.UniqueConstraint("source_id", "org_id", "number"),
        sa.CheckConstraint("hours > 0", "hours"),
        sa.Index("ix_partner_record_person", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    org_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    source_id: Mapped[UUID] = mapped_column(sa.ForeignKey("learning_source.id"))
    key_id: Mapped[UUID] = mapped_column(sa.ForeignKey("partner_key.id"))
    course_id: Mapped[UUID] = mapped_column(sa.ForeignKey("external_course.id"))
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    number: Mapped[str] = mapped_column(sa.String(80))
    issued_on: Mapped[date]
    hours: Mapped[Decimal] = mapped_column(Hours)
    raw_result: Mapped[str] = mapped_column(sa.String(80))
    digest: Mapped[str] = mapped_column(sa.String(64))
    received_at: Mapped[datetime]
