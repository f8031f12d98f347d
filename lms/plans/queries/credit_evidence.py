"""Read what proves learning: trusted issuers, credentials, papers used twice, questions to partners, their records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import Gone, NotFound
from lms.people import queries as people
from lms.plans.credit_models import CreditCase, CreditDocument, ExternalCourse, LearningSource
from lms.plans.evidence_models import (
    ConfirmationLook,
    CredentialIssuer,
    IssuerStatusList,
    PartnerConfirmation,
    PartnerKey,
)
from lms.plans.rules.duplicates import PaperFacts, SameBecause, same_paper, title_key
from lms.plans.types.credit import CaseState

__all__ = [
    "ConfirmationView",
    "CredentialView",
    "DuplicateView",
    "EvidenceNotes",
    "IssuerView",
    "PartnerKeyView",
    "QuestionView",
    "confirmation_for",
    "credential_of",
    "duplicates_of",
    "evidence_notes",
    "partner_keys",
    "sources_to_name",
    "trusted_issuers",
]

#: More papers than this are not compared one by one; a file or number that everybody has is no sign.
MOST_COMPARED = 200


@dataclass(frozen=True, slots=True)
class IssuerView:
    """A trusted issuer with the number of its status lists and the newest of them."""

    id: UUID
    issuer_id: str
    name: str
    added_at: datetime
    lists: int
    newest_list: datetime | None


@dataclass(frozen=True, slots=True)
class CredentialView:
    """What the check of a credential found."""

    result: str
    issuer: str
    issuer_name: str
    titles: tuple[str, ...]
    results: tuple[str, ...]
    issued_on: date | None
    expires_on: date | None
    is_record: bool
    has_same_course: bool


@dataclass(frozen=True, slots=True)
class DuplicateView:
    """Another case with what looks like the same paper; for staff only."""

    case_id: UUID
    number: int | None
    state: CaseState
    because: SameBecause
    is_same_person: bool
    hours_drawn: Decimal
    item_title: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question to a partner as the office sees it."""

    id: UUID
    partner: str
    question: str
    asked_at: datetime
    expires_at: datetime
    looks: int
    is_confirmed: bool | None
    comment: str
    answered_by: str
    answered_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class EvidenceNotes:
    """Everything that stands beside one document on the desk of the office."""

    credential: CredentialView | None = None
    duplicates: tuple[DuplicateView, ...] = ()
    questions: tuple[QuestionView, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmationView:
    """Exactly what a partner is asked, and nothing else of the case."""

    id: UUID
    document_id: UUID
    case_id: UUID
    school: str
    partner: str
    question: str
    person_id: UUID
    name: str
    course: str
    number: str
    issued_on: date | None
    hours: Decimal
    result: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PartnerKeyView:
    """A key of a partner's system, without the key."""

    id: UUID
    source_name: str
    created_at: datetime


def trusted_issuers(session: Session, org_ids: Iterable[UUID]) -> list[IssuerView]:
    """Return the issuers that the schools trust now, by name."""
    rows = session.execute(
        sa.select(
            CredentialIssuer, sa.func.count(IssuerStatusList.id), sa.func.max(IssuerStatusList.added_at)
        )
        .outerjoin(IssuerStatusList, IssuerStatusList.issuer_row_id == CredentialIssuer.id)
        .where(CredentialIssuer.org_id.in_(list(org_ids)), CredentialIssuer.ended_at.is_(None))
        .group_by(CredentialIssuer.id)
        .order_by(CredentialIssuer.name, CredentialIssuer.id)
    )
    return [
        IssuerView(row.id, row.issuer_id, row.name, row.added_at, lists, newest)
        for row, lists, newest in rows
    ]


def sources_to_name(session: Session, org_id: UUID) -> list[tuple[str, str]]:
    """Return the licensed sources of a school as options of a form."""
    rows = session.execute(
        sa.select(LearningSource.id, LearningSource.name)
        .where(
            sa.or_(LearningSource.org_id.is_(None), LearningSource.org_id == org_id),
            LearningSource.licence_state == "licensed",
        )
        .order_by(LearningSource.name, LearningSource.id)
    )
    return [(str(source_id), name) for source_id, name in rows]


def partner_keys(session: Session, org_ids: Iterable[UUID]) -> list[PartnerKeyView]:
    """Return the keys of partners that still open something."""
    rows = session.execute(
        sa.select(PartnerKey.id, LearningSource.name, PartnerKey.created_at)
        .join(LearningSource, LearningSource.id == PartnerKey.source_id)
        .where(PartnerKey.org_id.in_(list(org_ids)), PartnerKey.revoked_at.is_(None))
        .order_by(LearningSource.name, PartnerKey.id)
    )
    return [PartnerKeyView(*row) for row in rows]


def credential_of(row: CreditDocument) -> CredentialView | None:
    """Return what was found about a document that is a credential, or None."""
    found: dict[str, Any] = row.payload or {}
    if "proof" not in found:
        return None
    return CredentialView(
        result=str(found["result"]),
        issuer=str(found["issuer"]),
        issuer_name=row.issuer,
        titles=tuple(found["titles"]),
        results=tuple(found["results"]),
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        is_record=bool(found["is_record"]),
        has_same_course=bool(found["has_same_course"]),
    )


def evidence_notes(session: Session, case_id: UUID, at: datetime) -> dict[UUID, EvidenceNotes]:
    """Return the notes beside each document of a case, by document."""
    rows = session.scalars(
        sa.select(CreditDocument).where(
            CreditDocument.case_id == case_id, CreditDocument.removed_at.is_(None)
        )
    ).all()
    questions = _questions(session, case_id, at)
    return {
        row.id: EvidenceNotes(
            credential_of(row), tuple(duplicates_of(session, row)), tuple(questions.get(row.id, ()))
        )
        for row in rows
    }


def _questions(session: Session, case_id: UUID, at: datetime) -> dict[UUID, list[QuestionView]]:
    rows = session.execute(
        sa.select(PartnerConfirmation, sa.func.count(ConfirmationLook.id))
        .outerjoin(ConfirmationLook, ConfirmationLook.confirmation_id == PartnerConfirmation.id)
        .where(PartnerConfirmation.case_id == case_id)
        .group_by(PartnerConfirmation.id)
        .order_by(PartnerConfirmation.asked_at.desc(), PartnerConfirmation.id)
    )
    found: dict[UUID, list[QuestionView]] = {}
    for row, looks in rows:
        is_open = row.answered_at is None and row.revoked_at is None and row.expires_at > at
        view = QuestionView(
            row.id,
            row.partner,
            row.question,
            row.asked_at,
            row.expires_at,
            looks,
            row.is_confirmed,
            row.comment,
            row.answered_by,
            row.answered_at,
            is_open,
        )
        found.setdefault(row.document_id, []).append(view)
    return found


def duplicates_of(session: Session, row: CreditDocument) -> list[DuplicateView]:
    """Return the other cases whose papers look like this one, the surest first, each case once."""
    case = session.get_one(CreditCase, row.case_id)
    mine = _facts(row, case, *_names(session, row, case))
    found: dict[UUID, tuple[SameBecause, CreditCase, CreditDocument]] = {}
    for other, its_case, course, source in session.execute(_candidates(row, case)):
        because = same_paper(mine, _facts(other, its_case, course or "", source or ""))
        if because is None:
            continue
        before = found.get(its_case.id)
        if before is None or _rank(because) < _rank(before[0]):
            found[its_case.id] = (because, its_case, other)
    ordered = sorted(found.values(), key=lambda one: (_rank(one[0]), one[1].opened_at, one[1].id))
    return [
        DuplicateView(
            its.id,
            its.number,
            its.state,
            because,
            its.person_id == case.person_id,
            other.hours_drawn,
            its.item_title,
        )
        for because, its, other in ordered
    ]


def _rank(because: SameBecause) -> int:
    return list(SameBecause).index(because)


def _names(session: Session, row: CreditDocument, case: CreditCase) -> tuple[str, str]:
    course = session.get(ExternalCourse, row.course_id or case.course_id) if case.course_id else None
    source = session.get(LearningSource, row.source_id) if row.source_id else None
    return (course.title if course else ""), (source.name if source else "")


def _facts(row: CreditDocument, case: CreditCase, course: str, source: str) -> PaperFacts:
    return PaperFacts(
        case.person_id,
        title_key(source),
        title_key(course) if row.evidence is not None else "",
        row.sha256,
        row.origin,
        row.number_key,
        row.issued_on,
        row.hours,
    )


def _candidates(row: CreditDocument, case: CreditCase) -> sa.Select[Any]:
    """Return papers of other cases of the organisation that share something with this one."""
    same: list[sa.ColumnElement[bool]] = [
        sa.and_(CreditCase.person_id == case.person_id, CreditDocument.evidence.is_not(None))
    ]
    for column, value in (
        (CreditDocument.sha256, row.sha256),
        (CreditDocument.origin, row.origin),
        (CreditDocument.number_key, row.number_key),
    ):
        if value:
            same.append(column == value)
    statement = (
        sa.select(CreditDocument, CreditCase, ExternalCourse.title, LearningSource.name)
        .join(CreditCase, CreditCase.id == CreditDocument.case_id)
        .outerjoin(ExternalCourse, ExternalCourse.id == CreditDocument.course_id)
        .outerjoin(LearningSource, LearningSource.id == CreditDocument.source_id)
        .where(
            sa.or_(*same),
            CreditCase.org_id == case.org_id,
            CreditCase.id != case.id,
            CreditCase.state.not_in((CaseState.DRAFT, CaseState.WITHDRAWN)),
            CreditDocument.removed_at.is_(None),
        )
        .order_by(CreditDocument.id)
        .limit(MOST_COMPARED)
    )
    return cast(sa.Select[Any], statement)


def confirmation_for(session: Session, token: str, at: datetime) -> ConfirmationView:
    """Return what the holder of a link is asked. Raises NotFound ``credit.no_link``, Gone ``credit.link_over``."""
    row = session.scalar(
        sa.select(PartnerConfirmation).where(
            PartnerConfirmation.token_hash == hashlib.sha256(token.encode()).hexdigest()
        )
    )
    if row is None:
        raise NotFound("credit.no_link")
    document = session.get_one(CreditDocument, row.document_id)
    is_over = row.answered_at or row.revoked_at or row.expires_at <= at or document.removed_at
    case = session.get_one(CreditCase, row.case_id)
    if is_over or case.state in {CaseState.WITHDRAWN, CaseState.DRAFT}:
        raise Gone("credit.link_over")
    course = session.get(ExternalCourse, document.course_id or case.course_id) if case.course_id else None
    return ConfirmationView(
        row.id,
        document.id,
        case.id,
        people.organisation_names(session, [case.org_id])[case.org_id],
        row.partner,
        row.question,
        case.person_id,
        people.person_card(session, case.person_id).name,
        course.title if course else "",
        document.number,
        document.issued_on,
        document.hours,
        document.raw_result,
        row.expires_at,
    )
