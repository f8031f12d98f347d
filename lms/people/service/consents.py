"""Record the legal basis of biometrics and keep consents: one consent, one purpose, one signed document.

Biometrics are off until the organisation records its legal basis (152-ФЗ art. 11, 572-ФЗ), adults and minors apart.
A consent is given by a parent for a minor, in writing: staff attach the signed paper or a file with a qualified
signature. Withdrawal stops processing and destroys what rests on it in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from lms.core import uploads, vault
from lms.core.contracts import BasisRef
from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.people import queries
from lms.people.models import BiometricBasis, Consent
from lms.people.ports import CONSENT_DEPENDENTS
from lms.people.service.consent_signatures import keep_paper, take_signature
from lms.people.types import ConsentMethod, ConsentPurpose, ConsentState, Relation

__all__ = [
    "CONSENT_TEXTS",
    "ConsentReach",
    "attach_signed_consent",
    "prepare_consent",
    "record_basis",
    "revoke_basis",
    "withdraw_consent",
]

#: The version of the printed text for each purpose; the words stand in templates/people/consents/text.html.
CONSENT_TEXTS = {
    ConsentPurpose.BIOMETRICS: "biometrics-2",
    ConsentPurpose.PERSONAL_DATA: "personal-data-1",
    ConsentPurpose.RECORDING: "recording-1",
}

#: Ways of signing that are written consent; a click alone is not.
WRITTEN = frozenset({ConsentMethod.PAPER_SCAN, ConsentMethod.QUALIFIED})


@dataclass(frozen=True, slots=True)
class ConsentReach:
    """Whose consents are touched, in which organisation, and when: what the permission's relation looks at."""

    id: UUID
    org_id: UUID
    at: datetime

    @property
    def person_id(self) -> UUID:
        """Return whose record is asked for: the access log names them."""
        return self.id


