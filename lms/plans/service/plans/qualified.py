"""Sign a version with a qualified electronic signature: checked here where that is possible, else by an accredited service.

Whose signers the school trusts is for the school to say: it puts in the certificates of authorities, and their lists of
revoked ones. Nothing is asked of the network: without a list that is up to date it is unknown whether a certificate was
revoked, and what is kept of the signature says so.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from lms.core.errors import Conflict, InvalidInput, NotFound
from lms.core.uow import UnitOfWork
from lms.core.uploads import safe_name
from lms.people.queries import person_card
from lms.plans.models import Plan, PlanVersion, SignatureAnchor
from lms.plans.queries.plan_documents import paper_to_sign
from lms.plans.rules.detached_signatures import (
    SignatureCheck,
    SignatureFinding,
    check_detached,
    is_named,
    read_anchor,
)
from lms.plans.rules.revocations import is_issued_by, read_revocations
from lms.plans.service.plans.opening import open_version, receipt, require_state
from lms.plans.service.plans.signing import (
    Proof,
    keep_document,
    own_role,
    role_of_signer,
    write_signatures,
)
from lms.plans.types.plans import PlanReceipt, PlanState, SignatureKind

__all__ = [
    "add_anchor",
    "add_revocations",
    "attach_qualified",
    "check_for_school",
    "end_anchor",
    "sign_qualified",
]

MAX_ANCHORS = 50
#: What the signer is told for each finding that is no valid signature.
_REFUSALS = {
    SignatureFinding.FORGED: "plans.signature_forged",
    SignatureFinding.OTHER_CONTENT: "plans.signature_other_content",
    SignatureFinding.UNTRUSTED: "plans.signature_untrusted",
    SignatureFinding.REVOKED: "plans.signature_revoked",
    SignatureFinding.UNCHECKED: "plans.signature_unchecked",
    SignatureFinding.UNREADABLE: "plans.signature_unreadable",
}


def sign_qualified(
    uow: UnitOfWork, *, version_id: UUID, signature: bytes, signature_name: str
) -> PlanReceipt:
    """Sign a submitted version as its student or guardian with a file that is a qualified signature under it.

    Raises InvalidInput ``plans.signature_…`` for a signature that is not valid here or not in the actor's name.
    """
    plan, version = open_version(uow, version_id, "plans.sign")
    require_state(version, PlanState.SUBMITTED)
    role, signer_id = own_role(uow, plan)
    check = _check(uow, plan, version, signature)
    if check.finding is not SignatureFinding.VALID:
        _refuse(_REFUSALS[check.finding])
    if not is_named(check, person_card(uow.session, signer_id).name):
        _refuse("plans.signature_of_another")
    proof = Proof(_keep_signature(uow, plan, signature, signature_name), None, _certificate(check, "here"))
    write_signatures(uow, plan, version, role, signer_id, SignatureKind.QUALIFIED, None, proof)
    return receipt(version)


def attach_qualified(
    uow: UnitOfWork,
    *,
    version_id: UUID,
    signer_id: UUID,
    signature: tuple[bytes, str],
    report: tuple[bytes, str],
) -> PlanReceipt:
    """Record a qualified signature that an accredited service has checked, with its report (a PDF or a picture).

    Each file comes as bytes and name. What can be seen to be wrong here is refused in spite of the report. Raises
    InvalidInput ``plans.signer_has_no_right``, ``plans.signature_…`` or ``upload.…``.
    """
    plan, version = open_version(uow, version_id, "plans.sign_paper")
    require_state(version, PlanState.SUBMITTED)
    role = role_of_signer(uow, plan, signer_id)
    check = _check(uow, plan, version, signature[0])
    wrong = {SignatureFinding.FORGED, SignatureFinding.OTHER_CONTENT, SignatureFinding.REVOKED}
    if not signature[0] or len(signature[0]) > uow.runtime.settings.core.upload_max_bytes:
        _refuse("plans.signature_unreadable")
    if check.finding in wrong:
        _refuse(_REFUSALS[check.finding])
    card = person_card(uow.session, signer_id)
    if check.finding is SignatureFinding.VALID and card.name != card.code and not is_named(check, card.name):
        _refuse("plans.signature_of_another")
    proof = Proof(
        _keep_signature(uow, plan, *signature),
        keep_document(uow, plan, *report),
        _certificate(check, "report"),
    )
    write_signatures(uow, plan, version, role, signer_id, SignatureKind.QUALIFIED, None, proof)
    return receipt(version)


def check_for_school(
    uow: UnitOfWork, org_id: UUID, signature: bytes, content: bytes
) -> tuple[SignatureCheck, dict[str, str]]:
    """Say what a signature under ``content`` is worth to a school now, and what is kept of its certificate."""
    check = _checked(uow, org_id, signature, content)
    return check, _certificate(check, "here")


def _check(uow: UnitOfWork, plan: Plan, version: PlanVersion, signature: bytes) -> SignatureCheck:
    return _checked(uow, plan.org_id, signature, paper_to_sign(uow.session, version.id))


def _checked(uow: UnitOfWork, org_id: UUID, signature: bytes, content: bytes) -> SignatureCheck:
    rows = uow.session.execute(
        sa.select(SignatureAnchor.certificate, SignatureAnchor.list_file_id).where(
            SignatureAnchor.org_id == org_id, SignatureAnchor.ended_at.is_(None)
        )
    ).all()
    anchors = [x509.load_pem_x509_certificate(row.certificate.encode()) for row in rows]
    lists = [read_revocations(uow.open_file(row.list_file_id)[1]) for row in rows if row.list_file_id]
    return check_detached(signature, content, anchors, uow.now(), lists)


def _refuse(code: str) -> None:
    raise InvalidInput(code, fields={"signature": [code]})


def _certificate(check: SignatureCheck, checked: str) -> dict[str, str]:
    """Return what is kept of the certificate, where it was checked (``here`` or in a ``report``), what lists said of it."""
    return {
        "subject": check.subject,
        "issuer": check.issuer,
        "serial": check.serial,
        "checked": checked,
        "revocation": check.revocation.value,
    }


def _keep_signature(uow: UnitOfWork, plan: Plan, data: bytes, name: str) -> UUID:
    stored = uow.store_file(
        data,
        area="documents",
        media_type="application/pkcs7-signature",
        name=safe_name(name),
        owner=plan.person_id,
        encrypt_for=plan.person_id,
    )
    return stored.id


def add_anchor(uow: UnitOfWork, *, org_id: UUID, certificate: bytes) -> UUID:
    """Trust an authority from now on: the chains of signatures may end at its certificate (PEM or DER).

    Raises InvalidInput ``plans.certificate_unreadable``, ``plans.certificate_not_ca``, ``plans.certificate_over``,
    Conflict ``plans.certificate_known`` or ``plans.too_many_certificates``.
    """
    uow.require("plans.authorities", org_id)
    uow.lock("signature_anchor", org_id)
    found = read_anchor(certificate)
    if found.not_valid_after_utc <= uow.now():
        raise InvalidInput("plans.certificate_over")
    fingerprint = found.fingerprint(hashes.SHA256()).hex()
    known = uow.session.scalars(
        sa.select(SignatureAnchor.fingerprint).where(
            SignatureAnchor.org_id == org_id, SignatureAnchor.ended_at.is_(None)
        )
    ).all()
    if fingerprint in known:
        raise Conflict("plans.certificate_known")
    if len(known) >= MAX_ANCHORS:
        raise Conflict("plans.too_many_certificates", most=MAX_ANCHORS)
    row = SignatureAnchor(
        org_id=org_id,
        name=found.subject.rfc4514_string()[:400],
        certificate=found.public_bytes(serialization.Encoding.PEM).decode(),
        fingerprint=fingerprint,
        valid_until=found.not_valid_after_utc,
        added_by=uow.actor.person_id,
        added_at=uow.now(),
    )
    uow.session.add(row)
    uow.session.flush()
    payload = {"name": row.name, "fingerprint": fingerprint}
    uow.append_ledger(f"org:{org_id}", "plans.authority_trusted", None, payload)
    return row.id


def end_anchor(uow: UnitOfWork, *, anchor_id: UUID) -> None:
    """Trust an authority no longer; what was signed and checked before stands. Raises NotFound ``plans.no_authority``."""
    row = _anchor(uow, anchor_id)
    if row.ended_at is not None:
        return
    row.ended_by, row.ended_at = uow.actor.person_id, uow.now()
    uow.session.flush()
    payload = {"name": row.name, "fingerprint": row.fingerprint}
    uow.append_ledger(f"org:{row.org_id}", "plans.authority_ended", None, payload)


def add_revocations(uow: UnitOfWork, *, anchor_id: UUID, data: bytes) -> None:
    """Put in the newest list of certificates that an authority has revoked; the one before counts no longer.

    Raises InvalidInput ``plans.crl_unreadable``, ``plans.crl_partial``, ``plans.crl_of_another``, ``plans.crl_over``,
    Conflict ``plans.crl_older``, NotFound ``plans.no_authority``.
    """
    row = _anchor(uow, anchor_id)
    if row.ended_at is not None:
        raise NotFound("plans.no_authority")
    found = read_revocations(data)
    if not is_issued_by(found, x509.load_pem_x509_certificate(row.certificate.encode())):
        raise InvalidInput("plans.crl_of_another")
    made_at, until = found.last_update_utc, found.next_update_utc
    if made_at > uow.now() or until is None or until <= uow.now():
        raise InvalidInput("plans.crl_over")
    if row.list_made_at is not None and made_at < row.list_made_at:
        raise Conflict("plans.crl_older")
    stored = uow.store_file(data, area="documents", media_type="application/pkix-crl", name="revoked.crl")
    row.list_file_id, row.list_made_at, row.list_good_until = stored.id, made_at, until
    uow.session.flush()
    payload = {"name": row.name, "fingerprint": row.fingerprint, "list_sha256": stored.sha256}
    uow.append_ledger(f"org:{row.org_id}", "plans.revocations_taken", None, payload)


def _anchor(uow: UnitOfWork, anchor_id: UUID) -> SignatureAnchor:
    """Return an authority, locked, to those who may say whom the school trusts."""
    row = uow.session.get(SignatureAnchor, anchor_id, with_for_update=True)
    if row is None:
        uow.require("plans.authorities")
        raise NotFound("plans.no_authority")
    uow.require("plans.authorities", row.org_id)
    return row
