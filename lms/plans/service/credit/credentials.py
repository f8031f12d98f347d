"""Trust issuers of badges and learner records, take a credential as evidence, and check it offline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lms.core import uploads
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from lms.core.uow import UnitOfWork
from lms.people import queries as people
from lms.plans.credit_models import CreditCase, CreditDocument, ExternalCourse
from lms.plans.evidence_models import CredentialIssuer, IssuerStatusList
from lms.plans.rules.conversion import parse_amount
from lms.plans.rules.credential_files import read_credential_file, read_json
from lms.plans.rules.credential_proofs import (
    IssuerKey,
    ProofState,
    check_proof,
    key_of_did,
    keys_of_jwks,
)
from lms.plans.rules.credentials import (
    Credential,
    CredentialCheck,
    CredentialResult,
    Holder,
    StatusList,
    judge,
)
from lms.plans.rules.credit_states import is_editable
from lms.plans.rules.duplicates import title_key
from lms.plans.schemas.credentials import read_credential, read_status_list
from lms.plans.service.credit.case_inputs import documents_of
from lms.plans.service.credit.cases import acting_person, certificate_of, load_case
from lms.plans.types.credit import EvidenceKind, ResultScale, Verification, VerificationMethod

__all__ = [
    "CredentialReceipt",
    "add_status_list",
    "attach_credential",
    "check_credentials_again",
    "distrust_issuer",
    "recheck_credential",
    "trust_issuer",
]


@dataclass(frozen=True, slots=True)
class CredentialReceipt:
    """A credential taken as evidence: the document, and what the check found."""

    document_id: UUID
    result: CredentialResult


def trust_issuer(uow: UnitOfWork, *, org_id: UUID, issuer_id: str, name: str, keys: str = "") -> UUID:
    """Put an issuer on the school's list with the public keys that somebody has looked up and pasted (JWKS).

    A ``did:key`` carries its own key. Nothing is fetched. An issuer that is on the list already gets the new keys.
    Raises InvalidInput ``credit.issuer_id``, ``credit.keys_needed``, ``credit.keys_unreadable``, ``credit.keys_private``,
    ``credit.name_needed``.
    """
    uow.require("credit.manage_sources", org_id)
    address = issuer_id.strip()
    if not name.strip():
        raise InvalidInput("credit.name_needed", fields={"name": ["credit.name_needed"]})
    if not address.startswith(("did:", "https://")) or " " in address:
        raise InvalidInput("credit.issuer_id", fields={"issuer_id": ["credit.issuer_id"]})
    jwks = _pinned(address, keys)
    _end(uow, org_id, address)
    row = CredentialIssuer(
        org_id=org_id,
        issuer_id=address,
        name=name.strip(),
        keys=jwks,
        added_by=acting_person(uow),
        added_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.append_ledger(f"org:{org_id}", "plans.issuer_trusted", None, {"issuer": address, "row": row.id})
    return row.id


def _pinned(address: str, keys: str) -> dict[str, Any]:
    """Return the keys as they are kept; a did:key that names no key that can be used needs pasted ones."""
    if key_of_did(address) is not None:
        return {}
    if not keys.strip():
        raise InvalidInput("credit.keys_needed", fields={"keys": ["credit.keys_needed"]})
    try:
        jwks = read_json(keys)
        keys_of_jwks(jwks)
    except InvalidInput as error:
        code = "credit.keys_private" if error.code == "credit.keys_private" else "credit.keys_unreadable"
        raise InvalidInput(code, fields={"keys": [code]}) from None
    return jwks


def _end(uow: UnitOfWork, org_id: UUID, address: str) -> None:
    uow.session.execute(
        sa.update(CredentialIssuer)
        .where(
            CredentialIssuer.org_id == org_id,
            CredentialIssuer.issuer_id == address,
            CredentialIssuer.ended_at.is_(None),
        )
        .values(ended_at=uow.now(), ended_by=acting_person(uow))
    )


def _issuer(uow: UnitOfWork, issuer_row_id: UUID) -> CredentialIssuer:
    row = uow.session.get(CredentialIssuer, issuer_row_id)
    if row is None or not uow.can("credit.manage_sources", row.org_id):
        raise NotFound("auth.out_of_reach")
    return row


def distrust_issuer(uow: UnitOfWork, issuer_row_id: UUID) -> str:
    """Take an issuer off the list; what was checked before stays as it was. Return its name."""
    row = _issuer(uow, issuer_row_id)
    _end(uow, row.org_id, row.issuer_id)
    payload = {"issuer": row.issuer_id, "row": row.id}
    uow.append_ledger(f"org:{row.org_id}", "plans.issuer_distrusted", None, payload)
    return row.name


def add_status_list(uow: UnitOfWork, issuer_row_id: UUID, data: bytes) -> str:
    """Keep a signed list of revoked credentials that the office got from the issuer; return its address.

    Raises InvalidInput ``credit.list_unreadable``, ``credit.list_issuer``, ``credit.list_forged``.
    """
    row = _issuer(uow, issuer_row_id)
    found = read_credential_file(data)
    list_id, issuer_id, _bits = read_status_list(found)
    if issuer_id != row.issuer_id:
        raise InvalidInput("credit.list_issuer", fields={"file": ["credit.list_issuer"]})
    if check_proof(found, issuer_id, _keys(row)) is not ProofState.VALID:
        raise InvalidInput("credit.list_forged", fields={"file": ["credit.list_forged"]})
    kept = IssuerStatusList(
        issuer_row_id=row.id,
        list_id=list_id,
        content=data.decode("utf-8"),
        added_by=acting_person(uow),
        added_at=uow.now(),
    )
    uow.session.add(kept)
    uow.session.flush()
    return list_id


def attach_credential(uow: UnitOfWork, case_id: UUID, *, data: bytes, name: str) -> CredentialReceipt:
    """Take a badge or learner record as the case's certificate and check it at once.

    The file is kept as it came, encrypted under the student's key. Raises InvalidInput ``credit.credential_…``,
    ``credit.certificate_first``; TooLarge ``upload.too_large``; Conflict.
    """
    case = load_case(uow, case_id, "credit.edit")
    if not is_editable(case.state):
        raise Conflict("credit.not_now", state=case.state.value, act="attach")
    limit = uow.runtime.settings.core.upload_max_bytes
    if len(data) > limit:
        raise TooLarge("upload.too_large", max_mb=limit // (1024 * 1024))
    row = certificate_of(uow, case)
    if row is None:
        raise InvalidInput("credit.certificate_first")
    credential, check = _read_and_check(uow.session, case, data, uow)
    stored = uow.store_file(
        data,
        area="documents",
        media_type=_media_type(data),
        name=uploads.safe_name(name),
        owner=case.person_id,
        encrypt_for=case.person_id,
    )
    row.file_id, row.sha256, row.media_type = stored.id, stored.sha256, stored.media_type
    row.name, row.size_bytes = stored.name, stored.size_bytes
    row.attached_by, row.attached_at = acting_person(uow), uow.now()
    _write(uow, case, row, credential, check)
    return CredentialReceipt(row.id, check.result)


def recheck_credential(uow: UnitOfWork, case_id: UUID, document_id: UUID) -> CredentialReceipt:
    """Check a credential again after the list of issuers or a status list has changed. Raises NotFound."""
    case = load_case(uow, case_id, "credit.office")
    row = uow.session.get(CreditDocument, document_id)
    is_badge = row is not None and row.evidence is EvidenceKind.BADGE
    if row is None or row.case_id != case.id or row.removed_at is not None or not is_badge or not row.file_id:
        raise NotFound("auth.out_of_reach")
    return _checked_again(uow, case, row, row.file_id)


def check_credentials_again(uow: UnitOfWork, case: CreditCase) -> None:
    """Check what a signature has proved once more as the application is handed in: lists may have changed since."""
    for row in documents_of(uow.session, case.id):
        if row.method is VerificationMethod.SIGNATURE and row.file_id is not None:
            _checked_again(uow, case, row, row.file_id)


def _checked_again(
    uow: UnitOfWork, case: CreditCase, row: CreditDocument, file_id: UUID
) -> CredentialReceipt:
    _stored, data = uow.open_file(file_id)
    credential, check = _read_and_check(uow.session, case, data, uow)
    _write(uow, case, row, credential, check)
    return CredentialReceipt(row.id, check.result)


def _media_type(data: bytes) -> str:
    """Return the type under which the file is given back; a picture of another's making is never shown as one."""
    start = data.lstrip()[:1]
    if data.startswith(b"\x89PNG"):
        return "application/octet-stream"
    return (
        "application/json" if start == b"{" else "text/plain" if start != b"<" else "application/octet-stream"
    )


