"""Take a consent's qualified signature: checked here where that is possible, else with what an accredited service says.

Whoever may check signatures answers through `SIGNATURE_CHECKS`. What can be seen to be wrong here is refused in spite of
any report; what cannot be checked here counts with a report only. The very text that was signed is kept beside it.
"""

from __future__ import annotations

from uuid import UUID

from lms.core import uploads
from lms.core.errors import InvalidInput
from lms.core.models import StoredFile
from lms.core.uow import UnitOfWork
from lms.people import queries
from lms.people.models import Consent
from lms.people.ports import SIGNATURE_CHECKS, CheckedSignature
from lms.people.types import SignatureWorth

__all__ = ["keep_paper", "take_signature"]

#: What no report mends: it can be seen here that this is not the giver's signature under this text.
_WRONG = frozenset(
    {
        SignatureWorth.FORGED,
        SignatureWorth.OTHER_CONTENT,
        SignatureWorth.REVOKED,
        SignatureWorth.OF_ANOTHER,
    }
)


def take_signature(
    uow: UnitOfWork, consent: Consent, signature: tuple[bytes, str], report: tuple[bytes, str]
) -> StoredFile:
    """Check and keep a signature under a consent, with its text and its report; return the stored signature.

    Raises InvalidInput ``people.signature_…`` with the field ``document``, or ``report`` where one is missing.
    """
    text = queries.consent_to_sign(uow.session, consent.id)
    data, name = signature
    if not data or len(data) > uow.runtime.settings.core.upload_max_bytes:
        _refuse("people.signature_unreadable")
    found = _check(uow, consent, data, text)
    is_checked = found.worth is SignatureWorth.VALID
    if found.worth in _WRONG or not (is_checked or report[0]):
        _refuse(f"people.signature_{found.worth.value}")
    if not is_checked:
        consent.report_file_id = keep_paper(uow, consent, *report, field="report").id
    consent.signed_text_file_id = _keep(uow, consent, text, "text/plain", "consent.txt").id
    consent.certificate = {**found.certificate, "checked": "here" if is_checked else "report"}
    return _keep(uow, consent, data, "application/pkcs7-signature", uploads.safe_name(name))


def keep_paper(
    uow: UnitOfWork, consent: Consent, data: bytes, name: str, field: str = "document"
) -> StoredFile:
    """Keep a PDF or picture that belongs to a consent, encrypted for whom it is about; return the stored file."""
    try:
        accepted = uploads.accept_document(data, name, max_bytes=uow.runtime.settings.core.upload_max_bytes)
    except InvalidInput as refused:
        raise InvalidInput(refused.code, fields={field: [refused.code]}, **refused.params) from None
    return _keep(uow, consent, accepted.data, accepted.media_type, accepted.name)


def _check(uow: UnitOfWork, consent: Consent, signature: bytes, text: bytes) -> CheckedSignature:
    card = queries.person_card(uow.session, consent.given_by)
    signer = "" if card.name == card.code else card.name
    for way in uow.plugins(SIGNATURE_CHECKS):
        return way.check(uow, consent.org_id, signature, text, signer)
    return CheckedSignature(SignatureWorth.UNCHECKED)


def _refuse(code: str) -> None:
    raise InvalidInput(code, fields={"document": [code]})


def _keep(uow: UnitOfWork, consent: Consent, data: bytes, media_type: str, name: str) -> StoredFile:
    owner: UUID = consent.subject_id
    return uow.store_file(
        data, area="consent", media_type=media_type, name=name, owner=owner, encrypt_for=owner
    )
