"""Take results from partners' own systems, and let a family use what is known already instead of a photograph."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.plans.credit_models import ExternalCourse, LearningSource
from lms.plans.evidence_models import PartnerKey, PartnerRecord
from lms.plans.rules.conversion import convert
from lms.plans.service.credit.cases import acting_person
from lms.plans.types.credit import LicenceState

__all__ = [
    "NewKey",
    "RecordReceipt",
    "RecordValue",
    "issue_partner_key",
    "receive_record",
    "revoke_partner_key",
]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key; it is shown once and kept nowhere."""

    key_id: UUID
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordValue:
    """A result as a partner sends it."""

    student_code: str
    course_id: UUID
    number: str
    issued_on: date
    hours: Decimal
    result: str


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """What was kept."""

    record_id: UUID
    is_new: bool


def issue_partner_key(uow: UnitOfWork, *, org_id: UUID, source_id: UUID) -> NewKey:
    """Make a key for a partner's system; its earlier key ends. Raises NotFound ``credit.no_source``."""
    uow.require("credit.manage_sources", org_id)
    source = uow.session.get(LearningSource, source_id)
    if source is None or source.org_id not in {None, org_id} or source.licence_state != LicenceState.LICENSED:
        raise NotFound("credit.no_source")
    _end(uow, org_id, source_id)
    token = secrets.token_urlsafe(32)
    row = PartnerKey(
        org_id=org_id,
        source_id=source_id,
        token_hash=_hash(token),
        created_by=acting_person(uow),
        created_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.append_ledger(f"org:{org_id}", "plans.partner_key_issued", None, {"key": row.id, "source": source_id})
    return NewKey(row.id, token)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _end(uow: UnitOfWork, org_id: UUID, source_id: UUID) -> None:
    uow.session.execute(
        sa.update(PartnerKey)
        .where(
            PartnerKey.org_id == org_id, PartnerKey.source_id == source_id, PartnerKey.revoked_at.is_(None)
        )
        .values(revoked_at=uow.now())
    )


def revoke_partner_key(uow: UnitOfWork, key_id: UUID) -> None:
    """End a partner's key; what it has sent stays. Raises NotFound."""
    row = uow.session.get(PartnerKey, key_id)
    if row is None or not uow.can("credit.manage_sources", row.org_id):
        raise NotFound("auth.out_of_reach")
    _end(uow, row.org_id, row.source_id)
    uow.append_ledger(f"org:{row.org_id}", "plans.partner_key_revoked", None, {"key": row.id})


def receive_record(uow: UnitOfWork, token: str, value: RecordValue) -> RecordReceipt:
    """Keep a result that a partner's system sends; the same once more is the same record.

    Whoever holds the key may. Raises NotAuthenticated ``credit.partner_key``, NotFound ``credit.no_course``,
    ``credit.no_student`` (not told apart from one of another school), InvalidInput, Conflict ``credit.record_differs``.
    """
    key = uow.session.scalar(
        sa.select(PartnerKey).where(PartnerKey.token_hash == _hash(token), PartnerKey.revoked_at.is_(None))
    )
    if key is None:
        raise NotAuthenticated("credit.partner_key")
    course = uow.session.get(ExternalCourse, value.course_id)
    if course is None or course.source_id != key.source_id:
        raise NotFound("credit.no_course")
    person_id = people.student_by_code(uow.session, key.org_id, value.student_code, uow.now())
    if person_id is None:
        raise NotFound("credit.no_student")
    _check(uow, value, course)
    digest = _digest(person_id, value)
    uow.lock("partner_key", key.id)
    before = _record(uow, key, value.number)
    if before is not None:
        if before.digest != digest:
            raise Conflict("credit.record_differs")
        return RecordReceipt(before.id, is_new=False)
    row = PartnerRecord(
        org_id=key.org_id,
        source_id=key.source_id,
        key_id=key.id,
        course_id=course.id,
        person_id=person_id,
        number=value.number.strip(),
        issued_on=value.issued_on,
        hours=value.hours,
        raw_result=value.result.strip(),
        digest=digest,
        received_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    payload = {"record": row.id, "source": key.source_id, "digest": digest}
    ref = BasisRef("plans.partner_record", row.id)
    uow.append_ledger(f"org:{key.org_id}", "plans.partner_record_received", person_id, payload, [ref])
    return RecordReceipt(row.id, is_new=True)


def _check(uow: UnitOfWork, value: RecordValue, course: ExternalCourse) -> None:
    if value.issued_on > uow.today():
        raise InvalidInput("credit.date_future", fields={"issued_on": ["credit.date_future"]})
    if convert(value.result, course.scale, course.scale_max, Decimal(0)).share is None:
        raise InvalidInput("credit.result_unreadable", fields={"result": ["credit.result_unreadable"]})


def _record(uow: UnitOfWork, key: PartnerKey, number: str) -> PartnerRecord | None:
    return uow.session.scalar(
        sa.select(PartnerRecord).where(
            PartnerRecord.org_id == key.org_id,
            PartnerRecord.source_id == key.source_id,
            PartnerRecord.number == number.strip(),
        )
    )


def _digest(person_id: UUID, value: RecordValue) -> str:
    body = [
        str(person_id),
        str(value.course_id),
        value.number.strip(),
        value.issued_on.isoformat(),
        format(value.hours.normalize(), "f"),
        value.result.strip(),
    ]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()
