"""Check a detached electronic signature (CMS) offline: whose certificate it names and whether it is under these bytes.

What a signature is worth rests on the certificates that the school trusts and on the lists of revoked ones that it has put
in; nothing is asked of the network, so without such a list it is unknown whether a certificate was revoked. Algorithms other than RSA, ECDSA and Ed25519 (GOST R 34.10 above all)
cannot be checked: the answer says so, and never that the signature is wrong.

Source: RFC 5652 (CMS), RFC 8933; RFC 5280, section 6, by the verifier of the library.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID

from lms.core.errors import InvalidInput
from lms.plans.rules.revocations import Revocation, revocation_of

__all__ = ["SignatureCheck", "SignatureFinding", "check_detached", "is_named", "read_anchor"]

MAX_BYTES = 256 * 1024
_SIGNED_DATA, _DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
#: What a key of each kind signs with: rsaEncryption and sha…WithRSAEncryption, ecdsa-with-SHA…, Ed25519.
_ALGORITHMS: dict[str, tuple[type, type[hashes.HashAlgorithm] | None]] = {
    "1.2.840.113549.1.1.1": (rsa.RSAPublicKey, None),
    "1.2.840.113549.1.1.11": (rsa.RSAPublicKey, hashes.SHA256),
    "1.2.840.113549.1.1.12": (rsa.RSAPublicKey, hashes.SHA384),
    "1.2.840.113549.1.1.13": (rsa.RSAPublicKey, hashes.SHA512),
    "1.2.840.10045.4.3.2": (ec.EllipticCurvePublicKey, hashes.SHA256),
    "1.2.840.10045.4.3.3": (ec.EllipticCurvePublicKey, hashes.SHA384),
    "1.2.840.10045.4.3.4": (ec.EllipticCurvePublicKey, hashes.SHA512),
    "1.3.101.112": (ed25519.Ed25519PublicKey, None),
}
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)


class SignatureFinding(StrEnum):
    """What a signature turns out to be; only the first two say something about its truth."""

    VALID = "valid"
    FORGED = "forged"
    OTHER_CONTENT = "other_content"
    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    UNCHECKED = "unchecked"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What a check found, and the certificate that signed where it could be read."""

    finding: SignatureFinding
    subject: str = ""
    issuer: str = ""
    serial: str = ""
    names: tuple[str, ...] = ()
    revocation: Revocation = Revocation.UNKNOWN


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _Attribute:
    kind: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _Content:
    kind: x509.ObjectIdentifier
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class _Signer:
    version: int
    sid: _IssuerAndSerial | Annotated[bytes, asn1.Implicit(0)]
    digest: list[asn1.TLV]
    attributes: Annotated[asn1.SetOf[_Attribute] | None, asn1.Implicit(0)]
    algorithm: list[asn1.TLV]
    signature: bytes
    unsigned: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class _SignedData:
    version: int
    digests: asn1.SetOf[asn1.TLV]
    content: _Content
    certificates: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    crls: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[_Signer]


@asn1.sequence
class _Message:
    kind: x509.ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


def read_anchor(data: bytes) -> x509.Certificate:
    """Return a certificate that may stand at the end of a chain (PEM or DER).

    Raises InvalidInput ``plans.certificate_unreadable``, ``plans.certificate_not_ca``.
    """
    try:
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in data else x509.load_der_x509_certificate
        certificate = load(data)
        limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        raise InvalidInput("plans.certificate_not_ca") from None
    except _UNREADABLE:
        raise InvalidInput("plans.certificate_unreadable") from None
    if not limits.ca:
        raise InvalidInput("plans.certificate_not_ca")
    return certificate


def check_detached(
    signature: bytes,
    content: bytes,
    anchors: Sequence[x509.Certificate],
    at: datetime,
    lists: Sequence[x509.CertificateRevocationList] = (),
) -> SignatureCheck:
    """Say what a signature in a file of its own is worth at a moment, under ``content`` and for these ``anchors``.

    ``lists`` name revoked certificates; a valid signature says what they know of its own (`SignatureCheck.revocation`).
    """
    try:
        return _checked(_der(signature), content, anchors, at, lists)
    except (*_UNREADABLE, binascii.Error):  # certificates are read as they are needed
        return SignatureCheck(SignatureFinding.UNREADABLE)


def _checked(
    raw: bytes,
    content: bytes,
    anchors: Sequence[x509.Certificate],
    at: datetime,
    lists: Sequence[x509.CertificateRevocationList],
) -> SignatureCheck:
    message = asn1.decode_der(_Message, raw)
    enclosed = message.content.certificates
    rows = [] if enclosed is None else [asn1.encode_der(row) for row in enclosed.as_list()]
    # other kinds than X.509 stand under tags of their own
    certificates = [x509.load_der_x509_certificate(row) for row in rows if row[:1] == b"\x30"]
    signers = message.content.signers.as_list()
    kinds = (message.kind.dotted_string, message.content.content.kind.dotted_string)
    if kinds != (_SIGNED_DATA, _DATA) or len(signers) != 1:
        return SignatureCheck(SignatureFinding.UNREADABLE)
    leaf = next((row for row in certificates if _signed_by(signers[0], row)), None)
    if leaf is None:
        return SignatureCheck(SignatureFinding.UNREADABLE)
    finding = _finding(signers[0], leaf, content, message.content.content.content)
    revocation = Revocation.UNKNOWN
    if finding is SignatureFinding.VALID:
        chain = _chain(leaf, certificates, anchors, at)
        revocation = revocation_of(chain, lists, at)
        if not chain:
            finding = SignatureFinding.UNTRUSTED
        elif revocation is Revocation.REVOKED:
            finding = SignatureFinding.REVOKED
    return SignatureCheck(
        finding,
        subject=leaf.subject.rfc4514_string()[:400],
        issuer=leaf.issuer.rfc4514_string()[:400],
        serial=format(leaf.serial_number, "x"),
        names=_names(leaf),
        revocation=revocation,
    )