def record_basis(
    uow: UnitOfWork,
    *,
    org_id: UUID,
    covers: str,
    text: str,
    document: bytes | None = None,
    document_name: str = "",
) -> UUID:
    """Record the legal basis for biometrics of ``minors`` or ``adults`` and so switch them on.

    Raises InvalidInput ``people.basis_covers`` or ``people.basis_text``; the document is a PDF or picture.
    """
    uow.require("people.record_basis", org_id)
    if covers not in {"minors", "adults"}:
        raise InvalidInput("people.basis_covers", fields={"covers": ["people.basis_covers"]})
    if len(text.strip()) < 20:
        raise InvalidInput("people.basis_text", fields={"text": ["people.basis_text"]})
    for old in _living_bases(uow, org_id, covers):
        old.revoked_at = uow.now()  # the newer record takes its place; biometrics stay on
    file_id = None
    if document:
        accepted = uploads.accept_document(document, document_name, max_bytes=_limit(uow))
        file_id = uow.store_file(
            accepted.data, area="basis", media_type=accepted.media_type, name=accepted.name
        ).id
    row = BiometricBasis(
        org_id=org_id,
        covers=covers,
        text=text.strip(),
        document_file_id=file_id,
        recorded_by=_actor_id(uow),
        recorded_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.append_ledger(f"org:{org_id}", "people.biometric_basis", None, {"basis": row.id, "covers": covers})
    return row.id


def revoke_basis(uow: UnitOfWork, basis_id: UUID) -> int:
    """Switch biometrics off again and destroy the samples that rested on the basis; return how many persons' were."""
    row = uow.session.get(BiometricBasis, basis_id)
    if row is None:
        raise NotFound("people.no_basis")
    uow.require("people.record_basis", row.org_id)
    if row.revoked_at is not None:
        return 0
    row.revoked_at = uow.now()
    uow.append_ledger(f"org:{row.org_id}", "people.biometric_basis_revoked", None, {"basis": row.id})
    consents = uow.session.scalars(
        sa.select(Consent).where(
            Consent.org_id == row.org_id,
            Consent.purpose == ConsentPurpose.BIOMETRICS,
            Consent.state == ConsentState.ACTIVE,
        )
    ).all()
    ended = 0
    for consent in consents:
        if queries.is_minor(uow.session, consent.subject_id, uow.today()) == (row.covers == "minors"):
            consent.state = ConsentState.EXPIRED
            _stop_processing(uow, consent, "basis_revoked")
            ended += 1
    return ended


def prepare_consent(
    uow: UnitOfWork, *, subject_id: UUID, org_id: UUID, given_by: UUID, purpose: ConsentPurpose
) -> UUID:
    """Draft a consent to be printed and signed; a draft permits nothing.

    Raises InvalidInput ``people.consent_giver`` when the person may not consent for the subject, and Conflict
    ``people.consent_exists`` when one is active.
    """
    uow.require("people.manage_consents", ConsentReach(subject_id, org_id, uow.now()))
    if given_by not in may_consent(uow, subject_id):
        raise InvalidInput("people.consent_giver", fields={"given_by": ["people.consent_giver"]})
    if queries.active_consent(uow.session, subject_id, purpose, uow.now()) is not None:
        raise Conflict("people.consent_exists")
    draft = uow.session.scalar(
        sa.select(Consent).where(
            Consent.subject_id == subject_id,
            Consent.purpose == purpose,
            Consent.given_by == given_by,
            Consent.state == ConsentState.DRAFT,
        )
    )
    if draft is None:
        draft = Consent(
            subject_id=subject_id,
            given_by=given_by,
            org_id=org_id,
            purpose=purpose,
            text_version=CONSENT_TEXTS[purpose],
            method=ConsentMethod.PAPER_SCAN,
            state=ConsentState.DRAFT,
            given_at=uow.now(),
        )
        uow.session.add(draft)
        uow.session.flush()
    return draft.id


def may_consent(uow: UnitOfWork, subject_id: UUID) -> list[UUID]:
    """Return who may consent for the subject now: the parents of a minor, otherwise the person."""
    if queries.is_minor(uow.session, subject_id, uow.today()):
        return queries.guardians_of(uow.session, subject_id, uow.now(), Relation.GUARDIAN_CONSENT)
    return [subject_id]


def attach_signed_consent(
    uow: UnitOfWork,
    consent_id: UUID,
    *,
    document: bytes,
    document_name: str,
    method: ConsentMethod,
    report: tuple[bytes, str] = (b"", ""),
) -> None:
    """Attach the signed document; from now on the consent is active.

    With a qualified signature the document is the file of the signature under `queries.consent_to_sign`; ``report`` is
    what an accredited service says of one that cannot be checked here. Raises InvalidInput ``people.consent_method`` for
    a mere click, ``people.signature_…`` for a signature that is not valid, ``upload.not_pdf_or_picture`` for a file that
    is neither; Conflict ``people.consent_state`` when it is not a draft, ``people.consent_giver`` when the person who was
    to sign may not consent any more (a court's restriction, the student came of age), ``people.consent_exists``.
    """
    consent = _consent(uow, consent_id)
    uow.require("people.manage_consents", ConsentReach(consent.subject_id, consent.org_id, uow.now()))
    if consent.state is not ConsentState.DRAFT:
        raise Conflict("people.consent_state")
    uow.lock("consent", consent.subject_id)
    if consent.given_by not in may_consent(uow, consent.subject_id):
        raise Conflict("people.consent_giver")
    if queries.active_consent(uow.session, consent.subject_id, consent.purpose, uow.now()) is not None:
        raise Conflict("people.consent_exists")
    if method not in WRITTEN:
        raise InvalidInput("people.consent_method", fields={"method": ["people.consent_method"]})
    if method is ConsentMethod.QUALIFIED:
        stored = take_signature(uow, consent, (document, document_name), report)
    else:
        stored = keep_paper(uow, consent, document, document_name)
    consent.document_file_id = stored.id
    consent.method, consent.state = method, ConsentState.ACTIVE
    consent.given_at, consent.attached_by = uow.now(), _actor_id(uow)
    uow.append_ledger(
        f"org:{consent.org_id}",
        "people.consent_given",
        consent.subject_id,
        {
            "consent": consent.id,
            "purpose": consent.purpose.value,
            "given_by": consent.given_by,
            "method": method.value,
            "text_version": consent.text_version,
            "document_sha256": stored.sha256,
            **({"certificate": dict(consent.certificate)} if consent.certificate else {}),
        },
    )


def withdraw_consent(uow: UnitOfWork, consent_id: UUID) -> int:
    """Withdraw a consent: the parent, the person, or the office on a paper request; no reason is asked for.

    Processing stops and what rests on the consent is destroyed in this transaction; returns how much was.
    """
    consent = _consent(uow, consent_id)
    uow.require("people.withdraw_consent", ConsentReach(consent.subject_id, consent.org_id, uow.now()))
    if consent.state not in {ConsentState.ACTIVE, ConsentState.DRAFT}:
        return 0
    was_active = consent.state is ConsentState.ACTIVE
    consent.state = ConsentState.WITHDRAWN
    consent.withdrawn_at, consent.withdrawn_by = uow.now(), uow.actor.person_id
    if not was_active:
        return 0
    uow.append_ledger(
        f"org:{consent.org_id}",
        "people.consent_withdrawn",
        consent.subject_id,
        {"consent": consent.id, "purpose": consent.purpose.value},
        [BasisRef("people.consent", consent.id)],
    )
    return _stop_processing(uow, consent, "consent_withdrawn")


def _stop_processing(uow: UnitOfWork, consent: Consent, reason: str) -> int:
    """Destroy the key and tell every feature that processes for this purpose; the destruction is logged."""
    uow.session.flush()
    destroyed = 0
    had_key = vault.destroy_key(uow.session, consent.subject_id, consent.purpose.value, uow.now())
    for dependent in uow.plugins(CONSENT_DEPENDENTS):
        if dependent.purpose == consent.purpose:
            destroyed += dependent.consent_ended(uow, consent.subject_id, consent.org_id, reason)
    if had_key or destroyed:
        uow.append_ledger(
            f"org:{consent.org_id}",
            "people.destruction",
            consent.subject_id,
            {
                "purpose": consent.purpose.value,
                "reason": reason,
                "objects": destroyed,
                "key_destroyed": had_key,
            },
            [BasisRef("people.consent", consent.id)],
        )
    return destroyed


def _living_bases(uow: UnitOfWork, org_id: UUID, covers: str) -> list[BiometricBasis]:
    return list(
        uow.session.scalars(
            sa.select(BiometricBasis).where(
                BiometricBasis.org_id == org_id,
                BiometricBasis.covers == covers,
                BiometricBasis.revoked_at.is_(None),
            )
        )
    )


def _consent(uow: UnitOfWork, consent_id: UUID) -> Consent:
    """Return the consent locked: attaching and withdrawing at once must not end in force."""
    row = uow.session.get(Consent, consent_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("people.no_consent")
    return row


def _limit(uow: UnitOfWork) -> int:
    return uow.runtime.settings.core.upload_max_bytes


def _actor_id(uow: UnitOfWork) -> UUID:
    """Return who acts; the system has no id and writes the nil UUID."""
    return uow.actor.person_id or UUID(int=0)