def _read_and_check(
    session: Session, case: CreditCase, data: bytes, uow: UnitOfWork
) -> tuple[Credential, CredentialCheck]:
    found = read_credential_file(data)
    credential = read_credential(found)
    row = session.scalar(
        sa.select(CredentialIssuer).where(
            CredentialIssuer.org_id == case.org_id,
            CredentialIssuer.issuer_id == credential.issuer_id,
            CredentialIssuer.ended_at.is_(None),
        )
    )
    own = key_of_did(credential.issuer_id)
    keys = _keys(row) if row is not None else (own,) if own is not None else ()
    check = judge(
        credential,
        check_proof(found, credential.issuer_id, keys),
        is_trusted=row is not None,
        lists=_lists(session, row),
        holder=_holder(session, case.person_id),
        now=uow.now(),
    )
    return credential, check


def _keys(row: CredentialIssuer) -> tuple[IssuerKey, ...]:
    own = key_of_did(row.issuer_id)
    return (own,) if own is not None else keys_of_jwks(row.keys)


def _lists(session: Session, row: CredentialIssuer | None) -> dict[str, StatusList]:
    """Return the newest list of each address."""
    if row is None:
        return {}
    rows = session.scalars(
        sa.select(IssuerStatusList)
        .join(CredentialIssuer, CredentialIssuer.id == IssuerStatusList.issuer_row_id)
        .where(CredentialIssuer.org_id == row.org_id, CredentialIssuer.issuer_id == row.issuer_id)
        .order_by(IssuerStatusList.added_at, IssuerStatusList.id)
    )
    return {kept.list_id: read_status_list(read_credential_file(kept.content.encode()))[2] for kept in rows}


