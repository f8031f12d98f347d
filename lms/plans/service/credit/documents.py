"""Attach, remove, open and verify the documents of a case."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from lms.core import uploads
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.plans.credit_models import CreditCase, CreditDocument, ExternalCourse
from lms.plans.rules.conversion import number_key
from lms.plans.rules.credit_states import Act, is_editable
from lms.plans.service.credit import notices
from lms.plans.service.credit.cases import (
    CaseStep,
    CertificateValue,
    acting_person,
    certificate_of,
    check_certificate,
    load_case,
    move,
    unverify,
    write_certificate,
)
from lms.plans.service.credit.sources import get_source
from lms.plans.types.credit import CaseState, DocumentKind, ResultScale, Verification, VerificationMethod

__all__ = [
    "add_certificate",
    "ask_family",
    "attach_evidence",
    "open_evidence",
    "remove_evidence",
    "start_verification",
    "verify_evidence",
]

MOST_DOCUMENTS = 10


def attach_evidence(uow: UnitOfWork, case_id: UUID, *, kind: DocumentKind, data: bytes, name: str) -> UUID:
    """Store a PDF or picture as a document of the case, encrypted under the student's key; return its id.

    Raises InvalidInput ``upload.empty``, ``upload.not_pdf_or_picture``, ``credit.certificate_first``,
    ``credit.too_many_documents``; TooLarge ``upload.too_large``; Conflict.
    """
    case = load_case(uow, case_id, "credit.edit")
    if not is_editable(case.state):
        raise Conflict("credit.not_now", state=case.state.value, act="attach")
    row = _row_for(uow, case, kind)
    _put_file(uow, case, row, data, name)
    uow.session.flush()
    return row.id


def add_certificate(
    uow: UnitOfWork, case_id: UUID, *, course_id: UUID, value: CertificateValue, data: bytes, name: str
) -> UUID:
    """Add the certificate of one more course that the school knows, with its file; return its id.

    Raises NotFound ``credit.no_course``, InvalidInput ``credit.certificate`` with fields, ``credit.certificate_first``,
    ``credit.too_many_documents`` and what an upload raises; Conflict.
    """
    case = load_case(uow, case_id, "credit.edit")
    if not is_editable(case.state):
        raise Conflict("credit.not_now", state=case.state.value, act="attach")
    if certificate_of(uow, case) is None:
        raise InvalidInput("credit.certificate_first")
    course = uow.session.get(ExternalCourse, course_id)
    if course is None or not course.is_listed:
        raise NotFound("credit.no_course")
    get_source(uow, course.source_id, case.org_id)
    check_certificate(value, course, uow.today())
    row = _new_row(uow, case, DocumentKind.CERTIFICATE)
    write_certificate(row, course, value)
    _put_file(uow, case, row, data, name)
    uow.session.flush()
    return row.id


def _put_file(uow: UnitOfWork, case: CreditCase, row: CreditDocument, data: bytes, name: str) -> None:
    """Store a PDF or picture under the student's key; nobody has checked it yet."""
    accepted = uploads.accept_document(data, name, max_bytes=uow.runtime.settings.core.upload_max_bytes)
    stored = uow.store_file(
        accepted.data,
        area="documents",
        media_type=accepted.media_type,
        name=accepted.name,
        owner=case.person_id,
        encrypt_for=case.person_id,
    )
    row.file_id = stored.id
    row.sha256, row.media_type = stored.sha256, stored.media_type
    row.name, row.size_bytes = stored.name, stored.size_bytes
    row.attached_by, row.attached_at = acting_person(uow), uow.now()
    unverify(row)


def _row_for(uow: UnitOfWork, case: CreditCase, kind: DocumentKind) -> CreditDocument:
    """Return the certificate's own row, or a new one for another document."""
    if kind is DocumentKind.CERTIFICATE:
        row = certificate_of(uow, case)
        if row is None:
            raise InvalidInput("credit.certificate_first")
        return row
    return _new_row(uow, case, kind)


def _new_row(uow: UnitOfWork, case: CreditCase, kind: DocumentKind) -> CreditDocument:
    count = uow.session.scalar(
        sa.select(sa.func.count())
        .select_from(CreditDocument)
        .where(CreditDocument.case_id == case.id, CreditDocument.removed_at.is_(None))
    )
    if (count or 0) >= MOST_DOCUMENTS:
        raise InvalidInput("credit.too_many_documents", most=MOST_DOCUMENTS)
    row = CreditDocument(
        case_id=case.id,
        kind=kind,
        source_id=case.source_id,
        scale=ResultScale.POINTS,
        hours=Decimal(0),
        hours_drawn=Decimal(0),
        attached_by=acting_person(uow),
        attached_at=uow.now(),
        verification=Verification.UNVERIFIED,
    )
    uow.session.add(row)
    return row


