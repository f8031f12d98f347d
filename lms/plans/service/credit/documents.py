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
from lms.plans.credit_models import CreditCase, CreditDocument
from lms.plans.rules.conversion import number_key
from lms.plans.rules.credit_states import Act, is_editable
from lms.plans.service.credit.cases import CaseStep, acting_person, certificate_of, load_case, move, unverify
from lms.plans.types.credit import CaseState, DocumentKind, ResultScale, Verification, VerificationMethod

__all__ = [
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
    accepted = uploads.accept_document(data, name, max_bytes=uow.runtime.settings.core.upload_max_bytes)
    row = _row_for(uow, case, kind)
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
    uow.session.flush()
    return row.id


def _row_for(uow: UnitOfWork, case: CreditCase, kind: DocumentKind) -> CreditDocument:
    """Return the certificate's own row, or a new one for another document."""
    if kind is DocumentKind.CERTIFICATE:
        row = certificate_of(uow, case)
        if row is None:
            raise InvalidInput("credit.certificate_first")
        return row
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
    """Take a file away while the family may still edit; what was said about the certificate stays."""
    case = load_case(uow, case_id, "credit.edit")
    if not is_editable(case.state):
        raise Conflict("credit.not_now", state=case.state.value, act="remove")
    row = _document(uow, case, document_id)
    if row.kind is DocumentKind.CERTIFICATE:
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
    return CaseStep(case.id, case.state)
