"""Keep the agreements with partners of the school: conclude, find the one that covers a result, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.plans.credit_models import (
    CreditCase,
    CreditDocument,
    ExternalCourse,
    LearningSource,
    NetworkAgreement,
    NetworkAgreementCourse,
)
from lms.plans.types.credit import AgreementStanding, LicenceState

__all__ = ["AgreementValue", "agreement_for", "conclude_agreement", "revoke_agreement", "standing_of"]


@dataclass(frozen=True, slots=True)
class AgreementValue:
    """What an agreement says: the partner, the term, the scope; an empty list means all of them."""

    source_id: UUID
    number: str
    signed_on: date
    valid_from: date
    valid_to: date | None = None
    is_automatic: bool = False
    subjects: tuple[str, ...] = ()
    grades: tuple[int, ...] = ()
    course_ids: tuple[UUID, ...] = ()
    note: str = ""


def conclude_agreement(uow: UnitOfWork, *, org_id: UUID, value: AgreementValue) -> UUID:
    """Put an agreement with a licensed partner on record; return its id.

    Raises InvalidInput ``credit.agreement`` with the fields that are wrong, Conflict ``credit.agreement_number``.
    """
    uow.require("credit.approve_rule", org_id)
    source = uow.session.get(LearningSource, value.source_id)
    if source is None or source.org_id not in (None, org_id):
        raise NotFound("credit.no_source")
    _check(uow.session, source, value)
    same = sa.select(NetworkAgreement.id).where(
        NetworkAgreement.org_id == org_id, NetworkAgreement.number == value.number.strip()
    )
    if uow.session.scalar(same) is not None:
        raise InvalidInput("credit.agreement", fields={"number": ["credit.agreement_number"]})
    row = NetworkAgreement(
        org_id=org_id,
        source_id=source.id,
        number=value.number.strip(),
        signed_on=value.signed_on,
        valid_from=value.valid_from,
        valid_to=value.valid_to,
        is_automatic=value.is_automatic,
        subjects=sorted(set(value.subjects)),
        grades=sorted(set(value.grades)),
        note=value.note.strip(),
        created_by=uow.actor.person_id,
        created_at=uow.now(),
    )
    row.courses = [NetworkAgreementCourse(course_id=one) for one in dict.fromkeys(value.course_ids)]
    uow.session.add(row)
    uow.session.flush()
    payload = {"agreement": row.id, "number": row.number, "source": source.id, "automatic": row.is_automatic}
    uow.append_ledger(f"org:{org_id}", "plans.agreement_concluded", None, payload)
    return row.id


def _check(session: Session, source: LearningSource, value: AgreementValue) -> None:
    fields: dict[str, list[str]] = {}
    if source.licence_state is not LicenceState.LICENSED:
        fields["source_id"] = ["credit.agreement_licence"]
    if not value.number.strip():
        fields["number"] = ["credit.agreement_number_needed"]
    if value.valid_to is not None and value.valid_to < value.valid_from:
        fields["valid_to"] = ["credit.term"]
    if value.course_ids and not _are_of(session, source.id, value.course_ids):
        fields["course_ids"] = ["credit.no_course"]
    if fields:
        raise InvalidInput("credit.agreement", fields=fields)


def _are_of(session: Session, source_id: UUID, ids: Sequence[UUID]) -> bool:
    statement = sa.select(sa.func.count()).where(
        ExternalCourse.id.in_(sorted(set(ids))), ExternalCourse.source_id == source_id
    )
    return session.scalar(statement) == len(set(ids))


def revoke_agreement(uow: UnitOfWork, agreement_id: UUID, reason: str) -> None:
    """End an agreement now: what was decided under it stays, what waits is compared by people.

    Raises NotFound ``credit.no_agreement``, InvalidInput ``credit.revoke_reason``, Conflict ``credit.agreement_over``.
    """
    row = uow.session.get(NetworkAgreement, agreement_id, with_for_update=True)
    if row is None:
        raise NotFound("credit.no_agreement")
    uow.require("credit.approve_rule", row.org_id)
    if not reason.strip():
        raise InvalidInput("credit.revoke_reason", fields={"reason": ["credit.revoke_reason"]})
    if row.revoked_at is not None:
        raise Conflict("credit.agreement_over")
    row.revoked_by, row.revoked_at = uow.actor.person_id, uow.now()
    row.revoked_reason = reason.strip()
    payload = {"agreement": row.id, "number": row.number, "reason": row.revoked_reason}
    uow.append_ledger(f"org:{row.org_id}", "plans.agreement_revoked", None, payload)


def agreement_for(
    session: Session, case: CreditCase, document: CreditDocument, day: date
) -> NetworkAgreement | None:
    """Return the agreement that recognises this result by itself on ``day``, or None.

    The partner, the subject, the grade and the course must be within its scope, the day within its term and so the day
    on which the result was earned; and nobody may have revoked it by now.
    """
    standing, row = standing_of(session, case, document, day)
    return row if standing is AgreementStanding.COVERS else None


def standing_of(
    session: Session, case: CreditCase, document: CreditDocument, day: date
) -> tuple[AgreementStanding, NetworkAgreement | None]:
    """Return how the school's agreements with a partner stand to a result, and the one that comes nearest to covering it."""
    rows = session.scalars(
        sa.select(NetworkAgreement)
        .where(NetworkAgreement.org_id == case.org_id, NetworkAgreement.source_id == document.source_id)
        .order_by(NetworkAgreement.id)
    ).all()
    admission = people.current_admission(session, case.person_id, day)
    grade = admission.grade if admission is not None else None
    order = list(AgreementStanding)
    earned = document.issued_on or day
    judged = [(_standing(row, case.subject, grade, document.course_id, (earned, day)), row) for row in rows]
    return min(judged, key=lambda one: order.index(one[0]), default=(AgreementStanding.NONE, None))


def _standing(
    row: NetworkAgreement, subject: str, grade: int | None, course_id: UUID | None, days: tuple[date, date]
) -> AgreementStanding:
    """Return how an agreement stands to a result of the first of ``days`` that was handed in on the second."""
    if row.revoked_at is not None:
        return AgreementStanding.REVOKED
    if min(days) < row.valid_from or (row.valid_to is not None and max(days) > row.valid_to):
        return AgreementStanding.TERM
    if not _covers(row, subject, grade, course_id):
        return AgreementStanding.SCOPE
    return AgreementStanding.COVERS if row.is_automatic else AgreementStanding.BY_PEOPLE


def _covers(row: NetworkAgreement, subject: str, grade: int | None, course_id: UUID | None) -> bool:
    courses = {one.course_id for one in row.courses}
    return (
        (not row.subjects or subject in row.subjects)
        and (not row.grades or grade in row.grades)
        and (not courses or course_id in courses)
    )