def _der(data: bytes) -> bytes:
    """Return the bytes of a signature that may have come as DER, as PEM or as bare Base64."""
    if len(data) > MAX_BYTES:
        raise ValueError("too large for a signature")
    if data[:1] == b"\x30":
        return data
    return base64.b64decode(re.sub(rb"-----[^\r\n]*-----|\s", b"", data), validate=True)


def _signed_by(signer: _Signer, certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is the one that the signer's line names."""
    if isinstance(signer.sid, bytes):
        try:
            found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
            return False
        return found.value.digest == signer.sid
    issuer = asn1.encode_der(signer.sid.issuer)
    return certificate.serial_number == signer.sid.serial and certificate.issuer.public_bytes() == issuer


def _finding(
    signer: _Signer, leaf: x509.Certificate, content: bytes, enclosed: bytes | None
) -> SignatureFinding:
    """Say whether the key of the certificate signed these bytes, whoever may trust it."""
    digest = _DIGESTS.get(_oid(signer.digest))
    try:
        key = leaf.public_key()
    except _UNREADABLE:
        return SignatureFinding.UNCHECKED
    family, named = _ALGORITHMS.get(_oid(signer.algorithm), (None, None))
    if digest is None or family is None or not isinstance(key, family):
        return SignatureFinding.UNCHECKED
    if enclosed is not None and enclosed != content:
        return SignatureFinding.OTHER_CONTENT
    signed = content
    if signer.attributes is not None:
        told = {row.kind.dotted_string: row.values.as_list() for row in signer.attributes.as_list()}
        if not _says(told, _CONTENT_TYPE, x509.ObjectIdentifier(_DATA)):
            return SignatureFinding.FORGED
        if not _says(told, _MESSAGE_DIGEST, _hashed(digest(), content)):
            return SignatureFinding.OTHER_CONTENT
        signed = asn1.encode_der(signer.attributes)
    is_signed = _verify(key, signer.signature, signed, (named or digest)())
    if is_signed:
        return SignatureFinding.VALID
    return SignatureFinding.OTHER_CONTENT if signer.attributes is None else SignatureFinding.FORGED


def _oid(algorithm: Sequence[asn1.TLV]) -> str:
    """Return the name of an algorithm, or nothing where its line is not one."""
    try:
        return asn1.decode_der(x509.ObjectIdentifier, asn1.encode_der(algorithm[0])).dotted_string
    except (*_UNREADABLE, IndexError):
        return ""


def _says(told: dict[str, list[asn1.TLV]], kind: str, value: x509.ObjectIdentifier | bytes) -> bool:
    """Tell whether a signed attribute stands there once, with exactly this value."""
    return [asn1.encode_der(row) for row in told.get(kind, [])] == [asn1.encode_der(value)]


def _hashed(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    running = hashes.Hash(algorithm)
    running.update(data)
    return running.finalize()


def _verify(key: object, signature: bytes, message: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _chain(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
) -> list[x509.Certificate]:
    """Return the chain from the certificate to one that the school trusts, all valid at the moment; empty without one."""
    if not anchors or not _may_sign(leaf):
        return []
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store(list(anchors)))
        .time(at)
        .extension_policies(
            ca_policy=verification.ExtensionPolicy.permit_all().require_present(
                x509.BasicConstraints, verification.Criticality.AGNOSTIC, _is_authority
            ),
            ee_policy=verification.ExtensionPolicy.permit_all(),
        )
    )
    try:
        return policy.build_client_verifier().verify(leaf, [row for row in others if row != leaf]).chain
    except (verification.VerificationError, *_UNREADABLE):
        return []


def _is_authority(
    _policy: verification.Policy, _certificate: x509.Certificate, limits: x509.BasicConstraints
) -> None:
    if not limits.ca:
        raise ValueError("the certificate of somebody who signs, not of an authority")


def _may_sign(leaf: x509.Certificate) -> bool:
    """Tell whether a certificate is for signatures under documents, as far as it says what it is for."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except (ValueError, x509.DuplicateExtension):
        return False
    return usage.digital_signature or usage.content_commitment


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    kinds = (NameOID.COMMON_NAME, NameOID.SURNAME, NameOID.GIVEN_NAME)
    return tuple(
        str(row.value) for kind in kinds for row in leaf.subject.get_attributes_for_oid(kind) if row.value
    )


def is_named(check: SignatureCheck, name: str) -> bool:
    """Tell whether a certificate is in the name of a person: every word of the name stands in it, and two at least."""
    wanted, there = _words(name), _words(" ".join(check.names))
    return len(wanted) >= 2 and wanted <= there


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold().replace("ё", "е")))