def _document(uow: UnitOfWork, case: CreditCase, document_id: UUID) -> CreditDocument:
    row = uow.session.get(CreditDocument, document_id)
    if row is None or row.case_id != case.id or row.removed_at is not None:
        raise NotFound("auth.out_of_reach")
    return row


def remove_evidence(uow: UnitOfWork, case_id: UUID, document_id: UUID) -> CaseStep:
    """Take a document away while the family may still edit; what was said about the first certificate stays."""
    case = load_case(uow, case_id, "credit.edit")
    if not is_editable(case.state):
        raise Conflict("credit.not_now", state=case.state.value, act="remove")
    row = _document(uow, case, document_id)
    first = certificate_of(uow, case)
    if first is not None and row.id == first.id:
        row.file_id = None
        row.sha256, row.name, row.size_bytes, row.media_type = "", "", 0, ""
    else:
        row.removed_at = uow.now()
    unverify(row)
    return CaseStep(case.id, case.state)


def open_evidence(uow: UnitOfWork, case_id: UUID, document_id: UUID) -> tuple[StoredFile, bytes]:
    """Return a document's file, plain; whoever is not the student leaves a line in the access log."""
    case = load_case(uow, case_id, "credit.view")
    row = _document(uow, case, document_id)
    if row.file_id is None:
        raise NotFound("file.missing")
    uow.log_access("credit.view", case.person_id, "credit_document", row.id, outcome="shown")
    return uow.open_file(row.file_id)


def start_verification(uow: UnitOfWork, case_id: UUID) -> CaseStep:
    """Take a submitted case up, so that the family sees that somebody works on it; harmless when repeated."""
    case = load_case(uow, case_id, "credit.office")
    if case.state is CaseState.SUBMITTED:
        move(case, Act.TAKE_UP)
    return CaseStep(case.id, case.state)


def verify_evidence(
    uow: UnitOfWork,
    case_id: UUID,
    document_id: UUID,
    *,
    verdict: Verification,
    note: str,
    number: str = "",
    has_no_number: bool = False,
) -> CaseStep:
    """Record what the office found out about a document, and how.

    A certificate is verified together with its number, by which it is known again (C2), or with the statement that it
    bears none. Raises InvalidInput ``credit.note_needed`` (how it was checked, or why it was rejected),
    ``credit.number_needed``, Conflict; Forbidden ``credit.not_impartial`` (C8).
    """
    case = load_case(uow, case_id, "credit.office")
    row = _document(uow, case, document_id)
    if verdict is Verification.UNVERIFIED or not note.strip():
        raise InvalidInput("credit.note_needed", fields={"note": ["credit.note_needed"]})
    _read_number(row, verdict, number, has_no_number=has_no_number)
    move(case, Act.TAKE_UP)
    row.verification, row.verification_note = verdict, note.strip()
    row.method, row.verified_by, row.verified_at = VerificationMethod.OFFICE, acting_person(uow), uow.now()
    payload = {
        "document": row.id,
        "sha256": row.sha256,
        "verdict": verdict.value,
        "source": case.source_id,
        "course": case.course_id,
        "number_key": row.number_key,
    }
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", "plans.evidence_verified", case.person_id, payload, [ref])
    return CaseStep(case.id, case.state)


def _read_number(row: CreditDocument, verdict: Verification, number: str, *, has_no_number: bool) -> None:
    """Keep the number that the office reads on a certificate; the family may have left it out."""
    if row.kind is not DocumentKind.CERTIFICATE:
        return
    if number.strip():
        row.number, row.number_key = number.strip(), number_key(number)
    if verdict is Verification.VERIFIED and not row.number_key and not has_no_number:
        raise InvalidInput("credit.number_needed", fields={"number": ["credit.number_needed"]})


def ask_family(uow: UnitOfWork, case_id: UUID, question: str) -> CaseStep:
    """Ask the family to complete the application; raise InvalidInput ``credit.question_needed``, Conflict."""
    case = load_case(uow, case_id, "credit.office")
    if not question.strip():
        raise InvalidInput("credit.question_needed", fields={"question": ["credit.question_needed"]})
    if case.state is CaseState.SUBMITTED:
        move(case, Act.TAKE_UP)
    move(case, Act.ASK)
    case.question, case.asked_at = question.strip(), uow.now()
    notices.tell_family(uow, notices.ASKED, notices.asking_ref(case), case)
    return CaseStep(case.id, case.state)