def _holder(session: Session, person_id: UUID) -> Holder:
    card = people.person_card(session, person_id)
    turned = " ".join(reversed(card.short_name.split(" ")))
    names = (card.name, card.short_name, turned) if card.name != card.code else ()
    emails = people.email_addresses(session, person_id)
    return Holder(names=names, emails=emails, ids=(card.code, str(card.id)))


def _write(
    uow: UnitOfWork, case: CreditCase, row: CreditDocument, credential: Credential, check: CredentialCheck
) -> None:
    """Write what the check found into the evidence; only "verified" and "forged" are settled without people."""
    row.evidence = EvidenceKind.BADGE
    row.course_id = case.course_id
    row.origin, row.issuer = credential.id[:200], (credential.issuer_name or credential.issuer_id)[:200]
    row.status, row.holder = check.status, check.holder
    row.issued_on = _day(credential) or row.issued_on
    row.expires_on = credential.valid_until.date() if credential.valid_until else None
    row.payload = {
        "result": check.result.value,
        "proof": check.proof.value,
        "issuer": credential.issuer_id,
        "id": credential.id,
        "titles": list(credential.titles[:20]),
        "results": list(credential.results[:20]),
        "is_record": credential.is_record,
        "has_same_course": _says_the_same(uow.session, row, credential),
    }
    is_refuted = check.verification is Verification.REJECTED
    is_proved = check.verification is Verification.VERIFIED and row.payload["has_same_course"]
    is_settled = is_proved or is_refuted
    row.verification = check.verification if is_settled else Verification.UNVERIFIED
    row.method = VerificationMethod.SIGNATURE if is_settled else None
    row.verified_by, row.verified_at = None, uow.now() if is_settled else None
    row.verification_note = ""
    uow.session.flush()
    payload = {"document": row.id, "sha256": row.sha256, "result": check.result.value}
    ref = BasisRef("plans.credit_case", case.id)
    uow.append_ledger(f"org:{case.org_id}", "plans.credential_checked", case.person_id, payload, [ref])


def _says_the_same(session: Session, row: CreditDocument, credential: Credential) -> bool:
    """Tell whether the credential is about the course of the case, and about the result that the family wrote down.

    A genuine badge of another course, or one that states no result, is no proof of what was typed: people look at it.
    """
    course = session.get(ExternalCourse, row.course_id) if row.course_id else None
    is_course = course is not None and title_key(course.title) in {title_key(t) for t in credential.titles}
    is_pass = row.scale is ResultScale.PASS_FAIL
    typed = parse_amount(row.raw_result)
    is_result = is_pass or (typed is not None and typed in {parse_amount(r) for r in credential.results})
    return is_course and is_result and course is not None and row.hours <= course.hours


def _day(credential: Credential) -> date | None:
    return credential.valid_from.date() if credential.valid_from else None
